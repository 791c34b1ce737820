"""One source's part of a run: its frontier, what it knows of furniture and copies, and what it has stored."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

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
from harvester.archive.removals import NOTHING_REMOVED, Removals, is_of
from harvester.archive.revisit import proves
from harvester.canonical import CanonicalBelief
from harvester.clean import CLEANING, Furniture
from harvester.committing import commit_manifest
from harvester.errors import ObjectMissing, StoreError
from harvester.extract import EXTRACTION
from harvester.frontier import ClosedPage, Frontier
from harvester.furniture_removal import sightings_of
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
    command: str = "run"
    since: date | None = None
    until: date | None = None
    limit: int | None = None


class SourceRun:
    """Shared by the spider, the middlewares and the pipelines of one crawl.

    `prepare`, `store`, `prove` and `finish` block and may run in a thread; the rest belongs to the reactor's thread.
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
        self.removals = NOTHING_REMOVED
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
        self._own: set[str] = set()  # articles that this run has stored
        self._started_at = context.now()
        self._clock = time.monotonic()
        self._seconds = 0.0
        self._manifest: tuple[str, str] | None = None
        self._final: SourceReport | None = None

    # An article's way

    def stored_at(self, url: str) -> KnownArticle | None:
        """The stored article that was read from this very address; none that was taken down."""
        address = article_id(self.source.name, url)
        if address in self.removals.addresses:
            return None
        page = self.context.index.pages.get(address)
        article = self.context.index.articles.get(page.article_id) if page and page.article_id else None
        return article if article and article.address == address else None

    def judge(self, item: HarvestItem) -> HarvestItem:
        """The item with its verdict; an article that is to be stored is claimed for this run.

        A new article that is not the one its declared canonical address stands for gets its own.
        """
        context, article, source = self.context, item.article, self.source.name
        fetched_at = item.page.fetched_at.timestamp()
        verdict = judge(
            article,
            source,
            context.index,
            context.claims,
            fetched_at,
            day=context.now().date(),
            canonical=self.canonical.believed,
            removals=self.removals,
        )
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

    def prove(self, item: HarvestItem, article: str) -> None:
        """Keep that the article's page, fetched again, is byte for byte the one that is stored, if it is so.

        `article` is its id. What can't be kept is no loss of an article: it is logged and left.
        """
        known = self.context.index.articles.get(article)
        if known is None or not self.context.captures or not self._proof_is_due(item):
            return
        try:
            record = self.context.reader.record(known.key)
            if proves(item.page, record):
                self._tidings.revisit(item.page, record)
        except StoreError as error:
            logger.warning("%s: is unchanged, which could not be kept: %s", item.link_url, error)

    def _proof_is_due(self, item: HarvestItem) -> bool:
        """The first look at an article since it was new or changed, and the first of each day (UTC).

        Some 11 of the 39 looks at an article that is never changed; all of them take three times its capture's room.
        """
        page = self.context.index.pages.get(article_id(self.source.name, item.link_url))
        if page is None or page.checked_at == page.changed_at:
            return True
        return datetime.fromtimestamp(page.checked_at, UTC).date() < item.page.fetched_at.date()

    def book(self, item: HarvestItem, stored: Stored) -> None:
        """The bucket has the article: count it, learn from it, remember it."""
        self.release(item)
        if stored.untrue_canonical:
            self.canonical.lied(item.article.url, item.article.canonical_url)
        self.context.index.taken.put_unseen(self.source.name, stored.met)
        if stored.outcome is Outcome.UNCHANGED:
            for written in stored.objects:
                self._note(written)
        else:
            self._enter(stored)
            self._own.add(stored.record.id)
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
        self._look_for_removals()
        for orphan in sync_orphans(index, self.context.store, self.source.name, now, self.context.listed_on):
            known = known_record(orphan.key, orphan.record)
            self._tidings.enter(known, orphan.sketch, orphan.record.similarity or 0)
            self._objects += adopted(orphan, self.context.store)
        self._withdraw()
        if before is not None and now.date() - before < RETIRE_WITHIN:
            index.pages.retire(self.source.name, (now - RECHECK_FOR).timestamp())
        self.canonical.consult()
        self.furniture, self.furniture_key = latest_furniture(self.context.store, self.source.name)
        self._was_known = self.furniture.known
        if self.furniture_key is None:
            self._rebuild()

    def go_on(self, furniture: Furniture, key: str | None) -> None:
        """Begin with what an earlier part of the source has learned in this run, instead of `prepare`; or, of a source
        that the archive does not have, with nothing."""
        if key is None:
            self.context.index.taken.put_synced_day(self.source.name, self.context.listed_on)
        self._look_for_removals()
        self.canonical.consult()
        self.furniture, self.furniture_key = furniture, key
        self._was_known = furniture.known

    def _rebuild(self) -> None:
        """Learn the furniture again from the captures of the last articles, where there are articles but no state."""
        for one in young_in_archive(self.context.reader, self.source, self._newest(REBUILT_FROM)):
            self._learned += self.furniture.learn(one.article, seen_at=one.record.fetched_at[:10])

    def _newest(self, count: int | None) -> dict[str, str]:
        """Keys of what other runs have stored of the source, by article id, oldest first: the last so many, or all."""
        stored = {
            one.id: one.key
            for one in self.context.index.articles.of_source(self.source.name)
            if one.id not in self._own
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
        if self._objects:
            self._look_for_removals()
            self._withdraw()
        self._save_furniture()
        if self._reclean():
            self._look_for_removals()
            self._withdraw()
        for written in self._tidings.write(page for page in self.frontier.closed if not self._is_removed(page)):
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
        self._own.clear()
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

    # Take-downs

    def _look_for_removals(self) -> None:
        """At the beginning; and at the end once more, for what was stored meanwhile. Raises StoreError."""
        self.removals = Removals.of(self.context.store, self.source.name)
        self.frontier.removed = self.removals.addresses

    def _withdraw(self) -> None:
        """Delete what this run has stored, or found left by another, of articles that were taken down.

        Whoever took one down has looked for its objects after the tombstone was there; this run has written them before
        it looks for tombstones: one of the two sees them. Raises StoreError.
        """
        articles = [line for line in self._objects if isinstance(line, ManifestArticle)]
        found = [line for line in articles if self.removals.has(self._names(line), line.content_sha256)]
        gone = {line.id for line in found}
        if gone:
            logger.info("%s: taken down while it was being stored: deleted", ", ".join(sorted(gone)))
            sightings = sightings_of([record for line in found if (record := self._standing(line.key))])
            self.furniture = self.furniture.without(self.removals.sightings | sightings)
        own = {line.key for line in self._objects if any(is_of(line.key, self.source.name, one) for one in gone)}
        for key in sorted(own):
            self.context.store.delete(key)
        self.context.index.taken.seen(own)
        self._objects = [line for line in self._objects if line.key not in own]
        self._tidings.drop(gone)
        for one in gone | self.removals.ids:
            self._young.pop(one, None)

    def _standing(self, key: str) -> ArticleRecord | None:
        """A record of this run; None where whoever took it down has deleted it already."""
        try:
            return self.context.reader.record(key)
        except ObjectMissing:
            return None

    def _names(self, line: ManifestArticle) -> set[str]:
        return {line.id, article_id(self.source.name, line.url)}

    def _is_removed(self, page: ClosedPage) -> bool:
        return page.article_id in self.removals.ids

    def _reclean(self) -> bool:
        """Clean again what was stored before enough of the source, or of its new design, had been seen.

        Was anything written?
        """
        young = dict(self._young)
        if self.furniture.counted < ENOUGH_TO_RECLEAN or not young:
            return False
        if self.furniture.known and any(self.furniture.knows(one.article) for one in young.values()):
            earlier = self._newest(YOUNG if self._was_known else None)
            young |= {one.record.id: one for one in young_in_archive(self.context.reader, self.source, earlier)}
        before = len(self._objects)
        for stored in reclean(young, self.furniture, self.derivation(), self.context.writer):
            self.tally.recleaned()
            self._enter(stored)
        return len(self._objects) > before

    def _write_manifest(self, lists: list[ManifestList]) -> None:
        manifest = Manifest(
            run_id=self.context.run_id,
            source=self.source.name,
            command=self.context.command,
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
