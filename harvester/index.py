"""What the archive holds, as a local cache: one SQLite file an archive, which may be deleted at any time.

The bucket is the truth; `harvester.sync` fills this file from it. Processes on one host share the file (WAL).
"""

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Self

from harvester.dedup.near import COMMON_KEY_ARTICLES
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason

logger = logging.getLogger(__name__)

VERSION = 1
"""Of the tables below; a file of another version is put aside and filled anew."""

BUSY_TIMEOUT_S = 20.0
"""How long a process waits for another one's write."""

TABLES = """
CREATE TABLE IF NOT EXISTS segment (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS synced (source TEXT PRIMARY KEY, day TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entry (source TEXT PRIMARY KEY, found TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS list (
    source TEXT, url TEXT, etag TEXT, last_modified TEXT, PRIMARY KEY (source, url)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (
    source TEXT, key TEXT, url TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT, article_id TEXT, modified TEXT,
    first_at REAL NOT NULL, checked_at REAL NOT NULL, PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS article (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, url TEXT NOT NULL, key TEXT NOT NULL, revision INTEGER NOT NULL,
    derivation INTEGER NOT NULL, content_sha256 TEXT NOT NULL, payload_sha256 TEXT, copy_of TEXT, sketch BLOB,
    first_at REAL NOT NULL, fetched_at REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS article_content ON article (content_sha256);
CREATE INDEX IF NOT EXISTS article_source ON article (source, first_at);
CREATE INDEX IF NOT EXISTS page_due ON page (source, checked_at);
CREATE TABLE IF NOT EXISTS shingle (
    hash INTEGER, at REAL, article_id TEXT, PRIMARY KEY (hash, article_id)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPage:
    """What became of an address the last time we looked. Times are seconds since the epoch."""

    source: str
    key: str  # harvester.urls.url_key of the address
    url: str
    outcome: Outcome
    reason: Reason | None = None
    article_id: str | None = None
    modified: str | None = None  # what its list said of its last change
    first_at: float
    checked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """A stored article's latest revision. Times are seconds since the epoch."""

    id: str
    source: str
    url: str
    key: str  # of the latest object
    revision: int
    derivation: int
    content_sha256: str
    payload_sha256: str | None = None  # of the page as fetched, when it was last looked at
    copy_of: str | None = None
    sketch: bytes | None = None  # harvester.dedup.near.Sketch
    first_at: float  # when its first revision was fetched
    fetched_at: float  # when this revision was fetched


