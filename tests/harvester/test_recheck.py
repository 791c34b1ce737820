from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.index import KnownPage
from harvester.index.sites import EditHabit
from harvester.outcomes import Outcome, Reason
from harvester.recheck import RECHECK_FOR, RecheckPlan, pace_of

HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400
NOON = 1_800_000_000
ARTICLE = KnownPage(
    source="s",
    address="a" * 32,
    url="https://s.example/a",
    outcome=Outcome.STORED,
    article_id="a" * 32,
    first_at=NOON,
    checked_at=NOON,
    changed_at=NOON,
)
GONE = replace(ARTICLE, outcome=Outcome.DISCARDED, reason=Reason.GONE)
FAILED = replace(ARTICLE, outcome=Outcome.FAILED, reason=Reason.TIMEOUT, article_id=None)
PLAN = RecheckPlan(recheck_s=HOUR)


def looks_at(page: KnownPage, plan: RecheckPlan = PLAN, edited_at: Sequence[int] = (), runs_s: int = 600) -> list[int]:
    """When a page is looked at in sixty days of runs, in seconds since the first look; edits in the same."""
    looks = []
    for now in range(NOON + runs_s, NOON + 60 * DAY, runs_s):
        if plan.is_due(page, now):
            edited = any(page.checked_at < NOON + edit <= now for edit in edited_at)
            page = replace(page, checked_at=now, changed_at=now if edited else page.changed_at)
            looks.append(now - NOON)
    return looks


def between(looks: Sequence[int], after_days: float, until_days: float) -> int:
    return sum(after_days * DAY < look <= until_days * DAY for look in looks)


@pytest.mark.parametrize(
    ("recheck_s", "pace", "first_day", "to_day_3", "to_day_7", "to_day_30"),
    [
        pytest.param(HOUR, 1, 24, 8, 4, 3, id="the default"),
        pytest.param(HOUR, 0.5, 48, 16, 8, 6, id="a source that edits a great deal"),
        pytest.param(HOUR, 2, 12, 4, 2, 1, id="one that edits little"),
        pytest.param(HOUR, 4, 6, 2, 1, 0, id="one that never does"),
        pytest.param(6 * HOUR, 1, 4, 1, 1, 3, id="every six hours"),
        pytest.param(DAY, 1, 1, 0, 1, 0, id="every day"),
        pytest.param(DAY * 40, 1, 0, 0, 0, 0, id="every forty days"),
        pytest.param(float("inf"), 1, 0, 0, 0, 0, id="never"),
    ],
)
def test_an_article_is_looked_at_so_often_in_its_life(
    recheck_s: float, pace: float, first_day: int, to_day_3: int, to_day_7: int, to_day_30: int
) -> None:
    looks = looks_at(ARTICLE, RecheckPlan(recheck_s=recheck_s, pace=pace))
    spans = [between(looks, *span) for span in ((0, 1), (1, 3), (3, 7), (7, 30), (30, 60))]
    assert spans == [first_day, to_day_3, to_day_7, to_day_30, 0]


def test_distances_grow() -> None:
    looks = looks_at(ARTICLE)
    distances = [later - earlier for earlier, later in pairwise([0, *looks])]
    assert distances == sorted(distances)
    assert (distances[0], distances[-1]) == (HOUR, 7 * DAY)


def test_after_a_revision_the_distances_are_short_again() -> None:
    looks = looks_at(ARTICLE, edited_at=[9 * DAY])
    assert between(looks, 0, 13) == 24 + 8 + 4
    assert between(looks, 14, 15) == 24  # found by the look at day 14


def test_what_a_first_run_digs_up_is_not_looked_at_again() -> None:
    assert looks_at(replace(ARTICLE, changed_at=NOON - 3 * YEAR)) == []
    assert looks_at(replace(ARTICLE, changed_at=NOON - 4 * DAY))[0] == DAY


@pytest.mark.parametrize("runs_s", [600, HOUR, 12 * HOUR])
def test_a_page_that_is_gone_is_looked_at_twice_more(runs_s: int) -> None:
    assert looks_at(GONE, runs_s=runs_s) == [DAY, 7 * DAY]


def test_a_page_that_is_gone_and_was_looked_at_late_has_had_its_looks() -> None:
    assert looks_at(GONE, runs_s=9 * DAY) == [9 * DAY]


def test_a_page_that_fails_is_tried_by_the_next_run_and_then_ever_more_rarely() -> None:
    assert looks_at(FAILED, runs_s=HOUR)[:6] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, 32 * HOUR]


def test_a_stored_article_whose_look_failed_keeps_its_times() -> None:
    assert looks_at(replace(ARTICLE, outcome=Outcome.FAILED, reason=Reason.TIMEOUT)) == looks_at(ARTICLE)


@pytest.mark.parametrize("page", [ARTICLE, GONE, FAILED], ids=["article", "gone", "failed"])
def test_zero_asks_for_a_look_at_every_run(page: KnownPage) -> None:
    plan = RecheckPlan(recheck_s=0)
    assert plan.is_due(page, NOON)
    assert plan.is_due(page, NOON + 29 * DAY)


