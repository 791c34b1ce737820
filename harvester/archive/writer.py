"""Writing articles and captures, each once, whoever else is writing.

An article's key has the day on which it was written, so a create-only write alone does not keep two runs from storing
one article on the two sides of midnight (UTC). Two rules do: a run looks at the keys of every day since its knowledge
of the archive began, and close to midnight it first claims the article under a key without a day.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import orjson

from harvester.archive import keys
from harvester.archive.capture import capture_of
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectExists, ObjectMissing, StoreError
from harvester.page import Page

CLAIM_MARGIN = timedelta(minutes=10)
"""On each side of midnight. Clocks of two machines may differ by as much, less the time below."""

CLAIM_LIFE = timedelta(minutes=5)
"""A writer that was held up for longer after it claimed must not write: others may have gone past the margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An object that this writer has stored."""

    key: str
    sha256: str  # of its bytes
    size: int  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenCapture(Written):
    payload_sha256: str  # of the response's body as it came over the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Existing:
    """What stands where this writer wanted to store."""

    key: str
    record: ArticleRecord


class ArchiveWriter:
    """For one run. `known_since` is the day (UTC) on which the run took over what the archive holds."""

    def __init__(self, store: ObjectStore, now: Callable[[], datetime], *, known_since: date) -> None:
        self.store = store
        self.now = now
        self.known_since = known_since

    def put_capture(self, page: Page, *, source: str, article_id: str, run_id: str) -> WrittenCapture:
        """Keep the page as fetched; equal bytes of the same day are kept once. Raises StoreError."""
        capture = capture_of(page, run_id)
        key = keys.capture_key(source, self._today(), article_id, capture.payload_sha256)
        body = capture.body
        try:
            self.store.put_new(key, body, content_type="application/warc")
        except ObjectExists:
            body = self.store.get(key)
        sha256 = hashlib.sha256(body).hexdigest()
        return WrittenCapture(key=key, sha256=sha256, size=len(body), payload_sha256=capture.payload_sha256)

    def put_article(self, record: ArticleRecord) -> Written | Existing:
        """Store a revision or derivation, or say what stands in its place. Raises StoreError."""
        existing = self._of_earlier_days(record)
        if existing is not None:
            return existing
        began = self.now()
        day = self._claimed_day(record, began) if near_midnight(began) else began.astimezone(UTC).date()
        key = _key(record, day)
        body = record.to_json()
        if self.now() - began > CLAIM_LIFE:
            raise StoreError(key, f"was not written within {CLAIM_LIFE}; the next run will")
        try:
            self.store.put_new(key, body, content_type="application/json")
        except ObjectExists:
            return self._existing(key)
        return Written(key=key, sha256=hashlib.sha256(body).hexdigest(), size=len(body))

    def _today(self) -> date:
        return self.now().astimezone(UTC).date()

    def _of_earlier_days(self, record: ArticleRecord) -> Existing | None:
        """What others have stored on the days since this run began, today excepted."""
        day = self.known_since
        while day < self._today():
            try:
                return self._existing(_key(record, day))
            except ObjectMissing:
                day += timedelta(days=1)
        return None

    def _existing(self, key: str) -> Existing:
        return Existing(key=key, record=parse_record(self.store.get(key), key))

    def _claimed_day(self, record: ArticleRecord, began: datetime) -> date:
        """The day that whoever came first has claimed this object for."""
        key = keys.claim_key(record.source, record.id, record.revision, record.derivation.number)
        day = began.astimezone(UTC).date()
        claim = orjson.dumps({"date": day.isoformat(), "run_id": record.run_id})
        try:
            self.store.put_new(key, claim, content_type="application/json")
        except ObjectExists:
            return date.fromisoformat(orjson.loads(self.store.get(key))["date"])
        return day


def near_midnight(moment: datetime) -> bool:
    """Could another machine's clock show another day?"""
    moment = moment.astimezone(UTC)
    midnight = datetime.combine(moment.date(), time(), UTC)
    return moment - midnight <= CLAIM_MARGIN or midnight + timedelta(days=1) - moment <= CLAIM_MARGIN


def _key(record: ArticleRecord, day: date) -> str:
    named = keys.ArticleKey(
        source=record.source, day=day, id=record.id, revision=record.revision, derivation=record.derivation.number
    )
    return str(named)
