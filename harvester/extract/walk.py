"""One walk over a page: its text blocks in order, each with where it stands, and what its head declares.

The parser is turbohtml's, which builds the tree as the HTML standard says and calls back from C, once an element and
text: no tree of Python objects is made. What a block's place means (its path, its names, whether it is hidden) is
worked out when somebody asks.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from turbohtml.saxparse import SaxHandler, sax_parse

from harvester.extract.markup import defused
from harvester.extract.place import LONGEST_NAMES, Attributes, Place, named, not_shown
from harvester.extract.text import INVISIBLE, clean_text, normalised

SKIPPED = frozenset(
    (
        "style svg math iframe object embed applet canvas audio video map select option optgroup datalist textarea"
        " button input progress meter frameset frame noframes rp"
    ).split()
)
"""Elements without text for a reader of the article."""

BREAKING = frozenset(
    (
        "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset"
        " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav noscript ol p"
        " pre section summary table tbody td template tfoot th thead tr ul"
    ).split()
)
"""Elements that begin and end a text block; those with a hyphen in their name (custom elements) do as well."""

BOLD = frozenset(("b", "strong"))
SLANTED = frozenset(("i", "em", "cite"))
SPECIAL = frozenset(("script", "meta", "link", "title", "img", "time"))

LINK = "\ufffc"
"""Stands for a link's text in `Block.masked` (U+FFFC OBJECT REPLACEMENT CHARACTER)."""

DEEPEST = 400
"""Levels of nesting. Deeper elements, which no browser shows either (Chromium stops at 512), are left out."""

MOST_BLOCKS = 6_000
"""Of one page; longer pages are cut off there. The largest of 1 112 real pages has 2 700."""

MOST_PLACES = 60_000

MOST_CAPTURED = 400
"""Characters of a heading, time or name that are kept."""

MOST_NAMED = 8

MOST_OPEN = 20
"""Headings, times and names inside one another that are gathered."""

IN_LINK, IN_BOLD, IN_SLANTED = 1, 2, 4

_FOR_EARS = re.compile(r"sr-only|visually-?hidden|screen-?reader", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:authors?|bylines?|autor(?:en)?|auteurs?|autore)(?:[_-]+(?:name|link|text|content|info))*(?:\s|$)",
    re.IGNORECASE,
)
"""Classes of an element that names the author; "author-bio" and "author-box" say more than the name."""


@dataclass(slots=True)
class Piece:
    """A text block as it was found. Counts are in characters without spaces."""

    text: str  # NFC, single spaces, not empty
    place: Place
    letters: int
    linked: int
    bold: int
    slanted: int
    has_time: bool  # is there a <time> in it, or just before it?
    masked: str  # the text with each link's text replaced, "" where there is no link
    inline: str  # names of the inline element that holds the beginning of the text, "" outside of any


@dataclass(slots=True)
class Walked:
    """All that one walk finds."""

    pieces: list[Piece] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    language: str | None = None
    title: str | None = None
    metas: list[tuple[str, str]] = field(default_factory=list)  # folded name, content
    canonical: str | None = None
    data: list[str] = field(default_factory=list)  # JSON-LD scripts
    scripts: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)  # of h1
    times: list[tuple[str, str, int]] = field(default_factory=list)  # attribute, text, number of its piece
    dated: list[str] = field(default_factory=list)  # marked as the date of publication
    named: list[tuple[str, int]] = field(default_factory=list)  # marked as author: texts between bars, its piece
    item_types: list[str] = field(default_factory=list)  # of microdata, addresses
    pictures: list[tuple[Place, str]] = field(default_factory=list)  # where, address


def walk(markup: str) -> Walked:
    """Parse a page by the rules of the HTML standard and gather its blocks."""
    handler = _Walk()
    sax_parse(defused(markup), handler)
    handler.flush()
    return handler.found


class _Captured:
    """The text of a heading, time or name while it is open."""

    __slots__ = ("depth", "first", "into", "parts", "piece")

    def __init__(self, depth: int, into: str, piece: int, first: str = "") -> None:
        self.depth = depth
        self.into = into
        self.piece = piece  # number of the next one when it began
        self.first = first[:MOST_CAPTURED]
        self.parts: list[str] = []

    def text(self) -> str:
        """Its words, those of different elements apart: pages part them by style sheets alone."""
        if len(self.parts) < 2 or self.into == "title":
            return clean_text("".join(self.parts)[:MOST_CAPTURED])
        apart = _apart_names if self.into == "named" else _apart_words
        return clean_text(apart(self.parts)[:MOST_CAPTURED])


