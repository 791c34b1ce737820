"""Structured data in a page: the article that its JSON-LD describes (schema.org)."""

import json
import re
from collections.abc import Iterable
from html import unescape
from itertools import islice
from typing import Any

Thing = dict[str, Any]

ARTICLE_TYPES = frozenset(
    (
        "article newsarticle reportagenewsarticle analysisnewsarticle opinionnewsarticle backgroundnewsarticle"
        " reviewnewsarticle askpublicnewsarticle blogposting socialmediaposting liveblogposting report review"
        " scholarlyarticle techarticle advertisercontentarticle satiricalarticle"
    ).split()
)

DEEPEST = 12
"""Levels of nesting that are looked through."""

MOST_SCRIPTS = 50
LONGEST_SCRIPT = 2_000_000
MOST_THINGS = 2000

OTHERS = frozenset(("liveBlogUpdate", "comment", "hasPart", "mentions", "citation", "itemListElement", "isBasedOn"))
"""Keys under which other articles stand: updates of a live blog, comments, teasers."""

_BEFORE = re.compile(r"(?:[/*\s]{0,9}<!(?:--|\[CDATA\[))?[/*\s]{0,9}")
_AFTER = re.compile(r"[/*\s]{0,9}(?:--|\]\])>[/*\s]{0,9};?$")
_MARGIN = 40  # characters at the end in which a comment's end is looked for
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def things(scripts: Iterable[str]) -> list[Thing]:
    """All objects in the page's JSON-LD, also those inside others, the outer ones first; broken scripts are mended or
    left out."""
    parsed = (_parsed(script) for script in islice(scripts, MOST_SCRIPTS) if len(script) <= LONGEST_SCRIPT)
    return [thing for value in parsed for thing in _within(value)]


def _parsed(text: str) -> Any:
    text = text.strip()
    if text[:1] not in ("{", "["):
        text = _uncommented(text)
    for mended in (_as_it_is, unescape, _without_commas):
        try:
            return json.loads(mended(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _uncommented(text: str) -> str:
    found = _BEFORE.match(text)
    text = text[found.end() :] if found else text
    return text[:-_MARGIN] + _AFTER.sub("", text[-_MARGIN:])


def _as_it_is(text: str) -> str:
    return text


def _without_commas(text: str) -> str:
    return _TRAILING_COMMA.sub(r"\1", text)


def _within(value: Any) -> list[Thing]:
    """Breadth first: what a page is about stands above what it mentions."""
    found: list[Thing] = []
    level = [value]
    for _ in range(DEEPEST):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                found.append(one)
                inner.extend(each for key, each in one.items() if key not in OTHERS and isinstance(each, dict | list))
            elif isinstance(one, list):
                inner.extend(each for each in one if isinstance(each, dict | list))
        level = inner[: MOST_THINGS - len(found)]
        if not level:
            break
    return found


def types_of(thing: Thing) -> set[str]:
    """The thing's types, folded, without the vocabulary's address."""
    given = thing.get("@type")
    names = given if isinstance(given, list) else [given]
    return {name.rpartition("/")[2].casefold() for name in names if isinstance(name, str)}


def article_of(found: list[Thing]) -> Thing | None:
    """The article that the page is about: of several, the one that says most."""
    articles = [thing for thing in found if types_of(thing) & ARTICLE_TYPES]
    return max(articles, key=_fullness, default=None)


def _fullness(thing: Thing) -> int:
    wanted = ("headline", "datePublished", "author", "articleBody", "image", "mainEntityOfPage", "publisher")
    return sum(bool(thing.get(key)) for key in wanted)


def text_of(value: Any, depth: int = 0) -> str | None:
    """A text, or the name of a thing, or the first of a list of these; None for anything else."""
    if depth > DEEPEST:
        return None
    if isinstance(value, list):
        return next((text for one in value if (text := text_of(one, depth + 1))), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or value.get("url"), depth + 1)
    return value.strip() or None if isinstance(value, str) else None


def names_of(value: Any, depth: int = 0) -> list[str]:
    """The names in a text, thing, or list of these."""
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [name for one in value for name in names_of(one, depth + 1)]
    if isinstance(value, dict):
        return names_of(value.get("name"), depth + 1)
    return [value] if isinstance(value, str) and value.strip() else []


def urls_of(value: Any, depth: int = 0) -> list[str]:
    """Addresses of images: texts, ImageObjects, or lists of these."""
    if depth > DEEPEST:
        return []
    if isinstance(value, list):
        return [url for one in value for url in urls_of(one, depth + 1)]
    if isinstance(value, dict):
        return urls_of(value.get("url") or value.get("contentUrl") or value.get("@id"), depth + 1)
    return [value] if isinstance(value, str) and value.strip() else []
