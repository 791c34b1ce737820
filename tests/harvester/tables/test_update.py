"""`update_tables`: what is in the archive is in the tables, once, whatever happens in between."""

import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import polars
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

from harvester.archive import ArchiveReader, ObjectStore, open_store
from harvester.archive.lines import article_line, object_line
from harvester.archive.record import ArticleRecord, Derivation, parse_record
from harvester.errors import StoreError
from harvester.tables import ARTICLES, KINDS, TablesReport, record_bytes, row_to_record, table_objects, update_tables
from harvester.tables.footer import Footer
from tests.harvester.tables.archives import NOON, Archive, link, record
from tests.harvester.tables.small import limit, restore


@pytest.fixture
def small() -> Iterator[None]:
    """Objects are full after four rows."""
    before = limit(4)
    yield
    restore(before)


@pytest.fixture
def archive(folder_store: ObjectStore) -> Archive:
    return Archive(folder_store)


def root(store: ObjectStore) -> Path:
    return Path(urlsplit(store.url).path)


def rows(store: ObjectStore, table: str = "articles") -> list[dict[str, Any]]:
    """Of a table, as they stand in its objects."""
    found = [parquet.read_table(pa.BufferReader(store.get(key))) for key in table_objects(store, table)]
    return [row for one in found for row in one.to_pylist()]


def counts(store: ObjectStore) -> dict[str, int]:
    return {name: len(rows(store, name)) for name in ("articles", "revisions", "copies", "captures")}


def told(report: TablesReport, table: str = "articles") -> tuple[int, int, int, int]:
    one = report.written[table]
    return one.new, one.replaced, one.deleted, report.rows[table]  # the last one is told by the footers


def derived(one: ArticleRecord, number: int, **changed: Any) -> ArticleRecord:
    return one.model_copy(
        update={"derivation": Derivation(extraction="r", cleaning="c", furniture=None, number=number), **changed}
    )


def footer(store: ObjectStore, table: str = "articles") -> Footer:
    key = table_objects(store, table)[-1]
    return Footer.from_metadata(parquet.read_metadata(pa.BufferReader(store.get(key))).metadata, key)


# What is in them


def test_an_article_is_a_row_with_the_columns_of_its_record(any_store: ObjectStore) -> None:
    archive = Archive(any_store)
    archive.run(record("harbour", "The Harbour\u2019s bridge, 2 years"), captures=True)
    report = update_tables(any_store)
    assert told(report) == (1, 0, 0, 1)
    (row,) = rows(any_store)
    key = archive.keys["Title of harbour"]
    stored = any_store.get(key)
    assert list(row) == ARTICLES.names
    assert list(row)[: len(ArticleRecord.model_fields)] == list(ArticleRecord.model_fields)
    assert {name: row[name] for name in ArticleRecord.model_fields} == parse_record(stored).model_dump()
    assert row["search"] == "title of harbour\nthe harbour s bridge 2 years"
    assert (row["words"], row["harvested_on"].isoformat(), row["key"]) == (6, "2026-11-23", key)
    assert record_bytes(row) == stored
    assert table_objects(any_store, "articles") == ["tables/articles/month=2026-11/000001.parquet"]
    (capture,) = rows(any_store, "captures")
    assert capture["key"] == row["capture"]["key"]
    assert (capture["source"], capture["id"], capture["url"]) == ("paper", row["id"], row["url"])
    assert capture["size"] == any_store.size(capture["key"])
    assert (capture["payload_sha256"], capture["http_status"]) == (row["capture"]["sha256"], 200)
    (revision,) = rows(any_store, "revisions")
    assert (revision["capture_key"], revision["derivation"], revision["text"]) == (capture["key"], 1, row["text"])


def test_what_came_with_nothing_new_writes_nothing(archive: Archive) -> None:
    assert update_tables(archive.store).rows == dict.fromkeys(KINDS, 0)
    archive.run(record("a"))
    update_tables(archive.store)
    before = {key: archive.store.get(key) for key in table_objects(archive.store, "articles")}
    report = update_tables(archive.store)
    assert {one.objects for one in report.written.values()} == {0}
    assert before == {key: archive.store.get(key) for key in table_objects(archive.store, "articles")}


def test_many_small_runs_make_few_objects(archive: Archive) -> None:
    for number in range(30):
        archive.run(record(f"a{number}", at=NOON + timedelta(minutes=number)))
        report = update_tables(archive.store)
    assert told(report) == (1, 0, 0, 30)
    assert len(table_objects(archive.store, "articles")) == 1
    times = [row["fetched_at"] for row in rows(archive.store)]
    assert times == sorted(times)


