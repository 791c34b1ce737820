from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from harvester.archive.marks import MarkKind
from harvester.frontier import RECHECKS_A_RUN, Frontier
from harvester.index import Index, KnownArticle
from harvester.link import Link, Validators
from harvester.outcomes import Outcome, Reason
from harvester.recheck import RECHECK_FOR
from harvester.source import Source
from harvester.stats import Tally
from harvester.urls import article_id

FEED = "https://news.example/feed"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SOURCE = Source(name="news", home="https://news.example/", recheck_s=3600, exclude=["/sport/"])


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path, "x")
    yield index
    index.close()


def frontier(index: Index, clock: Clock, source: Source = SOURCE, **options: object) -> Frontier:
    return Frontier(source=source, index=index, tally=Tally(), now=clock, **options)  # type: ignore[arg-type]


def link(path: str = "a", **options: object) -> Link:
    return Link(url=f"https://news.example/{path}", list_url=FEED, **options)  # type: ignore[arg-type]


def address(one: Link) -> str:
    return article_id("news", one.url)


def store(index: Index, one: Link, appeared_at: datetime) -> None:
    """The index knows the article of this link."""
    at = appeared_at.timestamp()
    index.articles.put(
        KnownArticle(
            id=address(one),
            source="news",
            address=address(one),
            day=appeared_at.date(),
            revision=1,
            derivation=1,
            published=(appeared_at.date() - date(1970, 1, 1)).days,
            first_at=at,
            appeared_at=at,
            fetched_at=at,
        )
    )


def run_once(
    index: Index,
    clock: Clock,
    *links: Link,
    outcome: Outcome = Outcome.STORED,
    reason: Reason | None = None,
    http_status: int = 200,
) -> list[MarkKind | None]:
    """A run in which each link is opened and gets this outcome; the marks that come of it."""
    run = frontier(index, clock)
    for one in links:
        assert run.wanted(one)
        run.open_page(one)
        known = None if outcome in (Outcome.FAILED, Outcome.DISCARDED) else address(one)
        run.close_page(one.url, outcome, reason, article_id=known, http_status=http_status)
    return [page.mark for page in run.closed]


