"""Near copies: sketches of texts and how alike two of them are.

What is hashed, for ever, because archives keep it. A word is one of `shingle_words`, its hash the xxh3-64 (seed 0) of
its UTF-8. A shingle of n words is the polynomial ((h1 * M + h2) * M + h3) ... of their hashes, then stirred as
MurmurHash3 ends (fmix64), all modulo 2**64; a text of fewer than n words has one shingle, of all its words. Of each
kind the smallest hashes are kept, so that the kept parts of any two texts can be compared, however different their
lengths (bottom-k sketches; Broder 1997, Cohen and Kaplan 2007).

- `keys`: 5-word shingles, ordered by their lower 32 bits: those below 2**32 / `KEY_SAMPLE`, but no fewer than
  `FEWEST_KEYS` and no more than `MOST_KEYS`. The upper 32 bits have no part in the choice and stay uniform.
- `proof`: 2-word shingles: the smallest `PROOF_SIZE`, or one in `PROOF_SAMPLE` where that is more, up to `MOST_PROOF`.
- `numbers`: of the 2-word shingles those with a digit in a word: the smallest `MOST_NUMBERS`.

Constants are from half 0 of `tests.bench.pairs`: 9 300 copies and 215 000 look-alikes, most of them proposed by an
index of all, in 16 languages. Two words tell a text with a fifth of its words replaced (99 % share .55 or more with the
original) from a follow-up with two fifths of background (99 % share .46 or less); three words do not (.42 and .42).
Reports of one template share up to .9 of all shingles, but seldom more than .6 of those with a number, where copies
lose hardly more than elsewhere.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from harvester.dedup.words import normalised_words, numbers_in, shingle_words, spaceless

KEY_WORDS = 5  # words a shingle that is looked up: rare enough that two in common mean something
KEY_SAMPLE = 32  # one in so many is a key: 20 an article propose .997 of the copies
FEWEST_KEYS = 8  # of a short text the smallest ones are taken until there are so many
MOST_KEYS = 64  # of a long text; a cut to a fifth still shares a dozen
SHARED_KEYS = 2  # that make another article a candidate, in the index
WINDOW_DAYS = 14  # between candidates: copies of news are close in time
COMMON_KEY_ARTICLES = 50  # a key that more articles of the window have is a standing phrase: the index ignores it

PROOF_WORDS = 2
PROOF_SIZE = 128  # shingles of an ordinary text; with 160 recall is .002 higher, for 32 bytes
PROOF_SAMPLE = 8  # one in so many of a long one's, so that a short text can be found in it
MOST_PROOF = 1024
FEWEST_PROOF = 8  # that both texts must have in the part that can be compared, else nothing is proved
MOST_NUMBERS = 64

SAME_TEXT = 0.46  # containment, to which comes the error of the sample: one standard deviation is .5 / sqrt(size)
DEVIATIONS = 2.0
SHORT_WORDS = 120  # below, a template is most of the text, so more must agree
SHORT_SAME_TEXT = 0.8  # at .75 two more look-alikes pass, for .0005 of recall
NUMBERS_AS_TEXT = 0.9  # of the containment, that of the shingles with a number must be
NUMBERS_FORGIVEN = 1.5  # shingles: a single number says little; at 1 recall is .007 lower
EXACT_BELOW_WORDS = 40  # below, only equal words make a copy

WHOLLY_CONTAINED = 0.75  # of the shorter text, one word in eight of it changed: nothing of weight is its own
SAME_WHOLE = 0.8  # Jaccard: the one is the other
SAME_LENGTH = 0.9  # shorter / longer: nothing was cut, so paragraphs in another order make no abridgement

_SCHEMA = 2
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_STIR = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_STIR_SHIFT = np.uint64(33)
_LOWER = np.uint64(0xFFFFFFFF)
_PROOF_BITS = 14  # an unrelated shingle is equal to one of 128 once in a hundred times
_NUMBER_BITS = 12
_MOST_BITS = 16
_MANY = 256  # values, for which the bits above are too few
_ESCAPE = 255
_WHOLE = 0x80
_HEADER = struct.Struct("<BBIQ")  # schema, shared keys needed, words, exact
_NEEDED_AT = np.uint64(1)
_SAMPLE_HEADER = struct.Struct("<BH")  # bits, + 128 if whole; bytes that follow

Hashes = NDArray[np.uint64]
Short = NDArray[np.uint16]
Unsigned = TypeVar("Unsigned", np.uint64, np.uint16)
NO_KEYS: Hashes = np.empty(0, np.uint64)


class Kind(StrEnum):
    """What the first of two alike texts is to the second."""

    COPY = "copy"
    ABRIDGED = "abridged"  # the first is a shortened second
    EXTENDED = "extended"  # the first has the second in it
    PARTIAL = "partial"  # a good part of the one is in the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How alike two texts are."""

    similarity: float  # Jaccard of 2-word shingles, 0 to 1; the same in both directions
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """The smallest of a text's shingles of one kind."""

    values: Short  # sorted: the upper `bits` bits of the hashes
    bits: int
    whole: bool  # all there are? Else only those below the last are known

    @classmethod
    def of(cls, shingles: Hashes, most: int, bits: int) -> Self:
        """Of sorted hashes. Of a longer text's smaller values more bits are kept, as many as let the last one fit."""
        kept = shingles[:most]
        whole = len(kept) == len(shingles)
        width = bits if most <= _MANY else _MOST_BITS
        bits = width if whole else width + 64 - int(kept[-1]).bit_length()
        return cls(values=_distinct((kept >> np.uint64(64 - bits)).astype(np.uint16)), bits=bits, whole=whole)

    def to_bytes(self) -> bytes:
        """A header, then the gaps between the values, a byte each; 255 stands for 255 and that the gap goes on."""
        gaps = np.diff(self.values.astype(np.int64), prepend=0)
        escapes, rest = np.divmod(gaps, _ESCAPE)
        ends = np.cumsum(escapes + 1)
        coded = np.full(ends[-1] if len(ends) else 0, _ESCAPE, np.uint8)
        coded[ends - 1] = rest
        return _SAMPLE_HEADER.pack(self.bits | (_WHOLE if self.whole else 0), len(coded)) + coded.tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes | memoryview, at: int) -> tuple[Self, int]:
        """The sample that begins there, and where it ends. Raises ValueError or struct.error if it is none."""
        bits, length = _SAMPLE_HEADER.unpack_from(stored, at)
        start = at + _SAMPLE_HEADER.size
        coded = np.frombuffer(stored, np.uint8, length, start) if length else np.empty(0, np.uint8)
        ends = np.cumsum(coded, dtype=np.uint32)
        if length and (coded[-1] == _ESCAPE or ends[-1] >> _MOST_BITS):
            raise ValueError("gaps that end nowhere")
        values = ends[coded != _ESCAPE].astype(np.uint16)
        return cls(values=values, bits=bits & ~_WHOLE, whole=bool(bits & _WHOLE)), start + length

    def coarser(self, bits: int) -> Short:
        """The values in fewer bits."""
        return _distinct(self.values >> np.uint16(self.bits - bits)) if bits < self.bits else self.values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sketch:
    """What is kept of a text for finding and proving its near copies."""

    keys: Hashes  # sorted, to look candidates up by; empty if they were not given back to `from_bytes`
    proof: Sample
    numbers: Sample
    words: int  # of the body; a character of a script without spaces is half a word
    exact: int  # u64, of title and body
    shared_keys_needed: int
    """How many keys another text must share to be worth comparing; of two texts the smaller number counts.

    One for texts of which the sample gives too few: no more of them is to be found in a longer text.
    """

    def to_bytes(self) -> bytes:
        """All but the keys: a little-endian header proof, numbers."""
        header = _HEADER.pack(_SCHEMA, self.shared_keys_needed, self.words, self.exact)
        return header + self.proof.to_bytes() + self.numbers.to_bytes()

    @classmethod
    def from_bytes(cls, stored: bytes | memoryview, keys: Hashes = NO_KEYS) -> Self:
        """The inverse of `to_bytes`. Raises ValueError for anything else."""
        try:
            schema, needed, words, exact = _HEADER.unpack_from(stored)
            proof, at = Sample.from_bytes(stored, _HEADER.size)
            numbers, at = Sample.from_bytes(stored, at)
        except (struct.error, ValueError) as error:
            raise ValueError(f"not a sketch: {error}") from error
        if schema != _SCHEMA or at != len(stored):
            raise ValueError(f"not a sketch of schema {_SCHEMA}")
        return cls(keys=keys, proof=proof, numbers=numbers, words=words, exact=exact, shared_keys_needed=needed)


