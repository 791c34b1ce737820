"""WARC records written by hand, sound ones and others."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime

AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def http(body: bytes, *headers: str, status: str = "200 OK", content_type: str | None = "text/html") -> bytes:
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else []), *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def record(
    url: str | None,
    block: bytes,
    *fields: str,
    kind: str = "response",
    at: str | datetime = AT,
    length: int | str | None = None,
    record_id: str | None = None,
    content_type: str = "application/http; msgtype=response",
) -> bytes:
    """One record; `length` is what it says of its block."""
    date = at.isoformat().replace("+00:00", "Z") if isinstance(at, datetime) else at
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: {record_id or f'<urn:test:{url}>'}",
        f"WARC-Date: {date}",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block) if length is None else length}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode() + block + b"\r\n\r\n"


def packed(records: Iterable[bytes]) -> bytes:
    """Each a gzip member of its own."""
    return b"".join(gzip.compress(one, 1) for one in records)
