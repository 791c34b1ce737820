"""Bringing the tables up to date: what commits have made visible since, read on all cores, into one table after the
other."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

import pyarrow as pa
from pyarrow import compute

from harvester.archive import ObjectStore
from harvester.archive.commits import CommitLog
from harvester.archive.removals import removed_ids
from harvester.bulk import Bulk, cores
from harvester.errors import StoreError
from harvester.tables.footer import Position
from harvester.tables.pieces import MOST_RECORDS, Piece, PieceReader, ReadPiece, RecordLine, crashed, pieces
from harvester.tables.rows import copy_rows, linked_rows, revision_rows
from harvester.tables.schema import ARTICLE_TABLE, CAPTURE_TABLE, COPY_TABLE, KINDS, REVISION_TABLE, Key, Kind
from harvester.tables.table import Batch, Overtaken, Table, Written

MOST_LOST: Final = 1000
"""Records that can't be read: more of them are no accident, and nothing more is written."""

MOST_OVERTAKEN: Final = 100
"""So often another process may be quicker, one time after the other."""


@dataclass(slots=True, kw_only=True)
class TablesReport:
    """What `harvest tables` has done."""

    written: dict[str, Written] = field(default_factory=lambda: {name: Written() for name in reversed(KINDS)})
    rows: dict[str, int] = field(default_factory=dict)  # in all, by table
    records: int = 0  # that were read
    commit: int = 0  # the last one that was read
    lost: dict[str, str] = field(default_factory=dict)  # what could not be read, and why


def update_tables(store: ObjectStore, *, said: Callable[[TablesReport], None] = lambda _: None) -> TablesReport:
    """Bring all tables up to the last commit. `said` is told now and then how far it is.

    Killed at any moment it leaves whole tables, and goes on from there the next time; so do several at once. Raises
    StoreError.
    """
    report = TablesReport()
    for _ in range(MOST_OVERTAKEN):
        commit = report.commit
        try:
            update = _Update(store, report, said)
            update.run()
            report.rows = {name: table.count() for name, table in reversed(update.tables.items())}
            return report
        except Overtaken:
            report.commit = commit
    raise StoreError("tables/", f"other processes were quicker {MOST_OVERTAKEN} times; let one of them do the work")


