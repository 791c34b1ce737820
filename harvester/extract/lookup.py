"""Reading a page of a known template: each block's place has been judged on other pages, so it is only looked up."""

from collections.abc import Sequence
from typing import Protocol

from harvester.article import Block
from harvester.extract.container import container_blocks, judged_blocks
from harvester.extract.reasons import is_headline
from harvester.extract.walk import Piece, Walked

FEWEST_WORDS = 60
"""Of a body that is believed without a closer look."""

PROSE_WORDS, PROSE_LINKS = 8, 0.3
"""A block of so many words and at most such a share of links at a place that nobody has judged may be text."""


class Template(Protocol):
    """What a source's pages have taught of their places."""

    def says(self, path: str) -> bool | None:
        """Do blocks at this path carry text? None where that is not sure."""


def read_by_template(walked: Walked, title: str | None, template: Template) -> tuple[Block, ...] | None:
    """The blocks of the article's container, without scores; None where the page needs a closer look: where a text in
    the container, or more text than there is in it outside, stands at places that the template is not sure of."""
    pieces = walked.pieces
    known: dict[str, bool | None] = {}
    for piece in pieces:
        path = piece.place.path
        if path not in known:
            known[path] = template.says(path)
    if True not in known.values():
        return None
    chosen = {
        at for at, one in enumerate(pieces) if known[one.place.path] and not (title and is_headline(one.text, title))
    }
    words = sum(len(pieces[at].text.split()) for at in chosen)
    inside = set(container_blocks(pieces, chosen))
    unsure = [at for at, one in enumerate(pieces) if known[one.place.path] is None and _may_be_text(one)]
    if words < FEWEST_WORDS or inside.intersection(unsure) or _words(pieces, unsure) > words:
        return None
    return judged_blocks(pieces, chosen, title=title)


def _may_be_text(piece: Piece) -> bool:
    return piece.linked < PROSE_LINKS * piece.letters and len(piece.text.split()) >= PROSE_WORDS


def _words(pieces: Sequence[Piece], at: Sequence[int]) -> int:
    return sum(len(pieces[one].text.split()) for one in at)
