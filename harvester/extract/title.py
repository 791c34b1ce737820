"""The headline: what the reader sees above the article, without the site's name."""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import urlsplit

SEPARATORS = re.compile(r"\s+[|\-–—·•:»«/~⋆]+\s+|\s*[|｜]\s*")
"""Between a headline and the name of the site or section in <title>."""

SHORTEST_PART = 0.35
"""Of a title's characters; a last part with fewer may be a name."""

NAME_WORDS = 4
HEADLINE_WORDS = 3

SHARED_WORDS = 0.3
"""Of a heading and the titles that the page declares, for the heading to be the headline."""


_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """Words alone, to compare titles by."""
    return " ".join(_WORD.findall(text.casefold()))


def without_site_name(title: str, site_names: Iterable[str]) -> str:
    """The title without a leading or trailing part that is the site's name."""
    names = {folded(name) for name in site_names if name}
    while True:
        shorter = _less_one_part(title, names)
        if shorter is None:
            return title
        title = shorter


def _less_one_part(title: str, names: set[str]) -> str | None:
    splits = list(SEPARATORS.finditer(title))
    if not splits:
        return None
    last, first = splits[-1], splits[0]
    if _is_name(title[last.end() :], names) and title[: last.start()].strip():
        return title[: last.start()].strip()
    if _is_name(title[: first.start()], names) and title[first.end() :].strip():
        return title[first.end() :].strip()
    return None


def _is_name(part: str, names: set[str]) -> bool:
    word = folded(part)
    return bool(word) and any(word == name or word.replace(" ", "") == name.replace(" ", "") for name in names)


def site_names(url: str, declared: Iterable[str | None]) -> list[str]:
    """Names by which a site may call itself: those declared, its host, and the host's own label."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    label = max(host.split(".")[:-1] or [host], key=len)
    return [name for name in (*declared, host, label) if name]


def headline(candidates: Iterable[str], page_title: str | None, headings: list[str], names: list[str]) -> str | None:
    """The headline of a page.

    `candidates` are from structured data, surest first; `headings` are the texts of its h1, in order. The heading that
    has most in common with these is what the reader sees, less a kicker before it that they leave out; without one it
    is structured data, or the page's title, without the parts that are names.
    """
    declared = [main_part(without_site_name(unescape(one), names)) for one in candidates if one]
    titled = main_part(without_site_name(unescape(page_title), names)) if page_title else None
    told = [*declared, *([titled] if titled else [])]
    called = {folded(name) for name in names}
    own = [heading for heading in headings if not _is_name(heading, called)]
    best = max(own, key=lambda heading: _shared(heading, told), default=None)
    if best is not None and _shared(best, told) >= (SHARED_WORDS if told else 0.0):
        return next((one for one in told if _is_end_of(one, best)), best)
    return told[0] if told else best or next(iter(headings), None)


def _is_end_of(title: str, heading: str) -> bool:
    """Is it the heading without a kicker? Capitals count: they tell "Port: Quay opens" from "New quay opens"."""
    short = " ".join(_WORD.findall(title))
    return short.count(" ") >= HEADLINE_WORDS - 1 and " ".join(_WORD.findall(heading)).endswith(f" {short}")


def _shared(heading: str, told: list[str]) -> float:
    """Likeness of the heading and the likest title: words in common, by the mean of both their numbers (Dice)."""
    words = set(folded(heading).split())
    others = [set(folded(one).split()) for one in told]
    return max((2 * len(words & other) / max(1, len(words) + len(other)) for other in others), default=0.0)


def main_part(title: str) -> str:
    """The title without a last part that must be a name: a few words after a separator, behind many more."""
    splits = list(SEPARATORS.finditer(title))
    if not splits:
        return title
    first, last = title[: splits[-1].start()].strip(), title[splits[-1].end() :].strip()
    short = len(last.split()) <= NAME_WORDS and len(last) < SHORTEST_PART * len(title)
    return first if short and len(first.split()) >= HEADLINE_WORDS else title
