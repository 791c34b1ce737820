"""How well and how fast near copies are found, beside datasketch and rensa on the same pairs in the same run.

    python -m tests.bench.copies [DATA_DIR] [--half 0|1] [--seed N] [--no-peers] [--json FILE]

Without DATA_DIR the texts are those bundled with the project. All old texts of the pairs are indexed; then each new
text asks the index, as it would when it is harvested. Right are the pairs that `tests.bench.pairs` calls copies and the
index answers. Wrong is every other answer: texts of one template, follow-ups, and any two texts of different stories
that nobody thought of. Constants of `harvester.dedup.near` were chosen on half 0 with seed 1; the half reported by
default, 1, has other articles, other report templates and another seed. (A first version was looked at on the articles
of half 1, with other templates; after that it was told apart.)

The peers get the same normalised words, as sets of 5-word shingles (3-word ones where it says so), 128 permutations,
the thresholds of their documentation: all that the LSH answers ("LSH"), or what of it has an estimated Jaccard
similarity of at least the threshold ("checked"). Time is CPU time: of sketches or signatures, insertion and query.
"""

import argparse
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from harvester.dedup.near import COMMON_KEY_ARTICLES, Sketch, compare, sketch_of
from harvester.dedup.words import normalised_words
from tests.bench.pairs import Pair, make_pairs
from tests.bench.texts import Text, bundled, from_folder, originals, templates

TIMED = 2000
WORST_SHOWN = 15
PERMUTATIONS = 128


class Method(Protocol):
    """One way to find copies. Texts are numbered."""

    name: str

    def add(self, number: int, title: Sequence[str], words: Sequence[str]) -> None: ...

    def find(self, title: Sequence[str], words: Sequence[str]) -> set[int]: ...


@dataclass(slots=True)
class SharedKeys:
    """Ours: candidates by the upper halves of keys, as the local index keeps them, then the proof."""

    name: str = "this project"
    postings: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    sketches: list[Sketch] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    candidates: int = 0

    def add(self, number: int, title: Sequence[str], words: Sequence[str]) -> None:
        taken = sketch_of(title, words)
        for key in (taken.keys >> 32).tolist():
            self.postings[key].append(len(self.sketches))
        self.sketches.append(Sketch.from_bytes(taken.to_bytes()))
        self.numbers.append(number)

    def find(self, title: Sequence[str], words: Sequence[str]) -> set[int]:
        return self.look_up(sketch_of(title, words))

    def look_up(self, taken: Sketch) -> set[int]:
        shared: Counter[int] = Counter()
        for key in (taken.keys >> 32).tolist():
            listed = self.postings.get(key, ())
            if len(listed) <= COMMON_KEY_ARTICLES:
                shared.update(listed)
        found = set()
        for at, count in shared.items():
            other = self.sketches[at]
            if count >= min(taken.shared_keys_needed, other.shared_keys_needed):
                self.candidates += 1
                if compare(taken, other):
                    found.add(self.numbers[at])
        return found


def shingles(words: Sequence[str], length: int) -> list[str]:
    return [" ".join(words[at : at + length]) for at in range(max(len(words) - length + 1, 1))]


class Peer:
    """A MinHash LSH: signatures by number; what it answers is checked by estimated Jaccard similarity where asked."""

    checked: bool
    threshold: float
    lsh: Any
    signatures: dict[int, Any]

    def signature(self, words: Sequence[str]) -> Any:
        raise AssertionError("each peer makes its own")

    def add(self, number: int, title: Sequence[str], words: Sequence[str]) -> None:
        self.signatures[number] = self.signature(words)
        self.lsh.insert(number, self.signatures[number])

    def find(self, title: Sequence[str], words: Sequence[str]) -> set[int]:
        made = self.signature(words)
        found = self.lsh.query(made)
        return {one for one in found if not self.checked or made.jaccard(self.signatures[one]) >= self.threshold}


class Datasketch(Peer):
    def __init__(self, threshold: float, *, length: int = 5, checked: bool) -> None:
        import datasketch

        self.name = f"datasketch {threshold}, {length} words, {'checked' if checked else 'LSH'}"
        self.checked, self.threshold, self.length = checked, threshold, length
        self.minhash = datasketch.MinHash
        self.lsh = datasketch.MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self.signatures: dict[int, Any] = {}

    def signature(self, words: Sequence[str]) -> Any:
        made = self.minhash(num_perm=PERMUTATIONS)
        made.update_batch([shingle.encode() for shingle in shingles(words, self.length)])
        return made


RENSA_BANDS = {0.8: 8, 0.5: 32}
"""By threshold: 8 as in its own benchmark; 32 of 4 rows, whose S-curve is steepest near .42."""


