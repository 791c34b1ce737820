"""Columns: what was packed is unpacked, and damage is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_64_intdigest

from harvester.archive.columns import pack, unpack
from harvester.errors import StoreError

TYPES = st.sampled_from([np.uint8, np.uint16, np.uint32, np.uint64, np.int64, np.float32])


@given(st.lists(st.tuples(TYPES, st.lists(st.integers(0, 200), max_size=20)), max_size=5), st.text())
def test_what_was_packed_is_unpacked(given: list[tuple[type, list[int]]], note: str) -> None:
    columns = {str(number): np.array(values, kind) for number, (kind, values) in enumerate(given)}
    about, found = unpack(pack({"note": note}, columns), "key")
    assert about == {"note": note}
    assert list(found) == sorted(columns)
    for name, column in columns.items():
        assert found[name].dtype == column.dtype
        assert found[name].tolist() == column.tolist()


def test_columns_may_have_rows() -> None:
    rows = np.arange(48, dtype=np.uint8).reshape(3, 16)
    assert unpack(pack({}, {"ids": rows}), "key")[1]["ids"].tolist() == rows.tolist()


def signed(body: bytes) -> bytes:
    """With the checksum of whoever wrote it so on purpose."""
    return body + xxh3_64_intdigest(body).to_bytes(8, "little")


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 20, -1, -9])
def test_a_cut_object_is_told(cut: int) -> None:
    body = pack({"a": 1}, {"x": np.arange(100)})
    with pytest.raises(StoreError, match=r"the-key: is .*(damaged|cut short)"):
        unpack(body[:cut], "the-key")


def test_each_flipped_byte_is_told() -> None:
    body = pack({"a": 1}, {"x": np.arange(5)})
    for place in range(len(body)):
        with pytest.raises(StoreError):
            unpack(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], "key")


@pytest.mark.parametrize(
    "head", [b"[]", b'{"about":{},"columns":{"x":{"type":"O","shape":[1],"offset":0}}}', b'{"columns":{}}', b"{"]
)
def test_a_head_that_is_none_is_told(head: bytes) -> None:
    body = signed(b"NEWSCOL1" + len(head).to_bytes(8, "little") + head + bytes(8))
    with pytest.raises(StoreError, match="damaged"):
        unpack(body, "key")


def test_columns_that_reach_beyond_the_object_are_told() -> None:
    body = pack({}, {"x": np.arange(5, dtype=np.uint8)})[:-8]
    with pytest.raises(StoreError, match="damaged"):
        unpack(signed(body.replace(b'"shape":[5]', b'"shape":[9]').replace(b'"offset":0', b'"offset":9')), "key")
