"""What a page says about its article outside the text: JSON-LD, OpenGraph, meta tags, <time>, headings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from urllib.parse import urljoin, urlsplit

from lxml import html

from harvester.article import Image
from harvester.dates import parse_moment
from harvester.extract.blocks import clean_text, spaced_text
from harvester.extract.byline import author_names
from harvester.extract.jsonld import Thing, article_of, names_of, text_of, things, types_of, urls_of
from harvester.extract.title import headline, site_names
from harvester.language import normalised_tag

PUBLISHED = (
    "article:published_time og:article:published_time og:published_time datepublished date.published dc.date.issued"
    " dcterms.created dcterms.date dc.date publish-date publish_date publishdate publication_date pubdate"
    " sailthru.date parsely-pub-date cxenseparse:recs:publishtime article.published date article_date_original"
    " originalpublicationdate rnews:datepublished citation_publication_date published-date"
    " w-published-date published published_at"
).split()
"""Names of meta tags with the time of publication, surest first."""

MODIFIED = (
    "article:modified_time og:updated_time og:modified_time datemodified lastmod last-modified dcterms.modified"
).split()
AUTHORS = (
    "author article:author dc.creator dcterms.creator parsely-author sailthru.author byl citation_author"
).split()
TITLES = ["og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title"]
SECTIONS = ["article:section", "parsely-section", "section", "category"]
TAGS = ["article:tag", "parsely-tags", "news_keywords", "keywords"]
IMAGES = ["og:image", "og:image:url", "twitter:image", "twitter:image:src"]

SCRIPTED = re.compile(
    r"\\?[\"'](?:datePublished|publishedAt|publish(?:ed)?_?[dD]ate|date_?published)\\?[\"']\s*:\s*\\?[\"']([^\"'\\]{8,40})"
)
"""A time of publication in the data that a page's scripts show it from, or in broken JSON-LD."""

MOST_SCRIPTS, LONGEST_SCRIPT = 100, 300_000
MOST_TIMES = 20
MOST_HEADINGS = 5
MOST_TAGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is known of an article besides its text. None and empty where nothing is said."""

    title: str | None
    authors: tuple[str, ...]
    published_at: str | None
    scripted_at: str | None  # a time of publication in a script's data; there may be other articles' there
    modified_at: str | None
    language: str | None  # as the page declares it
    section: str | None
    tags: tuple[str, ...]
    images: tuple[Image, ...]
    canonical: str | None
    og_url: str | None
    og_type: str | None
    types: frozenset[str]  # of all things in its JSON-LD, folded
    article_type: str | None  # of the article in its JSON-LD, if there is one
    article_body: str | None  # evidence, not truth: often cut short, or with furniture
    robots: str | None


@dataclass(frozen=True, slots=True)
class Tags:
    """A page's meta tags by folded name, each with its values in order."""

    values: dict[str, list[str]]

    @classmethod
    def of(cls, tree: html.HtmlElement) -> "Tags":
        values: dict[str, list[str]] = {}
        for meta in tree.iterfind(".//meta"):
            name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
            content = clean_text(meta.get("content") or "")
            if name and content:
                values.setdefault(name.strip().casefold(), []).append(content)
        return cls(values)

    def first(self, names: Iterable[str]) -> str | None:
        return next((self.values[name][0] for name in names if name in self.values), None)

    def all(self, names: Iterable[str]) -> list[str]:
        """Of the first name that there is."""
        return next((self.values[name] for name in names if name in self.values), [])


def read_metadata(tree: html.HtmlElement, url: str, *, now: datetime, language: str | None = None) -> Metadata:
    """Gather what the page says. `url` is its address, to make others absolute; `now` bounds dates."""
    found = things(tree)
    thing: Thing = article_of(found) or {}
    tags = Tags.of(tree)
    declared = _declared_language(tree, tags, thing)
    hint = language or declared
    published, modified = _times(tree, tags, thing, now, hint)
    return Metadata(
        title=_title(tree, tags, thing, url),
        authors=_authors(tree, tags, thing),
        published_at=published,
        scripted_at=None if published else _scripted_time(tree, now, hint),
        modified_at=modified,
        language=declared,
        section=_section(tags, thing),
        tags=_keywords(tags, thing),
        images=_images(tags, thing, url),
        canonical=_canonical(tree),
        og_url=tags.first(["og:url"]),
        og_type=tags.first(["og:type"]),
        types=frozenset(name for one in found for name in types_of(one)),
        article_type=next(iter(sorted(types_of(thing))), None) if thing else None,
        article_body=_plain(text_of(thing.get("articleBody"))),
        robots=tags.first(["robots"]),
    )


