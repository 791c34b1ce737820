"""Which day a record is written under, around midnight (UTC)."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from harvester.archive import ObjectStore
from harvester.archive.claims import (
    CLOCK_SKEW,
    LANDING,
    WINDOW,
    WRITE_BY,
    RecordName,
    WritingDay,
    first_doubtful_day,
    midnight_near,
    writing_day,
)
from harvester.errors import StoreError
from tests.archive_samples import article_id

SUNDAY, MONDAY = date(2026, 11, 22), date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
NAME = RecordName(source="example", id=article_id("x"), revision=1, derivation=1)


def at(minutes: float) -> datetime:
    """Minutes after the midnight between Sunday and Monday."""
    return MIDNIGHT + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "day"), [(-16, None), (-15, MONDAY), (-1, MONDAY), (0, MONDAY), (14.9, MONDAY), (15, None), (600, None)]
)
def test_midnight_is_near_for_a_quarter_of_an_hour(minutes: float, day: date | None) -> None:
    assert midnight_near(at(minutes)) == day


@pytest.mark.parametrize(("minutes", "still"), [(-600, True), (2.9, True), (3, False), (600, False)])
def test_nothing_is_written_under_the_old_day_long_after_midnight(minutes: float, still: bool) -> None:
    assert WritingDay(day=SUNDAY, claimed=True).holds(at(minutes)) is still


def test_the_day_that_is_about_to_begin_may_be_written() -> None:
    assert WritingDay(day=MONDAY, claimed=True).holds(at(-5))


@pytest.mark.parametrize(("minutes", "still"), [(-600, True), (-15.1, True), (-15, False), (-1, False), (20, False)])
def test_a_day_that_was_not_claimed_holds_until_midnight_is_near(minutes: float, still: bool) -> None:
    assert WritingDay(day=SUNDAY, claimed=False).holds(at(minutes)) is still


def test_a_local_clock_does_not_matter() -> None:
    beirut = timezone(timedelta(hours=2))
    assert midnight_near(at(5).astimezone(beirut)) == MONDAY


def test_far_from_midnight_nothing_is_claimed(any_store: ObjectStore) -> None:
    assert writing_day(any_store, NAME, at(-20)).day == SUNDAY
    assert writing_day(any_store, NAME, at(20)).day == MONDAY
    assert list(any_store.list("")) == []


@pytest.mark.parametrize(("first", "second"), [(-5, 5), (5, -5), (-14, 2), (1, 14)])
def test_the_first_claim_names_the_day_for_all(first: float, second: float, any_store: ObjectStore) -> None:
    day = writing_day(any_store, NAME, at(first)).day
    assert day == (SUNDAY if first < 0 else MONDAY)
    assert writing_day(any_store, NAME, at(second)).day == day


def test_a_claim_is_of_one_midnight(any_store: ObjectStore) -> None:
    assert writing_day(any_store, NAME, at(-1)).day == SUNDAY
    assert writing_day(any_store, NAME, at(-1) + timedelta(days=7)).day == SUNDAY + timedelta(days=7)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"date": 3}', b'{"date": "2001-01-01"}'])
def test_what_is_no_claim_is_an_error(body: bytes, any_store: ObjectStore) -> None:
    any_store.put_new(NAME.claim_key(MONDAY), body, content_type="application/json")
    with pytest.raises(StoreError):
        writing_day(any_store, NAME, at(0))


@pytest.mark.parametrize(("started", "first"), [(-600, SUNDAY), (-5, SUNDAY), (5, SUNDAY), (20, MONDAY)])
def test_a_run_that_starts_just_after_midnight_does_not_know_all_of_the_day_before(started: float, first: date) -> None:
    now = at(started)
    assert first_doubtful_day(now.date(), now) == first


@pytest.mark.parametrize("skew_minutes", [-10, 0, 10])
def test_no_write_under_the_old_day_lands_after_others_stop_looking_at_claims(skew_minutes: float) -> None:
    """The last write under Sunday, by a clock that is off, against the first unclaimed one under Monday."""
    skew = timedelta(minutes=skew_minutes)
    assert abs(skew) <= CLOCK_SKEW
    lands = MIDNIGHT + WRITE_BY + LANDING + skew
    first_unclaimed = MIDNIGHT + WINDOW
    assert lands <= first_unclaimed
