"""Recorded pages through the steps of a harvest run, in batches: what is taken over, and how far.

Pages are read in worker processes, judged and booked here in the order of the recording, and stored in threads. After
each batch what it has stored is made visible, and then the recording is marked up to there.
"""

import logging
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from harvester.archive import keys
from harvester.archive.partitions import in_order
from harvester.article import Article
from harvester.bulk import Bulk
from harvester.clean import Furniture
from harvester.clean.template import SURE_PAGES
from harvester.errors import StoreError
from harvester.importing.found import SKIPS, Broken, Found, Place, Recording, Skipped
from harvester.importing.markers import Markers
from harvester.importing.readers import Places, Question, Reading, crashed, read_page
from harvester.importing.sources import SourceBook, is_of, is_wanted
from harvester.item import HarvestItem
from harvester.link import Link
from harvester.outcomes import Outcome, Reason
from harvester.page import Page
from harvester.run import HarvestRun
from harvester.source import Source
from harvester.source_run import SourceRun
from harvester.steps import Dropped, cleaned, judged, known, same_bytes
from harvester.storing import Stored
from harvester.sync import sync_manifests
from harvester.urls import article_id

logger = logging.getLogger(__name__)

BATCH_PAGES = 2_000
BATCH_S = 60.0
"""A batch ends after so many pages or seconds: what a kill makes the next call read again."""

STORING = 8
"""Articles under way to the archive. What a page teaches of its source counts from so many pages later on; a source's
first 20 articles are cleaned again (`harvester.source_run.YOUNG`), and its furniture is known after 10."""

IDLE_EVENTS = 64
"""Records without a page to read after which the readers are asked for nothing, so that what waits goes on."""

BROKEN_SAMPLES = 20
"""Broken places of a recording that are named in the report."""

CLOCK_S = 0.001
"""The index keeps times to the millisecond."""

NO_PAGES = {
    **SKIPS,
    "no_source": "a host that can't be a source's name",
    "offsite": "a page of another site than the source that was named",
    "excluded": "not within the source's include and exclude",
}
"""Why records are skipped that are no pages of ours, besides the kinds of WARC records that have none."""


