"""Which addresses of a source are fetched in a run, and what became of each."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from harvester.index import Index, KnownPage
from harvester.link import Link, Validators
from harvester.outcomes import Outcome, Reason
from harvester.source import Source
from harvester.stats import Tally
from harvester.urls import url_key

RECHECK_FOR = timedelta(days=7)
"""An article older than this is looked at again only when its list says that it changed. News is edited within days."""

RECHECKS_A_RUN = 200
"""At most so many stored articles are looked at again without their list asking for it: a guest's budget."""

FORGOTTEN = {Reason.OUTSIDE_DATES}
"""Discards that say nothing of the page itself: the next run, asked differently, wants it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPage:
    """A page of this run, with its outcome."""

    link: Link
    outcome: Outcome
    reason: Reason | None
    detail: str
    article_id: str | None
    closed_at: datetime


@dataclass(slots=True)
class ListReading:
    """A list that this run has read, and whether all that it names is settled."""

    validators: Validators | None = None
    parent: str | None = None
    complete: bool = True


@dataclass(slots=True, kw_only=True)
class Frontier:
    """One source's addresses in one run: what a spider asks and tells. Not for several threads."""

    source: Source
    index: Index
    tally: Tally
    now: Callable[[], datetime]
    since: date | None = None  # days of publication, inclusive
    until: date | None = None
    limit: int | None = None  # at most so many articles are stored
    closed: list[ClosedPage] = field(default_factory=list)
    list_failures: dict[str, tuple[Reason, str]] = field(default_factory=dict)
    _open: dict[str, Link] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _lists: dict[str, ListReading] = field(default_factory=dict)

    # Pages

    def wanted(self, link: Link) -> bool:
        """Is this a page to fetch: within the dates and patterns, and new, failed before, changed, or due?"""
        key = url_key(link.url)
        if key in self._taken or not self._allowed(link.url):
            return False
        if not self.in_dates(link.published_at.date() if link.published_at else None):
            self._list(link.list_url).complete = False
            return False
        page = self.index.page(self.source.name, key)
        return page is None or page.outcome is Outcome.FAILED or self._worth_a_look(page, link)

    def _allowed(self, url: str) -> bool:
        if any(re.search(pattern, url) for pattern in self.source.exclude):
            return False
        return not self.source.include or any(re.search(pattern, url) for pattern in self.source.include)

    def in_dates(self, day: date | None) -> bool:
        """Is a day of publication within --since and --until? A day not known is."""
        if day is None:
            return True
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)

    def _worth_a_look(self, page: KnownPage, link: Link) -> bool:
        if link.modified is not None and page.modified is not None and link.modified != page.modified:
            return True
        return self._due(page)

    def _due(self, page: KnownPage) -> bool:
        """After `recheck_s`, then at growing distances: the time since the first look doubles from look to look."""
        now = self.now().timestamp()
        if self.source.recheck_s == 0:
            return True
        if now - page.first_at > RECHECK_FOR.total_seconds():
            return False
        return now - page.checked_at >= max(self.source.recheck_s, page.checked_at - page.first_at)

    def due(self) -> list[Link]:
        """Stored articles to look at again now, and pages that failed, newest first, at most RECHECKS_A_RUN.

        Failed ones come from here too, as the list that named them may have moved on, or lie deep.
        """
        now = self.now().timestamp()
        pages = self.index.pages_checked_before(
            self.source.name, now - self.source.recheck_s, now - RECHECK_FOR.total_seconds()
        )
        links = (
            Link(url=page.url, list_url=self.source.home)
            for page in pages
            if page.outcome is Outcome.FAILED or self._due(page)
        )
        return list(islice((link for link in links if self.wanted(link)), RECHECKS_A_RUN))

    def open_page(self, link: Link) -> None:
        """This page is going to be fetched; it is counted now, and its outcome must follow."""
        self._taken.add(url_key(link.url))
        self._open[link.url] = link
        self._list(link.list_url)
        self.tally.page()

    def list_of(self, url: str) -> str | None:
        """The list that named an open page."""
        link = self._open.get(url)
        return link.list_url if link else None

    @property
    def open_count(self) -> int:
        """Pages without outcome as yet."""
        return len(self._open)

    def room(self) -> int | None:
        """How many more pages may be opened so that no more than `limit` articles are stored; None: any number."""
        if self.limit is None:
            return None
        outcomes = self.tally.outcomes()
        kept = outcomes.get(Outcome.STORED, 0) + outcomes.get(Outcome.REVISED, 0)
        return max(0, self.limit - kept - len(self._open))

    def close_page(
        self,
        url: str,
        outcome: Outcome,
        reason: Reason | None = None,
        detail: str = "",
        *,
        article_id: str | None = None,
    ) -> None:
        """Book a page's one outcome. `url` is the one that it was opened with; a second outcome is not booked."""
        link = self._open.pop(url, None)
        if link is None:
            return
        self.tally.outcome(outcome, reason)
        page = ClosedPage(
            link=link,
            outcome=outcome,
            reason=reason,
            detail=detail,
            article_id=article_id,
            closed_at=self.now(),
        )
        self.closed.append(page)
        if outcome is Outcome.FAILED or reason in FORGOTTEN:
            self._list(link.list_url).complete = False
        if reason not in FORGOTTEN and reason is not Reason.INTERRUPTED:
            self.index.put_page(known_page(self.source.name, page))

    def close_rest(self, reason: Reason, detail: str = "") -> None:
        """Give every page that has no outcome the failure `reason`; at the end of a run."""
        for url in list(self._open):
            self.close_page(url, Outcome.FAILED, reason, detail)

    def forget(self) -> None:
        """Let go of the pages and lists; after the run's end, when the counts alone matter."""
        self.closed.clear()
        self._taken.clear()
        self._lists.clear()

    # Lists

    def _list(self, url: str) -> ListReading:
        return self._lists.setdefault(url, ListReading())

    def validators(self, list_url: str) -> Validators | None:
        """What to ask "changed since?" with: of the last reading after which nothing was left to do."""
        return self.index.validators(self.source.name, list_url)

    def list_read(self, list_url: str, validators: Validators, *, parent: str | None = None) -> None:
        """The list was fetched and read. Its validators are kept once every page that it names is settled."""
        reading = self._list(list_url)
        reading.validators, reading.parent = validators, parent
        self.tally.listing("read")

    def list_unchanged(self, list_url: str) -> None:
        """The server said 304."""
        self.tally.listing("unchanged")

    def list_incomplete(self, list_url: str) -> None:
        """Something that the list names was left for another run."""
        self._list(list_url).complete = False

    def list_failed(self, list_url: str, reason: Reason, detail: str, *, parent: str | None = None) -> None:
        """An entry point could not be read: the source's failure, named in the report."""
        self.list_failures[list_url] = (reason, detail)
        reading = self._list(list_url)
        reading.parent, reading.complete = parent, False
        self.tally.listing("failed")

    def settle_lists(self) -> dict[str, Validators | None]:
        """Enter the validators of the lists that were read: None where something of a list is left to do."""
        for url, reading in self._lists.items():
            if not reading.complete:
                self._mark_parents(url, reading)
        settled = {
            url: reading.validators if reading.complete else None
            for url, reading in self._lists.items()
            if reading.validators is not None or not reading.complete
        }
        for url, validators in settled.items():
            self.index.put_validators(self.source.name, url, validators)
        return settled

    def _mark_parents(self, url: str, reading: ListReading) -> None:
        seen = {url}
        while reading.parent is not None and reading.parent not in seen:
            seen.add(reading.parent)
            reading = self._list(reading.parent)
            reading.complete = False


def known_page(source: str, page: ClosedPage) -> KnownPage:
    """What the index keeps of a closed page."""
    at = page.closed_at.timestamp()
    return KnownPage(
        source=source,
        key=url_key(page.link.url),
        url=page.link.url,
        outcome=page.outcome,
        reason=page.reason,
        article_id=page.article_id,
        modified=page.link.modified,
        first_at=at,
        checked_at=at,
    )
