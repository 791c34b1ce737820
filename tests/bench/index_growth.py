"""A million articles streamed through the index, then a fresh index filled from the bucket's segments alone.

    python -m tests.bench.index_growth [--articles N] [--days D] [--json FILE]

The articles are made up: real sketches of texts as long as news articles are (log-normal, 530 words in the mean),
each with random keys of its own, one in ten a copy of one of the last days; 500 sources; addresses of 75 characters.
Sketches are made before the clock starts. Each article is looked up (its address, its content, its near copies) and
entered, with its page, in batches as a spider makes them. Printed: articles/s looked up and entered for each tenth,
bytes on disk, peak memory, and how long a fresh index takes from the segments, which lie in a folder store.
"""

import argparse
import hashlib
import json
import resource
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.segment import Segment, SegmentArticle
from harvester.dedup.near import Sketch, compare, sketch_of
from harvester.index import Index, KnownArticle, KnownPage
from harvester.outcomes import Outcome
from harvester.segments import segment_article
from harvester.sync import sync_window
from harvester.urls import article_id

BATCH = 100
SEGMENT = 2_000  # articles of one segment: a run of many sources
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


def enter(index: Index, some: list[Made]) -> tuple[list[KnownArticle], int]:
    """Look up and enter; the articles as the index knows them, and how many copies were found."""
    known, found = [], 0
    candidates = index.window.candidates([one.sketch for one in some])
    with index.batch():
        for one, like in zip(some, candidates, strict=True):
            identity = article_id(one.source, one.url)
            assert index.pages.get(identity) is None
            assert not index.articles.with_content(one.content)
            original = None
            for candidate in like:
                if candidate.shared >= 2 and compare(one.sketch, Sketch.from_bytes(candidate.sketch)):
                    original = index.articles.numbered(candidate.number)
                    break
            found += original is not None
            article = KnownArticle(
                id=identity,
                source=one.source,
                address=identity,
                day=datetime.fromtimestamp(one.at, UTC).date(),
                revision=1,
                derivation=1,
                content=one.content[:32],
                payload=hash(one.content),
                authors=hash(one.url) >> 1,
                published=20_000,
                copy_of=original.id if original else None,
                first_at=one.at,
                appeared_at=one.at,
                fetched_at=one.at,
            )
            index.enter(article, one.sketch, similarity=1.0 if original else 0.0)
            at = int(one.at)
            page = KnownPage(
                source=one.source,
                address=identity,
                url=one.url,
                outcome=Outcome.STORED,
                article_id=identity,
                first_at=at,
                checked_at=at,
                changed_at=at,
            )
            index.pages.put(page)
            known.append(article)
    return known, found


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="leave the store here, for the benchmark of `harvest link`")
    args = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(str(args.keep or folder / "archive"))
        index = Index.open(folder / "cache", "x")
        made = iter(Maker(args.articles, args.days))
        tenth, seconds, rates, copies, found = args.articles // 10, 0.0, [], 0, 0
        done, segment = 0, Pending(day=FIRST.date())
        for some in batches(made, BATCH):
            began = time.perf_counter()
            known, copied = enter(index, some)
            seconds += time.perf_counter() - began
            copies, found = copies + sum(one.copies for one in some), found + copied
            for article, one in zip(known, some, strict=True):
                if segment.day != article.day or len(segment.articles) >= SEGMENT:
                    segment.put(store)
                    segment = Pending(day=article.day)
                segment.articles.append(segment_article(article, one.sketch, 1.0 if article.copy_of else 0.0))
            done += len(some)
            if done % tenth < BATCH:
                rates.append(round(tenth / seconds))
                seconds = 0.0
                print(f"{done:9,} articles  {rates[-1]:6,}/s  peak {peak_mb():.0f} MB", flush=True)
        segment.put(store)
        index.window.settle()
        index.close()
        disk = size_of(folder / "cache")
        result = {
            "articles": args.articles,
            "per_s_by_tenth": rates,
            "last_to_first": round(rates[-1] / rates[0], 2),
            "bytes_an_article": round(disk / args.articles),
            "disk_mb": round(disk / 1e6),
            "peak_mb": round(peak_mb()),
            "copies_made": copies,
            "copies_found": found,
        }
        shutil.rmtree(folder / "cache")
        began = time.perf_counter()
        fresh = Index.open(folder / "fresh", "x")
        now = FIRST + timedelta(days=args.days)
        sync_window(fresh, store, now)
        result["fresh_from_segments_s"] = round(time.perf_counter() - began, 1)
        result["fresh_disk_mb"] = round(size_of(folder / "fresh") / 1e6)
        fresh.close()
        began = time.perf_counter()
        again = Index.open(folder / "fresh", "x")
        sync_window(again, store, now)
        result["warm_start_s"] = round(time.perf_counter() - began, 2)
        result["peak_mb_in_all"] = round(peak_mb())
        again.close()
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


@dataclass(slots=True, kw_only=True)
class Pending:
    """Articles of a segment to be."""

    day: date
    articles: list[SegmentArticle] = field(default_factory=list)

    def put(self, store: ObjectStore) -> None:
        """Write it, as a run does at its end."""
        if self.articles:
            key = keys.segment_key(self.day, f"20261101T000000Z-{self.articles[0].id[:8]}", "paper")
            store.put_new(key, Segment.of(self.day, self.articles).to_bytes(), content_type=CONTENT_TYPE)


if __name__ == "__main__":
    main()
