"""A small archive with all there can be in it, and ways to damage it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from harvester.archive import ArchiveWriter, ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog, Signer
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import Manifest, ManifestObject
from harvester.archive.record import ArticleRecord, CaptureRef
from harvester.archive.writer import Written
from harvester.committing import Committed, commit_manifest
from harvester.page import Page
from harvester.report import RunReport, SourceReport
from harvester.verifying import Asked, Verified, verify
from tests.harvester.articles import record, words

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=30)
"""When all is verified: what is not visible by then never will be."""

NAMES = ("harbour", "council", "storm", "market", "bridge")


def run_id(number: int) -> str:
    return f"20261123T120000Z-{number:06x}"


def page(name: str, source: str = "paper") -> Page:
    text = words(name)
    html = f"<html><head><title>{name}</title></head><body><article><h1>Title of {name}</h1><p>{text}</p></article>"
    url = f"https://{source}.example/{name}"
    return Page(
        url=url, requested_url=url, status=200, headers=(("Content-Type", "text/html"),),
        raw=html.encode(), content=html.encode(), fetched_at=NOON, request_headers=(), listed_url=None,
    )  # fmt: skip


def written(store: ObjectStore, name: str, source: str = "paper", at: datetime = NOON) -> list[ManifestObject]:
    """Write an article with its capture; their lines."""
    writer = ArchiveWriter(store, lambda: at)
    one: ArticleRecord = record(name, words(name), at, source=source)
    capture = writer.put_capture(page(name, source), source=source, article_id=one.id, run_id=run_id(1))
    one = one.model_copy(update={"capture": CaptureRef(key=capture.key, sha256=capture.payload_sha256)})
    answer = writer.put_article(one)
    assert isinstance(answer, Written)
    line = article_line(one, answer.key, answer.body, capture.payload_sha256)
    return [object_line(capture.key, capture.body, "capture"), line]


def committed(
    store: ObjectStore,
    number: int,
    lines: list[ManifestObject],
    source: str = "paper",
    at: datetime = NOON,
    signer: Signer | None = None,
) -> Committed:
    """Make lines visible."""
    log = CommitLog(store, signer=signer)
    made = Manifest(run_id=run_id(number), source=source, after=log.head(), started_at=at, ended_at=at, objects=lines)
    return commit_manifest(log, made)


def fill(store: ObjectStore, signer: Signer | None = None) -> list[str]:
    """Three commits: two manifests and a report. Keys of the records."""
    first = [line for name in NAMES for line in written(store, name)]
    manifest = committed(store, 1, first, signer=signer)
    second = [line for name in NAMES[:2] for line in written(store, name, "other")]
    committed(store, 1, second, "other", signer=signer)
    report = RunReport(
        run_id=run_id(1),
        version="1",
        started_at=NOON,
        ended_at=NOON,
        sources={"paper": SourceReport(manifest=manifest.key, manifest_sha256=manifest.sha256)},
        key=keys.report_key(NOON.date(), run_id(1)),
    )
    body = report.model_dump_json().encode()
    store.put_new(report.key, body, content_type="application/json")
    CommitLog(store, signer=signer).append(report.key, body, kind=CommitKind.REPORT, at=NOON, after=0)
    return [line.key for line in (*first, *second) if line.kind == "article"]


def verified(store: ObjectStore, **asked: object) -> Verified:
    return verify(store, Asked(**asked), LATER)  # type: ignore[arg-type]


def told(found: Verified) -> list[tuple[str, str]]:
    """Key and problem of each finding."""
    return [(one.key, str(one.problem)) for one in found.findings]


def overwrite(store: ObjectStore, key: str, body: bytes) -> None:
    """As damage does: behind the harvester's back."""
    _, version = store.get_version(key)
    store.replace(key, body, version=version, content_type="application/octet-stream")


def flip(store: ObjectStore, key: str, at: int = -1) -> None:
    """One bit of a byte."""
    body = bytearray(store.get(key))
    body[at] ^= 1
    overwrite(store, key, bytes(body))


def folder_of(store: ObjectStore) -> Path:
    return Path(unquote(urlsplit(store.url).path))
