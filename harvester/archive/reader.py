"""The reader: articles, captures, reports and manifests out of the archive again."""

import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from pydantic import ValidationError

import harvester.archive.keys as keys
from harvester.archive.capture import read_capture
from harvester.archive.days import DayOfRecords, Latest
from harvester.archive.folder import FolderStore
from harvester.archive.keys import ArticleKey, RunKey
from harvester.archive.links import CopyLink, linked, links_of_day
from harvester.archive.manifest import Manifest, parse_manifest
from harvester.archive.marks import Mark, marks_of
from harvester.archive.partitions import AT_ONCE, article_keys, days_below, in_order, partitions
from harvester.archive.record import ArticleRecord, Derivation, parse_record
from harvester.archive.removals import removed_ids
from harvester.archive.store import ObjectStore
from harvester.archive.wanted import Copies, Revisions, Wanted
from harvester.errors import ObjectMissing, StoreError, UsageError
from harvester.page import Page
from harvester.report import RunReport

logger = logging.getLogger(__name__)

RECENT_CAPTURES: Final = 10_000
"""Keys remembered so that a shared capture is not written twice; two megabytes."""

FROM_DISK_AT_ONCE: Final = 2
"""Files read at once: 8 500 records/s; 6 200 with 4, 4 300 with 16, for the threads wait for the interpreter alone."""

LINKED_DAYS: Final = 8
"""Days whose links are kept while records are read in another order than by day: commits tell of a few by turns."""

_ID_PREFIX = re.compile(r"[0-9a-f]{1,32}")


def log_unreadable(error: StoreError) -> None:
    logger.error("left out: %s", error)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """A record as it stands in the archive, with what was found of it later."""

    key: ArticleKey
    record: ArticleRecord
    body: bytes | None  # of the object; None where the record says something else by now

    def line(self) -> bytes:
        """The record's JSON on one line: the stored bytes themselves where they are that, a third of the time saved."""
        if self.body is None or not _says_all(self.record) or b"\n" in self.body:
            return self.record.to_json()
        return self.body


def _says_all(record: ArticleRecord) -> bool:
    """Does its JSON have every field? Earlier harvesters knew fewer."""
    return len(record.model_fields_set) == len(ArticleRecord.model_fields) and len(
        record.derivation.model_fields_set
    ) == len(Derivation.model_fields)


