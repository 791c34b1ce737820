"""Keys of the archive: built and parsed here alone. The layout is told in FORMAT.md."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from harvester.source import NAME

ARTICLES: Final = "articles/"
CAPTURES: Final = "captures/"
FURNITURE: Final = "furniture/"
RUNS: Final = "runs/"
CLAIMS: Final = "claims/"
SEGMENTS: Final = "segments/"
LINKS: Final = "links/"
MARKS: Final = "marks/"
CHECKPOINTS: Final = "checkpoints/"
COMMITS: Final = "commits/"
REMOVALS: Final = "removals/"
DRAFTS: Final = "drafts/"
TABLES: Final = "tables/"
IMPORTS: Final = "imports/"
DOCUMENTS: Final = "documents/"
DAMAGED: Final = ".damaged/"

_DAY = r"\d{4}-\d\d-\d\d"
_RUN_ID = r"\d{8}T\d{6}Z-[0-9a-f]{6,32}"
_SOURCE = NAME.pattern
_PARTITION = rf"source=(?P<source>{_SOURCE})/date=(?P<day>{_DAY})/"

RUN_ID: Final = re.compile(_RUN_ID)
ARTICLE_ID: Final = re.compile(r"[0-9a-f]{32}")

_ARTICLE = re.compile(
    rf"articles/{_PARTITION}(?P<id>[0-9a-f]{{32}})-r(?P<revision>[1-9]\d*)(?:-d(?P<derivation>[1-9]\d*))?\.json"
)
_CAPTURE = re.compile(rf"captures/{_PARTITION}(?P<id>[0-9a-f]{{32}})-(?P<payload>[0-9a-f]{{12}})\.warc\.gz")
_REVISITS = re.compile(rf"captures/{_PARTITION}(?P<run_id>{_RUN_ID})(?:-(?P<number>[1-9]\d*))?\.revisits\.warc\.gz")
_FURNITURE = re.compile(rf"furniture/source=(?P<source>{_SOURCE})/(?P<version>\d{{6,}})\.json")
_RUN = re.compile(
    rf"runs/date=(?P<day>{_DAY})/(?P<run_id>{_RUN_ID})(?:\.(?P<source>{_SOURCE})|~(?P<command>[a-z]+))?\.json"
)
_SEGMENT = re.compile(
    rf"segments/date=(?P<day>{_DAY})/(?:(?P<run_id>{_RUN_ID})\.(?P<source>{_SOURCE})|merged-(?P<merged>[0-9a-f]{{16}}))\.seg"
)
_CHECKPOINT = re.compile(rf"checkpoints/source=(?P<source>{_SOURCE})/(?P<run_id>{_RUN_ID})\.col")
_RUN_LINKS = re.compile(rf"links/date=(?P<day>{_DAY})/{_RUN_ID}\.{_SOURCE}\.jsonl")
_BATCH_LINKS = re.compile(rf"links/date={_DAY}/with-(?P<day>{_DAY})-[0-9a-f]{{12}}\.jsonl")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{1,60}")
_DOCUMENT = re.compile(rf"documents/{_VERSION.pattern}/[A-Za-z]+-[0-9a-f]{{12}}\.[a-z.]+")
_COMMAND = re.compile(r"[a-z]+")
_COMMIT = re.compile(r"commits/(?P<number>\d{9,})\.json")
_STAMP = re.compile(r"commits/(?P<number>\d{9,})\.tsr")
_REMOVAL = re.compile(rf"removals/source=(?P<source>{_SOURCE})/(?P<id>[0-9a-f]{{32}})\.json")
_TABLE = re.compile(r"tables/(?P<table>[a-z]+)/month=(?P<month>\d{4}-\d\d)/(?P<number>\d{6,})\.parquet")
_MONTH = re.compile(r"\d{4}-\d\d")
_TABLE_NAME = re.compile(r"[a-z]+")
_IMPORT = re.compile(r"imports/(?P<identity>[0-9a-f]{32})/(?P<offset>\d{15,})\.json")
_LAST_DAY = re.compile(rf"(?:.*/)?date=(?P<day>{_DAY})/")
_LAST_SOURCE = re.compile(rf"(?:.*/)?source=(?P<source>{_SOURCE})/")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ArticleKey:
    """One derivation of one revision of an article."""

    source: str
    day: date
    id: str
    revision: int
    derivation: int = 1

    def __str__(self) -> str:
        return article_key(self.source, self.day, self.id, self.revision, self.derivation)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureKey:
    """A page as fetched."""

    source: str
    day: date
    id: str  # of the article
    payload: str  # first 12 hex digits of the body's SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisitsKey:
    """A roll of revisit records that a source's part of a run has written."""

    source: str
    day: date
    run_id: str
    number: int  # 1, 2, … of the run


