"""The words of a text in the form in which copies and revisions are compared."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256

from harvester.clean.fold import FOLDED_LETTERS, MARKS, SPACELESS, ascii_words, separated

_TO_ASCII_DIGIT: dict[int, str | None] = {
    code: str(unicodedata.decimal(chr(code))) for code in range(0x0660, 0x20000) if chr(code).isdecimal()
}
_FOLDING = FOLDED_LETTERS | _TO_ASCII_DIGIT
_SPACED = rf"[^\W{SPACELESS}]"
_WORDS = re.compile(rf"(?=[\w{MARKS}])[{SPACELESS}]|{_SPACED}+(?:[{MARKS}]+{_SPACED}*)*")
_SPACELESS = re.compile(f"[{SPACELESS}]")
_DIGIT = re.compile("[0-9]")

_LETTERS = re.compile(r"\w+")
_FREQUENT = "أإآىئؤةیک\u0640\u064b\u064d\u064e\u064f\u0650\u0651\u0654\u0307٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
"""Of the folded characters, those that ordinary Arabic, Persian and Turkish have: replaced first, one by one, they
leave nothing unusual in most of them. Half the time of `str.translate`."""
_UNUSUAL = re.compile(
    f"[{''.join(chr(code) for code in _FOLDING if code < 0x10000)}{MARKS}{SPACELESS}\U00010000-\U0001efff]"
)
"""All characters that are folded, combine or are words of their own; the range holds the digits beyond U+FFFF, without
the emoji. A text without any has words that are plain runs of letters."""

_DIACRITICS = re.compile("[\u0300-\u036f]+")
_PLAIN_LETTERS = {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"}


def normalised_words(text: str) -> list[str]:
    """The words of a text, normalised by n1.

    1. Unicode NFKC, full case folding, NFKC again.
    2. Characters replaced by `harvester.clean.fold.FOLDED_LETTERS`: Arabic vowel and hamza marks, tatweel and invisible
       characters dropped, variants of alef, ya, waw, kaf and ta marbuta made one; every decimal digit to its ASCII one.
    3. Words, in order: each character of `SPACELESS` alone, else the longest runs that begin with a letter, number or
       underscore and go on with these or with combining marks. All else separates words and is dropped.
    """
    plain = separated(text)
    if plain.isascii():
        return ascii_words(plain)
    folded = _case_folded(text)
    if _UNUSUAL.search(folded):
        for letter in _FREQUENT:
            folded = folded.replace(letter, _FOLDING[ord(letter)] or "")
    if _UNUSUAL.search(folded):
        return _WORDS.findall(folded.translate(_FOLDING))
    return _LETTERS.findall(folded)


def _case_folded(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text)
    folded = composed.casefold()
    return composed if folded == composed else unicodedata.normalize("NFKC", folded)


def shingle_words(words: Sequence[str]) -> Sequence[str]:
    """Normalised words as shingles are made of them: without the diacritics of Latin, Greek and Cyrillic letters.

    Newsrooms drop accents, the Greek tonos and the dots of ё; the content hash must still see them. Marks of other
    scripts, which are vowels there, stay. As many words as were given.
    """
    joined = " ".join(words)
    if joined.isascii():
        return words
    plain = _DIACRITICS.sub("", unicodedata.normalize("NFD", joined))
    for letter, spelled in _PLAIN_LETTERS.items():
        plain = plain.replace(letter, spelled)
    return plain.split(" ")


def spaceless(words: Sequence[str]) -> int:
    """How many of the words are characters of a script without spaces."""
    joined = "".join(words)
    return 0 if joined.isascii() else len(_SPACELESS.findall(joined))


def content_sha256(title: str, text: str) -> str:
    """64 hex digits that are equal where title and text have equal words.

    SHA-256 of the UTF-8 of: the title's `normalised_words` joined by single spaces, one line feed (U+000A), the text's
    `normalised_words` joined by single spaces. Paragraph breaks, punctuation, case and spelling variants do not count;
    numbers do.
    """
    return content_sha256_of(normalised_words(title), normalised_words(text))


def content_sha256_of(title_words: Iterable[str], text_words: Iterable[str]) -> str:
    """The same, of normalised words."""
    return sha256(f"{' '.join(title_words)}\n{' '.join(text_words)}".encode("utf-8", "surrogatepass")).hexdigest()


def numbers_in(words: Iterable[str]) -> list[str]:
    """Those of the normalised words that are numbers or have a digit in them ("90min"), in order."""
    return [word for word in words if not word.isalpha() and _DIGIT.search(word)]
