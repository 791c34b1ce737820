"""What stands in a recording: pages, what is no page, and places where it can't be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from harvester.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a record begins."""

    offset: int  # bytes into the recording as it lies there, compressed; of a folder: files before this one
    records: int  # before it
    record_id: str | None = None  # of the record itself, to know it again; None at the end


BEGINNING = Place(offset=0, records=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that is no page of ours."""

    why: str  # a kind of WARC record ("revisit", "metadata", …) or one of SKIPS


SKIPS = {
    "status": "an answer with another status than 200",
    "not_html": "a picture, a feed, a script, …",
    "not_http": "no HTTP message, or none that can be read",
    "no_address": "no http:// or https:// address can be known",
    "no_date": "no date, or none that can be",
    "too_large": "a body of more than 20 MiB, packed or unpacked",
}
"""Why a record is skipped that is not of a kind that has no pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A place where the recording can't be read; what could be read before and after it is."""

    offset: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One record's worth, and where the next one begins."""

    what: Page | Skipped | Broken = field(repr=False)
    after: Place


class Recording(Protocol):
    """A file or folder of recorded pages."""

    @property
    def name(self) -> str:
        """As the operator knows it."""

    @property
    def identity(self) -> str:
        """32 hex digits; by it a later import knows how far this one has come. Raises OSError and StoreError."""

    @property
    def size(self) -> int:
        """Bytes; of a folder: files."""

    def found(self, start: Place, now: datetime) -> Iterator[Found]:
        """What stands there from this place on. Raises OSError and StoreError."""