def _apart_words(parts: Sequence[str]) -> str:
    """Put a space where an element ends with a word and the next begins one; not after a drop cap, nor in a script
    without capitals and without spaces."""
    joined = parts[0]
    for part in parts[1:]:
        begins = part[:1].isupper() or (part[:1].isalpha() and "\u0590" <= part[0] <= "\u08ff")
        joined += f" {part}" if begins and len(part) > 1 and joined[-2:-1].strip() else part
    return joined


def _apart_names(parts: Sequence[str]) -> str:
    """Put a bar between elements, unless a space alone does so on one line ("<b>Jane</b> <b>Doe</b>")."""
    joined = parts[0]
    for part in parts[1:]:
        edge = joined[-1:] + part[:1]
        joined += part if " " in edge and "\n" not in edge else f" | {part}"
    return joined


class _Walk(SaxHandler):
    """Called by the parser for each element and text, in order: some 3 000 times a page, so it is written for speed."""

    def __init__(self) -> None:
        self.found = Walked()
        self.place = Place(0, None, "", ())
        self.depth = 0
        self.skipping = 0  # levels below an element that is left out, itself included
        self.script: list[str] | None = None  # where the text of an open script goes
        self.links = self.bold = self.slanted = 0  # that are open
        self.state = 0  # the same as bits
        self.texts: list[str] = []  # of the block that is being gathered
        self.states: list[int] = []
        self.has_time = False
        self.inline = ""
        self.captured: list[_Captured] = []

    def start_element(self, tag: str, attrs: Attributes) -> None:
        self.depth += 1
        if self.skipping:
            self.skipping += 1
        elif tag in BREAKING or "-" in tag:
            if self.texts:
                self.flush()
            self._enter(tag, attrs)
        elif tag == "a":
            self.links += 1
            self.state |= IN_LINK
            if attrs:
                self._marks(attrs)
        elif tag in SKIPPED:
            self.skipping = 1
        elif tag in SPECIAL:
            self._special(tag, dict(attrs))
        elif tag == "br":
            if self.texts:
                self.flush()
            self._part_captured()
        else:
            self._enter_inline(tag, attrs)

    def _enter(self, tag: str, attrs: Attributes) -> None:
        places = self.found.places
        if len(places) >= MOST_PLACES or self.depth > DEEPEST:
            self.skipping = 1
            return
        self.place = Place(len(places), self.place if places else None, tag, attrs)
        places.append(self.place)
        if self.captured:
            self._part_captured()
        if tag == "h1":
            self._capture("headings")
        elif tag == "html":
            self.found.language = self.place.attribute("lang") or self.place.attribute("xml:lang")
        if attrs:
            self._marks(attrs)

    def _enter_inline(self, tag: str, attrs: Attributes) -> None:
        if tag in BOLD:
            self.bold += 1
            self.state |= IN_BOLD
        elif tag in SLANTED:
            self.slanted += 1
            self.state |= IN_SLANTED
        if attrs:
            names = named(attrs)
            if not_shown(attrs) or (names and _FOR_EARS.search(names)):
                self._leave_inline(tag)
                self.skipping = 1
                return
            if not self.texts:
                self.inline = names
            self._marks(attrs)

    def _marks(self, attrs: Attributes) -> None:
        """What attributes say of an element's text: a date of publication, an author's name."""
        for name, value in attrs:
            if not value:
                continue
            if name == "class":
                named = _names_author(value[:LONGEST_NAMES])
            elif name == "itemtype":
                self.found.item_types.append(value[:LONGEST_NAMES])
                continue
            elif name == "itemprop":
                named = value == "author"
                if value == "datePublished":
                    given = dict(attrs)
                    first = given.get("content") or given.get("datetime") or ""
                    self._capture("dated", first)
            else:
                named = name == "rel" and value == "author"
            if named and len(self.found.named) < MOST_NAMED:
                self._capture("named")
                return

    def _capture(self, into: str, first: str = "") -> None:
        if len(self.captured) >= MOST_OPEN:
            return
        self.captured.append(_Captured(self.depth, into, len(self.found.pieces), first))

    def _special(self, tag: str, attributes: dict[str, str | None]) -> None:
        found = self.found
        if tag == "script":
            kind = (attributes.get("type") or "").lower()
            self.script = found.data if "ld+json" in kind else found.scripts
            self.script.append("")
            self.skipping = 1
        elif tag == "meta":
            self._meta(attributes)
        elif tag == "link":
            if "canonical" in (attributes.get("rel") or "").lower().split() and not found.canonical:
                found.canonical = attributes.get("href")
        elif tag == "title":
            self._capture("title")
        elif tag == "time":
            self.has_time = True
            moment = attributes.get("datetime") or ""
            self._capture("times", moment)
            if attributes.get("itemprop") == "datePublished":
                self._capture("dated", moment)
        else:
            source = attributes.get("src") or attributes.get("data-src")
            if source:
                found.pictures.append((self.place, source))

    def _meta(self, attributes: dict[str, str | None]) -> None:
        keys = ("property", "name", "itemprop", "http-equiv")
        name = next((value for key in keys if (value := attributes.get(key))), None)
        content = attributes.get("content")
        if name and content:
            self.found.metas.append((name.strip().casefold(), content))

    def end_element(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
            self.depth -= 1
            if not self.skipping:
                self.script = None
            return
        if self.captured and self.captured[-1].depth == self.depth:
            self._end_captured()
        self.depth -= 1
        if tag in BREAKING or "-" in tag:
            if self.texts:
                self.flush()
            if self.captured:
                self._part_captured()
            place = self.place
            place.end = len(self.found.places) - 1
            self.place = place.parent or place
        elif tag == "a":
            self.links -= 1
            if not self.links:
                self.state &= ~IN_LINK
        else:
            self._leave_inline(tag)

    def _leave_inline(self, tag: str) -> None:
        if tag in BOLD:
            self.bold -= 1
            if not self.bold:
                self.state &= ~IN_BOLD
        elif tag in SLANTED:
            self.slanted -= 1
            if not self.slanted:
                self.state &= ~IN_SLANTED

    def _part_captured(self) -> None:
        for one in self.captured:
            one.parts.append("\n")

    def _end_captured(self) -> None:
        while self.captured and self.captured[-1].depth == self.depth:
            one = self.captured.pop()
            text = one.text()
            if one.into == "title":
                self.found.title = self.found.title or text
            elif one.into == "times":
                self.found.times.append((one.first, text, one.piece))
            elif one.into == "dated":
                self.found.dated.append(one.first or text)
            elif text and one.into == "named":
                self.found.named.append((text, one.piece))
            elif text:
                self.found.headings.append(text)

    def characters(self, data: str) -> None:
        if self.skipping:
            if self.script is not None:
                self.script[-1] += data
            return
        if self.captured:
            for one in self.captured:
                one.parts.append(data)
            if self.captured[-1].into == "title":
                return
        if self.texts or not data.isspace():
            self.texts.append(data)
            self.states.append(self.state)

    def flush(self) -> None:
        """End the block that is being gathered. A `<time>` before it counts as in it."""
        texts, states, inline = self.texts, self.states, self.inline
        if not texts:
            return
        self.texts, self.states, self.inline = [], [], ""
        text = clean_text(texts[0] if len(texts) == 1 else "".join(texts))
        if not text or len(self.found.pieces) >= MOST_BLOCKS:
            return
        letters = len(text) - text.count(" ")
        linked, bold, slanted = _marked(texts, states, letters) if any(states) else (0, 0, 0)
        masked = _masked(texts, states) if linked else ""
        piece = Piece(text, self.place, letters, linked, bold, slanted, self.has_time, masked, inline)
        self.found.pieces.append(piece)
        self.has_time = False


def _marked(texts: Sequence[str], states: Sequence[int], letters: int) -> tuple[int, int, int]:
    """How many characters stand in links, in bold and in slanted type."""
    if len(states) == 1:
        state = states[0]
        return (
            letters * (state & IN_LINK),
            letters * (state & IN_BOLD) // IN_BOLD,
            letters * (state & IN_SLANTED) // IN_SLANTED,
        )
    linked = bold = slanted = 0
    for text, state in zip(texts, states, strict=True):
        if state:
            size = len("".join(text.split()))
            if state & IN_LINK:
                linked += size
            if state & IN_BOLD:
                bold += size
            if state & IN_SLANTED:
                slanted += size
    return min(linked, letters), min(bold, letters), min(slanted, letters)


def _masked(texts: Sequence[str], states: Sequence[int]) -> str:
    """The text with each link's text replaced by U+FFFC."""
    parts: list[str] = []
    for text, state in zip(texts, states, strict=True):
        if not state & IN_LINK:
            parts.append(INVISIBLE.sub("", text))
        elif not text.isspace() and (not parts or parts[-1] != LINK):
            parts.append(LINK)
    return " ".join(normalised("".join(parts)).split())


@lru_cache(maxsize=8192)
def _names_author(classes: str) -> bool:
    folded = classes.lower()
    return ("aut" in folded or "byline" in folded) and _NAMED.search(classes) is not None
