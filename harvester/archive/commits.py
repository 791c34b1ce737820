"""The commits: one numbered chain through the archive. A commit makes a manifest, a report or a take-down visible.

Each is a create-only object `commits/<number>.json`, the numbers without a gap, and has the SHA-256 of the one before:
whoever has the last one can prove all before it, and whoever has read up to a number reads on from there (FORMAT.md,
"Commits").
"""

import hashlib
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import count
from typing import Annotated, Any, Final, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import harvester.archive.keys as keys
import harvester.archive.merkle as merkle
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestObject, parse_manifest
from harvester.archive.partitions import in_order
from harvester.archive.record import Instant, Sha256, instant
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectExists, ObjectMissing, StoreError, UsageError

logger = logging.getLogger(__name__)

COMMIT_VERSION: Final = 1

GENESIS: Final = "0" * 64
"""Stands for the commit before the first."""

AHEAD: Final = 32
"""Commits asked for at once while reading on; few of them are not there yet."""


MANIFESTS_AHEAD: Final = 4
"""Manifests read before they are asked for; one of a run of 50 000 articles takes 100 MB."""


LOOKS_BEHIND: Final = (2, 3, 5, 9, 17)
"""Where a chain that seems to have ended is looked for: behind a commit that was lost."""


class CommitKind(StrEnum):
    """What a commit makes visible."""

    MANIFEST = "manifest"  # objects that a run or a command has written
    REPORT = "report"  # a run has ended
    REMOVAL = "removal"  # an article was taken down; the key is its tombstone's


class Commit(BaseModel):
    """One link of the chain, stored as `commits/<number>.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schema_version: Annotated[int, Field(ge=1)] = COMMIT_VERSION
    number: Annotated[int, Field(ge=1)]
    previous: Sha256  # of the bytes of the commit before; zeros for the first
    at: Instant
    kind: CommitKind
    key: str  # of the object that is made visible
    sha256: Sha256  # of that object's bytes
    source: str | None = None
    objects: Annotated[int, Field(ge=0)] = 0  # named in the manifest
    root: Sha256 | None = None  # of the Merkle tree of the manifest's objects, in their order
    without: list[str] = []  # keys in the manifest that an earlier commit has made visible already
    signature: str | None = None  # Ed25519, base64, of `signed_bytes`
    public_key: str | None = None  # Ed25519, base64, 32 bytes
    digest: Sha256  # SHA-256 of the commit's JSON without this field, its last

    def to_json(self) -> bytes:
        """UTF-8 on one line, absent fields left out."""
        return _json(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a reader has read: a commit's number, and enough of its hash to know the archive again."""

    number: int
    mark: str  # the first eight hex digits of the SHA-256 of its bytes; zeros for the beginning

    def __str__(self) -> str:
        return f"{self.number}-{self.mark}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """As `str` has printed it; "0" is the beginning. Raises UsageError."""
        found = re.fullmatch(r"(\d{1,15})-([0-9a-f]{8})", "0-00000000" if text.strip() == "0" else text.strip())
        if not found:
            raise UsageError(f"{text!r} is not a cursor: it looks like 42-9f3a1c07; 0 is the beginning")
        return cls(number=int(found[1]), mark=found[2])


BEGINNING: Final = Cursor(number=0, mark="0" * 8)

Signer = Callable[[bytes], tuple[str, str]]
"""From bytes to signature and public key, both base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    commit: Commit
    sha256: str  # of its bytes


