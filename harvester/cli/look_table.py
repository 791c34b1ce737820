"""An article on a terminal: what is kept and what is removed, side by side."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from harvester.cli.shown import shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from harvester.article import Article, Block

LEAST_WIDTH = 60
"""Columns of a terminal; on a narrower one, two columns of text can't be read."""

_BORDER = "│"
_BOX = "    \n  │ \n ─┼ \n  │ \n ─┼ \n ─┼ \n  │ \n    \n"
"""A line between the columns and one below the headings, in the form of rich's `Box`."""

_LEFT_TO_RIGHT_MARK = "\u200e"


def in_columns(article: "Article", console: "Console") -> Iterator[str]:
    """Lines for the terminal, blocks in the order of the page, kept ones in the left column, removed in the right.

    Text is left in the order in which it is stored; to draw it is the terminal's part. One that knows right-to-left
    text draws a whole line of it, and would swap the columns of an Arabic page: marks around the border between them
    keep each where it is.
    """
    with console.capture() as capture:
        console.print(_table(article))
    fixed = f"{_LEFT_TO_RIGHT_MARK}{_BORDER}{_LEFT_TO_RIGHT_MARK}"
    for line in capture.get().splitlines():
        yield line.replace(_BORDER, fixed) if article.direction == "rtl" else line


def _table(article: "Article") -> "Table":
    from rich.box import Box
    from rich.table import Table

    table = Table(box=Box(_BOX), show_edge=False, expand=True, leading=1)
    table.add_column(f"kept: {len(article.body)} paragraphs", ratio=3)
    table.add_column(f"removed: {len(article.removed)} blocks", ratio=2)
    for block in article.blocks:
        table.add_row(*_cells(block))
    return table


def _cells(block: "Block") -> "tuple[Text, Text]":
    from rich.text import Text

    if block.why is None:
        return Text(shown(block.text)), Text("")
    return Text(""), Text.assemble((shown(block.text), "red"), "\n", (shown(block.why), "dim"))
