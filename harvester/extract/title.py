"""The headline: what the reader sees above the article, without the site's name."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from harvester.extract.text import clean_text

SEPARATORS = re.compile(r"\s+[|\-–—·•:»«/~⋆]+\s+|\s*[|｜]\s*|\s*：\s*(?=[^：]{2,12}$)")
"""Between a headline and the name of the site or section in <title>; a full-width colon only before a short end."""

SHORTEST_PART = 0.35
"""Of a title's characters; a last part with fewer may be a name."""

NAME_WORDS = 4
HEADLINE_WORDS = 3

SHARED_WORDS = 0.3
"""Of a heading and the titles that the page declares, for the heading to be the headline."""

BAR_HEADLINE = 15
"""Characters. What stands after a bar (" | ") behind at least so many is a name, a section or a second title, also in a
heading: right on 5 of the 6 such headings in the articles of fundus and wcxb."""

GENERIC = frozenset("blog news magazine online the com net org de at on home homepage website site inc ltd co".split())
"""Words that may stand beside a site's name in the part of a title that is that name."""

SHARED_BY = 3
"""Articles whose <title> have a part in common, for it to be a name and no part of a headline."""

MOST_NAME_WORDS = 8
MOST_NAMES = 60
"""Of a site: its own, and its sections'."""

LONGEST_STRUCTURED = 90
"""Characters. Longer headlines are cut off in JSON-LD by sites that mind its old limit of 110."""

LONGEST_HEADLINE = 220
"""Characters. A longer h1 is a paragraph; the longest headline of 813 articles has 175."""

SPACELESS_HEADLINE = 10
"""Characters of a headline in a script without spaces."""

_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SPLITS = re.compile(r"\s+[|\-–—·•:»«/~⋆]+\s+|\s*[|｜：]\s*|--")
_KICKER = re.compile(r"[^:–—|-]{2,60}?(?::|\s[–—|-])\s+")
_WORD = re.compile(r"\w+")
_DATE_PART = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")


def folded(text: str) -> str:
    """Words alone, to compare titles by."""
    return " ".join(_WORD.findall(text.casefold()))


def names_of_site(url: str, declared: Iterable[str | None]) -> list[str]:
    """Names by which a site may call itself: those declared, its host, and the host's own label."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        host = ""
    labels = [label for label in host.split(".")[:-1] if len(label) > 1 and label not in GENERIC]
    return [name for name in (*declared, host, *labels) if name]


def edge_parts(titles: Iterable[tuple[str | None, str | None]]) -> Counter[str]:
    """How many articles' <title> begin or end with a part beside the headline, by the folded part.

    `titles` are each an article's <title> and its headline, None where one is not known; an article should come once.
    Counts of several times add up: what a site's titles teach can be kept and grown.
    """
    return Counter(part for page, headline in titles if page for part in _edges(page, folded(headline or "")))


def _edges(page: str, headline: str) -> set[str]:
    parts = [folded(one) for one in _SPLITS.split(unescape(page))]
    beside = [one for one in parts if one and one not in headline] if headline else [*parts[:1], *parts[1:][-2:]]
    return {one for one in beside if len(one.split()) <= MOST_NAME_WORDS} if len(parts) > 1 else set()


def shared_part(seen: Counter[str]) -> tuple[str, ...]:
    """The parts that are names of the site or its sections: those that articles share. Commonest first."""
    return tuple(part for part, count in seen.most_common(MOST_NAMES) if part and count >= SHARED_BY)


def without_site_name(title: str, site_names: Iterable[str]) -> str:
    """The title without leading or trailing parts that are the site's name."""
    names = {name for one in site_names if (name := folded(one))}
    while True:
        shorter = _less_one_part(title, names)
        if shorter is None:
            return title
        title = shorter


def _less_one_part(title: str, names: Set[str]) -> str | None:
    splits = list(SEPARATORS.finditer(title))
    if not splits:
        return None
    last, first = splits[-1], splits[0]
    end = title[last.end() :]
    if (_is_name(end, names) or _DATE_PART.fullmatch(end)) and title[: last.start()].strip():
        return title[: last.start()].strip()
    if _is_name(title[: first.start()], names) and title[first.end() :].strip():
        return title[first.end() :].strip()
    return None


