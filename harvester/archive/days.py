"""The archive day by day: which records of a day are the latest, and these in order."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from tempfile import SpooledTemporaryFile
from typing import Self

import orjson

from harvester.archive.keys import ArticleKey
from harvester.archive.partitions import Partition, article_keys, in_order
from harvester.archive.store import ObjectStore

SPOOL_BYTES = 16 << 20
"""A day's records up to this stay in memory, more go to a temporary file: some 3 000 articles."""

_NAME = b'"fetched_at":"'


class Highest:
    """The highest revision and derivation of each article, or the highest derivation of each of its revisions.

    Held in memory: 16 bytes and two numbers for each article that has more than one.
    """

    def __init__(self, *, each_revision: bool) -> None:
        self._each_revision = each_revision
        self._highest: dict[bytes, tuple[int, int]] = {}

    def see(self, key: ArticleKey) -> None:
        if (key.revision, key.derivation) != (1, 1):
            name = self._name(key)
            self._highest[name] = max(self._highest.get(name, (1, 1)), (key.revision, key.derivation))

    def has(self, key: ArticleKey) -> bool:
        """Is there nothing higher among all that were seen?"""
        return (key.revision, key.derivation) >= self._highest.get(self._name(key), (1, 1))

    def _name(self, key: ArticleKey) -> bytes:
        name = bytes.fromhex(key.id)
        return name + str(key.revision).encode() if self._each_revision else name


class Latest:
    """Decides from key names alone which records of some partitions are superseded by others of them."""

    def __init__(self, store: ObjectStore, chosen: Sequence[Partition], *, each_revision: bool) -> None:
        """`chosen` is sorted by day. With `each_revision` only derivations of the same revision supersede."""
        self._store = store
        self._chosen = chosen
        self._highest = Highest(each_revision=each_revision)
        for listed in in_order(self._keys, chosen):
            for key in listed:
                self._highest.see(key)

    def days(self) -> Iterator[tuple[date, list[ArticleKey]]]:
        """Each day with the keys that are the latest, sorted; oldest day first."""
        for day, parts in groupby(self._chosen, key=lambda partition: partition.day):
            listed = (key for some in in_order(self._keys, parts) for key in some if self._highest.has(key))
            yield day, sorted(listed, key=lambda key: (key.source, key.id, key.revision, key.derivation))

    def _keys(self, partition: Partition) -> list[ArticleKey]:
        return article_keys(self._store, partition)


class DayOfRecords:
    """The records of one day, put in any order and read by time; their bytes lie in a file where they are many."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._spool = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 closed by __exit__
        self._places: list[tuple[str, int, int, ArticleKey]] = []  # fetched_at, offset, length, key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add(self, key: ArticleKey, body: bytes) -> None:
        self._places.append((_fetched_at(body), self._spool.tell(), len(body), key))
        self._spool.write(body)

    def in_order(self) -> Iterator[tuple[ArticleKey, bytes]]:
        """Key and bytes, by when they were fetched; what was added first comes first among equals."""
        for _, offset, length, key in sorted(self._places):
            self._spool.seek(offset)
            yield key, self._spool.read(length)


def _fetched_at(body: bytes) -> str:
    """Of a record that is not checked yet; empty where it is none.

    Looked up in the bytes where they are as we write them, a twentieth of the time of parsing them: within a text a
    quotation mark has a backslash before it.
    """
    start = body.rfind(_NAME) + len(_NAME)
    if start >= len(_NAME) and (end := body.find(b'"', start)) > 0:
        return body[start:end].decode("ascii", "replace")
    try:
        return str(orjson.loads(body)["fetched_at"])
    except (ValueError, KeyError, TypeError):
        return ""
