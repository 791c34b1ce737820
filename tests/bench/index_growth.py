"""A million articles streamed through the index, then a fresh index filled from the bucket's segments alone.

    python -m tests.bench.index_growth [--articles N] [--days D] [--json FILE]

The articles are those of `tests.bench.made`, made by another process. Each article is looked up (its address, its
content, its near copies) and entered, with its page, in batches of 100. Printed: articles/s looked up and entered for
each tenth, bytes on disk, peak memory, and how long a fresh index takes from the segments, which lie in a folder store.
"""

import argparse
import json
import resource
import shutil
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.segment import Segment, SegmentArticle
from harvester.dedup.near import Sketch, compare
from harvester.index import Index, KnownArticle, KnownPage
from harvester.outcomes import Outcome
from harvester.segments import segment_article
from harvester.sync import sync_window
from harvester.urls import article_id
from tests.bench.made import BATCH, FIRST, Made, made_elsewhere

SEGMENT = 2_000  # articles of one segment: a run of many sources


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
    args = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(str(folder / "archive"))
        index = Index.open(folder / "cache", "x")
        tenth, seconds, rates, copies, found = args.articles // 10, 0.0, [], 0, 0
        done, segment = 0, Pending(day=FIRST.date())
        for some in made_elsewhere(args.articles, args.days):
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
