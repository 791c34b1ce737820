"""What was noticed of a source's habits: whether its `rel=canonical` lies, and how often it edits its articles."""

from dataclasses import dataclass

from harvester.index.database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS lie (
    source TEXT, canonical TEXT, address TEXT, at INTEGER NOT NULL, PRIMARY KEY (source, canonical, address)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS habit (source TEXT PRIMARY KEY, looks INTEGER NOT NULL, edits INTEGER NOT NULL) WITHOUT ROWID
"""

MOST_BODIES = 3
"""Different texts that one canonical address may stand for (a print form, a live blog read twice); with more it lies,
and the source's canonical addresses are believed no more (dedup notes, B6)."""

BELIEVED_AGAIN_AFTER_S = 90 * 86_400
"""A site that has mended its templates gets another chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditHabit:
    """How often a second look at a source's articles has found them changed."""

    looks: int = 0
    edits: int = 0


class Sites:
    """Habits by source."""

    tables = _TABLES

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_lie(self, source: str, canonical: str, address: str, at: float) -> None:
        """A page names a canonical address under which another text stands. Both addresses as they are written."""
        query = "INSERT OR IGNORE INTO lie (source, canonical, address, at) VALUES (?, ?, ?, ?)"
        self._database.write(query, (source, canonical, address, int(at)))

    def lies(self, source: str) -> list[tuple[str, str, int]]:
        """All that `put_lie` was told: canonical address, address, time."""
        query = "SELECT canonical, address, at FROM lie WHERE source = ? ORDER BY canonical, address"
        return [tuple(row) for row in self._database.rows(query, (source,))]

    def lying_canonical(self, source: str, now: float) -> str | None:
        """A canonical address that this source gives to too many different texts; None while it is to be believed."""
        row = self._database.row(
            "SELECT canonical FROM lie WHERE source = ? AND at >= ? GROUP BY canonical HAVING count(*) >= ?"
            " ORDER BY count(*) DESC, canonical LIMIT 1",
            (source, int(now - BELIEVED_AGAIN_AFTER_S), MOST_BODIES),
        )
        return row[0] if row else None

    def habit(self, source: str) -> EditHabit:
        """How often the source edits."""
        row = self._database.row("SELECT looks, edits FROM habit WHERE source = ?", (source,))
        return EditHabit(looks=row[0], edits=row[1]) if row else EditHabit()

    def looked(self, source: str, *, edited: bool) -> None:
        """A stored article was looked at again."""
        self.add(source, EditHabit(looks=1, edits=int(edited)))

    def add(self, source: str, seen: EditHabit) -> None:
        """What another run, here or elsewhere, has seen."""
        self._database.write(
            "INSERT INTO habit (source, looks, edits) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
            " looks = looks + excluded.looks, edits = edits + excluded.edits",
            (source, seen.looks, seen.edits),
        )
