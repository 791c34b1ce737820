"""A page's bytes as text: byte order mark, header, meta, then detection."""

import cchardet
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from harvester.page import Page

MISFIT = 0.005
"""Share of undecodable characters beyond which a declared encoding is wrong; real pages have a stray byte or two."""

DETECTION_BYTES = 200_000

NO_PAGE_ENCODINGS = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7", "mbcs"}
"""Codecs of Python that are no character encodings of pages, and that some of its decoders break on."""


def decode_page(page: Page) -> str:
    """Never raises; what can't be decoded becomes U+FFFD."""
    return decode(page.content, page.header("content-type"))


def decode(content: bytes, content_type: str | None) -> str:
    """Text of an HTML body, by its byte order mark, Content-Type header, meta element, or its bytes.

    Bytes that are UTF-8 beyond ASCII are that, whatever is declared: text in another encoding is so by no accident.
    """
    marked, mark = read_bom(content)
    if marked is not None and mark is not None:
        return _clean(content[len(mark) :].decode(marked, "replace"))
    declared = _resolved(http_content_type_encoding(content_type) or html_body_declared_encoding(content[:4096]))
    if not content.isascii() and (text := _strict_utf8(content)) is not None:
        return _clean(text)
    for encoding in (declared, "utf-8"):
        text = _fitting(content, encoding)
        if text is not None:
            return _clean(text)
    detected = _resolved(cchardet.detect(content[:DETECTION_BYTES]).get("encoding"))
    return _clean(content.decode(detected or declared or "utf-8", "replace"))


def _strict_utf8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _resolved(encoding: str | None) -> str | None:
    """A codec for text that Python has, by the web's names (windows-1252 for latin-1, …)."""
    name = resolve_encoding(encoding) if encoding else None
    if name is None or name in NO_PAGE_ENCODINGS:
        return None
    try:
        b"a".decode(name, "replace")
    except (LookupError, UnicodeError):
        return None
    return name


def _fitting(content: bytes, encoding: str | None) -> str | None:
    """The text, if the encoding fits the bytes."""
    if encoding is None:
        return None
    text = content.decode(encoding, "replace")
    misfits = text.count("\ufffd") + sum(text.count(chr(code)) for code in range(0x80, 0xA0) if encoding != "utf-8")
    return text if misfits <= max(1, MISFIT * len(text)) else None


def _clean(text: str) -> str:
    return text.replace("\x00", "")
