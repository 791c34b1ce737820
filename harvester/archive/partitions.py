"""Partitions of the archive: which sources and days there are, and which article keys stand in them."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TypeVar

import harvester.archive.keys as keys
from harvester.archive.keys import ArticleKey
from harvester.archive.store import ObjectStore

AT_ONCE = 16
"""Requests under way; below the S3 client's pool, and more gains nothing (boto3 is bound by the interpreter)."""

A = TypeVar("A")
B = TypeVar("B")


def in_order(
    work: Callable[[A], B], values: Iterable[A], *, ahead: int = 4 * AT_ONCE, at_once: int = AT_ONCE
) -> Iterator[B]:
    """`map` in threads: results in order, at most `ahead` values taken before their results are asked for."""
    waiting: list[Future[B]] = []
    remaining = iter(values)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            waiting = [pool.submit(work, value) for value in islice(remaining, ahead)]
            while waiting:
                result = waiting.pop(0).result()
                waiting += [pool.submit(work, value) for value in islice(remaining, 1)]
                yield result
        finally:
            for future in waiting:
                future.cancel()


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Partition:
    """The articles of one source harvested on one day (UTC)."""

    day: date
    source: str


def partitions(
    store: ObjectStore, *, source: str | None = None, since: date | None = None, until: date | None = None
) -> list[Partition]:
    """Those that have articles, by day, then source. `since` and `until` are days that belong to the range."""
    names = [source] if source else source_names(store)
    found: list[Partition] = []
    for name, days in zip(names, in_order(lambda one: article_days(store, one), names), strict=True):
        found += [Partition(day=day, source=name) for day in days if _within(day, since, until)]
    return sorted(found)


def article_days(store: ObjectStore, source: str) -> list[date]:
    """Days on which articles of this source were harvested, oldest first."""
    return sorted(days_below(store, keys.articles_prefix(source)))


def days_below(store: ObjectStore, prefix: str) -> Iterator[date]:
    """The days of the `date=` partitions below a prefix; what is none is passed over."""
    yield from _those_that_are(keys.parse_day, store.prefixes(prefix))


def article_keys(store: ObjectStore, partition: Partition, id_prefix: str = "") -> list[ArticleKey]:
    """In no promised order. What stands there and is no article is passed over."""
    listed = store.list(keys.articles_prefix(partition.source, partition.day) + id_prefix)
    return list(_those_that_are(keys.parse_article_key, (found.key for found in listed)))


def source_names(store: ObjectStore) -> list[str]:
    """Sources of which there are articles."""
    return sorted(_those_that_are(keys.parse_source, store.prefixes(keys.ARTICLES)))


def _those_that_are(parse: Callable[[str], B | None], names: Iterable[str]) -> Iterator[B]:
    return (found for name in names if (found := parse(name)) is not None)


def _within(day: date, since: date | None, until: date | None) -> bool:
    return (since is None or day >= since) and (until is None or day <= until)
