"""The words of a text in the form in which copies and revisions are compared."""

import re
import unicodedata
from collections.abc import Iterable
from hashlib import sha256

from harvester.clean.fold import FOLDED_LETTERS, MARKS, SPACELESS

_TO_ASCII_DIGIT: dict[int, str | None] = {
    code: str(unicodedata.decimal(chr(code))) for code in range(0x0660, 0x20000) if chr(code).isdecimal()
}
_FOLDING = FOLDED_LETTERS | _TO_ASCII_DIGIT
_SPACED = rf"[^\W{SPACELESS}]"
_WORDS = re.compile(rf"(?=[\w{MARKS}])[{SPACELESS}]|{_SPACED}+(?:[{MARKS}]+{_SPACED}*)*")
_DIGIT = re.compile("[0-9]")


def normalised_words(text: str) -> list[str]:
    """The words of a text, normalised by n1.

    1. Unicode NFKC, full case folding, NFKC again.
    2. Characters replaced by `harvester.clean.fold.FOLDED_LETTERS`: Arabic vowel and hamza marks, tatweel and invisible
       characters dropped, variants of alef, ya, waw, kaf and ta marbuta made one; every decimal digit to its ASCII one.
    3. Words, in order: each character of `SPACELESS` alone, else the longest runs that begin with a letter, number or
       underscore and go on with these or with combining marks. All else separates words and is dropped.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _WORDS.findall(folded.translate(_FOLDING))


def content_sha256(title: str, text: str) -> str:
    """64 hex digits that are equal where title and text have equal words.

    SHA-256 of the UTF-8 of: the title's `normalised_words` joined by single spaces, one line feed (U+000A), the text's
    `normalised_words` joined by single spaces. Paragraph breaks, punctuation, case and spelling variants do not count;
    numbers do.
    """
    return sha256(f"{' '.join(normalised_words(title))}\n{' '.join(normalised_words(text))}".encode()).hexdigest()


def numbers_in(words: Iterable[str]) -> list[str]:
    """Those of the normalised words that are numbers or have a digit in them ("90min"), in order."""
    return [word for word in words if not word.isalpha() and _DIGIT.search(word)]
