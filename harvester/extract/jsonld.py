"""Structured data in a page: the article that its JSON-LD describes (schema.org)."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import html

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

_COMMENTS = re.compile(r"^\s*(//)?\s*<!(--|\[CDATA\[)|(//)?\s*(--|\]\])>\s*;?\s*$")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


def things(tree: html.HtmlElement) -> list[Thing]:
    """All objects in the page's JSON-LD, also those inside others, in order; broken scripts are mended or left out."""
    found: list[Thing] = []
    for script in tree.iterfind(".//script[@type]"):
        if "ld+json" in (script.get("type") or "").lower():
            found.extend(_within(_parsed(script.text or ""), 0))
    return found


def _parsed(text: str) -> Any:
    text = _COMMENTS.sub("", text).strip()
    for attempt in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _within(value: Any, depth: int) -> Iterator[Thing]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for one in value:
            yield from _within(one, depth + 1)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            if isinstance(one, dict | list):
                yield from _within(one, depth + 1)


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


def text_of(value: Any) -> str | None:
    """A text, or the name of a thing, or the first of a list of these; None for anything else."""
    if isinstance(value, list):
        return next((text for one in value if (text := text_of(one))), None)
    if isinstance(value, dict):
        return text_of(value.get("name") or value.get("@value") or value.get("url"))
    return value.strip() or None if isinstance(value, str) else None


def names_of(value: Any) -> list[str]:
    """The names in a text, thing, or list of these."""
    if isinstance(value, list):
        return [name for one in value for name in names_of(one)]
    if isinstance(value, dict):
        return names_of(value.get("name"))
    return [value] if isinstance(value, str) and value.strip() else []


def urls_of(value: Any) -> list[str]:
    """Addresses of images: texts, ImageObjects, or lists of these."""
    if isinstance(value, list):
        return [url for one in value for url in urls_of(one)]
    if isinstance(value, dict):
        return urls_of(value.get("url") or value.get("contentUrl") or value.get("@id"))
    return [value] if isinstance(value, str) and value.strip() else []
