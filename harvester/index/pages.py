"""What became of each address of a source, the last time it was looked at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from xxhash import xxh3_64_intdigest

from harvester.index.database import Database
from harvester.index.names import Names
from harvester.outcomes import Outcome, Reason

_TABLES = """
CREATE TABLE IF NOT EXISTS page (
    number INTEGER PRIMARY KEY, address BLOB NOT NULL UNIQUE, source INTEGER NOT NULL, url TEXT,
    outcome INTEGER NOT NULL, reason INTEGER, article BLOB, modified INTEGER, first_at INTEGER NOT NULL,
    checked_at INTEGER NOT NULL, changed_at INTEGER
);
CREATE INDEX IF NOT EXISTS page_source ON page (source, first_at);
CREATE INDEX IF NOT EXISTS page_failed ON page (source) WHERE outcome = 5
"""

_OUTCOMES = tuple(Outcome)
_FAILED = _OUTCOMES.index(Outcome.FAILED)
assert _FAILED == 5, "an index names it"
_REASONS = tuple(Reason)
_ITSELF = b""
"""In place of the article's id where that is the address's own: nearly always, and 16 bytes a page."""

_COLUMNS = "address, source, url, outcome, reason, article, modified, first_at, checked_at, changed_at"

_STILL_GONE = f"excluded.outcome = {_FAILED} AND reason = {_REASONS.index(Reason.GONE)} AND article IS NOT NULL"
"""A stored article that was gone and could not be looked at now."""

LOOKED_AT_AGAIN = (Outcome.STORED, Outcome.REVISED, Outcome.UNCHANGED)

_NEWS = (
    f"excluded.outcome IN ({_OUTCOMES.index(Outcome.STORED)}, {_OUTCOMES.index(Outcome.REVISED)})"
    f" OR (excluded.outcome = {_OUTCOMES.index(Outcome.DISCARDED)}) != (outcome = {_OUTCOMES.index(Outcome.DISCARDED)})"
)
"""Of an address: a new text, or none where there was one, or one where there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What became of an address. Times are seconds since the epoch."""

    source: str
    address: str  # harvester.urls.article_id of the source and the address: the same for all spellings of one story
    url: str | None  # None where the address is too old to be looked at again
    outcome: Outcome
    reason: Reason | None = None
    article_id: str | None = None
    modified: int | None = None  # `mark` of what its list said of its last change
    first_at: int
    checked_at: int
    changed_at: int  # when it was last seen to be new, changed, no article any more, or one again


def mark(text: str | None) -> int | None:
    """A number that stands for a text, to see whether it is still the same."""
    return None if text is None else signed(xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")))


def signed(number: int) -> int:
    """A u64 as the i64 that SQLite keeps."""
    return number - (1 << 64) if number >= 1 << 63 else number


class Pages:
    """Addresses by source."""

    tables = _TABLES

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    def get(self, address: str) -> KnownPage | None:
        """What is known of an address; 32 hex digits, see `KnownPage.address`."""
        row = self._database.row(f"SELECT {_COLUMNS} FROM page WHERE address = ?", (bytes.fromhex(address),))  # noqa: S608
        return self._page(row) if row else None

    def put(self, page: KnownPage, *, latest: bool = False) -> None:
        """Enter what became of an address; `first_at` of an earlier entry stays, a newer entry is not overwritten.

        `latest`: it has just become so, and an entry that is newer by its times is of a clock that went wrong.
        """
        address, article = bytes.fromhex(page.address), page.article_id
        self._database.write(
            f"INSERT INTO page ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT (address) DO UPDATE SET url = excluded.url,"
            f" outcome = CASE WHEN {_STILL_GONE} THEN outcome ELSE excluded.outcome END,"
            f" reason = CASE WHEN {_STILL_GONE} THEN reason ELSE excluded.reason END,"
            " article = coalesce(excluded.article, article),"
            " modified = coalesce(excluded.modified, modified), first_at = min(first_at, excluded.first_at),"
            f" checked_at = excluded.checked_at, changed_at = CASE WHEN {_STILL_GONE} THEN changed_at"
            f" WHEN {_NEWS} THEN coalesce(excluded.changed_at, excluded.first_at)"
            " ELSE min(changed_at, excluded.checked_at) END"
            " WHERE excluded.checked_at >= checked_at OR ?",
            (
                address,
                self._names.number(page.source),
                None if page.url is None else self._names.shortened(page.source, page.url),
                _OUTCOMES.index(page.outcome),
                None if page.reason is None else _REASONS.index(page.reason),
                None if article is None else _ITSELF if article == page.address else bytes.fromhex(article),
                page.modified,
                page.first_at,
                page.checked_at,
                page.changed_at if page.changed_at != page.first_at else None,
                latest,
            ),
        )

    def known_since(self, source: str, first_after: float) -> Iterator[KnownPage]:
        """Pages worth another look, newest first: stored articles that have been known since then, also where their
        pages are gone or something else by now, and failed pages of any age."""
        again = ", ".join(str(_OUTCOMES.index(outcome)) for outcome in LOOKED_AT_AGAIN)
        absent = f"outcome = {_OUTCOMES.index(Outcome.DISCARDED)} AND article IS NOT NULL"
        number = self._names.number(source)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM page WHERE source = ?1 AND first_at >= ?2 AND url IS NOT NULL"  # noqa: S608
            f" AND (outcome IN ({again}) OR ({absent})) UNION ALL"
            f" SELECT {_COLUMNS} FROM page WHERE source = ?1 AND outcome = {_FAILED} AND url IS NOT NULL"
            " ORDER BY first_at DESC",
            (number, first_after),
        )
        return map(self._page, rows)

    def all(self, source: str) -> Iterator[KnownPage]:
        """All of a source, by address."""
        query = f"SELECT {_COLUMNS} FROM page WHERE source = ? ORDER BY address"  # noqa: S608
        return map(self._page, self._database.rows(query, (self._names.number(source),)))

    def retire(self, source: str, first_before: float) -> None:
        """Let go of the addresses (not of what became of them) of pages that are not looked at again.

        Each page is asked about once, as time passes over it.
        """
        number = self._names.number(source)
        with self._database.batch():
            (since,) = self._database.row("SELECT retired FROM source WHERE number = ?", (number,))
            self._database.write(
                f"UPDATE page SET url = NULL WHERE source = ? AND first_at BETWEEN ? AND ? AND outcome != {_FAILED}",  # noqa: S608
                (number, since, int(first_before) - 1),
            )
            self._database.write("UPDATE source SET retired = ? WHERE number = ?", (int(first_before), number))

    def _page(self, row: Any) -> KnownPage:
        address, source, url, outcome, reason, article, modified, first_at, checked_at, changed_at = row
        name = self._names.name(source)
        return KnownPage(
            source=name,
            address=address.hex(),
            url=None if url is None else self._names.whole(name, url),
            outcome=_OUTCOMES[outcome],
            reason=None if reason is None else _REASONS[reason],
            article_id=None if article is None else (article or address).hex(),
            modified=modified,
            first_at=first_at,
            checked_at=checked_at,
            changed_at=first_at if changed_at is None else changed_at,
        )
