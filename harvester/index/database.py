"""The file of the local index: one SQLite database an archive, shared by threads and by the processes of one host."""

import fcntl
import hashlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

logger = logging.getLogger(__name__)

VERSION = 4
"""Of the tables; a file of another version is put aside and filled anew."""

BUSY_TIMEOUT_S = 20.0
"""How long a process waits for another one's write. A write takes milliseconds; one of this length hangs."""

ROWS_AT_ONCE = 500
"""Pages or articles entered in one transaction: others wait some fifty milliseconds for it."""

OPENING_POLL_S = 0.01
"""How often a process that opens a file looks whether another one has opened it by now."""

WAL_PAGES = 8_000
"""Pages of 4 KiB after which the log is worked into the file: pages that change often are written once."""

CACHE_KIB = 32 * 1024
"""Of SQLite's own page cache: the inner pages of the trees of a million articles."""


class Database:
    """Queries and transactions. A file that is damaged, or locked for good, is put aside, and said so."""

    def __init__(self, path: Path, tables: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """`path` is there and sound, or is not there. Raises sqlite3.DatabaseError."""
        self.path = path
        self._lock = threading.RLock()
        self._depth = 0
        self._after_commit: list[Callable[[], None]] = []
        self._busy_timeout_s = busy_timeout_s
        self._connection = _connect(path, tables, busy_timeout_s)
        self._inode = _inode(path)
        self._is_damaged = False

    @classmethod
    def open(cls, folder: Path, archive_url: str, tables: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """The database of this archive. Raises OSError and sqlite3.OperationalError where there can be none."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(archive_url.encode()).hexdigest()[:16]}.sqlite"
        with _alone(path, busy_timeout_s):
            try:
                return cls(path, tables, busy_timeout_s=busy_timeout_s)
            except sqlite3.OperationalError as error:
                if not is_locked(error):  # no room, no right to write: not the file's fault
                    raise
                logger.warning("%s: locked for over %.0f s: put aside, and filled anew", path, busy_timeout_s)
            except sqlite3.DatabaseError as error:
                logger.warning("%s: damaged (%s): put aside, and filled anew from the archive", path, error)
            put_aside(path)
            return cls(path, tables, busy_timeout_s=busy_timeout_s)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Make all writes inside one transaction. Batches nest; other threads and processes wait."""
        with self._lock:
            self._depth += 1
            try:
                if self._depth == 1:
                    self._run("BEGIN IMMEDIATE")
                yield
                if self._depth == 1:
                    self._run("COMMIT")
            except BaseException:
                if self._depth == 1:
                    self._after_commit.clear()
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1
            if self._depth == 0:
                self._run_after_commit()

    def after_commit(self, work: Callable[[], None]) -> None:
        """Do this once all that was read and written up to now is committed; never, if that is rolled back."""
        with self._lock:
            self._after_commit.append(work)
            if self._depth == 0:
                self._run_after_commit()

    def _run_after_commit(self) -> None:
        waiting, self._after_commit = self._after_commit, []
        for work in waiting:
            work()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read one state of the database, whatever other processes write meanwhile."""
        with self._lock:
            outermost = self._depth == 0 and not self._connection.in_transaction
            if outermost:
                self._run("BEGIN")
            try:
                yield
            finally:
                if outermost:
                    self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._run(query, values).fetchall()

    def row(self, query: str, values: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        with self._lock:
            return self._run(query, values).fetchone()

    def write(self, query: str, values: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; the number of the row that it has inserted last."""
        with self.batch():
            return self._run(query, values).lastrowid or 0

    def write_all(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        with self.batch():
            self._told(lambda: self._connection.executemany(query, rows))

    def _run(self, query: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        return self._told(lambda: self._connection.execute(query, values))

    def _told(self, work: Any) -> sqlite3.Cursor:
        try:
            cursor: sqlite3.Cursor = work()
        except (sqlite3.OperationalError, sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            if not self._is_damaged:
                self._is_damaged = True
                logger.error(
                    "%s: damaged (%s): put aside; the next run fills it anew from the archive", self.path, error
                )
                self._put_aside()
            raise
        return cursor

    def _put_aside(self) -> None:
        """The file that was opened here; by now another process may have begun a new one in its place."""
        with suppress(FileNotFoundError), _alone(self.path, self._busy_timeout_s):  # the folder may have been deleted
            if _inode(self.path) == self._inode:
                put_aside(self.path)


def is_locked(error: sqlite3.OperationalError) -> bool:
    """Does another process hold the file?"""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def put_aside(path: Path) -> None:
    """Rename a database and what belongs to it; a process that has it open goes on with the renamed one."""
    for suffix in ("-wal", "-shm", ""):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.replace(file.with_name(f"{file.name}.damaged"))


@contextmanager
def _alone(path: Path, busy_timeout_s: float) -> Iterator[None]:
    """Open a database, or put it aside, while no other process does: SQLite waits for nobody where two of them begin a
    file at once (`PRAGMA journal_mode`).

    Whoever finds a locked file takes `busy_timeout_s` to put it aside; one that takes twice that long hangs, and is not
    waited for.
    """
    until = time.monotonic() + 2 * busy_timeout_s
    with path.with_name(f"{path.name}.lock").open("a") as file:
        while not _is_ours(file) and time.monotonic() < until:
            time.sleep(OPENING_POLL_S)
        yield


def _is_ours(file: IO[str]) -> bool:
    """Lock a file until it is closed; False where another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system without locks
        logger.debug("%s: %s", file.name, error)
    return True


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _connect(path: Path, tables: str, busy_timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute("BEGIN IMMEDIATE")  # is it ours to write?
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, VERSION):
            raise sqlite3.DatabaseError(f"of version {found}")
        for statement in tables.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
