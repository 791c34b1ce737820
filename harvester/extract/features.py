"""What can be seen of each text block of a page without knowing its site or its language, as numbers."""

import unicodedata
from collections import Counter
from functools import cache

import numpy as np
from numpy.typing import NDArray

from harvester.article import BlockKind
from harvester.extract.hints import HINTS, hints_of
from harvester.extract.walk import Piece, Walked

Numbers = NDArray[np.float32]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

LOWER, UPPER, DIGIT, SPACE, STOP, COMMA, QUOTE, BAR, IDEOGRAPH, OTHER = range(10)
CLASSES = 10

TAGS = tuple("p div li h1 h2 h3 h4 td span section article blockquote figcaption header footer aside pre".split())
AROUND = tuple("article main aside nav header footer form table ul figure section ol".split())
KINDS = tuple(BlockKind)

LEVELS = 4
"""Elements around a block whose text mass is looked at, besides its own."""

PROSE_WORDS, PROSE_LINKS = 8, 0.3
"""A block of so many words and at most such a share of links is prose."""

TITLE_WORDS = 40
"""Longer blocks are not compared with the title."""

ECHO_WORDS, ECHO_CHARACTERS = 60, 60
"""A block of at most so many words whose beginning stands elsewhere on the page too is a teaser or a pull quote."""

WIDTH = (
    4 * len(HINTS)
    + 2 * (len(TAGS) + 1)
    + len(KINDS)
    + len(AROUND)
    + 3 * CLASSES
    + 24
    + 5 * (LEVELS + 1)
    + 6
    + 8
    + 3
    + 11
)
"""Columns of `page_features`."""

_IDEOGRAPHIC = ((0x0E00, 0x0E7F), (0x3040, 0x30FF), (0x3400, 0x9FFF))
_SIGNS = {STOP: ".!?؟…。！？।۔", COMMA: ",،、，;:؛：", QUOTE: "\"'“”„«»‘’‹›「」『』()[]", BAR: "|•·/>→▶►★–—-"}
_KIND_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
_TAG_NUMBERS = {tag: number for number, tag in enumerate(TAGS)}
_AROUND_BITS = {tag: 1 << number for number, tag in enumerate(AROUND)}


def page_features(page: Walked, *, title: str | None, description: str | None, article_body: str | None) -> Numbers:
    """A row a block, `WIDTH` columns. The page must have a block."""
    return np.concatenate(_Page(page).columns(title, description, article_body), axis=1, dtype=np.float32)


def block_words(pieces: list[Piece]) -> Numbers:
    """Words of each block; an ideograph, kana or Thai letter counts as half of one."""
    return _words(_characters([piece.text for piece in pieces])[0])


