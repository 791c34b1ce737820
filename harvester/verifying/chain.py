"""The chain of commits, followed link by link: numbers, hashes, signatures, time stamps, and what each shows."""

import base64
import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

import harvester.archive.keys as keys
import harvester.archive.merkle as merkle
from harvester.archive.commits import GENESIS, Commit, CommitKind, parse_commit, signed_bytes
from harvester.archive.partitions import in_order
from harvester.archive.signing import is_signed
from harvester.archive.store import ObjectStore
from harvester.archive.timestamps import StampRefused, check_stamp
from harvester.errors import ObjectMissing, StoreError
from harvester.verifying.findings import Finding, Problem, Verified
from harvester.verifying.objects import Line, compared

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

AHEAD: Final = 64
"""Commits that are fetched before their turn."""

BODIES_AT_ONCE: Final = 128
OBJECTS_AT_ONCE: Final = 50_000
"""Manifests that are fetched together, and how many objects they may name: 600 bytes each."""

RECENT_MANIFESTS: Final = 10_000
"""Whose hashes are remembered until the run's report, which repeats them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom the operator believes."""

    public_key: str | None = None  # base64; that each commit must be signed with from the first signed one on
    authorities: "tuple[Certificate, ...]" = ()  # behind time stamps; none: their signatures are not looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A commit that is sound, and the bytes of what it makes visible if these are."""

    commit: Commit
    body: bytes | None


class Chain:
    """The commits of an archive, from one number on."""

    def __init__(self, store: ObjectStore, trust: Trust, told: Verified, *, after: int = 0) -> None:
        """`told` is told of what is wrong. Raises StoreError where the commits can't be listed."""
        self._store = store
        self._trust = trust
        self._told = told
        self.after = after
        self._manifests: OrderedDict[str, str] = OrderedDict()  # key and SHA-256 of the last ones
        numbers, stamps = [], set()
        for found in store.list(keys.COMMITS):
            if (number := keys.parse_commit_key(found.key)) is not None:
                numbers.append(number)
            elif (stamped := keys.parse_stamp_key(found.key)) is not None:
                stamps.add(stamped)
        self.last = max(numbers, default=0)
        self._numbers = frozenset(numbers)
        self._stamps = stamps

    def own_keys(self) -> Iterator[str]:
        """Of the commits, and of time stamps of them."""
        yield from (keys.commit_key(number) for number in self._numbers)
        yield from (keys.stamp_key(number) for number in self._stamps)

    def again(self) -> Iterator[tuple[Commit, Sequence[Line]]]:
        """The commits of manifests with their lines once more; what is wrong has been told."""
        quiet = Chain(self._store, Trust(), Verified(), after=self.after)
        for made in quiet.made():
            if made.body is not None and made.commit.kind is CommitKind.MANIFEST:
                yield made.commit, lines_of(made.commit, made.body)

    def made(self) -> Iterator[Made]:
        """Each sound commit with what it makes visible, in order."""
        for some in _batches(self._commits()):
            for commit, body in in_order(self._with_body, some):
                yield Made(commit=commit, body=self._sound(commit, body))
        for number in sorted(self._stamps - self._numbers):
            self._told.add(keys.stamp_key(number), Problem.EXTRA, "there is no such commit")

    # The links

    def _commits(self) -> Iterator[Commit]:
        previous = self._hash_of_first()
        signed = False
        for number, found in in_order(self._fetched, range(self.after + 1, self.last + 1), ahead=AHEAD):
            key = keys.commit_key(number)
            if isinstance(found, Finding):
                self._told.note(found)
                previous = None
                continue
            try:
                commit = parse_commit(found, key)
            except StoreError as error:
                self._told.add(key, Problem.CHAIN, error.problem)
                previous = None
                continue
            if previous is not None and commit.previous != previous:
                self._told.add(key, Problem.CHAIN, "the commit before it is not the one that it names")
            elif orjson.dumps(orjson.loads(found)) != found:
                self._told.add(key, Problem.CHAIN, "is not written as harvesters write it")
            previous = hashlib.sha256(found).hexdigest()
            signed = self._check_signature(commit, found, signed)
            self._check_stamp(number, previous)
            self._told.commits += 1
            self._told.cursor = f"{number}-{previous[:8]}"
            yield commit
        if self._trust.public_key and not signed and self.last > self.after:
            self._told.add(keys.commit_key(self.last), Problem.SIGNATURE, "neither it nor any before it is signed")

    def _hash_of_first(self) -> str | None:
        """The hash of the commit before the first one; None where that can't be had."""
        if not self.after:
            return GENESIS
        _, found = self._fetched(self.after)
        return None if isinstance(found, Finding) else hashlib.sha256(found).hexdigest()

    def _fetched(self, number: int) -> tuple[int, bytes | Finding]:
        key = keys.commit_key(number)
        try:
            return number, self._store.get(key)
        except ObjectMissing:
            return number, Finding(key=key, problem=Problem.MISSING, detail="there are commits after it")
        except StoreError as error:
            return number, Finding(key=key, problem=Problem.UNREADABLE, detail=error.problem)

    def _check_signature(self, commit: Commit, body: bytes, signed: bool) -> bool:
        """`signed`: was a commit before it? Whether one is, by now."""
        key = keys.commit_key(commit.number)
        trusted = self._trust.public_key
        if commit.signature is None or commit.public_key is None:
            if trusted and signed:
                self._told.add(key, Problem.SIGNATURE, "is not signed, and commits before it are")
            return signed
        self._told.signed += 1
        if not is_signed(signed_bytes(body), commit.signature, commit.public_key):
            self._told.add(key, Problem.SIGNATURE, "its signature is not that of its public key")
        elif trusted and commit.public_key != trusted:
            self._told.add(key, Problem.SIGNATURE, f"is signed with another key: {_fingerprint(commit.public_key)}")
        return True

    def _check_stamp(self, number: int, sha256: str) -> None:
        if number not in self._stamps:
            return
        key = keys.stamp_key(number)
        self._told.stamped += 1
        try:
            check_stamp(self._store.get(key), sha256, list(self._trust.authorities))
        except StampRefused as error:
            self._told.add(key, Problem.STAMP, str(error))
        except StoreError as error:
            self._told.add(key, Problem.UNREADABLE, error.problem)

    # What they make visible

    def _with_body(self, commit: Commit) -> tuple[Commit, bytes | StoreError]:
        try:
            return commit, self._store.get(commit.key)
        except StoreError as error:
            return commit, error

    def _sound(self, commit: Commit, body: bytes | StoreError) -> bytes | None:
        named = f"{keys.commit_key(commit.number)} names it"
        if isinstance(body, ObjectMissing):
            self._told.add(commit.key, Problem.MISSING, named)
            return None
        if isinstance(body, StoreError):
            self._told.add(commit.key, Problem.UNREADABLE, body.problem)
            return None
        finding = compared(commit.key, body, commit.sha256)
        if finding is not None:
            self._told.note(finding)
            return None
        if commit.kind is CommitKind.MANIFEST:
            self._manifests[commit.key] = commit.sha256
            if len(self._manifests) > RECENT_MANIFESTS:
                self._manifests.popitem(last=False)
        elif commit.kind is CommitKind.REPORT:
            self._check_report(commit, body)
        return body

    def _check_report(self, commit: Commit, body: bytes) -> None:
        """It repeats the hashes of its run's manifests."""
        for source, part in _parts(body):
            key, sha256 = part.get("manifest"), part.get("manifest_sha256")
            if not isinstance(key, str) or not isinstance(sha256, str):
                continue
            known = self._manifests.get(key)
            if known is not None and known != sha256:
                self._told.add(commit.key, Problem.UNTRUE, f"the manifest of {source} is another one than it says")


