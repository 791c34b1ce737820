"""One table: where its rows stand, and how it takes what is new.

Rows never move from one object to another, for a reader may be between the two. Only the last object takes new rows,
by a conditional write of the whole object, until it is full; then the next one begins. So readers that list the objects
and then read them see each row once, whenever they do so.

The month of the next object stands in the last one's footer before that is begun, and that of the first one is the
first commit's: so whoever begins an object begins it at the same key, which only one of several can.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy
import pyarrow as pa
from pyarrow import compute

from harvester.archive import ObjectStore, keys
from harvester.archive.commits import CommitLog
from harvester.archive.keys import TableKey
from harvester.errors import ObjectChanged, ObjectExists, ObjectMissing, StoreError
from harvester.tables.changes import Changes, Link, best
from harvester.tables.footer import Footer, Position
from harvester.tables.growing import changed_groups, first_version, next_version
from harvester.tables.parquet import CONTENT_TYPE, ObjectFile, opened
from harvester.tables.schema import ARTICLE_TABLE, COPY_TABLE, Key, Kind, Rank

MOST_WAITING: Final = 10_000
"""Links, and keys of rows that came before their time, that a table remembers; there are a few, as a rule."""

LATE_COMMITS: Final = 200
"""So many commits without anything for the table are read again each time, before its position is written."""


class Overtaken(Exception):
    """Another process has written the table since it was looked at."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """What is new for one table, up to a position."""

    end: Position
    day: str  # of the last commit in it: "2026-11-23"; all are of one month
    rows: list[Any] = field(default_factory=list)  # pyarrow.Tables
    again: set[Key] = field(default_factory=set)  # keys that the table may have, whatever their rank
    links: list[Link] = field(default_factory=list)
    removed: frozenset[str] = frozenset()  # ids
    lost: tuple[tuple[str, str], ...] | None = None  # in place of those that are remembered
    refilling: bool = False  # will something that was lost still be missing?
    others: tuple[tuple[str, int], ...] = ()  # how many objects each other table has


@dataclass(slots=True, kw_only=True)
class Written:
    """What a table has taken."""

    new: int = 0
    replaced: int = 0
    deleted: int = 0
    objects: int = 0  # written

    def add(self, other: "Written") -> None:
        self.new += other.new
        self.replaced += other.replaced
        self.deleted += other.deleted
        self.objects += other.objects


def table_objects(store: ObjectStore, table: str) -> list[str]:
    """Keys of a table's objects in the order in which they were begun. Raises StoreError."""
    return [str(key) for key in _listed(store, table)]


def _listed(store: ObjectStore, table: str) -> list[TableKey]:
    parsed = (keys.parse_table_key(found.key) for found in store.list(keys.table_prefix(table)))
    return sorted((key for key in parsed if key is not None), key=lambda key: key.number)