class _Page:
    """The page's blocks and places as arrays."""

    def __init__(self, page: Walked) -> None:
        pieces, places = page.pieces, page.places
        self.pieces, self.places = pieces, places
        self.count = len(pieces)
        self.at: Indices = np.array([piece.place.number for piece in pieces])
        self.ends: Indices = np.array([place.end for place in places])
        self.parents: Indices = np.array([place.parent.number if place.parent else 0 for place in places])
        self.own_hints, self.all_hints, self.around, hidden, figure = _inherited(page)
        self.hidden: Flags = np.array(hidden)[self.at]
        self.figure: Flags = np.array(figure)[self.at]
        marks = np.array([(p.letters, p.linked, p.bold, p.slanted, p.has_time) for p in pieces], dtype=np.float32)
        self.letters: Numbers = marks[:, 0]
        self.linked, self.bold, self.slanted = (marks[:, 1:4] / np.maximum(1, self.letters)[:, None]).T
        self.timed = marks[:, 4]
        self.texts = [piece.text.casefold() for piece in pieces]
        self.counts, self.first, self.last = _characters([piece.text for piece in pieces])
        self.words = _words(self.counts)
        self.prose: Flags = (self.words >= PROSE_WORDS) & (self.linked < PROSE_LINKS)
        self.mass: Numbers = self.letters * (self.prose & ~self.hidden)
        self.all_mass = max(1.0, float(self.mass.sum()))
        self.all_letters = max(1.0, float(self.letters.sum()))
        self.sums = np.stack([self.mass, self.letters, self.letters * self.linked, np.ones(self.count)], axis=1)
        self.levels = [self.at]
        for _ in range(LEVELS):
            self.levels.append(self.parents[self.levels[-1]])

    def columns(
        self, title: str | None, description: str | None, article_body: str | None
    ) -> list[NDArray[np.generic]]:
        share = self.counts / np.maximum(1, self.counts.sum(axis=1, keepdims=True))
        return [
            *self._names(),
            share,
            _one_hot(self.first, CLASSES),
            _one_hot(self.last, CLASSES),
            self._text(),
            *self._masses(),
            self._same_path(),
            self._densest(),
            self._against_head(title, description, article_body),
        ]

    def _names(self) -> list[NDArray[np.generic]]:
        """What the elements around are called."""
        bits = np.arange(len(HINTS))
        inline = np.array([hints_of(piece.inline) if piece.inline else 0 for piece in self.pieces])
        own, held = self.own_hints, self.levels
        near = (own[held[0]] | inline, own[held[1]], own[held[2]] | own[held[3]], self.all_hints[held[3]])
        tags = np.array([_TAG_NUMBERS.get(place.tag, len(TAGS)) for place in self.places])
        kinds = np.array([_KIND_NUMBERS[piece.place.kind] for piece in self.pieces])
        return [
            *((hints[:, None] >> bits) & 1 for hints in near),
            _one_hot(tags[held[0]], len(TAGS) + 1),
            _one_hot(tags[held[1]], len(TAGS) + 1),
            _one_hot(kinds, len(KINDS)),
            (self.around[self.at][:, None] >> np.arange(len(AROUND))) & 1,
        ]

    def _text(self) -> NDArray[np.generic]:
        log, words, letters, ones = np.log1p, self.words, self.letters, np.ones(self.count)
        counts = self.counts
        return np.stack(
            [
                log(words), log(letters), words >= PROSE_WORDS, words >= 20, letters / words / 10,
                log(counts[:, STOP]), log(counts[:, COMMA]), log(counts[:, DIGIT]),
                self.linked, self.linked > 0.9, self.linked == 0, self.bold, self.slanted, self.timed,
                self.hidden, self.figure, np.array([piece.place.path.count(">") for piece in self.pieces]) / 20,
                np.arange(self.count) / max(1, self.count - 1),
                np.cumsum(letters) / self.all_letters, np.cumsum(self.mass) / self.all_mass,
                ones * log(self.count), ones * log(self.all_mass), ones * (self.all_mass / self.all_letters),
                self.prose,
            ],
            axis=1,
        )  # fmt: skip

    def _masses(self) -> list[NDArray[np.generic]]:
        """How much text stands in the elements around, and of what kind."""
        before = np.zeros((len(self.places) + 1, 4))
        own = np.stack(
            [np.bincount(self.at, weights=column, minlength=len(self.places)) for column in self.sums.T], axis=1
        )
        np.cumsum(own, axis=0, out=before[1:])
        inside = before[self.ends + 1] - before[:-1]
        return [self._shares(inside[level]) for level in self.levels]

    def _shares(self, its: NDArray[np.float64]) -> NDArray[np.generic]:
        letters = np.maximum(1, its[:, 1])
        columns = [
            its[:, 0] / self.all_mass,
            np.log1p(its[:, 3]),
            its[:, 2] / letters,
            its[:, 1] / self.all_letters,
            its[:, 0] / letters,
        ]
        return np.stack(columns, axis=1)

    def _same_path(self) -> NDArray[np.generic]:
        """How much text of the page stands at the same path, and of what kind."""
        numbers: dict[tuple[str, str], int] = {}
        paths = np.array([numbers.setdefault((p.place.path, p.inline), len(numbers)) for p in self.pieces])
        its = np.stack([np.bincount(paths, weights=column) for column in self.sums.T], axis=1)[paths]
        return np.concatenate([self._shares(its), np.log1p(its[:, 1] / its[:, 3])[:, None]], axis=1)

    def _densest(self) -> NDArray[np.generic]:
        """Where a block stands as seen from the element with most prose among its children."""
        by_parent = np.bincount(self.levels[1], weights=self.mass, minlength=len(self.places))
        by_own = np.bincount(self.at, weights=self.mass, minlength=len(self.places))
        place = int(np.argmax(np.maximum(by_parent, by_own)))
        densest = place
        inside = []
        for _ in range(4):
            inside.append((self.at >= place) & (self.at <= self.ends[place]))
            place = int(self.parents[place])
        inner = np.flatnonzero(inside[0] & self.prose)
        start, end = (int(inner[0]), int(inner[-1])) if len(inner) else (0, self.count - 1)
        index = np.arange(self.count)
        return np.stack(
            [
                *inside,
                by_parent[self.levels[1]] / self.all_mass, by_own[self.at] / self.all_mass,
                self.levels[1] == densest, self.at == densest,
                _signed_log(index - start), _signed_log(index - end), (index >= start) & (index <= end),
            ],
            axis=1,
        )  # fmt: skip

    def _against_head(
        self, title: str | None, description: str | None, article_body: str | None
    ) -> NDArray[np.generic]:
        """What the page's head says of a block: is it the headline, the description, a part of the article's body?"""
        shared, ones = self._shared_with(title), np.ones(self.count)
        headline = self._headline_at(shared)
        away = np.arange(self.count) - headline
        described, body = _plain(description), _plain(article_body)
        return np.stack(
            [
                shared, shared > 0.99, ones * (headline >= 0), _signed_log(away), away > 0, np.log1p(self._echoes()),
                [bool(body) and text[:120] in body for text in self.texts],
                ones * bool(body), ones * min(2.0, len(body) / self.all_mass),
                [len(described) > 0 < len(text) - 12 and (text[:120] in described or described in text)
                 for text in self.texts],
                ones * bool(title),
            ],
            axis=1,
        )  # fmt: skip

    def _shared_with(self, title: str | None) -> NDArray[np.float64]:
        """Likeness of each short block and the title: words in common, by the mean of both their numbers (Dice)."""
        wanted = set((title or "").casefold().split())
        shared = np.zeros(self.count)
        if not wanted:
            return shared
        for number in np.flatnonzero(self.words < TITLE_WORDS).tolist():
            own = set(self.texts[number].split())
            both = len(own & wanted)
            if both:
                shared[number] = 2 * both / (len(own) + len(wanted))
        return shared

    def _headline_at(self, shared: NDArray[np.float64]) -> int:
        """Number of the block that is the headline; -1 where none is."""
        tops = [number for number, piece in enumerate(self.pieces) if piece.place.tag == "h1"]
        like = np.flatnonzero(shared > 0.8).tolist()
        return next((number for number in like if number in tops), next(iter(like or tops), -1))

    def _echoes(self) -> NDArray[np.float64]:
        """How often the beginning of a short block stands elsewhere on the page."""
        begins = [text[:ECHO_CHARACTERS] for text in self.texts]
        same = Counter(begins)
        echoes = np.array([same[begin] - 1 for begin in begins], dtype=np.float64)
        whole = "\n".join(text for text, prose in zip(self.texts, self.prose.tolist(), strict=True) if prose)
        for number in np.flatnonzero((self.words < ECHO_WORDS) & self.prose & (echoes == 0)).tolist():
            echoes[number] = whole.count(begins[number]) - 1
        return echoes


