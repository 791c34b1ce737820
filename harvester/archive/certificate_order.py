"""Certificates in a time stamp, in the order that DER asks for.

openssl's `ts`, which many authorities run, writes them in any order (X.690, 11.6 wants a SET OF sorted), and the
library that reads stamps refuses that. The order is not signed, so it may be put right before reading; what is stored
stays as it came.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

WAY: Final = (0x30, 0x30, 0xA0, 0x30)
"""Tags from the answer (RFC 3161, 2.4.2) to what is signed (RFC 5652, 5.1): TimeStampResp, ContentInfo, [0],
SignedData."""

CERTIFICATES: Final = 0xA0
"""Tag of a SignedData's certificates: [0] IMPLICIT."""


class _Value(NamedTuple):
    """A value in an encoding: where it begins, where its content begins, and where it ends."""

    tag: int
    start: int
    content: int
    end: int


def in_der_order(answer: bytes) -> bytes:
    """The same answer with its certificates sorted; as it is where it is no such answer."""
    try:
        found = _certificates(answer)
        if found is None:
            return answer
        sorted_ones = sorted(answer[one.start : one.end] for one in _values(answer, found.content, found.end))
        return answer[: found.content] + b"".join(sorted_ones) + answer[found.end :]
    except (IndexError, ValueError):
        return answer


def _certificates(answer: bytes) -> _Value | None:
    start, end = 0, len(answer)
    for tag in WAY:
        inner = next((one for one in reversed(list(_values(answer, start, end))) if one.tag == tag), None)
        if inner is None:
            return None
        start, end = inner.content, inner.end
    return next((one for one in _values(answer, start, end) if one.tag == CERTIFICATES), None)


def _values(encoded: bytes, start: int, end: int) -> Iterator[_Value]:
    """The values that stand one after the other between two places. Raises IndexError and ValueError."""
    while start < end:
        length, content = encoded[start + 1], start + 2
        if length & 0x80:
            count = length & 0x7F
            length, content = int.from_bytes(encoded[content : content + count], "big"), content + count
        if content + length > end:
            raise ValueError("a value breaks off")
        yield _Value(encoded[start], start, content, content + length)
        start = content + length
