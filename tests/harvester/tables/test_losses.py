"""What `update_tables` does about objects that are gone, about others at work, and about too much to remember."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from harvester.archive import ArchiveWriter, ObjectStore, keys
from harvester.archive.lines import article_line
from harvester.archive.manifest import ManifestObject
from harvester.archive.record import Derivation
from harvester.archive.writer import Written
from harvester.errors import StoreError
from harvester.tables import TablesReport, table_objects, update_tables
from harvester.tables.footer import Footer
from harvester.tables.parquet import opened
from harvester.tables.schema import KINDS
from harvester.tables.table import Overtaken, Table
from harvester.tables.update import _Update
from tests.harvester.tables.archives import NOON, Archive, link, record
from tests.harvester.tables.small import limit, restore
from tests.harvester.tables.test_update import rows, state

NOVEMBER, DECEMBER = (datetime(2026, *day, 12, tzinfo=UTC) for day in ((11, 30), (12, 1)))


@pytest.fixture
def small() -> Iterator[None]:
    """Objects are full after four rows."""
    before = limit(4)
    yield
    restore(before)


@pytest.fixture
def archive(folder_store: ObjectStore) -> Archive:
    return Archive(folder_store)


def filled(archive: Archive) -> dict[str, list[dict[str, Any]]]:
    """Of everything something; of the tables' objects several."""
    for number in range(6):
        some = [record(f"a{number}-{place}") for place in range(4)]
        archive.run(*some, links=[link(some[1], some[0], minute=number)], captures=True)
        update_tables(archive.store)
    archive.remove(record("a1-1"))
    archive.run(record("a0-0", "Later", revision=2), captures=True)
    update_tables(archive.store)
    return state(archive.store)


def last_footer(store: ObjectStore, table: str) -> Footer:
    return opened(store, KINDS[table], table_objects(store, table)[-1]).footer


# Objects that are gone


@pytest.mark.parametrize("table", KINDS)
@pytest.mark.parametrize("kept", [0, 1])
def test_what_was_lost_at_a_tables_end_is_written_again(table: str, kept: int, archive: Archive, small: None) -> None:
    before = filled(archive)
    for key in table_objects(archive.store, table)[kept:]:
        archive.store.delete(key)
    archive.run(record("z"), captures=True)
    update_tables(archive.store)
    after = state(archive.store)
    for name in KINDS:
        assert [row for row in before[name] if row not in after[name]] == []
        assert len(after[name]) - len(before[name]) == (name != "copies")
    written = update_tables(archive.store).written
    assert {one.objects for one in written.values()} == {0}  # not once more