class Table:
    """A table as it was when it was opened."""

    def __init__(self, store: ObjectStore, kind: Kind) -> None:
        """Raises StoreError."""
        self.kind = kind
        self._store = store
        self.refilling = False  # may it have any of the rows that it is given? Until this process is through
        self._names: dict[str, Any] = {}  # of objects that take no rows any more: the beginnings of their ids, sorted
        self.reopen()

    def reopen(self) -> None:
        """Look at it as it is now. Raises Overtaken and StoreError."""
        self._objects = self._all_objects()
        self.footer = Footer()
        self._rows = self._raw_bytes = 0  # of the last object
        self._body: bytes | None = None  # of the last object, while it takes rows
        self._version: str | None = None  # of `_body`, once it is known
        if self._objects:
            key = str(self._objects[-1])
            try:
                body, self._version = self._store.get_version(key)
            except ObjectMissing:
                raise Overtaken from None
            self._see(body, ObjectFile(body, self.kind, key))

    def _all_objects(self) -> list[TableKey]:
        for _ in range(2):  # one may have been begun where the listing had passed already, and the next one after it
            found = _listed(self._store, self.kind.name)
            missing = set(range(1, len(found) + 1)) - {key.number for key in found}
            if not missing:
                return found
        problem = f"lacks its object {min(missing)}; run `harvest verify --repair`, then `harvest tables`"
        raise StoreError(keys.table_prefix(self.kind.name), problem)

    def _see(self, body: bytes, file: ObjectFile) -> None:
        self.footer, self._rows, self._raw_bytes = file.footer, file.rows, file.raw_bytes()
        self.refilling = self.refilling or self.footer.refilling
        self._body = None if file.footer.closed else body

    @property
    def position(self) -> Position:
        return self.footer.position

    @property
    def day(self) -> str:
        """On which its last object was begun or written anew; empty where there is none."""
        return self.footer.whole

    def is_enough(self, rows: int, raw_bytes: int) -> bool:
        """Would an object be full with these?"""
        if not self.footer.closed:
            rows, raw_bytes = rows + self._rows, raw_bytes + self._raw_bytes
        return rows >= self.kind.most_rows or raw_bytes >= self.kind.most_bytes

    @property
    def object_count(self) -> int:
        return len(self._objects)

    def count(self) -> int:
        """Its rows."""
        return self.footer.rows_before + self._rows

    # Taking what is new

    def take(self, batch: Batch) -> Written:
        """Bring the table up to the end of a batch: first the rows that stand in earlier objects, then the last one.

        Broken off at any point, it does no harm and can be done again. Raises Overtaken and StoreError.
        """
        written = Written()
        known = set(self.footer.early)
        maybe = None if self.footer.unsure or self.refilling else known | {_name(key) for key in batch.again}
        plain, doubtful, first = _one_a_key(self.kind, batch.rows, maybe)
        changes = Changes(
            self.kind,
            doubtful,
            links=best(batch.links),
            waiting=best(link for link in self.footer.waiting if link["id"] not in batch.removed),
            removed=batch.removed,
        )
        growing = bool(self._objects) and not self.footer.closed and self._objects[-1].month >= batch.day[:7]
        changed = changed_groups(self._last(), changes) if growing and changes else {}
        gone = self._change_earlier(changes, self._objects[:-1] if growing else self._objects, batch.day, written)
        late = _not_met(self.kind, doubtful, changes)
        fresh = [rows for rows in map(changes.linked_rows, (*plain, late)) if rows.num_rows]
        early = _early(self.kind, known, late, first, batch.removed)
        unsure = self.footer.unsure or len(early) > MOST_WAITING
        end = max(batch.end, self.position)  # what another table lacks is read again
        footer = Footer(
            commit=end.commit,
            line=end.line,
            whole=self.footer.whole or batch.day,
            rows_before=max(0, self.footer.rows_before - gone),
            early=() if unsure else tuple(sorted(early)),
            unsure=unsure,
            waiting=tuple(sorted(changes.unmet, key=lambda link: str(link["linked_at"]))[-MOST_WAITING:]),
            lost=self.footer.lost if batch.lost is None else batch.lost,
            refilling=batch.refilling,
            others=batch.others,
        )
        written.new, written.replaced, written.deleted = _rows(fresh), changes.replaced, changes.deleted
        if growing and (fresh or changed):
            self._grow(changed, fresh, footer, batch.day, erase=bool(batch.removed))
        elif fresh:
            self._begin(fresh, replace(footer, whole=batch.day), batch.day)
        elif self._objects and self._is_news(footer, busy=bool(changes or batch.rows)):
            self._grow({}, [], replace(footer, next_month=self.footer.next_month), batch.day)
        else:
            return written
        written.objects += 1
        return written

    def _last(self) -> ObjectFile:
        """The last object, at hand until it is written."""
        key = str(self._objects[-1])
        if self._body is None:
            self._body, self._version = self._store.get_version(key)
        return ObjectFile(self._body, self.kind, key)

    def _is_news(self, footer: Footer, *, busy: bool) -> bool:
        """Must the footer be written though the last object has no other rows? `busy`: there was work for the table."""
        before, after = (replace(one, commit=0, line=0, next_month="", whole="") for one in (self.footer, footer))
        moved = footer.commit - self.footer.commit
        counts = self.kind is ARTICLE_TABLE and footer.position > self.footer.position
        return before != after or (counts and (busy or moved >= LATE_COMMITS or footer.line > 0))

    def _change_earlier(self, changes: Changes, objects: Sequence[TableKey], today: str, written: Written) -> int:
        """Newest first, for most corrections are of articles of late. How many rows went that are not the last's."""
        gone = 0
        wanted = _beginnings(changes.ids)
        for key in reversed(objects) if changes else ():
            if changes.is_done:
                break
            before = changes.deleted
            if numpy.isin(wanted, self._names_in(str(key))).any() and self._change(str(key), changes, today):
                written.objects += 1
                gone += changes.deleted - before if key != self._objects[-1] else 0
        return gone

    def _names_in(self, key: str) -> Any:
        if key not in self._names:
            groups = opened(self._store, self.kind, key).groups(["id"])
            names = (name for rows in groups for name in rows.column("id").to_pylist())
            self._names[key] = _beginnings(name for name in names if name is not None)
        return self._names[key]

    def _change(self, key: str, changes: Changes, today: str) -> bool:
        """Make the changes in one object, if they are of any of its rows; whoever else changes it at the same time."""
        while True:
            before = changes.replaced, changes.deleted
            body, version = self._store.get_version(key)
            file = ObjectFile(body, self.kind, key)
            changed = changed_groups(file, changes)
            if not changed:
                return False
            erase = changes.deleted > before[1]
            body = next_version(self.kind, body, file, changed, (), file.footer, today=today, erase=erase)
            try:
                self._store.replace(key, body, version=version, content_type=CONTENT_TYPE)
            except ObjectChanged:
                changes.replaced, changes.deleted = before
                continue
            if key == str(self._objects[-1]):
                self._look_again()
            return True

    def _look_again(self) -> None:
        """This process has changed rows in the last object. Raises Overtaken where another one has done more."""
        footer, number = self.footer, len(self._objects)
        self.reopen()
        if self.footer != footer or len(self._objects) != number:
            raise Overtaken

    # Writing the last object

    def _grow(
        self, changed: dict[int, Any], fresh: Sequence[Any], footer: Footer, today: str, *, erase: bool = False
    ) -> None:
        key = str(self._objects[-1])
        file = self._last()
        assert self._body is not None
        body = next_version(self.kind, self._body, file, changed, fresh, footer, today=today, erase=erase)
        try:
            if self._version is None:
                before, self._version = self._store.get_version(key)
                if before != self._body:
                    raise Overtaken
                del before
            self._store.replace(key, body, version=self._version, content_type=CONTENT_TYPE)
        except (ObjectChanged, ObjectMissing):
            raise Overtaken from None
        self._version = None
        self._see(body, ObjectFile(body, self.kind, key))

    def _begin(self, fresh: Sequence[Any], footer: Footer, today: str) -> None:
        key = self._next_key(today)
        body = first_version(self.kind, fresh, replace(footer, rows_before=footer.rows_before + self._rows))
        try:
            self._store.put_new(str(key), body, content_type=CONTENT_TYPE)
        except ObjectExists:
            raise Overtaken from None
        self._objects.append(key)
        self._version = None
        self._see(body, ObjectFile(body, self.kind, str(key)))

    def _next_key(self, today: str) -> TableKey:
        """Where the next object begins, whoever begins it."""
        if not self._objects:
            return TableKey(table=self.kind.name, month=CommitLog(self._store).commit(1).at[:7], number=1)
        last = self._objects[-1]
        if not self.footer.closed:
            self._grow({}, [], replace(self.footer, next_month=today[:7]), today)
        return replace(last, month=max(last.month, self.footer.next_month), number=last.number + 1)


