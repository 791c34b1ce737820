from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from harvester.frontier import RECHECK_FOR, Frontier
from harvester.index import Index
from harvester.link import Link, Validators
from harvester.outcomes import Outcome, Reason
from harvester.source import Source
from harvester.stats import Tally

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


def run_once(index: Index, clock: Clock, *links: Link, outcome: Outcome = Outcome.STORED) -> None:
    """A run in which each link is opened and gets this outcome."""
    run = frontier(index, clock)
    for one in links:
        assert run.wanted(one)
        run.open_page(one)
        run.close_page(one.url, outcome)


def test_a_stored_page_is_wanted_again_only_when_it_is_due(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(minutes=59)
    assert not frontier(index, clock).wanted(link())
    clock.time += timedelta(minutes=2)
    assert frontier(index, clock).wanted(link())


def test_looks_come_at_growing_distances_and_end(index: Index, clock: Clock) -> None:
    run_once(index, clock, link())
    looks = []
    while clock.time < NOON + RECHECK_FOR + timedelta(days=3):
        clock.time += timedelta(minutes=30)
        if frontier(index, clock).wanted(link()):
            looks.append((clock.time - NOON) / timedelta(hours=1))
            run_once(index, clock, link(), outcome=Outcome.UNCHANGED)
    assert looks == [1, 2, 4, 8, 16, 32, 64, 128]


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
    index.put_validators("news", top, Validators(etag='"old"'))
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
