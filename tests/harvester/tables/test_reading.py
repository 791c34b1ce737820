"""Reading the tables, and from objects what is newer, gives what reading all objects gives."""

import random
from datetime import timedelta
from typing import Any

import orjson
import pytest

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.lines import article_line, object_line
from harvester.archive.links import CopyLink, link_lines
from harvester.archive.manifest import Manifest
from harvester.archive.record import ArticleRecord, instant
from harvester.archive.removals import Removal
from harvester.archive.wanted import Wanted
from harvester.tables import update_tables
from harvester.tables.reading import TableReader, table_for
from tests.archive_samples import NOON, article, article_id, record

WORDS = ("harbour", "البلدية", "العاصمة", "council", "été", "=1+1", "a\u0000b\u001b[31m", "\ufffd")


class History:
    """An archive that grows day by day."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store
        self.day = 0
        self._runs = 0
        self.log = CommitLog(store)

    def at(self, day: int | None = None) -> Any:
        return NOON + timedelta(days=self.day if day is None else day)

    def write(self, *records: ArticleRecord, day: int | None = None) -> list[Any]:
        writer = ArchiveWriter(self.store, lambda: self.at(day))
        return [article_line(one, writer.put_article(one).key, one.to_json(), None) for one in records]

    def commit(self, lines: list[Any], source: str | None = "example") -> None:
        """Make visible what was written, on this day."""
        self._runs += 1
        run_id = keys.new_run_id(self.at(), f"{self._runs:06x}")
        manifest = Manifest(
            run_id=run_id, source=source, command="link", started_at=self.at(), ended_at=self.at(), objects=lines
        )
        day = self.at().date()
        key = keys.manifest_key(day, run_id, source) if source else keys.command_manifest_key(day, run_id, "link")
        self.store.put_new(key, manifest.to_json(), content_type="application/json")
        self.log.append(key, manifest.to_json(), kind=CommitKind.MANIFEST, at=self.at(), after=0, source=source)

    def add(self, *records: ArticleRecord) -> None:
        self.commit(self.write(*records))

    def link(self, copy: ArticleRecord, original: ArticleRecord, day: int) -> None:
        """Found today; the copy's record stands under `day`."""
        link = CopyLink(
            id=copy.id,
            revision=copy.revision,
            source=copy.source,
            copy_of=original.id,
            similarity=0.75,
            copy_kind="partial",
            linked_at=instant(self.at()),
        )
        self._runs += 1
        key = keys.batch_links_key(self.at(day).date(), self.at().date(), f"{self._runs:012x}")
        body = link_lines([link])
        self.store.put_new(key, body, content_type="application/jsonl")
        self.commit([object_line(key, body, "links")], source=None)

    def take_down(self, one: ArticleRecord) -> None:
        removal = Removal(id=one.id, source=one.source, reason="asked to", at=instant(self.at()))
        self.store.put_new(removal.key, removal.to_json(), content_type="application/json")
        self.log.append(
            removal.key, removal.to_json(), kind=CommitKind.REMOVAL, at=self.at(), after=0, source=one.source
        )
        found = ArchiveReader(self.store)
        for key, _ in found.show(one.id):
            self.store.delete(key)


def from_tables(store: ObjectStore, **wanted: Any) -> list[bytes]:
    reader = ArchiveReader(store)
    table = table_for(reader, Wanted(**wanted))
    assert table is not None
    found = list(TableReader(reader, table, Wanted(**wanted)).lines())
    assert reader.unreadable == 0
    return found


def from_objects(store: ObjectStore, **wanted: Any) -> list[bytes]:
    return [one.line() for one in ArchiveReader(store).stored(Wanted(**wanted))]


def assert_same(store: ObjectStore, *, in_order: bool = True, **wanted: Any) -> list[dict[str, Any]]:
    """The records; they are the same either way, and so is their order."""
    found, expected = from_tables(store, **wanted), from_objects(store, **wanted)
    assert sorted(found) == sorted(expected)
    assert found == expected or not in_order
    return [orjson.loads(line) for line in found]


def named(name: str, hour: int = 0, **changed: Any) -> ArticleRecord:
    text = changed.pop("text", f"Text of {name}.")
    language = changed.pop("language", "en")
    return record(name, article(name, text, language=language), fetched_at=NOON - timedelta(hours=hour), **changed)


