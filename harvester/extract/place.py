"""Where on a page a text stands: the elements around it, their names, and what those say of it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from harvester.article import BlockKind
from harvester.extract.markup import SHADOW

Attributes = tuple[tuple[str, str | None], ...]

UNSEEN = frozenset(("noscript", "template", "dialog"))
"""Elements that are not shown, unless a script does."""

KINDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), BlockKind.HEADING),
    **dict.fromkeys(("li", "dd", "dt"), BlockKind.LIST_ITEM),
    "blockquote": BlockKind.QUOTE,
    **dict.fromkeys(("figcaption", "caption"), BlockKind.CAPTION),
    **dict.fromkeys(("td", "th"), BlockKind.CELL),
}
"""The nearest of these around a text says what it is; a `p` inside does not change that."""

NAMING = frozenset(("class", "id", "itemprop", "role", "data-testid", "data-component", "aria-label"))
"""Attributes whose words tell what an element is for."""

LONGEST_NAMES = 200
"""Characters of an element's names that are looked at."""

_CLASS_PARTS = 2  # of an element's classes are part of its path
_DIGITS = re.compile(r"\d+")
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


class Place:
    """An element that holds blocks. Places are numbered in the order of the page, so those inside one follow it."""

    __slots__ = ("_kind", "_looks", "_path", "attributes", "end", "number", "parent", "tag")

    def __init__(self, number: int, parent: "Place | None", tag: str, attributes: Attributes) -> None:
        self.number = number
        self.parent = parent
        self.tag = tag
        self.attributes = attributes
        self.end = number  # number of the last place inside, or its own
        self._path: str | None = None
        self._kind: BlockKind | None = None
        self._looks: tuple[str, bool] | None = None

    @property
    def path(self) -> str:
        """Tags and classes from body down to here, "div.entry>p"; digits folded to 0."""
        if self._path is None:
            around = self.parent.path if self.parent is not None else ""
            part = _part(self.tag, self.attribute("class") or "")
            self._path = f"{around}>{part}" if around else part if self.tag != "html" else ""
        return self._path

    @property
    def kind(self) -> BlockKind:
        """What a text here is; inside a caption or heading it is one, whatever comes between."""
        if self._kind is None:
            around = self.parent.kind if self.parent is not None else BlockKind.PARAGRAPH
            fixed = around is BlockKind.CAPTION or around is BlockKind.HEADING
            self._kind = around if fixed else KINDS.get(self.tag, around)
        return self._kind

    @property
    def looks(self) -> tuple[str, bool]:
        """Words of its attributes that tell what it is for, and whether it is not shown until a script does."""
        if self._looks is None:
            self._looks = self._looked()
        return self._looks

    def _looked(self) -> tuple[str, bool]:
        names, unseen = "", self.tag in UNSEEN
        if not self.attributes:
            return names, unseen
        for name, value in self.attributes:
            if name == "style":
                unseen = unseen or (value is not None and "none" in value and _NOT_SHOWN.search(value) is not None)
            elif name in NAMING:
                names = f"{names} {value}" if names else value or ""
            elif name == "hidden":
                unseen = True
            elif name == SHADOW:
                unseen = False
        return names[:LONGEST_NAMES], unseen

    def attribute(self, name: str) -> str | None:
        """An attribute's value, None where it has none."""
        for key, value in self.attributes:
            if key == name:
                return value
        return None

    @property
    def figure(self) -> int | None:
        """Number of the figure around it, if there is one."""
        return next((place.number for place in self.chain() if place.tag == "figure"), None)

    def chain(self) -> Iterator["Place"]:
        """This and the places around it, from inside out."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.parent


def named(attributes: Attributes) -> str:
    """The values of the naming attributes, joined."""
    return " ".join([value for name, value in attributes if value and name in NAMING])[:LONGEST_NAMES]


def not_shown(attributes: Attributes) -> bool:
    """Does an element hide itself?"""
    return any(
        name == "hidden" or (name == "style" and value and _NOT_SHOWN.search(value)) for name, value in attributes
    )


@lru_cache(maxsize=8192)
def _part(tag: str, classes: str) -> str:
    if not classes:
        return tag
    names = _DIGITS.sub("0", classes[:LONGEST_NAMES]).split()[:_CLASS_PARTS]
    return ".".join((tag, *names))
