"""`harvest link` over a million made-up articles, of which only the segments are there; then one day more.

    python -m tests.bench.link_growth [--articles N] [--days D] [--json FILE]

The articles are those of `tests.bench.made`, one in ten a copy, in segments of 2 000 in a folder store. The
first pass merges each day's segments and compares each day with all before it; the second does so for one day more.
Printed: seconds, peak memory of the process that links, pairs compared, links found, bytes of segments and links.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from harvester.archive import keys, open_store
from harvester.index import KnownArticle
from harvester.segments import segment_article
from harvester.urls import article_id
from tests.bench.index_growth import SEGMENT, Pending, size_of
from tests.bench.made import FIRST, Maker


def fill(archive: Path, articles: int, days: int) -> int:
    """Write the segments of so many articles; how many of them are copies."""
    store = open_store(str(archive))
    pending, copies = Pending(day=FIRST.date()), 0
    for one in Maker(articles, days):
        day = datetime.fromtimestamp(one.at, UTC).date()
        if pending.day != day or len(pending.articles) >= SEGMENT:
            pending.put(store)
            pending = Pending(day=day)
        identity = article_id(one.source, one.url)
        known = KnownArticle(
            id=identity,
            source=one.source,
            address=identity,
            day=day,
            revision=1,
            derivation=1,
            first_at=one.at,
            appeared_at=one.at,
            fetched_at=one.at,
        )
        pending.articles.append(segment_article(known, one.sketch, 0.0))
        copies += one.copies
    pending.put(store)
    return copies


def link(archive: Path, cache: Path, until: datetime) -> dict[str, float]:
    """In a process of its own, as of a moment: what it reports, seconds and peak memory."""
    command = [sys.executable, "-m", "tests.bench.link_growth", "--link", str(archive), str(cache), until.isoformat()]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _link_here(archive: Path, cache: Path, until: datetime) -> None:
    from harvester.linking import Linking

    began = time.perf_counter()
    said = lambda line: print(line, file=sys.stderr)  # noqa: E731
    report = Linking(open_store(str(archive)), cache, lambda: until, said=said).run()
    result = {
        "days": report.days,
        "articles": report.articles,
        "seconds": round(time.perf_counter() - began, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "pairs_compared": report.candidates,
        "links": report.links,
    }
    print(json.dumps(result))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=14)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--link", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.link:
        archive, cache, until = args.link
        _link_here(Path(archive), Path(cache), datetime.fromisoformat(until))
        return
    with TemporaryDirectory() as name:
        archive, cache = Path(name, "archive"), Path(name, "segments")
        copies = fill(archive, args.articles, args.days)
        until = FIRST + timedelta(days=args.days + 1)
        last = keys.segments_prefix((FIRST + timedelta(days=args.days - 1)).date())
        (archive / last).rename(archive / "aside")
        before = link(archive, cache, until)
        (archive / "aside").rename(archive / last)
        result = {
            "articles": args.articles,
            "copies": copies,
            "segment_bytes_an_article": round(size_of(archive / "segments") / args.articles),
            "all_but_the_last_day": before,
            "the_last_day": link(archive, cache, until),
            "links_mb": round(size_of(archive / "links") / 1e6, 1),
        }
    print(json.dumps(result, indent=2))
    if args.json:
        args.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
