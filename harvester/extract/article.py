"""From a page to an article."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree, html

from harvester.article import Article, Block, BlockKind, Image
from harvester.dates import day_in_url, parse_moment
from harvester.errors import NotArticle
from harvester.extract.blocks import PlacedBlock, clean_text, placed_blocks
from harvester.extract.charset import decode_page
from harvester.extract.kind import Mass, declares_article, refuse_if_no_article, refuse_if_not_html
from harvester.extract.metadata import Metadata, absolute_url, read_metadata
from harvester.extract.title import folded
from harvester.extract.voter import Vote, vote, words_of
from harvester.language import direction_of, language_of
from harvester.outcomes import Reason
from harvester.page import Page
from harvester.urls import canonical_url

EXTRACTION = "blocks-1"
"""Names this way of reading in a record's derivation; another one when its answers change."""

CONTAINER_SHARE = 0.9
"""The article's container is the lowest element with so much of the chosen text; a stray block does not widen it."""

LARGEST_PAGE = 3_000_000
"""Characters. What comes after is cut off; the largest of 882 real article pages has 2.3 million."""

THIN_VOTE = 0.5
"""A vote with fewer words than this share of JSON-LD's articleBody has missed the article."""

STRAY_WORDS = 3
"""A chosen block with no more words is dropped where it stands outside the container: a menu's entry, not the text."""

MOST_LINKED = 0.9
LINK_WORDS = 30
"""A block that is all link, of at most so many words, leads to another story ("Read also: …")."""

NO_CAPTIONS = frozenset((BlockKind.QUOTE, BlockKind.CELL))
FIGURE_BLOCKS = 5
"""A picture has no more texts than a caption and credits; a figure with more holds text that its parser put there."""

DATE_BEFORE, DATE_AFTER = 6, 12
"""Blocks around the headline in which a date line is looked for."""

DATE_WORDS = 20
BYLINE_WORDS = 12
DATE_CLASS = re.compile(r"[.-](?:date|datum|fecha|published|pubdate)(?:$|[.-][^>]*$)")
"""Of the block's own element, at the end of its path."""

BYLINE_HINTS = ("byline", "author", "dateline", "post-meta", "entry-meta", "article-meta", "article__meta", "timestamp")


def read_article(page: Page, *, home: str, language: str | None = None) -> Article:
    """The article on a page, with all text blocks of its container, kept and removed. Raises NotArticle.

    `home` is the source's address; `language` (BCP 47) what its source file says.
    """
    refuse_if_not_html(page)
    tree = _tree(decode_page(page)[:LARGEST_PAGE])
    metadata = read_metadata(tree, page.url, now=page.fetched_at, language=language)
    placed = placed_blocks(tree)
    blocks = _blocks(placed, tree, metadata, page.url)
    body = [block for block in blocks if block.why is None]
    title = metadata.title or (body[0].text[:120] if body else "")
    metadata = replace(metadata, published_at=_published(metadata, placed, title, page, language))
    refuse_if_no_article(metadata, url=page.url, title=title, mass=Mass.of(body, [one.block for one in placed]))
    if not body or not title:
        raise NotArticle(Reason.NO_TEXT, "no body" if title else "no title")
    return _article(page, metadata, title, blocks, language, tree)


def _tree(markup: str) -> html.HtmlElement:
    """Parsed by libxml2's HTML parser, which mends what is broken. Raises NotArticle where nothing is left."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise NotArticle(Reason.NO_TEXT, str(error)[:100]) from None


def _blocks(placed: Sequence[PlacedBlock], tree: html.HtmlElement, metadata: Metadata, url: str) -> tuple[Block, ...]:
    """The blocks of the article's container. Where the text stands in the page's data alone, that text's lines."""
    ballot = vote(tree, url)
    told = Vote(metadata.article_body.splitlines()) if metadata.article_body else None
    if told is not None and ballot.words < THIN_VOTE * told.words:
        ballot = told
    words = [words_of(one.block.text) for one in placed]
    chosen = ballot.chosen(words)
    if sum(len(words[at]) for at in chosen) < THIN_VOTE * ballot.words:
        source = told if told is not None and told.words >= THIN_VOTE * ballot.words else ballot
        return tuple(Block(text=line, path="data") for text in source.lines if (line := clean_text(text)))
    chosen = chosen or _dense_run(placed, words, declared=declares_article(metadata))
    return _container(placed, chosen, metadata.title)


def _dense_run(placed: Sequence[PlacedBlock], words: Sequence[list[str]], *, declared: bool) -> set[int]:
    """Where no voter finds a text: the paragraphs of the element that holds most text outside links."""
    if not declared:
        return set()
    prose = {
        at
        for at, one in enumerate(placed)
        if one.block.kind in (BlockKind.PARAGRAPH, BlockKind.QUOTE)
        and one.block.link_share < 0.3
        and len(words[at]) >= 8
    }
    mass = Counter(placed[at].trail[-2:-1] for at in prose for _ in words[at])
    if not mass:
        return set()
    densest = mass.most_common(1)[0][0]
    return {at for at in prose if placed[at].trail[-2:-1] == densest}


