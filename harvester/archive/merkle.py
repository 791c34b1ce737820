"""The Merkle tree of what a manifest names (RFC 9162, 2.1): one hash that stands for all objects, and proofs of single
ones that show no other."""

import hashlib
from collections.abc import Iterable, Sequence

LEAF, NODE = b"\x00", b"\x01"
"""Begin what is hashed, so that no node passes for a leaf."""


def leaf(key: str, sha256: str) -> bytes:
    """Of an object: its line as `sha256sum` prints it."""
    return hashlib.sha256(LEAF + f"{sha256}  {key}\n".encode()).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Of leaves in their order; of none, the hash of nothing."""
    level = list(leaves)
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:
        paired = [_node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]  # the odd one goes up as it is, which is the RFC's tree
    return level[0]


def proof(leaves: Sequence[bytes], index: int) -> list[tuple[str, bytes]]:
    """How leaf `index` leads to the root: from below, each neighbour and its side ("left" or "right")."""
    level, steps = list(leaves), []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            steps.append(("left" if neighbour < index else "right", level[neighbour]))
        paired = [_node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
        index //= 2
    return steps


def proven(start: bytes, steps: Iterable[tuple[str, bytes]]) -> bytes:
    """The root to which a proof leads from a leaf."""
    for side, neighbour in steps:
        start = _node(neighbour, start) if side == "left" else _node(start, neighbour)
    return start


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()
