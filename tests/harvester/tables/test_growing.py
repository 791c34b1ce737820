"""Objects grow without moving what an earlier footer names, and are written anew when too much of them is dead."""

import random
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pytest
from pyarrow import parquet

from harvester.archive import ObjectStore
from harvester.errors import ObjectMissing
from harvester.tables.changes import Changes
from harvester.tables.footer import Footer
from harvester.tables.growing import changed_groups, first_version, next_version
from harvester.tables.parquet import CONTENT_TYPE, ObjectFile, opened
from harvester.tables.parquet_footer import TAIL_BYTES, ParquetFooter
from harvester.tables.schema import COPIES, COPY_TABLE

DAY = "2026-11-23"
SAID = Footer(commit=1, whole=DAY)


def copies(*numbers: int, similarity: float = 0.5, derivation: int = 1) -> Any:
    """Rows of the smallest table; the number is in the id and in `copy_of`."""
    rows = [
        {
            "id": f"{number:032x}",
            "revision": 1,
            "source": "paper",
            "copy_of": f"{number:032x}",
            "similarity": similarity,
            "copy_kind": "copy",
            "linked_at": None,
            "derivation": derivation,
        }
        for number in numbers
    ]
    return pa.Table.from_pylist(rows, schema=COPIES)


def grown(body: bytes, *fresh: Any, better: Any = None, today: str = DAY, **options: Any) -> bytes:
    file = ObjectFile(body, COPY_TABLE, "object")
    changed = changed_groups(file, Changes(COPY_TABLE, COPIES.empty_table() if better is None else better))
    return next_version(COPY_TABLE, body, file, changed, fresh, Footer(commit=2, whole=DAY), today=today, **options)


def numbers(body: bytes) -> list[int]:
    table = parquet.read_table(pa.BufferReader(body), page_checksum_verification=True)
    return sorted(int(name, 16) for name in table["id"].to_pylist())


def test_what_an_earlier_footer_names_stays_where_it_is() -> None:
    versions = [first_version(COPY_TABLE, [copies(1, 2, 3)], SAID)]
    for number in range(4, 40):
        better = copies(number // 2, similarity=0.9, derivation=number)
        versions.append(grown(versions[-1], copies(number), better=better))
    last = versions[-1]
    for number, version in enumerate(versions):
        assert last.startswith(version)
        footer = int.from_bytes(version[-TAIL_BYTES:-4], "little") + TAIL_BYTES
        stale = version[:4] + last[4 : len(version) - footer] + version[-footer:]  # old footer, later bytes
        assert numbers(stale) == list(range(1, number + 4))
    assert ObjectFile(last, COPY_TABLE, "object").footer.commit == 2
    assert ObjectFile(last, COPY_TABLE, "object").rows == 39
    assert ObjectFile(last, COPY_TABLE, "object").group_count < 10


def test_other_tools_read_a_grown_object(tmp_path: Any) -> None:
    body = first_version(COPY_TABLE, [copies(*range(50))], SAID)
    for number in range(50, 60):
        body = grown(body, copies(number), better=copies(number - 50, derivation=2))
    path = tmp_path / "grown.parquet"
    path.write_bytes(body)
    assert duckdb.sql(f"SELECT count(*), count(DISTINCT id), max(id) FROM '{path}'").fetchone() == (
        60,
        60,
        f"{59:032x}",
    )
    assert duckdb.sql(f"SELECT count(*) FROM '{path}' WHERE id = '{'0' * 31}7'").fetchone() == (1,)
    frame = polars.scan_parquet(path)
    assert frame.collect().n_unique("id") == 60
    assert frame.filter(polars.col("derivation") == 2).collect().height == 10
    assert parquet.read_table(path, filters=[("id", ">=", f"{55:032x}")]).num_rows == 5


def test_dead_weight_goes_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.tables.growing.DEAD_BYTES", 10_000)
    body = first_version(COPY_TABLE, [copies(*range(100))], SAID)
    small = len(body)
    for number in range(2, 20):
        body = grown(body, better=copies(number, derivation=number))
    assert len(body) > 10 * small
    body = grown(body, copies(100), today="2026-11-24")
    assert len(body) < 2 * small
    assert ObjectFile(body, COPY_TABLE, "object").footer.whole == "2026-11-24"
    assert numbers(body) == list(range(101))


def test_what_is_erased_is_in_no_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    body = first_version(COPY_TABLE, [copies(*range(100))], SAID)
    body = grown(body, copies(*range(100, 110)))
    file = ObjectFile(body, COPY_TABLE, "object")
    changes = Changes(COPY_TABLE, COPIES.empty_table(), removed=[f"{7:032x}"])
    changed = changed_groups(file, changes)
    after = next_version(COPY_TABLE, body, file, changed, (), SAID, today=DAY, erase=True)
    assert (changes.deleted, numbers(after)) == (1, [n for n in range(110) if n != 7])
    assert not after.startswith(body[:100])


def test_row_groups_are_sorted_and_small_ones_are_merged() -> None:
    chance = random.Random(1)
    order = chance.sample(range(5000), 5000)
    body = first_version(COPY_TABLE, [copies(*order[at : at + 7]) for at in range(0, 5000, 7)], SAID)
    file = ObjectFile(body, COPY_TABLE, "object")
    assert [file.group_rows(number) for number in range(file.group_count)] == [2000, 2000, 1000]
    assert [int(name, 16) for rows in file.groups() for name in rows["id"].to_pylist()] == list(range(5000))


@pytest.mark.parametrize("count", [0, 1, 14, 15, 16, 200])
def test_a_footer_is_taken_apart_and_put_together(count: int) -> None:
    sink = pa.BufferOutputStream()
    with parquet.ParquetWriter(sink, COPIES) as writer:
        for number in range(count):
            writer.write_table(copies(number, number + 1000))
    body = sink.getvalue().to_pybytes()
    footer = ParquetFooter.of(body)
    assert (footer.rows, len(footer.groups)) == (2 * count, count)
    length = int.from_bytes(body[-TAIL_BYTES:-4], "little")
    rows = footer.with_groups(footer.groups[1:], 2 * max(0, count - 1))
    assert len(numbers(body[: -TAIL_BYTES - length] + rows)) == 2 * max(0, count - 1)
    with pytest.raises(ValueError, match="not a Parquet file"):
        ParquetFooter.of(body[:-1])


def test_an_object_is_read_in_parts(any_store: ObjectStore) -> None:
    key = "tables/copies/month=2026-11/000001.parquet"
    any_store.put_new(key, first_version(COPY_TABLE, [copies(*range(3000))], SAID), content_type=CONTENT_TYPE)
    file = opened(any_store, COPY_TABLE, key)
    assert (file.rows, file.footer) == (3000, SAID)
    assert sum(rows.num_rows for rows in file.groups(["id"])) == 3000
    with pytest.raises(ObjectMissing):
        opened(any_store, COPY_TABLE, key.replace("1.parquet", "2.parquet"))
