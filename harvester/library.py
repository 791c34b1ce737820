"""The archive for Python programs: `harvester.archive.open(url)`."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from harvester.archive import ArchiveReader, ObjectStore, open_store
from harvester.archive.changes import Changes
from harvester.archive.commits import CommitLog, Cursor
from harvester.archive.formats import record_batches
from harvester.archive.partitions import source_names
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.wanted import Copies, Revisions, Wanted
from harvester.page import Page
from harvester.query import Query
from harvester.search import Hit, Search
from harvester.story import Story, story_of
from harvester.tables.reading import TableReader, table_for

NEWEST: Final = 20
"""Hits of a search."""


class Archive:
    """An archive, open for reading. Nothing is held between calls but the connection.

    What can't be read is logged and left out; `unreadable` counts it. Methods raise UsageError for what can't be meant
    so, and StoreError where the store does not answer.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._reader = ArchiveReader(store)

    @property
    def url(self) -> str:
        return self._reader.store.url

    @property
    def unreadable(self) -> int:
        """Objects that were left out so far."""
        return self._reader.unreadable

    @property
    def cursor(self) -> Cursor:
        """Where the archive is now: `after` it there is what comes later. `str` makes it a text to keep."""
        log = CommitLog(self._reader.store)
        return log.cursor(log.head())

    def articles(
        self,
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        contains: str | None = None,
        revisions: Revisions = "latest",
        copies: Copies = "keep",
    ) -> Iterator[ArticleRecord]:
        """Records, newest last, as a stream; out of the tables where these can answer. Options as of `harvest read`.

        >>> archive = harvester.archive.open("s3://bucket/news")
        >>> for article in archive.articles(source="example", since=date(2026, 11, 1), language="ar"):
        ...     print(article.published_at, article.title)
        """
        wanted = _wanted(source, since, until, language, contains, revisions, copies)
        tables = self._tables(wanted)
        if tables is None:
            return (found.record for found in self._reader.stored(wanted))
        return map(parse_record, tables.lines())

    def after(
        self,
        cursor: Cursor | str = "0",
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        contains: str | None = None,
        revisions: Revisions = "latest",
        copies: Copies = "keep",
    ) -> Changes:
        """What has become visible after a cursor; "0" is the beginning. Keep the new cursor when all has been read.

        >>> changes = archive.after("42-9f3a1c07")
        >>> for article in changes:
        ...     print(article.id, article.revision)
        >>> for removal in changes.removals():
        ...     print("taken down:", removal.id, removal.reason)
        >>> pathlib.Path("seen.cursor").write_text(str(changes.cursor))
        """
        wanted = _wanted(source, since, until, language, contains, revisions, copies)
        return Changes(self._reader, cursor if isinstance(cursor, Cursor) else Cursor.parse(cursor), wanted)

    def batches(
        self,
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        contains: str | None = None,
        revisions: Revisions = "latest",
        copies: Copies = "keep",
    ) -> Iterator[Any]:
        """The same as pyarrow.RecordBatches, a column a field; the rows of the tables in the tables' order.

        >>> polars.from_arrow(archive.batches(language="ar"))
        """
        wanted = _wanted(source, since, until, language, contains, revisions, copies)
        tables = self._tables(wanted)
        if tables is None:
            return record_batches(found.line() for found in self._reader.stored(wanted))
        return tables.record_batches()

    def show(self, article_id: str) -> Story | None:
        """All that is stored of one article; its id may be cut short. None if there is none.

        >>> print(archive.show("5f0c9a").in_words())
        """
        return story_of(self._reader, article_id)

    def revisions(self, article_id: str) -> list[ArticleRecord]:
        """Of one article, oldest first, each in its latest derivation; empty if there is none."""
        story = self.show(article_id)
        return list(story.revisions) if story else []

    def sources(self) -> list[str]:
        """Names of those of which there are articles."""
        return source_names(self._reader.store)

    def search(
        self,
        words: str,
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        limit: int = NEWEST,
    ) -> list[Hit]:
        """The newest articles that have all these words; `harvest search --help` tells how to ask.

        >>> [hit.url for hit in archive.search('"central bank" rate* -football')]
        """
        wanted = Wanted(source=source, since=since, until=until, language=language)
        return Search(self._reader, Query.parse(words.split() if '"' not in words else [words]), wanted).newest(limit)

    def capture(self, record: ArticleRecord) -> Page | None:
        """The page that an article was read from, as it was fetched; None where captures are switched off."""
        return None if record.capture is None else self._reader.page(record.capture.key)

    def _tables(self, wanted: Wanted) -> TableReader | None:
        table = table_for(self._reader, wanted)
        return None if table is None else TableReader(self._reader, table, wanted)


def open_archive(url: str) -> Archive:
    """At `file://FOLDER`, a folder's path, or `s3://BUCKET/PREFIX`. Raises StoreUnusable where it can't be read."""
    store = open_store(url)
    store.check(writing=False)
    return Archive(store)


def _wanted(
    source: str | None,
    since: date | None,
    until: date | None,
    language: str | None,
    contains: str | None,
    revisions: Revisions,
    copies: Copies,
) -> Wanted:
    return Wanted(
        source=source,
        since=since,
        until=until,
        language=language,
        contains=contains,
        revisions=revisions,
        copies=copies,
    )
