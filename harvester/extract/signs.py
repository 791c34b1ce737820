"""What speaks for and against a page's being an article, as numbers: what it declares, its address, its text."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from harvester.choice import best_bar
from harvester.extract.jsonld import ARTICLE_TYPES
from harvester.extract.metadata import Metadata
from harvester.extract.walk import Piece, Walked

Numbers = NDArray[np.float32]

TYPES = (
    "webpage", "faqpage", "product", "qapage", "discussionforumposting", "blogposting", "newsarticle", "techarticle",
    "howto", "organization", "localbusiness", "service", "softwareapplication", "breadcrumblist", "aggregaterating",
    "offer", "collectionpage", "itemlist", "searchresultspage", "jobposting", "profilepage", "contactpage", "aboutpage",
    "website", "person", "recipe", "course", "event",
)  # fmt: skip
"""Of things in a page's JSON-LD that are looked for (schema.org, folded)."""

STORY_PATH = re.compile(r"/(blog|news|article|articles|story|stories|post|posts|opinion|\d{4})/", re.I)
OTHER_PATH = re.compile(
    r"/(products?|shop|store|collections?|category|categories|p|dp|item|docs?|documentation|wiki|help|support|forums?"
    r"|threads?|topics?|t|questions?|services?|solutions?|pricing|features?|about|contact|jobs?|careers?|reference|api"
    r"|manual|guides?|tags?|search|author|company|locations?|compare|alternatives?|software|tools?|directory|lists?)/",
    re.I,
)
OTHER_HOST = re.compile(
    r"(^|\.)(docs?|forums?|support|help|community|developers?|shop|store|api|learn|wiki|reddit|my)\.", re.I
)
_DAY_PATH = re.compile(r"\d{4}[/-]\d\d?")
_LONG_NUMBER = re.compile(r"\d{4,}")
_SLUG_WORD = re.compile(r"[a-zA-Z]{2,}|%[0-9A-F]{2}|[^\x00-\x7f]+", re.I)

LONG_BLOCK = 20
"""Words."""


def page_signs(page: Walked, metadata: Metadata, url: str, probabilities: Numbers, words: Numbers) -> Numbers:
    """`probabilities` and `words`: of the page's blocks, as `Model.body_probabilities` and `block_words` give them."""
    return np.array([*_declared(metadata), *_address(url), *_text(page, probabilities, words)], dtype=np.float32)


def linked_share(pieces: Sequence[Piece]) -> float:
    """Of a page's characters, those that stand in links."""
    return sum(piece.linked for piece in pieces) / max(1, sum(piece.letters for piece in pieces))


def _declared(metadata: Metadata) -> list[float]:
    kind = (metadata.og_type or "").casefold()
    known = (
        metadata.published_at, metadata.authors, metadata.modified_at, metadata.section, metadata.tags,
        metadata.article_body, metadata.types, metadata.article_type in ARTICLE_TYPES, metadata.description,
    )  # fmt: skip
    return [
        kind in ("article", "og:article"), kind == "website", "product" in kind, not kind,
        *map(bool, known),
        *(name in metadata.types for name in TYPES),
    ]  # fmt: skip


def _address(url: str) -> list[float]:
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    last = path.rpartition("/")[2]
    return [
        np.log1p(path.count("/")), np.log1p(len(_SLUG_WORD.findall(last))), len(last) > 30, not path, bool(parts.query),
        *(
            pattern.search(f"{path}/") is not None
            for pattern in (_DAY_PATH, _LONG_NUMBER, STORY_PATH, OTHER_PATH)
        ),
        last.endswith((".html", ".htm", ".php")), OTHER_HOST.search(parts.netloc) is not None,
    ]  # fmt: skip


def _text(page: Walked, probabilities: Numbers, words: Numbers) -> list[float]:
    bar, expected = best_bar(probabilities, words)
    kept = probabilities >= bar
    body, every = float(words[kept].sum()), max(1.0, float(words.sum()))
    long_body = float(words[kept & (words >= LONG_BLOCK)].sum())
    sure = float((words * np.abs(probabilities - 0.5) * 2).sum()) / every
    tags = [piece.place.tag for piece in page.pieces]
    return [
        np.log1p(every), np.log1p(body), body / every, np.log1p(kept.sum()),
        np.log1p((kept & (words >= LONG_BLOCK)).sum()),
        long_body / max(1.0, body), np.log1p(body / max(1, int(kept.sum()))), sure, expected,
        float(probabilities.max(initial=0)), np.log1p(len(words)), linked_share(page.pieces),
        tags.count("li") / max(1, len(tags)),
        np.log1p(sum(tag in ("h2", "h3", "h4") for tag in tags)), np.log1p(len(page.times)),
        np.log1p(len(page.headings)), np.log1p(len(page.pictures)),
    ]  # fmt: skip
