"""Texts that pairs are made of: articles bundled with the project or in data folders, and reports from templates."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from harvester.clean.fold import MARKS

ROOT = Path(__file__).parents[2]
TEMPLATES = Path(__file__).with_name("reports.toml")
CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED = frozenset({"zh", "ja"})
LANGUAGES = {"cn": "zh", "jp": "ja", "il": "he", "no": "nb"}  # names that the data folders use for countries

LONG_WORDS = 900
"""A longer text is divided, so that the lengths are those of news."""
MOST_PARTS = 3
PART_WORDS = (250, 700)
FEWEST_WORDS = 45
SEEN_BEFORE = 0.03
"""Of a text's 8-word shingles; with more in an earlier text it is no original: the data folders have copies."""

LONG_REPORT = 3
"""One in so many reports is of two towns, and twice as long."""

_WORD = re.compile(rf"[{CJK}]|(?:[^\W{CJK}][{MARKS}]*)+")
_CHARACTER = re.compile(f"[{CJK}]")
_SLOT = re.compile(r"\{([^}]+)\}")
_RANGE = re.compile(r"(\d+)(?:\.(\d+))?-(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An article: paragraphs divided by line feeds. Texts of one story are the only ones that may be copies."""

    story: str
    language: str
    title: str
    body: str
    template: str = ""  # of a report


def words(text: str) -> list[str]:
    """Each character of a script without spaces is a word."""
    return _WORD.findall(text)


def length(text: str) -> int:
    """Words; a character of a script without spaces is half a one."""
    found = words(text)
    return len(found) - sum(bool(_CHARACTER.match(word)) for word in found) // 2


def half(name: str) -> int:
    """To which half of the originals a name belongs: 0 to tune on, 1 to report on."""
    return crc32(name.encode()) % 2


def bundled() -> list[Text]:
    """Articles in this repository: the demo's sites and the gold texts of the quality corpus."""
    return [*_demo(), *_quality()]


def _demo() -> Iterator[Text]:
    for file in sorted((ROOT / "harvester/demo/content").glob("*/*.toml")):
        article = tomllib.loads(file.read_text(encoding="utf-8"))
        paragraphs = [line for line in article["body"].split("\n") if line and not line.startswith("@")]
        yield Text(
            story=f"demo/{file.stem}",
            language=article["language"],
            title=article["title"],
            body="\n".join(line.removeprefix("## ") for line in paragraphs),
        )


def _quality() -> Iterator[Text]:
    for file in sorted((ROOT / "tests/quality").glob("*/expected.json")):
        article = json.loads(file.read_text(encoding="utf-8"))
        yield Text(
            story=f"quality/{file.parent.name}",
            language=article["language"].partition("-")[0],
            title=article["title"],
            body="\n".join(article["text"]),
        )


def from_folder(folder: Path) -> list[Text]:
    """Articles of all data sets in a folder (each an index.jsonl with `id`, `language`, `title`, `text`)."""
    found = []
    for index in sorted(folder.glob("*/index.jsonl")):
        for line in index.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            article = json.loads(line)
            found.append(
                Text(
                    story=f"{index.parent.name}/{article['id']}",
                    language=_language(article),
                    title=article.get("title") or "",
                    body="\n".join(part for part in article["text"].split("\n") if part.strip()),
                )
            )
    return found


def _language(article: dict[str, Any]) -> str:
    named = article.get("language")
    if not named:
        import py3langid

        named = py3langid.classify(article["text"])[0]
    return LANGUAGES.get(named, named)


def originals(texts: Iterable[Text]) -> list[Text]:
    """Texts of an article's length, none of which repeats another."""
    seen: set[int] = set()
    kept = []
    for text in texts:
        for part in _parts(text):
            tokens = words(part.body.casefold())
            shingles = {hash(tuple(tokens[at : at + 8])) for at in range(len(tokens) - 7)}
            if length(part.body) >= FEWEST_WORDS and len(shingles & seen) <= SEEN_BEFORE * len(shingles):
                kept.append(part)
            seen |= shingles
    return kept


def _parts(text: Text) -> Iterator[Text]:
    if length(text.body) <= LONG_WORDS:
        yield text
        return
    rng = Random(text.story)
    paragraphs = text.body.split("\n")
    for number in range(MOST_PARTS):
        wanted, part = rng.randint(*PART_WORDS), list[str]()
        while paragraphs and length(" ".join(part)) < wanted:
            part.append(paragraphs.pop(0))
        title = text.title if number == 0 else " ".join("".join(part[:1]).split()[:9])
        yield replace(text, story=f"{text.story}#{number}", title=title, body="\n".join(part))


@dataclass(frozen=True, slots=True)
class Template:
    """A report with its slots open."""

    language: str
    kind: str
    title: str
    body: str
    half: int  # 0 to tune on, 1 to report on: those were written after the constants had been chosen
    lists: dict[str, list[str]]

    @property
    def name(self) -> str:
        return f"{self.language}-{self.kind}"

    def report(self, number: int, places: int = 4) -> Text:
        """One report, always the same for a number. Reports whose numbers are equal modulo `places` share the values
        that stand in it more than once: the town, the club, the person it is about."""
        rng, standing = Random(f"{self.name} {number}"), Random(f"{self.name} place {number % places}")
        chosen: dict[str, str] = {}
        title = self._filled(self.title, rng, standing, chosen)
        towns = 2 if number % LONG_REPORT == 0 else 1
        body = "\n".join(
            self._filled(self.body.strip(), rng, standing, chosen if town == 0 else {}) for town in range(towns)
        )
        return Text(story=f"{self.name}/{number}", language=self.language, title=title, body=body, template=self.name)

    def _filled(self, text: str, rng: Random, standing: Random, chosen: dict[str, str]) -> str:
        def value(slot: re.Match[str]) -> str:
            name = slot[1]
            if name[-1].isdigit() and name[:-1] in self.lists:
                source = rng if name.startswith("day") else standing
                return chosen.setdefault(name, source.choice(self.lists[name[:-1]]))
            return self._value(name, rng)

        return _SLOT.sub(value, text)

    def _value(self, name: str, rng: Random) -> str:
        if name in self.lists:
            return rng.choice(self.lists[name])
        if limits := _RANGE.fullmatch(name):
            low, low_tenth, high, high_tenth = limits.groups()
            if low_tenth is None:
                return str(rng.randint(int(low), int(high)))
            scaled = rng.randint(int(low + low_tenth), int(high + high_tenth))
            whole, rest = divmod(scaled, 10 ** len(low_tenth))
            point = "." if self.language in {"en", "zh", "ja"} else ","
            return f"{whole}{point}{rest:0{len(low_tenth)}}"
        return rng.choice(name.split("|"))


def templates() -> Sequence[Template]:
    """All of reports.toml."""
    read = tomllib.loads(TEMPLATES.read_text(encoding="utf-8"))
    return [
        Template(
            one["language"], one["kind"], one["title"], one["body"], one.get("half", 0), read["lists"][one["language"]]
        )
        for one in read["report"]
    ]
