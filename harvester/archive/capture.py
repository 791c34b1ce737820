"""A capture: the page as fetched, as one valid WARC 1.1 file of two records, each a gzip member of its own."""

import hashlib
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import brotli
from isal import igzip
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from harvester.errors import StoreError
from harvester.page import Headers, Page

COMPRESSION_LEVEL = 2
"""Of isal: about zlib's level 4 in size at a tenth of its time."""

LARGEST_CONTENT = 64 * 1024 * 1024
"""Bytes. A page that unpacks to more was no page when it was fetched."""

UNTRUE_AFTER_TRANSFER = {"transfer-encoding", "content-length"}
"""Header fields that speak of the transfer, which is over; kept under another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A WARC file as bytes, and what it is of."""

    body: bytes
    payload_sha256: str  # of the response's body as it came over the wire, Content-Encoding and all


def capture_of(page: Page, run_id: str) -> Capture:
    """Request and response as they were."""
    payload_sha256 = hashlib.sha256(page.raw).hexdigest()
    fetched = page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    plain = io.BytesIO()
    writer = WARCWriter(plain, gzip=False, warc_version="WARC/1.1")
    common = {"WARC-Date": fetched, "X-Harvest-Run": run_id}
    response = writer.create_warc_record(
        page.url,
        "response",
        payload=io.BytesIO(page.raw),
        http_headers=StatusAndHeaders(_status_line(page.status), _stored_headers(page), protocol="HTTP/1.1"),
        warc_headers_dict=dict(common),
    )
    request = writer.create_warc_record(
        page.url,
        "request",
        http_headers=StatusAndHeaders(_request_line(page.url), _request_headers(page), is_http_request=True),
        warc_headers_dict=common | {"WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID")},
    )
    members = []
    for record in (response, request):
        plain.seek(0)
        plain.truncate()
        writer.write_record(record)
        members.append(igzip.compress(plain.getvalue(), compresslevel=COMPRESSION_LEVEL, mtime=0))
    return Capture(body=b"".join(members), payload_sha256=payload_sha256)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def _stored_headers(page: Page) -> list[tuple[str, str]]:
    kept = [
        (f"X-Archive-Orig-{name}" if name.lower() in UNTRUE_AFTER_TRANSFER else name, value)
        for name, value in page.headers
    ]
    return [*_clean(kept), ("Content-Length", str(len(page.raw)))]


def _request_line(url: str) -> str:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"GET {parts.path or '/'}{query} HTTP/1.1"


def _request_headers(page: Page) -> list[tuple[str, str]]:
    host = (
        [] if any(name.lower() == "host" for name, _ in page.request_headers) else [("Host", urlsplit(page.url).netloc)]
    )
    return host + _clean(page.request_headers)


def _clean(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without line breaks, which would end a field early."""
    return [(_one_line(name), _one_line(value)) for name, value in headers]


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def read_capture(body: bytes, key: str = "capture") -> Page:
    """The page of a stored capture. Raises StoreError naming `key`."""
    try:
        for record in ArchiveIterator(io.BytesIO(body)):
            if record.rec_type == "response":
                return _page(record)
    except (ArchiveLoadFailed, zlib.error, EOFError, ValueError) as error:
        raise StoreError(key, f"is no capture that can be read: {error}") from error
    raise StoreError(key, "has no response record")


def _page(record) -> Page:  # type: ignore[no-untyped-def]
    raw = record.raw_stream.read()
    headers: Headers = tuple(
        (name.removeprefix("X-Archive-Orig-"), value)
        for name, value in record.http_headers.headers
        if name != "Content-Length"
    )
    url = record.rec_headers.get_header("WARC-Target-URI")
    fetched = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
    encoding = next((value for name, value in headers if name.lower() == "content-encoding"), "")
    return Page(
        url=url,
        requested_url=url,
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        raw=raw,
        content=decode_content(raw, encoding),
        fetched_at=fetched,
    )


def decode_content(raw: bytes, content_encoding: str) -> bytes:
    """Undo `Content-Encoding` (RFC 9110 §8.4). Raises ValueError for what can't be, or grows beyond LARGEST_CONTENT."""
    for coding in reversed([part.strip().lower() for part in content_encoding.split(",") if part.strip()]):
        if coding in ("gzip", "x-gzip", "deflate"):
            raw = _inflate(raw)
        elif coding == "br":
            raw = brotli.decompress(raw)
        elif coding != "identity":
            raise ValueError(f"unknown Content-Encoding {coding!r}")
        if len(raw) > LARGEST_CONTENT:
            raise ValueError("larger than any page")
    return raw


def _inflate(raw: bytes) -> bytes:
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib by its head; else raw deflate
        unpacker = zlib.decompressobj(window)
        try:
            return unpacker.decompress(raw, LARGEST_CONTENT + 1)
        except zlib.error:
            continue
    raise ValueError("not gzip, zlib or deflate")