def _batches(commits: Iterator[Commit]) -> Iterator[list[Commit]]:
    batch: list[Commit] = []
    objects = 0
    for commit in commits:
        if batch and (len(batch) == BODIES_AT_ONCE or objects + commit.objects > OBJECTS_AT_ONCE):
            yield batch
            batch, objects = [], 0
        batch.append(commit)
        objects += commit.objects
    if batch:
        yield batch


def lines_of(commit: Commit, body: bytes, told: Verified | None = None) -> Sequence[Line]:
    """The objects that a manifest names, if they are those of the commit; what is wrong is told."""
    try:
        lines: list[Line] = orjson.loads(body)["objects"]
        leaves = [merkle.leaf(line["key"], line["sha256"]) for line in lines]
        plain = all(
            isinstance(line["size"], int) and all(isinstance(line[name], str) for name in ("key", "sha256", "kind"))
            for line in lines
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        plain, leaves, lines = False, [], []
    problem = None
    if not plain:
        problem, lines = "is no manifest", []
    elif len(lines) != commit.objects or merkle.root(leaves).hex() != commit.root:
        problem = f"names other objects than {keys.commit_key(commit.number)} has the root of"
    if problem and told:
        told.add(commit.key, Problem.UNTRUE, problem)
    return lines


def first_since(store: ObjectStore, since: datetime, last: int) -> int:
    """The number of the last commit before this time, 0 if there is none; by halving. Raises StoreError.

    One that is damaged or missing counts as later: then more is looked at, and it is told of.
    """
    low, high = 0, last + 1
    while high - low > 1:
        middle = (low + high) // 2
        at = _at(store, middle)
        if at is not None and at < since:
            low = middle
        else:
            high = middle
    return low


def _at(store: ObjectStore, number: int) -> datetime | None:
    """When a commit was written; None where that can't be had. Raises StoreError where the store does not answer."""
    key = keys.commit_key(number)
    try:
        body = store.get(key)
    except ObjectMissing:
        return None
    try:
        return datetime.fromisoformat(parse_commit(body, key).at)
    except StoreError:
        return None


def _parts(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    try:
        return [(name, part) for name, part in orjson.loads(body)["sources"].items() if isinstance(part, dict)]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _fingerprint(public_key: str) -> str:
    try:
        return hashlib.sha256(base64.b64decode(public_key)).hexdigest()[:16]
    except (binascii.Error, ValueError):
        return "damaged"
