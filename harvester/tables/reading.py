"""The archive read from its table of articles, and from objects what is newer than the table.

Gives what reading all objects gives, at a fraction of the cost; but for records that are older than the table and that
no commit has made visible, because the run that wrote them was killed and its source was not harvested since.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from harvester.archive import formats, keys
from harvester.archive.commits import Commit, CommitKind, CommitLog, visible_articles
from harvester.archive.days import Latest
from harvester.archive.keys import ArticleKey
from harvester.archive.links import CopyLink, parse_links
from harvester.archive.manifest import Manifest
from harvester.archive.partitions import Partition, in_order, partitions
from harvester.archive.reader import ArchiveReader, StoredRecord
from harvester.archive.removals import removed_ids
from harvester.archive.wanted import Wanted
from harvester.tables import scan
from harvester.tables.day_spool import DaySpool, Rows
from harvester.tables.json_rows import COLUMNS, SOME_ROWS, json_rows, python_values
from harvester.tables.scan import ArticleTable, Batch

CHOSEN_BY: Final = ("harvested_on", "linked_at")
"""Columns beside the record's own that choosing rows goes by."""

RANKED_BY: Final = ("id", "revision", "derivation", "source", "harvested_on")

LATE_DAYS: Final = 2
"""Before a month's end: their articles may stand in the table's next month, whose commits made them visible."""

MANIFESTS_AHEAD: Final = 4

LINKS: Final[str] = "links"

Rank = tuple[int, int]


def table_for(reader: ArchiveReader, wanted: Wanted) -> ArticleTable | None:
    """The table, where there is one that can answer this. Raises StoreError."""
    table = scan.article_table(reader.store) if wanted.revisions == "latest" else None
    if table is None or (wanted.until is not None and wanted.until < table.at.date()):
        return None
    return table


