"""The tables say what the records say, and all of them."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harvester.archive import ObjectStore
from harvester.archive.store import ObjectInfo
from harvester.tables import update_tables
from harvester.tables.parquet_footer import TAIL_BYTES, end_bytes
from harvester.tables.seal import sealed
from tests.harvester.tables.archives import Archive
from tests.harvester.tables.archives import record as article
from tests.harvester.verifying.archives import committed, fill, flip, overwrite, told, verified, written
from tests.harvester.verifying.test_verification import taken_down


@pytest.fixture
def table(folder_store: ObjectStore) -> str:
    """The table of articles of a small archive."""
    fill(folder_store)
    update_tables(folder_store)
    (key,) = [one.key for one in folder_store.list("tables/articles/")]
    return key


def rewritten(store: ObjectStore, key: str, change: Callable[[Any], Any]) -> None:
    """The table with other rows, its checksums and its position true."""
    with pq.ParquetFile(pa.BufferReader(store.get(key))) as file:
        rows, said = file.read(), file.metadata.metadata
    said.pop(b"ARROW:schema", None)
    out = io.BytesIO()
    with pq.ParquetWriter(out, rows.schema, write_page_checksum=True) as writer:
        writer.write_table(change(rows))
        writer.add_key_value_metadata(said)
    body = out.getvalue()
    begin = len(body) - end_bytes(body[-TAIL_BYTES:])
    overwrite(store, key, body[:begin] + sealed(body[begin:], body[:begin]))


def with_value(name: str, row: int, value: Any) -> Callable[[Any], Any]:
    def change(rows: Any) -> Any:
        values = rows.column(name).to_pylist()
        values[row] = value
        place = rows.schema.get_field_index(name)
        return rows.set_column(place, rows.schema.field(place), pa.array(values, rows.schema.field(place).type))

    return change


def test_tables_that_are_behind_are_sound(folder_store: ObjectStore, table: str) -> None:
    committed(folder_store, 9, written(folder_store, "late"))
    found = verified(folder_store)
    assert (told(found), found.rows > 7) == ([], True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_value("title", 2, "Another"), "does not say what the record says"),
        (with_value("published_at", 0, "2026-01-01"), "does not say what the record says"),
        (with_value("record_sha256", 1, "0" * 64), "no record's"),
        (with_value("key", 1, "articles/x.json"), "no record's"),
        (lambda rows: rows.slice(1), "lacks 1 articles"),
        (lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]), "more than once"),
    ],
    ids=["title", "date", "hash", "key", "row gone", "row twice"],
)
def test_a_table_that_says_something_else_is_found(
    change: Callable[[Any], Any], says: str, folder_store: ObjectStore, table: str
) -> None:
    rewritten(folder_store, table, change)
    found = verified(folder_store)
    assert found.findings
    assert all(str(one.problem) == "table" and one.key.startswith("tables/articles/") for one in found.findings)
    assert any(says in one.detail for one in found.findings), found.findings


def test_a_table_that_somebody_else_has_written_is_found(folder_store: ObjectStore, table: str) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["1"]}), out)
    overwrite(folder_store, table, out.getvalue())
    assert (table, "table") in told(verified(folder_store))


def test_a_row_of_an_article_that_was_taken_down_is_found(folder_store: ObjectStore, table: str) -> None:
    removal = taken_down(folder_store, next(one.key for one in folder_store.list("articles/source=paper/")))
    for one in list(folder_store.list("")):
        if removal.covers(one.key):
            folder_store.delete(one.key)
    found = verified(folder_store)
    assert {str(one.problem) for one in found.findings} == {"taken_down"}
    update_tables(folder_store)
    assert verified(folder_store).is_sound


def test_tables_that_are_written_meanwhile_are_sound(
    folder_store: ObjectStore, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def while_tables_are_written(store: ObjectStore, since: object) -> Iterator[ObjectInfo]:
        committed(store, 9, written(store, "late"))
        update_tables(store)
        return iter(list(store.list("")))

    monkeypatch.setattr("harvester.verifying.verification.listed", while_tables_are_written)
    found = verified(folder_store)
    assert (told(found), found.commits) == ([], 3)
    assert found.notes == ["the table of articles was written meanwhile: the tables' rows were not counted"]


def test_a_forged_row_is_found_whatever_was_committed_meanwhile(
    folder_store: ObjectStore, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def while_others_write(store: ObjectStore, since: object) -> Iterator[ObjectInfo]:
        committed(store, 9, written(store, "late"))
        update_tables(store)
        rewritten(store, table, with_value("record_sha256", 1, "0" * 64))
        return iter(list(store.list("")))

    monkeypatch.setattr("harvester.verifying.verification.listed", while_others_write)
    assert (table, "table") in told(verified(folder_store))


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("revisions", lambda rows: rows.slice(1), "lacks 1 revisions"),
        ("revisions", lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]), "has revisions more than once"),
        ("captures", lambda rows: rows.slice(2), "lacks 2 captures"),
        ("captures", lambda rows: pa.concat_tables([rows, rows.slice(0, 1)]), "has captures more than once"),
    ],
)
def test_rows_of_other_tables_are_counted_too(
    name: str, change: Callable[[Any], Any], says: str, folder_store: ObjectStore, table: str
) -> None:
    (key,) = [one.key for one in folder_store.list(f"tables/{name}/")]
    rewritten(folder_store, key, change)
    (finding,) = verified(folder_store).findings
    assert (finding.key, str(finding.problem)) == (f"tables/{name}/", "table")
    assert says in finding.detail


def test_an_object_that_is_gone_is_found(folder_store: ObjectStore) -> None:
    """Also of the copies, whose rows no manifest tells."""
    archive = Archive(folder_store)
    archive.run(article("a", copy_of="0" * 32, similarity=0.5))
    update_tables(folder_store)
    (key,) = [one.key for one in folder_store.list("tables/copies/")]
    folder_store.delete(key)
    (finding,) = verified(folder_store).findings
    assert (finding.key, "has 0 objects, had 1" in finding.detail) == ("tables/copies/", True)
    update_tables(folder_store)
    assert folder_store.size(key) is not None
    assert verified(folder_store).is_sound


def test_a_flip_anywhere_is_found(folder_store: ObjectStore, table: str) -> None:
    """In the heads of pages, in statistics, in the position."""
    body = folder_store.get(table)
    for at in range(0, len(body), len(body) // 40):
        flip(folder_store, table, at)
        assert told(verified(folder_store)) == [(table, "table")]
        overwrite(folder_store, table, body)
