"""An archive of made-up articles for benchmarks: real vocabularies of many languages in a new order, log-normal length
(400 words in the mean), 500 sources, 10 000 articles a day, true hashes, manifests and commits, no captures.

    python -m tests.bench.made_archive FOLDER 1000000

One in fifty is a second revision of an article of the same source, one in ten says that it copies another.
"""

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from random import Random

from harvester.archive import ObjectStore, keys, open_store
from harvester.archive.commits import CommitLog
from harvester.archive.folder import FolderStore
from harvester.archive.lines import article_line
from harvester.archive.manifest import Manifest, ManifestArticle
from harvester.archive.partitions import in_order
from harvester.archive.record import ArticleRecord, Derivation, instant, record_of
from harvester.article import Article, Block
from harvester.committing import commit_manifest
from harvester.dedup.words import content_sha256
from harvester.urls import article_id
from tests.bench.texts import bundled, words

SOURCES = 500
A_DAY = 10_000
FIRST = date(2026, 1, 1)
RTL = {"ar", "fa", "he", "ur"}
DERIVATION = Derivation(extraction="reader-1", cleaning="furniture-1", furniture=None)


class Maker:
    """Articles by number; the same number gives the same article."""

    def __init__(self) -> None:
        self._vocabularies: dict[str, list[str]] = {}
        for text in bundled():
            self._vocabularies.setdefault(text.language, []).extend(words(text.body))
        self._languages = sorted(self._vocabularies)

    def record(self, number: int) -> ArticleRecord:
        """Of a day's first articles, a fiftieth are second revisions of those of the day before."""
        random = Random(number)
        corrected = number >= A_DAY and number % A_DAY < A_DAY // 50
        source = f"paper-{number % SOURCES}"
        url = f"https://www.{source}.example/2026/the-council-has-decided-{number - A_DAY * corrected:09d}"
        language = self._languages[number % SOURCES % len(self._languages)]
        vocabulary = self._vocabularies[language]
        body = tuple(self._paragraphs(random, vocabulary))
        title = " ".join(random.choices(vocabulary, k=9))
        at = datetime.combine(day_of(number), datetime.min.time(), UTC) + timedelta(seconds=number % A_DAY * 8)
        copied = random.random() < 0.1 and number > SOURCES
        original = f"https://www.paper-{(number - 1) % SOURCES}.example/2026/the-council-has-decided-{number - 1:09d}"
        article = Article(
            url=url,
            canonical_url=url,
            title=title,
            blocks=tuple(Block(text=text) for text in body),
            authors=(" ".join(random.choices(vocabulary, k=2)),),
            published_at=instant(at - timedelta(hours=2)),
            language=language if len(language) == 2 else None,
            direction="rtl" if language in RTL else "ltr",
            section="news",
            tags=tuple(random.choices(vocabulary, k=3)),
        )
        return record_of(
            article,
            id=article_id(source, url),
            source=source,
            revision=1 + corrected,
            content_sha256=content_sha256(title, "\n".join(body)),
            fetched_at=at,
            run_id=run_id(number),
            http_status=200,
            derivation=DERIVATION,
            copy_of=article_id(f"paper-{(number - 1) % SOURCES}", original) if copied else None,
            similarity=0.98 if copied else None,
            copy_kind="copy" if copied else None,
        )

    def _paragraphs(self, random: Random, vocabulary: Sequence[str]) -> Iterator[str]:
        left = int(random.lognormvariate(5.83, 0.57)) + 20
        while left > 0:
            count = min(left, random.randint(20, 70))
            left -= count
            yield " ".join(random.choices(vocabulary, k=count)) + "."


def day_of(number: int) -> date:
    return FIRST + timedelta(days=number // A_DAY)


def run_id(number: int) -> str:
    """A run a source and day."""
    return f"{day_of(number):%Y%m%d}T120000Z-{number % SOURCES:06x}"


def write_day(url: str, first: int, count: int) -> list[tuple[int, list[ManifestArticle]]]:
    """Write the records of one day; each source's number with the lines of its manifest."""
    store, maker = opened(url), Maker()
    lines: dict[int, list[ManifestArticle]] = {}

    def write(number: int) -> None:
        record = maker.record(number)
        key = keys.article_key(record.source, day_of(number), record.id, record.revision)
        body = record.to_json()
        store.put_new(key, body, content_type="application/json")
        lines.setdefault(number % SOURCES, []).append(article_line(record, key, body, None))

    if url.startswith("s3:"):
        for _ in in_order(write, range(first, first + count)):
            pass
    else:
        for number in range(first, first + count):
            write(number)
    return sorted(lines.items())


class Unsynced(FolderStore):
    """A folder that does not wait for the disk: nobody will miss what is in it."""

    def put_new(self, key: str, body: bytes, *, content_type: str, content_encoding: str | None = None) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def opened(url: str) -> ObjectStore:
    store = open_store(url)
    return Unsynced(store.root) if isinstance(store, FolderStore) else store


def make(url: str, count: int, jobs: int = 2) -> None:
    """The whole archive: records, then manifests and commits in the order of their days."""
    log = CommitLog(opened(url))
    committed = 0
    firsts = range(0, count, A_DAY)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        days = pool.map(write_day, [url] * len(firsts), firsts, [min(A_DAY, count - one) for one in firsts])
        for first, lines in zip(firsts, days, strict=True):
            for source, articles in lines:
                committed = commit(log, first + source, f"paper-{source}", articles, committed)
            print(f"{first + A_DAY:,}", end=" ", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def commit(log: CommitLog, first: int, source: str, articles: list[ManifestArticle], after: int) -> int:
    """Write the manifest of a source's day, and its commit; that one's number."""
    at = datetime.combine(day_of(first), datetime.min.time(), UTC) + timedelta(hours=23)
    manifest = Manifest(run_id=run_id(first), source=source, after=after, started_at=at, ended_at=at, objects=articles)
    return commit_manifest(log, manifest).commit.number


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
