"""Which addresses of a source are fetched in a run, and what became of each."""

import re
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from harvester.archive.manifest import ManifestPage
from harvester.archive.marks import MarkKind
from harvester.index import Index, KnownArticle, KnownPage, mark
from harvester.known import known_page
from harvester.link import Link, Validators
from harvester.outcomes import FORGOTTEN, Outcome, Reason
from harvester.recheck import RECHECK_FOR, RecheckPlan
from harvester.source import Source
from harvester.stats import Tally
from harvester.urls import article_id

RECHECKS_A_RUN = 200
"""At most so many pages are fetched again that no list says to have changed: a guest's budget, some three minutes at a
request a second. With runs every hour it is enough for a source of 120 articles a day at its usual pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPage:
    """A page of this run, with its outcome."""

    link: Link
    outcome: Outcome
    reason: Reason | None
    detail: str
    article_id: str | None
    http_status: int | None
    final_url: str | None  # where redirects led, if anywhere else
    mark: MarkKind | None  # what it says of a stored article
    closed_at: datetime

    @property
    def line(self) -> ManifestPage:
        """As the manifest tells it."""
        return ManifestPage(
            url=self.link.url,
            outcome=self.outcome,
            reason=self.reason,
            detail=self.detail,
            article_id=self.article_id,
            http_status=self.http_status,
            final_url=self.final_url,
            modified=self.link.modified,
            at=self.closed_at,
        )


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
    removed: Set[str] = frozenset()  # addresses (as `KnownPage.address`) of articles that were taken down
    closed: list[ClosedPage] = field(default_factory=list)
    list_failures: dict[str, tuple[Reason, str]] = field(default_factory=dict)
    _open: dict[str, Link] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _again: dict[str, str] | None = None  # address to URL: what this run looks at again of its own accord
    _lists: dict[str, ListReading] = field(default_factory=dict)

    # Pages

    def wanted(self, link: Link) -> bool:
        """Is this a page to fetch: within the dates and patterns, and new, failed before, changed, or due?"""
        address = self._address(link.url)
        if address in self._taken or address in self.removed or not self._allowed(link.url):
            return False
        if not self.in_dates(link.published_at.date() if link.published_at else None):
            self._list(link.list_url).complete = False
            return False
        page = self.index.pages.get(address)
        return page is None or page.outcome is Outcome.FAILED or self._worth_a_look(page, link)

    def _address(self, url: str) -> str:
        """The same for all spellings of one story's address."""
        return article_id(self.source.name, url)

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
        if link.modified is not None and page.modified is not None and mark(link.modified) != page.modified:
            return True
        return self.source.recheck_s == 0 or page.address in self._due()

    def _due(self) -> dict[str, str]:
        """By address the URLs of the pages that are to be looked at again: chosen once a run, at most RECHECKS_A_RUN.

        A list that names one of the others without saying that it changed does not make it due.
        """
        if self._again is None:
            now = self.now().timestamp()
            plan = RecheckPlan.of(self.source.recheck_s, self.index.sites.habit(self.source.name))
            chosen = plan.choose(self._candidates(plan, now), now, RECHECKS_A_RUN)
            self._again = {page.address: page.url for page in chosen if page.url is not None}
        return self._again

    def _candidates(self, plan: RecheckPlan, now: float) -> Iterator[KnownPage]:
        """Pages whose time has come, as old as their articles, of those that this run is about."""
        for page in self.index.pages.known_since(self.source.name, now - RECHECK_FOR.total_seconds()):
            if page.url is None or page.address in self.removed:
                continue
            if self._allowed(page.url) and plan.is_due(page, now):
                article = self.index.articles.get(page.article_id) if page.article_id else None
                if article is None:
                    yield page
                elif self.in_dates(_day_of(article)):
                    yield _as_old_as(article, page)

    def due(self) -> list[Link]:
        """Stored articles to look at again now, and pages that failed; the most promising first.

        Failed ones come from here too, as the list that named them may have moved on, or lie deep.
        """
        links = (Link(url=url, list_url=self.source.home) for url in self._due().values())
        return [link for link in links if self.wanted(link)]

    def open_page(self, link: Link) -> None:
        """This page is going to be fetched; it is counted now, and its outcome must follow."""
        self._taken.add(self._address(link.url))
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
        http_status: int | None = None,
        final_url: str | None = None,
    ) -> None:
        """Book a page's one outcome. `url` is the one that it was opened with; a second outcome is not booked.

        `final_url`: where redirects have led; it may be `url` itself.
        """
        link = self._open.pop(url, None)
        if link is None:
            return
        self.tally.outcome(outcome, reason)
        known = self.index.pages.get(self._address(url))
        if article_id is None and reason is Reason.GONE and known:
            article_id = known.article_id
        page = ClosedPage(
            link=link,
            outcome=outcome,
            reason=reason,
            detail=detail,
            article_id=article_id,
            http_status=http_status,
            final_url=final_url if final_url != url else None,
            mark=_mark(outcome, reason, article_id, known),
            closed_at=self.now(),
        )
        self.closed.append(page)
        if outcome is Outcome.FAILED or reason in FORGOTTEN:
            self._list(link.list_url).complete = False
        if reason not in FORGOTTEN:
            self._remember(page)

    def _remember(self, page: ClosedPage) -> None:
        with self.index.batch():
            self.index.pages.put(known_page(self.source.name, page.line), latest=True)
            if page.outcome in (Outcome.UNCHANGED, Outcome.REVISED):
                self.index.sites.looked(self.source.name, edited=page.outcome is Outcome.REVISED)

    def close_rest(self, reason: Reason, detail: str = "") -> None:
        """Give every page that has no outcome the failure `reason`; at the end of a run."""
        for url in list(self._open):
            self.close_page(url, Outcome.FAILED, reason, detail)

    def forget(self) -> None:
        """Let go of the pages and lists; after the run's end, when the counts alone matter."""
        self.closed.clear()
        self._taken.clear()
        self._again = None
        self._lists.clear()

    # Lists

    def _list(self, url: str) -> ListReading:
        return self._lists.setdefault(url, ListReading())

    def validators(self, list_url: str) -> Validators | None:
        """What to ask "changed since?" with: of the last reading after which nothing was left to do."""
        return self.index.lists.validators(self.source.name, list_url)

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
            self.index.lists.put_validators(self.source.name, url, validators)
        return settled

    def _mark_parents(self, url: str, reading: ListReading) -> None:
        seen = {url}
        while reading.parent is not None and reading.parent not in seen:
            seen.add(reading.parent)
            reading = self._list(reading.parent)
            reading.complete = False


def _day_of(article: KnownArticle) -> date | None:
    """On which it says that it was published."""
    return None if article.published is None else date(1970, 1, 1) + timedelta(days=article.published)


def _as_old_as(article: KnownArticle, page: KnownPage) -> KnownPage:
    """A page that has never changed counts from its article's publication: what a first run digs up is not young."""
    if page.changed_at > page.first_at:
        return page
    return replace(page, changed_at=min(page.changed_at, int(article.appeared_at)))


def _mark(outcome: Outcome, reason: Reason | None, article_id: str | None, known: KnownPage | None) -> MarkKind | None:
    """What a page's outcome says of a stored article that it did not say before."""
    was_gone = known is not None and known.reason is Reason.GONE
    if article_id is None:
        return None
    if reason is Reason.GONE:  # of a further address, too, it says nothing: the article has its own
        return None if was_gone or (known and known.outcome is Outcome.DUPLICATE) else MarkKind.GONE
    if outcome is Outcome.DUPLICATE:
        return None if known and known.article_id == article_id else MarkKind.ADDRESS
    return MarkKind.BACK if was_gone and outcome in (Outcome.UNCHANGED, Outcome.REVISED) else None
