"""A verification: the chain, then what it names, then what is there beside it, then the tables."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain as joined
from itertools import islice
from typing import Final

import harvester.archive.keys as keys
from harvester.archive.commits import Commit, CommitKind, CommitLog, Cursor
from harvester.archive.folder import FolderStore
from harvester.archive.partitions import in_order
from harvester.archive.record import parse_record
from harvester.archive.store import ObjectInfo, ObjectStore
from harvester.errors import ObjectMissing, StoreError
from harvester.verifying.chain import Chain, Trust, first_since, lines_of
from harvester.verifying.findings import Finding, Problem, Verified
from harvester.verifying.ledger import Ledger, Numbers, Pairs, among, numbers, repeated
from harvester.verifying.listing import listed
from harvester.verifying.meanwhile import Meanwhile
from harvester.verifying.objects import Checked, Line, check_capture, check_object
from harvester.verifying.removed import Removed
from harvester.verifying.strays import Strays
from harvester.verifying.tables import TableCheck
from harvester.verifying.workers import check_all

AT_ONCE: Final = 4096
"""Listed objects that are looked up together."""

READ_IN_ANY_CASE: Final = (keys.COMMITS, keys.RUNS, keys.REMOVALS)
"""What is not taken on the store's word, as all else hangs on it."""

SLACK: Final = timedelta(days=1)
"""Commits so long before a day are looked at too: clocks differ, and a run may end after midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be verified."""

    quick: bool = False  # trust the store: its listing, and the checksums that it keeps
    since: date | None = None  # only what was written on this day (UTC) or later
    after: Cursor | None = None  # only what commits after this one name
    trust: Trust = field(default_factory=Trust)


def verify(
    store: ObjectStore, asked: Asked, now: datetime, *, progress: Callable[[str, int], None] = lambda step, count: None
) -> Verified:
    """Check an archive; what is wrong stands in the answer. Raises StoreError where it can't be listed or reached.

    `progress` is told what is being done, and how many objects it has been done with.
    """
    return Verification(store, asked, now, progress).run()


