"""The index as one: what was entered is found, by whatever process, and a file that is no good is put aside."""

import fcntl
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest

from harvester.checkpoints import Checkpoint, enter_checkpoint
from harvester.dedup import sketch
from harvester.index import Index, KnownArticle, KnownPage, mark
from harvester.index.sites import EditHabit
from harvester.link import Validators
from harvester.outcomes import Outcome, Reason
from harvester.urls import article_id

DAY = date(2026, 11, 23)
ID = article_id("s", "https://s.example/a")
ARTICLE = KnownArticle(
    id=ID,
    source="s",
    address=ID,
    day=DAY,
    revision=1,
    derivation=1,
    content="c" * 32,
    payload=mark("p1"),
    first_at=100.0,
    appeared_at=90.5,
    fetched_at=100.0,
)
PAGE = KnownPage(
    source="s",
    address=ID,
    url="https://s.example/a?id=1",
    outcome=Outcome.STORED,
    article_id=ID,
    first_at=1,
    checked_at=1,
    changed_at=1,
)
TEXT = " ".join(f"word{number}" for number in range(300))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path, "file:///archive")
    yield index
    index.close()


def test_what_was_entered_is_found(index: Index) -> None:
    index.enter(ARTICLE, sketch("Title", TEXT))
    index.pages.put(PAGE)
    assert index.articles.get(ID) == ARTICLE
    assert index.articles.get("0" * 32) is None
    assert index.articles.with_content("c" * 64) == [ARTICLE]
    assert index.articles.with_content("c" * 31 + "d" * 33) == []
    index.pages.put(replace(PAGE, address="1" * 32, outcome=Outcome.DUPLICATE))
    assert index.articles.of_source("s") == [ARTICLE]
    assert index.articles.of_source("other") == []
    assert index.pages.get(ID) == PAGE
    assert ARTICLE.key == f"articles/source=s/date=2026-11-23/{ID}-r1.json"
    (found,) = index.window.candidates([sketch("Another", TEXT)])[0]
    assert index.articles.numbered(found.number) == ARTICLE


def test_an_older_revision_never_replaces_a_newer_one(index: Index) -> None:
    newer = replace(ARTICLE, revision=2, content="d" * 32, fetched_at=200.0)
    index.articles.put(newer)
    index.articles.put(ARTICLE)
    assert index.articles.get(ID) == newer


def test_what_a_segment_does_not_tell_stays_and_of_a_new_revision_is_unknown(index: Index) -> None:
    index.articles.put(ARTICLE)
    bare = replace(ARTICLE, address=None, content=None, payload=None, appeared_at=100.0)
    index.articles.put(bare)
    assert index.articles.get(ID) == ARTICLE
    index.articles.put(replace(bare, revision=2))
    found = index.articles.get(ID)
    assert found is not None
    assert (found.revision, found.content, found.address, found.appeared_at) == (2, None, ID, 90.5)


@pytest.mark.parametrize("first", ["manifest", "segment"])
def test_the_window_gets_a_sketch_whichever_is_read_first(index: Index, first: str) -> None:
    bare = replace(ARTICLE, address=None, content=None)
    order = [(ARTICLE, None), (bare, sketch("Title", TEXT))]
    for article, taken in order if first == "manifest" else reversed(order):
        index.enter(article, taken)
    assert index.articles.get(ID) == ARTICLE
    assert len(index.window.candidates([sketch("", TEXT)])[0]) == 1


def test_a_page_keeps_its_first_time_and_its_article(index: Index) -> None:
    index.pages.put(PAGE)
    failed = replace(
        PAGE, article_id=None, outcome=Outcome.FAILED, reason=Reason.DNS, first_at=9, checked_at=9, changed_at=9
    )
    index.pages.put(failed)
    found = index.pages.get(ID)
    assert found is not None
    assert (found.first_at, found.checked_at, found.changed_at, found.article_id) == (1, 9, 1, ID)
    assert (found.outcome, found.reason) == (Outcome.FAILED, Reason.DNS)
    index.pages.put(replace(PAGE, outcome=Outcome.REVISED, first_at=20, checked_at=20, changed_at=20))
    index.pages.put(replace(PAGE, outcome=Outcome.UNCHANGED, first_at=30, checked_at=30, changed_at=30))
    found = index.pages.get(ID)
    assert found is not None
    assert (found.first_at, found.checked_at, found.changed_at) == (1, 30, 20)


@pytest.mark.parametrize("url", ["https://s.example/b", "http://other.example/b", "https://s.example", "/odd", "x"])
def test_addresses_come_back_as_they_were(index: Index, url: str) -> None:
    index.pages.put(PAGE)
    index.pages.put(replace(PAGE, address="1" * 32, url=url))
    found = index.pages.get("1" * 32)
    assert found is not None
    assert found.url == url


