"""Content-Encoding undone, with a bound on what comes out."""

import sys
import zlib
from collections.abc import Callable
from typing import Final

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MAX_CONTENT_BYTES: Final = 64 << 20
"""No article's page is longer; a few kilobytes of gzip can be made to fill any memory."""

Decoder = Callable[[bytes, int], bytes]
"""From encoded bytes and a limit to at most limit + 1 decoded bytes; of a body that breaks off, what came before."""


def decode_content(raw: bytes, content_encoding: str | None, limit: int = MAX_CONTENT_BYTES) -> bytes:
    """The body with its Content-Encoding (RFC 9110, 8.4) undone.

    A body that is not in the encoding it claims, or is in one that we don't know, is returned as it is. Raises
    ValueError where more than `limit` bytes would come out.
    """
    content = raw
    for name in reversed((content_encoding or "").split(",")):
        decoder = DECODERS.get(name.strip().lower())
        if decoder is not None:
            content = decoder(content, limit) or content
        if len(content) > limit:
            raise ValueError(f"more than {limit} bytes when unpacked")
    return content


def _gunzip(raw: bytes, limit: int) -> bytes:
    """All members, one after the other."""
    out = bytearray()
    while raw and len(out) <= limit:
        decoder = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        out += _inflated(decoder, raw, limit + 1 - len(out))
        if not decoder.eof:
            break
        raw = decoder.unused_data
    return bytes(out)


def _inflate(raw: bytes, limit: int) -> bytes:
    """With zlib's wrapper as the RFC says, or without it as some servers send."""
    return _inflated(zlib.decompressobj(), raw, limit + 1) or _inflated(
        zlib.decompressobj(wbits=-zlib.MAX_WBITS), raw, limit + 1
    )


def _inflated(decoder: "zlib._Decompress", raw: bytes, at_most: int) -> bytes:
    out = bytearray()
    try:
        while raw and not decoder.eof and len(out) < at_most:
            out += decoder.decompress(raw, min(at_most - len(out), _STEP))
            raw = decoder.unconsumed_tail
    except zlib.error:
        pass  # broken from here on
    return bytes(out)


_STEP = 1 << 20
"""Bytes decoded at once, so that a body broken at its end still gives what stands before."""


def _unbrotli(raw: bytes, limit: int) -> bytes:
    decoder = brotli.Decompressor()
    out = bytearray()
    try:
        out += decoder.process(raw, output_buffer_limit=_STEP)
        while not decoder.can_accept_more_data() and len(out) <= limit:
            out += decoder.process(b"", output_buffer_limit=_STEP)
    except brotli.error:
        pass
    return bytes(out)


def _unzstd(raw: bytes, limit: int) -> bytes:
    decoder = zstd.ZstdDecompressor()
    out = bytearray()
    try:
        out += decoder.decompress(raw, max_length=_STEP)
        while not decoder.eof and not decoder.needs_input and len(out) <= limit:
            out += decoder.decompress(b"", max_length=_STEP)
    except zstd.ZstdError:
        pass
    return bytes(out)


DECODERS: dict[str, Decoder] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