def _plain(text: str | None) -> str | None:
    return text if text and "<" not in text[:200] else None


def _title(tree: html.HtmlElement, tags: Tags, thing: Thing, url: str) -> str | None:
    page_title = next((clean_text(one.text or "") for one in tree.iterfind(".//title") if one.text), None)
    names = site_names(
        url, [tags.first(["og:site_name"]), tags.first(["application-name"]), text_of(thing.get("publisher"))]
    )
    headings = [spaced_text(one) for one in islice(tree.iter("h1"), MOST_HEADINGS)]
    candidates = [clean_text(text_of(thing.get(key)) or "") for key in ("headline", "name")]
    candidates += [tags.first([name]) or "" for name in TITLES]
    return headline([one for one in candidates if one], page_title, [one for one in headings if one], names)


def _authors(tree: html.HtmlElement, tags: Tags, thing: Thing) -> tuple[str, ...]:
    names = author_names(names_of(thing.get("author") or thing.get("creator")))
    if names:
        return names
    names = author_names(one for one in tags.all(AUTHORS) if "://" not in one)
    if names:
        return names
    marked = tree.xpath(
        "//*[@rel='author' or @itemprop='author' or contains(@class, 'author-name') or contains(@class, 'byline')]"
    )
    texts = [clean_text(one.text_content()) for one in marked[:4]]
    return author_names(text for text in texts if 0 < len(text) <= 100)


def _times(
    tree: html.HtmlElement, tags: Tags, thing: Thing, now: datetime, language: str | None
) -> tuple[str | None, str | None]:
    """Publication and modification, each from the surest place that has it; a time outranks the same day alone."""

    def parsed(text: str | None) -> str | None:
        return parse_moment(text, now=now, language=language) if text else None

    declared = [text_of(thing.get(key)) for key in ("datePublished", "dateCreated", "uploadDate")]
    declared += [value for name in PUBLISHED for value in tags.values.get(name, [])[:1]]
    candidates = [moment for text in declared if (moment := parsed(text))]
    visible = [moment for text in islice(_visible_times(tree), MOST_TIMES) if (moment := parsed(text))]
    published = _with_time([*candidates, *visible]) if candidates else next(iter(visible), None)
    changed = [text_of(thing.get("dateModified")), *(tags.first([name]) for name in MODIFIED)]
    modified = _with_time([moment for text in changed if (moment := parsed(text))])
    return published, modified


def _scripted_time(tree: html.HtmlElement, now: datetime, language: str | None) -> str | None:
    for script in islice(tree.iterfind(".//script"), MOST_SCRIPTS):
        if found := SCRIPTED.search((script.text or "")[:LONGEST_SCRIPT]):
            return parse_moment(found[1], now=now, language=language)
    return None


def _with_time(candidates: list[str]) -> str | None:
    """The surest candidate; where it is a date alone, a later one of the same day with its time; where it is in UTC, a
    later one of the same moment in the site's own zone."""
    if not candidates:
        return None
    first = candidates[0]
    if len(first) == len("2026-11-23"):
        return next((one for one in candidates if len(one) > len(first) and one.startswith(first)), first)
    moment = datetime.fromisoformat(first)
    local = (one for one in candidates if len(one) > 10 and not one.endswith("+00:00"))
    return next((one for one in local if datetime.fromisoformat(one) == moment), first)


def _visible_times(tree: html.HtmlElement) -> Iterable[str]:
    """Dates that are marked as such."""
    for one in tree.xpath("//*[@itemprop='datePublished']"):
        yield one.get("content") or one.get("datetime") or clean_text(one.text_content())
    for one in tree.iterfind(".//time"):
        yield one.get("datetime") or clean_text(one.text_content())
        yield clean_text(one.text_content())


def _declared_language(tree: html.HtmlElement, tags: Tags, thing: Thing) -> str | None:
    root = tree.getroottree().getroot()
    given = (
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang"),
        text_of(thing.get("inLanguage")),
        tags.first(["content-language", "og:locale", "language", "dc.language"]),
    )
    return next((tag for one in given if one and (tag := normalised_tag(one))), None)


def _section(tags: Tags, thing: Thing) -> str | None:
    section = text_of(thing.get("articleSection")) or tags.first(SECTIONS)
    return clean_text(section) or None if section and len(section) <= 100 else None


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


def _canonical(tree: html.HtmlElement) -> str | None:
    for link in tree.iterfind(".//link[@rel]"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return str(link.get("href"))
    return None
