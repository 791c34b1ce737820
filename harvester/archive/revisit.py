"""Revisits: proof that a page, fetched again, still was byte for byte the one that is stored (WARC 1.1, section 6.7).

Such a page is no new capture. What is kept is the answer's head, with the digest of its body and the name of the
capture that has these bytes; a source's part of a run gathers them into rolls, each one valid WARC file.
"""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from harvester.archive.record import ArticleRecord
from harvester.archive.warc import (
    PlacedRecord,
    about_run,
    digest,
    fetch_id,
    packed_record,
    placed_records,
    record_id,
    request_head,
    response_head,
    target_uri,
    warc_date,
)
from harvester.page import Page

PROFILE: Final = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"

ROLL_BYTES: Final = 4 << 20
"""At which a roll is full: some 5000 revisits. It is held in memory until then."""

REFERS_TO: Final = ("warc-refers-to-target-uri", "warc-refers-to-date")
"""Fields that name the capture which has the body."""


def proves(page: Page, record: ArticleRecord) -> bool:
    """Is the page byte for byte the one that the record was read from, and is that one stored?"""
    return record.capture is not None and record.capture.sha256 == hashlib.sha256(page.raw).hexdigest()


def original(record: ArticleRecord) -> tuple[str, str]:
    """How a revisit names the capture of a record: its address, and when it was fetched, to the millisecond."""
    fetched_at = datetime.fromisoformat(record.fetched_at)
    return target_uri(record.url), fetched_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, kw_only=True)
class RevisitRoll:
    """Gathers the revisits of a source's part of a run; threads may add at once."""

    run_id: str
    _warcinfo: str = ""
    _packed: bytearray = field(default_factory=bytearray)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, page: Page, record: ArticleRecord) -> bytes | None:
        """Enter a page that proves the record; the roll, if it is full by that."""
        with self._lock:
            if not self._packed:
                self._packed += self._beginning(page)
            self._packed += self._pair(page, record)
            return self._taken() if len(self._packed) >= ROLL_BYTES else None

    def rest(self) -> bytes | None:
        """What has been gathered since the last full roll, if anything."""
        with self._lock:
            return self._taken() if self._packed else None

    def _taken(self) -> bytes:
        roll = bytes(self._packed)
        self._packed.clear()
        return roll

    def _beginning(self, first: Page) -> bytes:
        self._warcinfo = record_id(uuid5(NAMESPACE_URL, f"{self.run_id}\n{first.url}\n{first.fetched_at}"), "roll")
        return packed_record(
            "warcinfo", self._warcinfo, {"WARC-Date": warc_date(first.fetched_at)}, about_run(self.run_id)
        )

    def _pair(self, page: Page, record: ArticleRecord) -> bytes:
        base = fetch_id(page, self.run_id, hashlib.sha256(page.raw).hexdigest())
        request, revisit = record_id(base, "request"), record_id(base, "revisit")
        common = {
            "WARC-Date": warc_date(page.fetched_at),
            "WARC-Target-URI": target_uri(page.url),
            "WARC-Warcinfo-ID": self._warcinfo,
        }
        address, fetched_at = original(record)
        about = {
            "WARC-Profile": PROFILE,
            "WARC-Refers-To-Target-URI": address,
            "WARC-Refers-To-Date": fetched_at,
            "WARC-Payload-Digest": digest(page.raw),
        }
        return packed_record(
            "request", request, common | {"WARC-Concurrent-To": revisit}, request_head(page)
        ) + packed_record("revisit", revisit, common | about, response_head(page))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRevisit:
    """A request and its revisit, and where they stand in their roll."""

    original: tuple[str, str]  # as `original` names the capture
    offset: int
    length: int


def placed_revisits(roll: bytes) -> tuple[int, Iterator[PlacedRevisit]]:
    """How many bytes of the roll stand before the first pair, and the pairs. Raises ValueError where it is damaged."""
    records = placed_records(roll)
    beginning = next(records, None)
    if beginning is None or beginning.kind != "warcinfo":
        raise ValueError("does not begin with a warcinfo record")
    return beginning.length, _pairs(records)


def _pairs(records: Iterator[PlacedRecord]) -> Iterator[PlacedRevisit]:
    for request, revisit in zip(records, records, strict=True):
        if (request.kind, revisit.kind) != ("request", "revisit"):
            raise ValueError(f"no request and revisit at byte {request.offset}")
        address, fetched_at = (revisit.fields.get(name, "") for name in REFERS_TO)
        yield PlacedRevisit(
            original=(address, fetched_at), offset=request.offset, length=request.length + revisit.length
        )
