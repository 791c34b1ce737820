"""Records of a WARC file as pages. Broken places are passed over: reading goes on at the next record behind them."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

from fastwarc.warc import ArchiveIterator, WarcRecordType

from harvester.importing.found import BEGINNING, Broken, Found, Place, Skipped
from harvester.importing.http import HTML_TYPES, MAX_BODY_BYTES, UNTOLD_TYPES, is_html, page_from_answer
from harvester.page import Headers, Page

GZIP: Final = b"\x1f\x8b\x08"

SCANNED_BYTES: Final = 1 << 20
"""Read at once while looking for the next record behind a broken place."""

LONGEST_ADDRESS: Final = 8192

TOMORROW: Final = timedelta(days=1)
"""Clocks differ; a record from later than this was not made when it says."""

_NEXT_PLAIN = re.compile(rb"\r\n\r\n(?=WARC/\d\.\d\r?\n)")
_SWALLOWED = re.compile(rb"\r\n\r\n(?:\x1f\x8b\x08|WARC/\d\.\d\r?\n)")
_KINDS = {
    int(getattr(WarcRecordType, name)): name
    for name in ("warcinfo", "response", "resource", "request", "metadata", "revisit", "conversion", "continuation")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A recorded request; its answer stands beside it, before or behind."""

    ids: frozenset[str]  # its own, and that of the record that it says to stand beside
    url: str
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One record, or one broken place."""

    what: Page | Skipped | Broken = field(repr=False)
    place: Place  # its own
    ids: frozenset[str] = frozenset()  # of an answer: as a request's
    request: _Request | None = None

    def with_request(self, request: _Request | None) -> "_Record":
        """An answer with the headers of the request that led to it."""
        if request is None or not isinstance(self.what, Page) or request.url != self.what.url:
            return self
        if not self.ids & request.ids and len(request.ids) > 1:
            return self
        return replace(self, what=replace(self.what, request_headers=request.headers))


def read_records(stream: BinaryIO, start: Place, now: datetime) -> Iterator[Found]:
    """All from this place on: each record, and each broken place, once."""
    held: _Record | None = None
    request: _Request | None = None
    place = start
    for record in _records(stream, start, now):
        if held is not None:
            held = _unless_swallowing(held.with_request(record.request), record)
            yield Found(what=held.what, after=record.place)
        held = record.with_request(request)
        request = record.request
        place = record.place
    if held is not None:
        end = stream.seek(0, 2)
        yield Found(what=held.what, after=Place(offset=end, records=place.records + 1))


def _unless_swallowing(record: _Record, following: _Record) -> _Record:
    """A page behind which nothing can be read, and that has the beginning of a record in it, is longer than it was."""
    page = record.what
    if isinstance(page, Page) and isinstance(following.what, Broken) and _SWALLOWED.search(page.raw):
        return replace(record, what=Broken(offset=record.place.offset, problem="says to be longer than it is"))
    return record


def _records(stream: BinaryIO, start: Place, now: datetime) -> Iterator[_Record]:
    number = start.records
    skipped, begin = _sought(stream, start)
    offset: int | None = begin
    broken: Broken | None = None  # what lies before `offset` since the last record
    while offset is not None:
        last = offset
        is_sound = False  # was a record read since?
        stream.seek(offset)
        try:
            for record in ArchiveIterator(stream, parse_http=True):
                last = record.stream_pos
                if skipped:
                    skipped -= 1
                    continue
                place = Place(offset=last, records=number, record_id=_name(record))
                read = _read(record, place, now)
                if broken is not None:
                    yield _Record(what=broken, place=Place(offset=broken.offset, records=number))
                    number, broken = number + 1, None
                    read = replace(read, place=replace(place, records=number))
                yield read
                number += 1
                is_sound = True
            break
        except (OSError, ValueError, EOFError) as error:
            if broken is None or is_sound:
                broken = Broken(offset=last + is_sound, problem=" ".join(str(error).split()))
            offset = _next_start(stream, last)
    if broken is not None:
        yield _Record(what=broken, place=Place(offset=broken.offset, records=number))


def _sought(stream: BinaryIO, start: Place) -> tuple[int, int]:
    """How many records are to be passed over, and from which offset on.

    A file that is not packed record by record can't be entered in its middle.
    """
    if start.offset == 0 or start.record_id is None:
        return 0, start.offset
    stream.seek(start.offset)
    try:
        first = next(iter(ArchiveIterator(stream, parse_http=False)), None)
    except (OSError, ValueError, EOFError):
        first = None
    if first is not None and (first.stream_pos, _name(first)) == (start.offset, start.record_id):
        return 0, start.offset
    return start.records, BEGINNING.offset


def _name(record: Any) -> str:
    """Of a record, to know it again; whatever is written there."""
    return (record.record_id or "")[:200].encode("utf-8", "replace").decode("utf-8")


def _next_start(stream: BinaryIO, after: int) -> int | None:
    """Where the first record behind an offset begins; None where there is none, or none that can be entered."""
    stream.seek(0)
    packed = stream.read(len(GZIP)) == GZIP
    at, kept = after + 1, b""
    stream.seek(at)
    while block := stream.read(SCANNED_BYTES):
        window = kept + block
        begins = at - len(kept)
        for found in _candidates(window, packed=packed):
            if not packed or _is_member(stream, begins + found):
                return begins + found
        at += len(block)
        kept = window[-64:]
        stream.seek(at)
    return None


def _candidates(window: bytes, *, packed: bool) -> Iterator[int]:
    if not packed:
        yield from (found.end() for found in _NEXT_PLAIN.finditer(window))
        return
    found = window.find(GZIP)
    while found >= 0:
        yield found
        found = window.find(GZIP, found + 1)


def _is_member(stream: BinaryIO, offset: int) -> bool:
    """Does a packed record begin here?"""
    stream.seek(offset)
    try:
        begun = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(stream.read(4096), 5)
    except zlib.error:
        return False
    return begun == b"WARC/"


def _read(record: Any, place: Place, now: datetime) -> _Record:
    """Raises OSError where it can't be read to its end."""
    length = record.content_length
    kind = _KINDS.get(int(record.record_type), "unknown")
    url = (record.headers.get("WARC-Target-URI") or "").strip().removeprefix("<").removesuffix(">")
    beside = record.headers.get("WARC-Concurrent-To")
    ids = frozenset(one for one in (record.record_id, beside) if one)
    body = b""
    what: Page | Skipped | str = kind
    if kind in ("response", "resource"):
        what = _refused(record, kind, url)
        if what == "":
            body = record.reader.read(length)
            what = _page(record, kind, url, body, now)
    request = (
        _Request(ids=ids, url=url, headers=_headers(record)) if kind == "request" and record.http_headers else None
    )
    if len(body) + record.reader.consume() < length:
        raise EOFError("breaks off in a record")
    return _Record(what=Skipped(why=what) if isinstance(what, str) else what, place=place, ids=ids, request=request)