@pytest.mark.parametrize("table", ["captures", "revisions", "copies"])
@pytest.mark.parametrize("rows_an_object", [4, 1000], ids=["many objects", "one object"])
def test_a_table_that_is_filled_again_and_broken_off_goes_on(
    table: str, rows_an_object: int, archive: Archive, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(rows_an_object)
    for number in range(6):  # after each take-down all tables are written, and of some nothing is there at first
        said = {"copy_of": "0" * 32, "similarity": 0.5} if number else {}
        some = [record(f"a{number}-{place}", **said) for place in range(4)]
        archive.run(*some, captures=number > 0)
        archive.remove(some[0])
    update_tables(archive.store)
    before = state(archive.store)
    for key in table_objects(archive.store, table):
        archive.store.delete(key)

    class Ends(Exception):
        pass

    take, left = Table.take, 0

    def dying(self: Table, batch: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Ends
        return take(self, batch)

    monkeypatch.setattr(Table, "take", dying)
    ended = 0
    for left in (1, 4, 2, 6, 5, 3, 7):  # noqa: B007 told to `dying`
        try:
            update_tables(archive.store)
        except Ends:
            ended += 1
        assert last_footer(archive.store, "articles").position == (12, 0)
    assert ended > 3
    monkeypatch.setattr(Table, "take", take)
    update_tables(archive.store)
    assert state(archive.store) == before
    assert not last_footer(archive.store, table).refilling
    assert {one.objects for one in update_tables(archive.store).written.values()} == {0}


def test_a_record_that_is_back_when_a_table_is_filled_again_is_a_row_once(archive: Archive) -> None:
    """It is read twice: as one that was lost, and in its turn; between them all tables are written."""
    archive.run(record("a"), record("b"), captures=True)
    archive.remove(record("a"))
    archive.run(record("c"), captures=True)
    update_tables(archive.store)
    archive.run(record("lost"), captures=True)
    key = archive.keys["Title of lost"]
    body = archive.store.get(key)
    archive.store.delete(key)
    assert update_tables(archive.store).lost.keys() == {key}
    for name in table_objects(archive.store, "captures"):
        archive.store.delete(name)
    archive.store.put_new(key, body, content_type="application/json")
    assert update_tables(archive.store).lost == {}
    for table in ("articles", "revisions", "captures"):
        assert sorted(row["id"] for row in rows(archive.store, table)) == sorted(
            record(name).id for name in ("b", "c", "lost")
        )
    assert last_footer(archive.store, "articles").position == (4, 0)


def test_a_gap_in_a_table_is_named_with_its_remedy(archive: Archive, small: None) -> None:
    filled(archive)
    first, second, *_ = table_objects(archive.store, "revisions")
    archive.store.delete(second)
    with pytest.raises(StoreError, match="tables/revisions/: lacks its object 2; run `harvest verify --repair`"):
        update_tables(archive.store)
    archive.store.delete(first)
    with pytest.raises(StoreError, match="lacks its object 1;"):
        update_tables(archive.store)


# Several at once


def begun(store: ObjectStore) -> _Update:
    return _Update(store, TablesReport(), lambda _: None)


def failing_once(monkeypatch: pytest.MonkeyPatch, name: str, update: _Update) -> None:
    """Run an update that can't read the records of one day."""
    with monkeypatch.context() as patched:
        patched.setattr("harvester.tables.pieces._record", lambda store, line: _unless(name, store, line))
        update.run()


def _unless(name: str, store: ObjectStore, line: Any) -> Any:
    from harvester.tables.rows import StoredRecord

    if name in line.key:
        return StoreError(line.key, "timed out")
    return StoredRecord(key=line.key, sha256=line.sha256, body=store.get(line.key))


@pytest.mark.parametrize("before", [0, 1], ids=["first objects", "next objects"])
@pytest.mark.parametrize("missed_first", [True, False])
def test_two_at_a_months_end_begin_one_object(
    before: int, missed_first: bool, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of both only one has read November's record."""
    if before:
        archive.at = datetime(2026, 10, 30, tzinfo=UTC)
        archive.run(record("oct", at=archive.at))
        update_tables(archive.store)
    for name, at in (("nov", NOVEMBER), ("dec", DECEMBER)):
        archive.at = at
        archive.run(record(name, at=at))
    one, other = begun(archive.store), begun(archive.store)
    if missed_first:
        failing_once(monkeypatch, "2026-11-30", one)
        with pytest.raises(Overtaken):
            other.run()
    else:
        one.run()
        with pytest.raises(Overtaken):
            failing_once(monkeypatch, "2026-11-30", other)
    update_tables(archive.store)
    for table in ("articles", "revisions"):
        numbers = [named.number for key in table_objects(archive.store, table) if (named := keys.parse_table_key(key))]
        assert numbers == list(range(1, len(numbers) + 1))
        assert sorted(row["title"][-3:] for row in rows(archive.store, table)) == sorted(
            ["dec", "nov", *(["oct"] * before)]
        )


def test_broken_off_before_the_next_object_begins_it_begins_where_it_was_to(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.at = NOVEMBER
    archive.run(record("nov", at=NOVEMBER))
    update_tables(archive.store)
    archive.at = DECEMBER
    archive.run(record("dec", at=DECEMBER))
    with monkeypatch.context() as patched:
        patched.setattr("harvester.tables.table.first_version", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            update_tables(archive.store)
    assert last_footer(archive.store, "revisions").next_month == "2026-12"
    assert last_footer(archive.store, "revisions").position == (1, 0)
    archive.at = datetime(2027, 1, 1, tzinfo=UTC)
    archive.run(record("jan", at=archive.at))
    update_tables(archive.store)
    assert [key.split("/")[2] for key in table_objects(archive.store, "revisions")] == [
        *("month=2026-11", "month=2026-12", "month=2027-01")
    ]
    assert len(rows(archive.store, "revisions")) == len(rows(archive.store)) == 3


# Too much to remember


def test_any_number_of_derivations_may_come_before_their_first_ones(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.tables.table.MOST_WAITING", 3)
    lines: list[ManifestObject] = []
    late = []
    for number in range(6):
        first = record(f"n{number}")
        written = ArchiveWriter(archive.store, lambda: NOON).put_article(first)
        assert isinstance(written, Written)
        lines.append(article_line(first, written.key, written.body, None))
        better = Derivation(extraction="r", cleaning="c", furniture=None, number=2)
        late.append(first.model_copy(update={"derivation": better}))
    archive.run(*late)
    update_tables(archive.store)
    for table in ("articles", "revisions"):
        assert last_footer(archive.store, table).unsure
        assert last_footer(archive.store, table).early == ()
    archive.commit(lines)
    archive.run(record("new"))
    report = update_tables(archive.store)
    for table in ("articles", "revisions"):
        assert (report.written[table].new, report.written[table].replaced, report.rows[table]) == (1, 0, 7)
        assert len(rows(archive.store, table)) == 7
        assert last_footer(archive.store, table).unsure
    assert {row["derivation"]["number"] for row in rows(archive.store) if row["title"] != "Title of new"} == {2}