def test_full_objects_and_new_months_begin_the_next_one(archive: Archive, small: None) -> None:
    archive.run(*(record(f"a{number}") for number in range(5)))
    update_tables(archive.store)
    archive.run(*(record(f"b{number}") for number in range(2)))
    archive.at = datetime.fromisoformat("2026-12-01T00:10:00+00:00")
    archive.run(record("c"))
    archive.at = datetime.fromisoformat("2026-11-30T23:59:00+00:00")  # another machine's clock
    archive.run(record("d"))
    update_tables(archive.store)
    assert table_objects(archive.store, "articles") == [
        "tables/articles/month=2026-11/000001.parquet",
        "tables/articles/month=2026-11/000002.parquet",
        "tables/articles/month=2026-12/000003.parquet",
    ]
    assert sorted(row["title"][-2:].strip() for row in rows(archive.store)) == [
        *("a0", "a1", "a2", "a3", "a4", "b0", "b1", "c", "d")
    ]


def test_a_huge_manifest_is_read_in_parts(archive: Archive, small: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.tables.pieces.MOST_RECORDS", 3)
    monkeypatch.setattr("harvester.tables.manifest_lines.SOME_BYTES", 1)
    odd = record("odd", 'x},{"key":"y"}],"pages":[ z')
    archive.run(odd, *(record(f"a{number}") for number in range(10)), captures=True)
    report = update_tables(archive.store)
    assert told(report) == (11, 0, 0, 11)
    assert told(report, "captures") == (11, 0, 0, 11)
    assert all(row["url"] for row in rows(archive.store, "captures"))
    assert len(table_objects(archive.store, "articles")) == 2
    first, last = (parquet.read_metadata(root(archive.store) / key) for key in table_objects(archive.store, "articles"))
    assert Footer.from_metadata(first.metadata, "").position[0] == 0
    assert Footer.from_metadata(last.metadata, "").position == (1, 0)


# Later revisions, derivations and links


def test_a_later_revision_takes_the_place_of_the_row(archive: Archive, small: None) -> None:
    first = [record(f"a{number}") for number in range(9)]
    archive.run(*first)
    update_tables(archive.store)
    second = record("a1", "Another text", revision=2, at=NOON + timedelta(hours=1))
    archive.run(second, record("new"))
    report = update_tables(archive.store)
    assert told(report) == (1, 1, 0, 10)
    assert told(report, "revisions") == (2, 0, 0, 11)
    (row,) = [row for row in rows(archive.store) if row["id"] == second.id]
    assert (row["revision"], row["text"]) == (2, "Another text")
    archive.run(derived(first[1], 2))  # of the first revision
    archive.run(derived(second, 3, title="Better"))
    report = update_tables(archive.store)
    assert told(report) == (0, 1, 0, 10)
    assert told(report, "revisions") == (0, 2, 0, 11)
    (row,) = [row for row in rows(archive.store) if row["id"] == second.id]
    assert (row["revision"], row["derivation"]["number"], row["title"]) == (2, 3, "Better")


def test_revisions_that_come_in_the_wrong_order_are_one_article(archive: Archive, small: None) -> None:
    archive.run(record("a", "Second", revision=2))
    update_tables(archive.store)
    archive.run(*(record(f"b{number}") for number in range(6)))
    update_tables(archive.store)
    archive.run(record("a", "First"))
    report = update_tables(archive.store)
    assert told(report) == (0, 0, 0, 7)
    assert [row["text"] for row in rows(archive.store) if row["title"] == "Title of a"] == ["Second"]
    assert footer(archive.store).early == ()
    assert counts(archive.store)["revisions"] == 8


def test_links_are_laid_over_the_rows_and_the_latest_is_true(archive: Archive, small: None) -> None:
    original, other, copy = record("original"), record("other"), record("copy", copy_of="0" * 32, similarity=0.5)
    archive.run(original, other, copy, *(record(f"a{number}") for number in range(5)))
    update_tables(archive.store)
    before = next(row for row in rows(archive.store) if row["id"] == copy.id)
    assert (before["copy_of"], before["linked_at"]) == ("0" * 32, None)
    archive.run(links=[link(copy, other, minute=2), link(copy, original, minute=1)])
    archive.run(record("z"))
    report = update_tables(archive.store)
    assert told(report)[:2] == (1, 1)
    row = next(row for row in rows(archive.store) if row["id"] == copy.id)
    assert (row["copy_of"], row["similarity"], row["copy_kind"]) == (other.id, 0.9, "copy")
    assert row["recorded_copy"] == {"copy_of": "0" * 32, "similarity": 0.5, "copy_kind": None}
    assert row_to_record(row) == copy
    assert record_bytes(row) == archive.store.get(row["key"])
    (copied,) = rows(archive.store, "copies")
    assert (copied["copy_of"], copied["linked_at"]) == (other.id, "2026-11-23T12:02:00.000+00:00")
    archive.run(links=[link(copy, original, minute=1)])  # older: known better
    assert told(update_tables(archive.store))[:2] == (0, 0)
    archive.run(derived(copy, 2, copy_of=None, similarity=None))
    update_tables(archive.store)
    row = next(row for row in rows(archive.store) if row["id"] == copy.id)
    assert (row["derivation"]["number"], row["copy_of"], row["recorded_copy"]) == (2, other.id, None)
    archive.run(record("copy", "A text of its own", revision=2))
    update_tables(archive.store)
    row = next(row for row in rows(archive.store) if row["id"] == copy.id)
    assert (row["copy_of"], row["linked_at"], row["recorded_copy"]) == (None, None, None)
    assert [(row["revision"], row["copy_of"]) for row in rows(archive.store, "copies")] == [(1, other.id)]


def test_a_link_waits_for_its_row(archive: Archive) -> None:
    original, copy = record("original"), record("copy")
    archive.run(original, links=[link(copy, original)])
    update_tables(archive.store)
    assert len(footer(archive.store).waiting) == 1
    archive.run(copy)
    update_tables(archive.store)
    assert {row["title"][-4:]: row["copy_of"] for row in rows(archive.store)} == {"inal": None, "copy": original.id}
    assert footer(archive.store).waiting == ()


def test_a_better_derivation_that_is_no_copy_leaves_the_copies(archive: Archive) -> None:
    copy = record("copy", copy_of="0" * 32, similarity=0.5)
    archive.run(copy)
    assert told(update_tables(archive.store), "copies") == (1, 0, 0, 1)
    archive.run(derived(copy, 2, copy_of=None, similarity=None))
    assert told(update_tables(archive.store), "copies") == (0, 0, 1, 0)


def test_the_tables_say_what_the_reader_says(archive: Archive, small: None) -> None:
    """A long story of everything, in any order; told by two paths."""
    chance = random.Random(5)
    state: dict[str, ArticleRecord] = {}
    for _ in range(25):
        batch: dict[tuple[str, int, int], ArticleRecord] = {}
        for _ in range(chance.randint(1, 5)):
            name = f"n{chance.randint(0, 20)}"
            known = state.get(name)
            if known is None:
                one = record(name)
            elif chance.random() < 0.5:
                one = record(name, f"{name} {known.revision}", revision=known.revision + 1)
            else:
                one = derived(known, known.derivation.number + 1)
            state[name] = one
            batch[one.id, one.revision, one.derivation.number] = one
        copies = chance.sample(sorted(state), min(2, len(state)))
        links = [link(state[one], state[copies[-1]], minute=archive.runs) for one in copies[:-1]]
        archive.run(*batch.values(), links=links)
        if chance.random() < 0.6:
            update_tables(archive.store)
    update_tables(archive.store)
    expected = {one.id: one.model_dump() for one in ArchiveReader(archive.store).records()}
    assert {row["id"]: {name: row[name] for name in ArticleRecord.model_fields} for row in rows(archive.store)} == (
        expected
    )
    every = {(one.id, one.revision): one for one in ArchiveReader(archive.store).records(revisions="all")}
    table = rows(archive.store, "revisions")
    assert {(row["id"], row["revision"]): row["derivation"] for row in table} == {
        name: one.derivation.number for name, one in every.items()
    }
    assert len(table) == len(every)
    copied = rows(archive.store, "copies")
    assert {(row["id"], row["revision"]): row["copy_of"] for row in copied} == {
        name: one.copy_of for name, one in every.items() if one.copy_of
    }
    assert len(copied) == len({(row["id"], row["revision"]) for row in copied})


# Take-down, damage, hostile records


def test_a_removed_article_is_in_no_table(archive: Archive, small: None) -> None:
    records = [record(f"a{number}", copy_of="0" * 32, similarity=0.5) for number in range(9)]
    archive.run(*records, captures=True)
    update_tables(archive.store)
    archive.run(record("a1", "Another text", revision=2), record("b"))
    archive.remove(records[1])
    report = update_tables(archive.store)
    assert report.lost == {}
    for table in KINDS:
        assert records[1].id not in {row["id"] for row in rows(archive.store, table)}
    assert counts(archive.store) == {"articles": 9, "revisions": 9, "copies": 8, "captures": 8} == report.rows


def test_a_commit_behind_the_take_down_of_its_article_brings_no_row_back(archive: Archive, small: None) -> None:
    """A run that was under way on another machine, whose record still stands."""
    archive.run(record("a"))
    archive.remove(record("a"))
    archive.run(record("a", "Another text", revision=2), record("b"), captures=True)
    update_tables(archive.store)
    for table in ("articles", "revisions", "captures"):
        assert {row["id"] for row in rows(archive.store, table)} == {record("b").id}


def test_a_record_that_is_damaged_is_named_and_tried_again(archive: Archive, small: None) -> None:
    archive.run(*(record(f"a{number}") for number in range(3)), captures=True)
    path = root(archive.store) / archive.keys["Title of a1"]
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"Title", b"Tidle"))
    gone = root(archive.store) / archive.keys["Title of a2"]
    body = gone.read_bytes()
    gone.unlink()
    for _ in range(2):
        report = update_tables(archive.store)
        assert report.lost.keys() == {archive.keys["Title of a1"], archive.keys["Title of a2"]}
        assert "damaged" in report.lost[archive.keys["Title of a1"]]
        assert report.rows["articles"] == 1
    archive.run(*(record(f"b{number}") for number in range(6)))
    path.write_bytes(whole)
    report = update_tables(archive.store)
    assert report.lost.keys() == {archive.keys["Title of a2"]}
    gone.write_bytes(body)
    report = update_tables(archive.store)
    assert report.lost == {}
    assert counts(archive.store) == {"articles": 9, "revisions": 9, "copies": 0, "captures": 3}
    assert all(row["url"] for row in rows(archive.store, "captures"))
    assert footer(archive.store).lost == ()