class CommitLog:
    """The chain of one archive: read from anywhere, appended to at its end by any number of writers at once."""

    def __init__(self, store: ObjectStore, *, signer: Signer | None = None) -> None:
        self.store = store
        self._signer = signer
        self._walked: dict[int, _Entry] = {}  # those from `_low` on, without a gap
        self._low: int | None = None
        self._lock = threading.Lock()
        self._begun = False
        self._numbers: dict[str, int] = {}  # of the walked ones, by the key that they make visible
        self._lines: dict[int, frozenset[str]] = {}  # records that walked ones make visible, as far as asked for

    def forgetful(self) -> Self:
        """The same log without what it has walked over: for those who go on writing for long."""
        return type(self)(self.store, signer=self._signer)

    # Reading

    def head(self) -> int:
        """The number of the last commit, 0 if there is none; found by some forty questions. Raises StoreError."""
        reached, step = 0, 1
        while self._is_there(reached + step):
            reached, step = reached + step, step * 2
        while step > 1:
            step //= 2
            if self._is_there(reached + step):
                reached += step
        self._check_end(reached)
        return reached

    def _check_end(self, last: int) -> None:
        """Raise StoreError if the chain goes on behind a commit that is missing; a few looks find most of these."""
        if any(self._is_there(last + step) for step in LOOKS_BEHIND) and not self._is_there(last + 1):
            raise StoreError(
                keys.commit_key(last + 1), "is missing in the chain of commits; nothing may be written in its place"
            )

    def _is_there(self, number: int) -> bool:
        return self.store.size(keys.commit_key(number)) is not None

    def commit(self, number: int) -> Commit:
        """One of them. Raises ObjectMissing and StoreError."""
        return self._entry(number).commit

    def read(self, after: int = 0, until: int | None = None) -> Iterator[Commit]:
        """Those after a number, up to `until` (itself too) or the end. Raises StoreError."""
        return (entry.commit for entry in self._entries(after, until))

    def cursor(self, number: int) -> Cursor:
        """For those who have read up to this commit. Raises StoreError."""
        return Cursor(number=number, mark=self._entry(number).sha256[:8]) if number else BEGINNING

    def checked(self, cursor: Cursor) -> Cursor:
        """The cursor, if it is one of this archive. Raises UsageError."""
        try:
            if self.cursor(cursor.number) == cursor:
                return cursor
        except ObjectMissing:
            pass
        raise UsageError(f"the cursor {cursor} is not of {self.store.url}; 0 reads from the beginning")

    def manifest(self, commit: Commit) -> Manifest:
        """That a commit of kind `manifest` makes visible. Raises StoreError where it is not the one that was meant."""
        body = self.store.get(commit.key)
        if hashlib.sha256(body).hexdigest() != commit.sha256:
            raise StoreError(commit.key, f"is not the object that {keys.commit_key(commit.number)} names")
        return parse_manifest(body, commit.key)

    def articles(self, after: int = 0, until: int | None = None) -> Iterator[tuple[Commit, list[ManifestArticle]]]:
        """Commits of manifests, with the records that each has made visible: each record once. Raises StoreError."""
        wanted = (commit for commit in self.read(after, until) if commit.kind is CommitKind.MANIFEST)
        return in_order(
            lambda commit: (commit, visible_articles(commit, self.manifest(commit))), wanted, ahead=MANIFESTS_AHEAD
        )

    def _entries(self, after: int, until: int | None) -> Iterator[_Entry]:
        numbers = count(after + 1) if until is None else range(after + 1, until + 1)
        for entry in in_order(self._entry_if_there, numbers, ahead=AHEAD):
            if entry is None:
                return
            yield entry

    def _entry_if_there(self, number: int) -> _Entry | None:
        try:
            return self._entry(number)
        except ObjectMissing:
            return None

    def _entry(self, number: int) -> _Entry:
        if number in self._walked:
            return self._walked[number]
        key = keys.commit_key(number)
        body = self.store.get(key)
        return _Entry(commit=parse_commit(body, key), sha256=hashlib.sha256(body).hexdigest())

    # Writing

    def append(
        self, key: str, body: bytes, *, kind: CommitKind, at: datetime, after: int, source: str | None = None
    ) -> Commit:
        """Make an object visible that the store has; the commit that does so, or has done so already.

        `after`: the head when the work on it began. Raises StoreError.
        """
        sha256 = hashlib.sha256(body).hexdigest()
        manifest = parse_manifest(body, key) if kind is CommitKind.MANIFEST else None
        if after and self._entry_if_there(after) is None:  # the archive is an older copy of what it was
            after = self.head()
        self._commit_history(at, but=key)
        with self._lock:
            while True:
                last = self._walk(after)
                if key in self._numbers:
                    return self._walked[self._numbers[key]].commit
                named = self._named(range(after + 1, last + 1), source) if manifest else frozenset()
                if self._is_there(last + 2):
                    self._check_end(last)
                commit = self._made(last, key, sha256, kind, at, source, manifest, named)
                made = commit.to_json()
                with suppress(ObjectExists):
                    self.store.put_new(keys.commit_key(last + 1), made, content_type="application/json")
                    self._know(_Entry(commit=commit, sha256=hashlib.sha256(made).hexdigest()))
                    return commit

    def _commit_history(self, at: datetime, *, but: str) -> None:
        """Before the first commit of all: what an archive that is older than commits has in manifests and reports."""
        if self._begun or self._is_there(1):
            self._begun = True
            return
        self._begun = True
        history = ((one.key, keys.parse_run_key(one.key)) for one in self.store.list(keys.RUNS) if one.key != but)
        named = sorted((run.day, run.run_id, key, run) for key, run in history if run is not None)
        for _, _, key, run in named:
            kind = CommitKind.REPORT if run.is_report else CommitKind.MANIFEST
            try:
                self.append(key, self.store.get(key), kind=kind, at=at, after=0, source=run.source)
            except (ObjectMissing, StoreError) as error:
                logger.warning("%s: not made visible: %s", key, error)

    def _walk(self, after: int) -> int:
        """Know all commits after a number; the number of the last one."""
        if self._low is None:
            self._low = after
        between = list(self._entries(after, self._low))
        if len(between) < self._low - after:
            raise StoreError(keys.commit_key(after + len(between) + 1), "is missing in the chain of commits")
        for entry in between:
            self._know(entry)
        self._low = min(self._low, after)
        last = self._low + len(self._walked)
        following = self._entry_if_there(last + 1)  # as a rule there is none, and nobody need ask for many at once
        if following is None:
            return last
        for entry in self._entries(last, None):
            self._know(entry)
            last = entry.commit.number
        return last

    def _know(self, entry: _Entry) -> None:
        self._walked[entry.commit.number] = entry
        self._numbers[entry.commit.key] = entry.commit.number

    def _named(self, numbers: Iterable[int], source: str | None) -> frozenset[str]:
        """Records that these commits make visible, of this source: another run of it was at work at the same time."""
        commits = (self._walked[number].commit for number in numbers)
        others = [one for one in commits if one.kind is CommitKind.MANIFEST and source and one.source == source]
        for other in others:
            if other.number not in self._lines:
                lines = visible_articles(other, self.manifest(other))
                self._lines[other.number] = frozenset(line.key for line in lines)
        return frozenset().union(*(self._lines[other.number] for other in others))

    def _made(
        self,
        last: int,
        key: str,
        sha256: str,
        kind: CommitKind,
        at: datetime,
        source: str | None,
        manifest: Manifest | None,
        named: frozenset[str],
    ) -> Commit:
        said: dict[str, Any] = {
            "schema_version": COMMIT_VERSION,
            "number": last + 1,
            "previous": self._entry(last).sha256 if last else GENESIS,
            "at": instant(at),
            "kind": kind.value,
            "key": key,
            "sha256": sha256,
            "source": source,
            "objects": len(manifest.objects) if manifest else 0,
            "root": merkle_root(manifest.objects) if manifest else None,
            "without": [line.key for line in manifest.objects if line.key in named] if manifest else [],
        }
        if self._signer is not None:
            said["signature"], said["public_key"] = self._signer(_json(said))
        return Commit.model_validate(said | {"digest": _digest(said)})


