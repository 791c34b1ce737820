"""The stored articles by id: what must be known of each to tell a revision, a duplicate or a copy."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from harvester.archive.keys import article_key
from harvester.index.database import Database
from harvester.index.names import Names

_TABLES = """
CREATE TABLE IF NOT EXISTS article (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, source INTEGER NOT NULL, address BLOB,
    revision INTEGER NOT NULL, derivation INTEGER NOT NULL, day INTEGER NOT NULL, content BLOB, payload INTEGER,
    authors INTEGER, published INTEGER, copy_of BLOB, first_at INTEGER, appeared_at INTEGER,
    fetched_at INTEGER NOT NULL, sketched INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS article_content ON article (substr(content, 1, 6))
"""

_COLUMNS = (
    "id, source, address, revision, derivation, day, content, payload, authors, published, copy_of, first_at,"
    " appeared_at, fetched_at"
)
_OF_THE_TEXT = ("content", "payload")
"""What a manifest tells of a revision and a segment does not: it stays as long as the revision is the same."""

_OF_THE_ARTICLE = ("address", "authors", "published")
"""The same, of what is hardly another one in the next revision: it stays until it is told otherwise."""

_NEWER = "(excluded.revision, excluded.derivation) > (revision, derivation)"
_EARLIER = "min(coalesce({0}, fetched_at), coalesce(excluded.{0}, excluded.fetched_at))"
_UPSERT = (
    f"INSERT INTO article ({_COLUMNS}, sketched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, derivation = excluded.derivation,"
    f" day = excluded.day, first_at = {_EARLIER.format('first_at')}, appeared_at = {_EARLIER.format('appeared_at')},"
    " fetched_at = excluded.fetched_at,"
    f" copy_of = CASE WHEN {_NEWER} THEN excluded.copy_of ELSE coalesce(copy_of, excluded.copy_of) END,"
    f" sketched = CASE WHEN {_NEWER} THEN excluded.sketched ELSE max(sketched, excluded.sketched) END, "
    + ", ".join(
        f"{name} = CASE WHEN {_NEWER} THEN excluded.{name} ELSE coalesce(excluded.{name}, {name}) END"
        for name in _OF_THE_TEXT
    )
    + "".join(f", {name} = coalesce(excluded.{name}, {name})" for name in _OF_THE_ARTICLE)
)
_ITSELF = b""  # in place of an address that is the article's own id: nearly always, and 16 bytes an article
_EARLIER_TIMES = (
    "UPDATE article SET first_at = min(coalesce(first_at, fetched_at), ?),"
    " appeared_at = min(coalesce(appeared_at, fetched_at), ?) WHERE number = ?"
)
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """A stored article's latest revision. Times are seconds since the epoch, kept to the millisecond."""

    id: str
    source: str
    address: str | None  # of the page that it was read from: harvester.urls.article_id of its source and URL
    day: date  # under which its record stands
    revision: int
    derivation: int
    content: str | None = None  # first 32 hex digits of its content_sha256; None where only its sketch is known
    payload: int | None = None  # harvester.index.mark of the page's bytes when it was last looked at
    authors: int | None = None  # harvester.dedup.about_hash of its authors
    published: int | None = None  # day of publication, days since the epoch
    copy_of: str | None = None
    first_at: float  # when its first revision was fetched
    appeared_at: float  # when it was published, as far as that is known and believable; else `first_at`
    fetched_at: float  # when this revision was fetched

    @property
    def key(self) -> str:
        """Of its latest record in the archive."""
        return article_key(self.source, self.day, self.id, self.revision, self.derivation)

    def has_content(self, content_sha256: str) -> bool:
        """Are title and text of its latest revision these, word for word?"""
        return self.content == content_sha256[:32]


class Articles:
    """Articles of all sources whose runs or segments have been read."""

    tables = _TABLES

    def __init__(self, database: Database, names: Names) -> None:
        self._database = database
        self._names = names

    def get(self, article_id: str) -> KnownArticle | None:
        """The latest known revision of an article."""
        return next(self._where("id = ?", (bytes.fromhex(article_id),)), None)

    def number(self, article_id: str) -> int | None:
        """The number that `put` gave to an article."""
        row = self._database.row("SELECT number FROM article WHERE id = ?", (bytes.fromhex(article_id),))
        return row[0] if row else None

    def numbered(self, number: int) -> KnownArticle | None:
        """The article of a number that `put` gave."""
        return next(self._where("number = ?", (number,)), None)

    def with_content(self, content_sha256: str) -> list[KnownArticle]:
        """Articles whose latest revision has this content, oldest first."""
        content = bytes.fromhex(content_sha256[:32])
        condition = "substr(content, 1, 6) = ? AND content = ? ORDER BY coalesce(first_at, fetched_at), id"
        return list(self._where(condition, (content[:6], content)))

    def of_source(self, source: str) -> list[KnownArticle]:
        """All of a source, oldest first."""
        return list(
            self._where("source = ? ORDER BY coalesce(first_at, fetched_at), id", (self._names.number(source),))
        )

    def put(self, article: KnownArticle, *, sketched: bool = False) -> tuple[int, bool]:
        """Enter a revision or derivation; an older one tells a newer one no more than when the article appeared.

        `sketched`: its sketch is given to the window, if that has none of this very derivation. Returns the article's
        number, and whether it has none.
        """
        asked = "SELECT number, revision, derivation, sketched FROM article WHERE id = ?"
        with self._database.batch():
            known = self._database.row(asked, (bytes.fromhex(article.id),))
            if known is None:
                return self._database.write(_UPSERT, (*self._row(article), sketched)), True
            number, revision, derivation, has_sketch = known
            if (revision, derivation) > (article.revision, article.derivation):
                self._database.write(
                    _EARLIER_TIMES, (*map(_milliseconds, (article.first_at, article.appeared_at)), number)
                )
                return number, False
            self._database.write(_UPSERT, (*self._row(article), sketched))
        return number, not has_sketch or (revision, derivation) < (article.revision, article.derivation)

    def unsketched(self, day: date) -> None:
        """The window has lost the sketches of this day's articles."""
        self._database.write("UPDATE article SET sketched = 0 WHERE day = ?", (day.toordinal() - _EPOCH,))

    def link(self, article_id: str, copy_of: str) -> None:
        """An article turned out to copy one that appeared before it."""
        query = "UPDATE article SET copy_of = ? WHERE id = ?"
        self._database.write(query, (bytes.fromhex(copy_of), bytes.fromhex(article_id)))

    def _where(self, condition: str, values: tuple[Any, ...]) -> Iterator[KnownArticle]:
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM article WHERE {condition}", values)  # noqa: S608
        return map(self._article, rows)

    def _row(self, article: KnownArticle) -> tuple[Any, ...]:
        return (
            bytes.fromhex(article.id),
            self._names.number(article.source),
            None
            if article.address is None
            else _ITSELF
            if article.address == article.id
            else bytes.fromhex(article.address),
            article.revision,
            article.derivation,
            article.day.toordinal() - _EPOCH,
            bytes.fromhex(article.content) if article.content else None,
            article.payload,
            article.authors,
            article.published,
            bytes.fromhex(article.copy_of) if article.copy_of else None,
            _milliseconds(article.first_at, besides=article.fetched_at),
            _milliseconds(article.appeared_at, besides=article.fetched_at),
            _milliseconds(article.fetched_at),
        )

    def _article(self, row: tuple[Any, ...]) -> KnownArticle:
        return KnownArticle(
            id=row[0].hex(),
            source=self._names.name(row[1]),
            address=None if row[2] is None else (row[2] or row[0]).hex(),
            revision=row[3],
            derivation=row[4],
            day=date.fromordinal(row[5] + _EPOCH),
            content=row[6].hex() if row[6] else None,
            payload=row[7],
            authors=row[8],
            published=row[9],
            copy_of=row[10].hex() if row[10] else None,
            first_at=(row[13] if row[11] is None else row[11]) / 1000,
            appeared_at=(row[13] if row[12] is None else row[12]) / 1000,
            fetched_at=row[13] / 1000,
        )


def _milliseconds(at: float, *, besides: float | None = None) -> int | None:
    """Of a time; None where it is the other one, which most are."""
    return None if at == besides else round(at * 1000)
