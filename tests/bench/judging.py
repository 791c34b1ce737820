"""What it costs to tell a harvested article: identity, words, sketch, near copies, in an index of many.

    python -m tests.bench.judging [DATA_DIR] [--known N]

The index holds N made-up articles over 14 days (`tests.bench.made`). Then the articles of DATA_DIR/index.jsonl (or the
texts bundled with the project) are judged one by one, as a run judges what it reads, and entered. Printed: milliseconds
an article, in the mean and at the 95th percentile, and words an article.
"""

import argparse
import json
import statistics
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from harvester.article import Article, Block
from harvester.index import Index
from harvester.verdict import Claims, judge
from tests.bench.index_growth import enter
from tests.bench.made import FIRST, made_elsewhere
from tests.bench.texts import bundled, from_folder

DAYS = 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--known", type=int, default=200_000)
    args = parser.parse_args()
    texts = list(from_folder(args.data) if args.data else bundled())
    with TemporaryDirectory() as folder:
        index = Index.open(Path(folder), "x")
        for some in made_elsewhere(args.known, DAYS):
            enter(index, some)
        claims, now = Claims(), (FIRST + timedelta(days=DAYS)).timestamp()
        taken = []
        for number, text in enumerate(texts):
            url = f"https://news.example/2026/11/{number}"
            blocks = tuple(Block(text=line) for line in text.body.split("\n") if line.strip())
            article = Article(url=url, canonical_url=url, title=text.title, blocks=blocks)
            began = time.perf_counter()
            verdict = judge(article, "news.example", index, claims, now)
            taken.append((time.perf_counter() - began) * 1000)
            claims.release(verdict.id)
        index.close()
    taken.sort()
    result = {
        "known": args.known,
        "articles": len(texts),
        "words": round(statistics.mean(len(text.body.split()) for text in texts)),
        "ms": round(statistics.mean(taken), 2),
        "ms_p95": round(taken[int(len(taken) * 0.95)], 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
