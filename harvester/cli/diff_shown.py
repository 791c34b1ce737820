"""What changed between the revisions of an article, word by word, on a terminal."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from harvester.article import Direction
from harvester.cli.shown import shown
from harvester.dedup.revision import Part
from harvester.dedup.word_diff import Op, Paragraph, Run, word_diff

if TYPE_CHECKING:
    from harvester.story import Difference, Story

CONTEXT = 60
"""Characters of unchanged text that are shown beside a change."""

SAMPLE = 2000
"""Characters by which a paragraph's direction is told."""

_MARKS = {Op.REMOVE: ("[-", "-]"), Op.ADD: ("{+", "+}")}
"""Those of `git diff --word-diff=plain`."""

_ISOLATES = {"ltr": "\u2066", "rtl": "\u2067"}
_END_OF_ISOLATE = "\u2069"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """How runs of one paragraph are written: in colour, or between marks.

    In a paragraph with right-to-left letters, each changed run is isolated inside its marks, and the paragraph as a
    whole, both in the paragraph's direction. So numbers and Latin words stay in their run, and marks, which the
    bidirectional algorithm then sees as one stretch of neutral characters, stay around it, in pairs and in order.
    """

    coloured: bool
    direction: Direction | None  # None: no isolates are needed

    def isolated(self, text: str) -> str:
        return f"{_ISOLATES[self.direction]}{text}{_END_OF_ISOLATE}" if self.direction else text

    def changed(self, op: Op, text: str) -> str:
        if self.coloured:
            removed = op is Op.REMOVE
            colour = "red" if removed else "green"
            return click.style(
                self.isolated(text), fg=colour, strikethrough=removed or None, underline=not removed or None
            )
        before, after = _MARKS[op]
        return f"{before}{self.isolated(text)}{after}"


def in_words(story: "Story", *, coloured: bool) -> Iterator[str]:
    """Lines for the terminal: what each revision changed, in the parts that it names, with a little around it."""
    for number, difference in enumerate(story.differences()):
        if number:
            yield ""
        yield click.style(difference.heading, bold=True) if coloured else difference.heading
        yield from _about(difference, coloured=coloured)
        if Part.BODY in difference.revision.parts:
            yield from _body(difference.paragraphs, difference.newer.direction, coloured=coloured)


def text_in_words(older: str, newer: str, direction: Direction, *, coloured: bool) -> Iterator[str]:
    """Lines for the terminal: what is another one in a text, with a little around it."""
    yield from _body(word_diff(older, newer), direction, coloured=coloured)


def _about(difference: "Difference", *, coloured: bool) -> Iterator[str]:
    older, newer, parts = difference.older, difference.newer, difference.revision.parts
    told: dict[str, Sequence[Paragraph]] = {}
    if Part.TITLE in parts:
        told["title"] = difference.title
    if Part.AUTHOR in parts:
        told["authors"] = [_replaced(", ".join(older.authors), ", ".join(newer.authors))]
    if Part.DATE in parts:
        told["published"] = [_replaced(older.published_at or "", newer.published_at or "")]
    for name, paragraphs in told.items():
        for paragraph in paragraphs:
            yield f"  {name:10}{_line(paragraph, newer.direction, coloured=coloured)}"


def _replaced(old: str, new: str) -> Paragraph:
    return Paragraph(runs=(Run(op=Op.REMOVE, old=f"{old} "), Run(op=Op.ADD, new=new)))


def _body(paragraphs: Sequence[Paragraph], direction: Direction, *, coloured: bool) -> Iterator[str]:
    """Paragraphs that changed; "…" for any number of others between them."""
    skipped = False
    for paragraph in paragraphs:
        if paragraph.changed:
            if skipped:
                yield "  …"
            yield f"  {_line(paragraph, direction, coloured=coloured)}"
        skipped = not paragraph.changed
    if skipped:
        yield "  …"


def _line(paragraph: Paragraph, direction: Direction, *, coloured: bool) -> str:
    pen = _Pen(coloured=coloured, direction=_direction(paragraph, direction))
    runs = paragraph.runs
    line = ""
    for at, run in enumerate(runs):
        before, after = at > 0, at + 1 < len(runs)
        text = shown(run.text)
        if run.op is Op.KEEP:
            line += _shortened(text, before=before, after=after)
        elif text:
            line += pen.changed(run.op, text)
        if _spaced(run) and (coloured or not (after and _replaces(runs[at + 1], run))):
            line += " "
    return pen.isolated(line.rstrip())


def _spaced(run: Run) -> bool:
    """Do spaces follow on either side?"""
    return run.old[-1:].isspace() or run.new[-1:].isspace()


def _replaces(following: Run, run: Run) -> bool:
    return (run.op, following.op) == (Op.REMOVE, Op.ADD)


def _shortened(text: str, *, before: bool, after: bool) -> str:
    """Unchanged text as far as it is near a change, which may stand before it and after it."""
    if len(text) <= CONTEXT * (before + after + 1):
        return text
    start = text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]
    end = text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
    return " … ".join((start if before else "", end if after else "")).strip()


def _direction(paragraph: Paragraph, article: Direction) -> Direction | None:
    """That of most of its letters, in doubt that of the article; None where all is left to right."""
    sample = "".join(run.text[:SAMPLE] for run in paragraph.runs)[:SAMPLE]
    kinds = [unicodedata.bidirectional(letter) for letter in sample]
    to_left, to_right = sum(kind in ("R", "AL", "AN") for kind in kinds), kinds.count("L")
    if not to_left:
        return None
    if to_left == to_right:
        return article
    return "rtl" if to_left > to_right else "ltr"