@dataclass(frozen=True, slots=True, kw_only=True)
class FurnitureKey:
    """A state of what was learned of a source."""

    source: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKey:
    """A run's report (neither source nor command), or the manifest of a source's part of it, or of a command."""

    day: date
    run_id: str
    source: str | None
    command: str | None = None  # of what is no one source's

    @property
    def is_report(self) -> bool:
        return self.source is None and self.command is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentKey:
    """A segment that a source's part of a run has written, or one that was merged of many (no run)."""

    day: date
    run_id: str | None
    source: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableKey:
    """A part of a table; the parts of one table are numbered in the order in which they were begun."""

    table: str
    month: str  # "2026-11": in which it was begun
    number: int

    def __str__(self) -> str:
        return f"{table_prefix(self.table)}month={_matching(_MONTH, self.month)}/{_number(self.number):06d}.parquet"


def new_run_id(now: datetime, random_hex: str) -> str:
    """Sorts by time; `random_hex` (6 to 32 digits) tells apart runs of one second."""
    run_id = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{random_hex}"
    return _matching(RUN_ID, run_id)


def run_day(run_id: str) -> date:
    """The day (UTC) on which the run began. Raises ValueError."""
    return datetime.strptime(_matching(RUN_ID, run_id)[:8], "%Y%m%d").replace(tzinfo=UTC).date()


def source_prefix(root: str, source: str) -> str:
    """Below which a source's objects stand: `articles/source=example/`."""
    return f"{root}source={_matching(NAME, source)}/"


def articles_prefix(source: str, day: date | None = None) -> str:
    """Of a source's articles, or of those of one day of harvest."""
    prefix = source_prefix(ARTICLES, source)
    return prefix if day is None else f"{prefix}date={day.isoformat()}/"


def furniture_prefix(source: str) -> str:
    return source_prefix(FURNITURE, source)


def runs_prefix(day: date) -> str:
    """Of the reports and manifests written on a day (UTC)."""
    return f"{RUNS}date={day.isoformat()}/"


def article_key(source: str, day: date, article_id: str, revision: int, derivation: int = 1) -> str:
    """`day` is the UTC day on which this very object is written."""
    suffix = "" if _number(derivation) == 1 else f"-d{derivation}"
    return f"{articles_prefix(source, day)}{_matching(ARTICLE_ID, article_id)}-r{_number(revision)}{suffix}.json"


def captures_prefix(source: str, day: date) -> str:
    """Of the captures and rolls of revisits that were written on a day (UTC)."""
    return f"{source_prefix(CAPTURES, source)}date={day.isoformat()}/"


def capture_key(source: str, day: date, article_id: str, payload_sha256: str) -> str:
    return f"{captures_prefix(source, day)}{_matching(ARTICLE_ID, article_id)}-{payload_sha256[:12]}.warc.gz"


def revisits_prefix(source: str, day: date) -> str:
    """Begins the keys of a day's rolls of revisits, and those of few captures: run ids begin with the century."""
    return f"{captures_prefix(source, day)}{day.year // 100}"


def revisits_key(source: str, day: date, run_id: str, number: int = 1) -> str:
    """Of a roll of revisits; a run that has seen very many pages again writes more than one."""
    suffix = "" if _number(number) == 1 else f"-{number}"
    return f"{captures_prefix(source, day)}{_matching(RUN_ID, run_id)}{suffix}.revisits.warc.gz"


def furniture_key(source: str, version: int) -> str:
    return f"{furniture_prefix(source)}{_number(version):06d}.json"


def report_key(day: date, run_id: str) -> str:
    return f"{runs_prefix(day)}{_matching(RUN_ID, run_id)}.json"


def manifest_key(day: date, run_id: str, source: str) -> str:
    return f"{runs_prefix(day)}{_matching(RUN_ID, run_id)}.{_matching(NAME, source)}.json"