def test_addresses_that_are_not_looked_at_again_are_let_go(index: Index) -> None:
    index.pages.put(PAGE)
    index.pages.put(replace(PAGE, address="1" * 32, outcome=Outcome.FAILED))
    index.pages.put(replace(PAGE, address="2" * 32, first_at=10, checked_at=10))
    index.pages.retire("s", 5)
    assert [bool(page.url) for page in map(index.pages.get, (ID, "1" * 32, "2" * 32)) if page] == [False, True, True]
    assert index.pages.get(ID) == replace(PAGE, url=None)


def test_a_batch_that_breaks_leaves_nothing(index: Index) -> None:
    def break_off() -> None:
        with index.batch():
            index.articles.put(ARTICLE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert index.articles.get(ID) is None


def test_validators_come_and_go(index: Index) -> None:
    index.lists.put_validators("s", "https://s.example/feed", Validators(etag='"1"'))
    assert index.lists.validators("s", "https://s.example/feed") == Validators(etag='"1"')
    assert index.lists.all("s") == {"https://s.example/feed": Validators(etag='"1"')}
    index.lists.put_validators("s", "https://s.example/feed", None)
    assert index.lists.validators("s", "https://s.example/feed") is None


def test_a_canonical_address_lies_from_the_third_other_text_on_and_is_forgiven(index: Index) -> None:
    day = 86_400.0
    for number in range(3):
        assert index.sites.lying_canonical("s", 10 * day) is None
        index.sites.put_lie("s", "https://s.example/", f"https://s.example/{number}", 10 * day)
        index.sites.put_lie("s", "https://s.example/", f"https://s.example/{number}", 10 * day)
    assert index.sites.lying_canonical("s", 11 * day) == "https://s.example/"
    assert index.sites.lying_canonical("other", 11 * day) is None
    assert index.sites.lying_canonical("s", 101 * day) is None


def test_a_damaged_file_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Index.open(tmp_path, "x").close()
    (path,) = tmp_path.glob("*.sqlite")
    path.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    index = Index.open(tmp_path, "x")
    assert index.articles.get("a" * 32) is None
    index.close()
    assert "damaged" in caplog.text
    assert list(tmp_path.glob("*.damaged"))


def test_a_file_of_another_version_is_put_aside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Index.open(tmp_path, "x").close()
    (path,) = tmp_path.glob("*.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    Index.open(tmp_path, "x").close()
    assert "of version 1" in caplog.text


def test_damage_that_shows_later_is_said_and_the_next_opening_begins_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index = Index.open(tmp_path, "x")
    with index.batch():
        for number in range(5000):
            index.articles.put(replace(ARTICLE, id=f"{number:032x}"))
    index.close()
    (path,) = tmp_path.glob("*.sqlite")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xaa" * (path.stat().st_size // 2))
    index = Index.open(tmp_path, "x")
    with pytest.raises(sqlite3.DatabaseError):
        index.articles.of_source("s")
    index.close()
    assert "put aside" in caplog.text
    index = Index.open(tmp_path, "x")
    assert index.articles.get(f"{1000:032x}") is None
    index.close()


def test_a_file_that_another_process_locks_for_good_is_put_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = Index.open(tmp_path, "x")
    with first.batch():
        first.articles.put(ARTICLE)
        second = Index.open(tmp_path, "x", busy_timeout_s=0.2)
        assert second.articles.get(ID) is None
        second.articles.put(ARTICLE)
        second.close()
    assert first.articles.get(ID) == ARTICLE
    first.close()
    assert "locked" in caplog.text
    third = Index.open(tmp_path, "x")
    assert third.articles.get(ID) == ARTICLE
    third.close()


def test_two_openings_share_one_file(tmp_path: Path) -> None:
    one, other = Index.open(tmp_path, "x"), Index.open(tmp_path, "x")
    one.enter(ARTICLE, sketch("", TEXT))
    assert other.articles.get(ID) == ARTICLE
    assert len(other.window.candidates([sketch("", TEXT)])[0]) == 1
    third = Index.open(tmp_path, "another archive")
    assert third.articles.get(ID) is None
    for index in (one, other, third):
        index.close()


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from harvester.dedup import sketch
from harvester.index import Index
from tests.harvester.index.test_index import ARTICLE, TEXT
index = Index.open(Path(sys.argv[1]), "x")
for number in range(150):
    one = replace(ARTICLE, id=f"{int(sys.argv[2]):08x}{number:024x}")
    index.enter(one, sketch("", f"{TEXT} {sys.argv[2]} " * (1 + number % 2)))
    if number % 20 == 0:
        index.window.settle()
index.close()
"""


def test_processes_write_and_settle_at_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    root = Path(__file__).parents[3]
    writers = [subprocess.Popen([*command, str(name)], cwd=root, stderr=subprocess.PIPE) for name in (1, 2)]
    index = Index.open(tmp_path, "x")
    while any(writer.poll() is None for writer in writers):
        index.window.candidates([sketch("", TEXT)])
    assert [writer.communicate()[1] for writer in writers] == [b"", b""]
    assert [writer.returncode for writer in writers] == [0, 0]
    index.window.settle()
    day = index.window._postings(DAY)
    assert day is not None
    assert sorted(day.numbers.tolist()) == list(range(1, 301))
    index.close()


def test_openings_at_once_share_one_fresh_file(tmp_path: Path) -> None:
    at_once = Barrier(4)

    def open_one(folder: Path) -> Index:
        at_once.wait()
        return Index.open(folder, "x")

    folders = [tmp_path / str(number) for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        for folder in folders:
            for index in list(pool.map(open_one, [folder] * 4)):
                index.close()
    assert not list(tmp_path.rglob("*.damaged"))


def test_an_opening_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    Index.open(tmp_path, "x").close()
    (lock,) = tmp_path.glob("*.lock")
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        Index.open(tmp_path, "x", busy_timeout_s=0.1).close()


def test_a_damaged_file_is_put_aside_once_and_its_successor_is_left_alone(tmp_path: Path) -> None:
    first, second = (Index.open(tmp_path, "x") for _ in range(2))
    with first.batch():
        for number in range(5000):
            first.articles.put(replace(ARTICLE, id=f"{number:032x}"))
    first._database.row("PRAGMA wal_checkpoint(TRUNCATE)")
    for index in (first, second):
        index._database.row("PRAGMA cache_size = 0")
    (path,) = tmp_path.glob("*.sqlite")
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xaa" * (path.stat().st_size // 2))
    with pytest.raises(sqlite3.DatabaseError):
        first.articles.of_source("s")
    successor = Index.open(tmp_path, "x")
    successor.articles.put(ARTICLE)
    for index in (first, second):
        with pytest.raises(sqlite3.DatabaseError):
            index.articles.of_source("s")
    later = Index.open(tmp_path, "x")
    assert later.articles.get(ID) == ARTICLE
    for index in (first, second, successor, later):
        index.close()


def test_a_source_whose_number_was_rolled_back_gets_another_one(tmp_path: Path) -> None:
    one, other = Index.open(tmp_path, "x"), Index.open(tmp_path, "x")

    def break_off() -> None:
        with one.batch():
            one.pages.put(PAGE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    theirs = replace(PAGE, source="other", address="1" * 32, url="https://other.example/a")
    other.pages.put(theirs)
    moved = replace(PAGE, url="http://s.example/a")
    one.pages.put(moved)
    assert other.pages.get(ID) == moved
    assert one.pages.get("1" * 32) == theirs
    one.close()
    other.close()


def test_a_checkpoint_is_entered_bit_by_bit_and_again_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Index.open(tmp_path, "x"), Index.open(tmp_path, "x")
    checkpoint = Checkpoint(
        source="s",
        day=DAY,
        taken=(),
        pages=tuple(replace(PAGE, address=f"{number:032x}") for number in range(1, 1201)),
        articles=(ARTICLE,),
        lists={"https://s.example/feed": Validators(etag='"1"')},
        entry_points=None,
        lies=(),
        habit=EditHabit(looks=3, edits=1),
    )
    put, pages_seen = one.pages.put, []

    def seen_by_another(page: KnownPage) -> None:
        put(page)
        pages_seen.append(sum(1 for _ in other.pages.all("s")) if page.address.endswith("00") else 0)

    def killed(_source: str, _day: date) -> None:
        raise KeyboardInterrupt

    other.pages.put(checkpoint.pages[0])
    with monkeypatch.context() as patched:
        patched.setattr(one.pages, "put", seen_by_another)
        patched.setattr(one.taken, "put_synced_day", killed)
        with pytest.raises(KeyboardInterrupt):
            enter_checkpoint(one, checkpoint)
    assert max(pages_seen) == 1000
    assert (other.taken.synced_day("s"), other.sites.habit("s"), other.lists.all("s")) == (None, EditHabit(), {})
    enter_checkpoint(one, checkpoint)
    assert (other.taken.synced_day("s"), other.sites.habit("s")) == (DAY, checkpoint.habit)
    assert other.articles.get(ID) == ARTICLE
    for index in (one, other):
        index.close()
