"""The quality gate: invented pages of all kinds, read as a careful reader would, never worse than the pinned score.

A case is a folder of `tests/quality`: `page.html`, and `expected.json` with what a reader would copy from it.
`LOWER_QUALITY_FLOOR=1 pytest tests/test_quality.py` pins today's scores, be they better or worse than before.
"""

import json
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html

from harvester.article import Article
from harvester.clean import clean_article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.page import Page

CORPUS = Path(__file__).parent / "quality"
FLOOR = CORPUS / "floor.json"
FETCHED_AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOLERANCE = 0.0005
"""The floor is written with three digits."""
WORTH_RAISING = 0.01
WORST_SHOWN = 5
READ = "//text()[not(parent::style or parent::script[not(@type='application/ld+json')])]"
"""All that a reader or a machine may take for text."""
WORDS_SHOWN = 25

_WORD = re.compile(r"[\w\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f]+")  # with Arabic and Indic vowel signs
_CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One page and what is right about it."""

    name: str
    content: bytes
    expected: dict[str, Any]

    @property
    def language(self) -> str:
        """Without region or script."""
        return str(self.expected["language"]).partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a page was read: shares from 0 to 1."""

    case: Case
    article: Article | None
    precision: float
    recall: float
    f: float
    title: float
    date: float
    authors: float

    def story(self) -> str:
        """What went wrong, in a few lines."""
        got = self.article.text if self.article else ""
        missing, extra = differences(words("\n".join(self.case.expected["text"])), words(got))
        leaked = [one for one in self.case.expected["not_in_text"] if fold(one) in fold(got)]
        lines = [f"{self.case.name}: F {self.f:.3f}, P {self.precision:.3f}, R {self.recall:.3f}"]
        lines += [f"  missing words: {missing}"] if missing else []
        lines += [f"  words too many: {extra}"] if extra else []
        lines += [f"  must not come out: {leaked}"] if leaked else []
        if self.article is None:
            lines.append("  no article")
            return "\n".join(lines)
        for field, right, value, wanted in (
            ("title", self.title, self.article.title, self.case.expected["title"]),
            ("date", self.date, self.article.published_at, self.case.expected["published_at"]),
            ("authors", self.authors, list(self.article.authors), self.case.expected["authors"]),
        ):
            lines += [] if right else [f"  {field}: {value!r} for {wanted!r}"]
        return "\n".join(lines)


def load(folder: Path) -> Case:
    return Case(
        name=folder.name,
        content=(folder / "page.html").read_bytes(),
        expected=json.loads((folder / "expected.json").read_text(encoding="utf-8")),
    )


CASES = tuple(load(folder) for folder in sorted(CORPUS.iterdir()) if folder.is_dir())
REFUSED: dict[str, str] = {}
"""Pages that yield no article yet: name to why. They count as 0 in the means."""
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def fold(text: str) -> str:
    """For comparing what looks the same."""
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFKC", text)).casefold().split())


def words(text: str) -> list[str]:
    """Folded words; each Chinese or Japanese character is one."""
    found = _WORD.findall(fold(text))
    return list(chain.from_iterable(_CJK.findall(word) for word in found))


