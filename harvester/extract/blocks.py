"""One walk over a page's tree: its text blocks in order, each with where it stands and how much of it is links."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from lxml import etree, html

from harvester.article import Block, BlockKind

SKIPPED = frozenset(
    (
        "script style noscript template svg math head title iframe object embed applet canvas audio video map select"
        " option optgroup datalist textarea button input progress meter dialog frameset frame"
    ).split()
)
"""Elements without text for a reader of the article."""

NEVER_TEXT = frozenset(("script", "style", "template", "noscript", "head", "textarea", "iframe"))

BREAKING = frozenset(
    (
        "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure"
        " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol p pre section summary table tbody"
        " td tfoot th thead tr ul"
    ).split()
)
"""Elements that begin and end a text block."""

INLINE_MARKS = frozenset(("br", "a", "time"))

KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    **dict.fromkeys(("li", "dd", "dt"), BlockKind.LIST_ITEM),
    "blockquote": BlockKind.QUOTE,
    **dict.fromkeys(("figcaption", "caption"), BlockKind.CAPTION),
    **dict.fromkeys(("td", "th"), BlockKind.CELL),
}
"""The nearest of these around a text says what it is; a `p` inside does not change that."""

LINK = "\ufffc"
"""Stands for a link's text in `Block.masked` (U+FFFC OBJECT REPLACEMENT CHARACTER)."""

DEEPEST = 400
"""Levels of nesting. Deeper elements, which no browser shows either (Chromium stops at 512), are left out."""

LARGE_HIDDEN = 3000
"""Characters. An element with more text is hidden only until a script shows it: some pages hide their whole body."""

MOST_EVENTS = 1_000
"""Starts and ends of elements in a heading that are looked at."""

MOST_BLOCKS = 20_000
"""Of one page; longer pages are cut off there."""

LONGEST_CLASSES = 200
"""Characters of a class attribute that are looked at."""

_CLASS_PARTS = 2  # of an element's classes are part of its path
_DIGITS = re.compile(r"\d+")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffc\x00-\x08\x0e-\x1f\x7f]")
"""Soft hyphens, zero-width spaces, bidi controls, byte order marks, control characters. Not U+200C and U+200D, which
Persian and Indic scripts spell with."""


@dataclass(slots=True)
class Standing:
    """An element that is open during the walk."""

    tag: str
    path: str
    trail: tuple[int, ...]  # numbers of the elements around it and its own
    kind: BlockKind
    figure: int | None  # number of the figure around it


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBlock:
    """A block, and the elements that hold it."""

    block: Block
    trail: tuple[int, ...]  # numbers of its elements from the root down
    tag: str  # of the innermost breaking element
    figure: int | None  # number of the figure around it, among the trails
    has_time: bool  # is there a <time> in it?


@dataclass(slots=True)
class _Text:
    """The block that is being gathered."""

    pieces: list[tuple[str, bool]] = field(default_factory=list)  # text, is it inside a link
    links: int = 0  # that are open
    has_time: bool = False

    def add(self, piece: str | None) -> None:
        if piece:
            self.pieces.append((piece, self.links > 0))


def clean_text(text: str) -> str:
    """One line in NFC with single spaces, without invisible characters."""
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def spaced_text(element: html.HtmlElement) -> str:
    """An element's text in one line, where its parts stay apart: at breaking elements, and at any whose text begins
    with a capital behind a small letter, as a kicker's and a headline's that only the style sheet puts in two lines."""
    parts: list[str] = []
    for event, one in islice(etree.iterwalk(element, events=("start", "end")), MOST_EVENTS):
        piece = one.text if event == "start" else one.tail if one is not element else None
        glued = bool(parts and piece) and parts[-1][-1:].islower() and (piece or "")[:1].isupper()
        if glued or one.tag == "br" or one.tag in BREAKING:
            parts.append(" ")
        if (piece and one.tag not in NEVER_TEXT) or (event == "end" and piece):
            parts.append(piece or "")
    return clean_text("".join(parts))


def placed_blocks(root: html.HtmlElement) -> list[PlacedBlock]:
    """The text blocks of a page in its order."""
    return list(islice(_walk(root), MOST_BLOCKS))


