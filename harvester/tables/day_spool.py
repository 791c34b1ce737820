"""JSON rows put aside on disk as the table has them, by source, and given again by day and time of their fetch."""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self

import numpy

Place = Any
"""A numpy array of a row each: when it was fetched, its source's number, its id's beginning, offset and length."""

_PLACE = [("fetched_at", "S30"), ("source", "u4"), ("id", "u8"), ("offset", "i8"), ("length", "i8")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of a table: when each was fetched, its source, its id, its JSON."""

    fetched_at: Sequence[str]
    sources: Sequence[str]
    ids: Sequence[str]
    lines: Sequence[bytes]


class DaySpool:
    """Rows of many days; 58 bytes of each are in memory, the rest in a temporary file for each month of harvest.

    On disk there is as much as a month has, and what was corrected after it.
    """

    def __init__(self) -> None:
        self._files: dict[date, IO[bytes]] = {}  # by the first of the month
        self._places: dict[date, list[Place]] = defaultdict(list)
        self._sources: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def add(self, day: date, rows: Rows) -> None:
        """Rows of one day."""
        file = self._file(day)
        places = numpy.empty(len(rows.lines), _PLACE)
        places["fetched_at"] = rows.fetched_at
        places["source"] = [self._sources.setdefault(source, len(self._sources)) for source in rows.sources]
        places["id"] = [int(article_id[:16], 16) for article_id in rows.ids]
        places["length"] = [len(line) for line in rows.lines]
        places["offset"] = file.seek(0, os.SEEK_END) + places["length"].cumsum() - places["length"]
        file.write(b"".join(rows.lines))
        self._places[day].append(places)

    def until(self, end: date | None) -> Iterator[bytes]:
        """Rows of the days before `end` (None: of all), oldest first, and forget them."""
        for day in sorted(day for day in self._places if end is None or day < end):
            places = self._in_order(numpy.concatenate(self._places.pop(day)))
            file = self._file(day)
            file.flush()
            for offset, length in zip(places["offset"].tolist(), places["length"].tolist(), strict=True):
                yield os.pread(file.fileno(), length, offset)
        for month in self._files.keys() - {day.replace(day=1) for day in self._places}:
            self._files.pop(month).close()

    def _file(self, day: date) -> IO[bytes]:
        month = day.replace(day=1)
        if month not in self._files:
            self._files[month] = TemporaryFile()  # noqa: SIM115 closed by __exit__
        return self._files[month]

    def _in_order(self, places: Place) -> Place:
        """By time; of one time by source and id, as the archive's reader has them."""
        ranks = numpy.empty(len(self._sources), numpy.uint32)
        for rank, source in enumerate(sorted(self._sources)):
            ranks[self._sources[source]] = rank
        return places[numpy.lexsort((places["id"], ranks[places["source"]], places["fetched_at"]))]
