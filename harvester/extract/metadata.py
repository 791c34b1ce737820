"""What a page says about its article outside the text: JSON-LD, OpenGraph, meta tags, <time>, headings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from urllib.parse import urljoin, urlsplit

from harvester.article import Image
from harvester.extract.byline import author_names, byline_names, marked_names
from harvester.extract.jsonld import ARTICLE_TYPES, Thing, article_of, names_of, text_of, things, types_of, urls_of
from harvester.extract.published import Reading, headline_at, times_of
from harvester.extract.tags import Tags
from harvester.extract.text import clean_text
from harvester.extract.title import Titles, headline_of, names_of_site
from harvester.extract.walk import Walked
from harvester.language import normalised_tag

AUTHORS = (
    "author article:author dc.creator dcterms.creator parsely-author sailthru.author byl citation_author"
).split()
TITLES = ["twitter:title", "parsely-title", "sailthru.title", "dc.title"]
DESCRIPTIONS = ["og:description", "description", "twitter:description"]
SECTIONS = ["article:section", "parsely-section", "section", "category"]
TAGS = ["article:tag", "parsely-tags", "news_keywords", "keywords"]
IMAGES = ["og:image", "og:image:url", "twitter:image", "twitter:image:src"]

MOST_HEADINGS = 5
BYLINE_REACH = 14
"""Text blocks around the headline in which authors are named."""

MOST_TAGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of an article besides its text. None and empty where nothing is said."""

    title: str | None
    authors: tuple[str, ...]
    published_at: str | None
    modified_at: str | None
    language: str | None  # as the page declares it
    section: str | None
    tags: tuple[str, ...]
    images: tuple[Image, ...]
    canonical: str | None
    og_url: str | None
    og_type: str | None
    types: frozenset[str]  # of all things in its JSON-LD, folded
    article_type: str | None  # of the article in its JSON-LD or microdata, if there is one
    article_body: str | None  # evidence, not truth: often cut short, or with furniture
    description: str | None
    robots: str | None


def read_metadata(
    page: Walked, url: str, *, now: datetime, language: str | None = None, site_names: Sequence[str] = ()
) -> Metadata:
    """Gather what the page says. `url` is its address, to make others absolute; `now` (aware) bounds dates; `language`
    is what the source says; `site_names` are names of the site and its sections, learned from its titles.
    """
    found = things(page.data)
    thing: Thing = article_of(found) or {}
    tags = Tags.of(page.metas)
    declared = _declared_language(page, tags, thing)
    own = [tags.first(["og:site_name"]), tags.first(["application-name"]), text_of(thing.get("publisher"))]
    names = names_of_site(url, [*own, *site_names])
    title = _title(page, tags, thing, names)
    headline = headline_at(page.pieces, title)
    published, modified = times_of(
        page, tags, thing, url=url, title=title, headline=headline, by=Reading(now, language or declared)
    )
    return Metadata(
        title=title,
        authors=_authors(page, tags, thing, headline, names),
        published_at=published,
        modified_at=modified,
        language=declared,
        section=_section(tags, thing),
        tags=_keywords(tags, thing),
        images=_images(tags, thing, url),
        canonical=page.canonical,
        og_url=tags.first(["og:url"]),
        og_type=tags.first(["og:type"]),
        types=frozenset(name for one in found for name in types_of(one)),
        article_type=_article_type(page, thing),
        article_body=_plain(text_of(thing.get("articleBody"))),
        description=tags.first(DESCRIPTIONS),
        robots=tags.first(["robots"]),
    )


def _plain(text: str | None) -> str | None:
    return text if text and "<" not in text[:200] else None


def _title(page: Walked, tags: Tags, thing: Thing, names: Sequence[str]) -> str | None:
    others = (text_of(thing.get("name")), *(tags.first([name]) for name in TITLES))
    titles = Titles(
        shared=tags.first(["og:title"]),
        structured=text_of(thing.get("headline")),
        others=tuple(one for one in others if one),
        page=page.title,
        headings=page.headings[:MOST_HEADINGS],
    )
    return headline_of(titles, names)


def _authors(page: Walked, tags: Tags, thing: Thing, headline: int | None, names: Sequence[str]) -> tuple[str, ...]:
    """People as structured data names them; else meta tags, elements marked so near the headline, or a byline there.

    Where nobody is named anywhere, the site or agency that structured data gives for author.
    """
    structured = names_of(thing.get("author") or thing.get("creator"))
    tagged = [one for one in tags.all(AUTHORS) if "://" not in one]
    marked = tuple(text for text, at in page.named if headline is None or abs(at - headline) <= BYLINE_REACH)
    first = 0 if headline is None else headline + 1
    lines = page.pieces[first : first + BYLINE_REACH]
    return (
        author_names(structured, besides=names)
        or author_names(tagged, besides=names)
        or marked_names(marked, besides=names)
        or byline_names(lines, besides=names)
        or author_names(structured)
        or marked_names(marked)
    )


def _declared_language(page: Walked, tags: Tags, thing: Thing) -> str | None:
    given = (
        page.language,
        text_of(thing.get("inLanguage")),
        tags.first(["content-language", "og:locale", "language", "dc.language"]),
    )
    return next((tag for one in given if one and (tag := normalised_tag(one))), None)


def _article_type(page: Walked, thing: Thing) -> str | None:
    """As JSON-LD says it, else as microdata does."""
    marked = {"@type": [value.strip() for value in page.item_types]}
    return next(iter(sorted(types_of(thing))), None) or next(iter(sorted(types_of(marked) & ARTICLE_TYPES)), None)


def _section(tags: Tags, thing: Thing) -> str | None:
    section = text_of(thing.get("articleSection")) or tags.first(SECTIONS)
    return clean_text(unescape(unescape(section))) or None if section and len(section) <= 100 else None


def _keywords(tags: Tags, thing: Thing) -> tuple[str, ...]:
    given = thing.get("keywords")
    listed = [given] if isinstance(given, str) else names_of(given)
    listed = listed or tags.all(TAGS)
    words = [clean_text(word) for text in listed for word in text.replace("،", ",").split(",")]
    return tuple(dict.fromkeys(word for word in words if 0 < len(word) <= 80))[:MOST_TAGS]


def _images(tags: Tags, thing: Thing, url: str) -> tuple[Image, ...]:
    given = [*urls_of(thing.get("image")), *tags.all(IMAGES)]
    absolute = (absolute_url(url, one) for one in given)
    return tuple(Image(url=one) for one in dict.fromkeys(one for one in absolute if one))[:3]


def absolute_url(base: str, url: str) -> str | None:
    """The http(s) address that `url` stands for on a page; None for data: and what is none."""
    try:
        joined = urljoin(base, url.strip())
        return joined if urlsplit(joined).scheme in ("http", "https") else None
    except ValueError:
        return None
