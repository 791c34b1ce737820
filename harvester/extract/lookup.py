"""Reading a page of a known template: each block's place has been judged on other pages, so it is only looked up."""

from typing import Protocol

from harvester.article import Block
from harvester.extract.container import container_blocks, judged_blocks
from harvester.extract.reasons import is_headline
from harvester.extract.walk import Piece, Walked

FEWEST_WORDS = 60
"""Of a body that is believed without a closer look."""

LINKED = 0.5
"""A block with such a share of links at a place that nobody has judged needs no closer look."""

PROSE_WORDS = 8
"""Outside the container a block of so many words may be text."""


class Template(Protocol):
    """What a source's pages have taught of their places."""

    def says(self, path: str) -> bool | None:
        """Do blocks at this path carry text? None where that is not sure."""


def read_by_template(walked: Walked, title: str | None, template: Template) -> tuple[Block, ...] | None:
    """The blocks of the article's container, without scores; None where the page needs a closer look: where
    anything but links in the container, or more text than there is in it outside, stands at places that the template is
    not sure of."""
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
    words_kept = sum(len(pieces[at].text.split()) for at in chosen)
    inside = set(container_blocks(pieces, chosen))
    unsure = [at for at, one in enumerate(pieces) if known[one.place.path] is None and not _leads_elsewhere(one)]
    outside = sum(words for at in unsure if (words := len(pieces[at].text.split())) >= PROSE_WORDS)
    if words_kept < FEWEST_WORDS or inside.intersection(unsure) or outside > words_kept:
        return None
    return judged_blocks(pieces, chosen, title=title)


def _leads_elsewhere(piece: Piece) -> bool:
    return piece.linked >= LINKED * piece.letters