class TableReader:
    """One reading of the archive. Memory holds the ids of what is newer than the table, not those of the table."""

    def __init__(self, reader: ArchiveReader, table: ArticleTable, wanted: Wanted) -> None:
        """Raises StoreError."""
        self._reader = reader
        self._table = table
        self._wanted = wanted
        self._before = table.complete_before
        last_day = self._before - timedelta(days=1)
        self._in_table = wanted.until_at_most(last_day)
        self._removed = removed_ids(reader.store, wanted.source)
        self._links: dict[tuple[str, int], CopyLink] = {}  # found since the table was written
        self._late: dict[str, ArticleKey] = {}  # older than the table's end, and not in it
        self._kept: set[str] = set()  # ids of which the table has something higher than what is newer
        self._see_commits()
        self._newest = {key.id: _rank(key) for key in self._late.values()}
        for _, listed in self._latest().days():
            for key in listed:
                self._newest[key.id] = max(self._newest.get(key.id, (0, 0)), _rank(key))
        if self._late:
            for batch in self._rows(list(RANKED_BY)):
                del batch  # only to learn which late ones the table has something higher of

    def lines(self) -> Iterator[bytes]:
        """JSON of the records, newest last. Raises StoreError."""
        with DaySpool() as spool:
            for found in self._late_records():
                spool.add(found.key.day, _one(found))
            for month, objects in self._months():
                yield from spool.until(month - timedelta(days=LATE_DAYS))
                for batch in self._chosen(COLUMNS, objects):
                    for start in range(0, batch.num_rows, SOME_ROWS):
                        _put(spool, batch.slice(start, SOME_ROWS))
            yield from spool.until(None)
        yield from (found.line() for found in self._newer_records())

    def record_batches(self) -> Iterator[Batch]:
        """pyarrow.RecordBatches with the record's columns: the table's rows in its order, then what is newer.

        Raises StoreError.
        """
        for batch in self.table_batches(formats.FIELDS):
            yield batch.select(list(formats.FIELDS))
        yield from formats.record_batches(found.line() for found in self.newer())

    def table_batches(self, columns: Sequence[str]) -> Iterator[Batch]:
        """Rows of the table with at least these columns, in its order: by month, source, then time."""
        return self._chosen(columns, self._table.objects)

    def newer(self) -> Iterator[StoredRecord]:
        """Records that are not in the table; to be asked for once its rows have been read. Raises StoreError."""
        yield from self._late_records()
        yield from self._newer_records()

    # The table

    def _months(self) -> Iterator[tuple[date, list[str]]]:
        """The first of each month in which something became visible, and the objects that have it."""
        parsed = ((keys.parse_table_key(name), name) for name in self._table.objects)
        for month, some in groupby(parsed, key=lambda one: one[0].month if one[0] else ""):
            yield date.fromisoformat(f"{month}-01"), [name for _, name in some]

    def _chosen(self, columns: Sequence[str], objects: Sequence[str]) -> Iterator[Batch]:
        """The rows that are wanted and of which nothing newer is there, with what was found of them later."""
        searched = ("search",) if self._wanted.contains is not None else ()
        copies = ("copy_of", "similarity", "copy_kind", "language")
        needed = list(dict.fromkeys([*columns, *CHOSEN_BY, *RANKED_BY, *copies, *searched]))
        for batch in self._rows(needed, objects):
            chosen = scan.matching(scan.with_links(batch, self._links), self._wanted)
            if chosen.num_rows:
                yield chosen

    def _rows(self, columns: Sequence[str], objects: Sequence[str] | None = None) -> Iterator[Batch]:
        store, wanted = self._reader.store, self._in_table
        for batch in scan.batches(store, self._table.objects if objects is None else objects, columns, wanted):
            yield scan.without(batch, pa.array(self._given_way(batch), pa.string()))

    def _given_way(self, batch: Batch) -> list[str]:
        """Ids of rows that are not to be given: taken down, or there is a newer record."""
        if not len(self._gone):
            return []
        mask = pc.is_in(batch.column("id"), value_set=self._gone)
        doubtful = batch.filter(mask).select(["id", "revision", "derivation"])
        return [row["id"] for row in doubtful.to_pylist() if not self._is_higher(row)]

    @cached_property
    def _gone(self) -> Any:
        return pa.array([*self._newest.keys(), *self._removed], pa.string())

    def _is_higher(self, row: dict[str, Any]) -> bool:
        """Is what the table has better than what is newer? So it is where an old revision was derived again."""
        rank = (row["revision"], row["derivation"]["number"])
        if row["id"] in self._removed or (row["id"] not in self._kept and rank <= self._newest[row["id"]]):
            return False
        self._newest[row["id"]] = rank
        self._kept.add(row["id"])
        return True

    # What is newer

    def _latest(self) -> Latest:
        since = max(self._before, self._wanted.since or self._before)
        store, source, until = self._reader.store, self._wanted.source, self._wanted.until
        chosen: list[Partition] = partitions(store, source=source, since=since, until=until)
        return Latest(store, chosen, each_revision=False)

    def _late_records(self) -> Iterator[StoredRecord]:
        late = sorted(filter(self._is_newest, self._late.values()), key=lambda key: (key.day, key.source, key.id))
        return self._reader.in_given_order(late, self._wanted)

    def _newer_records(self) -> Iterator[StoredRecord]:
        for day, listed in self._latest().days():
            yield from self._reader.day_of(day, list(filter(self._is_newest, listed)), self._wanted)

    def _is_newest(self, key: ArticleKey) -> bool:
        return key.id not in self._removed and _rank(key) >= self._newest.get(key.id, (0, 0))

    def _see_commits(self) -> None:
        """Of the commits that are not in the table: links, and records that were harvested before its end."""
        log = CommitLog(self._reader.store)
        commits = (one for one in log.read(self._table.footer.commit) if one.kind is CommitKind.MANIFEST)
        manifests = in_order(lambda commit: (commit, log.manifest(commit)), commits, ahead=MANIFESTS_AHEAD)
        for commit, manifest in manifests:
            self._see_manifest(commit, manifest)
        for name, _ in self._table.footer.lost:
            self._see_late(keys.parse_article_key(name))

    def _see_manifest(self, commit: Commit, manifest: Manifest) -> None:
        for article in visible_articles(commit, manifest):
            self._see_late(keys.parse_article_key(article.key))
        for line in manifest.objects:
            if line.kind == LINKS:
                for link in parse_links(self._reader.store.get(line.key), line.key):
                    known = self._links.get((link.id, link.revision))
                    if known is None or link.linked_at >= known.linked_at:
                        self._links[link.id, link.revision] = link

    def _see_late(self, key: ArticleKey | None) -> None:
        if key is not None and key.day < self._before and self._wanted.has_key(key):
            known = self._late.get(key.id)
            if known is None or _rank(key) > _rank(known):
                self._late[key.id] = key


def _rank(key: ArticleKey) -> Rank:
    return key.revision, key.derivation


def _one(found: StoredRecord) -> Rows:
    record = found.record
    return Rows(fetched_at=[record.fetched_at], sources=[record.source], ids=[record.id], lines=[found.line()])


def _put(spool: DaySpool, batch: Batch) -> None:
    days = batch.column("harvested_on").cast(pa.int32()).to_pylist()  # since 1970
    fetched_at, sources, ids = (python_values(batch.column(name)) for name in ("fetched_at", "source", "id"))
    lines = list(json_rows(batch))
    starts = [0, *(row for row in range(1, len(days)) if days[row] != days[row - 1])]
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        rows = Rows(
            fetched_at=fetched_at[start:end], sources=sources[start:end], ids=ids[start:end], lines=lines[start:end]
        )
        spool.add(date(1970, 1, 1) + timedelta(days=days[start]), rows)
