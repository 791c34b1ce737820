"""How a line is read when lines are compared: folded words, fingerprints and word counts."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from xxhash import xxh3_64_intdigest

from harvester.article import Block

LINK = "\ufffc"
"""Stands for a link's text in `Block.masked`."""

SHORT_LINE = 1000
"""Characters. Keys of lines no longer are remembered, as each line is asked for some four times, on several pages."""

KEY_BITS = 48
"""Of xxh3-64, the upper bits that we keep: eight letters of base64 in the stored state. With 6 000 keys kept for a
source, an unrelated line meets one of them once in 10^10 lines."""

FOLDED_LETTERS: dict[int, str | None] = {
    **dict.fromkeys([*range(0x064B, 0x0653), *range(0x0653, 0x0656), 0x0670, 0x0640]),  # vowel and hamza marks, tatweel
    **dict.fromkeys(map(ord, "أإآٱ"), "ا"),
    **dict.fromkeys(map(ord, "ىی"), "ي"),
    **dict.fromkeys(map(ord, "ئ"), "ي"),
    **dict.fromkeys(map(ord, "ؤ"), "و"),
    **dict.fromkeys(map(ord, "ة"), "ه"),
    **dict.fromkeys(map(ord, "ک"), "ك"),
    0x0307: None,  # what lower-casing leaves of the Turkish İ
    **dict.fromkeys([0x00AD, 0x061C, 0x200B, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF]),  # invisible inside words
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFE00, 0xFE10)]),
}
"""Spellings that newsrooms and their systems mix: without this folding two copies of one Arabic story share a sixth of
their 3-word shingles, with it all of them."""

SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Scripts without spaces between words, as ranges of a regular expression: Thai, Lao, Burmese, Khmer, kana, Han."""


MARKS = "".join(chr(code) for code in range(0x0300, 0x10000) if unicodedata.category(chr(code)).startswith("M"))
"""Combining marks, for a character class of a regular expression: `\\w` alone cuts Hindi words at each vowel sign."""

WORD = rf"\w[\w{MARKS}]*"
"""A word as a regular expression: begins with a letter, number or underscore and goes on with these or with marks."""

_FOLDED = re.compile(f"[{''.join(map(chr, FOLDED_LETTERS))}]")
_WORD_OR_LINK = re.compile(f"{WORD}|{LINK}")
_PLAIN_WORD = re.compile(WORD)
_SPACELESS = re.compile(f"[{SPACELESS}]")
_DIGITS = re.compile(r"\d+")
_ZEROS = re.compile("00+")
_REPEATED = re.compile(r"(.)\1*")


_LOWERED = bytes(ord(chr(code).lower()) if chr(code).isalnum() or code == ord("_") else ord(" ") for code in range(128))
_ASCII_WORDS = _LOWERED.ljust(256)
_WITHOUT_NUMBERS = re.sub(rb"\d", b"0", _LOWERED).ljust(256)
_SEPARATORS = "\u2019\u2018\u201c\u201d\u2013\u2014\u2026\u00a0\u2022\u00a3\u20ac"
"""Beside ASCII, what English texts have between words; normalising makes no letter, number or mark of them."""


def separated(text: str) -> str:
    """The text with spaces for typographic punctuation; if that makes it ASCII, the short way gives the same words."""
    if not text.isascii():
        for separator in _SEPARATORS:
            text = text.replace(separator, " ")
    return text


def ascii_words(text: str) -> list[str]:
    """The words of an ASCII text, in lower case."""
    return text.encode("ascii").translate(_ASCII_WORDS).decode("ascii").split()


def fold(text: str) -> str:
    """The words of a line in the form in which lines of one site are compared, joined by single spaces.

    Numbers become 0, so that a counter or a date does not make two lines differ. A line without words (a separator)
    folds to its punctuation, each run of one character once.
    """
    plain = separated(text)
    if plain.isascii() and (short := plain.encode("ascii").translate(_WITHOUT_NUMBERS).decode("ascii").split()):
        joined = " ".join(short)
        return _ZEROS.sub("0", joined) if "00" in joined else joined
    folded = unicodedata.normalize("NFKC", text).lower()
    spelled = folded.translate(FOLDED_LETTERS) if _FOLDED.search(folded) else folded
    words = _WORD_OR_LINK.findall(_DIGITS.sub("0", spelled))
    return " ".join(words) if words else _REPEATED.sub(r"\1", "".join(folded.split()))


def fingerprint(text: str) -> int:
    """Of an already folded text."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) >> (64 - KEY_BITS)


def block_keys(block: Block) -> tuple[int, ...]:
    """One or two fingerprints: of the block's text, and of the same with its links' texts masked.

    A block that is a link and nothing else has no words of its own left when masked; there its place in the page
    speaks instead, so that a related story is alike to the other related stories, and not to a link in the body.
    """
    return _keys(block.text, block.masked, block.path)


@lru_cache(maxsize=4096)
def _keys(text: str, masked: str, path: str) -> tuple[int, ...]:
    """Asked for again when an article that was cleaned is counted."""
    text_key = _text_key(text)
    if not masked:
        return (text_key,)
    masked_key = _masked_key(masked)
    return (text_key, fingerprint(f"{path} {LINK}") if masked_key is None else masked_key)


def _text_key(text: str) -> int:
    return _short_key(text) if len(text) <= SHORT_LINE else fingerprint(fold(text))


@lru_cache(maxsize=16384)
def _short_key(text: str) -> int:
    return fingerprint(fold(text))


def _masked_key(masked: str) -> int | None:
    """None where no words are left."""
    folded = fold(masked)
    return fingerprint(folded) if folded.replace(LINK, "").strip() else None


def word_count(text: str) -> float:
    """Words; in scripts without spaces each character is half a word (a Japanese paragraph is not one short word)."""
    if text.isascii():
        return float(len(_PLAIN_WORD.findall(text)))
    spaceless = len(_SPACELESS.findall(text))
    rest = _SPACELESS.sub(" ", text) if spaceless else text
    return spaceless / 2 + len(_PLAIN_WORD.findall(rest))


def plain_blocks(lines: Iterable[str]) -> tuple[Block, ...]:
    """Blocks of an article of which there is only text, a paragraph a line; empty lines are dropped."""
    texts = (" ".join(unicodedata.normalize("NFC", line).split()) for line in lines)
    return tuple(Block(text=text) for text in texts if text)
