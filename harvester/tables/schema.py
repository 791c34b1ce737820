"""The columns of the tables. The record's own come first and are those of `--format parquet`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute

from harvester.archive.formats import parquet_schema

_TEXT, _SMALL = pa.string(), pa.int32()
_COPY: Final = pa.struct({"copy_of": _TEXT, "similarity": pa.float64(), "copy_kind": _TEXT})

RECORD: Final = parquet_schema()

ARTICLES: Final = pa.schema(
    [
        *RECORD,
        ("harvested_on", pa.date32()),
        ("key", _TEXT),
        ("record_sha256", _TEXT),
        ("search", _TEXT),
        ("words", _SMALL),
        ("linked_at", _TEXT),
        ("recorded_copy", _COPY),
    ]
)

REVISIONS: Final = pa.schema(
    [
        ("id", _TEXT),
        ("revision", _SMALL),
        ("derivation", _SMALL),
        *(RECORD.field(name) for name in ("source", "url", "title", "text", "authors", "published_at", "modified_at")),
        *(RECORD.field(name) for name in ("content_sha256", "change", "fetched_at")),
        ("harvested_on", pa.date32()),
        ("run_id", _TEXT),
        ("capture_key", _TEXT),
        ("key", _TEXT),
        ("record_sha256", _TEXT),
    ]
)

COPIES: Final = pa.schema(
    [
        ("id", _TEXT),
        ("revision", _SMALL),
        ("source", _TEXT),
        ("copy_of", _TEXT),
        ("similarity", pa.float64()),
        ("copy_kind", _TEXT),
        ("linked_at", _TEXT),
        ("derivation", _SMALL),
    ]
)

CAPTURES: Final = pa.schema(
    [
        ("key", _TEXT),
        ("sha256", _TEXT),
        ("size", pa.int64()),
        ("source", _TEXT),
        ("id", _TEXT),
        ("url", _TEXT),
        ("payload_sha256", _TEXT),
        ("fetched_at", _TEXT),
        ("http_status", _SMALL),
    ]
)

Key = tuple[str | int, ...]
"""What a row is the only one of in its table, whatever columns these are."""

FULL: Final = 0.9
"""An object that has so much of its most takes no more rows: they are measured in several ways."""

Rank = tuple[str | int, ...]
"""Of several rows of one key the one with the highest rank is true."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One of the tables: its columns, which row of it a row replaces, and how much of it one object holds."""

    name: str
    schema: Any  # pyarrow.Schema
    named_by: tuple[str, ...]  # columns of the key
    ranked_by: tuple[str, ...]  # columns of the rank
    first: Rank | None = None  # rank of a row that is the first one of its key; None: that is not to be seen
    unique: bool = False  # a key comes but once, as a rule
    sorted_by: tuple[str, ...]
    most_rows: int  # of an object
    most_bytes: int  # of an object's rows in memory

    @cached_property
    def described(self) -> list[str]:
        """Columns worth statistics: those that readers select by. Of a text the least and greatest tell nothing."""
        names = ("id", "source", "fetched_at", "published_at", "harvested_on", "language", "revision", "key", "copy_of")
        return [name for name in names if name in self.schema.names]

    @cached_property
    def repeated(self) -> list[str]:
        """Columns of few values, stored as a dictionary and numbers."""
        names = (
            *("schema_version", "revision", "source", "language", "direction", "section", "copy_kind", "run_id"),
            *("http_status", "harvested_on", "change.extent", "change.parts.list.element", "removed.list.element.why"),
            *("derivation.extraction", "derivation.cleaning", "derivation.furniture", "derivation.number"),
        )
        return [name for name in names if name.partition(".")[0] in self.schema.names]

    def is_new(self, rank: Rank) -> bool:
        """Is a row of this rank not in the table yet, as a rule?"""
        return self.unique or rank == self.first

    def keys(self, rows: Any) -> list[Key]:
        """Of each row of a pyarrow.Table or RecordBatch."""
        return list(zip(*(_values(rows, name) for name in self.named_by), strict=True))

    def ranks(self, rows: Any) -> list[Rank]:
        return list(zip(*(_values(rows, name) for name in self.ranked_by), strict=True))


def _values(rows: Any, name: str) -> list[str | int]:
    """Of a column; "derivation.number" is a field of a struct."""
    column, _, field = name.partition(".")
    values = rows.column(column)
    if field:
        values = compute.struct_field(values, field)
    listed: list[str | int] = values.to_pylist()
    return ["" if value is None else value for value in listed]


ARTICLE_TABLE: Final = Kind(
    name="articles",
    schema=ARTICLES,
    named_by=("id",),
    ranked_by=("revision", "derivation.number"),
    first=(1, 1),
    sorted_by=("source", "fetched_at"),
    most_rows=20_000,
    most_bytes=40 << 20,
)
REVISION_TABLE: Final = Kind(
    name="revisions",
    schema=REVISIONS,
    named_by=("id", "revision"),
    ranked_by=("derivation",),
    first=(1,),
    sorted_by=("source", "fetched_at"),
    most_rows=20_000,
    most_bytes=15 << 20,
)
COPY_TABLE: Final = Kind(
    name="copies",
    schema=COPIES,
    named_by=("id", "revision"),
    ranked_by=("linked_at", "derivation"),
    sorted_by=("source", "id"),
    most_rows=100_000,
    most_bytes=48 << 20,
)
CAPTURE_TABLE: Final = Kind(
    name="captures",
    schema=CAPTURES,
    named_by=("key",),
    ranked_by=("url",),
    unique=True,
    sorted_by=("source", "fetched_at"),
    most_rows=100_000,
    most_bytes=48 << 20,
)

KINDS: Final = {kind.name: kind for kind in (CAPTURE_TABLE, COPY_TABLE, REVISION_TABLE, ARTICLE_TABLE)}
"""In the order in which they are written. That of the articles is the last, and its position counts."""
