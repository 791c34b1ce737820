"""Findings: what is wrong with an archive, one object each, and what can be done about it."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import harvester.archive.keys as keys

MOST_FINDINGS: Final = 10_000
"""Told in full; of an archive with more than that it is known enough. The counts go on."""


class Problem(StrEnum):
    """What is wrong."""

    MISSING = "missing"  # a commit or manifest names it
    DAMAGED = "damaged"  # its bytes are not those that its manifest says
    TRUNCATED = "truncated"  # it is shorter than its manifest says
    UNREADABLE = "unreadable"  # the store does not give it
    CHAIN = "chain"  # the commits are no chain here
    SIGNATURE = "signature"
    STAMP = "stamp"  # a time stamp is of something else, or of nobody that we trust
    UNTRUE = "untrue"  # its bytes are as they were written, and what they say is not so
    TWICE = "twice"  # two commits make it visible
    UNCOMMITTED = "uncommitted"  # a record, manifest or tombstone: written long ago, and never made visible
    TAKEN_DOWN = "taken_down"  # a tombstone says that it must not be there
    EXTRA = "extra"  # no harvester writes such an object
    TABLE = "table"  # a table does not say what the records say


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with one object."""

    key: str
    problem: Problem
    detail: str = ""

    @property
    def remedy(self) -> str:
        """What can be done."""
        return _remedy(self)

    def __str__(self) -> str:
        told = f"{self.problem}: {self.detail}" if self.detail else str(self.problem)
        return f"{self.key}: {told}; {self.remedy}"


_OF_PROBLEM: Final = {
    Problem.CHAIN: "restore the commit from a backup or a replica; nothing can take its place",
    Problem.SIGNATURE: "find out who has written it; restore the commit from a backup",
    Problem.STAMP: "restore it from a backup; the chain itself is not touched",
    Problem.UNREADABLE: "see to the store, then verify again",
    Problem.UNTRUE: "reported as it is; `harvest reprocess` makes a better derivation from the capture",
    Problem.TWICE: "readers that follow the commits see it twice; please report it",
    Problem.TAKEN_DOWN: "`harvest remove` with the article's id deletes it",
    Problem.EXTRA: "look at it, and delete it if it is not yours",
    Problem.TABLE: "--repair deletes the tables, and `harvest tables` makes them again",
}

_OF_ROOT: Final = {
    keys.ARTICLES: "--repair restores it from the tables, or reads its capture again",
    keys.CAPTURES: "restore it from a backup or a replica: nothing else has the page as fetched",
    keys.FURNITURE: "restore it from a backup; runs learn it again from captures",
    keys.SEGMENTS: "restore it from a backup; `harvest link` reads the records in its place",
    keys.CHECKPOINTS: "may be deleted: the next ones are written by runs",
    keys.LINKS: "restore it from a backup; `harvest link` finds what it said only where it was not yet called linked",
    keys.MARKS: "restore it from a backup; the site's next look makes a new one",
    keys.TABLES: "--repair deletes the tables, and `harvest tables` makes them again",
    keys.IMPORTS: "may be deleted: the import begins that file again",
    keys.DOCUMENTS: "delete it: the next run puts it there again",
    keys.DAMAGED: "may be deleted: what stood at its key has been restored",
}


def _remedy(finding: Finding) -> str:
    if finding.problem is Problem.UNCOMMITTED:
        removed = keys.parse_removal_key(finding.key)
        if removed is not None:
            return f"`harvest remove {removed[1]}` completes it; --repair appends its commit"
        return "--repair makes it visible"
    if finding.problem is Problem.TAKEN_DOWN and finding.key.startswith(keys.TABLES):
        return "`harvest tables` deletes it"
    told = _OF_PROBLEM.get(finding.problem)
    if told is None:
        told = next((said for root, said in _OF_ROOT.items() if finding.key.startswith(root)), None)
    return told or "restore it from a backup or a replica"


@dataclass(slots=True, kw_only=True)
class Verified:
    """What has been checked, and what was found."""

    commits: int = 0
    signed: int = 0
    stamped: int = 0
    objects: int = 0  # that manifests name, and that were compared
    listed: int = 0  # objects in the listing; 0 where nothing was listed
    rows: int = 0  # of tables
    removed: int = 0  # articles that were taken down
    pending: int = 0  # objects that are not yet visible: a run is at work, or was killed of late
    pending_keys: list[str] = field(default_factory=list)  # the first of them
    left_over: int = 0  # objects that what was killed has left, long ago; no commit names them, and nothing is lost
    left_over_keys: list[str] = field(default_factory=list)  # the first of them
    tables: dict[str, str] = field(default_factory=dict)  # SHA-256 of each of their objects as it was looked at
    findings: list[Finding] = field(default_factory=list)  # the first of them
    problems: Counter[Problem] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)  # what could not be checked, and why
    cursor: str = "0-00000000"  # of the last commit: where the next `--after` begins

    @property
    def is_sound(self) -> bool:
        return not self.problems

    def add(self, key: str, problem: Problem, detail: str = "") -> None:
        self.note(Finding(key=key, problem=problem, detail=detail))

    def note(self, finding: Finding) -> None:
        self.problems[finding.problem] += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)

    def wait_for(self, key: str) -> None:
        """An object that is not yet visible."""
        self.pending += 1
        if len(self.pending_keys) < MOST_FINDINGS:
            self.pending_keys.append(key)

    def leave(self, key: str) -> None:
        """An object that what was killed has left."""
        self.left_over += 1
        if len(self.left_over_keys) < MOST_FINDINGS:
            self.left_over_keys.append(key)
