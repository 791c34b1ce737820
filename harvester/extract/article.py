"""From a page to an article."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from harvester.article import Article, Block, BlockKind, Image
from harvester.choice import best_bar
from harvester.errors import NotArticle
from harvester.extract.charset import decode_page
from harvester.extract.container import judged_blocks
from harvester.extract.features import block_words, page_features
from harvester.extract.kind import refuse_if_no_article, refuse_if_not_html, refuse_if_not_text
from harvester.extract.lookup import Template, read_by_template
from harvester.extract.metadata import Metadata, absolute_url, read_metadata
from harvester.extract.model import model
from harvester.extract.reasons import is_headline
from harvester.extract.signs import linked_share, page_signs
from harvester.extract.text import clean_text
from harvester.extract.walk import MOST_BLOCKS, Walked, walk
from harvester.language import direction_of, language_of
from harvester.outcomes import Reason
from harvester.page import Page
from harvester.urls import canonical_url

EXTRACTION = "blocks-2"
"""Names this way of reading in a record's derivation; another one when its answers change."""

LARGEST_PAGE = 10_000_000
"""Characters. What comes after is cut off; the largest of 1 112 real pages has 2.3 million, most of it scripts."""

THIN = 0.5
"""A choice with fewer words than this share of JSON-LD's articleBody has missed the article."""

ALL_LINK, LINK_WORDS = 0.9, 30
"""A block with such a share of links and at most so many words is a link."""

NAMED = 60
"""Characters. A shorter block may stand in articleBody by chance."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page says by itself."""

    walked: Walked
    metadata: Metadata
    probabilities: Numbers  # of each block, that it belongs to the body
    words: Numbers

    @classmethod
    def of(cls, walked: Walked, metadata: Metadata) -> "Reading":
        """By the trained model. The page must have a block."""
        features = page_features(
            walked, title=metadata.title, description=metadata.description, article_body=metadata.article_body
        )
        return cls(
            walked=walked,
            metadata=metadata,
            probabilities=model().body_probabilities(features),
            words=block_words(walked.pieces),
        )

    def chosen(self) -> set[int]:
        """Numbers of the blocks that are the body, headlines left out."""
        pieces, title = self.walked.pieces, self.metadata.title or ""
        probabilities = self.probabilities * ~self._lone_links()
        bar, _ = best_bar(probabilities, self.words)
        kept = np.flatnonzero(probabilities >= bar).tolist()
        return {at for at in kept if not is_headline(pieces[at].text, title)}

    def _lone_links(self) -> NDArray[np.bool_]:
        """Which blocks are a link and nothing else, with none like them beside: "Read also: …". In a list of links each
        has another beside it."""
        links = np.array([one.linked >= ALL_LINK * one.letters for one in self.walked.pieces])
        beside = np.zeros_like(links)
        beside[1:] |= links[:-1]
        beside[:-1] |= links[1:]
        headings = np.array([one.place.kind is BlockKind.HEADING for one in self.walked.pieces])
        return np.asarray(links & ~beside & ~headings & (self.words <= LINK_WORDS), dtype=np.bool_)


def read_article(page: Page, *, home: str, language: str | None = None, template: Template | None = None) -> Article:
    """The article on a page, with all text blocks of its container, kept and removed. Raises NotArticle.

    `home` is the source's address; `language` (BCP 47) what its source file says; `template` what the source's other
    pages have taught: where that is sure of all that matters, the page is read at the price of a lookup.
    """
    refuse_if_not_html(page)
    markup = decode_page(page)[:LARGEST_PAGE]
    refuse_if_not_text(markup)
    walked = walk(markup)
    metadata = read_metadata(walked, page.url, now=page.fetched_at, language=language)
    blocks = read_by_template(walked, metadata.title, template) if template is not None else None
    probability = 1.0
    if blocks is None:
        blocks, probability = _read(walked, metadata, page.url)
    body = [block for block in blocks if block.why is None]
    title = metadata.title or (body[0].text[:120].strip() if body else "")
    refuse_if_no_article(
        metadata, url=page.url, title=title, body=body, linked=linked_share(walked.pieces), probability=probability
    )
    if not title:
        raise NotArticle(Reason.NO_TEXT, "no title")
    return _article(page, walked, metadata, title, blocks, language)


def _read(walked: Walked, metadata: Metadata, url: str) -> tuple[tuple[Block, ...], float]:
    """The blocks of the article's container, and how probable it is that the page is an article."""
    if not walked.pieces:
        return _from_data(metadata), float(bool(metadata.article_body))
    reading = Reading.of(walked, metadata)
    chosen = reading.chosen()
    signs = page_signs(walked, metadata, url, reading.probabilities, reading.words)
    if metadata.article_body and reading.words[list(chosen)].sum() < THIN * len(metadata.article_body.split()):
        chosen, data = _told(reading, chosen, metadata.article_body)
        if data:
            return _from_data(metadata), 1.0
    return _blocks(reading, chosen), model().article_probability(signs)


def _told(reading: Reading, chosen: set[int], body: str) -> tuple[set[int], bool]:
    """The chosen blocks with those that JSON-LD's articleBody names; or True where its text is not on the page."""
    plain = " ".join(body.casefold().split())
    named = {
        at
        for at, one in enumerate(reading.walked.pieces)
        if len(one.text) > NAMED and one.text.casefold()[:120] in plain
    }
    found = chosen | named
    return found, reading.words[list(found)].sum() < THIN * len(plain.split())


def _from_data(metadata: Metadata) -> tuple[Block, ...]:
    """The lines of a text that stands in the page's data alone."""
    lines = (clean_text(line) for line in (metadata.article_body or "").splitlines()[:MOST_BLOCKS])
    return tuple(Block(text=line, path="data") for line in lines if line)


def _blocks(reading: Reading, chosen: set[int]) -> tuple[Block, ...]:
    return judged_blocks(
        reading.walked.pieces, chosen, title=reading.metadata.title, scores=reading.probabilities.tolist()
    )


def _article(
    page: Page, walked: Walked, metadata: Metadata, title: str, blocks: tuple[Block, ...], language: str | None
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
        images=_images(walked, metadata, page.url, blocks),
    )


def _not_before(modified: str | None, published: str | None) -> str | None:
    """A modification before the publication is none."""
    if modified is None or published is None:
        return modified
    if 10 in (len(modified), len(published)):
        return modified if modified[:10] >= published[:10] else None
    return modified if datetime.fromisoformat(modified) >= datetime.fromisoformat(published) else None


def _images(walked: Walked, metadata: Metadata, url: str, blocks: Sequence[Block]) -> tuple[Image, ...]:
    """The declared pictures, and those whose caption stands in the article's container, with that caption."""
    found = {image.url: image for image in metadata.images}
    texts = {block.text for block in blocks}
    captions = {
        figure: piece.text
        for piece in walked.pieces
        if piece.place.kind is BlockKind.CAPTION and piece.text in texts and (figure := piece.place.figure) is not None
    }
    for place, source in walked.pictures:
        figure = place.figure
        address = absolute_url(url, source) if figure in captions else None
        if address and figure is not None:
            found.setdefault(address, Image(url=address))
            found[address] = Image(url=address, caption=captions.pop(figure))
    return tuple(found.values())
