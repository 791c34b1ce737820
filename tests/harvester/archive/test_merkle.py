"""The tree of RFC 9162, 2.1, against the test vectors that certificate logs use, and by hand."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.archive import merkle

INPUTS = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of the first one, two, … inputs: the reference vectors of Certificate Transparency."""


def hashed(value: bytes) -> bytes:
    return sha256(b"\x00" + value).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


LEAVES = [hashed(value) for value in INPUTS]


@pytest.mark.parametrize("count", range(1, 9))
def test_the_roots_are_those_of_certificate_logs(count: int) -> None:
    assert merkle.root(LEAVES[:count]).hex() == ROOTS[count - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_leaf_is_the_line_that_sha256sum_prints() -> None:
    line = f"{'ab' * 32}  articles/source=a/x.json\n".encode()
    assert merkle.leaf("articles/source=a/x.json", "ab" * 32) == sha256(b"\x00" + line).digest()


def test_proofs_of_the_seven_leaves_of_the_rfcs_example() -> None:
    """RFC 9162, 2.1.5: d0 … d6, with a = h(d0), … f = h(d6)'s neighbours named as there."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node(a, b), node(c, d), node(e, f)
    k = node(g, h)
    last = node(i, j)
    assert merkle.root(LEAVES[:7]) == node(k, last)
    assert merkle.proof(LEAVES[:7], 0) == [("right", b), ("right", h), ("right", last)]
    assert merkle.proof(LEAVES[:7], 3) == [("left", c), ("left", g), ("right", last)]
    assert merkle.proof(LEAVES[:7], 4) == [("right", f), ("right", j), ("left", k)]
    assert merkle.proof(LEAVES[:7], 6) == [("left", i), ("left", k)]


@given(st.integers(1, 70), st.data())
def test_each_proof_leads_to_the_root_and_no_other_leaf_does(count: int, draw: st.DataObject) -> None:
    leaves = [hashed(bytes([number])) for number in range(count)]
    index = draw.draw(st.integers(0, count - 1))
    steps = merkle.proof(leaves, index)
    assert merkle.proven(leaves[index], steps) == merkle.root(leaves)
    assert merkle.proven(hashed(b"another"), steps) != merkle.root(leaves)
    assert len(steps) <= (count - 1).bit_length()


def test_a_swap_changes_the_root() -> None:
    assert merkle.root([LEAVES[1], LEAVES[0], LEAVES[2]]) != merkle.root(LEAVES[:3])
