"""Recordings: the WARC records of chosen articles, their captures, then later revisits of these."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy
from xxhash import xxh3_64_intdigest

import harvester.archive.keys as keys
from harvester.archive.partitions import days_below, in_order
from harvester.archive.record import ArticleRecord
from harvester.archive.revisit import original, placed_revisits
from harvester.archive.store import ObjectStore
from harvester.errors import StoreError

if TYPE_CHECKING:
    from harvester.archive.reader import ArchiveReader


Marks = numpy.ndarray[tuple[int], numpy.dtype[numpy.uint64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A piece of an archive's WARC files: whole records, as they stand there."""

    key: str  # of the object
    offset: int  # of the piece in the object
    body: bytes
    record: ArticleRecord | None = None  # that names the capture; None of revisits


def recordings(records: Iterable[ArticleRecord], reader: "ArchiveReader") -> Iterator[Recording]:
    """The records' captures, each once, in their order; then the revisits of these, in the order of days.

    Articles without a capture are left out. Memory: 8 bytes a record, and some rolls of revisits.
    """
    originals = _Originals()
    for record, key, body in reader.captured(originals.noting(records)):
        yield Recording(key=key, offset=0, body=body, record=record)
    marks = originals.marks()
    for key, roll in in_order(lambda key: (key, reader.found(key)), originals.rolls(reader.store)):
        try:
            yield from _revisits(key, roll, marks) if roll else ()
        except ValueError as error:
            reader.leave_out(StoreError(key, f"is not a roll of revisits: {error}"))


@dataclass(slots=True, kw_only=True)
class _Originals:
    """Which captures have been chosen, and since when each source may have seen them again."""

    _marks: "array[int]" = field(default_factory=lambda: array("Q"))
    _since: dict[str, date] = field(default_factory=dict)

    def noting(self, records: Iterable[ArticleRecord]) -> Iterator[ArticleRecord]:
        for record in records:
            named = keys.parse_capture_key(record.capture.key) if record.capture else None
            if named is not None:
                self._marks.append(_mark(original(record)))
                self._since[named.source] = min(named.day, self._since.get(named.source, named.day))
            yield record

    def rolls(self, store: ObjectStore) -> Iterator[str]:
        """Keys of rolls in which revisits of these captures may stand. Raises StoreError."""
        folders = [
            (source, day)
            for source, since in sorted(self._since.items())
            for day in sorted(days_below(store, keys.source_prefix(keys.CAPTURES, source)))
            if day >= since
        ]
        for found in in_order(lambda folder: list(store.list(keys.revisits_prefix(*folder))), folders):
            yield from sorted(one.key for one in found if keys.parse_revisits_key(one.key))

    def marks(self) -> Marks:
        """Of the captures, sorted."""
        return numpy.unique(numpy.frombuffer(self._marks, dtype=numpy.uint64))


def _revisits(key: str, roll: bytes, marks: Marks) -> Iterator[Recording]:
    """Those of the marked captures, after the roll's warcinfo. Raises ValueError."""
    beginning, placed = placed_revisits(roll)
    begun = False
    for one in placed:
        if not _has(marks, _mark(one.original)):
            continue
        if not begun:
            yield Recording(key=key, offset=0, body=roll[:beginning])
            begun = True
        yield Recording(key=key, offset=one.offset, body=roll[one.offset : one.offset + one.length])


def _has(marks: Marks, mark: int) -> bool:
    place = int(numpy.searchsorted(marks, numpy.uint64(mark)))
    return place < len(marks) and int(marks[place]) == mark


def _mark(named: tuple[str, str]) -> int:
    return xxh3_64_intdigest("\n".join(named).encode())
