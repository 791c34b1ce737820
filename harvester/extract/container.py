"""The article's container: the part of the page whose blocks are shown as kept or removed."""

from collections.abc import Collection, Sequence

from harvester.article import Block
from harvester.extract.place import Place
from harvester.extract.reasons import reason
from harvester.extract.walk import Piece

CONTAINER_SHARE = 0.9
"""The container is the lowest element with so much of the chosen text; a stray block does not widen it."""

ECHO = 60
"""Characters. A block whose first so many stand in a longer block that is kept repeats it."""

STRAY_WORDS = 3
"""A chosen block with no more words is dropped where it stands outside the container: a menu's entry, not the text."""


def container_blocks(pieces: Sequence[Piece], chosen: Collection[int]) -> list[int]:
    """Numbers of all blocks of the container of the chosen ones, and of chosen ones outside it that are no strays, in
    the page's order."""
    if not chosen:
        return []
    container = _container([pieces[at] for at in chosen])
    inside = {at for at, one in enumerate(pieces) if container.number <= one.place.number <= container.end}
    return sorted(inside | {at for at in chosen if len(pieces[at].text.split()) > STRAY_WORDS})


def judged_blocks(
    pieces: Sequence[Piece], chosen: Collection[int], *, title: str | None, scores: Sequence[float] | None = None
) -> tuple[Block, ...]:
    """The container's blocks; those that are not chosen with the reason why. `scores`: of each piece."""
    whole = "\n".join(pieces[at].text for at in sorted(chosen))
    blocks = []
    for at in container_blocks(pieces, chosen):
        piece = pieces[at]
        echoed = piece.text[:ECHO] in whole
        why = None if at in chosen else reason(piece, title=title, echoed=echoed)
        blocks.append(_block(piece, score=None if scores is None else round(float(scores[at]), 3), why=why))
    return tuple(blocks)


def _block(piece: Piece, *, score: float | None, why: str | None) -> Block:
    return Block(
        text=piece.text,
        kind=piece.place.kind,
        path=piece.place.path,
        link_share=round(piece.linked / max(1, piece.letters), 3),
        masked=piece.masked,
        score=score,
        why=why,
        by_page=why,
    )


def _container(chosen: Sequence[Piece]) -> Place:
    """The lowest element that holds enough of the chosen blocks' letters."""
    own: dict[int, int] = {}
    places: dict[int, Place] = {}
    for piece in chosen:
        number = piece.place.number
        own[number] = own.get(number, 0) + piece.letters
        places[number] = piece.place
    wanted = CONTAINER_SHARE * sum(own.values())
    place = places[max(own, key=lambda number: own[number])]
    while sum(held for number, held in own.items() if place.number <= number <= place.end) < wanted and place.parent:
        place = place.parent
    return place
