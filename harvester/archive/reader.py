"""Reading the archive: records as a stream, one article's story, past runs."""

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import Literal

from pydantic import ValidationError

from harvester.archive import keys
from harvester.archive.capture import read_capture
from harvester.archive.keys import ArticleKey
from harvester.archive.record import ArticleRecord, parse_record
from harvester.archive.store import ObjectStore
from harvester.dedup.words import normalised_words
from harvester.errors import StoreError, UsageError
from harvester.page import Page
from harvester.report import RunReport

READERS = 16
"""Objects fetched at once; beyond that one process gains little."""


class ArchiveReader:
    """Reads only; several may read while runs write."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    # Articles

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
        """Records by the day on which they were harvested, oldest day first; within a day by the time of fetching.

        `since` and `until` are such days (UTC), inclusive: a reader that has seen a day need not look there again. Of
        each revision the latest derivation comes; with `revisions="latest"` only an article's last revision. Memory
        holds one day's names, and what is needed to tell last revisions.
        """
        wanted = _word_filter(contains)
        last = self._last_revisions(source)
        for day in self._days(source):
            if (since and day < since) or (until and day > until):
                continue
            chosen = [key for key in self._keys_of(day, source) if _is_last(key, last, revisions)]
            found = sorted(self._read_all(chosen), key=lambda record: (record.fetched_at, record.id, record.revision))
            for record in found:
                if language and (record.language or "").split("-")[0] != language.split("-")[0]:
                    continue
                if copies == "drop" and record.copy_of:
                    continue
                if wanted(record):
                    yield record

    def record(self, key: str) -> ArticleRecord:
        """The record at a key. Raises StoreError."""
        return parse_record(self.store.get(key), key)

    def page(self, capture_key: str) -> Page:
        """The page as fetched, from its capture. Raises StoreError."""
        return read_capture(self.store.get(capture_key), capture_key)

    def sources(self) -> list[str]:
        """Names of all sources that have articles."""
        return [prefix.split("source=")[1].rstrip("/") for prefix in self.store.prefixes(keys.ARTICLES)]

    def show(self, article_id: str) -> list[tuple[str, ArticleRecord]]:
        """All objects of one article, revisions and derivations in order; its id may be cut short.

        Raises UsageError where the beginning fits several articles.
        """
        if not re.fullmatch(r"[0-9a-f]{4,32}", article_id):
            raise UsageError(f"{article_id!r} is no article id: 32 hex digits, or at least the first 4")
        found = [key for source in self.sources() for key in self._all_keys(source) if key.id.startswith(article_id)]
        ids = sorted({key.id for key in found})
        if len(ids) > 1:
            raise UsageError(f"{article_id!r} fits {len(ids)} articles: {', '.join(ids[:5])}")
        found.sort(key=lambda key: (key.revision, key.derivation))
        return [(str(key), self.record(str(key))) for key in found]

    def copies_of(self, article_id: str) -> list[str]:
        """Ids of the articles that copy this one."""
        return sorted({record.id for record in self.records() if record.copy_of == article_id})

    def _all_keys(self, source: str) -> Iterator[ArticleKey]:
        for listed in self.store.list(keys.articles_prefix(source)):
            key = keys.parse_article_key(listed.key)
            if key is not None:
                yield key

    def _last_revisions(self, source: str | None) -> dict[tuple[bytes, int], int]:
        """(id, revision) → its latest derivation, and (id, 0) → the last revision; only where it is not 1."""
        last: dict[tuple[bytes, int], int] = {}
        for name in [source] if source else self.sources():
            for key in self._all_keys(name):
                article = bytes.fromhex(key.id)
                if key.revision > 1:
                    last[article, 0] = max(last.get((article, 0), 1), key.revision)
                if key.derivation > 1:
                    named = (article, key.revision)
                    last[named] = max(last.get(named, 1), key.derivation)
        return last

    def _days(self, source: str | None) -> list[date]:
        days = {
            day
            for name in ([source] if source else self.sources())
            for prefix in self.store.prefixes(keys.articles_prefix(name))
            if (day := keys.parse_day(prefix)) is not None
        }
        return sorted(days)

    def _keys_of(self, day: date, source: str | None) -> Iterator[ArticleKey]:
        for name in [source] if source else self.sources():
            for listed in self.store.list(keys.articles_prefix(name, day)):
                key = keys.parse_article_key(listed.key)
                if key is not None:
                    yield key

    def _read_all(self, chosen: Iterable[ArticleKey]) -> Iterator[ArticleRecord]:
        """Read with several connections, a bounded number ahead."""
        with ThreadPoolExecutor(READERS) as pool:
            ahead: deque[Future[ArticleRecord]] = deque()
            for key in chosen:
                ahead.append(pool.submit(self.record, str(key)))
                if len(ahead) >= 2 * READERS:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    # Runs

    def reports(self, *, since: date | None = None, newest_first: bool = False) -> Iterator[RunReport]:
        """Reports of past runs, by their end."""
        days = [day for prefix in self.store.prefixes(keys.RUNS) if (day := keys.parse_day(prefix)) is not None]
        for day in sorted(days, reverse=newest_first):
            if since and day < since:
                continue
            listed = [found.key for found in self.store.list(keys.runs_prefix(day))]
            named = [key for key in listed if (run := keys.parse_run_key(key)) is not None and run.source is None]
            reports = [self._report(key) for key in named]
            yield from sorted(reports, key=lambda report: report.ended_at, reverse=newest_first)

    def _report(self, key: str) -> RunReport:
        try:
            return RunReport.model_validate_json(self.store.get(key))
        except ValidationError as error:
            raise StoreError(key, f"is no report: {error.error_count()} fields are wrong") from error


def _is_last(key: ArticleKey, last: dict[tuple[bytes, int], int], revisions: str) -> bool:
    article = bytes.fromhex(key.id)
    if key.derivation != last.get((article, key.revision), 1):
        return False
    return revisions == "all" or key.revision == last.get((article, 0), 1)


def _word_filter(contains: str | None) -> Callable[[ArticleRecord], bool]:
    """Does title or text have these words, one after the other? Letters folded as for comparing articles."""
    if contains is None:
        return lambda record: True
    wanted = " ".join(normalised_words(unicodedata.normalize("NFC", contains)))
    return lambda record: wanted in " ".join(normalised_words(f"{record.title}\n{record.text}"))
