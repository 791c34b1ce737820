"""The reader: articles, captures, reports and manifests out of the archive again."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, Literal

from pydantic import ValidationError

import harvester.archive.keys as keys
from harvester.archive.capture import read_capture
from harvester.archive.days import DayOfRecords, Latest
from harvester.archive.keys import ArticleKey, RunKey
from harvester.archive.links import CopyLink, linked, links_of_day
from harvester.archive.manifest import Manifest, parse_manifest
from harvester.archive.marks import Mark, marks_of
from harvester.archive.partitions import article_keys, days_below, in_order, partitions
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectMissing, StoreError, UsageError
from harvester.page import Page
from harvester.report import RunReport
from harvester.source import NAME

logger = logging.getLogger(__name__)

RECENT_CAPTURES: Final = 10_000
"""Keys remembered so that a shared capture is not written twice; two megabytes."""

_ID_PREFIX = re.compile(r"[0-9a-f]{1,32}")


def log_unreadable(error: StoreError) -> None:
    logger.error("left out: %s", error)


class ArchiveReader:
    """Reads one archive. An object that can't be read is reported to `on_unreadable` and left out."""

    def __init__(self, store: ObjectStore, *, on_unreadable: Callable[[StoreError], None] = log_unreadable) -> None:
        self.store = store
        self._on_unreadable = on_unreadable

    def records(
        self,
        *,
        source: str | None = None,
        since: date | None = None,
        until: date | None = None,
        language: str | None = None,
        contains: str | None = None,
        revisions: Literal["latest", "all"] = "latest",
        copies: Literal["keep", "drop"] = "keep",
    ) -> Iterator[ArticleRecord]:
        """Articles, newest last: by the day (UTC) of harvest, then by when they were fetched.

        `since` and `until` are days of harvest and belong to the range. What was stored after `until` does not count
        at all, so that a past range always reads the same: "latest" is the latest revision as of `until`. Of each
        revision there is the latest derivation alone, on the day on which that derivation was made. `language` is a BCP
        47 range ("ar" has "ar-LB" in it); `contains` is looked for in title and text, folded. Memory is bounded by the
        largest day's keys and by the articles that have more than one revision or derivation, not by the archive.
        """
        keep = _filter(language, contains, copies)
        if source is not None and not NAME.fullmatch(source):
            raise UsageError(f"{source!r} is not a source's name")
        chosen = partitions(self.store, source=source, since=since, until=until)
        latest = Latest(self.store, chosen, each_revision=revisions == "all")
        for day, wanted in latest.days():
            links = self._links(day)
            with DayOfRecords(day) as records:
                for key, body in zip(wanted, in_order(self._body, wanted), strict=True):
                    if body is not None:
                        records.add(str(key), body)
                for name, body in records.in_order():
                    record = self._parsed(name, body)
                    if record is not None and keep(record := linked(record, links)):
                        yield record

    def _links(self, day: date) -> dict[tuple[str, int], CopyLink]:
        """What was found of a day's articles after their records were written."""
        try:
            return links_of_day(self.store, day)
        except StoreError as error:
            self._on_unreadable(error)
            return {}

    def _body(self, key: ArticleKey) -> bytes | None:
        try:
            return self.store.get(str(key))
        except ObjectMissing:
            logger.warning("%s: vanished while the archive was read", key)
        except StoreError as error:
            self._on_unreadable(error)
        return None

    def _parsed(self, name: str, body: bytes) -> ArticleRecord | None:
        try:
            return parse_record(body, name)
        except StoreError as error:
            self._on_unreadable(error)
            return None

    def record(self, key: str) -> ArticleRecord:
        """One record by its key. Raises StoreError."""
        return parse_record(self.store.get(key), key)

    def page(self, capture_key: str) -> Page:
        """The page that a capture keeps. Raises StoreError."""
        return read_capture(self.store.get(capture_key), capture_key)

    def captures(self, records: Iterable[ArticleRecord]) -> Iterator[bytes]:
        """The capture objects that the records name, each a WARC file, in the order of the records."""
        for body in in_order(self._capture, self._capture_keys(records)):
            if body is not None:
                yield body

    def _capture_keys(self, records: Iterable[ArticleRecord]) -> Iterator[str]:
        """Each once, as far as memory goes: revisions and derivations of one day may share a capture."""
        recent: dict[str, None] = {}
        for record in records:
            if record.capture is not None and record.capture.key not in recent:
                recent[record.capture.key] = None
                if len(recent) > RECENT_CAPTURES:
                    del recent[next(iter(recent))]
                yield record.capture.key

    def _capture(self, key: str) -> bytes | None:
        try:
            return self.store.get(key)
        except StoreError as error:
            self._on_unreadable(error)
            return None

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
        """Of all records whose article's id begins so."""
        listed = in_order(lambda one: article_keys(self.store, one, prefix), partitions(self.store))
        return [key for some in listed for key in some]

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
            if key.source is None and (report := self._report(name)):
                yield report

    def report(self, run_id: str) -> RunReport | None:
        """The report of one run; None if it has none (it was killed, or is still at work)."""
        for name, key in self.runs(since=keys.run_day(run_id)):
            if key.source is None and key.run_id == run_id:
                return self._report(name)
        return None

    def _report(self, name: str) -> RunReport | None:
        try:
            return RunReport.model_validate_json(self.store.get(name))
        except ValidationError as error:
            self._on_unreadable(StoreError(name, f"is not a run's report: {error.errors()[0]['msg']}"))
        except StoreError as error:
            self._on_unreadable(error)
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
            self._on_unreadable(error)
            return None


def _filter(language: str | None, contains: str | None, copies: str) -> Callable[[ArticleRecord], bool]:
    tests: list[Callable[[ArticleRecord], bool]] = []
    if copies == "drop":
        tests.append(lambda record: record.copy_of is None)
    if language is not None:
        wanted = language.lower()
        tests.append(lambda record: f"{record.language or ''}-".lower().startswith(f"{wanted}-"))
    if contains is not None:
        tests.append(_containing(contains))
    return lambda record: all(test(record) for test in tests)


def _containing(looked_for: str) -> Callable[[ArticleRecord], bool]:
    """Is it in the folded title or text? Words are joined by single spaces, so punctuation does not count."""
    from harvester.dedup.words import normalised_words

    folded = " ".join(normalised_words(looked_for))
    if not folded:
        raise UsageError(f"{looked_for!r} has no letter and no number to look for")
    return lambda record: any(folded in " ".join(normalised_words(text)) for text in (record.title, record.text))