class Verification:
    """One pass over an archive. Memory: 16 bytes an object, 8 a record; 24 a record and 16 a capture where these are
    read, and 32 a record and 16 a capture where there are tables."""

    def __init__(self, store: ObjectStore, asked: Asked, now: datetime, progress: Callable[[str, int], None]) -> None:
        self._store = store
        self._asked = asked
        self._now = now
        self._progress = progress
        self._told = Verified()
        self._ledger = Ledger()
        self._captures = Pairs()
        self._visible: array[int] = array("Q")  # numbers of records' keys, as often as they are made visible
        self._doubtful: array[int] = array("Q")  # numbers of keys of which the listing does not say what it should
        self._has_md5 = not isinstance(store, FolderStore)

    def run(self) -> Verified:
        """Raises StoreError."""
        self._removed = Removed(self._store, self._told)
        self._chain = Chain(self._store, self._asked.trust, self._told)
        self._chain.after = self._first(self._chain.last)
        self._meanwhile = Meanwhile(self._store, self._chain.last)
        self._tables = None
        if not self._asked.quick and self._chain.after == 0:
            self._tables = TableCheck(self._store, self._ledger, self._removed, self._told, self._meanwhile)
        self._walk()
        self._ledger.close()
        if self._asked.after is None:
            self._compare_listing()
        else:
            self._told.notes.append("only what commits after the cursor name was looked at: nothing else, no tables")
        self._look_again()
        if self._tables is not None:
            self._told.rows = self._tables.run()
        self._told.removed = len(self._removed)
        self._note_left()
        return self._told

    def _note_left(self) -> None:
        if self._told.left_over:
            said = "objects were left by what was killed, and no commit names them: nothing is lost by it, and --repair"
            self._told.notes.append(f"{self._told.left_over:,} {said} makes them visible")

    def _first(self, last: int) -> int:
        """The number of the commit after which to begin."""
        if self._asked.after is not None:
            return CommitLog(self._store).checked(self._asked.after).number
        if self._asked.since is not None:
            self._told.notes.append("only objects of these days were looked at: no tables, no furniture")
            start = datetime.combine(self._asked.since, datetime.min.time(), UTC) - SLACK
            return first_since(self._store, start, last)
        return 0

    # What the chain names

    def _walk(self) -> None:
        if self._asked.quick:
            for _ in self._lines():
                self._count(1, "manifests")
            return
        for chunk in check_all(self._store, self._lines()):
            for checked in chunk:
                self._note(checked)
            self._tell([checked.finding for checked in chunk])
            self._count(len(chunk), "objects")

    def _count(self, more: int, step: str) -> None:
        before = self._told.objects
        self._told.objects += more
        if before // AT_ONCE != self._told.objects // AT_ONCE:
            self._progress(step, self._told.objects)

    def _lines(self) -> Iterator[Line]:
        """The objects that should be there, each entered in the ledger."""
        for key in self._chain.own_keys():  # compared as they are walked
            self._ledger.enter(key, "")
        for made in self._chain.made():
            self._ledger.enter(made.commit.key, made.commit.sha256)
            if made.body is not None and made.commit.kind is CommitKind.MANIFEST:
                for line in self._visible_lines(made.commit, lines_of(made.commit, made.body, self._told)):
                    if line["kind"] == "article":
                        self._visible.append(self._ledger.number(line["key"]))
                    if self._tables is not None:
                        self._tables.expect(made.commit.number, line)
                    self._ledger.enter(line["key"], self._mark(line))
                    yield line

    def _visible_lines(self, commit: Commit, lines: Iterable[Line]) -> Iterator[Line]:
        without = frozenset(commit.without)
        for line in lines:
            if line["key"] not in without and not self._removed.covers(line["key"]):
                yield line

    def _mark(self, line: Line) -> str:
        """What an object of the listing, or a row of a table, is compared with."""
        if not self._asked.quick:
            return str(line["sha256"])
        return f"{line['size']} {line.get('md5')}" if self._has_md5 else str(line["size"])

    def _mark_of_listed(self, one: ObjectInfo) -> str:
        return f"{one.size} {one.md5}" if self._has_md5 else str(one.size)

    def _note(self, checked: Checked) -> None:
        number = self._ledger.number
        if checked.payload is not None:
            self._captures.had(number(checked.key), number(checked.payload))
        if checked.capture is not None:
            key, payload = checked.capture
            self._captures.asked(number(key), number(payload), number(checked.key))

    def _tell(self, found: Iterable[Finding | None]) -> None:
        """Unless the article was taken down meanwhile, and its objects are rightly no more."""
        findings = [finding for finding in found if finding is not None]
        since = self._removed.since() if findings else None
        for finding in findings:
            if since is not None and not since.covers(finding.key):
                self._told.note(finding)

    # What is there

    def _compare_listing(self) -> None:
        strays = Strays(self._store, self._now, reading=not self._asked.quick)
        found = listed(self._store, self._asked.since)
        while some := list(islice(found, AT_ONCE)):
            self._told.listed += len(some)
            self._progress("listing", self._told.listed)
            entered, same = self._ledger.see([(one.key, self._mark_of_listed(one)) for one in some])
            unknown = [one for one, there in zip(some, entered, strict=True) if not there]
            self._judge(unknown, strays)
            if self._asked.quick:
                wrong = (one.key for one, there, true in zip(some, entered, same, strict=True) if there and not true)
                self._doubtful.extend(self._ledger.number(key) for key in wrong if not key.startswith(READ_IN_ANY_CASE))

    def _judge(self, unknown: list[ObjectInfo], strays: Strays) -> None:
        kept = []
        for one in unknown:
            if not self._removed.covers(one.key):
                kept.append(one.key)
            elif self._store.size(one.key) is not None:
                self._told.add(one.key, Problem.TAKEN_DOWN, "its article was taken down, and it is still there")
        judged = list(strays.judged(kept))
        if any(stray.left or stray.finding for stray in judged):
            self._meanwhile.look()
        for stray in judged:
            if stray.pending or self._meanwhile.names(stray.key):
                self._told.wait_for(stray.key)
            elif stray.left:
                self._told.leave(stray.key)
        self._tell(stray.finding for stray in judged if not self._meanwhile.names(stray.key))

    # Once more, by name, what numbers have told to be wrong

    def _look_again(self) -> None:
        self._wrong = frozenset(one.key for one in self._told.findings)
        twice = repeated(self._visible)
        untrue = numbers(array("Q", self._captures.unanswered().tolist()))
        doubtful = numbers(self._doubtful)
        if self._asked.quick:
            doubtful = numbers(array("Q", joined(doubtful.tolist(), self._ledger.unseen().tolist())))
        if not len(twice) and not len(untrue) and not len(doubtful):
            return
        for some in self._asked_again((twice, untrue, doubtful)):
            self._tell(in_order(self._looked_at, some))

    def _asked_again(self, wanted: tuple[Numbers, Numbers, Numbers]) -> Iterator[list[tuple[str, Line]]]:
        """Lines with what there is to ask of them, a manifest's at a time."""
        seen: set[str] = set()
        twice, untrue, doubtful = wanted
        for commit, lines in self._chain.again():
            some: list[tuple[str, Line]] = []
            for line in self._visible_lines(commit, lines):
                number = self._ledger.number(line["key"])
                if among(twice, number) and line["kind"] == "article":
                    if line["key"] in seen:
                        self._told.add(line["key"], Problem.TWICE, f"once more by {keys.commit_key(commit.number)}")
                    seen.add(line["key"])
                if among(untrue, number):
                    some.append(("capture", line))
                if among(doubtful, number):
                    some.append(("object", line))
            yield some

    def _looked_at(self, question: tuple[str, Line]) -> Finding | None:
        what, line = question
        try:
            return self._capture_of(line) if what == "capture" else self._by_checksum(line)
        except StoreError as error:
            return Finding(key=line["key"], problem=Problem.UNREADABLE, detail=error.problem)

    def _capture_of(self, line: Line) -> Finding | None:
        """Of a record whose capture is not among those that were checked."""
        record = parse_record(self._store.get(line["key"]), line["key"])
        if record.capture is None or self._removed.covers(record.capture.key) or record.capture.key in self._wrong:
            return None
        key = record.capture.key
        try:
            checked = check_capture(key, self._store.get(key))
        except ObjectMissing:
            return Finding(key=line["key"], problem=Problem.UNTRUE, detail=f"names a capture that is not there: {key}")
        if checked.payload is not None and checked.payload != record.capture.sha256:
            return Finding(key=line["key"], problem=Problem.UNTRUE, detail=f"was read from another page than {key} has")
        return None

    def _by_checksum(self, line: Line) -> Finding | None:
        """By what the store says of one object: its size, its SHA-256 if it keeps one, else its bytes."""
        key, size = line["key"], self._store.size(line["key"])
        if size is None:
            return Finding(key=key, problem=Problem.MISSING, detail="a manifest names it")
        if size != line["size"]:
            problem = Problem.TRUNCATED if size < line["size"] else Problem.DAMAGED
            return Finding(key=key, problem=problem, detail=f"has {size} bytes, should have {line['size']}")
        if not self._has_md5:
            return None
        sha256 = self._store.sha256(key)
        if sha256 is None:
            return check_object(self._store, line).finding
        if sha256 == line["sha256"]:
            return None
        return Finding(key=key, problem=Problem.DAMAGED, detail=f"SHA-256 is {sha256[:16]}…, by the store's word")
