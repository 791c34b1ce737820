"""Read and clean mutated real pages until time is up; report what should not happen.

    python -m tests.bench.fuzz_reading DATA --minutes N [--seed S] [--case K]

DATA holds folders with gzipped pages under html/ (or is one such folder). Each case is a page that was cut, spliced
with another, had parts doubled, bytes swapped, end tags dropped, entities put in, parts nested, or its charset changed.
Reported are errors other than NotArticle, pages that take longer than 2 s, and pages of which two readings differ; each
with the seed and case that give it again. Exit code 1 where anything was found, 2 where there is no data.
"""

import argparse
import gzip
import random
import re
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from harvester.article import Article
from harvester.clean import clean_article
from harvester.errors import NotArticle
from harvester.extract import read_article
from harvester.page import Page

SECONDS = 2.0
HANGING = 30
"""Seconds after which a reading is given up."""

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CHARSETS = ("utf-8", "cp1256", "cp1252", "utf-16", "utf-16-be", "utf-32", "koi8-r", "shift_jis", "gb18030", "cp037")
ENTITIES = (
    "&#0;", "&#xD800;", "&#x110000;", "&lt;", "&nbsp;", "&shy;", "&#8203;", "&zwnj;", "&notit;", "&#x202e;", "&", "<",
    "<!--", "-->", "<![CDATA[", "<plaintext>", "<template shadowrootmode=open>", "<svg>", "<math><mi>", "</p>", "\x00",
    "<table>", "<select>", "<noscript>", "<textarea>", "<frameset>", "<script>", "<title>", "<h1>", "</body>", "<time>",
    '<script type="application/ld+json">', "\ufeff", "\u0301" * 50, "<b id=1>", "<base href='http://['>", "</html>",
)  # fmt: skip
TAGS = ("div", "b", "table", "a", "li", "p", "span", "td", "font", "h1", "article", "x-y", "ruby", "blockquote", "form")

Mutation = Callable[[bytes, bytes, random.Random], bytes]


def _span(page: bytes, rng: random.Random, most: int = 20_000) -> tuple[int, int]:
    start = rng.randrange(len(page) + 1)
    return start, min(len(page), start + rng.randrange(most))


def cut(page: bytes, _: bytes, rng: random.Random) -> bytes:
    return page[: rng.randrange(len(page) + 1)]


def leave_out(page: bytes, _: bytes, rng: random.Random) -> bytes:
    start, end = _span(page, rng)
    return page[:start] + page[end:]


def splice(page: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _span(other, rng)
    at = rng.randrange(len(page) + 1)
    return page[:at] + other[start:end] + page[at:]


def double(page: bytes, _: bytes, rng: random.Random) -> bytes:
    start, end = _span(page, rng, 3000)
    return page[:end] + page[start:end] * rng.choice((1, 3, 30)) + page[end:]


def swap_bytes(page: bytes, _: bytes, rng: random.Random) -> bytes:
    changed = bytearray(page)
    for _times in range(rng.choice((3, 30, 1000)) if page else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def drop_end_tags(page: bytes, _: bytes, rng: random.Random) -> bytes:
    share = rng.random()
    tag = rng.choice((r"\w+", *TAGS)).encode()
    return re.sub(rb"</" + tag + rb"\s*>", lambda found: b"" if rng.random() < share else found[0], page)


def put_entities(page: bytes, _: bytes, rng: random.Random) -> bytes:
    for _times in range(rng.choice((1, 10, 100))):
        at = rng.randrange(len(page) + 1)
        page = page[:at] + rng.choice(ENTITIES).encode("utf-8", "replace") + page[at:]
    return page


def nest(page: bytes, _: bytes, rng: random.Random) -> bytes:
    tags = "".join(f"<{rng.choice(TAGS)} class=c{number}>" for number in range(rng.randrange(1, 6)))
    at = rng.randrange(len(page) + 1)
    return page[:at] + tags.encode() * rng.choice((1, 20, 300)) + page[at:]


def recode(page: bytes, _: bytes, rng: random.Random) -> bytes:
    return page.decode("utf-8", "replace").encode(rng.choice(CHARSETS), "replace")


MUTATIONS: tuple[Mutation, ...] = (
    cut, leave_out, splice, double, swap_bytes, drop_end_tags, put_entities, nest, recode,
)  # fmt: skip


def mutated(pages: list[Path], rng: random.Random) -> tuple[bytes, str]:
    """A page and how it came about."""
    path, other = rng.choice(pages), rng.choice(pages)
    page, donor = _content(path), _content(other)
    steps = [rng.choice(MUTATIONS) for _ in range(rng.randrange(1, 4))]
    for step in steps:
        page = step(page, donor, rng)
    return page, f"{path.parent.parent.name}/{path.name}: {', '.join(step.__name__ for step in steps)}"


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


def read(content: bytes) -> Article | str:
    page = Page.saved(content, url="https://e.com/news/a-story-of-today", content_type="text/html", fetched_at=NOW)
    try:
        article = clean_article(read_article(page, home="https://e.com/"))
    except NotArticle as refusal:
        return str(refusal)
    repr(article).encode("ascii", "backslashreplace")
    "\n".join((article.title, article.text, *article.authors, *article.tags, article.canonical_url)).encode()
    return article


def fault_of(content: bytes) -> tuple[str, str | None]:
    """What came of it, and what was wrong with that."""
    began = time.process_time()
    try:
        signal.alarm(HANGING)
        first = read(content)
        seconds = time.process_time() - began
        second = read(content)
    except Exception as error:  # noqa: BLE001 (any is a finding)
        where = traceback.extract_tb(error.__traceback__)[-1]
        return "fault", f"{error!r} at {where.filename}:{where.lineno}"
    finally:
        signal.alarm(0)
    outcome = first.split(":")[0] if isinstance(first, str) else "article"
    if first != second:
        return outcome, "two readings differ"
    return outcome, f"{seconds:.1f} s for {len(content)} bytes" if seconds > SECONDS else None


def _hangs(*_: object) -> None:
    raise TimeoutError(f"no answer in {HANGING} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--case", type=int, help="this case alone; writes its page to fuzz-SEED-CASE.html")
    args = parser.parse_args()
    pages = sorted({*args.data.glob("html/*.gz"), *args.data.glob("*/html/*.gz")})
    if not pages:
        print(f"no pages in {args.data}: nothing to fuzz (skipped)")
        return 2
    signal.signal(signal.SIGALRM, _hangs)
    if args.case is not None:
        content, how = mutated(pages, random.Random(f"{args.seed} {args.case}"))
        Path(f"fuzz-{args.seed}-{args.case}.html").write_bytes(content)
        print(how, *fault_of(content), sep="\n")
        return 0
    outcomes: Counter[str] = Counter()
    faults, case, slowest = 0, 0, 0.0
    end = time.monotonic() + 60 * args.minutes
    while time.monotonic() < end:
        content, how = mutated(pages, random.Random(f"{args.seed} {case}"))
        began = time.process_time()
        outcome, fault = fault_of(content)
        slowest = max(slowest, (time.process_time() - began) / 2)
        outcomes[outcome] += 1
        if fault:
            faults += 1
            print(f"--seed {args.seed} --case {case}: {fault}\n    {how}", flush=True)
        case += 1
    print(f"seed {args.seed}: {case} pages, {faults} faults, slowest {slowest:.2f} s, {dict(outcomes.most_common())}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
