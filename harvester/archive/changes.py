"""What is new in the archive since a cursor: records that commits have made visible, and articles taken down."""

from collections.abc import Iterator

import harvester.archive.keys as keys
from harvester.archive.commits import Commit, CommitKind, CommitLog, Cursor, visible_articles
from harvester.archive.days import Highest
from harvester.archive.keys import ArticleKey
from harvester.archive.partitions import in_order
from harvester.archive.reader import ArchiveReader, StoredRecord
from harvester.archive.record import ArticleRecord
from harvester.archive.removals import Removal
from harvester.archive.wanted import Wanted
from harvester.errors import StoreError

MANIFESTS_AHEAD = 4
"""Read before their records are asked for. One of a run that wrote 50 000 articles takes 100 MB."""


class Changes:
    """What the commits after a cursor have made visible, up to the last one there was when this was made.

    Iterating gives the records in the order of the commits, within one as its manifest names them, as often as wanted.
    With `revisions` "latest" there is of each article only the highest revision of the range, in the highest
    derivation of the range; with "all" each revision, in that derivation. Memory does not grow with the archive: 16
    bytes and two numbers are held for each article of the range that has more than one revision or derivation.
    """

    def __init__(
        self, reader: ArchiveReader, after: Cursor, wanted: Wanted | None = None, *, until: Cursor | None = None
    ) -> None:
        """`until`: in place of the last commit. Raises UsageError for a cursor of another archive, and StoreError."""
        self._reader = reader
        self._log = CommitLog(reader.store)
        self._wanted = wanted or Wanted()
        self.after = self._log.checked(after)
        self.cursor = self._log.checked(until) if until else self._log.cursor(self._log.head())
        """To go on from when all this has been read."""

    def __iter__(self) -> Iterator[ArticleRecord]:
        return (found.record for found in self.stored())

    def stored(self) -> Iterator[StoredRecord]:
        """The records, with key and bytes. Raises StoreError where a commit or manifest can't be read."""
        return self._reader.in_given_order(self.keys(), self._wanted)

    def keys(self) -> Iterator[ArticleKey]:
        """Of the records, as far as keys tell whether they are wanted."""
        highest = Highest(each_revision=self._wanted.revisions == "all")
        for key in self._named():
            highest.see(key)
        return filter(highest.has, self._named())

    def removals(self) -> Iterator[Removal]:
        """Tombstones of articles of the wanted source that were taken down in this range. Raises StoreError."""
        store = self._reader.store
        return (Removal.from_json(store.get(commit.key), commit.key) for commit in self._commits(CommitKind.REMOVAL))

    def _named(self) -> Iterator[ArticleKey]:
        manifests = in_order(self._visible, self._commits(CommitKind.MANIFEST), ahead=MANIFESTS_AHEAD)
        return (key for listed in manifests for key in listed if self._wanted.has_key(key))

    def _visible(self, commit: Commit) -> list[ArticleKey]:
        lines = visible_articles(commit, self._log.manifest(commit))
        parsed = ((line.key, keys.parse_article_key(line.key)) for line in lines)
        return [_article(name, key) for name, key in parsed]

    def _commits(self, kind: CommitKind) -> Iterator[Commit]:
        for commit in self._log.read(self.after.number, self.cursor.number):
            if commit.kind is kind and (commit.source is None or self._wanted.source in (None, commit.source)):
                yield commit


def _article(name: str, key: ArticleKey | None) -> ArticleKey:
    if key is None:
        raise StoreError(name, "is not an article's key, though a manifest says so")
    return key