def command_manifest_key(day: date, run_id: str, command: str) -> str:
    """Of what a command has written that is no one source's, such as `link`."""
    return f"{runs_prefix(day)}{_matching(RUN_ID, run_id)}~{_matching(_COMMAND, command)}.json"


def commit_key(number: int) -> str:
    return f"{COMMITS}{_number(number):09d}.json"


def stamp_key(number: int) -> str:
    """Of the time stamp of a commit."""
    return f"{COMMITS}{_number(number):09d}.tsr"


def document_key(version: str, name: str, sha256: str) -> str:
    """Of a document that tells the archive's format, as of a version of the harvester; named by its own bytes."""
    stem, _, suffix = name.partition(".")
    return f"{DOCUMENTS}{_matching(_VERSION, version)}/{stem}-{sha256[:12]}.{suffix}"


def is_document_key(key: str) -> bool:
    return _DOCUMENT.fullmatch(key) is not None


def removals_prefix(source: str) -> str:
    return source_prefix(REMOVALS, source)


def removal_key(source: str, article_id: str) -> str:
    """Of the tombstone of an article that was taken down."""
    return f"{removals_prefix(source)}{_matching(ARTICLE_ID, article_id)}.json"


def table_prefix(table: str) -> str:
    return f"{TABLES}{_matching(_TABLE_NAME, table)}/"


def drafts_prefix(source: str) -> str:
    return source_prefix(DRAFTS, source)


def damaged_key(key: str, sha256: str) -> str:
    """Of the bytes that stood at a key, before what should stand there was restored."""
    return f"{DAMAGED}{sha256[:16]}/{key}"


def draft_key(source: str, run_id: str) -> str:
    """Of what a command is about to write of a source, until its manifest names it."""
    return f"{drafts_prefix(source)}{_matching(RUN_ID, run_id)}.json"


def imports_prefix(identity: str) -> str:
    """Of the marks of one recording that is imported. `identity`: 32 hex digits."""
    return f"{IMPORTS}{_matching(ARTICLE_ID, identity)}/"


def import_key(identity: str, offset: int) -> str:
    """Of the mark that says that a recording has been taken over up to this offset."""
    return f"{imports_prefix(identity)}{offset:015d}.json"


def claim_key(midnight: date, source: str, article_id: str, revision: int, derivation: int = 1) -> str:
    """`midnight`: the day (UTC) that begins with the midnight which the claim is about."""
    name = article_key(source, midnight, article_id, revision, derivation)
    return CLAIMS + name.removeprefix(ARTICLES)


def segments_prefix(day: date) -> str:
    """Of the segments of articles whose records stand under a day."""
    return f"{SEGMENTS}date={day.isoformat()}/"


def segment_key(day: date, run_id: str, source: str) -> str:
    return f"{segments_prefix(day)}{_matching(RUN_ID, run_id)}.{_matching(NAME, source)}.seg"


def merged_key(day: date, sha256: str) -> str:
    """Of a segment merged of others; named by its own bytes."""
    return f"{segments_prefix(day)}merged-{sha256[:16]}.seg"


def merge_key(day: date) -> str:
    """Of the object that says which merged segments have taken the place of which others."""
    return f"{segments_prefix(day)}merged.json"


def links_prefix(day: date) -> str:
    """Of the links of copies whose records stand under a day."""
    return f"{LINKS}date={day.isoformat()}/"


def run_links_key(day: date, run_id: str, source: str) -> str:
    """Of what a run has found of copies and originals whose records stand under a day."""
    return f"{links_prefix(day)}{_matching(RUN_ID, run_id)}.{_matching(NAME, source)}.jsonl"


def batch_links_key(day: date, found_with: date, sha256: str) -> str:
    """Of what `harvest link` has found of a day's articles by comparing those of `found_with`; named by its bytes."""
    return f"{links_prefix(day)}with-{found_with.isoformat()}-{sha256[:12]}.jsonl"


def linked_key(day: date) -> str:
    """Of the object that says that a day's articles have been compared with all before them."""
    return f"{links_prefix(day)}linked.json"


def marks_prefix(source: str, day: date) -> str:
    return f"{source_prefix(MARKS, source)}date={day.isoformat()}/"


def mark_key(source: str, day: date, article_id: str, mark: str) -> str:
    return f"{marks_prefix(source, day)}{_matching(ARTICLE_ID, article_id)}-{mark}.json"


