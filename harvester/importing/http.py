"""A recorded HTTP answer as a page: its chunks joined, its Content-Encoding undone."""

import re
from datetime import datetime
from typing import Final

from harvester.archive.encodings import decode_content
from harvester.page import Headers, Page

MAX_BODY_BYTES: Final = 20 << 20
"""As of a page that we fetch ourselves (DOWNLOAD_MAXSIZE): no news page is as large."""

_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
HTML_TYPES: Final = ("text/html", "application/xhtml+xml")
UNTOLD_TYPES: Final = ("", "application/octet-stream", "application/unknown", "unknown/unknown", "text/plain")
"""Of answers that a look at their beginning decides about."""

_MARKUP = re.compile(rb"\s*(?:<\?xml[^>]*>\s*|<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)


def page_from_answer(
    url: str, status: int, headers: Headers, body: bytes, *, fetched_at: datetime, request_headers: Headers = ()
) -> Page:
    """`body` as it was recorded. Raises ValueError where more comes out of it than a page may have."""
    told = [(name.lower(), value) for name, value in headers]
    if any(name == "transfer-encoding" and "chunked" in value.lower() for name, value in told):
        body = joined_chunks(body)
    encoding = ",".join(value for name, value in told if name == "content-encoding")
    return Page(
        url=url,
        requested_url=url,
        status=status,
        headers=headers,
        raw=body,
        content=decode_content(body, encoding, MAX_BODY_BYTES),
        fetched_at=fetched_at,
        request_headers=request_headers,
    )


def joined_chunks(body: bytes) -> bytes:
    """A chunked body (RFC 9112, 7.1) whole. One that is whole already, as many tools record it, stays as it is; of one
    that breaks off, what there is."""
    parts: list[bytes] = []
    at = 0
    while found := _CHUNK.match(body, at):
        length = int(found[1], 16)
        if length == 0:
            return b"".join(parts)
        parts.append(body[found.end() : found.end() + length])
        at = found.end() + length
        if body.startswith(b"\r\n", at):
            at += 2
        elif at < len(body):
            return body
    return b"".join(parts) if parts and at >= len(body) else body


def is_html(content_type: str | None, beginning: bytes) -> bool:
    """By its content type or, where that says nothing, by its first bytes."""
    named = (content_type or "").partition(";")[0].strip().lower()
    return named in HTML_TYPES or (named in UNTOLD_TYPES and _MARKUP.match(beginning) is not None)
