"""An article: what a page says, block by block, and what it is about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

Direction = Literal["ltr", "rtl"]


class BlockKind(StrEnum):
    """What a text block is in the page's markup."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    QUOTE = "quote"
    CAPTION = "caption"
    CELL = "cell"  # one row of a table


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One text block of the article's container, in the order of the page.

    A kept block is a paragraph of the body. A block with a `why` was taken out, by extraction or by a later step;
    it stays in its place, so that one can always see what was removed and from where.
    """

    text: str  # NFC, single spaces, no line break, not empty
    kind: BlockKind = BlockKind.PARAGRAPH
    path: str = ""  # tags and classes from body down to the block, "div.entry>p"; digits folded to 0
    link_share: float = 0.0  # share of the text's characters that lie inside links, 0 to 1
    masked: str = ""  # the text with each link's text replaced by U+FFFC; "" where equal to text
    score: float | None = None  # probability, by the page alone, that it is the article's text; None where unknown
    why: str | None = None  # None: kept. Else the step and its evidence: "rule: …", "tail: d 4 of 12", …
    by_page: str | None = None  # the `why` that the page alone gave, before any other page was asked

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as a tuple: a tenth of the time that frozen dataclasses with slots take by themselves."""
        values = (self.text, self.kind, self.path, self.link_share, self.masked, self.score, self.why, self.by_page)
        return _unpickled_block, values


def _unpickled_block(
    text: str,
    kind: BlockKind,
    path: str,
    link_share: float,
    masked: str,
    score: float | None,
    why: str | None,
    by_page: str | None,
) -> Block:
    return Block(
        text=text, kind=kind, path=path, link_share=link_share, masked=masked, score=score, why=why, by_page=by_page
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that belongs to the article."""

    url: str  # absolute
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The content read from a page. Steps return a new one (`dataclasses.replace`).

    Times are ISO 8601 with offset ("2026-11-23T08:30:00+03:00"), or the date alone where no time is known.
    """

    url: str  # as fetched, after redirects
    canonical_url: str
    title: str
    blocks: tuple[Block, ...]  # all blocks of the article's container, kept and removed, in page order
    authors: tuple[str, ...] = ()
    published_at: str | None = None
    modified_at: str | None = None
    language: str | None = None  # BCP 47
    direction: Direction = "ltr"
    section: str | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()

    @property
    def body(self) -> tuple[str, ...]:
        """The paragraphs that are the article's own."""
        return tuple(block.text for block in self.blocks if block.why is None)

    @property
    def text(self) -> str:
        """The paragraphs joined by one line feed."""
        return "\n".join(self.body)

    @property
    def removed(self) -> tuple[Block, ...]:
        """The blocks that were taken out; each has its `why`."""
        return tuple(block for block in self.blocks if block.why is not None)
