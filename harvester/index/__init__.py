"""What the archive holds, as a local cache that may be deleted at any time: one SQLite file an archive and, beside it,
the sketches of the last days.

The bucket is the truth; `harvester.sync` fills the index from it. Processes on one host share the files (WAL).
"""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self, TypeVar

from harvester.dedup.near import SAME_WHOLE, Sketch
from harvester.index.articles import Articles, KnownArticle
from harvester.index.database import BUSY_TIMEOUT_S, ROWS_AT_ONCE, Database
from harvester.index.lists import Lists
from harvester.index.names import Names
from harvester.index.pages import KnownPage, Pages, mark
from harvester.index.sites import Sites
from harvester.index.taken import Taken
from harvester.index.window import Candidate, Window

__all__ = ["ROWS_AT_ONCE", "Candidate", "Index", "KnownArticle", "KnownPage", "mark", "whole"]

_TABLES = ";".join(part.tables for part in (Names, Pages, Articles, Window, Lists, Sites, Taken))


Made = TypeVar("Made")


def whole(work: Callable[[], Made]) -> Made:
    """What `work` makes of an index that it opens; a second time where the file turned out to be damaged.

    The damaged file has been put aside by then, and the new one is empty.
    """
    try:
        return work()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return work()


class Index:
    """The parts of the index, each complete in itself; safe to call from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        source_names = Names(database)
        self.pages = Pages(database, source_names)
        self.articles = Articles(database, source_names)
        self.window = Window(database)
        self.lists = Lists(database)
        self.sites = Sites(database)
        self.taken = Taken(database)

    @classmethod
    def open(cls, folder: Path, archive_url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Self:
        """Open the cache of this archive; a damaged file, a locked one, or one of another version, is put aside."""
        return whole(lambda: cls(Database.open(folder, archive_url, _TABLES, busy_timeout_s=busy_timeout_s)))

    def close(self) -> None:
        self._database.close()

    def batch(self) -> AbstractContextManager[None]:
        """Make all entries inside one transaction. Batches nest; other threads wait."""
        return self._database.batch()

    def enter(self, article: KnownArticle, taken: Sketch | None, *, similarity: float = 0.0) -> None:
        """Enter an article and, unless the window has it, its sketch. `similarity` is to what it copies.

        Copies that are all but equal to their original are not to be found: whoever copies them copies that one.
        """
        with self.batch():
            number, lacks_sketch = self.articles.put(article, sketched=taken is not None)
            if taken is not None and lacks_sketch:
                self.window.put(number, article.day, taken, to_be_found=similarity < SAME_WHOLE)

    def sketch(self, article: KnownArticle) -> Sketch | None:
        """Of an article of the window."""
        number = self.articles.number(article.id)
        stored = self.window.sketch(number, article.day) if number is not None else None
        return Sketch.from_bytes(stored) if stored else None
