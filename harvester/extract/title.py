"""The headline: what the reader sees above the article, without the site's name."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

SEPARATORS = re.compile(r"\s+[|\-–—·•:»«/~⋆]+\s+|\s*[|｜]\s*")
"""Between a headline and the name of the site or section in <title>."""

SHORTEST_PART = 0.35
"""Of the title's characters, at least this share is the headline; the rest is names."""


def folded(text: str) -> str:
    """Words alone, to compare titles by."""
    return " ".join(re.findall(r"\w+", text.casefold()))


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

    `candidates` are from structured data, surest first; `headings` are the texts of its h1, in order. A heading that
    the page's own title or structured data repeats is what the reader sees; else structured data; else the page's
    title without its parts that are names.
    """
    declared = [without_site_name(one, names) for one in candidates if one]
    titled = without_site_name(page_title, names) if page_title else None
    known = [folded(one) for one in (*declared, page_title or "") if one]
    for heading in headings:
        word = folded(heading)
        if word and any(word == one or (len(word) >= 12 and (word in one or one in word)) for one in known):
            return heading
    if declared:
        return declared[0]
    if titled:
        return _main_part(titled)
    return headings[0] if headings else None


def _main_part(title: str) -> str:
    """The longest part of a title whose other parts are names that nobody declared."""
    parts = [part.strip() for part in SEPARATORS.split(title) if part.strip()]
    longest = max(parts, key=len, default=title)
    last_is_short = len(parts) > 1 and len(parts[-1]) < SHORTEST_PART * len(title)
    return longest if last_is_short and longest == parts[0] else title
