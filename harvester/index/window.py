"""The window: sketches of the articles of the last days, among which near copies are looked for.

What is new goes into ordinary rows; when there are enough of them they are moved into one sorted file a day. A day
that leaves the window is dropped with its file.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from harvester.dedup.near import COMMON_KEY_ARTICLES, Sketch
from harvester.errors import StoreError
from harvester.index.database import Database
from harvester.index.fresh import Fresh
from harvester.index.postings import SUFFIX, Keys, Postings

logger = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS postings (day INTEGER PRIMARY KEY, file TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lost_day (day INTEGER PRIMARY KEY)
"""

SETTLE_AT = 10_000
"""Fresh articles: some 4 MB of rows, and a day of a large archive is written ten times until it is complete."""

_FRESH = -1
"""In place of a day: the rows that are not in a file yet."""

LEFT_AFTER_S = 600
"""A file without a row that is younger may be one that another process is about to name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that shares keys with the one asked for."""

    number: int
    shared: int
    sketch: bytes


class Window:
    """Look-ups are of many articles at once, or of one."""

    tables = f"{Fresh.tables};{_TABLES}"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._folder = database.path.with_suffix(".window")
        self._open: dict[date, tuple[str, Postings]] = {}
        self._replaced: list[str] = []
        self._fresh = Fresh(database)
        self._waiting = self._fresh.count

    def put(self, number: int, day: date, sketch: Sketch, *, to_be_found: bool = True) -> None:
        """Enter an article's sketch; `to_be_found` is False for one that is found by its original as well."""
        keys = _short(sketch.keys) if to_be_found else _short(sketch.keys[:0])
        self._fresh.add(number, day, keys, sketch.to_bytes())
        self._waiting += 1
        if self._waiting >= SETTLE_AT:
            self.settle()

    def candidates(self, sketches: Sequence[Sketch]) -> list[list[Candidate]]:
        """For each sketch the articles of the window that share keys with it, those with most first."""
        counts = [len(sketch.keys) for sketch in sketches]
        keys = np.concatenate([np.empty(0, np.uint32), *(_short(sketch.keys) for sketch in sketches)])
        owners = np.repeat(np.arange(len(sketches)), counts)
        found = _Found(len(keys))
        with self._database.snapshot():  # in which no row is on its way into a file
            days = [postings for _, postings in self._days()]
            for place, postings in enumerate(days):
                asked, rows = postings.places(keys)
                found.add(place, asked, rows)
            asked, rows = self._fresh.places(keys)
            found.add(_FRESH, asked, rows)
            candidates = [
                [
                    Candidate(number=number, shared=shared, sketch=sketch)
                    for (place, row), shared in shared_rows.most_common()
                    for number, sketch in self._sketch(place, row, days)
                ]
                for shared_rows in found.by_owner(owners, len(sketches))
            ]
        for postings in days:
            postings.release()
        return candidates

    def sketch(self, number: int, day: date) -> bytes | None:
        """Of an article whose record stands under this day; None where that has left the window."""
        fresh = self._fresh.sketch(number)
        if fresh is not None:
            return fresh
        postings = self._postings(day)
        if postings is None:
            return None
        rows = np.flatnonzero(postings.numbers == number)
        return postings.sketch(int(rows[-1])) if len(rows) else None

    def _sketch(self, place: int, row: int, days: Sequence[Postings]) -> Iterator[tuple[int, bytes]]:
        """Number and sketch of a row of a day, or of a fresh article; nothing where it has just gone."""
        if place != _FRESH:
            yield int(days[place].numbers[row]), days[place].sketch(row)
            return
        found = self._fresh.row(row)
        if found is not None:
            yield found

    def settle(self) -> None:
        """Move fresh rows into the files of their days."""
        replaced: list[str] = []
        with self._database.batch():
            for day, rows in self._fresh.by_day():
                replaced += self._replace(day, Postings.of(rows))
            self._fresh.clear()
        self._waiting = 0
        self._unlink(self._replaced)  # of the time before: another process may be reading what was replaced just now
        self._replaced = replaced

    def _replace(self, day: date, added: Postings) -> list[str]:
        """Write the day's file with what is added; the names of the files that it replaces."""
        old = self._database.rows("SELECT file FROM postings WHERE day = ?", (day.toordinal(),))
        earlier = self._postings(day)
        if old and not earlier:
            self._database.write("INSERT OR IGNORE INTO lost_day (day) VALUES (?)", (day.toordinal(),))
        name = (earlier.joined(added) if earlier else added).save(self._folder)
        self._open.pop(day, None)  # all of it was read, and is in memory
        query = "INSERT OR REPLACE INTO postings (day, file) VALUES (?, ?)"
        self._database.write(query, (day.toordinal(), name))
        return [file for (file,) in old]

    def forget_before(self, day: date) -> list[date]:
        """Drop the days that have left the window; these days."""
        with self._database.batch():
            gone = self._database.rows("SELECT day, file FROM postings WHERE day < ?", (day.toordinal(),))
            fresh = self._fresh.days_before(day)
            self._database.write("DELETE FROM postings WHERE day < ?", (day.toordinal(),))
            self._fresh.forget_before(day)
        self._unlink([file for _, file in gone])
        return [date.fromordinal(ordinal) for ordinal in sorted({*fresh, *(ordinal for ordinal, _ in gone)})]

    def lost_days(self) -> list[date]:
        """Days whose file was found to be damaged or gone: all of their articles are to be entered anew."""
        with self._database.batch():
            lost = {ordinal for (ordinal,) in self._database.rows("SELECT day FROM lost_day")}
            for (ordinal,) in self._database.rows("SELECT day FROM postings ORDER BY day"):
                if self._postings(date.fromordinal(ordinal)) is None:
                    lost.add(ordinal)
                    self._database.write("DELETE FROM postings WHERE day = ?", (ordinal,))
            self._database.write("DELETE FROM lost_day")
        return [date.fromordinal(ordinal) for ordinal in sorted(lost)]

    def sweep(self) -> None:
        """Delete files that no row names: what was replaced, and what a killed process has left."""
        named = {file for (file,) in self._database.rows("SELECT file FROM postings")}
        old = time.time() - LEFT_AFTER_S
        for path in self._folder.glob(f"*{SUFFIX}*"):
            with suppress(FileNotFoundError):
                if path.name not in named and path.stat().st_mtime < old:
                    path.unlink()

    def _unlink(self, names: Sequence[str]) -> None:
        for name in names:
            (self._folder / name).unlink(missing_ok=True)

    def _days(self) -> Iterator[tuple[date, Postings]]:
        for ordinal, file in self._database.rows("SELECT day, file FROM postings ORDER BY day"):
            day = date.fromordinal(ordinal)
            name, postings = self._open.get(day, ("", None))
            if name != file:
                postings = self._postings(day)
            if postings is not None:
                yield day, postings

    def _postings(self, day: date) -> Postings | None:
        """The day's file as it is now; another process may have replaced it since we looked last."""
        for _ in range(2):
            row = self._database.row("SELECT file FROM postings WHERE day = ?", (day.toordinal(),))
            if row is None:
                return None
            if day in self._open and self._open[day][0] == row[0]:
                return self._open[day][1]
            try:
                self._open[day] = (row[0], Postings.load(self._folder / row[0]))
            except FileNotFoundError:  # replaced just now, or gone
                continue
            except (StoreError, OSError) as error:
                logger.warning("%s: left out, and filled anew from the archive by the next run", error)
                return None
            return self._open[day][1]
        logger.warning("%s: sketches of %s are gone; the next run fills them anew", self._folder, day)
        return None


