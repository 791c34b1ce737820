"""Made-up articles for benchmarks of the index: real sketches, random keys, one in ten a copy.

As long as news articles are: log-normal, 530 words in the mean. 500 sources, addresses of 75 characters.
"""

import hashlib
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from harvester.dedup.near import Sketch, sketch_of

BATCH = 500
TEMPLATES = 2_000
LETTERS = str.maketrans("0123456789", "abcdefghij")
FIRST = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A made-up article."""

    source: str
    url: str
    content: str
    sketch: Sketch
    at: float
    copies: bool

    def __reduce__(self) -> tuple[Any, ...]:
        """Frozen dataclasses with slots are slow to pickle otherwise."""
        return _made, tuple(getattr(self, name) for name in self.__slots__)


def _made(source: str, url: str, content: str, sketch: Sketch, at: float, copies: bool) -> Made:
    return Made(source=source, url=url, content=content, sketch=sketch, at=at, copies=copies)


class Maker:
    """Articles by number, in the order of their days."""

    def __init__(self, count: int, days: int, seed: int = 1) -> None:
        self.count, self.days = count, days
        self._random = np.random.default_rng(seed)
        self._recent: list[Sketch] = []
        self._like = [self._template() for _ in range(TEMPLATES)]

    def _template(self) -> Sketch:
        words = int(self._random.lognormal(6.05, 0.57)) + 30
        vocabulary = self._random.integers(0, 40_000, words).tolist()
        return sketch_of([], [f"{one}" if one % 50 == 0 else f"w{one}x".translate(LETTERS) for one in vocabulary])

    def __iter__(self) -> Iterator[Made]:
        for number in range(self.count):
            copies = bool(self._recent) and self._random.random() < 0.1
            if copies:
                sketch = replace(self._recent[self._random.integers(len(self._recent))], exact=number)
            else:
                sketch = self._sketch(number)
                self._keep(sketch)
            name = hashlib.sha256(str(number).encode()).hexdigest()
            source = f"paper-{number % 500}.example"
            day = timedelta(days=number * self.days // self.count)
            yield Made(
                source=source,
                url=f"https://www.{source}/2026/11/the-council-has-decided-{name[:24]}",
                content=name,
                sketch=sketch,
                at=(FIRST + day).timestamp() + number % 80_000,
                copies=copies,
            )

    def _keep(self, sketch: Sketch) -> None:
        if len(self._recent) < 20_000:
            self._recent.append(sketch)
        else:
            self._recent[self._random.integers(20_000)] = sketch

    def _sketch(self, number: int) -> Sketch:
        """As long as one of the templates, with keys of its own."""
        like = self._like[self._random.integers(TEMPLATES)]
        keys = self._random.integers(0, 1 << 63, len(like.keys), dtype=np.uint64) << np.uint64(1)
        return replace(like, keys=np.sort(keys), exact=number)


def batches(made: Iterator[Made], size: int) -> Iterator[list[Made]]:
    while some := [one for _, one in zip(range(size), made, strict=False)]:
        yield some


def made_elsewhere(count: int, days: int) -> Iterator[list[Made]]:
    """The same batches out of another process, whose time and memory do not count."""
    command = [sys.executable, "-m", "tests.bench.made", str(count), str(days)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as maker:
        assert maker.stdout is not None
        for _ in range(-(-count // BATCH)):
            yield pickle.load(maker.stdout)


def write_batches(count: int, days: int) -> None:
    """Write pickled batches to standard output."""
    for some in batches(iter(Maker(count, days)), BATCH):
        pickle.dump(some, sys.stdout.buffer)


if __name__ == "__main__":
    from tests.bench import made  # so that pickled classes have this module's name, not __main__

    made.write_batches(int(sys.argv[1]), int(sys.argv[2]))