def test_hostile_records_stay_data_and_what_is_none_is_named(archive: Archive) -> None:
    text = "=cmd|' /C calc'!A0\t\x00\x1b[31m\u202e\ufffd " + "\U0001f600 \u0e01\u0e02 ٣"
    hostile = record("hostile", text, source="a..b")
    long = record("long", "word " * 400_000)
    archive.run(hostile, long)
    lines = []
    for number, body in enumerate((b"[]", b"{}", b'{"schema_version": 1}', b"\xff", hostile.to_json())):
        key = f"articles/source=paper/date=2026-11-23/{number:032x}-r1.json"
        archive.store.put_new(key, body, content_type="application/json")
        lines.append(object_line(key, body, "x").model_dump() | {"kind": "article"})
        lines[-1] |= article_line(hostile, key, body, None).model_dump(mode="json")
    wide = record("wide", revision=2**40)
    key = f"articles/source=paper/date=2026-11-23/{wide.id}-r{2**40}.json"
    archive.store.put_new(key, wide.to_json(), content_type="application/json")
    archive.commit([*map(_line, lines), article_line(wide, key, wide.to_json(), None)])
    report = update_tables(archive.store)
    assert len(report.lost) == 6
    assert {row["id"] for row in rows(archive.store)} == {hostile.id, long.id}
    row = next(row for row in rows(archive.store) if row["id"] == hostile.id)
    assert row["text"] == text
    assert record_bytes(row) == hostile.to_json()


