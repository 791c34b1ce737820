"""Checkpoints: all that is known of a source's addresses and articles in one object, in place of its many manifests.

A source that runs every half hour writes 17 000 manifests a year. From time to time a run writes what they say together
as a checkpoint, so that a fresh machine reads that one and the few manifests after it (FORMAT.md, "Checkpoints").
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import numpy as np

from harvester.archive import ObjectStore, keys
from harvester.archive.columns import Array, pack, unpack
from harvester.errors import StoreError
from harvester.index import ROWS_AT_ONCE, Index, KnownArticle, KnownPage
from harvester.index.sites import EditHabit
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason

logger = logging.getLogger(__name__)

CHECKPOINT_VERSION: Final = 1

MANIFESTS: Final = 50
"""After so many manifests a checkpoint is written: a day of half-hourly runs. A fresh machine reads some fifty objects
a source, and the archive grows by one object in fifty."""

_ABSENT = -(1 << 62)
"""In a column of numbers: not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a run knew of a source when it began; what came later stands in manifests."""

    source: str
    day: date  # up to which it knew all; manifests of the day before and later are still to be read, if not taken
    taken: tuple[str, ...]  # keys of manifests of the day before and later that are in it
    pages: tuple[KnownPage, ...]
    articles: tuple[KnownArticle, ...]
    lists: dict[str, Validators]
    entry_points: tuple[str, float] | None
    lies: tuple[tuple[str, str, int], ...]  # harvester.index.sites.Sites.put_lie: canonical, address, at
    habit: EditHabit


def checkpoint_of(index: Index, source: str, since: date) -> Checkpoint:
    """What the index knows of a source. `since`: the first day of which manifests will be listed again."""
    day = index.taken.synced_day(source)
    if day is None:
        raise ValueError(f"{source} has not been taken over yet")
    return Checkpoint(
        source=source,
        day=day,
        taken=tuple(key for key in index.taken.since(since) if _is_of(key, source)),
        pages=tuple(index.pages.all(source)),
        articles=tuple(sorted(index.articles.of_source(source), key=lambda one: one.id)),
        lists=index.lists.all(source),
        entry_points=index.lists.entry_points(source),
        lies=tuple(index.sites.lies(source)),
        habit=index.sites.habit(source),
    )


def _is_of(key: str, source: str) -> bool:
    named = keys.parse_run_key(key)
    return named is not None and named.source == source


def enter_checkpoint(index: Index, checkpoint: Checkpoint) -> None:
    """Take over a checkpoint into an index that knows nothing of its source.

    A run that is killed meanwhile leaves pages and articles, but no day: the next one enters it again.
    """
    source = checkpoint.source
    for start in range(0, len(checkpoint.pages), ROWS_AT_ONCE):
        with index.batch():
            for page in checkpoint.pages[start : start + ROWS_AT_ONCE]:
                index.pages.put(page)
    for start in range(0, len(checkpoint.articles), ROWS_AT_ONCE):
        with index.batch():
            for article in checkpoint.articles[start : start + ROWS_AT_ONCE]:
                index.enter(article, None)
    with index.batch():
        for url, validators in checkpoint.lists.items():
            index.lists.put_validators(source, url, validators)
        if checkpoint.entry_points:
            index.lists.put_entry_points(source, *checkpoint.entry_points)
        for canonical, address, at in checkpoint.lies:
            index.sites.put_lie(source, canonical, address, at)
        index.sites.add(source, checkpoint.habit)
        for key in checkpoint.taken:
            named = keys.parse_run_key(key)
            if named is not None:
                index.taken.put(key, named.day)
        index.taken.put_synced_day(source, checkpoint.day)
        index.taken.checkpoint(source)


def latest_checkpoint(store: ObjectStore, source: str, until: date) -> Checkpoint | None:
    """The newest of a source that can be read; None where there is none. Raises StoreError.

    Those of days after `until` are the work of a clock that was ahead, and are passed over.
    """
    listed = (found.key for found in store.list(keys.checkpoints_prefix(source)))
    for key in sorted((key for key in listed if keys.parse_checkpoint_key(key)), reverse=True):
        try:
            checkpoint = parse_checkpoint(store.get(key), key)
            if checkpoint.day <= until:
                return checkpoint
        except StoreError as error:
            logger.warning("%s: left out; an earlier one, or all manifests, are read", error)
    return None


def checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """As it is stored."""
    about: dict[str, Any] = {
        "schema_version": CHECKPOINT_VERSION,
        "source": checkpoint.source,
        "date": checkpoint.day.isoformat(),
        "taken": list(checkpoint.taken),
        "lists": [[url, one.etag, one.last_modified] for url, one in checkpoint.lists.items()],
        "entry_points": list(checkpoint.entry_points) if checkpoint.entry_points else None,
        "untrue_canonicals": [list(lie) for lie in checkpoint.lies],
        "looks": checkpoint.habit.looks,
        "edits": checkpoint.habit.edits,
        "outcomes": [str(one) for one in Outcome],
        "reasons": [str(one) for one in Reason],
    }
    return pack(about, _page_columns(checkpoint.pages) | _article_columns(checkpoint.articles))


def parse_checkpoint(body: bytes, key: str) -> Checkpoint:
    """A stored checkpoint. Raises StoreError, which names `key`."""
    about, columns = unpack(body, key)
    if about.get("schema_version") != CHECKPOINT_VERSION:
        raise StoreError(key, f"is of version {about.get('schema_version')}; this harvester knows {CHECKPOINT_VERSION}")
    try:
        return Checkpoint(
            source=about["source"],
            day=date.fromisoformat(about["date"]),
            taken=tuple(about["taken"]),
            pages=tuple(_pages(about, columns)),
            articles=tuple(_articles(about, columns)),
            lists={url: Validators(etag=etag, last_modified=modified) for url, etag, modified in about["lists"]},
            entry_points=tuple(about["entry_points"]) if about["entry_points"] else None,
            lies=tuple((canonical, address, at) for canonical, address, at in about["untrue_canonicals"]),
            habit=EditHabit(looks=about["looks"], edits=about["edits"]),
        )
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise StoreError(key, f"is not a checkpoint: {error}") from None


# Columns: ids as sixteen bytes, zeros where there is none; texts one after the other, with their ends


def _page_columns(pages: Sequence[KnownPage]) -> dict[str, Array]:
    outcomes, reasons = list(Outcome), list(Reason)
    urls = [(page.url or "").encode("utf-8", "replace") for page in pages]
    return {
        "page_address": _ids(page.address for page in pages),
        "page_article": _ids(page.article_id for page in pages),
        "page_outcome": np.array([outcomes.index(page.outcome) for page in pages], np.int8),
        "page_reason": np.array([reasons.index(page.reason) if page.reason else -1 for page in pages], np.int8),
        "page_modified": _numbers(page.modified for page in pages),
        "page_first": _numbers(page.first_at for page in pages),
        "page_checked": _numbers(page.checked_at for page in pages),
        "page_changed": _numbers(page.changed_at for page in pages),
        "page_url_end": np.cumsum([len(url) for url in urls], dtype=np.int64),
        "page_urls": np.frombuffer(b"".join(urls), np.uint8),
    }


def _pages(about: dict[str, Any], columns: dict[str, Array]) -> Iterable[KnownPage]:
    outcomes = [Outcome(name) for name in about["outcomes"]]
    reasons = [Reason(name) for name in about["reasons"]]
    urls, ends = columns["page_urls"].tobytes(), [0, *columns["page_url_end"].tolist()]
    for row, (address, article) in enumerate(
        zip(_hex(columns["page_address"]), _hex(columns["page_article"]), strict=True)
    ):
        reason = int(columns["page_reason"][row])
        yield KnownPage(
            source=about["source"],
            address=address or "",
            url=urls[ends[row] : ends[row + 1]].decode() or None,
            outcome=outcomes[int(columns["page_outcome"][row])],
            reason=reasons[reason] if reason >= 0 else None,
            article_id=article,
            modified=_known(columns["page_modified"][row]),
            first_at=int(columns["page_first"][row]),
            checked_at=int(columns["page_checked"][row]),
            changed_at=int(columns["page_changed"][row]),
        )


_ARTICLE_IDS = ("id", "address", "content", "copy_of")
_ARTICLE_TIMES = ("first_at", "appeared_at", "fetched_at")
_ARTICLE_NUMBERS = ("revision", "derivation", "payload", "authors", "published")


def _article_columns(articles: Sequence[KnownArticle]) -> dict[str, Array]:
    columns = {f"article_{name}": _ids(getattr(one, name) for one in articles) for name in _ARTICLE_IDS}
    for name in _ARTICLE_NUMBERS:
        columns[f"article_{name}"] = _numbers(getattr(one, name) for one in articles)
    for name in _ARTICLE_TIMES:
        columns[f"article_{name}"] = _numbers(round(getattr(one, name) * 1000) for one in articles)
    columns["article_day"] = np.array([one.day.toordinal() for one in articles], np.int32)
    return columns


def _articles(about: dict[str, Any], columns: dict[str, Array]) -> Iterable[KnownArticle]:
    values: dict[str, list[Any]] = {name: _hex(columns[f"article_{name}"]) for name in _ARTICLE_IDS}
    values |= {name: list(map(_known, columns[f"article_{name}"])) for name in _ARTICLE_NUMBERS}
    values |= {name: (columns[f"article_{name}"] / 1000).tolist() for name in _ARTICLE_TIMES}
    values["day"] = [date.fromordinal(ordinal) for ordinal in columns["article_day"].tolist()]
    values["source"] = [about["source"]] * len(values["day"])
    names = [field.name for field in fields(KnownArticle)]
    return (
        KnownArticle(**dict(zip(names, row, strict=True)))
        for row in zip(*(values[name] for name in names), strict=True)
    )


def _ids(ids: Iterable[str | None]) -> Array:
    return np.frombuffer(b"".join(bytes.fromhex(one) if one else bytes(16) for one in ids), np.uint8).reshape(-1, 16)


def _hex(ids: Array) -> list[str | None]:
    return [None if not any(row) else row.hex() for row in map(bytes, ids)]


def _numbers(numbers: Iterable[int | None]) -> Array:
    return np.array([_ABSENT if one is None else one for one in numbers], np.int64)


def _known(number: Any) -> int | None:
    return None if number == _ABSENT else int(number)