def _one_a_key(kind: Kind, blocks: Sequence[Any], doubtful: set[str] | None) -> tuple[list[Any], Any, set[Key]]:
    """Of each key the row of the highest rank: those that the table does not have, and those that it may have (as one
    pyarrow.Table); and the keys whose first row is among all these. `doubtful` None: it may have any key."""
    highest: dict[Key, tuple[Rank, int, int]] = {}
    first: set[Key] = set()
    for number, block in enumerate(blocks):
        for at, (key, rank) in enumerate(zip(kind.keys(block), kind.ranks(block), strict=True)):
            if rank == kind.first:
                first.add(key)
            if key not in highest or rank >= highest[key][0]:
                highest[key] = (rank, number, at)
    plain: list[list[int]] = [[] for _ in blocks]
    maybe: list[list[int]] = [[] for _ in blocks]
    for key, (rank, number, at) in highest.items():
        is_new = doubtful is not None and kind.is_new(rank) and (not doubtful or _name(key) not in doubtful)
        (plain if is_new else maybe)[number].append(at)
    new = [_taken(block, wanted) for block, wanted in zip(blocks, plain, strict=True) if wanted]
    late = [_taken(block, wanted) for block, wanted in zip(blocks, maybe, strict=True) if wanted]
    return new, pa.concat_tables([kind.schema.empty_table(), *late]).combine_chunks(), first


def _taken(block: Any, wanted: list[int]) -> Any:
    return block if len(wanted) == block.num_rows else block.take(pa.array(sorted(wanted), pa.int64()))


def _not_met(kind: Kind, doubtful: Any, changes: Changes) -> Any:
    """Of the rows that the table might have had, those that it did not have."""
    left = [place for place, key in enumerate(kind.keys(doubtful)) if key not in changes.found]
    late = doubtful.take(pa.array(left, pa.int64()))
    return late.filter(compute.is_valid(late.column("copy_of"))) if kind is COPY_TABLE else late


def _early(kind: Kind, known: set[str], late: Any, first: set[Key], removed: frozenset[str]) -> set[str]:
    """Names of keys that are in the table though their first row has not come yet."""
    if kind.first is None:
        return set()
    seen = {_name(key) for key in first}
    names = known | {_name(key) for key in kind.keys(late)}
    return {name for name in names - seen if name.partition("-")[0] not in removed}


def _rows(blocks: Sequence[Any]) -> int:
    return sum(block.num_rows for block in blocks)


def _name(key: Key) -> str:
    return "-".join(map(str, key))


def _beginnings(ids: Iterable[str]) -> Any:
    """The first 32 bits of each id, sorted: enough to pass over an object that does not have it."""
    return numpy.unique(numpy.fromiter((int(one[:8], 16) for one in ids), numpy.uint32))