def common(left: Sequence[Hashable], right: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence (Hyyrö 2004: one bit a word of `left`)."""
    places: dict[Hashable, int] = defaultdict(int)
    for position, word in enumerate(left):
        places[word] |= 1 << position
    full = (1 << len(left)) - 1
    row = full
    for word in right:
        matched = row & places.get(word, 0)
        row = ((row + matched) | (row - matched)) & full
    return len(left) - row.bit_count()


def differences(expected: list[str], got: list[str]) -> tuple[str, str]:
    """Runs of words that are missing and that are too many, shortened."""
    missing: list[str] = []
    extra: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, expected, got, autojunk=False).get_opcodes():
        if tag != "equal":
            missing += [" ".join(expected[i1:i2])] if i2 > i1 else []
            extra += [" ".join(got[j1:j2])] if j2 > j1 else []
    return _shortened(missing), _shortened(extra)


def _shortened(runs: list[str]) -> str:
    listed = " | ".join(runs).split(" ")
    return " ".join(listed[:WORDS_SHOWN]) + (f" … ({len(listed)} words)" if len(listed) > WORDS_SHOWN else "")


def read(case: Case) -> Article:
    url = case.expected["url"]
    page = Page.saved(case.content, url=url, content_type="text/html; charset=utf-8", fetched_at=FETCHED_AT)
    return clean_article(read_article(page, home=f"https://{urlsplit(url).netloc}/"))


@cache
def scores() -> tuple[Score, ...]:
    return tuple(score(case) for case in CASES)


def score(case: Case) -> Score:
    try:
        article = read(case)
    except NotArticle:
        return Score(case=case, article=None, precision=0, recall=0, f=0, title=0, date=0, authors=0)
    wanted, got = words("\n".join(case.expected["text"])), words(article.text)
    both = common(wanted, got)
    return Score(
        case=case,
        article=article,
        precision=both / len(got) if got else 0,
        recall=both / len(wanted),
        f=2 * both / (len(wanted) + len(got)),
        title=float(fold(article.title) == fold(case.expected["title"])),
        date=float((article.published_at or "")[:10] == case.expected["published_at"][:10]),
        authors=float(Counter(map(fold, article.authors)) == Counter(map(fold, case.expected["authors"]))),
    )


def means() -> dict[str, float]:
    """What is pinned: means over all pages, and the F of each language."""
    values = {
        "F": mean(one.f for one in scores()),
        "title": mean(one.title for one in scores()),
        "date": mean(one.date for one in scores()),
        "authors": mean(one.authors for one in scores()),
    }
    by_language: dict[str, list[float]] = defaultdict(list)
    for one in scores():
        by_language[one.case.language].append(one.f)
    return values | {f"F {language}": mean(listed) for language, listed in sorted(by_language.items())}


def mean(values: Iterable[float]) -> float:
    listed = list(values)
    return round(sum(listed) / len(listed), 3)


def flat(pinned: dict[str, Any]) -> dict[str, float]:
    """The floor's file as `means` names its values."""
    by_language = {f"F {language}": value for language, value in pinned["languages"].items()}
    return {name: value for name, value in pinned.items() if name != "languages"} | by_language


def worst() -> str:
    """The pages that are read worst: by F, then by what else is wrong."""
    listed = sorted(scores(), key=lambda one: (one.f, one.title + one.date + one.authors))[:WORST_SHOWN]
    return "\n".join(one.story() for one in listed)


def scripts(text: str) -> set[str]:
    """First words of the letters' Unicode names: "ARABIC", "CJK", …"""
    return {unicodedata.name(letter, "?").split(" ")[0] for letter in text if letter.isalpha()}


def test_corpus_is_wide_enough_to_mean_something() -> None:
    assert len(CASES) >= 40
    assert len({case.language for case in CASES}) >= 8
    letters: Counter[str] = Counter()
    for case in CASES:
        letters.update(scripts(" ".join(case.expected["text"])))
    assert len([script for script, pages in letters.items() if pages >= 2]) >= 3


@EACH
def test_expected_paragraphs_stand_on_the_page_in_order(case: Case) -> None:
    tree = html.document_fromstring(case.content.decode("utf-8"))
    texts: Any = tree.xpath(READ)
    page = "".join(words("".join(texts).replace("\\n", " ")))  # JSON's line feeds
    at = 0
    for paragraph in case.expected["text"]:
        wanted = "".join(words(paragraph))
        at = page.find(wanted, at) + len(wanted)
        assert at >= len(wanted), paragraph
    for unwanted in case.expected["not_in_text"]:
        assert "".join(words(unwanted)) in page, unwanted


@EACH
def test_expected_text_is_written_as_articles_are(case: Case) -> None:
    assert case.expected.keys() == {
        "url", "language", "title", "authors", "published_at", "text", "not_in_text", "case",
    }  # fmt: skip
    assert urlsplit(case.expected["url"]).netloc.endswith(".example")
    assert datetime.fromisoformat(case.expected["published_at"])
    for text in (case.expected["title"], *case.expected["text"]):
        assert text == unicodedata.normalize("NFC", " ".join(text.split()))
        assert not _UNSEEN.search(text.replace("\u200c", ""))
    body = "\n".join(case.expected["text"])
    assert not [one for one in case.expected["not_in_text"] if one in body]


@EACH
def test_page_yields_an_article(case: Case, request: pytest.FixtureRequest) -> None:
    if case.name in REFUSED:
        request.applymarker(pytest.mark.xfail(raises=NotArticle, strict=True, reason=REFUSED[case.name]))
    article = read(case)
    assert article.title
    assert article.body


def test_pages_are_read_no_worse_than_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    today = means()
    if os.environ.get("LOWER_QUALITY_FLOOR"):
        pinned: dict[str, Any] = {name: value for name, value in today.items() if " " not in name}
        pinned["languages"] = {name[2:]: value for name, value in today.items() if name.startswith("F ")}
        FLOOR.write_text(json.dumps(pinned, indent=2) + "\n", encoding="utf-8")
    floor = flat(json.loads(FLOOR.read_text(encoding="utf-8")))
    assert today.keys() == floor.keys(), "the corpus has changed; pin again with LOWER_QUALITY_FLOOR=1"
    fallen = {name: (floor[name], value) for name, value in today.items() if value < floor[name] - TOLERANCE}
    assert not fallen, f"fallen (floor, today): {fallen}\n{worst()}"
    risen = {name: (floor[name], value) for name, value in today.items() if value > floor[name] + WORTH_RAISING}
    if risen:
        with capsys.disabled():
            print(f"\nrisen (floor, today): {risen}; pin with LOWER_QUALITY_FLOOR=1")


@pytest.mark.parametrize(
    ("left", "right", "length"),
    [
        ("a b c d", "a b c d", 4),
        ("a b c d", "b d", 2),
        ("a b c d", "d c b a", 1),
        ("a b a b", "b a b a", 3),
        ("a", "", 0),
    ],
    ids=["equal", "gaps", "reversed", "shifted", "empty"],
)
def test_common_words_are_counted_in_order(left: str, right: str, length: int) -> None:
    assert common(left.split(), right.split()) == length