def _line(values: dict[str, Any]) -> Any:
    from harvester.archive.manifest import ManifestArticle

    return ManifestArticle.model_validate(values)


def test_records_of_early_versions_come_back_byte_for_byte(archive: Archive) -> None:
    import orjson

    one = record("early")
    values = {name: value for name, value in orjson.loads(one.to_json()).items() if name not in ("change", "copy_kind")}
    body = orjson.dumps(values)
    key = f"articles/source=paper/date=2026-11-23/{one.id}-r1.json"
    archive.store.put_new(key, body, content_type="application/json")
    archive.commit([article_line(one, key, body, None)])
    update_tables(archive.store)
    (row,) = rows(archive.store)
    assert record_bytes(row) == body


def test_an_object_that_is_damaged_or_strange_is_named(archive: Archive) -> None:
    archive.run(record("a"))
    update_tables(archive.store)
    (key,) = table_objects(archive.store, "articles")
    path = root(archive.store) / key
    whole = path.read_bytes()
    archive.run(record("b"))
    path.write_bytes(whole[:200])
    with pytest.raises(StoreError, match="damaged"):
        update_tables(archive.store)
    parquet.write_table(pa.table({"id": ["x"]}), path)
    with pytest.raises(StoreError, match="was not written by"):
        update_tables(archive.store)
    path.write_bytes(whole)
    assert told(update_tables(archive.store)) == (1, 0, 0, 2)


