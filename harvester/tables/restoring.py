"""Rows back into records: what a row of articles knows is enough to write a damaged record again, byte for byte."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any, Final

import orjson

from harvester.archive.record import ArticleRecord
from harvester.tables.changes import COPY_FIELDS

_LATER: Final = ("other_urls", "change", "copy_kind")
"""Fields that records written by early versions lack; the row has what they mean."""


def row_to_record(row: Mapping[str, Any]) -> ArticleRecord:
    """The record that a row of articles was made of; what was linked later is left out.

    `row`: as `to_pylist` gives it. Raises pydantic's ValidationError where it is no such row.
    """
    return ArticleRecord.model_validate(_recorded(row))


def record_bytes(row: Mapping[str, Any]) -> bytes | None:
    """The record's object, as its SHA-256 proves; None where the row does not tell it."""
    recorded = row_to_record(row).model_dump()
    for values in _spellings(recorded):
        body = orjson.dumps(values)
        if hashlib.sha256(body).hexdigest() == row["record_sha256"]:
            return body
    return None


def _recorded(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: row[name] for name in ArticleRecord.model_fields}
    if row["linked_at"] is not None:
        values |= row["recorded_copy"] or dict.fromkeys(COPY_FIELDS)
    return values


def _spellings(values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """As it may have been written: with all fields, or without some that came later and say nothing here."""
    silent = [name for name in _LATER if not values[name]]
    for left_out in chain.from_iterable(combinations(silent, count) for count in range(len(silent) + 1)):
        yield {name: value for name, value in values.items() if name not in left_out}
