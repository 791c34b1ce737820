"""WARC records (ISO 28500:2017): laid out as gzip members, and found again where they stand.

They are laid out by hand: warcio percent-encodes header values, writes its own record ids and packs at gzip's slowest
level, and an object must be the same bytes each time it is made.
"""

import hashlib
import re
import zlib
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import responses
from typing import Final
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from isal import isal_zlib

from harvester import __version__
from harvester.page import Headers, Page

ORIGINAL: Final = "X-Archive-Orig-"
"""Begins the name of a header field that would be wrong of the body as stored: the chunks are joined, so a
Transfer-Encoding or another length is no longer true. Web archives know the prefix."""

LEVEL: Final = 2
"""Of igzip. A capture of 200 KB of text takes 1.2 ms in all and 16 % more room than at zlib's level 6 (7 ms)."""

GZIP_WBITS: Final = zlib.MAX_WBITS | 16  # zlib's way to say: with gzip's header and ending

CONTENT_TYPES: Final = {
    "warcinfo": "application/warc-fields",
    "metadata": "application/warc-fields",
    "request": "application/http; msgtype=request",
    "response": "application/http; msgtype=response",
    "revisit": "application/http; msgtype=response",
}

HEAD_BYTES: Final = 1 << 20
"""Of an unpacked record, kept to read the header fields of WARC and HTTP from; no server sends so many."""

_AT_ONCE = 1 << 14
"""Packed bytes given to the unpacker at once: what it gives back unused is copied, and a roll has thousands of
members. At most 16 MB are unpacked of them."""

_UNSAFE = re.compile(r"[\x00\r\n]")


def packed_record(kind: str, record_id: str, fields: Mapping[str, str], block: bytes) -> bytes:
    """One record as a gzip member, without name and time, so that it is the same bytes each time."""
    named = {"WARC-Type": kind, "WARC-Record-ID": record_id, **fields, "WARC-Block-Digest": digest(block)}
    named |= {"Content-Type": CONTENT_TYPES[kind], "Content-Length": str(len(block))}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    packer = isal_zlib.compressobj(LEVEL, wbits=GZIP_WBITS)
    record = b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"
    return bytes(packer.compress(record) + packer.flush())


def fetch_id(page: Page, run_id: str, payload_sha256: str) -> UUID:
    """What the ids of all records of one fetch are made of."""
    return uuid5(NAMESPACE_URL, "\n".join((run_id, page.url, page.fetched_at.isoformat(), payload_sha256)))


def record_id(base: UUID, kind: str) -> str:
    return f"<{uuid5(base, kind).urn}>"


def warc_date(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def digest(body: bytes) -> str:
    """As the tools that read WARC expect it: SHA-1 in base32. The SHA-256 of a body is in the article's record."""
    return f"sha1:{b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode('ascii')}"


def target_uri(url: str) -> str:
    return quote(url, safe="!#$%&'()*+,/:;=?@[]~", encoding="utf-8", errors="replace")


def about_run(run_id: str) -> bytes:
    """The block of a warcinfo record."""
    return warc_fields(
        {"software": f"news-harvester/{__version__}", "format": "WARC File Format 1.1", "isPartOf": run_id}
    )


def warc_fields(fields: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {_UNSAFE.sub(' ', value)}\r\n" for name, value in fields.items()).encode(
        "utf-8", "replace"
    )


def request_head(page: Page) -> bytes:
    """The request as it was sent."""
    parts = urlsplit(target_uri(page.url))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = page.request_headers
    if not any(name.lower() == "host" for name, _ in headers):
        headers = (("Host", parts.netloc.rpartition("@")[2]), *headers)
    return _head(f"GET {target} HTTP/1.1", headers)


def response_head(page: Page) -> bytes:
    """The reason phrase is the status's usual one: HTTP/2 has none, and nobody reads it."""
    status = f"HTTP/1.1 {page.status} {responses.get(page.status, 'Unknown')}"
    return _head(status, _true_headers(page.headers, len(page.raw)))


def _true_headers(headers: Headers, length: int) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        lower = name.lower()
        if lower == "transfer-encoding" or (lower == "content-length" and value.strip() != str(length)):
            yield ORIGINAL + name, value
            if lower == "content-length":
                yield name, str(length)
        else:
            yield name, value


def _head(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [
        first_line.encode("ascii"),
        *(_header_bytes(name) + b": " + _header_bytes(value) for name, value in headers),
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _header_bytes(text: str) -> bytes:
    """Header fields are bytes that HTTP libraries show as Latin-1; what can't have come from there goes as UTF-8."""
    clean = _UNSAFE.sub(" ", text)
    try:
        return clean.encode("latin-1")
    except UnicodeEncodeError:
        return clean.encode("utf-8", "replace")


def parsed_fields(lines: Iterable[bytes], encoding: str = "utf-8") -> Iterator[tuple[str, str]]:
    """Names and values of header lines; what is none is passed over."""
    for line in lines:
        name, colon, value = line.partition(b":")
        if colon:
            yield name.decode(encoding), value.strip(b" \t").decode(encoding)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRecord:
    """A record and where it stands: a gzip member of its own."""

    kind: str  # its WARC-Type
    fields: Mapping[str, str]  # of WARC, names in lower case
    head: bytes  # of its block, at least as far as the HTTP header fields go
    offset: int  # of the member in the object
    length: int  # of the member, in bytes


def placed_records(body: bytes) -> Iterator[PlacedRecord]:
    """The records of an object, with their places. Raises ValueError where it is damaged."""
    for offset, length, start in _members(body):
        top, _, head = start.partition(b"\r\n\r\n")
        version, *lines = top.split(b"\r\n")
        if not version.startswith(b"WARC/"):
            raise ValueError(f"no WARC record at byte {offset}")
        fields = {name.lower(): value for name, value in parsed_fields(lines)}
        yield PlacedRecord(kind=fields.get("warc-type", ""), fields=fields, head=head, offset=offset, length=length)


def _members(body: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Offset and length of each gzip member, and how its content begins."""
    view, offset = memoryview(body), 0
    while offset < len(body):
        unpacker, taken, start = isal_zlib.decompressobj(wbits=GZIP_WBITS), offset, bytearray()
        while not unpacker.eof:
            some = view[taken : taken + _AT_ONCE]
            if not some:
                raise ValueError(f"breaks off in the gzip member at byte {offset}")
            taken += len(some)
            try:
                start += unpacker.decompress(some)[: HEAD_BYTES - len(start)]
            except isal_zlib.error as error:  # type: ignore[misc]  # its stub says that it is an instance
                raise ValueError(f"is damaged in the gzip member at byte {offset}: {error}") from error
        end = taken - len(unpacker.unused_data)
        yield offset, end - offset, bytes(start)
        offset = end
