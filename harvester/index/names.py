"""Sources by number, as the index's tables name them, and the site at which most of a source's pages stand."""

from urllib.parse import urlsplit

from harvester.index.database import Database

_TABLES = """
CREATE TABLE IF NOT EXISTS source (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, origin TEXT, retired INTEGER NOT NULL DEFAULT 0
)
"""


_AT_ORIGIN = "\t"
"""Begins a shortened address; no address has it."""


class Names:
    """Names of sources and their numbers, which are this file's own."""

    tables = _TABLES

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._origins: dict[str, str] = {}

    def number(self, name: str) -> int:
        """Of a source; a new one gets one."""
        if name not in self._numbers:
            self._database.write("INSERT OR IGNORE INTO source (name) VALUES (?)", (name,))
            self._remember(*self._database.row("SELECT number, name FROM source WHERE name = ?", (name,)))
        return self._numbers[name]

    def name(self, number: int) -> str:
        """Of a number that this file has given."""
        if number not in self._names:
            self._remember(*self._database.row("SELECT number, name FROM source WHERE number = ?", (number,)))
        return self._names[number]

    def _remember(self, number: int, name: str) -> None:
        self._numbers[name], self._names[number] = number, name

    def shortened(self, name: str, url: str) -> str:
        """An address without the origin that its source's first one had: thirty bytes a page."""
        origin = self._origin(name) or self._first_origin(name, url)
        return _AT_ORIGIN + url[len(origin) :] if url.startswith(f"{origin}/") else url

    def whole(self, name: str, shortened: str) -> str:
        """The inverse of `shortened`."""
        return self._origin(name) + shortened[1:] if shortened.startswith(_AT_ORIGIN) else shortened

    def _origin(self, name: str) -> str:
        """Empty as long as no address of the source is known."""
        if name not in self._origins:
            row = self._database.row("SELECT origin FROM source WHERE name = ?", (name,))
            if row is None or row[0] is None:
                return ""
            self._origins[name] = row[0]
        return self._origins[name]

    def _first_origin(self, name: str, url: str) -> str:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._database.write(
            "UPDATE source SET origin = ? WHERE number = ? AND origin IS NULL", (origin, self.number(name))
        )
        return self._origin(name)