class Rensa(Peer):
    def __init__(self, threshold: float, *, length: int = 5, checked: bool) -> None:
        import rensa

        self.name = f"rensa {threshold}, {length} words, {'checked' if checked else 'LSH'}"
        self.checked, self.threshold, self.length = checked, threshold, length
        self.minhash = rensa.RMinHash
        self.lsh = rensa.RMinHashLSH(threshold, PERMUTATIONS, RENSA_BANDS[threshold])
        self.signatures: dict[int, Any] = {}

    def signature(self, words: Sequence[str]) -> Any:
        made = self.minhash(num_perm=PERMUTATIONS, seed=42)
        made.update(shingles(words, self.length))
        return made


def peers() -> list[Method]:
    """Empty if they are not installed."""
    try:
        return [
            kind(threshold, length=length, checked=checked)
            for kind in (Datasketch, Rensa)
            for threshold, length, checked in [(0.5, 5, False), (0.5, 5, True), (0.8, 5, False), (0.5, 3, True)]
        ]
    except ImportError as error:
        print(f"{error.name} is not installed: pip install datasketch rensa")
        return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a method made of the pairs."""

    name: str
    missed: Sequence[Pair]
    wrong: Sequence[tuple[Pair, Text]]  # the pair of the text that asked, and the text that is no copy of it
    copies: int
    ms_an_article: float

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / self.copies

    @property
    def precision(self) -> float:
        found = self.copies - len(self.missed)
        return found / max(found + len(self.wrong), 1)


def measured(method: Method, pairs: Sequence[Pair]) -> Result:
    """Index all old texts, then ask for all new ones."""
    read = {text: (normalised_words(text.title), normalised_words(text.body)) for text in _texts(pairs)}
    indexed = list(dict.fromkeys(pair.old for pair in pairs))
    number_of = {text: number for number, text in enumerate(indexed)}
    started = time.process_time()
    for number, text in enumerate(indexed):
        method.add(number, *read[text])
    asked = list(dict.fromkeys(pair.new for pair in pairs))
    answers = {text: method.find(*read[text]) for text in asked}
    spent = time.process_time() - started
    return Result(
        name=method.name,
        missed=[pair for pair in pairs if pair.alike and number_of[pair.old] not in answers[pair.new]],
        wrong=list(_wrong(pairs, answers, indexed)),
        copies=sum(pair.alike for pair in pairs),
        ms_an_article=1000 * spent / (len(indexed) + len(asked)),
    )


def _texts(pairs: Iterable[Pair]) -> Iterable[Text]:
    return dict.fromkeys(text for pair in pairs for text in (pair.old, pair.new))


def _wrong(
    pairs: Iterable[Pair], answers: dict[Text, set[int]], indexed: Sequence[Text]
) -> Iterable[tuple[Pair, Text]]:
    """Each wrong answer once."""
    for pair in {pair.new: pair for pair in pairs}.values():
        for number in sorted(answers[pair.new]):
            if indexed[number].story != pair.new.story:
                yield pair, indexed[number]


def accepted_when_compared(pairs: Iterable[Pair]) -> Counter[str]:
    """Look-alikes that the proof alone takes for copies, without the index before it."""
    taken: dict[Text, Sketch] = {}

    def of(text: Text) -> Sketch:
        if text not in taken:
            taken[text] = sketch_of(normalised_words(text.title), normalised_words(text.body))
        return taken[text]

    return Counter(pair.edit for pair in pairs if not pair.alike and compare(of(pair.old), of(pair.new)))


def step_times(pairs: Sequence[Pair]) -> dict[str, float]:
    """CPU milliseconds an article of each step, over texts of 400 words or more; words and bytes of these."""
    index = SharedKeys()
    texts = list(_texts(pairs))
    random.Random(0).shuffle(texts)
    read = [(normalised_words(text.title), normalised_words(text.body)) for text in texts]
    for number, parts in enumerate(read):
        index.add(number, *parts)
    chosen = [at for at, (_, words) in enumerate(read) if 400 <= len(words) <= 900][:TIMED]
    steps: dict[str, Callable[[int], Any]] = {
        "words": lambda at: (normalised_words(texts[at].title), normalised_words(texts[at].body)),
        "sketch": lambda at: sketch_of(*read[at]),
        "look-up and comparison": lambda at: index.look_up(sketches[at]),
        "to bytes": lambda at: sketches[at].to_bytes(),
    }
    sketches = {at: sketch_of(*read[at]) for at in chosen}
    index.candidates = 0
    spent = {name: _ms(step, chosen) for name, step in steps.items()}
    return {
        **spent,
        "articles in the index": len(texts),
        "candidates": index.candidates / len(chosen),
        "words a text": statistics.mean(len(read[at][1]) for at in chosen),
        "bytes": statistics.mean(len(one.to_bytes()) for one in sketches.values()),
        "keys": statistics.mean(len(one.keys) for one in sketches.values()),
        "bytes of all texts": statistics.mean(len(one.to_bytes()) for one in index.sketches),
        "most bytes": max(len(one.to_bytes()) for one in index.sketches),
    }


def _ms(step: Callable[[int], Any], chosen: Sequence[int]) -> float:
    started = time.process_time()
    for at in chosen:
        step(at)
    return 1000 * (time.process_time() - started) / len(chosen)


def report(pairs: Sequence[Pair], results: Sequence[Result]) -> dict[str, Any]:
    """All that is printed, as JSON."""
    ours = results[0]
    return {
        "pairs": len(pairs),
        "copies": ours.copies,
        "look-alikes": dict(Counter(pair.edit for pair in pairs if not pair.alike)),
        "languages": dict(Counter(pair.old.language for pair in pairs).most_common()),
        "methods": {
            one.name: {
                "precision": one.precision,
                "recall": one.recall,
                "wrong": len(one.wrong),
                "ms an article": one.ms_an_article,
            }
            for one in results
        },
        "recall by edit": {name: _recalls(pairs, results, lambda pair: pair.edit, name) for name in _edits(pairs)},
        "recall by language": {
            name: _recalls(pairs, results, lambda pair: pair.old.language, name) for name in _languages(pairs)
        },
        "wrong by kind": {one.name: dict(_wrong_kinds(one).most_common(12)) for one in results},
        "accepted when compared": dict(accepted_when_compared(pairs)),
        "steps": step_times(pairs),
    }


def _edits(pairs: Iterable[Pair]) -> list[str]:
    return list(dict.fromkeys(pair.edit for pair in pairs if pair.alike))


def _languages(pairs: Iterable[Pair]) -> list[str]:
    return [name for name, _ in Counter(pair.old.language for pair in pairs if pair.alike).most_common()]


def _recalls(
    pairs: Iterable[Pair], results: Iterable[Result], of: Callable[[Pair], str], name: str
) -> dict[str, float]:
    total = sum(pair.alike and of(pair) == name for pair in pairs)
    missed = {one.name: sum(of(pair) == name for pair in one.missed) for one in results}
    return {"pairs": total, **{method: 1 - count / total for method, count in missed.items()}}


def _wrong_kinds(result: Result) -> Counter[str]:
    """By what the two texts are: reports of a template, or how the asking text was made."""
    return Counter(
        f"reports: {other.template}" if other.template == pair.new.template != "" else pair.edit
        for pair, other in result.wrong
    )


def show(told: dict[str, Any]) -> None:
    print(f"{told['pairs']} pairs, {told['copies']} of them copies; {told['languages']}")
    print(f"look-alikes: {told['look-alikes']}\n")
    for name, one in told["methods"].items():
        print(
            f"{name:42} P {one['precision']:.4f}  R {one['recall']:.4f}  wrong {one['wrong']:6}  "
            f"{one['ms an article']:.3f} ms an article"
        )
    for table in ("recall by edit", "recall by language"):
        print(f"\n{table} (in the order above)")
        for name, row in told[table].items():
            print(f"{name:34}" + "".join(f"{v:7.3f}" if k != "pairs" else f"{v:6}" for k, v in row.items()))
    print("\nwrong by kind")
    for name, kinds in told["wrong by kind"].items():
        print(f"{name:42} {kinds}")
    print(f"\nlook-alikes accepted when compared without the index: {told['accepted when compared']}")
    print("\n" + "\n".join(f"{name:24} {value:.3f}" for name, value in told["steps"].items()))


def show_wrong(result: Result) -> None:
    """Examples of what is wrong, to judge them by eye."""
    for pair, other in random.Random(0).sample(result.wrong, min(len(result.wrong), WORST_SHOWN)):
        print(f"\nWRONG [{pair.edit}] {pair.new.story} is no copy of {other.story}")
        print(f"   {pair.new.body[:160]!r}\n   {other.body[:160]!r}")
    print("\nMISSED", Counter((pair.edit, pair.old.language) for pair in result.missed).most_common(WORST_SHOWN))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--half", type=int, choices=[0, 1], default=1)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    texts = originals([*bundled(), *(from_folder(args.folder) if args.folder else [])])
    pairs = make_pairs(texts, templates(), seed=args.seed, wanted_half=args.half)
    results = [measured(method, pairs) for method in [SharedKeys(), *([] if args.no_peers else peers())]]
    told = report(pairs, results)
    show(told)
    show_wrong(results[0])
    if args.json:
        args.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