def titles(records: list[dict[str, Any]]) -> list[str]:
    return [f"{one['title']} {one['revision']}.{one['derivation']['number']}" for one in records]


@pytest.fixture
def history(any_store: ObjectStore) -> History:
    return History(any_store)


def test_without_tables_there_is_nothing_to_read_from(history: History) -> None:
    history.add(named("a"))
    assert table_for(ArchiveReader(history.store), Wanted()) is None


def test_the_table_answers_for_the_latest_revisions_up_to_its_last_day(history: History) -> None:
    history.add(named("a"))
    update_tables(history.store)
    reader = ArchiveReader(history.store)
    assert table_for(reader, Wanted(until=NOON.date()))
    assert table_for(reader, Wanted(until=NOON.date() - timedelta(days=1))) is None
    assert table_for(reader, Wanted(revisions="all")) is None


def test_what_is_older_comes_from_the_table_and_the_last_days_from_objects(folder_store: ObjectStore) -> None:
    history = History(folder_store)
    lines = history.write(named("a", 2), named("b", 1), named("c", 3, source="other"))
    history.commit(lines[:2])
    history.commit(lines[2:], "other")
    history.day = 5
    history.add(named("d"))
    update_tables(folder_store)
    for line in lines:
        folder_store.delete(line.key)
    assert titles([orjson.loads(line) for line in from_tables(folder_store)]) == ["c 1.1", "a 1.1", "b 1.1", "d 1.1"]


def test_the_last_of_each_article_is_given_once_wherever_it_stands(history: History) -> None:
    history.add(named("revised"), named("derived"), named("old"), named("stays"))
    history.day = 1
    history.add(named("old", revision=2))
    history.day = 5
    update_tables(history.store)
    history.add(named("x"))
    update_tables(history.store)
    history.day = 6
    history.add(named("revised", revision=2), named("derived", number=2), named("old", number=2))
    assert titles(assert_same(history.store)) == [
        "stays 1.1", "old 2.1", "x 1.1", "derived 1.2", "revised 2.1"
    ]  # fmt: skip


def test_what_became_visible_late_is_given_on_its_day(history: History) -> None:
    early = history.write(named("early"))
    history.write(named("killed"), day=9)
    history.day = 2
    history.add(named("a"))
    history.day = 9
    history.add(named("b"))
    update_tables(history.store)
    history.day = 10
    history.commit(early)
    assert titles(assert_same(history.store)) == ["early 1.1", "a 1.1", "b 1.1", "killed 1.1"]


def test_a_derivation_of_an_old_revision_that_became_visible_late_does_not_count(history: History) -> None:
    history.add(named("a"))
    late = history.write(named("a", number=2), day=1)
    history.day = 2
    history.add(named("a", revision=2))
    history.day = 9
    history.add(named("b"))
    update_tables(history.store)
    history.commit(late)
    assert titles(assert_same(history.store)) == ["a 2.1", "b 1.1"]


def test_links_that_were_found_since_are_told(history: History) -> None:
    copy, original = named("copy"), named("original", 1)
    history.add(copy, original)
    history.day = 9
    history.add(named("b"))
    update_tables(history.store)
    history.link(copy, original, 0)
    assert [one["copy_of"] for one in assert_same(history.store)] == [None, original.id, None]
    assert titles(assert_same(history.store, copies="drop")) == ["original 1.1", "b 1.1"]
    update_tables(history.store)
    assert titles(assert_same(history.store, copies="drop")) == ["original 1.1", "b 1.1"]


def test_what_was_taken_down_since_is_not_given(history: History) -> None:
    history.add(named("a"), named("b"))
    history.day = 9
    history.add(named("c"))
    update_tables(history.store)
    history.take_down(named("a"))
    assert titles(assert_same(history.store)) == ["b 1.1", "c 1.1"]


