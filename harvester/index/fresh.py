"""Fresh sketches: those of the window that are not in a day's file yet, in the order in which they came.

Rows are only appended, and deleted all at once when they have been moved into files: keys in a tree of their own would
change most of its pages with each hundred articles. Each process keeps the keys of these rows in memory, and reads what
others have added since it looked last.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt

from harvester.index.database import Database
from harvester.index.postings import Keys

_TABLES = """
CREATE TABLE IF NOT EXISTS fresh (
    place INTEGER PRIMARY KEY, number INTEGER NOT NULL, day INTEGER NOT NULL, keys BLOB NOT NULL, sketch BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS moved (times INTEGER NOT NULL);
INSERT INTO moved SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM moved)
"""

Places = npt.NDArray[np.intp]


class Fresh:
    """Rows by place; a later row of the same article stands beside the earlier one."""

    tables = _TABLES

    def __init__(self, database: Database) -> None:
        self._database = database
        self._moved = -1  # how often rows had been moved when these keys were read
        self._last = 0  # place of the last row that was read
        self._with_key: dict[int, list[int]] = {}  # places of the rows that have a key

    def add(self, number: int, day: date, keys: Keys, sketch: bytes) -> None:
        """Append a row."""
        query = "INSERT INTO fresh (number, day, keys, sketch) VALUES (?, ?, ?, ?)"
        self._database.write(query, (number, day.toordinal(), keys.tobytes(), sketch))

    @property
    def count(self) -> int:
        """Rows there are."""
        return int(self._database.row("SELECT count(*) FROM fresh")[0])

    def places(self, keys: Keys) -> tuple[Places, Places]:
        """For all pairs of equal keys: which of `keys` (its position), and the place of the row that has it."""
        self._read_on()
        pairs = [(at, place) for at, key in enumerate(keys.tolist()) for place in self._with_key.get(key, ())]
        both = np.array(pairs, np.intp).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def _read_on(self) -> None:
        (moved,) = self._database.row("SELECT times FROM moved")
        if moved != self._moved:
            self._moved, self._last = moved, 0
            self._with_key.clear()
        for place, keys in self._database.rows(
            "SELECT place, keys FROM fresh WHERE place > ? ORDER BY place", (self._last,)
        ):
            for key in np.frombuffer(keys, np.uint32).tolist():
                self._with_key.setdefault(key, []).append(place)
            self._last = place

    def row(self, place: int) -> tuple[int, bytes] | None:
        """Number and sketch of a row."""
        found: tuple[int, bytes] | None = self._database.row(
            "SELECT number, sketch FROM fresh WHERE place = ?", (place,)
        )
        return found

    def sketch(self, number: int) -> bytes | None:
        """The latest of an article."""
        query = "SELECT sketch FROM fresh WHERE number = ? ORDER BY place DESC LIMIT 1"
        row = self._database.row(query, (number,))
        return bytes(row[0]) if row else None

    def by_day(self) -> Iterator[tuple[date, list[tuple[int, Keys, bytes]]]]:
        """All rows: numbers, keys and sketches."""
        for (ordinal,) in self._database.rows("SELECT DISTINCT day FROM fresh ORDER BY day"):
            rows = self._database.rows(
                "SELECT number, keys, sketch FROM fresh WHERE day = ? ORDER BY place", (ordinal,)
            )
            yield (
                date.fromordinal(ordinal),
                [(number, np.frombuffer(keys, np.uint32), sketch) for number, keys, sketch in rows],
            )

    def clear(self) -> None:
        """All rows have been moved."""
        self._database.write("DELETE FROM fresh")
        self._database.write("UPDATE moved SET times = times + 1")

    def days_before(self, day: date) -> list[int]:
        """Days before this one that have rows."""
        rows = self._database.rows("SELECT DISTINCT day FROM fresh WHERE day < ?", (day.toordinal(),))
        return [ordinal for (ordinal,) in rows]

    def forget_before(self, day: date) -> None:
        """Drop the rows of earlier days."""
        if self.days_before(day):
            self._database.write("DELETE FROM fresh WHERE day < ?", (day.toordinal(),))
            self._database.write("UPDATE moved SET times = times + 1")
