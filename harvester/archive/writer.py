"""The writer: captures and article records into the archive, each once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import harvester.archive.keys as keys
from harvester.archive.capture import capture_bytes
from harvester.archive.claims import RecordName, first_doubtful_day, utc_day, writing_day
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectExists, StoreError
from harvester.page import Page

JSON: Final = "application/json"
GZIP: Final = "application/gzip"
"""Not Content-Encoding: gzip; then browsers and some tools would unpack what is named .warc.gz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A capture that the archive has, written now or (the same body, the same day) before."""

    key: str
    body: bytes  # of the object
    payload_sha256: str  # of the page's body as fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An article record that this call has written."""

    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """The record of this revision and derivation that another run has written."""

    key: str
    record: ArticleRecord


class ArchiveWriter:
    """Writes create-only; safe to call from several threads.

    `known_since`: the day (UTC) on which the caller learned what the archive holds; records stored since then, by other
    runs, are looked for before one is written.
    """

    def __init__(self, store: ObjectStore, now: Callable[[], datetime], *, known_since: date | None = None) -> None:
        self.store = store
        self._now = now
        started = now()
        self._doubtful_since = first_doubtful_day(known_since or utc_day(started), started)

    def put_capture(self, page: Page, *, source: str, article_id: str, run_id: str) -> Captured:
        """Keep a page as it was fetched. Raises StoreError."""
        capture = capture_bytes(page, run_id)
        key = keys.capture_key(source, utc_day(self._now()), article_id, capture.payload_sha256)
        body = capture.body
        try:
            self.store.put_new(key, body, content_type=GZIP)
        except ObjectExists:
            body = self.store.get(key)
        return Captured(key=key, body=body, payload_sha256=capture.payload_sha256)

    def put_article(self, record: ArticleRecord) -> Written | Existing:
        """Write a record; back once the store has it, or with the one that stands there already. Raises StoreError."""
        name = RecordName(
            source=record.source, id=record.id, revision=record.revision, derivation=record.derivation.number
        )
        chosen = writing_day(self.store, name, self._now())
        while True:
            for earlier in self._doubtful_days(until=chosen.day):
                if self.store.size(name.key(earlier)) is not None:
                    return self._existing(name.key(earlier))
            now = self._now()
            if chosen.holds(now):
                return self._put(name.key(chosen.day), record.to_json())
            if chosen.claimed:
                return self._too_late(name.key(chosen.day))
            chosen = writing_day(self.store, name, now)

    def _put(self, key: str, body: bytes) -> Written | Existing:
        try:
            self.store.put_new(key, body, content_type=JSON)
        except ObjectExists:
            return self._existing(key)
        return Written(key=key, body=body)

    def _doubtful_days(self, *, until: date) -> Iterator[date]:
        day = self._doubtful_since
        while day < until:
            yield day
            day += timedelta(days=1)

    def _existing(self, key: str) -> Existing:
        return Existing(key=key, record=parse_record(self.store.get(key), key))

    def _too_late(self, key: str) -> Existing:
        if self.store.size(key) is not None:
            return self._existing(key)
        raise StoreError(key, "was claimed just before midnight and not written; the next run stores it")
