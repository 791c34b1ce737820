"""A capture: a page as fetched, as one valid WARC 1.1 file, each record a gzip member of its own.

warcio reads it back; `harvester.archive.warc` lays the records out.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from harvester.archive.encodings import MAX_CONTENT_BYTES, decode_content
from harvester.archive.warc import (
    ORIGINAL,
    about_run,
    digest,
    fetch_id,
    packed_record,
    parsed_fields,
    record_id,
    request_head,
    response_head,
    target_uri,
    warc_date,
    warc_fields,
)
from harvester.errors import StoreError
from harvester.page import Headers, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureObject:
    """A capture, ready to be stored."""

    body: bytes
    payload_sha256: str  # of the page's body as fetched


def capture_bytes(page: Page, run_id: str) -> CaptureObject:
    """Pack a page: warcinfo, request, response and, where there is more to say, metadata. Same page, same bytes."""
    payload_sha256 = hashlib.sha256(page.raw).hexdigest()
    records = _records(page, run_id, fetch_id(page, run_id, payload_sha256))
    return CaptureObject(body=b"".join(records), payload_sha256=payload_sha256)


def _records(page: Page, run_id: str, base: UUID) -> Iterator[bytes]:
    info, request, response = (record_id(base, kind) for kind in ("warcinfo", "request", "response"))
    common = {"WARC-Date": warc_date(page.fetched_at)}
    yield packed_record("warcinfo", info, common, about_run(run_id))
    common |= {"WARC-Target-URI": target_uri(page.url), "WARC-Warcinfo-ID": info}
    yield packed_record("request", request, common | {"WARC-Concurrent-To": response}, request_head(page))
    answered = common | {"WARC-Payload-Digest": digest(page.raw)}
    yield packed_record("response", response, answered, response_head(page) + page.raw)
    said = {"requested-url": page.requested_url if page.requested_url != page.url else None, "via": page.listed_url}
    fields = {name: value for name, value in said.items() if value}
    if fields:
        metadata = common | {"WARC-Concurrent-To": response}
        yield packed_record("metadata", record_id(base, "metadata"), metadata, warc_fields(fields))


def read_capture(body: bytes, key: str = "capture") -> Page:
    """The page that a capture keeps, its content decoded. Raises StoreError, which names `key`."""
    try:
        blocks = {kind: (fields, block) for kind, fields, block in _blocks(body)}
        fields, response = blocks["response"]
        return _page(fields, response, blocks.get("request", ({}, b""))[1], blocks.get("metadata", ({}, b""))[1])
    except (ArchiveLoadFailed, zlib.error, EOFError, KeyError, ValueError, IndexError) as error:
        raise StoreError(key, f"is not a capture that can be read: {error!r}") from error


def _blocks(body: bytes) -> Iterator[tuple[str, Any, bytes]]:
    """Type, header fields and block of each record."""
    for record in ArchiveIterator(BytesIO(body), no_record_parse=True):
        length = int(_field(record.rec_headers, "Content-Length"))
        if length > 2 * MAX_CONTENT_BYTES:
            raise ValueError(f"a record of {length} bytes")
        block = record.raw_stream.read(length)
        if len(block) < length:
            raise ValueError("breaks off")
        yield record.rec_type, record.rec_headers, block


def _field(fields: Any, name: str) -> str:
    value = fields.get_header(name)
    if value is None:
        raise KeyError(name)
    return str(value)


def _page(fields: Any, response: bytes, request: bytes, metadata: bytes) -> Page:
    status_line, headers, raw = _parted(response)
    url = _field(fields, "WARC-Target-URI")
    more = dict(parsed_fields(metadata.splitlines()))
    received = tuple(_received_headers(headers))
    encoding = ",".join(value for name, value in received if name.lower() == "content-encoding")
    return Page(
        url=url,
        requested_url=more.get("requested-url", url),
        status=int(status_line.split()[1]),
        headers=received,
        raw=raw,
        content=decode_content(raw, encoding),
        fetched_at=datetime.fromisoformat(_field(fields, "WARC-Date")),
        request_headers=_parted(request)[1] if request else (),
        listed_url=more.get("via"),
    )


def _parted(message: bytes) -> tuple[bytes, Headers, bytes]:
    """Start line, header fields and body of an HTTP message."""
    head, _, body = message.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return first, tuple(parsed_fields(lines, "latin-1")), body


def _received_headers(headers: Headers) -> Iterator[tuple[str, str]]:
    """The header fields as they came: originals under their own names again, ours in their place dropped."""
    replaced = {name.removeprefix(ORIGINAL) for name, _ in headers if name.startswith(ORIGINAL)}
    for name, value in headers:
        if name.startswith(ORIGINAL):
            yield name.removeprefix(ORIGINAL), value
        elif name not in replaced:
            yield name, value