def checkpoints_prefix(source: str) -> str:
    return source_prefix(CHECKPOINTS, source)


def checkpoint_key(source: str, run_id: str) -> str:
    return f"{checkpoints_prefix(source)}{_matching(RUN_ID, run_id)}.col"


def parse_segment_key(key: str) -> SegmentKey | None:
    found = _SEGMENT.fullmatch(key)
    day = _day(found)
    if found is None or day is None:
        return None
    return SegmentKey(day=day, run_id=found["run_id"], source=found["source"])


def parse_run_links_key(key: str) -> date | None:
    """The day under which what a run has found stands."""
    return _day(_RUN_LINKS.fullmatch(key))


def parse_batch_links_key(key: str) -> date | None:
    """The day whose articles were compared when `harvest link` wrote this."""
    return _day(_BATCH_LINKS.fullmatch(key))


def parse_checkpoint_key(key: str) -> str | None:
    """The id of the run that has written a checkpoint."""
    found = _CHECKPOINT.fullmatch(key)
    return found["run_id"] if found else None


def parse_article_key(key: str) -> ArticleKey | None:
    """None for any other key, as from all of these: buckets have strangers in them."""
    found = _ARTICLE.fullmatch(key)
    day = _day(found)
    if found is None or day is None:
        return None
    return ArticleKey(
        source=found["source"],
        day=day,
        id=found["id"],
        revision=int(found["revision"]),
        derivation=int(found["derivation"] or 1),
    )


def parse_import_key(key: str) -> tuple[str, int] | None:
    """A recording's identity, and the offset up to which it has been taken over."""
    found = _IMPORT.fullmatch(key)
    return (found["identity"], int(found["offset"])) if found else None


def parse_capture_key(key: str) -> CaptureKey | None:
    found = _CAPTURE.fullmatch(key)
    day = _day(found)
    if found is None or day is None:
        return None
    return CaptureKey(source=found["source"], day=day, id=found["id"], payload=found["payload"])


def parse_revisits_key(key: str) -> RevisitsKey | None:
    found = _REVISITS.fullmatch(key)
    day = _day(found)
    if found is None or day is None:
        return None
    return RevisitsKey(source=found["source"], day=day, run_id=found["run_id"], number=int(found["number"] or 1))


def parse_furniture_key(key: str) -> FurnitureKey | None:
    found = _FURNITURE.fullmatch(key)
    return FurnitureKey(source=found["source"], version=int(found["version"])) if found else None


def parse_run_key(key: str) -> RunKey | None:
    found = _RUN.fullmatch(key)
    day = _day(found)
    if found is None or day is None:
        return None
    return RunKey(day=day, run_id=found["run_id"], source=found["source"], command=found["command"])


def parse_commit_key(key: str) -> int | None:
    """The commit's number."""
    found = _COMMIT.fullmatch(key)
    return int(found["number"]) if found and int(found["number"]) else None


def parse_stamp_key(key: str) -> int | None:
    """The number of the commit that the time stamp is of."""
    found = _STAMP.fullmatch(key)
    return int(found["number"]) if found and int(found["number"]) else None


def parse_removal_key(key: str) -> tuple[str, str] | None:
    """Source and id of the article that was taken down."""
    found = _REMOVAL.fullmatch(key)
    return (found["source"], found["id"]) if found else None


def parse_table_key(key: str) -> TableKey | None:
    found = _TABLE.fullmatch(key)
    if found is None or not int(found["number"]):
        return None
    return TableKey(table=found["table"], month=found["month"], number=int(found["number"]))


def parse_day(prefix: str) -> date | None:
    """The day of a partition's prefix, such as `runs/date=2026-11-23/`."""
    return _day(_LAST_DAY.fullmatch(prefix))


def parse_source(prefix: str) -> str | None:
    """The source of a partition's prefix, such as `articles/source=example/`."""
    found = _LAST_SOURCE.fullmatch(prefix)
    return found["source"] if found else None


def _day(found: re.Match[str] | None) -> date | None:
    """The day that a key names, if there is such a day."""
    try:
        return date.fromisoformat(found["day"]) if found else None
    except ValueError:
        return None


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{value!r} can't be part of a key (must match {pattern.pattern})")
    return value


def _number(value: int) -> int:
    if value < 1:
        raise ValueError(f"{value}: numbers in keys begin at 1")
    return value