def _walk(root: html.HtmlElement) -> Iterator[PlacedBlock]:
    text = _Text()
    standing = [Standing(tag="", path="", trail=(), kind=BlockKind.PARAGRAPH, figure=None)]
    depth = number = 0
    skipped = None
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        if event == "start":
            depth += 1
            if depth > DEEPEST or _is_skipped(element):
                walk.skip_subtree()
                skipped = element
                continue
            if tag in BREAKING:
                yield from _flush(text, standing[-1])
                number += 1
                standing.append(_inside(standing[-1], element, number))
            elif tag in INLINE_MARKS:
                yield from _open_inline(tag, text, standing[-1])
            text.add(element.text)
        else:
            depth -= 1
            if skipped is not None:  # the end of what was skipped follows its start
                skipped = None
            elif tag in BREAKING:
                yield from _flush(text, standing[-1])
                standing.pop()
            elif tag == "a":
                text.links -= 1
            text.add(element.tail)
    yield from _flush(text, standing[0])


def _open_inline(tag: str, text: _Text, standing: Standing) -> Iterator[PlacedBlock]:
    if tag == "br":
        yield from _flush(text, standing)
    elif tag == "a":
        text.links += 1
    else:
        text.has_time = True


def _is_skipped(element: html.HtmlElement) -> bool:
    """Has it nothing for a reader? A large one has: its end was missed by the parser, or a script will show it."""
    tag = element.tag
    if not isinstance(tag, str) or tag in NEVER_TEXT:
        return True
    if tag not in SKIPPED and not _is_hidden(element):
        return False
    letters = 0
    for piece in element.itertext("p", "div", "li", "h2", "span", "a"):
        letters += len(piece)
        if letters >= LARGE_HIDDEN:
            return False
    return True


def _is_hidden(element: html.HtmlElement) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and _HIDDEN.search(style) is not None)


def _inside(around: Standing, element: html.HtmlElement, number: int) -> Standing:
    tag = element.tag
    kind = KINDS.get(tag, around.kind)
    if around.kind in (BlockKind.CAPTION, BlockKind.HEADING):
        kind = around.kind
    path = f"{around.path}>{_part(element)}" if around.path else _part(element)
    figure = number if tag == "figure" else around.figure
    return Standing(tag=tag, path=path, trail=(*around.trail, number), kind=kind, figure=figure)


def _part(element: html.HtmlElement) -> str:
    return _named(str(element.tag), element.get("class") or "")


@lru_cache(maxsize=4096)
def _named(tag: str, classes: str) -> str:
    names = _DIGITS.sub("0", classes[:LONGEST_CLASSES]).split()[:_CLASS_PARTS]
    return ".".join((tag, *names))


def _flush(text: _Text, standing: Standing) -> Iterator[PlacedBlock]:
    """The block gathered so far, if it has any text. A `<time>` before it counts as in it."""
    if not text.pieces:
        return
    pieces, text.pieces = text.pieces, []
    whole = clean_text("".join(piece for piece, _ in pieces))
    if not whole:
        return
    has_time, text.has_time = text.has_time, False
    linked = sum(_letters(piece) for piece, inside in pieces if inside)
    total = sum(_letters(piece) for piece, _ in pieces) if linked else 0
    block = Block(
        text=whole,
        kind=standing.kind,
        path=standing.path,
        link_share=round(linked / total, 3) if total else 0.0,
        masked=clean_masked(pieces) if linked else "",
    )
    yield PlacedBlock(block=block, trail=standing.trail, tag=standing.tag, figure=standing.figure, has_time=has_time)


def _letters(piece: str) -> int:
    return len("".join(piece.split()))


def clean_masked(pieces: list[tuple[str, bool]]) -> str:
    """The text with each link's text replaced by U+FFFC."""
    parts: list[str] = []
    for piece, inside in pieces:
        if not inside:
            parts.append(_INVISIBLE.sub("", piece))
        elif piece.strip() and (not parts or parts[-1] != LINK):
            parts.append(LINK)
    return " ".join(unicodedata.normalize("NFC", "".join(parts)).split())