def keys_needed(sketches: NDArray[np.uint8], ends: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """`shared_keys_needed` of many stored sketches, one after the other; `ends` is where each ends."""
    starts = np.zeros_like(ends)
    starts[1:] = ends[:-1]
    needed: NDArray[np.uint8] = sketches[starts + _NEEDED_AT]
    return needed


def sketch(title: str, text: str) -> Sketch:
    """Of a cleaned article. The title counts only for texts so short that they must be equal."""
    return sketch_of(normalised_words(title), normalised_words(text))


def sketch_of(title_words: Sequence[str], text_words: Sequence[str]) -> Sketch:
    """The same, of `normalised_words`."""
    title, body = shingle_words(title_words), shingle_words(text_words)
    hash_of = _hashes(set(body))
    hashes = np.fromiter(map(hash_of.__getitem__, body), np.uint64, len(body))
    keys, sampled = _keys(_distinct(_shingles(hashes, KEY_WORDS)))
    pairs = _shingles(hashes, PROOF_WORDS)
    distinct = _distinct(pairs)
    numeric = _distinct(pairs[_numeric(body, numbers_in(hash_of))])
    proof_size = min(max(PROOF_SIZE, len(distinct) // PROOF_SAMPLE), MOST_PROOF)
    return Sketch(
        keys=keys,
        proof=Sample.of(distinct, proof_size, _PROOF_BITS),
        numbers=Sample.of(numeric, MOST_NUMBERS, _NUMBER_BITS),
        words=len(body) - spaceless(body) // 2,
        exact=_hash(f"{' '.join(title)}\n{' '.join(body)}"),
        shared_keys_needed=SHARED_KEYS if sampled >= FEWEST_KEYS else 1,
    )


def _hashes(words: set[str]) -> dict[str, int]:
    """`_hash` of each, in a third of the time; no word has a space."""
    listed = list(words)
    encoded = " ".join(listed).encode("utf-8", "surrogatepass").split(b" ")
    return dict(zip(listed, map(xxh3_64_intdigest, encoded), strict=False))


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def _shingles(hashes: Hashes, length: int) -> Hashes:
    """Of all runs of so many words, in order; of a shorter text one, of all."""
    length = min(length, len(hashes))
    if not length:
        return hashes
    count = len(hashes) - length + 1
    made = hashes[:count]
    for start in range(1, length):
        made = made * _MULTIPLIER + hashes[start : start + count]
    for factor in _STIR:
        made = (made ^ (made >> _STIR_SHIFT)) * factor
    return made ^ (made >> _STIR_SHIFT)


def _numeric(words: Sequence[str], numbers: Sequence[str]) -> NDArray[np.bool_]:
    """Of each 2-word shingle: has one of its words a digit?"""
    has_digit = np.fromiter(map(frozenset(numbers).__contains__, words), np.bool_, len(words))
    return has_digit[:-1] | has_digit[1:] if len(words) >= PROOF_WORDS else has_digit


def _distinct(values: NDArray[Unsigned]) -> NDArray[Unsigned]:
    """Sorted; np.unique takes four times as long."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return ordered[new]


def _keys(shingles: Hashes) -> tuple[Hashes, int]:
    """The keys, and how many shingles are in the sample.

    A short text's sample is in that of the long one that it is cut from; the rest gives two short texts something to
    share.
    """
    order = shingles & _LOWER
    sampled = int(np.count_nonzero(order < (1 << 32) // KEY_SAMPLE))
    count = min(max(sampled, FEWEST_KEYS), MOST_KEYS)
    if count >= len(shingles):
        return shingles, sampled
    return np.sort(shingles[np.argpartition(order, count)[:count]]), sampled


def compare(a: Sketch, b: Sketch) -> Likeness | None:
    """What `a` is to `b`; None if they are different texts."""
    shorter = min(a.words, b.words)
    if not shorter:
        return None
    if a.exact == b.exact:
        return Likeness(similarity=1.0, kind=Kind.COPY)
    first, second = _comparable(a.proof, b.proof)
    fewer = min(len(first), len(second))
    if shorter < EXACT_BELOW_WORDS or fewer < FEWEST_PROOF:
        return None
    shared = _shared(first, second)
    contained = shared / fewer
    if contained < _contained_needed(fewer, shorter) or not _numbers_agree(a.numbers, b.numbers, contained):
        return None
    similarity = shared / (len(first) + len(second) - shared)
    return Likeness(similarity=similarity, kind=_kind(similarity, contained, a.words, b.words))


def _contained_needed(compared: int, words: int) -> float:
    needed = SAME_TEXT + DEVIATIONS * 0.5 / sqrt(compared)
    return max(needed, SHORT_SAME_TEXT) if words < SHORT_WORDS else needed


def _numbers_agree(a: Sample, b: Sample, contained: float) -> bool:
    """Is no more lost where the numbers are than elsewhere?"""
    first, second = _comparable(a, b)
    needed = NUMBERS_AS_TEXT * contained * min(len(first), len(second)) - NUMBERS_FORGIVEN
    return needed <= 0 or _shared(first, second) >= needed


def _comparable(a: Sample, b: Sample) -> tuple[Short, Short]:
    """The values of both as far as both are known, in as many bits as both have."""
    bits = min(a.bits, b.bits)
    first, second = a.coarser(bits), b.coarser(bits)
    ends = [values[-1] for sample, values in ((a, first), (b, second)) if not sample.whole]
    if not ends:
        return first, second
    end = min(ends)
    return first[: first.searchsorted(end)], second[: second.searchsorted(end)]


def _shared(first: Short, second: Short) -> int:
    merged = np.concatenate((first, second))
    merged.sort()
    return int(np.count_nonzero(merged[1:] == merged[:-1]))


def _kind(similarity: float, contained: float, words: int, other_words: int) -> Kind:
    if similarity >= SAME_WHOLE:
        return Kind.COPY
    if contained < WHOLLY_CONTAINED:
        return Kind.PARTIAL
    if min(words, other_words) / max(words, other_words) >= SAME_LENGTH:
        return Kind.COPY
    return Kind.EXTENDED if words > other_words else Kind.ABRIDGED