class _Update:
    """One pass over what is new."""

    def __init__(self, store: ObjectStore, report: TablesReport, said: Callable[[TablesReport], None]) -> None:
        self._store = store
        self._report = report
        self._said = said
        self.tables = {name: Table(store, kind) for name, kind in KINDS.items()}
        self._articles = self.tables[ARTICLE_TABLE.name]
        self._pending = {name: _Pending(kind) for name, kind in KINDS.items()}
        self._see_losses()
        refilled = [table.position for table in self.tables.values() if table.refilling]
        self._begun = min([self._articles.position, *refilled])
        self._end: Position = self._begun
        self._day = ""
        self._latest_day = self._articles.day
        self._lost = dict(self._articles.footer.lost)
        report.lost = {}
        report.commit = max(report.commit, self._end.commit)

    def _see_losses(self) -> None:
        """Tables that have fewer objects than they had when that of articles was written get their rows again."""
        for name, count in self._articles.footer.others:
            table = self.tables[name]
            if table.object_count < count:
                table.reopen()  # another process may have begun an object since it was opened
            if table.object_count < count:
                table.refilling = True

    def run(self) -> None:
        bulk = Bulk(PieceReader(url=self._store.url, home=os.getpid()), crashed, jobs=cores())
        for read in bulk.answers(self._pieces()):
            piece = read.piece
            if self._day and (piece.day[:7] != self._day[:7] or piece.removed):
                self._write()
            self._add(read)
            if piece.removed or self._is_enough():
                self._write(frozenset(piece.removed))
        refilled = [table for table in self.tables.values() if table.refilling]
        if self._day or refilled:
            self._write(is_last=True)
        for table in refilled:
            table.refilling = False

    def _pieces(self) -> Iterator[Piece]:
        """First what could not be read before, then what is new."""
        log = CommitLog(self._store)
        cuts = [table.position for table in self.tables.values()]
        return chain(_again(self._lost.items(), self._begun), pieces(log, self._begun, cuts))

    def _add(self, read: ReadPiece) -> None:
        piece, articles = read.piece, read.articles
        if piece.again:
            for line in piece.records:
                self._lost.pop(line.key, None)
            for key, _ in piece.links:
                self._lost.pop(key, None)
        for key, sha256, problem in read.lost:
            self._lost[key] = sha256
            self._report.lost[key] = problem
        if len(self._report.lost) > MOST_LOST:
            key, problem = next(reversed(self._report.lost.items()))
            raise StoreError(
                key, f"{problem}; so it is with more than {MOST_LOST} records, and nothing more is written"
            )
        self._end, self._day = piece.end, piece.day or self._day or self._articles.day
        self._latest_day = self._day
        self._report.records += articles.num_rows
        new = {
            ARTICLE_TABLE.name: articles,
            REVISION_TABLE.name: revision_rows(articles),
            COPY_TABLE.name: pa.concat_tables([copy_rows(articles), linked_rows(read.links)]),
            CAPTURE_TABLE.name: read.captures,
        }
        doubtful = _doubtful_captures(articles, read.captures)
        for name, rows in new.items():
            if piece.again or piece.end > self._known_up_to(self.tables[name]):
                pending = self._pending[name]
                pending.add(rows)
                if piece.again:
                    pending.again.update(pending.kind.keys(rows))
                elif name == CAPTURE_TABLE.name:
                    pending.again.update(doubtful)
        if piece.again or piece.end > self._articles.position:
            self._pending[ARTICLE_TABLE.name].links += read.links

    def _known_up_to(self, table: Table) -> Position:
        """A table that is given nothing for long does not say how far it has read; that of articles does."""
        return table.position if table.refilling else max(table.position, self._articles.position)

    def _is_enough(self) -> bool:
        return any(self.tables[name].is_enough(pending.count, pending.size) for name, pending in self._pending.items())

    def _write(self, removed: frozenset[str] = frozenset(), *, is_last: bool = False) -> None:
        """Into each table what is new for it; last the articles, whose position counts.

        What was taken down while it was read, or by a commit before the one that names it, goes into none.
        """
        gone = pa.array(sorted(removed_ids(self._store)), pa.string())
        for name, table in self.tables.items():
            pending = self._pending[name]
            self._pending[name] = _Pending(pending.kind)
            batch = Batch(
                end=self._end,
                day=self._day or self._latest_day,
                rows=[_without(block, gone) for block in pending.blocks],
                again=pending.again,
                links=pending.links,
                removed=removed,
                lost=self._kept_lost(removed) if table is self._articles else None,
                refilling=table.refilling and not is_last,
                others=self._object_counts(is_last) if table is self._articles else (),
            )
            self._report.written[name].add(table.take(batch))
        self._day = ""
        self._report.commit = self._end.commit
        pa.default_memory_pool().release_unused()
        self._said(self._report)

    def _object_counts(self, is_last: bool) -> tuple[tuple[str, int], ...]:
        """Of the other tables; as long as one is being refilled, that what it had."""
        before = dict(self._articles.footer.others)
        counts = {
            name: table.object_count if is_last or not table.refilling else before.get(name, 0)
            for name, table in self.tables.items()
            if table is not self._articles
        }
        return tuple((name, count) for name, count in counts.items() if count)

    def _kept_lost(self, removed: frozenset[str]) -> tuple[tuple[str, str], ...]:
        self._lost = {key: sha256 for key, sha256 in self._lost.items() if not any(one in key for one in removed)}
        return tuple(self._lost.items())


def _without(rows: Any, gone: Any) -> Any:
    """Rows (a pyarrow.Table) of other articles than these."""
    return rows.filter(compute.invert(compute.is_in(rows.column("id"), value_set=gone))) if len(gone) else rows


@dataclass(slots=True)
class _Pending:
    """Rows that wait to be written."""

    kind: Kind
    again: set[Key] = field(default_factory=set)
    links: list[dict[str, Any]] = field(default_factory=list)
    blocks: list[Any] = field(default_factory=list)
    count: int = 0
    size: int = 0

    def add(self, rows: Any) -> None:
        if rows.num_rows:
            self.count += rows.num_rows
            self.size += rows.nbytes
            self.blocks.append(rows)


def _again(lost: Iterable[tuple[str, str]], at: Position) -> Iterator[Piece]:
    """What could not be read before."""
    known = list(lost)
    for first in range(0, len(known), MOST_RECORDS):
        some = known[first : first + MOST_RECORDS]
        records = tuple(RecordLine(key=key, sha256=sha256) for key, sha256 in some if key.startswith("articles/"))
        links = tuple((key, sha256) for key, sha256 in some if not key.startswith("articles/"))
        yield Piece(end=at, day="", records=records, links=links, again=True)


def _doubtful_captures(articles: Any, captures: Any) -> set[Key]:
    """Keys of captures that another manifest may have named as well: all of articles but those of new ones."""
    if not captures.num_rows:
        return set()
    rows = articles.select(["revision", "derivation", "capture"]).to_pylist()
    new = {
        row["capture"]["key"]
        for row in rows
        if row["capture"] and row["revision"] == 1 and row["derivation"]["number"] == 1
    }
    named = captures.select(["key", "id"]).to_pylist()
    return {(row["key"],) for row in named if row["id"] is not None and row["key"] not in new}
