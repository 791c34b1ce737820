"""Why a block of the article's container is not its text, in a word that a person understands."""

import re
from functools import lru_cache

from harvester.article import BlockKind
from harvester.extract.title import folded
from harvester.extract.walk import Piece

HEADLINE_SIGNS = 20
"""Characters of punctuation and spaces by which a headline's two places may differ."""

MOST_LINKED = 0.9
"""Share of links from which on a block leads elsewhere ("Read also: …")."""

BYLINE_WORDS = 12
"""A block of so many words at most may be a byline or date line."""

BYLINE = re.compile(
    r"byline|author|dateline|post-meta|entry-meta|article-?_*meta|timestamp|published|pubdate|\bdate\b|datum"
)
"""In lower case: the engine passes over letters faster than it ignores their case."""

NAMED = re.compile(
    r"(?P<comment>comment|disqus|discussion|kommentar)"
    r"|(?P<biography>\bbio\b|biograph|author-?_*(?:box|info|card|desc)|about-?_*author)"
    r"|(?P<related>related|recommend|read-?_*(?:more|also|next)|see-?_*also|more-?_*(?:on|from|stories)|teaser|popular)"
    r"|(?P<share>\bshar(?:e|ing)|social|follow)"
    r"|(?P<promotion>newsletter|subscri|promo|sign-?_*up|paywall|donat|\bcta\b|\bad(?:s|vert\w*)?\b|sponsor)"
    r"|(?P<tags>\btags?\b|topics|keywords|categor)"
)
"""What an element's names may call it, in lower case."""

NAMED_LEVELS = 4
"""Elements from the block up whose names are looked at."""


def is_headline(text: str, title: str) -> bool:
    """Are they the same but for case, spaces and punctuation?"""
    return abs(len(text) - len(title)) <= HEADLINE_SIGNS and folded(text) == folded(title)


def reason(piece: Piece, *, title: str | None, echoed: bool) -> str:
    """For a block that is left out. `echoed`: does its text stand in a longer block that is kept?"""
    if title and is_headline(piece.text, title):
        return "extraction: headline"
    chain = list(piece.place.chain())
    if any(place.looks[1] for place in chain):
        return "extraction: hidden"
    if piece.place.kind is BlockKind.CAPTION or any(place.tag == "figure" for place in chain):
        return "extraction: caption"
    called = [_called(names) for names in (piece.inline, *(place.looks[0] for place in chain[:NAMED_LEVELS]))]
    of_author, named = any(one[0] for one in called), next((one[1] for one in called if one[1]), None)
    if len(piece.text.split()) <= BYLINE_WORDS and (piece.has_time or of_author):
        return "extraction: byline"
    if named:
        return f"extraction: {named}"
    if piece.linked >= MOST_LINKED * piece.letters:
        return "extraction: link"
    return "extraction: repeated" if echoed else "extraction: not body"


@lru_cache(maxsize=16384)
def _called(names: str) -> tuple[bool, str | None]:
    """Do an element's names call it a byline, and what else do they call it?"""
    folded_names = names.lower()
    named = NAMED.search(folded_names)
    return BYLINE.search(folded_names) is not None, named.lastgroup if named else None
