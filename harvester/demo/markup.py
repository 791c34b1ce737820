"""HTML and XML of the demo pages: parts in their wrappers, templates filled in."""

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template

from harvester.demo.story import MARK, Part


@cache
def template(site: str, name: str) -> Template:
    """A template file of a site."""
    return Template((files("harvester.demo") / "templates" / site / name).read_text("utf-8"))


def fill(site: str, name: str, **fields: str) -> str:
    """The filled template; fields are HTML already. Raises KeyError for a missing one."""
    return template(site, name).substitute(fields)


def inline(text: str) -> str:
    """HTML of a text with inline marks."""
    pieces, end = [], 0
    for mark in MARK.finditer(text):
        pieces.append(escape(text[end : mark.start()], quote=False))
        label = escape(mark["label"] or mark["em"], quote=False)
        pieces.append(f'<a href="{escape(mark["href"])}">{label}</a>' if mark["href"] else f"<em>{label}</em>")
        end = mark.end()
    return "".join(pieces) + escape(text[end:], quote=False)


def blocks(parts: Iterable[Part], wrappers: Mapping[str, str], groups: Mapping[str, str]) -> str:
    """HTML of parts: each in the wrapper of its style, runs of one style in its group. `$text` marks the place."""
    lines: list[str] = []
    for style, run in groupby(parts, key=lambda part: part.style):
        inner = [Template(wrappers[style]).substitute(text=inline(part.text)) for part in run]
        lines.append(Template(groups.get(style, "$text")).substitute(text="\n".join(inner)))
    return "\n".join(lines)


def links(entries: Iterable[tuple[str, str]], wrapper: str = "<li>$text</li>") -> str:
    """HTML of (address, label) pairs, each in the wrapper."""
    anchors = (f'<a href="{escape(href)}">{escape(label, quote=False)}</a>' for href, label in entries)
    return "\n".join(Template(wrapper).substitute(text=anchor) for anchor in anchors)
