"""Articles in an archive as an earlier harvester might have left them: with their pages, and read worse than today."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from harvester.archive import ArchiveWriter, ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import Manifest
from harvester.archive.record import ArticleRecord, CaptureRef, Derivation, record_of
from harvester.article import Article, Block
from harvester.dedup import content_sha256
from harvester.extract import read_article
from harvester.page import Page
from harvester.urls import article_id
from tests.site import article_page

RUN_ID = "20261123T120000Z-3f9a2c"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FURNITURE = "Subscribe to our newsletter and never miss a story of the harbour again"


def url_of(name: str, source: str = "paper") -> str:
    return f"https://{source}.example/news/{name}"


def page_of(name: str, *, source: str = "paper", at: datetime = NOON, html: bytes | None = None) -> Page:
    url = url_of(name, source)
    html = html if html is not None else article_page(f"Council decides on {name}")
    return Page.saved(html, url=url, content_type="text/html; charset=utf-8", fetched_at=at)


def read_of(name: str, **about: Any) -> Article:
    """As today's extraction reads the page."""
    page = page_of(name, **about)
    return read_article(page, home=f"https://{about.get('source', 'paper')}.example/")


def put_captured(
    store: ObjectStore,
    name: str,
    *,
    body: Sequence[str] | None = None,
    title: str | None = None,
    source: str = "paper",
    at: datetime = NOON,
    revision: int = 1,
    html: bytes | None = None,
    language: str = "en",
    **changed: Any,
) -> ArticleRecord:
    """Store the article's page, and its record with that title and body, or as read with a line of furniture at the
    end."""
    page = page_of(name, source=source, at=at, html=html)
    read = read_of(name, source=source, at=at, html=html) if body is None else None
    lines = [*read.body, FURNITURE] if read is not None else list(body or ())
    article = Article(
        url=page.url,
        canonical_url=page.url,
        title=title if title is not None else f"Council decides on {name}",
        blocks=tuple(Block(text=line) for line in lines),
        language=language,
    )
    writer = ArchiveWriter(store, lambda: at)
    taken = writer.put_capture(page, source=source, article_id=article_id(source, page.url), run_id=RUN_ID)
    values: dict[str, Any] = {
        "id": article_id(source, page.url),
        "source": source,
        "revision": revision,
        "content_sha256": content_sha256(article.title, article.text),
        "fetched_at": at,
        "run_id": RUN_ID,
        "http_status": 200,
        "derivation": Derivation(extraction="blocks-0", cleaning="furniture-0", furniture=None),
        "capture": CaptureRef(key=taken.key, sha256=taken.payload_sha256),
    }
    record = record_of(article, **(values | changed))
    writer.put_article(record)
    return record


def make_visible(store: ObjectStore, *records: ArticleRecord, run_id: str = RUN_ID) -> None:
    """Write the manifest and commit of records and their captures, all of one source and stored at noon."""
    objects = []
    for record in records:
        key = keys.article_key(record.source, NOON.date(), record.id, record.revision, record.derivation.number)
        if record.capture is not None:
            objects.append(object_line(record.capture.key, store.get(record.capture.key), "capture"))
        objects.append(article_line(record, key, store.get(key), record.capture.sha256 if record.capture else None))
    source = records[0].source
    manifest = Manifest(run_id=run_id, source=source, started_at=NOON, ended_at=NOON, objects=objects)
    key = keys.manifest_key(NOON.date(), run_id, source)
    store.put_new(key, manifest.to_json(), content_type="application/json")
    log = CommitLog(store)
    log.append(key, manifest.to_json(), kind=CommitKind.MANIFEST, at=NOON, after=0, source=source)