class Index:
    """Look-ups and entries, each complete in itself; safe to call from several threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self._depth = 0

    @classmethod
    def open(cls, folder: Path, archive_url: str) -> Self:
        """Open the cache of this archive; a damaged file, or one of another version, is put aside."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(archive_url.encode()).hexdigest()[:16]}.sqlite"
        try:
            return cls(_connect(path))
        except sqlite3.OperationalError:  # locked, or no room: not the file's fault
            raise
        except sqlite3.DatabaseError as error:
            logger.warning("%s: damaged (%s): put aside, and filled anew from the archive", path, error)
            _put_aside(path)
            return cls(_connect(path))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make all entries inside one transaction. Batches nest; other threads wait."""
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if self._depth == 1:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _write(self, query: str, values: Sequence[Any]) -> None:
        with self.batch():
            self._connection.execute(query, values)

    # Addresses

    def page(self, source: str, key: str) -> KnownPage | None:
        """What is known of an address (by its url_key)."""
        rows = self._rows(f"SELECT {_PAGE} FROM page WHERE source = ? AND key = ?", (source, key))  # noqa: S608
        return _page(rows[0]) if rows else None

    def put_page(self, page: KnownPage) -> None:
        """Enter what became of an address; `first_at` of an earlier entry stays, a newer entry is not overwritten."""
        self._write(
            f"INSERT INTO page ({_PAGE}) VALUES ({_marks(KnownPage)}) ON CONFLICT (source, key) DO UPDATE SET"  # noqa: S608
            " url = excluded.url, outcome = excluded.outcome, reason = excluded.reason,"
            " article_id = coalesce(excluded.article_id, article_id), modified = coalesce(excluded.modified, modified),"
            " first_at = min(first_at, excluded.first_at), checked_at = excluded.checked_at"
            " WHERE excluded.checked_at >= checked_at",
            astuple(page),
        )

    def pages_checked_before(self, source: str, checked_before: float, first_after: float) -> Iterator[KnownPage]:
        """Addresses of stored articles that were looked at before one time, and failed ones whenever they were.

        Those known since after another time, newest first.
        """
        rows = self._rows(
            f"SELECT {_PAGE} FROM page WHERE source = ? AND (checked_at <= ? OR outcome = 'failed') AND first_at >= ?"  # noqa: S608
            " AND outcome IN ('stored', 'revised', 'unchanged', 'failed') ORDER BY first_at DESC",
            (source, checked_before, first_after),
        )
        return (_page(row) for row in rows)

    # Articles

    def article(self, article_id: str) -> KnownArticle | None:
        """The latest known revision of an article."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM article WHERE id = ?", (article_id,))  # noqa: S608
        return KnownArticle(**dict(zip(_ARTICLE_FIELDS, rows[0], strict=True))) if rows else None

    def put_article(self, article: KnownArticle, shingles: Iterable[int] = ()) -> None:
        """Enter a revision or derivation; an older one never replaces a newer one."""
        with self.batch():
            self._connection.execute(
                f"INSERT INTO article ({_ARTICLE}) VALUES ({_marks(KnownArticle)}) ON CONFLICT (id) DO UPDATE SET"  # noqa: S608
                " url = excluded.url, key = excluded.key, revision = excluded.revision,"
                " derivation = excluded.derivation, content_sha256 = excluded.content_sha256,"
                " payload_sha256 = excluded.payload_sha256, copy_of = excluded.copy_of, sketch = excluded.sketch,"
                " first_at = min(first_at, excluded.first_at), fetched_at = excluded.fetched_at"
                " WHERE (excluded.revision, excluded.derivation) >= (revision, derivation)",
                astuple(article),
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO shingle (hash, at, article_id) VALUES (?, ?, ?)",
                [(_signed(key), article.fetched_at, article.id) for key in shingles],
            )

    def articles(self, source: str) -> list[KnownArticle]:
        """All articles of a source, oldest first."""
        rows = self._rows(f"SELECT {_ARTICLE} FROM article WHERE source = ? ORDER BY first_at, id", (source,))  # noqa: S608
        return [KnownArticle(**dict(zip(_ARTICLE_FIELDS, row, strict=True))) for row in rows]

    def with_content(self, content_sha256: str) -> list[KnownArticle]:
        """Articles whose latest revision has this content, oldest first."""
        query = f"SELECT {_ARTICLE} FROM article WHERE content_sha256 = ? ORDER BY first_at, id"  # noqa: S608
        rows = self._rows(query, (content_sha256,))
        return [KnownArticle(**dict(zip(_ARTICLE_FIELDS, row, strict=True))) for row in rows]

    def sharing(self, shingles: Iterable[int], since: float) -> dict[str, int]:
        """Ids of articles fetched since then, with how many of these shingles each has; stop shingles don't count."""
        shared: dict[str, int] = {}
        for key in shingles:
            query = "SELECT article_id FROM shingle WHERE hash = ? AND at >= ? LIMIT ?"
            rows = self._rows(query, (_signed(key), since, COMMON_KEY_ARTICLES + 1))
            if len(rows) <= COMMON_KEY_ARTICLES:
                for (article_id,) in rows:
                    shared[article_id] = shared.get(article_id, 0) + 1
        return shared

    def forget_shingles(self, before: float) -> None:
        """Drop what has left the window in which copies are looked for."""
        self._write("DELETE FROM shingle WHERE at < ?", (before,))

    # Lists and entry points

    def validators(self, source: str, url: str) -> Validators | None:
        """What to ask "changed since?" with, if the list was read to the end."""
        rows = self._rows("SELECT etag, last_modified FROM list WHERE source = ? AND url = ?", (source, url))
        return Validators(etag=rows[0][0], last_modified=rows[0][1]) if rows else None

    def put_validators(self, source: str, url: str, validators: Validators | None) -> None:
        """Enter a list's validators; None forgets them."""
        if validators:
            row = (source, url, validators.etag, validators.last_modified)
            self._write("INSERT OR REPLACE INTO list (source, url, etag, last_modified) VALUES (?, ?, ?, ?)", row)
        else:
            self._write("DELETE FROM list WHERE source = ? AND url = ?", (source, url))

    def entry_points(self, source: str) -> tuple[str, float] | None:
        """What a probe found (JSON), and when (seconds since the epoch)."""
        rows = self._rows("SELECT found, at FROM entry WHERE source = ?", (source,))
        return rows[0] if rows else None

    def put_entry_points(self, source: str, found: str, at: float) -> None:
        query = (
            "INSERT INTO entry (source, found, at) VALUES (?, ?, ?) ON CONFLICT (source) DO UPDATE SET"
            " found = excluded.found, at = excluded.at WHERE excluded.at >= at"
        )
        self._write(query, (source, found, at))

    # What has been taken over from the bucket

    def has_segment(self, key: str) -> bool:
        """Has this manifest been read?"""
        return bool(self._rows("SELECT 1 FROM segment WHERE key = ?", (key,)))

    def put_segment(self, key: str) -> None:
        self._write("INSERT OR IGNORE INTO segment (key) VALUES (?)", (key,))

    def synced_day(self, source: str) -> str | None:
        """The day (YYYY-MM-DD, UTC) up to which this source's objects are known here."""
        rows = self._rows("SELECT day FROM synced WHERE source = ?", (source,))
        return str(rows[0][0]) if rows else None

    def put_synced_day(self, source: str, day: str) -> None:
        self._write("INSERT OR REPLACE INTO synced (source, day) VALUES (?, ?)", (source, day))


_ARTICLE_FIELDS = [field.name for field in fields(KnownArticle)]
_ARTICLE = ", ".join(_ARTICLE_FIELDS)
_PAGE_FIELDS = [field.name for field in fields(KnownPage)]
_PAGE = ", ".join(_PAGE_FIELDS)


def _marks(kind: type) -> str:
    return ", ".join("?" for _ in fields(kind))


def _page(row: Sequence[Any]) -> KnownPage:
    values = dict(zip(_PAGE_FIELDS, row, strict=True))
    values["outcome"] = Outcome(values["outcome"])
    values["reason"] = Reason(values["reason"]) if values["reason"] else None
    return KnownPage(**values)


def _signed(key: int) -> int:
    """A u64 as the i64 that SQLite keeps."""
    return key - (1 << 64) if key >= 1 << 63 else key


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, VERSION):
            raise sqlite3.DatabaseError(f"of version {found}")
        connection.executescript(TABLES)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _put_aside(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.replace(file.with_name(file.name + ".damaged"))