def _is_name(part: str, names: Set[str]) -> bool:
    """Is it one of the names, or its first words, or has it a generic word beside it ("The Standard Online")?"""
    words = folded(part).split()
    if not words:
        return False
    squeezed = {"".join(words), "".join(word for word in words if word not in GENERIC)} - {""}
    begins = " ".join(words) + " " if len(words) > 1 else None
    return any(name.replace(" ", "") in squeezed or (begins and name.startswith(begins)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Titles:
    """What a page calls its article, each as written."""

    shared: str | None  # og:title
    structured: str | None  # headline in JSON-LD
    others: tuple[str, ...] = ()  # further meta tags, surest first
    page: str | None  # <title>
    headings: Sequence[str] = ()  # texts of h1, in order


def headline_of(titles: Titles, names: Iterable[str]) -> str | None:
    """The headline of a page: the h1 that has most in common with the declared titles, less a kicker before it that
    they leave out, and with one that they all put before it; without an h1 what is declared, less the site's names.
    """
    known = frozenset(name for one in (*names, _rest(titles.page, titles.shared)) if (name := folded(one)))
    shared, structured, page = (_bare(one, known) for one in (titles.shared, titles.structured, titles.page))
    if structured and shared and len(structured) >= LONGEST_STRUCTURED and shared.startswith(structured):
        structured = shared
    told = [one for one in (structured, shared, *(_bare(other, known) for other in titles.others), page) if one]
    heading = _heading(titles.headings, told, known)
    if heading is None:
        return told[0] if told else next(iter(titles.headings), None)
    kicked = _without_kicker(heading, shared) or _with_kicker(heading, shared, structured)
    return kicked or heading


def _rest(page: str | None, shared: str | None) -> str:
    """What <title> has besides the shared title, if that is a few words: the site's name."""
    if not page or not shared:
        return ""
    rest = page.removeprefix(shared) if page.startswith(shared) else page.removesuffix(shared)
    return rest if rest != page and len(folded(rest).split()) <= NAME_WORDS else ""


def _bare(title: str | None, names: frozenset[str]) -> str | None:
    """Less names, and less a last part that must be one. Some sites escape entities twice."""
    if not title:
        return None
    return main_part(without_site_name(clean_text(unescape(unescape(title))), names)) or None


def _heading(headings: Sequence[str], told: Sequence[str], names: frozenset[str]) -> str | None:
    """The h1 that is the article's; None where none is like what the page declares."""
    own = [_less_bar(without_site_name(unescape(one), names)) for one in headings if not _is_name(one, names)]
    own = [one for one in own if len(one) <= LONGEST_HEADLINE]
    wordsets = [frozenset(folded(one).split()) for one in told]
    best = max(own, key=lambda one: _likeness(one, wordsets), default=None)
    return best if best is not None and (not told or _likeness(best, wordsets) >= SHARED_WORDS) else None


def _likeness(heading: str, others: Iterable[frozenset[str]]) -> float:
    """Of the heading and the likest title: words in common, by the mean of both their numbers (Dice)."""
    words = set(folded(heading).split())
    return max((2 * len(words & other) / max(1, len(words) + len(other)) for other in others), default=0.0)


def _less_bar(heading: str) -> str:
    first = heading.split(" | ")[0].strip()
    return first if len(first) >= BAR_HEADLINE else heading


def _without_kicker(heading: str, shared: str | None) -> str | None:
    """The end of the heading that is the shared title, or its end too behind another kicker; None where there is none.

    Capitals count: they tell "Port: Quay opens" from "New quay opens".
    """
    if shared is None:
        return None
    if _ends_with(heading, shared):
        return shared
    (kicker, end), (other, same) = _kicker_of(heading), _kicker_of(shared)
    told_apart = kicker and other and not set(folded(kicker).split()) & set(folded(other).split())
    return end if told_apart and folded(end) == folded(same) and end.count(" ") >= HEADLINE_WORDS - 1 else None


def _with_kicker(heading: str, shared: str | None, structured: str | None) -> str | None:
    """The shared title, where it is the heading behind a kicker ("Kenya: …") that structured data has as well."""
    if shared is None or structured is None or folded(shared) != folded(structured):
        return None
    return shared if folded(shared).endswith(f" {folded(heading)}") else None


def _ends_with(heading: str, title: str) -> bool:
    short = " ".join(_WORD.findall(title))
    return short.count(" ") >= HEADLINE_WORDS - 1 and " ".join(_WORD.findall(heading)).endswith(f" {short}")


def _kicker_of(title: str) -> tuple[str, str]:
    """The kicker of a title and what stands behind it."""
    found = _KICKER.match(title)
    return (title[: found.end()], title[found.end() :]) if found else ("", title)


def main_part(title: str) -> str:
    """The title without a last part that must be a name: a few words after a separator, behind many more."""
    splits = list(SEPARATORS.finditer(title))
    if not splits:
        return title
    first, last = title[: splits[-1].start()].strip(), title[splits[-1].end() :].strip()
    short = len(last.split()) <= NAME_WORDS and len(last) < SHORTEST_PART * len(title)
    return first if short and _is_headline(first) else title


def _is_headline(text: str) -> bool:
    """Has it enough words, or characters in a script without spaces?"""
    return len(text.split()) >= HEADLINE_WORDS or (
        len(text) >= SPACELESS_HEADLINE and _SPACELESS.search(text) is not None
    )