@dataclass(slots=True, kw_only=True)
class Taken:
    """What came of one recording."""

    recording: Recording
    identity: str
    began: Place
    reached: Place
    was_done: bool = False  # by an earlier import, so that it was not opened
    records: int = 0
    pages: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    broken_count: int = 0
    broken: list[Broken] = field(default_factory=list)  # the first few

    @property
    def is_done(self) -> bool:
        """Does nothing of it follow?"""
        return self.reached.offset >= self.recording.size

    def told(self) -> dict[str, Any]:
        """For the run's report; `records` are the pages, what was skipped, and the broken places."""
        return {
            "recording": self.recording.name,
            "size": self.recording.size,
            "from": self.began.offset,
            "to": self.reached.offset,
            "done": self.is_done,
            "done_before": self.was_done,
            "records": self.records,
            "pages": self.pages,
            "skipped": dict(self.skipped.most_common()),
            "broken": self.broken_count,
            "broken_places": [{"offset": one.offset, "problem": one.problem} for one in self.broken],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """One record on its way through the import, or the end of what waits."""

    taken: Taken
    what: Skipped | Broken | Page
    after: Place
    source: Source | None = None  # of a page
    asked: bool = False  # is a page being read?


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """An article that is being stored."""

    part: SourceRun
    item: HarvestItem
    stored: "Future[Stored]"


class Importer:
    """One import, of any number of recordings."""

    def __init__(
        self,
        run: HarvestRun,
        book: SourceBook,
        markers: Markers,
        *,
        jobs: int,
        limit: int | None = None,
        again: bool = False,
        watch: Callable[["Importer"], None] = lambda _: None,
    ) -> None:
        self.run = run
        self.book = book
        self.markers = markers
        self.limit = limit
        self.again = again
        self.taken: list[Taken] = []
        self.pages = 0
        self.stored = 0
        self.refused = False  # by the archive: nothing more is taken
        self._watch = watch
        self._bulk: Bulk[Question | None, Reading | None] = Bulk(read_page, crashed, jobs)
        self._pool = ThreadPoolExecutor(STORING)
        self._events: deque[_Event | None] = deque()
        self._under_way: deque[_UnderWay] = deque()
        self._learned: dict[str, tuple[Furniture, str | None]] = {}  # by the sources of the last batch
        self._in_archive: set[str] = set()
        self._places: dict[str, tuple[int, Places]] = {}  # by source, with the articles counted by then
        self._touched: dict[str, Taken] = {}  # by this batch
        self._batch_pages = 0
        self._batch_began = time.monotonic()

    def take_over(self, recordings: Iterable[Recording]) -> None:
        """All of them, or as far as the limit, an interruption or the archive lets us. Raises StoreError, OSError."""
        self._know_archive()
        readings = self._bulk.answers(self._questions(recordings))
        try:
            for reading in readings:
                if not self._take_until(reading):
                    break
            else:
                self._take_until(None)
        finally:
            readings.close()  # type: ignore[attr-defined]
            self._end_batch()
            self._pool.shutdown()

    def _know_archive(self) -> None:
        """Which sources the archive has; what runs, here and elsewhere, have stored of them is taken over."""
        context = self.run.context
        named = map(keys.parse_source, context.store.prefixes(keys.ARTICLES))
        self._in_archive = {name for name in named if name is not None}
        wanted = self._in_archive & {self.book.only.name} if self.book.only else self._in_archive
        sync_manifests(context.index, context.log, wanted, context.now())

    # From recordings to questions

    def _questions(self, recordings: Iterable[Recording]) -> Iterator[Question | None]:
        """What the readers are asked; all that is found is noted as an event, in its order."""
        idle = 0
        for recording in recordings:
            for event in self._found(recording):
                self._events.append(event)
                idle = 0 if event.asked else idle + 1
                if event.asked and isinstance(event.what, Page) and event.source is not None:
                    yield self._question(event.what, event.source)
                elif idle >= IDLE_EVENTS:
                    idle = 0
                    self._events.append(None)
                    yield None

    def _question(self, page: Page, source: Source) -> Question:
        """With the places of its source that were sure after the pages that have been taken so far."""
        part = self.run.parts.get(source.name)
        places: Places | None = None
        if part is not None and part.furniture.counted >= SURE_PAGES:
            noted = self._places.get(source.name)
            if noted is None or noted[0] != part.furniture.counted:
                noted = part.furniture.counted, Places(sure=part.furniture.sure_places())
                self._places[source.name] = noted
            places = noted[1]
        return Question(page=page, home=source.home, language=source.language, places=places)

    def _found(self, recording: Recording) -> Iterator[_Event]:
        identity = self.markers.identity(recording)
        start = Place(offset=0, records=0) if self.again else self.markers.reached(identity)
        taken = Taken(recording=recording, identity=identity, began=start, reached=start)
        self.taken.append(taken)
        if recording.size and start.offset >= recording.size:
            taken.was_done = True
            return
        for found in recording.found(start, datetime.now(UTC)):
            yield self._event(taken, found)

    def _event(self, taken: Taken, found: Found) -> _Event:
        page = found.what
        if not isinstance(page, Page):
            return _Event(taken=taken, what=page, after=found.after)
        source = self.book.source_of(page.url)
        if source is None:
            return _Event(taken=taken, what=Skipped(why="no_source"), after=found.after)
        if not is_of(source, page.url):
            return _Event(taken=taken, what=Skipped(why="offsite"), after=found.after)
        if not is_wanted(source, page.url):
            return _Event(taken=taken, what=Skipped(why="excluded"), after=found.after)
        part = self.run.parts.get(source.name)
        asked = part is None or same_bytes(part, page.url, page.raw) is None
        return _Event(taken=taken, what=page, after=found.after, source=source, asked=asked)

    # From readings to the archive

    def _take_until(self, reading: Reading | None) -> bool:
        """Take all events up to the one that was just read; False where nothing more is to be taken."""
        while self._events:
            event = self._events[0]
            if self.run.interrupted or self.refused or (event is not None and not self._has_room(event)):
                return False
            self._events.popleft()
            if event is None:
                return True
            self._take(event, reading if event.asked else None)
            if event.asked:
                return not self.refused
        return True

    def _has_room(self, event: _Event) -> bool:
        """May this record still lead to an article, within the limit?"""
        if self.limit is None or not isinstance(event.what, Page):
            return True
        while self._under_way and self.stored + len(self._under_way) >= self.limit:
            self._settle()
        return self.stored < self.limit

    def _take(self, event: _Event, reading: Reading | None) -> None:
        taken, what = event.taken, event.what
        taken.records += 1
        if isinstance(what, Skipped):
            taken.skipped[what.why] += 1
        elif isinstance(what, Broken):
            self._broken(taken, what)
        elif event.source is not None:
            self._page(self._part(event.source), what, reading)
            taken.pages += 1
            self._batch_pages += 1
        if self.refused:
            return
        taken.reached = event.after
        self._touched[taken.identity] = taken
        self._watch(self)
        if self._batch_pages >= BATCH_PAGES or time.monotonic() - self._batch_began > BATCH_S:
            self._end_batch()

    def _broken(self, taken: Taken, what: Broken) -> None:
        logger.error("%s: from byte %d on: %s", taken.recording.name, what.offset, what.problem)
        self.run.lost = True
        taken.broken_count += 1
        if len(taken.broken) < BROKEN_SAMPLES:
            taken.broken.append(what)

    def _part(self, source: Source) -> SourceRun:
        """The source's part of this batch, with what is known of it."""
        if source.name in self.run.parts:
            return self.run.parts[source.name]
        part = self.run.part(source)
        if source.name in self._learned:
            part.go_on(*self._learned[source.name])
        elif source.name in self._in_archive:
            part.prepare()
        else:
            part.go_on(Furniture(), None)
        return part

    def _page(self, part: SourceRun, page: Page, reading: Reading | None) -> None:
        self.pages += 1
        if self._is_under_way(part, page, reading):
            self._drain()
        part.frontier.open_page(Link(url=page.url, list_url=part.source.home))
        answer = self._answer(part, page, reading)
        if isinstance(answer, Dropped):
            self._close(part, page, answer)
            return
        self._under_way.append(_UnderWay(part=part, item=answer, stored=self._pool.submit(part.store, answer)))
        if len(self._under_way) > STORING:
            self._settle()

    def _is_under_way(self, part: SourceRun, page: Page, reading: Reading | None) -> bool:
        """Is this page's article just being stored? Then what it says may be a revision of that."""
        if part.frontier.list_of(page.url) is not None:
            return True
        urls = [page.url, reading.canonical_url] if isinstance(reading, Article) else [page.url]
        claimed = self.run.context.claims.by_id
        return bool(claimed) and any(article_id(part.source.name, url) in claimed for url in urls)

    def _answer(self, part: SourceRun, page: Page, reading: Reading | None) -> HarvestItem | Dropped:
        """The article as it is to be stored, or why it goes no further."""
        if reading is None:
            dropped = same_bytes(part, page.url, page.raw)
            if dropped is not None:
                return dropped
            reading = read_page(self._question(page, part.source))
        if not isinstance(reading, Article):
            return reading if isinstance(reading, Dropped) else Dropped(outcome=Outcome.FAILED, reason=Reason.FAULT)
        item = HarvestItem(link_url=page.url, page=page, article=reading)
        try:
            return known(part, item) or self._judged(part, cleaned(part, item))
        except (sqlite3.Error, OSError):  # the local cache
            raise
        except Exception as error:  # one page must not cost the others
            logger.exception("%s", page.url)
            return Dropped(outcome=Outcome.FAILED, reason=Reason.FAULT, detail=repr(error)[:300])

    def _judged(self, part: SourceRun, item: HarvestItem) -> HarvestItem | Dropped:
        answer = judged(part, item)
        if isinstance(answer, Dropped) or answer.verdict is None or answer.verdict.outcome is not Outcome.REVISED:
            return answer
        stored = self.run.context.index.articles.get(answer.verdict.id)
        if stored is None or stored.fetched_at <= item.page.fetched_at.timestamp() + CLOCK_S:
            return answer
        part.release(answer)
        latest = datetime.fromtimestamp(stored.fetched_at, UTC).isoformat(timespec="seconds")
        return Dropped(
            outcome=Outcome.DISCARDED,
            reason=Reason.OLDER,
            detail=f"the stored one is of {latest}",
            article_id=stored.id,
        )

    def _settle(self) -> None:
        """Book the article that has been under way for longest."""
        one = self._under_way.popleft()
        try:
            stored = one.stored.result()
        except StoreError as error:
            one.part.release(one.item)
            one.part.fail(Reason.STORE, str(error), one.item.link_url)
            self._refuse(f"{one.item.link_url}: not stored: {error}")
            self._close(
                one.part, one.item.page, Dropped(outcome=Outcome.FAILED, reason=Reason.STORE, detail=str(error))
            )
        except Exception as error:
            logger.exception("%s", one.item.link_url)
            one.part.release(one.item)
            dropped = Dropped(outcome=Outcome.FAILED, reason=Reason.FAULT, detail=repr(error)[:300])
            self._close(one.part, one.item.page, dropped)
        else:
            with self.run.context.index.batch():
                one.part.book(one.item, stored)
            self.stored += stored.outcome in (Outcome.STORED, Outcome.REVISED)

    def _drain(self) -> None:
        while self._under_way:
            self._settle()

    def _close(self, part: SourceRun, page: Page, dropped: Dropped) -> None:
        part.frontier.close_page(
            page.url,
            dropped.outcome,
            dropped.reason,
            dropped.detail,
            article_id=dropped.article_id,
            http_status=page.status,
            final_url=page.url,
        )

    def _refuse(self, problem: str) -> None:
        logger.error("%s", problem)
        self.refused = self.run.lost = True

    def _end_batch(self) -> None:
        """Make visible what this batch has stored, then mark how far the recordings have been taken over."""
        self._drain()
        if not self._touched and not self.run.parts:
            return
        run_id, parts = self.run.context.run_id, list(self.run.parts.values())
        learned = {part.source.name: part.furniture for part in parts}
        try:
            self.refused |= not self.run.next_batch()
        except StoreError as error:
            self._refuse(str(error))
        self.run.lost |= self.refused
        self._learned = {
            part.source.name: (learned[part.source.name], part.furniture_key)
            for part in parts
            if not part.removals.ids  # what a take-down has touched is learned from the archive
        }
        self._in_archive |= learned.keys()
        if not self.refused:
            for _ in in_order(lambda one: self._mark(one, run_id), list(self._touched.values())):
                pass
        self._touched.clear()
        self._places.clear()
        self._batch_pages, self._batch_began = 0, time.monotonic()

    def _mark(self, taken: Taken, run_id: str) -> None:
        if taken.recording.size:
            self.markers.put(taken.identity, taken.recording, taken.reached, run_id, self.run.context.now())
