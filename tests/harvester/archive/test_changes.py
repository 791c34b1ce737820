"""What is new since a cursor: each record once, in the order of the commits, also while runs write."""

import json
import multiprocessing
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys, open_store
from harvester.archive.changes import Changes
from harvester.archive.commits import BEGINNING, CommitKind, CommitLog, Cursor
from harvester.archive.lines import article_line
from harvester.archive.links import CopyLink, link_lines
from harvester.archive.manifest import Manifest
from harvester.archive.record import ArticleRecord, instant
from harvester.archive.removals import Removal
from harvester.archive.wanted import Wanted
from harvester.errors import StoreError, UsageError
from tests.archive_samples import NOON, article, article_id, record

MONDAY = date(2026, 11, 23)


def named(name: str, **changed: object) -> ArticleRecord:
    return record(name, article(name, f"Text of {name}."), **changed)


def run_id(number: int) -> str:
    return keys.new_run_id(NOON, f"{number:06x}")


def commit(store: ObjectStore, number: int, *records: ArticleRecord, day: int = 0) -> list[str]:
    """A run that wrote these on one day and has ended; keys of the records."""
    at = NOON + timedelta(days=day)
    writer = ArchiveWriter(store, lambda: at)
    written = [(one, writer.put_article(one)) for one in records]
    manifest = Manifest(
        run_id=run_id(number),
        source=records[0].source,
        started_at=at,
        ended_at=at,
        objects=[article_line(one, done.key, one.to_json(), None) for one, done in written],
    )
    key = keys.manifest_key(at.date(), manifest.run_id, records[0].source)
    store.put_new(key, manifest.to_json(), content_type="application/json")
    log = CommitLog(store)
    log.append(key, manifest.to_json(), kind=CommitKind.MANIFEST, at=at, after=0, source=records[0].source)
    return [done.key for _, done in written]


def take_down(store: ObjectStore, name: str, reason: str) -> None:
    removal = Removal(id=article_id(name), source="example", reason=reason, at=instant(NOON))
    store.put_new(removal.key, removal.to_json(), content_type="application/json")
    CommitLog(store).append(
        removal.key, removal.to_json(), kind=CommitKind.REMOVAL, at=NOON, after=0, source=removal.source
    )


def titles(changes: Changes) -> list[str]:
    return [f"{one.title} {one.revision}.{one.derivation.number}" for one in changes]


def since(store: ObjectStore, cursor: Cursor, **wanted: object) -> Changes:
    return Changes(ArchiveReader(store), cursor, Wanted(**wanted))  # type: ignore[arg-type]


def test_an_empty_archive_has_nothing_new(any_store: ObjectStore) -> None:
    changes = since(any_store, BEGINNING)
    assert titles(changes) == []
    assert list(changes.removals()) == []
    assert changes.cursor == BEGINNING


def test_records_come_in_the_order_in_which_they_became_visible_each_once(any_store: ObjectStore) -> None:
    commit(any_store, 1, named("z"), named("y"))
    first = since(any_store, BEGINNING)
    commit(any_store, 2, named("a"))
    assert titles(first) == ["z 1.1", "y 1.1"], "what came after the cursor was taken is not there"
    second = since(any_store, first.cursor)
    assert titles(second) == ["a 1.1"]
    assert str(second.cursor).startswith("2-")
    assert titles(since(any_store, second.cursor)) == []
    assert titles(since(any_store, BEGINNING)) == ["z 1.1", "y 1.1", "a 1.1"]


@pytest.fixture
def history(folder_store: ObjectStore) -> ObjectStore:
    """Stored, cleaned again, revised, and that cleaned again; each by a commit of its own."""
    commit(folder_store, 1, named("a"), named("b"))
    commit(folder_store, 2, named("a", number=2), day=1)
    commit(folder_store, 3, named("a", revision=2), day=2)
    commit(folder_store, 4, named("a", revision=2, number=2), named("c"), day=3)
    return folder_store


@pytest.mark.parametrize(
    ("after", "latest", "each"),
    [
        (0, ["b 1.1", "a 2.2", "c 1.1"], ["b 1.1", "a 1.2", "a 2.2", "c 1.1"]),
        (1, ["a 2.2", "c 1.1"], ["a 1.2", "a 2.2", "c 1.1"]),
        (3, ["a 2.2", "c 1.1"], ["a 2.2", "c 1.1"]),
        (4, [], []),
    ],
)
def test_of_each_article_only_the_last_of_the_range(
    history: ObjectStore, after: int, latest: list[str], each: list[str]
) -> None:
    cursor = CommitLog(history).cursor(after)
    assert titles(since(history, cursor)) == latest
    assert titles(since(history, cursor, revisions="all")) == each