class ArchiveReader:
    """Reads one archive. An object that can't be read is reported to `on_unreadable`, counted and left out."""

    def __init__(self, store: ObjectStore, *, on_unreadable: Callable[[StoreError], None] = log_unreadable) -> None:
        self.store = store
        self.unreadable = 0  # objects that were left out
        self._on_unreadable = on_unreadable
        self._at_once = FROM_DISK_AT_ONCE if isinstance(store, FolderStore) else AT_ONCE
        self._lock = threading.Lock()

    def records(
        self,
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        contains: str | None = None,
        revisions: Revisions = "latest",
        copies: Copies = "keep",
    ) -> Iterator[ArticleRecord]:
        """Articles, newest last: by the day (UTC) of harvest, then by when they were fetched. `Wanted` tells the rest.

        What was stored after `until` does not count at all, so that a past range always reads the same: "latest" is
        the latest revision as of `until`. Of each revision there is the latest derivation alone, on the day on which
        that derivation was made. Memory is bounded by the largest day's keys and by the articles that have more than
        one revision or derivation, not by the archive.
        """
        wanted = Wanted(
            source=source,
            since=since,
            until=until,
            language=language,
            contains=contains,
            revisions=revisions,
            copies=copies,
        )
        return (found.record for found in self.stored(wanted))

    def stored(self, wanted: Wanted) -> Iterator[StoredRecord]:
        """The same, with key and bytes."""
        chosen = partitions(self.store, source=wanted.source, since=wanted.since, until=wanted.until)
        removed = removed_ids(self.store, wanted.source)
        for day, listed in Latest(self.store, chosen, each_revision=wanted.revisions == "all").days():
            yield from self.day_of(day, [key for key in listed if key.id not in removed], wanted)

    def day_of(self, day: date, listed: Sequence[ArticleKey], wanted: Wanted) -> Iterator[StoredRecord]:
        """Of these records of one day those that are wanted, by when they were fetched."""
        keep = wanted.record_filter()
        links = self._links(day)
        with DayOfRecords(day) as records:
            for key, body in zip(listed, in_order(self._body, listed, at_once=self._at_once), strict=True):
                if body is not None:
                    records.add(key, body)
            for key, body in records.in_order():
                found = self._parsed(key, body, links)
                if found is not None and keep(found.record):
                    yield found

    def in_given_order(self, listed: Iterable[ArticleKey], wanted: Wanted) -> Iterator[StoredRecord]:
        """These records, as they come, those that are wanted."""
        keep = wanted.record_filter()
        removed = removed_ids(self.store, wanted.source)
        links = lru_cache(LINKED_DAYS)(self._links)
        standing = (key for key in listed if key.id not in removed)
        for key, body in in_order(lambda key: (key, self._body(key)), standing, at_once=self._at_once):
            found = None if body is None else self._parsed(key, body, links(key.day))
            if found is not None and keep(found.record):
                yield found

    def _unreadable(self, error: StoreError) -> None:
        with self._lock:
            self.unreadable += 1
        self._on_unreadable(error)

    def _links(self, day: date) -> dict[tuple[str, int], CopyLink]:
        """What was found of a day's articles after their records were written."""
        try:
            return links_of_day(self.store, day)
        except StoreError as error:
            self._unreadable(error)
            return {}

    def _body(self, key: ArticleKey) -> bytes | None:
        try:
            return self.store.get(str(key))
        except ObjectMissing as error:
            if self._is_taken_down(key):
                logger.info("%s: was taken down", key)
            else:
                self._unreadable(error)
        except StoreError as error:
            self._unreadable(error)
        return None

    def _is_taken_down(self, key: ArticleKey) -> bool:
        return self.store.size(keys.removal_key(key.source, key.id)) is not None

    def _parsed(self, key: ArticleKey, body: bytes, links: Mapping[tuple[str, int], CopyLink]) -> StoredRecord | None:
        try:
            record = parse_record(body, str(key))
        except StoreError as error:
            self._unreadable(error)
            return None
        told = linked(record, links)
        return StoredRecord(key=key, record=told, body=body if told is record else None)

    def record(self, key: str) -> ArticleRecord:
        """One record by its key. Raises StoreError."""
        return parse_record(self.store.get(key), key)

    def page(self, capture_key: str) -> Page:
        """The page that a capture keeps. Raises StoreError."""
        return read_capture(self.store.get(capture_key), capture_key)

    def captures(self, records: Iterable[ArticleRecord]) -> Iterator[bytes]:
        """The capture objects that the records name, each a WARC file, in the order of the records."""
        return (body for _, _, body in self.captured(records))

    def captured(self, records: Iterable[ArticleRecord]) -> Iterator[tuple[ArticleRecord, str, bytes]]:
        """The same with the (first) record that names each, and its key."""
        for record, key, body in in_order(lambda one: (*one, self.found(one[1])), self._first_naming(records)):
            if body is not None:
                yield record, key, body

    def _first_naming(self, records: Iterable[ArticleRecord]) -> Iterator[tuple[ArticleRecord, str]]:
        """Each capture once, as far as memory goes: revisions and derivations of one day may share one."""
        recent: dict[str, None] = {}
        for record in records:
            if record.capture is not None and record.capture.key not in recent:
                recent[record.capture.key] = None
                if len(recent) > RECENT_CAPTURES:
                    del recent[next(iter(recent))]
                yield record, record.capture.key

    def found(self, key: str) -> bytes | None:
        """A whole object; None where it can't be read, which is reported."""
        try:
            return self.store.get(key)
        except StoreError as error:
            self.leave_out(error)
            return None

    def leave_out(self, error: StoreError) -> None:
        """Report and count an object that can't be read, or not be understood."""
        self._unreadable(error)

    def show(self, id_or_prefix: str) -> list[tuple[str, ArticleRecord]]:
        """Key and record of all that is stored of one article, by revision, then derivation; empty if there is none.

        Raises UsageError where the beginning of an id fits several articles.
        """
        if not _ID_PREFIX.fullmatch(id_or_prefix.lower()):
            raise UsageError(f"{id_or_prefix!r} is not an article's id, nor its beginning: 32 hex digits")
        found = self._keys_of(id_or_prefix.lower())
        ids = sorted({key.id for key in found})
        if len(ids) > 1:
            raise UsageError(f"{id_or_prefix!r} fits {len(ids)} articles: {', '.join(ids[:3])}, …; give more of the id")
        found.sort(key=lambda key: (key.revision, key.derivation))
        links = {key.day: self._links(key.day) for key in found}
        return [(str(key), linked(self.record(str(key)), links[key.day])) for key in found]

    def _keys_of(self, prefix: str) -> list[ArticleKey]:
        """Of all records whose article's id begins so, and was not taken down."""
        listed = in_order(lambda one: article_keys(self.store, one, prefix), partitions(self.store))
        found = [key for some in listed for key in some]
        removed = removed_ids(self.store) if found else frozenset()
        return [key for key in found if key.id not in removed]

    def copies_of(self, article_id: str) -> list[str]:
        """Ids of articles that are known to copy this one, in the order in which that was found."""
        days = sorted({key.day for key in self._keys_of(article_id)})
        found = {link.id: link for day in days for link in self._links(day).values() if link.copy_of == article_id}
        return sorted(found, key=lambda copy: (found[copy].linked_at, copy))

    def marks(self, source: str, article_id: str) -> list[Mark]:
        """What was noticed of an article after it was stored, oldest first. Raises StoreError."""
        return list(marks_of(self.store, source, article_id))

    def runs(
        self, *, since: date | None = None, until: date | None = None, newest_first: bool = False
    ) -> Iterator[tuple[str, RunKey]]:
        """Keys of reports (their `source` is None) and manifests, by the day on which they were written, then by id."""
        days = sorted(set(days_below(self.store, keys.RUNS)), reverse=newest_first)
        for day in days:
            if (since and day < since) or (until and day > until):
                continue
            for name in sorted((found.key for found in self.store.list(keys.runs_prefix(day))), reverse=newest_first):
                key = keys.parse_run_key(name)
                if key is not None:
                    yield name, key

    def reports(self, *, since: date | None = None, newest_first: bool = False) -> Iterator[RunReport]:
        """Reports of past runs that ended on `since` (a day, UTC) or later; oldest first unless said otherwise."""
        for name, key in self.runs(since=since, newest_first=newest_first):
            if key.is_report and (report := self._report(name)):
                yield report

    def report(self, run_id: str) -> RunReport | None:
        """The report of one run; None if it has none (it was killed, or is still at work)."""
        for name, key in self.runs(since=keys.run_day(run_id)):
            if key.is_report and key.run_id == run_id:
                return self._report(name)
        return None

    def _report(self, name: str) -> RunReport | None:
        try:
            return RunReport.model_validate_json(self.store.get(name))
        except ValidationError as error:
            self._unreadable(StoreError(name, f"is not a run's report: {error.errors()[0]['msg']}"))
        except StoreError as error:
            self._unreadable(error)
        return None

    def manifests(
        self, *, source: str | None = None, since: date | None = None, until: date | None = None
    ) -> Iterator[tuple[str, Manifest]]:
        """Key and manifest of each source's part of each run, by the day on which they were written."""
        wanted = (
            name for name, key in self.runs(since=since, until=until) if key.source and source in (None, key.source)
        )
        for found in in_order(self._manifest, wanted):
            if found is not None:
                yield found

    def _manifest(self, name: str) -> tuple[str, Manifest] | None:
        try:
            return name, parse_manifest(self.store.get(name), name)
        except StoreError as error:
            self._unreadable(error)
            return None