def _inherited(page: Walked) -> tuple[Indices, Indices, Indices, list[bool], list[bool]]:
    """Of each place: its own hints, those of all around it too, the elements around it as bits, whether it is hidden
    and whether it stands in a figure."""
    count = len(page.places)
    own, every, around = [0] * count, [0] * count, [0] * count
    hidden, figure = [False] * count, [False] * count
    for place in page.places:
        number = place.number
        names, unseen = place.looks
        own[number] = every[number] = hints_of(names) if names else 0
        around[number] = _AROUND_BITS.get(place.tag, 0)
        hidden[number], figure[number] = unseen, place.tag == "figure"
        if place.parent is not None:
            up = place.parent.number
            every[number] |= every[up]
            around[number] |= around[up]
            hidden[number] |= hidden[up]
            figure[number] |= figure[up]
    return np.array(own), np.array(every), np.array(around), hidden, figure


def _plain(text: str | None) -> str:
    return " ".join(text.casefold().split()) if text else ""


def _signed_log(away: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray(np.sign(away) * np.log1p(np.abs(away)), dtype=np.float64)


def _one_hot(numbers: NDArray[np.integer], size: int) -> NDArray[np.float32]:
    return np.asarray(np.eye(size, dtype=np.float32)[numbers])


def _words(counts: Numbers) -> Numbers:
    return np.asarray(counts[:, SPACE] + 1 + counts[:, IDEOGRAPH] / 2, dtype=np.float32)


def _characters(texts: list[str]) -> tuple[Numbers, Indices, Indices]:
    """Of each text: how many characters it has of each class, the class of the first, and of the last (that before a
    closing quote)."""
    codes = np.frombuffer("\n".join(texts).encode("utf-32-le", "replace"), dtype=np.uint32)
    classes = _class_table()[np.minimum(codes, 0xFFFF)]
    sizes = np.array([len(text) for text in texts])
    owner = np.repeat(np.arange(len(texts)), sizes + 1)[: len(classes)]
    counts = np.bincount(owner * CLASSES + classes, minlength=CLASSES * len(texts)).reshape(-1, CLASSES)
    counts[:-1, OTHER] -= 1  # the line feeds between them
    starts = np.cumsum(sizes + 1) - sizes - 1
    ends = starts + sizes - 1
    last = np.where(classes[ends] == QUOTE, classes[np.maximum(ends - 1, starts)], classes[ends])
    return counts.astype(np.float32), classes[starts], last


@cache
def _class_table() -> NDArray[np.uint8]:
    """Class of each character of the Basic Multilingual Plane."""
    table = np.full(0x10000, OTHER, dtype=np.uint8)
    by_category = {"Lu": UPPER, "Lt": UPPER, "Nd": DIGIT, "Zs": SPACE, "Zl": SPACE, "Zp": SPACE}
    for code in range(0x10000):
        category = unicodedata.category(chr(code))
        table[code] = by_category.get(category, LOWER if category[0] in "LM" else OTHER)
    for first, last in _IDEOGRAPHIC:
        table[first : last + 1] = IDEOGRAPH
    for number, signs in _SIGNS.items():
        table[[ord(sign) for sign in signs]] = number
    return table