@pytest.mark.parametrize(
    ("looks", "edits", "pace"),
    [
        pytest.param(0, 0, 1.0, id="nothing known"),
        pytest.param(50, 1, 1.0, id="as usual"),  # (1 + 1) / 100 = .02
        pytest.param(1, 1, 0.714, id="the first look finds an edit"),  # sqrt(.02 / (2 / 51))
        pytest.param(50, 0, 1.414, id="fifty without"),  # sqrt(.02 / (1 / 100))
        pytest.param(750, 0, 4.0, id="seven hundred and fifty without"),  # sqrt(.02 / (1 / 800))
        pytest.param(1_000_000, 0, 4.0, id="a million without"),
        pytest.param(100, 100, 0.5, id="all with"),
    ],
)
def test_the_pace_follows_what_was_found(looks: int, edits: int, pace: float) -> None:
    assert pace_of(HOUR, EditHabit(looks=looks, edits=edits)) == pytest.approx(pace, abs=0.001)


def test_a_longer_interval_is_expected_to_find_more() -> None:
    assert pace_of(6 * HOUR, EditHabit(looks=1000, edits=114)) == pytest.approx(1, abs=0.01)  # 1 - .98 ** 6 = .114
    assert pace_of(HOUR, EditHabit(looks=1000, edits=114)) == 0.5


@given(st.floats(0, 1e308), st.integers(0, 10**9), st.integers(0, 10**9))
def test_never_more_often_than_twice_what_was_asked_for(recheck_s: float, looks: int, edits: int) -> None:
    plan = RecheckPlan.of(recheck_s, EditHabit(looks=looks, edits=min(looks, edits)))
    interval_s = plan.interval_s(ARTICLE, NOON)
    assert interval_s is None or recheck_s / 2 <= interval_s <= max(4 * recheck_s, RECHECK_FOR.total_seconds())


# Clocks that jump


@pytest.mark.parametrize("page", [ARTICLE, GONE], ids=["article", "gone"])
@pytest.mark.parametrize("ahead_s", [2 * DAY, 5 * YEAR])
def test_a_page_from_the_future_is_looked_at_once_and_then_as_ever(page: KnownPage, ahead_s: int) -> None:
    ahead = replace(page, first_at=NOON + ahead_s, checked_at=NOON + ahead_s, changed_at=NOON + ahead_s)
    assert PLAN.is_due(ahead, NOON)
    looked = replace(page, first_at=NOON, checked_at=NOON, changed_at=NOON)  # as the index enters it
    assert looks_at(looked) == looks_at(page)


def test_a_page_last_looked_at_in_the_future_is_due() -> None:
    assert PLAN.is_due(replace(ARTICLE, checked_at=NOON + 5 * YEAR), NOON + 6 * HOUR)


def test_a_clock_that_goes_a_little_ahead_changes_nothing() -> None:
    assert not PLAN.is_due(replace(ARTICLE, checked_at=NOON + 60), NOON)


# The budget


def page(name: str, *, age_s: int, waited_s: int, like: KnownPage = ARTICLE) -> KnownPage:
    """A page that was new `age_s` ago and last looked at `waited_s` ago."""
    return replace(like, url=name, first_at=NOON - age_s, changed_at=NOON - age_s, checked_at=NOON - waited_s)


def chosen(*pages: KnownPage, most: int = 100) -> list[str | None]:
    return [one.url for one in PLAN.choose(pages, NOON, most)]


def test_the_most_promising_come_first() -> None:
    pages = [
        page("of last week", age_s=14 * DAY, waited_s=7 * DAY),
        page("of today", age_s=5 * HOUR, waited_s=HOUR),
        page("of the day before yesterday", age_s=2 * DAY, waited_s=6 * HOUR),
        page("failed for days", age_s=6 * DAY, waited_s=3 * DAY, like=FAILED),
        page("gone", age_s=DAY, waited_s=DAY, like=GONE),
        page("just failed", age_s=HOUR, waited_s=HOUR, like=FAILED),
        page("not due", age_s=5 * HOUR, waited_s=HOUR - 1),
    ]
    assert chosen(*pages) == [
        "just failed",
        "of today",
        "of the day before yesterday",
        "gone",
        "failed for days",
        "of last week",
    ]
    assert chosen(*pages, most=2) == ["just failed", "of today"]


def test_of_equally_promising_ones_the_longest_waiting_comes_first() -> None:
    pages = [page(f"{hours}", age_s=20 * HOUR, waited_s=hours * HOUR) for hours in (2, 5, 1, 3)]
    assert chosen(*pages) == ["5", "3", "2", "1"]


def test_who_waits_comes_before_the_young_in_the_end() -> None:
    young = page("young", age_s=5 * HOUR, waited_s=HOUR)
    assert chosen(page("old", age_s=6 * DAY, waited_s=2 * DAY), young) == ["young", "old"]
    assert chosen(page("old", age_s=34 * DAY, waited_s=29 * DAY), young) == ["old", "young"]
