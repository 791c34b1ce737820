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
        if name in self._numbers:
            return self._numbers[name]
        query = "SELECT number FROM source WHERE name = ?"
        row = self._database.row(query, (name,))
        if row is None:
            self._database.write("INSERT OR IGNORE INTO source (name) VALUES (?)", (name,))
            row = self._database.row(query, (name,))
        number: int = row[0]
        self._remember(number, name)
        return number

    def name(self, number: int) -> str:
        """Of a number that this file has given."""
        if number in self._names:
            return self._names[number]
        name: str = self._database.row("SELECT name FROM source WHERE number = ?", (number,))[0]
        self._remember(number, name)
        return name

    def _remember(self, number: int, name: str) -> None:
        """Once it is sure: a number that is rolled back may become another source's."""
        self._database.after_commit(lambda: self._numbers.update({name: number}))
        self._database.after_commit(lambda: self._names.update({number: name}))

    def shortened(self, name: str, url: str) -> str:
        """An address without the origin that its source's first one had: thirty bytes a page."""
        origin = self._origin(name) or self._first_origin(name, url)
        return _AT_ORIGIN + url[len(origin) :] if url.startswith(f"{origin}/") else url

    def whole(self, name: str, shortened: str) -> str:
        """The inverse of `shortened`."""
        return self._origin(name) + shortened[1:] if shortened.startswith(_AT_ORIGIN) else shortened

    def _origin(self, name: str) -> str:
        """Empty as long as no address of the source is known."""
        if name in self._origins:
            return self._origins[name]
        row = self._database.row("SELECT origin FROM source WHERE name = ?", (name,))
        if row is None or row[0] is None:
            return ""
        origin: str = row[0]
        self._database.after_commit(lambda: self._origins.update({name: origin}))
        return origin

    def _first_origin(self, name: str, url: str) -> str:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        self._database.write(
            "UPDATE source SET origin = ? WHERE number = ? AND origin IS NULL", (origin, self.number(name))
        )
        return self._origin(name)
