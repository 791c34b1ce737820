"""A story of the demo news: one content file, before or after its correction."""

import re
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

MARK = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<href>[^)\s]+)\)|\*(?P<em>[^*]+)\*")
"""The inline marks of content files: [label](address) and *emphasis*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One text block of an article's container, in page order."""

    style: str  # which of the site's wrappers it is put in
    text: str  # with inline marks
    kept: bool = True  # False: furniture

    @property
    def plain(self) -> str:
        """The text as a reader sees it."""
        return MARK.sub(lambda mark: mark["label"] or mark["em"], self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One article as its site publishes it. The text of a `more` part is a slug, for the site to fill in."""

    number: int  # the site's own running number
    slug: str
    title: str
    author: str
    section: str
    tags: tuple[str, ...]
    summary: str
    language: str
    published: datetime  # aware
    modified: datetime  # aware; of the correction, once that is out
    parts: tuple[Part, ...]


@cache
def stories(site: str, *, corrected: bool = False) -> tuple[Story, ...]:
    """All stories of a site, newest first."""
    folder = files("harvester.demo") / "content" / site
    tables = [tomllib.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".toml")]
    found = [_story(table, corrected=corrected) for table in tables]
    return tuple(sorted(found, key=lambda story: story.published, reverse=True))


def _story(table: dict[str, Any], *, corrected: bool) -> Story:
    story = Story(
        number=table["number"],
        slug=table["slug"],
        title=table["title"],
        author=table["author"],
        section=table["section"],
        tags=tuple(table["tags"]),
        summary=table["summary"],
        language=table["language"],
        published=table["published"],
        modified=table["published"],
        parts=tuple(_parts(table["body"])),
    )
    correction = table.get("correction")
    return _corrected(story, correction) if corrected and correction else story


def _corrected(story: Story, correction: dict[str, Any]) -> Story:
    """The story with the wrong words put right and the notice at its end."""
    wrong, right = correction["wrong"], correction["right"]
    parts = [replace(part, text=part.text.replace(wrong, right)) for part in story.parts]
    notice = Part(style="paragraph", text=correction["notice"])
    return replace(story, parts=(*parts, notice), modified=correction["at"])


def _parts(body: str) -> list[Part]:
    """Blocks are parted by empty lines; their first characters tell their style."""
    return [_part(" ".join(block.split())) for block in body.strip().split("\n\n")]


def _part(block: str) -> Part:
    for sign, style in (("## ", "heading"), ("> ", "quote"), ("- ", "item")):
        if block.startswith(sign):
            return Part(style=style, text=block.removeprefix(sign))
    for sign in ("more", "photo"):
        if block.startswith(f"@{sign} "):
            return Part(style=sign, text=block.removeprefix(f"@{sign} "), kept=False)
    return Part(style="paragraph", text=block)
