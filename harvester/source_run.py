"""One source's part of a run: its frontier, what it knows of furniture and copies, and what it has stored."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore
from harvester.archive.commits import CommitLog
from harvester.archive.lines import object_line
from harvester.archive.manifest import (
    Manifest,
    ManifestArticle,
    ManifestCanonical,
    ManifestList,
    ManifestObject,
)
from harvester.archive.record import ArticleRecord, Derivation
from harvester.canonical import CanonicalBelief
from harvester.clean import CLEANING, Furniture
from harvester.committing import commit_manifest
from harvester.extract import EXTRACTION
from harvester.frontier import ClosedPage, Frontier
from harvester.furniture_store import latest_furniture, save_furniture
from harvester.index import Index, KnownArticle
from harvester.item import HarvestItem
from harvester.known import known_article, known_record
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason
from harvester.recheck import RECHECK_FOR
from harvester.reclean import Young, differs_by_furniture_alone, reclean, young_in_archive
from harvester.report import Problem, SourceReport
from harvester.source import Source
from harvester.stats import Tally
from harvester.storing import ArticleStore, Stored, unchanged
from harvester.sync import adopted, sync_orphans
from harvester.tidings import Tidings
from harvester.urls import article_id, without_tracking
from harvester.verdict import Claims, Verdict, judge

logger = logging.getLogger(__name__)

YOUNG = 20
"""So many of the first articles of a new source, or of its new design, are cleaned again; furniture is known from 10
on, and few need it."""

REBUILT_FROM = 40
"""Of a source's last articles, where its state is lost. Evidence grows little beyond (furniture measurements, A4)."""

RETIRE_WITHIN = timedelta(days=60)
"""Of a source's last run. After a longer time, or when the clock seems to say so, no addresses are let go of."""

ENOUGH_TO_RECLEAN = 3
"""Articles. Furniture learned from three lifts P from .967 to .990 and loses nothing (furniture measurements, A4)."""

SAMPLES = 20
"""Failed pages named in the report; all are in the manifest."""

DISCARD_SAMPLES = 3
"""Discarded pages named in the report for each reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What the parts of a run share."""

    run_id: str
    store: ObjectStore
    writer: ArchiveWriter
    reader: ArchiveReader
    index: Index
    now: Callable[[], datetime]
    captures: bool
    proxy: str | None
    contact: str | None
    claims: Claims
    log: CommitLog
    after: int  # number of the last commit when the run began
    listed_on: date  # the day (UTC) on which manifests were listed: what they say is known up to then
    since: date | None = None
    until: date | None = None
    limit: int | None = None


