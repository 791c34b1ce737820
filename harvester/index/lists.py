"""What a source's lists gave us to ask "changed since?" with, and what a probe found of its entry points."""

from harvester.index.database import Database
from harvester.link import Validators

_TABLES = """
CREATE TABLE IF NOT EXISTS entry (source TEXT PRIMARY KEY, found TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list (
    source TEXT, url TEXT, etag TEXT, last_modified TEXT, PRIMARY KEY (source, url)
) WITHOUT ROWID
"""


class Lists:
    """Feeds, sitemaps and section pages by source."""

    tables = _TABLES

    def __init__(self, database: Database) -> None:
        self._database = database

    def validators(self, source: str, url: str) -> Validators | None:
        """What to ask "changed since?" with, if the list was read to the end."""
        row = self._database.row("SELECT etag, last_modified FROM list WHERE source = ? AND url = ?", (source, url))
        return Validators(etag=row[0], last_modified=row[1]) if row else None

    def all(self, source: str) -> dict[str, Validators]:
        """Validators of all lists of a source by address."""
        rows = self._database.rows("SELECT url, etag, last_modified FROM list WHERE source = ? ORDER BY url", (source,))
        return {url: Validators(etag=etag, last_modified=modified) for url, etag, modified in rows}

    def put_validators(self, source: str, url: str, validators: Validators | None) -> None:
        """Enter a list's validators; None forgets them."""
        if validators:
            row = (source, url, validators.etag, validators.last_modified)
            self._database.write(
                "INSERT OR REPLACE INTO list (source, url, etag, last_modified) VALUES (?, ?, ?, ?)", row
            )
        else:
            self._database.write("DELETE FROM list WHERE source = ? AND url = ?", (source, url))

    def entry_points(self, source: str) -> tuple[str, float] | None:
        """What a probe found (JSON), and when (seconds since the epoch)."""
        row: tuple[str, float] | None = self._database.row("SELECT found, at FROM entry WHERE source = ?", (source,))
        return row

    def put_entry_points(self, source: str, found: str, at: float) -> None:
        self._database.write(
            "INSERT INTO entry (source, found, at) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
            " found = excluded.found, at = excluded.at WHERE excluded.at >= at",
            (source, found, at),
        )
