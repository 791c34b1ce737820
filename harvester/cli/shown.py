"""What others wrote, made fit to be shown to a person."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harvester.article import Article

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
"""Controls of terminals and of reading direction; not U+200C and U+200D, which Persian and Indic scripts spell with."""

_COUNT = re.compile(r":?\s*\d.*", re.DOTALL)


def shown(text: str) -> str:
    """The text in one line, without characters that command a terminal or turn the line around them."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def shown_path(path: str | Path) -> str:
    """A file's name on one line: characters that can't be shown stand as escapes."""
    name = os.fspath(path)
    return name if name.isprintable() else ascii(name)[1:-1]


def reason(why: str) -> str:
    """Why a block was removed, without the evidence in numbers: "tail" of "tail: 4 of 12"."""
    return _COUNT.sub("", why) or why


def kept_and_removed(article: "Article") -> str:
    """How much of the article's container is body, and how much is not."""
    return f"{len(article.body)} paragraphs kept, {len(article.removed)} blocks removed"