def test_other_filters_work_within_the_range(folder_store: ObjectStore) -> None:
    commit(folder_store, 1, named("a"), named("b", copy_of=article_id("x"), similarity=0.9))
    commit(folder_store, 2, record("ar", article("إفتتاحُ المَرفأ", "خبر", language="ar-LB"), source="other"), day=1)
    later = MONDAY + timedelta(days=1)
    assert titles(since(folder_store, BEGINNING, source="example")) == ["a 1.1", "b 1.1"]
    assert titles(since(folder_store, BEGINNING, copies="drop", language="en")) == ["a 1.1"]
    assert titles(since(folder_store, BEGINNING, contains="افتتاح المرفا")) == ["إفتتاحُ المَرفأ 1.1"]
    assert titles(since(folder_store, BEGINNING, until=MONDAY)) == ["a 1.1", "b 1.1"]
    assert [one.source for one in since(folder_store, BEGINNING, since=later)] == ["other"]


def test_a_copy_that_was_found_later_is_told(folder_store: ObjectStore) -> None:
    commit(folder_store, 1, named("a"), named("b"))
    link = CopyLink(
        id=article_id("b"),
        source="example",
        copy_of=article_id("a"),
        similarity=1,
        copy_kind="copy",
        linked_at=instant(NOON),
    )
    key = keys.batch_links_key(MONDAY, MONDAY, "0" * 12)
    folder_store.put_new(key, link_lines([link]), content_type="application/jsonl")
    assert [one.copy_of for one in since(folder_store, BEGINNING)] == [None, article_id("a")]
    assert titles(since(folder_store, BEGINNING, copies="drop")) == ["a 1.1"]


def test_an_article_that_was_taken_down_is_named_and_not_given(any_store: ObjectStore) -> None:
    written = commit(any_store, 1, named("a"), named("b"), named("c"))
    before = since(any_store, BEGINNING).cursor
    take_down(any_store, "a", "court order 7 O 12/26")
    take_down(any_store, "b", "a mistake")
    any_store.delete(written[0])  # of "b" the record is still there: the command was killed before it deleted it
    assert titles(since(any_store, BEGINNING)) == ["c 1.1"]
    changes = since(any_store, before)
    assert titles(changes) == []
    assert [(one.id, one.reason) for one in changes.removals()] == [
        (article_id("a"), "court order 7 O 12/26"),
        (article_id("b"), "a mistake"),
    ]
    assert list(since(any_store, changes.cursor).removals()) == []
    assert list(since(any_store, before, source="other").removals()) == []


def test_a_record_that_is_gone_without_a_word_is_named(folder_store: ObjectStore) -> None:
    written = commit(folder_store, 1, named("a"), named("b"))
    folder_store.delete(written[0])
    told: list[StoreError] = []
    reader = ArchiveReader(folder_store, on_unreadable=told.append)
    assert titles(Changes(reader, BEGINNING)) == ["b 1.1"]
    assert [error.key for error in told] == written[:1]
    assert reader.unreadable == 1


@pytest.mark.parametrize("cursor", ["1-00000000", "7-12345678"])
def test_a_cursor_of_another_archive_is_refused(folder_store: ObjectStore, cursor: str) -> None:
    commit(folder_store, 1, named("a"))
    with pytest.raises(UsageError, match=f"{cursor} is not of"):
        since(folder_store, Cursor.parse(cursor))


RUNS, EACH = 12, 3


def _write(url: str, source: str) -> None:
    store = open_store(url)
    for number in range(RUNS):
        commit(store, number, *(named(f"{source}-{number}-{one}", source=source) for one in range(EACH)))


def _follow(url: str, file: Path) -> None:
    """Read on until all is there; each chunk is a line of ids."""
    store, cursor, seen = open_store(url), BEGINNING, 0
    with file.open("w", encoding="utf-8") as out:
        while seen < 2 * RUNS * EACH:
            changes = Changes(ArchiveReader(store), cursor)
            found = [one.id for one in changes]
            if found:
                out.write(json.dumps(found) + "\n")
            seen, cursor = seen + len(found), changes.cursor


def test_readers_that_follow_while_runs_write_get_all_of_it_once(any_store: ObjectStore, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    files = [tmp_path / f"{number}.jsonl" for number in range(2)]
    others = [context.Process(target=_write, args=(any_store.url, source)) for source in ("first", "second")]
    others += [context.Process(target=_follow, args=(any_store.url, file)) for file in files]
    for one in others:
        one.start()
    for one in others:
        one.join(100)
        assert one.exitcode == 0
    archive = {one.id for one in ArchiveReader(any_store).records()}
    assert len(archive) == 2 * RUNS * EACH
    for file in files:
        with file.open(encoding="utf-8") as chunks:
            read = Counter(one for line in chunks for one in json.loads(line))
        assert set(read) == archive
        assert set(read.values()) == {1}
