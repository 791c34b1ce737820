"""What has been taken over from the bucket: which objects have been read, up to which day a source is known, and which
records no commit has made visible yet."""

from collections.abc import Iterable
from datetime import date

from harvester.index.database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, day INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS behind (source TEXT PRIMARY KEY, manifests INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS synced (source TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unseen (key TEXT PRIMARY KEY, source TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unseen_of_source ON unseen (source)
"""


class Taken:
    """Keys of manifests and segments, and days."""

    tables = _TABLES

    def __init__(self, database: Database) -> None:
        self._database = database

    def has(self, key: str) -> bool:
        """Has this object been read?"""
        return self._database.row("SELECT 1 FROM taken WHERE key = ?", (key,)) is not None

    def put(self, key: str, day: date) -> None:
        """An object that stands under this day has been read."""
        self._database.write("INSERT OR IGNORE INTO taken (key, day) VALUES (?, ?)", (key, day.toordinal()))

    def since(self, day: date) -> list[str]:
        """Keys of what stands under this day or a later one."""
        rows = self._database.rows("SELECT key FROM taken WHERE day >= ? ORDER BY key", (day.toordinal(),))
        return [key for (key,) in rows]

    def forget_day(self, prefix: str, day: date) -> None:
        """What stands under this day and prefix is read again by the next run."""
        query = "DELETE FROM taken WHERE day = ? AND substr(key, 1, length(?)) = ?"
        self._database.write(query, (day.toordinal(), prefix, prefix))

    def forget_before(self, prefix: str, day: date) -> None:
        """Nobody asks any more for what stands under a prefix and an earlier day."""
        query = "DELETE FROM taken WHERE day < ? AND substr(key, 1, length(?)) = ?"
        self._database.write(query, (day.toordinal(), prefix, prefix))

    def manifest(self, key: str, day: date, source: str) -> None:
        """A manifest of a source has been read or written."""
        self.put(key, day)
        self._database.write(
            "INSERT INTO behind (source, manifests) VALUES (?, 1)"
            " ON CONFLICT (source) DO UPDATE SET manifests = manifests + 1",
            (source,),
        )

    def behind(self, source: str) -> int:
        """How many manifests of a source there have been since its last checkpoint."""
        row = self._database.row("SELECT manifests FROM behind WHERE source = ?", (source,))
        return row[0] if row else 0

    def checkpoint(self, source: str) -> None:
        """A checkpoint of a source has been read or written."""
        self._database.write("DELETE FROM behind WHERE source = ?", (source,))

    def synced_day(self, source: str) -> date | None:
        """The day (UTC) up to which this source's objects are known here."""
        row = self._database.row("SELECT day FROM synced WHERE source = ?", (source,))
        return date.fromisoformat(row[0]) if row else None

    def put_synced_day(self, source: str, day: date) -> None:
        self._database.write("INSERT OR REPLACE INTO synced (source, day) VALUES (?, ?)", (source, day.isoformat()))

    def put_unseen(self, source: str, keys: Iterable[str]) -> None:
        """Records of a source stand in the bucket, and no manifest names them yet."""
        self._database.write_all(
            "INSERT OR IGNORE INTO unseen (key, source) VALUES (?, ?)", ((key, source) for key in keys)
        )

    def unseen(self, source: str) -> list[str]:
        """Keys of the records of a source that no manifest names, as far as is known here."""
        return [
            key for (key,) in self._database.rows("SELECT key FROM unseen WHERE source = ? ORDER BY key", (source,))
        ]

    def seen(self, keys: Iterable[str]) -> None:
        """A manifest names these records, and a commit has made them visible."""
        self._database.write_all("DELETE FROM unseen WHERE key = ?", ((key,) for key in keys))
