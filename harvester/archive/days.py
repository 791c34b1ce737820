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


class Latest:
    """Decides from key names alone which records of some partitions are superseded by others of them.

    Held in memory: 16 bytes and two numbers for each article that has more than one revision or derivation.
    """

    def __init__(self, store: ObjectStore, chosen: Sequence[Partition], *, each_revision: bool) -> None:
        """`chosen` is sorted by day. With `each_revision` only derivations of the same revision supersede."""
        self._store = store
        self._chosen = chosen
        self._each_revision = each_revision
        self._last: dict[bytes, tuple[int, int]] = {}
        for listed in in_order(self._keys, chosen):
            for key in listed:
                if (key.revision, key.derivation) != (1, 1):
                    self._supersede(key)

    def days(self) -> Iterator[tuple[date, list[ArticleKey]]]:
        """Each day with the keys that are the latest, sorted; oldest day first."""
        for day, parts in groupby(self._chosen, key=lambda partition: partition.day):
            yield day, sorted(key for listed in in_order(self._keys, parts) for key in listed if self._is_latest(key))

    def _keys(self, partition: Partition) -> list[ArticleKey]:
        return article_keys(self._store, partition)

    def _name(self, key: ArticleKey) -> bytes:
        name = bytes.fromhex(key.id)
        return name + str(key.revision).encode() if self._each_revision else name

    def _supersede(self, key: ArticleKey) -> None:
        name = self._name(key)
        self._last[name] = max(self._last.get(name, (1, 1)), (key.revision, key.derivation))

    def _is_latest(self, key: ArticleKey) -> bool:
        last = self._last.get(self._name(key))
        return last is None or (key.revision, key.derivation) >= last


class DayOfRecords:
    """The records of one day, put in any order and read by time; their bytes lie in a file where they are many."""

    def __init__(self, day: date) -> None:
        self.day = day
        self._spool = SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 closed by __exit__
        self._places: list[tuple[str, int, int, str]] = []  # fetched_at, offset, length, key

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def add(self, key: str, body: bytes) -> None:
        self._places.append((_fetched_at(body), self._spool.tell(), len(body), key))
        self._spool.write(body)

    def in_order(self) -> Iterator[tuple[str, bytes]]:
        """Key and bytes, by when they were fetched; what was added first comes first among equals."""
        for _, offset, length, key in sorted(self._places):
            self._spool.seek(offset)
            yield key, self._spool.read(length)


def _fetched_at(body: bytes) -> str:
    """Of a record that is not checked yet; empty where it is none."""
    try:
        return str(orjson.loads(body)["fetched_at"])
    except (ValueError, KeyError, TypeError):
        return ""