# Readers, several writers, and broken-off ones


def test_every_tool_reads_the_same(archive: Archive, small: None) -> None:
    archive.run(*(record(f"a{number}") for number in range(11)))
    update_tables(archive.store)
    pattern = f"{root(archive.store)}/tables/articles/*/*.parquet"
    assert duckdb.sql(f"SELECT count(*), count(DISTINCT id) FROM '{pattern}'").fetchone() == (11, 11)
    assert duckdb.sql(f"SELECT DISTINCT month FROM '{pattern}'").fetchall() == [("2026-11",)]
    assert polars.scan_parquet(pattern).collect().n_unique("id") == 11
    folder = f"{root(archive.store)}/tables/articles"
    assert dataset.dataset(folder, partitioning="hive").to_table().num_rows == 11
    assert parquet.read_table(folder).num_rows == 11


class Watcher:
    """Reads the table again and again, as others do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[tuple[int, int]] = []
        self.errors: list[BaseException] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._watch, args=(read,)) for read in (self._duckdb, self._arrow)]

    def __enter__(self) -> "Watcher":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _watch(self, read: Any) -> None:
        last = 0
        try:
            while not self.over.is_set():
                if not list(self.folder.glob("*/*.parquet")):
                    continue
                rows, ids = read()
                assert rows == ids, "an article twice"
                assert rows >= last, "fewer articles than before"
                last = rows
                self.seen.append((rows, ids))
        except BaseException as error:  # noqa: BLE001 told by the test
            self.errors.append(error)

    def _duckdb(self) -> tuple[int, int]:
        query = f"SELECT count(*), count(DISTINCT id), sum(length(text)) FROM '{self.folder}/*/*.parquet'"
        found = duckdb.connect().execute(query).fetchone()
        assert found
        return found[0], found[1]

    def _arrow(self) -> tuple[int, int]:
        ids: list[str] = []
        for path in sorted(self.folder.glob("*/*.parquet")):
            ids += parquet.read_table(path, columns=["id", "text"], page_checksum_verification=True)["id"].to_pylist()
        return len(ids), len(set(ids))


def test_a_reader_sees_each_article_once_at_every_moment(archive: Archive, small: None) -> None:
    for number in range(20):
        archive.run(record(f"a{number}"))
    with Watcher(root(archive.store) / "tables" / "articles") as watcher:
        for number in range(25):
            archive.run(record(f"b{number}"), record(f"a{number % 20}", f"x {number}", revision=2 + number // 20))
            update_tables(archive.store)
    assert watcher.errors == []
    assert len({rows for rows, _ in watcher.seen}) > 3
    assert counts(archive.store)["articles"] == 45


def fill(archive: Archive) -> None:
    for number in range(12):
        some = [record(f"a{number}-{place}") for place in range(6)]
        later = [record(f"a{number - 1}-0", "Later", revision=2)] if number else []
        links = [link(some[1], some[0], minute=number)]
        archive.run(*some, *later, links=links, captures=True)
    archive.remove(record("a3-3"))


def state(store: ObjectStore) -> dict[str, list[dict[str, Any]]]:
    """Of all tables, whatever stands where."""
    return {
        table: sorted(rows(store, table), key=lambda row: (row["id"], row.get("revision", 1), row.get("key", "")))
        for table in KINDS
    }


def start(store: ObjectStore) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.harvester.tables.small", store.url, "5"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_several_at_once_make_the_same_tables(any_store: ObjectStore, tmp_path: Path) -> None:
    fill(Archive(any_store))
    undisturbed = open_store(str(tmp_path / "other"))
    fill(Archive(undisturbed))
    update_tables(undisturbed)
    processes = [start(any_store) for _ in range(3)]
    for process in processes:
        _, err = process.communicate(timeout=90)
        assert process.returncode == 0, err.decode()
    assert state(any_store) == state(undisturbed)
    assert counts(any_store) == {"articles": 71, "revisions": 82, "copies": 12, "captures": 71}


def test_a_full_disk_is_a_clear_error_and_leaves_the_tables_whole(archive: Archive) -> None:
    archive.run(*(record(f"a{number}") for number in range(20)))
    update_tables(archive.store)
    before = state(archive.store)
    archive.run(*(record(f"b{number}", random.Random(number).randbytes(4000).hex()) for number in range(30)))

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "harvester", "tables", "--archive", archive.store.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=no_room)
    assert done.returncode == 1
    assert "can't be written: File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert state(archive.store)["articles"] == before["articles"]
    assert told(update_tables(archive.store))[3] == 50
