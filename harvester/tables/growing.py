"""The next version of an object: what it grows by, and when it is written anew.

A reader may have read the footer of a version, and read its rows when the next one has taken its place. So a version
has all bytes of the one before at their places: row groups that are as they were are named again, new and changed ones
are appended. What nothing names any more is dead weight, until the object is written anew.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import log
from typing import Any, Final

from harvester.tables.changes import Changes
from harvester.tables.footer import Footer
from harvester.tables.parquet import GROUP_BYTES, GROUP_ROWS, Encoder, ObjectFile, sorted_groups
from harvester.tables.parquet_footer import ParquetFooter
from harvester.tables.schema import FULL, Kind

FULL_BYTES: Final = 32 << 20
"""Of an object, compressed."""

TIER: Final = 4
"""So many row groups of about one size become one: each row is written again some three times, and no more than some
ten row groups are small."""

DEAD_BYTES: Final = 4 << 20
"""So much dead weight is never a reason to write an object anew."""

MOST_BYTES: Final = 192 << 20
"""Larger than this no object grows, whatever the day."""


def first_version(kind: Kind, blocks: Sequence[Any], footer: Footer) -> bytes:
    """An object written anew, in the table's order."""
    encoder = Encoder(kind)
    rows = raw = 0
    for some in sorted_groups(kind, blocks):
        rows, raw = rows + some.num_rows, raw + some.nbytes
        encoder.write(some)
    return encoder.end(_closed_if_full(kind, footer, rows, raw, encoder.size, footer.whole))


def changed_groups(file: ObjectFile, changes: Changes) -> dict[int, Any]:
    """Row groups that the changes concern, as they become; by number."""
    changed = {}
    for number in range(file.group_count) if changes else ():
        if changes.concern(file.group(number, ["id"])):
            rows = file.group(number)
            if (after := changes.applied(rows)) is not rows:
                changed[number] = after
    return changed


def next_version(
    kind: Kind,
    body: bytes,
    file: ObjectFile,
    changed: dict[int, Any],
    fresh: Sequence[Any],
    footer: Footer,
    *,
    today: str,
    erase: bool = False,
) -> bytes:
    """The object with changed row groups and further rows. `erase`: nothing of what is dead may stay in it."""
    kept = [number for number in range(file.group_count) if number not in changed]
    joined = [rows for rows in changed.values() if fresh and rows.num_rows < GROUP_ROWS // TIER]
    apart = [rows for rows in changed.values() if not any(rows is other for other in joined)]
    merged = _to_be_merged(file, kept, _rows([*fresh, *joined]))
    kept = [number for number in kept if number not in merged]
    dead = len(body) - file.packed_bytes(kept)
    if erase or (dead > max(DEAD_BYTES, file.packed_bytes()) and today > footer.whole) or len(body) > MOST_BYTES:
        rest = [file.group(number) for number in (*kept, *merged)]
        return first_version(kind, [*rest, *changed.values(), *fresh], replace(footer, whole=today))
    groups = ParquetFooter.of(body).groups
    kept_rows = sum(map(file.group_rows, kept))
    encoder = Encoder(kind, onto=body, kept=[groups[number] for number in kept], kept_rows=kept_rows)
    rows, raw = kept_rows, file.raw_bytes(kept)
    for some in (*apart, *sorted_groups(kind, [*(file.group(number) for number in merged), *joined, *fresh])):
        rows, raw = rows + some.num_rows, raw + some.nbytes
        encoder.write(some)
    return encoder.end(_closed_if_full(kind, footer, rows, raw, file.packed_bytes(kept) + encoder.size, today))


def _to_be_merged(file: ObjectFile, kept: Sequence[int], rows: int) -> list[int]:
    """Small row groups that become one with the new rows."""
    merged: list[int] = []
    while 0 < rows < GROUP_ROWS:
        like = [one for one in kept if one not in merged and _tier(file.group_rows(one)) <= _tier(rows)]
        if len(like) < TIER - 1 or file.raw_bytes([*merged, *like]) > GROUP_BYTES:
            return merged
        merged += like
        rows += sum(map(file.group_rows, like))
    return merged


def _tier(rows: int) -> int:
    return int(log(max(1, rows), TIER))


def _closed_if_full(kind: Kind, footer: Footer, rows: int, raw: int, size: int, today: str) -> Footer:
    full = max(rows / kind.most_rows, raw / kind.most_bytes, size / FULL_BYTES) >= FULL
    return replace(footer, next_month=footer.next_month or (today[:7] if full else ""))


def _rows(blocks: Sequence[Any]) -> int:
    return sum(block.num_rows for block in blocks)