class _Found:
    """Pairs of a key asked for and a row that has it, gathered over days."""

    def __init__(self, keys: int) -> None:
        self._pairs: list[tuple[int, npt.NDArray[np.intp], npt.NDArray[np.intp]]] = []
        self._articles = np.zeros(keys, np.intp)  # by key: how many have it

    def add(self, place: int, asked: npt.NDArray[np.intp], rows: npt.NDArray[np.intp]) -> None:
        if len(asked):
            self._pairs.append((place, asked, rows))
            self._articles += np.bincount(asked, minlength=len(self._articles))

    def by_owner(self, owners: npt.NDArray[np.intp], count: int) -> list["Counter[tuple[int, int]]"]:
        """For each of the articles asked for: how many keys each (place, row) shares with it, stop keys aside."""
        shared: list[Counter[tuple[int, int]]] = [Counter() for _ in range(count)]
        telling = self._articles <= COMMON_KEY_ARTICLES
        for place, asked, rows in self._pairs:
            kept = telling[asked]
            for owner, row in zip(owners[asked[kept]].tolist(), rows[kept].tolist(), strict=True):
                shared[owner][place, row] += 1
        return shared


def _short(keys: npt.NDArray[np.uint64]) -> Keys:
    """The upper half of each key: the window is small enough for it (one false candidate in ten articles)."""
    return (keys >> np.uint64(32)).astype(np.uint32)
