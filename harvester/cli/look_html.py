"""An article as one web page that needs nothing else: its text in order, removed blocks where they stood, and why."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from harvester.cli.shown import kept_and_removed, reason, shown

if TYPE_CHECKING:
    from harvester.article import Article, Block

TINTS = 6
"""Colours of the style sheet, given to the most frequent reasons; the rest share the last."""


def as_page(article: "Article") -> str:
    """The page: no script, nothing loaded, and a policy that lets no browser run or load anything if we erred.

    What the article says is text and nothing else here; controls of reading direction are taken out, and each block
    is isolated from the ones around it.
    """
    tints = _tints(article)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>',
            *_head(article),
            "</head>\n<body>",
            *_about(article),
            '<input type="checkbox" id="hide">',
            *_legend(article, tints),
            f'<main lang="{_text(article.language or "und")}" dir="{article.direction}">',
            *(_block(block, tints) for block in article.blocks),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _text(text: str) -> str:
    return escape(shown(text))


@cache
def _style() -> str:
    return files("harvester.cli").joinpath("look.css").read_text(encoding="utf-8")


def _head(article: "Article") -> Iterator[str]:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="referrer" content="no-referrer">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(article.title)}</title>"
    yield f"<style>{_style()}</style>"


def _about(article: "Article") -> Iterator[str]:
    told = {
        "address": _link(article.canonical_url),
        "fetched from": _link(article.url) if article.url != article.canonical_url else None,
        "by": _text(", ".join(article.authors)),
        "published": _text(article.published_at or ""),
        "modified": _text(article.modified_at or ""),
        "language": _text(f"{article.language} ({article.direction})" if article.language else article.direction),
        "section": _text(article.section or ""),
        "tags": _text(", ".join(article.tags)),
    }
    language = _text(article.language or "und")
    yield f'<header>\n<h1 lang="{language}" dir="{article.direction}">{_text(article.title)}</h1>'
    yield "<dl>"
    yield from (f"<dt>{name}</dt><dd>{value}</dd>" for name, value in told.items() if value)
    yield "</dl>\n</header>"


def _link(url: str) -> str:
    """A link for the web's addresses only: "javascript:" leads nowhere."""
    text = _text(url)
    return f'<a href="{text}" rel="noreferrer">{text}</a>' if url.startswith(("http://", "https://")) else text


def _tints(article: "Article") -> Mapping[str, int]:
    """The colour of each reason, the most frequent first."""
    counts = Counter(reason(block.why) for block in article.removed if block.why)
    return {why: min(number, TINTS - 1) for number, (why, _) in enumerate(counts.most_common())}


def _legend(article: "Article", tints: Mapping[str, int]) -> Iterator[str]:
    counts = Counter(reason(block.why) for block in article.removed if block.why)
    toggle = '<label for="hide">hide removed</label>' if counts else ""
    yield f'<nav>\n<div class="sum"><span>{kept_and_removed(article)}</span>{toggle}</div>'
    yield '<ul class="legend">'
    for why, count in counts.most_common():
        yield f'<li class="r{tints[why]}">{_text(why)}: {count}</li>'
    yield "</ul>\n</nav>"


def _block(block: "Block", tints: Mapping[str, int]) -> str:
    place = f' title="{_text(block.path)}"' if block.path else ""
    if block.why is None:
        return f'<p class="{block.kind}"{place}>{_text(block.text)}</p>'
    label = f'<span class="why" lang="en" dir="ltr">{_text(block.why)}</span>'
    classes = f"{block.kind} removed r{tints[reason(block.why)]}"
    return f'<p class="{classes}"{place}>{label}<del>{_text(block.text)}</del></p>'
