"""Strays: objects in the listing that no commit names. Which of them may be there, and are they whole?"""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import orjson

import harvester.archive.keys as keys
from harvester.archive.digest import check_digest
from harvester.archive.linked import LinkedDay
from harvester.archive.merged import MergedDay
from harvester.archive.partitions import in_order
from harvester.archive.removals import Removal
from harvester.archive.store import PROBE_KEY, ObjectStore
from harvester.errors import ObjectMissing, StoreError
from harvester.verifying.findings import Finding, Problem
from harvester.verifying.objects import check_capture, self_check

PATIENCE: Final = timedelta(days=2)
"""A run that has not made its work visible by then has died, and no later one has found what it left."""

FREE: Final = (keys.CLAIMS, PROBE_KEY)
"""What is no part of what the archive says."""

OWN_WORD: Final = (keys.CHECKPOINTS, keys.IMPORTS, keys.DOCUMENTS, keys.DAMAGED)
"""What no manifest ever names: it says itself, or by its key, what it should be."""

OF_RUNS: Final = (keys.ARTICLES, keys.CAPTURES, keys.FURNITURE, keys.LINKS, keys.MARKS, keys.SEGMENTS, keys.RUNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """What a stray object is."""

    key: str
    finding: Finding | None = None
    pending: bool = False  # written, and not yet visible
    left: bool = False  # by what was killed, long ago: nothing is lost by it


class Strays:
    """Judges the objects that no commit names."""

    def __init__(self, store: ObjectStore, now: datetime, *, reading: bool) -> None:
        """`reading`: may the objects themselves be read?"""
        self._store = store
        self._now = now
        self._reading = reading

    def judged(self, listed: list[str]) -> Iterator[Stray]:
        """Keys."""
        return in_order(self._judged, listed)

    def _judged(self, key: str) -> Stray:
        if key.startswith(FREE) or _is_table(key):
            return Stray(key=key)
        if keys.parse_commit_key(key) or keys.parse_stamp_key(key):  # written since the chain was listed
            return Stray(key=key, pending=True)
        if key.startswith(OWN_WORD) or _names_itself(key):
            return Stray(key=key, finding=self._damage(key) if self._reading else None)
        if key.startswith(keys.DRAFTS):
            return self._waiting(key, _day_of_run(key))
        if keys.parse_removal_key(key) is not None:
            return self._waiting(key, self._day_of_removal(key))
        if key.startswith(keys.FURNITURE) and keys.parse_furniture_key(key) is not None:
            return self._waiting(key, self._day_of_furniture(key))
        if key.startswith(OF_RUNS) and (day := _day_in(key)) is not None:
            return self._waiting(key, day)
        return Stray(key=key, finding=Finding(key=key, problem=Problem.EXTRA, detail="no harvester writes such a key"))

    def _waiting(self, key: str, day: date | None) -> Stray:
        """Written on a day, by a run that has not made it visible."""
        if day is not None and day >= (self._now - PATIENCE).date():
            return Stray(key=key, pending=True)
        if not _is_owed(key):
            damage = self._damage(key) if self._reading else None
            return Stray(key=key, finding=damage, left=damage is None)
        detail = f"written on {day}, and no commit names it" if day else "no commit names it"
        return Stray(key=key, finding=Finding(key=key, problem=Problem.UNCOMMITTED, detail=detail))

    def _damage(self, key: str) -> Finding | None:
        try:
            body = self._store.get(key)
            return _against_its_name(key, body) or _by_itself(key, body) or self._missing_of(key, body)
        except ObjectMissing:  # deleted since it was listed
            return None
        except StoreError as error:
            return Finding(key=key, problem=Problem.DAMAGED, detail=error.problem)

    def _missing_of(self, key: str, body: bytes) -> Finding | None:
        """An object that a merged or linked day names and that is not there."""
        named: list[str] = []
        if key.endswith("/merged.json"):
            named = MergedDay.from_json(body, key).segments
        elif key.endswith("/linked.json"):
            named = LinkedDay.from_json(body, key).objects
        for other in named:
            if self._store.size(other) is None:
                return Finding(key=other, problem=Problem.MISSING, detail=f"{key} names it")
        return None

    def _day_of_removal(self, key: str) -> date | None:
        try:
            return datetime.fromisoformat(Removal.from_json(self._store.get(key), key).at).date()
        except (StoreError, ValueError):
            return None

    def _day_of_furniture(self, key: str) -> date | None:
        """The day on which a line of it was last seen."""
        try:
            lines = orjson.loads(self._store.get(key))["lines"]
            return max(date.fromisoformat(line["last_seen"]) for line in lines)
        except (StoreError, ValueError, KeyError, TypeError):
            return None


def _names_itself(key: str) -> bool:
    """Does the key, or the object, say what its bytes must be?"""
    parsed = keys.parse_segment_key(key)
    if parsed is not None:
        return parsed.run_id is None
    if keys.is_document_key(key):
        return True
    day = _day_in(key)
    return day is not None and (
        key in (keys.merge_key(day), keys.linked_key(day)) or keys.parse_batch_links_key(key) is not None
    )


def _against_its_name(key: str, body: bytes) -> Finding | None:
    """Merged segments, links of `harvest link`, documents and what was damaged have the beginning of their SHA-256."""
    if key.startswith(keys.DAMAGED):
        beginning = key.split("/")[1]
    elif keys.is_document_key(key) or (_names_itself(key) and key.endswith((".seg", ".jsonl"))):
        beginning = key.rpartition("-")[2].partition(".")[0]
    else:
        return None
    if hashlib.sha256(body).hexdigest().startswith(beginning):
        return None
    return Finding(key=key, problem=Problem.DAMAGED, detail="its SHA-256 is not the one in its name")


def _by_itself(key: str, body: bytes) -> Finding | None:
    """Raises StoreError for what is not as it was written, as far as that can be told."""
    if key.startswith(keys.DAMAGED):
        return None
    if key.startswith(keys.CAPTURES):
        return _damage_of_gzip(key, body) or check_capture(key, body).finding
    if check := self_check(key):
        check(body, key)
    elif key.startswith(keys.IMPORTS):
        check_digest(body, key)
    return None


def _damage_of_gzip(key: str, body: bytes) -> Finding | None:
    """By the checksum of each of its members."""
    try:
        gzip.decompress(body)
    except (EOFError, OSError, zlib.error) as error:
        return Finding(key=key, problem=Problem.DAMAGED, detail=f"{error}; no commit names it")
    return None


def _is_owed(key: str) -> bool:
    """Would readers miss something, were it never made visible? A record, a manifest or a tombstone."""
    run = keys.parse_run_key(key)
    return key.startswith((keys.ARTICLES, keys.REMOVALS)) or (run is not None and not run.is_report)


def _is_table(key: str) -> bool:
    return keys.parse_table_key(key) is not None


def _day_of_run(key: str) -> date | None:
    try:
        return keys.run_day(key.rpartition("/")[2].removesuffix(".json"))
    except ValueError:
        return None


def _day_in(key: str) -> date | None:
    """The day of the partition in which a key stands."""
    return keys.parse_day(f"{key.rpartition('/')[0]}/")
