"""One object that a manifest names: its bytes against the manifest, and what it says against itself."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import harvester.archive.keys as keys
from harvester.archive.capture import read_capture
from harvester.archive.columns import unpack
from harvester.archive.links import parse_links
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.store import ObjectStore
from harvester.dedup.words import content_sha256
from harvester.errors import ObjectMissing, StoreError
from harvester.urls import article_id
from harvester.verifying.findings import Finding, Problem

Line = Mapping[str, Any]
"""Of a manifest, as it stands there."""

OF_RECORD: Final = ("id", "revision", "content_sha256")
"""Fields of a manifest's line that repeat the record's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one object."""

    key: str
    finding: Finding | None = None
    capture: tuple[str, str] | None = None  # of a record: the capture that it names, and its payload's SHA-256
    payload: str | None = None  # of a capture: SHA-256 of the page's body


def check_object(store: ObjectStore, line: Line) -> Checked:
    """Read an object and check it in full."""
    key = line["key"]
    try:
        body = store.get(key)
    except ObjectMissing:
        return Checked(key=key, finding=Finding(key=key, problem=Problem.MISSING, detail="a manifest names it"))
    except StoreError as error:
        return Checked(key=key, finding=Finding(key=key, problem=Problem.UNREADABLE, detail=error.problem))
    finding = compared(key, body, line["sha256"], line["size"])
    return Checked(key=key, finding=finding) if finding else _said(line, key, body)


def compared(key: str, body: bytes, sha256: str, size: int | None = None) -> Finding | None:
    """What is wrong with an object's bytes."""
    if size is not None and len(body) < size:
        return Finding(key=key, problem=Problem.TRUNCATED, detail=f"has {len(body)} bytes of {size}")
    found = hashlib.sha256(body).hexdigest()
    if found == sha256:
        return None
    return Finding(key=key, problem=Problem.DAMAGED, detail=f"SHA-256 is {found[:16]}…, should be {sha256[:16]}…")


def _said(line: Line, key: str, body: bytes) -> Checked:
    """What the object says, where it is known how to check it."""
    try:
        if line["kind"] == "article":
            return _record(line, key, parse_record(body, key))
        if keys.parse_capture_key(key) is not None:
            return check_capture(key, body)
        if check := self_check(key):
            check(body, key)
    except StoreError as error:
        return _untrue(key, error.problem)
    return Checked(key=key)


def self_check(key: str) -> Callable[[bytes, str], object] | None:
    """What raises StoreError for a damaged object of this kind, without a manifest."""
    if key.endswith((".seg", ".col")):
        return unpack
    if key.endswith(".jsonl") and key.startswith(keys.LINKS):
        return lambda body, name: list(parse_links(body, name))
    return None


def _record(line: Line, key: str, record: ArticleRecord) -> Checked:
    problem = _problem_of_record(line, key, record)
    if problem:
        return _untrue(key, problem)
    capture = (record.capture.key, record.capture.sha256) if record.capture else None
    return Checked(key=key, capture=capture)


def _problem_of_record(line: Line, key: str, record: ArticleRecord) -> str | None:
    named = keys.parse_article_key(key)
    number = record.derivation.number
    if named is None or (named.source, named.id, named.revision, named.derivation) != (
        *(record.source, record.id, record.revision, number),
    ):
        return f"is the record of {record.id} revision {record.revision} derivation {number} of {record.source}"
    for name in OF_RECORD:
        if line.get(name) != getattr(record, name):
            return f"{name} is {getattr(record, name)!s:.60}, in the manifest {line.get(name)!s:.60}"
    if (payload := line.get("payload_sha256")) and record.capture and payload != record.capture.sha256:
        return "names a capture of another page than the manifest"
    if content_sha256(record.title, record.text) != record.content_sha256:
        return "content_sha256 is not that of title and text"
    # Later revisions keep the id when their canonical address changes, and so do later derivations.
    if (record.revision, number) == (1, 1) and article_id(record.source, record.canonical_url) != record.id:
        return "id is not that of source and canonical_url"
    return None


def check_capture(key: str, body: bytes) -> Checked:
    """Of one page, what it says; of many pages, nothing. Raises StoreError for what is no capture."""
    if keys.parse_capture_key(key) is None:
        return Checked(key=key)
    payload = hashlib.sha256(read_capture(body, key).raw).hexdigest()
    named = keys.parse_capture_key(key)
    if named is not None and named.payload != payload[:12]:
        return _untrue(key, f"its page's body has the SHA-256 {payload[:12]}…")
    return Checked(key=key, payload=payload)


def _untrue(key: str, detail: str) -> Checked:
    return Checked(key=key, finding=Finding(key=key, problem=Problem.UNTRUE, detail=detail))