def test_a_stored_page_is_wanted_again_only_when_it_is_due(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(minutes=59)
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(minutes=2)
    assert frontier(index, clock).wanted(link())


def test_looks_come_at_growing_distances_and_end(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    looks = [NOON]
    while clock.time < NOON + 2 * RECHECK_FOR:
        clock.time += timedelta(minutes=30)
        if frontier(index, clock).wanted(link()):
            looks.append(clock.time)
            run_once(index, clock, link(), outcome=Outcome.UNCHANGED)
    distances = [later - earlier for earlier, later in pairwise(looks)]
    assert distances == sorted(distances)
    assert distances[0] == timedelta(hours=1)
    assert 20 < len(looks) < 39  # 39 but for the habit: a source that never edits is asked more rarely
    assert index.sites.habit("news").looks == len(looks) - 1


def test_a_revision_makes_the_looks_frequent_again(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    clock.time += timedelta(days=5)
    run_once(index, clock, link(), outcome=Outcome.REVISED)
    clock.time += timedelta(hours=2)
    assert frontier(index, clock).wanted(link())


@pytest.mark.parametrize("outcome", [Outcome.STORED, Outcome.DISCARDED, Outcome.DUPLICATE])
def test_a_changed_date_in_the_list_makes_a_page_wanted(index: Index, clock: Clock, outcome: Outcome) -> None:
    run_once(index, clock, link(modified="monday"), outcome=outcome)
    assert not frontier(index, clock).wanted(link(modified="monday"))
    assert not frontier(index, clock).wanted(link())
    assert frontier(index, clock).wanted(link(modified="tuesday"))


def test_a_failed_page_is_wanted_by_the_next_run(index: Index, clock: Clock) -> None:
    run_once(index, clock, link(), outcome=Outcome.FAILED)
    assert frontier(index, clock).wanted(link())


def test_one_address_is_opened_once_a_run(index: Index, clock: Clock) -> None:
    run = frontier(index, clock)
    run.open_page(link("a"))
    assert not run.wanted(link("a?utm_source=feed"))


def test_patterns_decide_what_is_wanted(index: Index, clock: Clock) -> None:
    assert not frontier(index, clock).wanted(link("sport/1"))
    only = Source(name="n", home="https://news.example/", include=["/20[0-9]{2}/"])
    assert frontier(index, clock, only).wanted(link("2026/x"))
    assert not frontier(index, clock, only).wanted(link("x"))


def test_dates_cut_off_what_lies_outside_and_the_list_is_read_again(index: Index, clock: Clock) -> None:
    run = frontier(index, clock, since=date(2026, 11, 20), until=date(2026, 11, 22))
    assert run.wanted(link(published_at=datetime(2026, 11, 20, tzinfo=UTC)))
    assert run.wanted(link(published_at=datetime(2026, 11, 22, 23, tzinfo=UTC)))
    assert not run.wanted(link(published_at=datetime(2026, 11, 23, tzinfo=UTC)))
    assert run.wanted(link())
    run.list_read(FEED, Validators(etag='"1"'))
    assert run.settle_lists() == {FEED: None}


def test_each_page_has_one_outcome(index: Index, clock: Clock) -> None:
    run = frontier(index, clock)
    for path in "abc":
        run.open_page(link(path))
    run.close_page(link("a").url, Outcome.STORED)
    run.close_page(link("a").url, Outcome.FAILED, Reason.DNS)
    run.close_page("https://news.example/never-opened", Outcome.STORED)
    assert not run.tally.balanced()
    run.close_rest(Reason.INTERRUPTED)
    assert run.tally.balanced()
    assert run.tally.outcomes() == {Outcome.STORED: 1, Outcome.FAILED: 2}


def test_the_limit_counts_what_is_stored_and_what_is_under_way(index: Index, clock: Clock) -> None:
    run = frontier(index, clock, limit=2)
    assert run.room() == 2
    run.open_page(link("a"))
    run.open_page(link("b"))
    assert run.room() == 0
    run.close_page(link("a").url, Outcome.DISCARDED, Reason.SECTION)
    assert run.room() == 1
    run.close_page(link("b").url, Outcome.STORED)
    assert run.room() == 1


def test_validators_are_kept_when_all_that_a_list_names_is_settled(index: Index, clock: Clock) -> None:
    run = frontier(index, clock)
    run.list_read(FEED, Validators(etag='"1"'))
    run.open_page(link())
    run.close_page(link().url, Outcome.STORED)
    run.settle_lists()
    assert frontier(index, clock).validators(FEED) == Validators(etag='"1"')


def test_a_failed_page_makes_its_list_and_that_ones_parent_be_read_again(index: Index, clock: Clock) -> None:
    top = "https://news.example/sitemap.xml"
    index.lists.put_validators("news", top, Validators(etag='"old"'))
    run = frontier(index, clock)
    run.list_read(top, Validators(etag='"top"'))
    run.list_read(FEED, Validators(etag='"1"'), parent=top)
    run.open_page(link())
    run.close_page(link().url, Outcome.FAILED, Reason.TIMEOUT)
    assert run.settle_lists() == {top: None, FEED: None}
    assert frontier(index, clock).validators(top) is None


def test_stored_articles_come_due_without_their_list(index: Index, clock: Clock) -> None:
    run_once(index, clock, link("a"))
    run_once(index, clock, link("b"), outcome=Outcome.DISCARDED)
    clock.time += timedelta(hours=2)
    assert [one.url for one in frontier(index, clock).due()] == [link("a").url]


def test_a_page_that_failed_comes_due_although_its_list_has_moved_on(index: Index, clock: Clock) -> None:
    run_once(index, clock, link(), outcome=Outcome.FAILED, reason=Reason.TIMEOUT)
    clock.time += timedelta(hours=1)
    assert [one.url for one in frontier(index, clock).due()] == [link().url]
    run_once(index, clock, link(), outcome=Outcome.FAILED, reason=Reason.TIMEOUT)
    clock.time += timedelta(minutes=30)
    assert frontier(index, clock).due() == []
    assert frontier(index, clock).wanted(link())  # a list that names it asks for it


def test_the_budget_goes_to_the_most_promising(index: Index, clock: Clock) -> None:
    older = [link(f"older/{number}") for number in range(RECHECKS_A_RUN)]
    young = [link(f"young/{number}") for number in range(50)]
    run_once(index, clock, *older)
    clock.time += timedelta(days=2)
    run_once(index, clock, *older, outcome=Outcome.UNCHANGED)
    run_once(index, clock, *young)
    clock.time += timedelta(hours=20)
    run_once(index, clock, *young, outcome=Outcome.UNCHANGED)
    clock.time += timedelta(hours=3)
    run = frontier(index, clock)
    due = [one.url for one in run.due()]
    assert len(due) == RECHECKS_A_RUN
    assert set(due[:50]) == {one.url for one in young}
    assert sum(run.wanted(one) for one in older) == RECHECKS_A_RUN - 50
    assert run.wanted(link("new"))


def test_what_its_list_says_to_have_changed_is_not_in_the_budget(index: Index, clock: Clock) -> None:
    links = [link(f"{number}", modified="monday") for number in range(RECHECKS_A_RUN + 10)]
    run_once(index, clock, *links)
    clock.time += timedelta(hours=2)
    run = frontier(index, clock)
    assert sum(run.wanted(one) for one in links) == RECHECKS_A_RUN
    assert all(run.wanted(replace(one, modified="tuesday")) for one in links)


def test_what_a_first_run_digs_up_does_not_cost_the_budget(index: Index, clock: Clock) -> None:
    run_once(index, clock, link("old"), link("young"))
    store(index, link("old"), NOON - timedelta(days=400))
    store(index, link("young"), NOON - timedelta(hours=3))
    clock.time += timedelta(hours=2)
    assert [one.url for one in frontier(index, clock).due()] == [link("young").url]


def test_a_run_over_some_days_looks_again_at_articles_of_these_days(index: Index, clock: Clock) -> None:
    run_once(index, clock, link("monday"), link("sunday"))
    store(index, link("monday"), NOON)
    store(index, link("sunday"), NOON - timedelta(days=1))
    clock.time += timedelta(days=1)
    assert [one.url for one in frontier(index, clock, since=NOON.date()).due()] == [link("monday").url]


# Gone


def gone(index: Index, clock: Clock, http_status: int = 404) -> list[MarkKind | None]:
    """A run that finds the page gone."""
    return run_once(index, clock, link(), outcome=Outcome.DISCARDED, reason=Reason.GONE, http_status=http_status)


def test_an_article_that_is_gone_is_marked_once_and_looked_at_after_a_day_and_a_week(
    index: Index, clock: Clock
) -> None:
    run_once(index, clock, link())
    clock.time += timedelta(hours=2)
    assert gone(index, clock) == [MarkKind.GONE]
    since = clock.time
    looks = []
    while clock.time < since + RECHECK_FOR:
        clock.time += timedelta(hours=1)
        if frontier(index, clock).due():
            looks.append(clock.time - since)
            assert gone(index, clock) == [None]
    assert looks == [timedelta(days=1), timedelta(days=7)]


@pytest.mark.parametrize("outcome", [Outcome.UNCHANGED, Outcome.REVISED])
def test_an_article_that_is_back_is_marked(index: Index, clock: Clock, outcome: Outcome) -> None:
    run_once(index, clock, link())
    clock.time += timedelta(hours=2)
    gone(index, clock)
    clock.time += timedelta(days=1)
    assert run_once(index, clock, link(), outcome=outcome) == [MarkKind.BACK]
    clock.time += timedelta(hours=2)
    assert run_once(index, clock, link(), outcome=Outcome.UNCHANGED) == [None]


def test_an_article_that_is_gone_for_good_is_left_alone_until_its_list_says_that_it_changed(
    index: Index, clock: Clock
) -> None:
    run_once(index, clock, link(modified="monday"))
    clock.time += timedelta(hours=2)
    assert gone(index, clock, 410) == [MarkKind.GONE]
    clock.time += timedelta(days=2)
    assert not frontier(index, clock).wanted(link(modified="monday"))
    assert frontier(index, clock).due() == []
    assert frontier(index, clock).wanted(link(modified="tuesday"))


def test_a_page_that_was_never_stored_is_neither_marked_nor_looked_at_again(index: Index, clock: Clock) -> None:
    assert gone(index, clock) == [None]
    clock.time += timedelta(days=2)
    assert frontier(index, clock).due() == []
    assert not frontier(index, clock).wanted(link())


def test_that_a_further_address_is_gone_says_nothing_of_the_article(index: Index, clock: Clock) -> None:
    run = frontier(index, clock)
    run.open_page(link("print"))
    run.close_page(link("print").url, Outcome.DUPLICATE, article_id=address(link()))
    clock.time += timedelta(hours=2)
    again = frontier(index, clock)
    again.open_page(link("print"))
    again.close_page(link("print").url, Outcome.DISCARDED, Reason.GONE, http_status=404)
    assert [page.mark for page in again.closed] == [None]


def test_an_article_whose_page_is_something_else_for_a_day_is_looked_at_again(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    clock.time += timedelta(hours=2)
    run_once(index, clock, link(), outcome=Outcome.DISCARDED, reason=Reason.CONSENT)
    clock.time += timedelta(hours=2)
    assert frontier(index, clock).due() == []
    clock.time += timedelta(days=1)
    assert [one.url for one in frontier(index, clock).due()] == [link().url]


# Clocks that jump


@pytest.mark.parametrize("ahead", [timedelta(days=2), timedelta(days=4000)])
def test_after_a_run_whose_clock_was_ahead_pages_are_looked_at_once_and_then_as_ever(
    index: Index, clock: Clock, ahead: timedelta
) -> None:
    clock.time = NOON + ahead
    run_once(index, clock, link())
    clock.time = NOON
    run_once(index, clock, link(), outcome=Outcome.UNCHANGED)
    known = index.pages.get(address(link()))
    assert known is not None
    assert known.first_at == known.checked_at == known.changed_at == NOON.timestamp()
    clock.time += timedelta(minutes=59)
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(minutes=2)
    assert frontier(index, clock).wanted(link())


def test_a_look_with_a_clock_that_was_ahead_does_not_end_the_looks(index: Index, clock: Clock) -> None:
    run_once(index, clock, link(modified="monday"))
    clock.time = NOON + timedelta(days=4000)
    run_once(index, clock, link(modified="tuesday"), outcome=Outcome.UNCHANGED)
    clock.time = NOON + timedelta(hours=2)
    run_once(index, clock, link(), outcome=Outcome.UNCHANGED)
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(hours=2)
    assert frontier(index, clock).wanted(link())


def test_a_run_whose_clock_is_behind_does_not_fetch_all_again_and_again(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    clock.time = NOON - timedelta(days=4000)
    run_once(index, clock, link(), outcome=Outcome.UNCHANGED)
    assert not frontier(index, clock).wanted(link())
