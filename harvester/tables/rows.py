"""Records into rows: what a few records say, as columns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pyarrow as pa
from pyarrow import compute

from harvester.archive.keys import ArticleKey, parse_article_key, parse_capture_key, parse_source
from harvester.archive.record import SCHEMA_VERSION, parse_record
from harvester.dedup.words import normalised_words
from harvester.errors import StoreError
from harvester.tables.schema import ARTICLES, CAPTURES, COPIES, RECORD, REVISIONS

_FIELDS: Final = frozenset(RECORD.names)
_DERIVATION: Final = frozenset(field.name for field in RECORD.field("derivation").type)

_UNFIT: Final = (pa.ArrowException, ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""What building columns raises where a value is not what its column holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as it was read, and what the manifest says of it."""

    key: str
    sha256: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A capture that a manifest names."""

    key: str
    sha256: str
    size: int


def article_rows(records: Sequence[StoredRecord], lost: list[StoreError]) -> Any:
    """A pyarrow.Table of ARTICLES; what is no record is told to `lost`.

    Values are only copied. Where they don't fit, each record is checked on its own.
    """
    try:
        return _table([_values(one) for one in records], records)
    except (StoreError, *_UNFIT):
        return pa.concat_tables([ARTICLES.empty_table(), *_one_by_one(records, lost)])


def _one_by_one(records: Sequence[StoredRecord], lost: list[StoreError]) -> Iterator[Any]:
    for one in records:
        try:
            values = parse_record(one.body, one.key).model_dump()
            yield _table([values], [one])
        except StoreError as error:
            lost.append(error)
        except _UNFIT as error:
            lost.append(StoreError(one.key, f"does not fit into the tables: {error}"))


def _values(stored: StoredRecord) -> dict[str, Any]:
    """The record's fields. One that lacks some, or is of another version, is read as the archive reads it."""
    values: dict[str, Any] = orjson.loads(stored.body)
    if (
        values["schema_version"] == SCHEMA_VERSION
        and values.keys() >= _FIELDS
        and values["derivation"].keys() >= _DERIVATION
    ):
        return values
    return parse_record(stored.body, stored.key).model_dump()


def _table(rows: Sequence[Mapping[str, Any]], records: Sequence[StoredRecord]) -> Any:
    named = [_key_of(row, stored) for row, stored in zip(rows, records, strict=True)]
    titles = [normalised_words(row["title"]) for row in rows]
    texts = [normalised_words(row["text"]) for row in rows]
    extra: dict[str, list[Any]] = {
        "harvested_on": [key.day for key in named],
        "key": [stored.key for stored in records],
        "record_sha256": [stored.sha256 for stored in records],
        "search": [f"{' '.join(title)}\n{' '.join(text)}" for title, text in zip(titles, texts, strict=True)],
        "words": [len(text) for text in texts],
        "linked_at": [None] * len(rows),
        "recorded_copy": [None] * len(rows),
    }
    columns = [
        pa.array(extra.get(field.name) or [row[field.name] for row in rows], field.type) if rows else []
        for field in ARTICLES
    ]
    return pa.Table.from_arrays(columns, schema=ARTICLES)


def _key_of(row: Mapping[str, Any], stored: StoredRecord) -> ArticleKey:
    key = parse_article_key(stored.key)
    if key is None or (key.id, key.source, key.revision) != (row["id"], row["source"], row["revision"]):
        raise StoreError(stored.key, "holds the record of another article")
    return key


def revision_rows(articles: Any) -> Any:
    """A pyarrow.Table of REVISIONS, a row for each of `articles`."""
    derived = {
        "derivation": compute.struct_field(articles.column("derivation"), "number"),
        "capture_key": compute.struct_field(articles.column("capture"), "key"),
    }
    return pa.Table.from_arrays(
        [derived[name] if name in derived else articles.column(name) for name in REVISIONS.names], schema=REVISIONS
    )


def copy_rows(articles: Any) -> Any:
    """A pyarrow.Table of COPIES: what the records themselves say; null in `copy_of` where a better one says nothing.

    Such a row takes away what an earlier derivation said; it is not kept.
    """
    number = compute.struct_field(articles.column("derivation"), "number")
    derived = {"derivation": number, "linked_at": pa.nulls(articles.num_rows, pa.string())}
    rows = pa.Table.from_arrays(
        [derived[name] if name in derived else articles.column(name) for name in COPIES.names], schema=COPIES
    )
    return rows.filter(compute.or_(compute.is_valid(rows.column("copy_of")), compute.greater(number, 1)))


def linked_rows(links: Iterable[Mapping[str, Any]]) -> Any:
    """A pyarrow.Table of COPIES: what was found later."""
    return pa.Table.from_pylist([{**link, "derivation": 0} for link in links], schema=COPIES)


def capture_rows(captures: Sequence[StoredCapture], articles: Any, payloads: Mapping[str, str]) -> Any:
    """A pyarrow.Table of CAPTURES; what a record of `articles` tells of its capture stands there.

    `payloads`: SHA-256 of the page's body by the key of the record.
    """
    told = {}
    for row in articles.select(["key", "capture", "url", "fetched_at", "http_status"]).to_pylist():
        if row["capture"]:
            told[row["capture"]["key"]] = row | {"payload": payloads.get(row["key"]) or row["capture"]["sha256"]}
    rows = []
    for one in captures:
        key, record = parse_capture_key(one.key), told.get(one.key, {})
        rows.append(
            {
                "key": one.key,
                "sha256": one.sha256,
                "size": one.size,
                "source": key.source if key else parse_source(one.key.partition("date=")[0]),
                "id": key.id if key else None,
                "url": record.get("url"),
                "payload_sha256": record.get("payload"),
                "fetched_at": record.get("fetched_at"),
                "http_status": record.get("http_status"),
            }
        )
    return pa.Table.from_pylist(rows, schema=CAPTURES)
