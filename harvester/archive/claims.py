"""Which day an article is written under, so that two runs at once meet at one key, around midnight too.

A record's key has the day (UTC) on which it is written. Away from midnight all clocks name the same day. Near it, who
writes first claims the record for one day with a create-only object, and all others take that day:

    until 23:45         today, without a claim; who has not written by then chooses again
    23:45 to 00:15      the day that the claim names; nobody starts a write under the old day after 00:03
    from 00:15          today, without a claim; by then, whatever the other clocks say, no write under the old day is
                        under way, so that looking whether it is there is safe

A claim whose owner died before it wrote blocks the record until 00:15; the next run stores it. Claims are of one
midnight each (their keys have its date), so an old one means nothing later and may be deleted by a lifecycle rule.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import orjson

import harvester.archive.keys as keys
from harvester.archive.store import ObjectStore
from harvester.errors import ObjectExists, StoreError

CLOCK_SKEW: Final = timedelta(minutes=10)
"""The most by which the clocks of two machines that write to one archive may differ (NTP: under a second)."""

WRITE_BY: Final = timedelta(minutes=3)
"""After midnight, by the writer's own clock: later nothing is written under the old day."""

LANDING: Final = timedelta(minutes=2)
"""A write that was started has ended by then, retries included (see the limits in `harvester.archive.s3`)."""

WINDOW: Final = CLOCK_SKEW + WRITE_BY + LANDING
"""Before and after midnight, in which claims are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordName:
    """One derivation of one revision of an article, whatever the day."""

    source: str
    id: str
    revision: int
    derivation: int

    def key(self, day: date) -> str:
        return keys.article_key(self.source, day, self.id, self.revision, self.derivation)

    def claim_key(self, midnight: date) -> str:
        return keys.claim_key(midnight, self.source, self.id, self.revision, self.derivation)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingDay:
    """The day that was chosen for a record, and whether by a claim."""

    day: date
    claimed: bool

    def holds(self, now: datetime) -> bool:
        """May a write under this day be started now?"""
        if self.claimed:
            return utc_day(now - WRITE_BY) <= self.day
        return midnight_near(now) is None and utc_day(now) == self.day


def utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def midnight_near(now: datetime) -> date | None:
    """The day that begins with the midnight near which we are; None away from midnight."""
    before, after = utc_day(now - WINDOW), utc_day(now + WINDOW)
    return after if before != after else None


def writing_day(store: ObjectStore, name: RecordName, now: datetime) -> WritingDay:
    """The day under which the record is to be written; near midnight claimed, or read from another run's claim."""
    midnight = midnight_near(now)
    if midnight is None:
        return WritingDay(day=utc_day(now), claimed=False)
    key = name.claim_key(midnight)
    claim = orjson.dumps({"date": utc_day(now).isoformat(), "claimed_at": now.astimezone(UTC).isoformat()})
    try:
        store.put_new(key, claim, content_type="application/json")
        return WritingDay(day=utc_day(now), claimed=True)
    except ObjectExists:
        return WritingDay(day=_claimed_day(key, store.get(key), midnight), claimed=True)


def first_doubtful_day(known_since: date, now: datetime) -> date:
    """The first day under which there may be records unknown to a run that learned at `now` what the archive holds.

    Just after midnight, another run may still write under the day before.
    """
    midnight = midnight_near(now)
    return min(known_since, midnight - timedelta(days=1)) if midnight else known_since


def _claimed_day(key: str, body: bytes, midnight: date) -> date:
    try:
        day = date.fromisoformat(orjson.loads(body)["date"])
    except (ValueError, KeyError, TypeError):
        raise StoreError(key, "is not a claim") from None
    if day not in (midnight, midnight - timedelta(days=1)):
        raise StoreError(key, f"claims {day}, which is not a day beside its midnight")
    return day