def _refused(record: Any, kind: str, url: str) -> str:
    """Why a record is no page, as far as its headers tell; empty where they don't."""
    content_type = record.http_content_type
    if kind == "response" and record.http_headers is None:
        return "not_http"
    if kind == "response" and record.http_headers.status_code is None:
        return "not_http"
    if kind == "response" and record.http_headers.status_code != 200:
        return "status"
    if kind == "resource":
        content_type = (record.headers.get("Content-Type") or "").partition(";")[0]
    named = (content_type or "").strip().lower()
    if named and named not in (*HTML_TYPES, *UNTOLD_TYPES):
        return "not_html"
    if record.content_length > MAX_BODY_BYTES:
        return "too_large"
    return "" if _is_address(url) else "no_address"


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and len(url) <= LONGEST_ADDRESS
    except ValueError:
        return False


def _page(record: Any, kind: str, url: str, body: bytes, now: datetime) -> Page | str:
    at = _date(record)
    if at is None or at > now + TOMORROW:
        return "no_date"
    headers = _headers(record)
    if kind == "resource":
        headers = (("Content-Type", record.headers.get("Content-Type") or "text/html"),)
    try:
        page = page_from_answer(url, 200, headers, body, fetched_at=at)
    except ValueError:
        return "too_large"
    return page if is_html(page.header("Content-Type"), page.content) else "not_html"


def _date(record: Any) -> datetime | None:
    try:
        at: datetime | None = record.record_date
    except (ValueError, OverflowError):
        return None
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _headers(record: Any) -> Headers:
    return (
        tuple((str(name), str(value)) for name, value in record.http_headers.astuples()) if record.http_headers else ()
    )
