"""The writer: each record and capture once, whoever else writes at the same time."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.archive import ArchiveReader, ArchiveWriter, Existing, ObjectInfo, ObjectStore, Written
from harvester.archive.claims import LANDING
from harvester.errors import ObjectExists, StoreError
from tests.archive_samples import HTML, NOON, RUN_ID, article_id, page, record

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
OTHER_RUN = "20261123T133602Z-aaaaaa"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def writer_at(store: ObjectStore, now: datetime, known_since: date | None = None) -> ArchiveWriter:
    return ArchiveWriter(store, Clock(now), known_since=known_since)


def articles_in(store: ObjectStore) -> list[str]:
    return sorted(found.key for found in store.list("articles/"))


def test_an_article_is_written_under_the_day_and_its_checksum_told(any_store: ObjectStore) -> None:
    written = writer_at(any_store, NOON).put_article(record())
    assert isinstance(written, Written)
    assert written.key == f"articles/source=example/date=2026-11-23/{article_id('harbour')}-r1.json"
    body = any_store.get(written.key)
    assert written.body == body
    assert ArchiveReader(any_store).record(written.key) == record()


def test_a_record_that_is_there_comes_back(any_store: ObjectStore) -> None:
    writer = writer_at(any_store, NOON)
    first = writer.put_article(record(run_id=OTHER_RUN))
    again = writer.put_article(record())
    assert again == Existing(key=first.key, record=record(run_id=OTHER_RUN))


def test_revisions_and_derivations_stand_beside_one_another(any_store: ObjectStore) -> None:
    writer = writer_at(any_store, NOON)
    for one in (record(), record(revision=2), record(number=2), record(revision=2, number=3)):
        assert isinstance(writer.put_article(one), Written)
    stem = f"articles/source=example/date=2026-11-23/{article_id('harbour')}"
    assert articles_in(any_store) == [f"{stem}-r1-d2.json", f"{stem}-r1.json", f"{stem}-r2-d3.json", f"{stem}-r2.json"]


def test_a_capture_is_kept_and_named_by_its_body(any_store: ObjectStore) -> None:
    taken = writer_at(any_store, NOON).put_capture(page(), source="example", article_id="0" * 32, run_id=RUN_ID)
    payload = hashlib.sha256(HTML).hexdigest()
    assert taken.key == f"captures/source=example/date=2026-11-23/{'0' * 32}-{payload[:12]}.warc.gz"
    assert taken.payload_sha256 == payload
    assert taken.body == any_store.get(taken.key)
    assert ArchiveReader(any_store).page(taken.key) == page()


def test_the_same_body_on_the_same_day_is_captured_once(any_store: ObjectStore) -> None:
    writer = writer_at(any_store, NOON)
    first = writer.put_capture(page(), source="example", article_id="0" * 32, run_id=RUN_ID)
    again = writer.put_capture(page(), source="example", article_id="0" * 32, run_id=OTHER_RUN)
    assert again == first


def test_a_run_of_several_days_finds_what_others_stored_meanwhile(any_store: ObjectStore) -> None:
    other = writer_at(any_store, NOON + timedelta(days=1)).put_article(record(run_id=OTHER_RUN))
    long_run = writer_at(any_store, NOON)
    long_run._now = Clock(NOON + timedelta(days=3))
    assert long_run.put_article(record()) == Existing(key=other.key, record=record(run_id=OTHER_RUN))


def race(
    stores: list[ObjectStore], moments: list[datetime], known_since: date
) -> list[Written | Existing | StoreError]:
    """Writers whose clocks show these moments store one article at once."""
    writers = [writer_at(store, now, known_since) for store, now in zip(stores, moments, strict=True)]
    barrier = Barrier(len(writers))

    def write(number: int) -> Written | Existing | StoreError:
        one = record(run_id=f"20261123T133601Z-{number:06x}")
        barrier.wait(timeout=30)
        try:
            return writers[number].put_article(one)
        except StoreError as error:
            return error

    with ThreadPoolExecutor(len(writers)) as pool:
        return list(pool.map(write, range(len(writers))))


def assert_stored_once(answers: list[Written | Existing | StoreError], store: ObjectStore) -> None:
    written = [answer for answer in answers if isinstance(answer, Written)]
    assert len(written) == 1
    assert articles_in(store) == [written[0].key]
    assert all(answer.key == written[0].key for answer in answers)


@pytest.mark.parametrize(
    "minutes", [(0, 0), (-1, 1), (1, -1), (-8, 2), (-14, -4), (-20, -10), (10, 20), (6, 14)], ids=str
)
def test_two_clocks_around_midnight_store_an_article_once(minutes: tuple[int, int], any_store: ObjectStore) -> None:
    moments = [MIDNIGHT + timedelta(minutes=minute) for minute in minutes]
    assert_stored_once(race([any_store] * 2, moments, date(2026, 11, 23)), any_store)


def test_six_writers_in_one_second_store_an_article_once(any_store: ObjectStore) -> None:
    assert_stored_once(race([any_store] * 6, [NOON] * 6, date(2026, 11, 23)), any_store)


class World:
    """Objects in memory and the true time, in which each call of the first writer takes its while.

    Before the call number `turn` of the first writer, the second one stores the article at a stroke.
    """

    def __init__(self, start: datetime, delays: list[float], turn: int, skew: timedelta) -> None:
        self.url = "memory"
        self.objects: dict[str, bytes] = {}
        self.time = start
        self.known_since = start.date()
        self.delays = iter(delays)
        self.left = turn
        self.skew = skew
        self.answers: list[Written | Existing | StoreError] = []

    def play(self) -> None:
        self.store_article(lambda: self.pass_time("clock"), RUN_ID)
        if self.left >= 0:
            self.second()

    def second(self) -> None:
        self.left = -1
        delays, self.delays = self.delays, iter(())
        self.store_article(lambda: self.time + self.skew, OTHER_RUN)
        self.delays = delays

    def store_article(self, now: Callable[[], datetime], run_id: str) -> None:
        try:
            writer = ArchiveWriter(self, now, known_since=self.known_since)
            self.answers.append(writer.put_article(record(run_id=run_id)))
        except StoreError as error:
            self.answers.append(error)

    def pass_time(self, key: str) -> datetime:
        delay = timedelta(minutes=next(self.delays, 0))
        self.time += min(delay, LANDING) if key.startswith("articles/") else delay
        if self.left == 0:
            self.second()
        self.left -= 1
        return self.time

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        self.pass_time(key)
        if key in self.objects:
            raise ObjectExists(key)
        self.objects[key] = body

    def get(self, key: str) -> bytes:
        self.pass_time(key)
        return self.objects[key]

    def size(self, key: str) -> int | None:
        self.pass_time(key)
        return len(self.objects[key]) if key in self.objects else None

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        raise NotImplementedError

    def prefixes(self, prefix: str) -> Iterator[str]:
        raise NotImplementedError

    def check(self, *, writing: bool = True) -> None:
        raise NotImplementedError


@settings(max_examples=500, deadline=None)
@given(
    start=st.integers(-40, 40),
    skew=st.integers(-10, 10),
    delays=st.lists(st.integers(0, 20), max_size=8),
    turn=st.integers(0, 8),
)
def test_whatever_the_clocks_and_delays_there_is_one_record(
    start: int, skew: int, delays: list[float], turn: int
) -> None:
    """Minutes. The clocks differ by at most CLOCK_SKEW, a write that was sent lands within LANDING; all else may be."""
    world = World(MIDNIGHT + timedelta(minutes=start), delays, turn, timedelta(minutes=skew))
    world.play()
    stored = [key for key in world.objects if key.startswith("articles/")]
    assert len(stored) <= 1
    assert sum(isinstance(answer, Written) for answer in world.answers) == len(stored)


def test_a_claim_whose_owner_died_is_left_to_the_next_run(any_store: ObjectStore) -> None:
    dying = writer_at(any_store, MIDNIGHT - timedelta(minutes=2))

    class Dies(Exception):
        pass

    clock = Clock(MIDNIGHT - timedelta(minutes=2))
    moments = iter([clock.now])

    def now() -> datetime:
        for moment in moments:
            return moment
        raise Dies

    dying._now = now
    with pytest.raises(Dies):
        dying.put_article(record())
    since = date(2026, 11, 23)
    with pytest.raises(StoreError, match="the next run stores it"):
        writer_at(any_store, MIDNIGHT + timedelta(minutes=9), since).put_article(record())
    assert isinstance(writer_at(any_store, MIDNIGHT + timedelta(minutes=16), since).put_article(record()), Written)
    assert len(articles_in(any_store)) == 1


def test_who_takes_over_a_claim_in_time_writes_under_its_day(any_store: ObjectStore) -> None:
    slow = writer_at(any_store, MIDNIGHT - timedelta(minutes=2), date(2026, 11, 23))
    clock = iter([MIDNIGHT - timedelta(minutes=2), MIDNIGHT + timedelta(minutes=4)])
    slow._now = lambda: next(clock)
    with pytest.raises(StoreError, match="claimed"):
        slow.put_article(record())
    quick = writer_at(any_store, MIDNIGHT + timedelta(minutes=1), date(2026, 11, 23)).put_article(record())
    assert isinstance(quick, Written)
    assert "date=2026-11-23" in quick.key
