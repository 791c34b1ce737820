"""Text as it is kept: one line, NFC, single spaces, nothing invisible."""

import re
import unicodedata
from functools import cache

INVISIBLE = re.compile(
    "[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffc\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]"
)
"""Soft hyphens, zero-width spaces, bidi controls, byte order marks, control characters, halves of surrogate pairs. Not
U+200C and U+200D, which Persian and Indic scripts spell with."""

MOST_MARKS = 30
"""Combining marks on one letter that are kept in long texts: normalising sorts them, in a time that grows with the
square of their number (120 000 take 11 s). Unicode's Stream-Safe Text Format has the same limit (UAX #15)."""

SHORT = 1000
"""Characters. A text that is no longer is normalised in no time whatever it holds."""


def clean_text(text: str) -> str:
    """One line in NFC with single spaces, without invisible characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join(normalised(INVISIBLE.sub("", text)).split())


def normalised(text: str) -> str:
    """The text in NFC."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text if len(text) <= SHORT else _piled().sub(r"\1", text))


@cache
def _piled() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in range(0x300, 0x20000) if _is_mark(chr(code)))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _is_mark(character: str) -> bool:
    """Does it come apart into combining marks alone? A few do that are none themselves."""
    return all(map(unicodedata.combining, unicodedata.normalize("NFD", character)))
