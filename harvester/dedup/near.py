"""Near copies: sketches of texts and how alike two of them are.

All constants are from measurements on 1 422 articles with 7 352 made copies (12 kinds of edit) and 4 550 look-alikes
(weather, market and obituary reports of one template, random pairs, shared introductions): P 1.000, R .981.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Self

from xxhash import xxh3_64_intdigest

from harvester.dedup.words import normalised_words, numbers_in

KEY_WORDS = 5  # words a shingle that is looked up: rare enough that two in common mean something
KEY_SAMPLE = 32  # one in so many is a key: 34 an article find .996 of the copies, MinHash LSH of equal size .52 to .94
FEWEST_KEYS = 8  # of a short text the smallest ones are taken until there are so many
SHARED_KEYS = 2  # that make another article a candidate, in the index
WINDOW_DAYS = 14  # between candidates: copies of news are close in time
COMMON_KEY_ARTICLES = 50  # a key that more articles of the window have is a standing phrase: the index ignores it

PROOF_WORDS = 3  # words a shingle that likeness is measured by
PROOF_SAMPLE = 4  # one in so many of a long text's; measured: a sample of 1/4 is as good as all
WHOLE_BELOW_WORDS = 240  # of shorter texts all are kept, where a quarter would be under 60

SAME_TEXT = 0.5  # containment, and the same of the numbers: at containment alone each weather report is a copy (P .842)
SAME_NUMBERS = 0.5
SHORT_WORDS = 120  # below, a template is most of the text, so more must agree
SHORT_SAME_TEXT = 0.8
SHORT_SAME_NUMBERS = 0.7
FEWEST_NUMBERS = 2  # on both sides, else numbers say nothing
EXACT_BELOW_WORDS = 40  # below, only equal words make a copy

WHOLLY_CONTAINED = 0.8  # of the shorter text: it is an abridgement
SAME_WHOLE = 0.8  # Jaccard: the one is the other
SAME_LENGTH = 0.9  # shorter / longer: nothing was cut, so paragraphs in another order make no abridgement

_SCHEMA = 1
_LOW = 0xFFFFFFFF
_hash = xxh3_64_intdigest
_HEADER = struct.Struct("<BBIQIII")  # schema, whole, words, exact; lengths of keys, proof, numbers


class Kind(StrEnum):
    """What the first of two alike texts is to the second."""

    COPY = "copy"
    ABRIDGED = "abridged"  # the first is a shortened second
    EXTENDED = "extended"  # the first has the second in it
    PARTIAL = "partial"  # a good part of the one is in the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two texts are."""

    similarity: float  # Jaccard of 3-word shingles, 0 to 1; the same in both directions
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What is kept of a text for finding and proving its near copies: about 1 KiB."""

    keys: tuple[int, ...]  # sorted u64, to look candidates up by
    proof: frozenset[int]  # u32, of 3-word shingles: all of a short text, those divisible by 4 of a long one
    numbers: frozenset[int]  # u32, of the words with a digit
    words: int  # of the body
    exact: int  # u64, of title and body
    whole: bool  # is `proof` all of the text's shingles?

    @property
    def shared_keys_needed(self) -> int:
        """How many keys another text must share to be worth comparing; of two texts the smaller number counts.

        One for texts of which the sample alone gives too few: no more of them is to be found in a longer text.
        """
        sampled = sum(key % KEY_SAMPLE == 0 for key in self.keys)
        return SHARED_KEYS if sampled >= FEWEST_KEYS else 1

    def to_bytes(self) -> bytes:
        """Little-endian: a header, then keys (u64), proof and numbers (u32), each sorted."""
        lengths = (len(self.keys), len(self.proof), len(self.numbers))
        header = _HEADER.pack(_SCHEMA, self.whole, self.words, self.exact, *lengths)
        return header + struct.pack(_layout(*lengths), *self.keys, *sorted(self.proof), *sorted(self.numbers))

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """The inverse of `to_bytes`. Raises ValueError for anything else."""
        try:
            schema, whole, words, exact, *lengths = _HEADER.unpack_from(stored)
            values = struct.unpack(_layout(*lengths), stored[_HEADER.size :])
        except struct.error as error:
            raise ValueError(f"not a sketch: {error}") from error
        if schema != _SCHEMA:
            raise ValueError(f"a sketch of schema {schema}, not {_SCHEMA}")
        keys, proof = lengths[0], lengths[0] + lengths[1]
        return cls(
            keys=values[:keys],
            proof=frozenset(values[keys:proof]),
            numbers=frozenset(values[proof:]),
            words=words,
            exact=exact,
            whole=bool(whole),
        )


def _layout(keys: int, proof: int, numbers: int) -> str:
    return f"<{keys}Q{proof + numbers}I"


def sketch(title: str, text: str) -> Sketch:
    """Of a cleaned article. The title counts only for texts so short that they must be equal."""
    words = normalised_words(text)
    body = " ".join(words).encode()
    ends = list(accumulate(len(word.encode()) + 1 for word in words))
    whole = len(words) < WHOLE_BELOW_WORDS
    proof = frozenset(one & _LOW for one in _shingles(body, ends, PROOF_WORDS))
    return Sketch(
        keys=_keys(_shingles(body, ends, KEY_WORDS)),
        proof=proof if whole else _sample(proof),
        numbers=frozenset(_hash(word.encode()) & _LOW for word in numbers_in(words)),
        words=len(words),
        exact=_hash(" ".join(normalised_words(title)).encode() + b"\n" + body),
        whole=whole,
    )


def _shingles(body: bytes, ends: Sequence[int], length: int) -> set[int]:
    """Fingerprints of all runs of so many words; of a shorter text, of all. `ends[n]` is where word n + 1 begins."""
    if len(ends) < length:
        return {_hash(body)} if body else set()
    return {_hash(body[start : end - 1]) for start, end in zip([0, *ends], ends[length - 1 :], strict=False)}


def _keys(shingles: set[int]) -> tuple[int, ...]:
    """The sample, so that a short text's keys are among those of the long one that it is cut from; then the smallest,
    so that two short texts have something to share."""
    keys = {one for one in shingles if one % KEY_SAMPLE == 0}
    if len(keys) < FEWEST_KEYS:
        keys.update(sorted(shingles - keys)[: FEWEST_KEYS - len(keys)])
    return tuple(sorted(keys))


def compare(a: Sketch, b: Sketch) -> Likeness | None:
    """What `a` is to `b`; None if they are different texts."""
    shorter = min(a.words, b.words)
    if not shorter:
        return None
    if a.exact == b.exact:
        return Likeness(similarity=1.0, kind=Kind.COPY)
    first, second = _comparable(a, b)
    if shorter < EXACT_BELOW_WORDS or not first or not second:
        return None
    shared = len(first & second)
    contained = shared / min(len(first), len(second))
    if not _alike(contained, _shared_numbers(a, b), short=shorter < SHORT_WORDS):
        return None
    similarity = shared / len(first | second)
    return Likeness(similarity=similarity, kind=_kind(similarity, contained, a.words, b.words))


def _alike(contained: float, numbers: float, *, short: bool) -> bool:
    if short:
        return contained >= SHORT_SAME_TEXT and numbers >= SHORT_SAME_NUMBERS
    return contained >= SAME_TEXT and numbers >= SAME_NUMBERS


def _comparable(a: Sketch, b: Sketch) -> tuple[frozenset[int], frozenset[int]]:
    """The proofs of both by one rule: if one is a sample, the other is sampled likewise."""
    if a.whole == b.whole:
        return a.proof, b.proof
    return _sample(a.proof), _sample(b.proof)


def _sample(proof: frozenset[int]) -> frozenset[int]:
    return frozenset(one for one in proof if one % PROOF_SAMPLE == 0)


def _shared_numbers(a: Sketch, b: Sketch) -> float:
    """Of the numbers of the text with fewer; 1 where a text has too few to tell."""
    fewer = min(len(a.numbers), len(b.numbers))
    return len(a.numbers & b.numbers) / fewer if fewer >= FEWEST_NUMBERS else 1.0


def _kind(similarity: float, contained: float, words: int, other_words: int) -> Kind:
    if similarity >= SAME_WHOLE:
        return Kind.COPY
    if contained < WHOLLY_CONTAINED:
        return Kind.PARTIAL
    if min(words, other_words) / max(words, other_words) >= SAME_LENGTH:
        return Kind.COPY
    return Kind.EXTENDED if words > other_words else Kind.ABRIDGED
