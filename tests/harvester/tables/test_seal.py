"""Any byte of a table's object that is damaged is found, before pyarrow or a reader goes by it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harvester.archive import ObjectStore
from harvester.archive.wanted import Wanted
from harvester.errors import StoreError
from harvester.tables import scan, table_objects, update_tables
from harvester.tables.footer import FOOTER_KEY, Footer
from harvester.tables.growing import first_version
from harvester.tables.parquet import CONTENT_TYPE, ObjectFile, opened
from harvester.tables.parquet_footer import TAIL_BYTES, end_bytes
from harvester.tables.schema import COPY_TABLE
from tests.harvester.tables.archives import Archive, record
from tests.harvester.tables.test_growing import SAID, copies, grown

KEY = "tables/copies/month=2026-11/000001.parquet"


@pytest.fixture(scope="module")
def body() -> bytes:
    """An object that has grown: with dead weight, and an earlier footer in it."""
    return grown(first_version(COPY_TABLE, [copies(1, 2, 3)], SAID), copies(4), better=copies(2, derivation=2))


def flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def test_each_flipped_byte_is_found(body: bytes) -> None:
    assert ObjectFile(body, COPY_TABLE, KEY).rows == 4
    for at in range(len(body)):
        with pytest.raises(StoreError, match=f"{KEY}: .*damaged"):
            ObjectFile(flipped(body, at), COPY_TABLE, KEY)


def test_an_object_that_is_read_in_parts_has_a_true_footer(body: bytes, folder_store: ObjectStore) -> None:
    folder_store.put_new(KEY, body, content_type=CONTENT_TYPE)
    assert opened(folder_store, COPY_TABLE, KEY).rows == 4
    path = Path(folder_store.root / KEY)  # type: ignore[attr-defined]
    for at in range(len(body) - end_bytes(body[-TAIL_BYTES:]), len(body)):
        path.write_bytes(flipped(body, at))
        with pytest.raises(StoreError, match=f"{KEY}: .*damaged"):
            opened(folder_store, COPY_TABLE, KEY)


def test_a_footer_larger_than_the_first_read_is_read(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.tables.parquet.SOME_END", 100)
    assert ObjectFile(body, COPY_TABLE, KEY).rows == 4
    for cut in (0, 3, 7, 8, 11, 100):
        with pytest.raises(StoreError, match="damaged"):
            ObjectFile(body[-cut:] if cut else b"", COPY_TABLE, KEY)


def test_what_a_footer_says_has_a_checksum_of_its_own() -> None:
    said = Footer(commit=3, early=('"}', ',"checksum":"0000000000000000"'), others=(("captures", 2),))
    metadata = said.to_metadata()
    assert Footer.from_metadata(metadata, KEY) == said
    value = metadata[FOOTER_KEY]
    for at in range(value.index(b',"rows_checksum"')):
        with pytest.raises(StoreError, match="damaged"):
            Footer.from_metadata({FOOTER_KEY: flipped(value, at)}, KEY)


@pytest.mark.parametrize("read", [scan.article_table, update_tables], ids=["reader", "tables"])
def test_a_damaged_footer_is_a_clear_error(read: Callable[[ObjectStore], object], folder_store: ObjectStore) -> None:
    """Many of these end the process where pyarrow is given them."""
    Archive(folder_store).run(record("a"))
    update_tables(folder_store)
    (key,) = table_objects(folder_store, "articles")
    path, whole = Path(folder_store.root / key), folder_store.get(key)  # type: ignore[attr-defined]
    begin = len(whole) - end_bytes(whole[-TAIL_BYTES:])
    for at in range(begin, len(whole), 7):
        path.write_bytes(flipped(whole, at))
        with pytest.raises(StoreError, match=key):
            read(folder_store)
        with pytest.raises(StoreError, match=key):
            list(scan.batches(folder_store, [key], ["id", "title", "source", "harvested_on"], Wanted(source="paper")))


def test_a_position_that_was_changed_writes_nothing(folder_store: ObjectStore) -> None:
    archive = Archive(folder_store)
    for name in ("a", "b", "c"):
        archive.run(record(name))
    update_tables(folder_store)
    (key,) = table_objects(folder_store, "articles")
    path = Path(folder_store.root / key)  # type: ignore[attr-defined]
    path.write_bytes(path.read_bytes().replace(b'"commit":3', b'"commit":2'))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="run `harvest verify --repair`"):
        update_tables(folder_store)
    assert path.read_bytes() == before