def visible_articles(commit: Commit, manifest: Manifest) -> list[ManifestArticle]:
    """The records that a commit makes visible."""
    without = set(commit.without)
    return [line for line in manifest.objects if isinstance(line, ManifestArticle) and line.key not in without]


def merkle_root(objects: Sequence[ManifestObject]) -> str:
    """Of a manifest's objects, in their order; hex."""
    return merkle.root(merkle.leaf(line.key, line.sha256) for line in objects).hex()


def parse_commit(body: bytes, key: str) -> Commit:
    """A stored commit. Raises StoreError, which names `key`."""
    try:
        commit = Commit.model_validate_json(body)
    except ValidationError as error:
        raise StoreError(key, f"is not a commit: {error.errors()[0]['msg']}") from None
    if commit.schema_version > COMMIT_VERSION:
        raise StoreError(key, f"is of version {commit.schema_version}; this harvester knows {COMMIT_VERSION}")
    if commit.digest != _digest(_without(body, "digest")) or keys.parse_commit_key(key) != commit.number:
        raise StoreError(key, "is damaged: its digest is another")
    return commit


def signed_bytes(body: bytes) -> bytes:
    """Of a stored commit: what its signature is of."""
    return _json(_without(body, "signature", "public_key", "digest"))


def _without(body: bytes, *names: str) -> dict[str, Any]:
    """The fields as they stand there, those of later versions too."""
    return {name: value for name, value in orjson.loads(body).items() if name not in names}


def _json(said: dict[str, Any]) -> bytes:
    return orjson.dumps({name: value for name, value in said.items() if value not in (None, [])})


def _digest(said: dict[str, Any]) -> str:
    return hashlib.sha256(_json(said)).hexdigest()


def commit_unseen(log: CommitLog, found: Iterable[tuple[str, bytes]], at: datetime) -> int:
    """Commit manifests (key and bytes) whose writers may have died before they did so; how many there were.

    Raises StoreError.
    """
    before = log.head()
    appended = 0
    for key, body in found:
        manifest = parse_manifest(body, key)
        commit = log.append(
            key, body, kind=CommitKind.MANIFEST, at=at, after=min(manifest.after, before), source=manifest.source
        )
        appended += commit.number > before
    return appended