def _container(placed: Sequence[PlacedBlock], chosen: set[int], title: str | None) -> tuple[Block, ...]:
    """All blocks of the lowest element that holds the chosen text, and chosen ones outside it, in page order."""
    if not chosen:
        return ()
    total = sum(len(placed[at].block.text) for at in chosen)
    mass: Counter[tuple[int, ...]] = Counter()
    for at in chosen:
        trail = placed[at].trail
        for depth in range(1, len(trail) + 1):
            mass[trail[:depth]] += len(placed[at].block.text)
    container = max((trail for trail, held in mass.items() if held >= CONTAINER_SHARE * total), key=len, default=())
    inside = {at for at, one in enumerate(placed) if one.trail[: len(container)] == container}
    in_figures = Counter(one.figure for one in placed)
    seen: set[str] = set()
    blocks = []
    for at in sorted(inside | {at for at in chosen if len(placed[at].block.text.split()) > STRAY_WORDS}):
        block = placed[at].block
        figure = placed[at].figure
        captioned = figure is not None and in_figures[figure] <= FIGURE_BLOCKS and block.kind not in NO_CAPTIONS
        repeated = block.text in seen and at not in inside
        why = _why(placed[at], kept=at in chosen, title=title, repeated=repeated, captioned=captioned)
        seen.add(block.text)
        blocks.append(replace(block, why=why))
    return tuple(blocks)


def _why(one: PlacedBlock, *, kept: bool, title: str | None, repeated: bool, captioned: bool) -> str | None:
    """None for a block of the body; else why it is none."""
    block = one.block
    if title and folded(block.text) == folded(title):
        return "extraction: headline"
    if not kept:
        return "extraction: not body"
    if repeated:
        return "extraction: repeated"
    if block.kind is BlockKind.CAPTION or captioned:
        return "extraction: caption"
    words = len(block.text.split())
    if block.link_share >= MOST_LINKED and words <= LINK_WORDS and block.kind is not BlockKind.HEADING:
        return "extraction: link"
    path = block.path.casefold()
    marked = one.has_time or any(hint in path for hint in BYLINE_HINTS) or DATE_CLASS.search(path)
    if words <= BYLINE_WORDS and marked:
        return "extraction: byline"
    return None


def _published(
    metadata: Metadata, placed: Sequence[PlacedBlock], title: str, page: Page, language: str | None
) -> str | None:
    """As the page declares it; else in a line near the headline, in its address, or in its scripts."""
    now, tongue = page.fetched_at, language or metadata.language
    return (
        metadata.published_at or _date_line(placed, title, now, tongue) or day_in_url(page.url) or metadata.scripted_at
    )


def _date_line(placed: Sequence[PlacedBlock], title: str, now: datetime, language: str | None) -> str | None:
    """The date that stands in a short line near the headline."""
    headline = folded(title)
    at = next((at for at, one in enumerate(placed) if folded(one.block.text) == headline), None)
    if at is None:
        return None
    before, after = placed[max(0, at - DATE_BEFORE) : at], placed[at + 1 : at + 1 + DATE_AFTER]
    for one in (*after, *reversed(before)):
        text = one.block.text
        if len(text.split()) <= DATE_WORDS and any(character.isdigit() for character in text):
            found = parse_moment(text, now=now, language=language)
            if found:
                return found
    return None


def _article(
    page: Page,
    metadata: Metadata,
    title: str,
    blocks: tuple[Block, ...],
    language: str | None,
    tree: html.HtmlElement,
) -> Article:
    text = "\n".join(block.text for block in blocks if block.why is None)
    tongue = language_of(f"{title}\n{text}", hint=language or metadata.language)
    return Article(
        url=page.url,
        canonical_url=canonical_url(page.url, metadata.canonical, metadata.og_url),
        title=title,
        blocks=blocks,
        authors=metadata.authors,
        published_at=metadata.published_at,
        modified_at=_not_before(metadata.modified_at, metadata.published_at),
        language=tongue,
        direction=direction_of(tongue, text),
        section=metadata.section,
        tags=metadata.tags,
        images=_images(tree, metadata, page.url, {block.text for block in blocks}),
    )


def _not_before(modified: str | None, published: str | None) -> str | None:
    """A modification before the publication is none."""
    if modified is None or published is None:
        return modified
    if len(modified) == len(published) == 10 or 10 in (len(modified), len(published)):
        return modified if modified[:10] >= published[:10] else None
    return modified if datetime.fromisoformat(modified) >= datetime.fromisoformat(published) else None


def _images(tree: html.HtmlElement, metadata: Metadata, url: str, texts: set[str]) -> tuple[Image, ...]:
    """The declared pictures, and those whose caption stands in the article's container, with that caption."""
    found = {image.url: image for image in metadata.images}
    for figure in tree.iter("figure"):
        caption = clean_text(" ".join(" ".join(one.itertext()) for one in figure.iterfind(".//figcaption")))
        picture = next((one for one in figure.iter("img") if one.get("src") or one.get("data-src")), None)
        address = (
            absolute_url(url, picture.get("src") or picture.get("data-src") or "") if picture is not None else None
        )
        if address and caption and caption in texts:
            found[address] = Image(url=address, caption=caption)
    return tuple(found.values())