class SourceRun:
    """Shared by the spider, the middlewares and the pipelines of one crawl.

    `prepare`, `store` and `finish` block and may run in a thread; the rest belongs to the reactor's thread.
    """

    def __init__(self, context: RunContext, source: Source) -> None:
        self.context = context
        self.source = source
        self.tally = Tally()
        self.frontier = Frontier(
            source=source,
            index=context.index,
            tally=self.tally,
            now=context.now,
            since=context.since,
            until=context.until,
            limit=context.limit,
        )
        self.furniture = Furniture()
        self.furniture_key: str | None = None
        self.entry_points: str | None = None  # JSON of what a probe found in this run
        self.failure: Problem | None = None
        self.ended = False
        self.requests = 0
        self.response_bytes = 0
        self.canonical = CanonicalBelief(context.index.sites, source.name, context.now)
        self._objects: list[ManifestArticle | ManifestObject] = []
        self._tidings = Tidings(
            source=source.name, run_id=context.run_id, store=context.store, index=context.index, now=context.now
        )
        self._learned = 0
        self._was_known = False
        self._young: dict[str, Young] = {}
        self._started_at = context.now()
        self._clock = time.monotonic()
        self._seconds = 0.0
        self._manifest: tuple[str, str] | None = None
        self._final: SourceReport | None = None

    # An article's way

    def stored_at(self, url: str) -> KnownArticle | None:
        """The stored article that was read from this very address."""
        address = article_id(self.source.name, url)
        page = self.context.index.pages.get(address)
        article = self.context.index.articles.get(page.article_id) if page and page.article_id else None
        return article if article and article.address == address else None

    def judge(self, item: HarvestItem) -> HarvestItem:
        """The item with its verdict; an article that is to be stored is claimed for this run.

        A new article that is not the one its declared canonical address stands for gets its own.
        """
        context, article, source = self.context, item.article, self.source.name
        fetched_at = item.page.fetched_at.timestamp()
        verdict = judge(article, source, context.index, context.claims, fetched_at, canonical=self.canonical.believed)
        if verdict.untrue_canonical:
            self.canonical.lied(article.url, article.canonical_url)
        if verdict.outcome is Outcome.STORED and verdict.id != article_id(source, article.canonical_url):
            article = replace(article, canonical_url=without_tracking(article.url))
        return replace(item, article=article, verdict=verdict)

    def release(self, item: HarvestItem) -> None:
        """The item's way has ended, in the bucket or not: it is no longer claimed."""
        if item.verdict is not None:
            self.context.claims.release(item.verdict.id)

    def derivation(self, number: int = 1) -> Derivation:
        """How records are made at this moment."""
        return Derivation(
            extraction=EXTRACTION,
            cleaning=CLEANING,
            furniture=self.furniture_key,
            counted=self.furniture.counted,
            number=number,
        )

    def store(self, item: HarvestItem) -> Stored:
        """Write the item's capture and record; back once the bucket has them. Raises StoreError."""
        before = None
        if item.verdict is not None and item.verdict.outcome is Outcome.REVISED:
            known = self.context.index.articles.get(item.verdict.id)
            before = self.context.reader.record(known.key) if known else None
            if known and before and differs_by_furniture_alone(before, item.article):
                return unchanged(known.key, before)
        context = self.context
        articles = ArticleStore(
            source=self.source.name, run_id=context.run_id, writer=context.writer, captures=context.captures
        )
        return articles.store(self._named_as_before(item, before), self.derivation(), before)

    def _named_as_before(self, item: HarvestItem, before: ArticleRecord | None) -> HarvestItem:
        """The item with the canonical address that its id is made of, whatever its page declares by now."""
        declared = article_id(self.source.name, item.article.canonical_url)
        if before is None or declared == before.id:
            return item
        return replace(item, article=replace(item.article, canonical_url=before.canonical_url))

    def book(self, item: HarvestItem, stored: Stored) -> None:
        """The bucket has the article: count it, learn from it, remember it."""
        self.release(item)
        if stored.untrue_canonical:
            self.canonical.lied(item.article.url, item.article.canonical_url)
        if stored.outcome is not Outcome.UNCHANGED:
            self._enter(stored)
            self._link(stored, item.verdict)
            if len(self._young) < YOUNG and not self.furniture.knows(item.article):
                self._young[stored.record.id] = Young(record=stored.record, article=item.article)
            self._learned += self.furniture.learn(item.article, seen_at=item.page.fetched_at.date().isoformat())
            self.tally.removed(len(item.article.removed))
            if stored.record.copy_of:
                self.tally.copy()
        self.frontier.close_page(
            item.link_url,
            stored.outcome,
            article_id=stored.record.id,
            http_status=item.page.status,
            final_url=item.page.url,
        )

    def _enter(self, stored: Stored) -> None:
        for written in stored.objects:
            self._note(written)
            if isinstance(written, ManifestArticle) and (known := known_article(self.source.name, written)):
                with self.context.index.batch():
                    self._tidings.enter(known, stored.sketch, stored.record.similarity or 0)
                    self.context.index.taken.put_unseen(self.source.name, [written.key])

    def _note(self, written: ManifestArticle | ManifestObject) -> None:
        self.tally.written(written.kind, written.size)
        self._objects.append(written)

    def _link(self, stored: Stored, verdict: Verdict | None) -> None:
        """Remember whom the stored article copies, and which stored ones copy it, which appeared before them."""
        if verdict is None:
            return
        if verdict.copy is not None:
            record = stored.record
            self._tidings.link(record.id, record.revision, record.source, verdict.copy, {verdict.copy.day})
        for late in verdict.late_links:
            self.context.index.articles.link(late.article.id, late.copy.id)
            copy, days = late.article, {late.article.day, late.copy.day}
            self._tidings.link(copy.id, copy.revision, copy.source, late.copy, days)
            self.tally.copy()

    def adopt(self, source: Source, found: str | None = None) -> None:
        """Go on with the source as completed by a probe; `found` (JSON) is kept for the next runs."""
        self.source = self.frontier.source = source
        self.entry_points = found

    # Beginning and end

    def prepare(self) -> None:
        """Take over from the bucket what other runs and machines have stored. Raises StoreError."""
        index, now = self.context.index, self.context.now()
        before = index.taken.synced_day(self.source.name)
        for orphan in sync_orphans(index, self.context.store, self.source.name, now, self.context.listed_on):
            known = known_record(orphan.key, orphan.record)
            self._tidings.enter(known, orphan.sketch, orphan.record.similarity or 0)
            self._objects += adopted(orphan, self.context.store)
        if before is not None and now.date() - before < RETIRE_WITHIN:
            index.pages.retire(self.source.name, (now - RECHECK_FOR).timestamp())
        self.canonical.consult()
        self.furniture, self.furniture_key = latest_furniture(self.context.store, self.source.name)
        self._was_known = self.furniture.known
        if self.furniture_key is None:
            self._rebuild()

    def _rebuild(self) -> None:
        """Learn the furniture again from the captures of the last articles, where there are articles but no state."""
        for one in young_in_archive(self.context.reader, self.source, self._newest(REBUILT_FROM)):
            self._learned += self.furniture.learn(one.article, seen_at=one.record.fetched_at[:10])

    def _newest(self, count: int | None) -> dict[str, str]:
        """Keys of the source's stored articles by id, oldest first: the last so many, or all; none that is young."""
        stored = {
            one.id: one.key
            for one in self.context.index.articles.of_source(self.source.name)
            if one.id not in self._young
        }
        return dict(list(stored.items())[-count:] if count else stored)

    def fail(self, reason: Reason, detail: str, url: str | None = None) -> None:
        """The source as a whole could not be harvested; the first such failure stands."""
        if self.failure is None:
            self.failure = Problem(url=url or self.source.home, reason=reason, detail=detail)

    def finish(self) -> None:
        """Clean the first articles again, then write the furniture and the manifest. Raises StoreError."""
        refused = self.failure is not None and self.failure.reason == Reason.STORE
        self.frontier.close_rest(Reason.STORE if refused else Reason.INTERRUPTED)
        self._save_furniture()
        self._reclean()
        for written in self._tidings.write(self.frontier.closed):
            self._note(written)
        lists = self.frontier.settle_lists()
        if self._objects or self.frontier.closed or lists or self.entry_points:
            self._write_manifest([_list(url, validators) for url, validators in lists.items()])
            self._tidings.write_checkpoint()
        self.end()

    def end(self) -> None:
        """Nothing more comes of this part; what only its crawl needed is let go of."""
        self.ended = True
        self._seconds = time.monotonic() - self._clock
        self._final = self._reported()
        self._young.clear()
        self._objects.clear()
        self._tidings.forget()
        self.furniture = Furniture()
        self.frontier.forget()

    def _save_furniture(self) -> None:
        if not self._learned:
            return
        self.furniture_key, body = save_furniture(
            self.context.store, self.source.name, self.furniture, self.furniture_key
        )
        self._note(object_line(self.furniture_key, body, "furniture"))

    def _reclean(self) -> None:
        """Clean again what was stored before enough of the source, or of its new design, had been seen."""
        young = dict(self._young)
        if self.furniture.counted < ENOUGH_TO_RECLEAN or not young:
            return
        if self.furniture.known and any(self.furniture.knows(one.article) for one in young.values()):
            earlier = self._newest(YOUNG if self._was_known else None)
            young |= {one.record.id: one for one in young_in_archive(self.context.reader, self.source, earlier)}
        for stored in reclean(young, self.furniture, self.derivation(), self.context.writer):
            self.tally.recleaned()
            self._enter(stored)

    def _write_manifest(self, lists: list[ManifestList]) -> None:
        manifest = Manifest(
            run_id=self.context.run_id,
            source=self.source.name,
            after=self.context.after,
            started_at=self._started_at,
            ended_at=self.context.now(),
            objects=self._objects,
            pages=[page.line for page in self.frontier.closed],
            lists=lists,
            untrue_canonicals=[
                ManifestCanonical(url=url, canonical_url=canonical) for url, canonical in self.canonical.lies
            ],
            entry_points=self.entry_points,
        )
        committed = commit_manifest(self.context.log, manifest)
        index = self.context.index
        with index.batch():
            index.taken.manifest(committed.key, manifest.ended_at.date(), self.source.name)
            index.taken.seen(written.key for written in self._objects)
            if self.entry_points:
                index.lists.put_entry_points(self.source.name, self.entry_points, manifest.ended_at.timestamp())
        self._manifest = (committed.key, committed.sha256)

    def report(self) -> SourceReport:
        """This source's part of the run's report."""
        return self._final or self._reported()

    def _reported(self) -> SourceReport:
        key, sha256 = self._manifest or (None, None)
        return SourceReport(
            pages=self.tally.pages,
            outcomes={str(outcome): count for outcome, count in self.tally.outcomes().items()},
            reasons={str(reason): count for reason, count in self.tally.reasons().items()},
            lists=self.tally.lists(),
            problems=self._problems(),
            discards=self._discards(),
            failure=self.failure or self._failed_lists(),
            balanced=self.tally.balanced(),
            recleaned=self.tally.recleaned_count,
            copies=self.tally.copy_count,
            canonical=self.canonical.example,
            requests=self.requests,
            response_bytes=self.response_bytes,
            objects=self.tally.objects(),
            seconds=round(self._seconds or time.monotonic() - self._clock, 3),
            manifest=key,
            manifest_sha256=sha256,
        )

    def _failed_lists(self) -> Problem | None:
        """A source none of whose entry points could be read has failed; so has one that lost any of them."""
        for url, (reason, detail) in self.frontier.list_failures.items():
            return Problem(url=url, reason=reason, detail=detail)
        return None

    def _problems(self) -> list[Problem]:
        lists = [
            Problem(url=url, reason=reason, detail=detail)
            for url, (reason, detail) in self.frontier.list_failures.items()
        ]
        failed = [page for page in self.frontier.closed if page.outcome is Outcome.FAILED]
        return lists + [_problem(page) for page in failed[:SAMPLES]]

    def _discards(self) -> list[Problem]:
        samples: dict[Reason | None, list[Problem]] = {}
        for page in self.frontier.closed:
            if page.outcome is Outcome.DISCARDED and len(samples.setdefault(page.reason, [])) < DISCARD_SAMPLES:
                samples[page.reason].append(_problem(page))
        return [problem for problems in samples.values() for problem in problems]


def _list(url: str, validators: Validators | None) -> ManifestList:
    if validators is None:
        return ManifestList(url=url)
    return ManifestList(url=url, etag=validators.etag, last_modified=validators.last_modified)


def _problem(page: ClosedPage) -> Problem:
    return Problem(url=page.link.url, reason=page.reason or page.outcome, detail=page.detail)