def test_rows_are_chosen_as_records_are(history: History) -> None:
    history.add(
        named("ar", text="إفتتاحُ المَرفأ", language="ar-LB"),
        named("arz", text="خبر", language="arz"),
        named("en", text="The Harbour—opened, 1 000 saw it"),
        named("none", language=None),
        named("other"),
    )
    history.commit(history.write(named("there", source="other")), "other")
    history.day = 9
    history.add(named("later", text="harbour opened"))
    update_tables(history.store)

    def found(**wanted: Any) -> list[str]:
        return [one["title"] for one in assert_same(history.store, **wanted)]

    assert found(source="other") == ["there"]
    assert found(source="nobody") == []
    assert found(language="ar") == ["ar"]
    assert sorted(found(language="EN")) == ["en", "later", "other", "there"]
    assert found(contains="افتتاح المرفا") == ["ar"]
    assert found(contains="HARBOUR opened") == ["en", "later"]
    assert found(contains="arz خبر") == [], "title and text are no one text"
    assert found(since=NOON.date() + timedelta(days=1)) == ["later"]
    assert len(found(since=NOON.date())) == 7


@pytest.mark.parametrize("seed", range(8))
def test_whatever_has_happened_both_ways_give_the_same(folder_store: ObjectStore, seed: int) -> None:
    """Articles stored, revised, derived again, linked, taken down and made visible late; tables every few days.

    What becomes visible in a later month than that of its harvest comes later than its day.
    """
    chance = random.Random(seed)
    history = History(folder_store)
    known: dict[str, tuple[ArticleRecord, int]] = {}
    late: list[list[Any]] = []
    linked: set[str] = set()
    for step in range(60):
        history.day += chance.choice((0, 0, 0, 1, 1, 9))
        do = chance.choice(("add", "add", "add", "revise", "derive", "link", "remove", "late", "tables"))
        if do in ("add", "late") or not known:
            source = chance.choice(("first", "first-b", "second"))
            one = named(f"{step}", chance.randrange(3), source=source, text=" ".join(chance.choices(WORDS, k=5)))
            lines = history.write(one)
            known[one.id] = (one, history.day)
            if do == "late":
                late.append(lines)
            else:
                history.commit(lines, source)
            continue
        one, day = known[chance.choice(list(known))]
        if do == "revise":
            changed = one.model_copy(update={"revision": one.revision + 1, "title": f"{one.title}+"})
            changed = changed.model_copy(update={"derivation": one.derivation.model_copy(update={"number": 1})})
            history.commit(history.write(changed), one.source)
            known[one.id] = (changed, history.day)
        elif do == "derive" and one.id not in linked:  # a reader of objects looks for links on the record's own day
            number = one.derivation.number + 1
            changed = one.model_copy(update={"derivation": one.derivation.model_copy(update={"number": number})})
            history.commit(history.write(changed), one.source)
            known[one.id] = (changed, history.day)
        elif do == "link":
            history.link(one, known[chance.choice(list(known))][0], day)
            linked.add(one.id)
        elif do == "remove" and len(known) > 5:
            history.take_down(one)
            del known[one.id]
        elif do == "tables":
            for lines in late:  # those of runs that were killed are seen by the table once they are visible
                history.commit(lines, keys.parse_article_key(lines[0].key).source)  # type: ignore[union-attr]
            late.clear()
            update_tables(folder_store)
    for lines in late:
        history.commit(lines, keys.parse_article_key(lines[0].key).source)  # type: ignore[union-attr]
    update_tables(folder_store)
    history.day += 1
    history.add(named("last"))
    assert len(assert_same(folder_store, in_order=False)) == len(known) + 1
    assert_same(folder_store, in_order=False, source="first")
    assert_same(folder_store, in_order=False, contains="البلديه")
    assert_same(folder_store, in_order=False, since=NOON.date() + timedelta(days=history.day // 2), copies="drop")


def test_batches_have_the_same_rows(folder_store: ObjectStore) -> None:
    history = History(folder_store)
    history.add(named("a"), named("b", 1))
    history.day = 9
    history.add(named("c"))
    update_tables(folder_store)
    reader = ArchiveReader(folder_store)
    table = table_for(reader, Wanted())
    assert table is not None
    rows = [row for batch in TableReader(reader, table, Wanted()).record_batches() for row in batch.to_pylist()]
    assert [ArticleRecord.model_validate(row).to_json() for row in rows] == from_objects(folder_store)
    assert article_id("a") in {row["id"] for row in rows}
