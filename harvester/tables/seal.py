"""The seal: checksums in an object's footer, by which any damaged byte of the object is found.

Of Parquet's own accord only pages have checksums: not their heads, not the footer with its statistics, not the position
there. Three more, each xxh3-64 in hexadecimal, are the last fields of the JSON that the footer has for us.
"""

import re
from typing import Any, Final

from xxhash import xxh3_64_hexdigest

from harvester.errors import StoreError

REMEDY: Final = "run `harvest verify --repair`, which deletes the tables, and `harvest tables`, which makes them again"

_BLANK: Final = b"0" * 16
_ROWS: Final = b',"rows_checksum":"'
_FOOTER: Final = b'","footer_checksum":"'
_SEALED: Final = re.compile(
    rb'(?P<said>\{.*),"checksum":"(?P<checksum>[0-9a-f]{16})"'
    rb',"rows_checksum":"[0-9a-f]{16}","footer_checksum":"[0-9a-f]{16}"\}',
    re.DOTALL,
)


def with_seal(said: bytes) -> bytes:
    """A JSON object with its own checksum, and room for those of the object that it will stand in."""
    own = b',"checksum":"' + _checksum(said[:-1]) + b'"'
    return said[:-1] + own + _ROWS + _BLANK + _FOOTER + _BLANK + b'"}'


def check_said(said: bytes, key: str) -> None:
    """Raises StoreError, which names `key`, where the JSON is not what `with_seal` made."""
    found = _SEALED.fullmatch(said)
    if found is None:
        raise strange(key)
    if found["checksum"] != _checksum(found["said"]):
        raise _damaged(key, "what the footer says is not what was written there")


def sealed(end: bytes, rows: Any) -> bytes:
    """The end of an object, from the Parquet footer on, with its checksum and that of all bytes before it."""
    at = end.rindex(_ROWS) + len(_ROWS)
    return _with_footer_checksum(end[:at] + _checksum(rows) + end[at + len(_BLANK) :], at)


def check_end(end: bytes, key: str) -> None:
    """Raises StoreError, which names `key`, where the end of an object is not as it was written."""
    at = end.rfind(_ROWS) + len(_ROWS)
    if at < len(_ROWS):
        raise strange(key)
    if _with_footer_checksum(end, at) != end:
        raise _damaged(key, "its footer is not as it was written")


def check_rows(end: bytes, rows: Any, key: str) -> None:
    """The same of all that stands before its end."""
    at = end.rindex(_ROWS) + len(_ROWS)
    if end[at : at + len(_BLANK)] != _checksum(rows):
        raise _damaged(key, "its rows are not as they were written")


def strange(key: str) -> StoreError:
    return StoreError(key, f"was not written by `harvest tables`, or is damaged; {REMEDY}")


def _damaged(key: str, problem: str) -> StoreError:
    return StoreError(key, f"is damaged: {problem}; {REMEDY}")


def _with_footer_checksum(end: bytes, at: int) -> bytes:
    """`at`: where the digits of the rows' checksum begin. The footer's is made with zeros in its own place."""
    begin = at + len(_BLANK) + len(_FOOTER)
    before, behind = end[:begin], end[begin + len(_BLANK) :]
    return before + _checksum(before + _BLANK + behind) + behind


def _checksum(some: Any) -> bytes:
    return xxh3_64_hexdigest(some).encode("ascii")
