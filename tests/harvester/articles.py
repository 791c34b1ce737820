"""Articles put into an archive as a run puts them, for tests of what reads it."""

from datetime import UTC, datetime
from typing import Any

from harvester.archive import ArchiveWriter, ObjectStore, keys
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.record import ArticleRecord, Derivation, record_of
from harvester.article import Article, Block
from harvester.dedup import content_sha256, sketch
from harvester.known import known_record
from harvester.segments import SegmentBuilder
from harvester.urls import article_id

RUN_ID = "20261123T120000Z-3f9a2c"


def words(name: str, count: int = 200) -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def record(name: str, text: str, at: datetime, *, source: str = "paper", **changed: Any) -> ArticleRecord:
    """The record of the article at `/name`."""
    url = f"https://{source}.example/{name}"
    article = Article(
        url=url,
        canonical_url=url,
        title=f"Title of {name}",
        blocks=(Block(text=text),),
        published_at=changed.pop("published_at", None),
    )
    values: dict[str, Any] = {
        "id": article_id(source, url),
        "source": source,
        "revision": 1,
        "content_sha256": content_sha256(article.title, article.text),
        "fetched_at": at,
        "run_id": RUN_ID,
        "http_status": 200,
        "derivation": Derivation(extraction="reader-1", cleaning="furniture-1", furniture=None),
    }
    return record_of(article, **(values | changed))


def put(store: ObjectStore, *records: ArticleRecord, segment: str | None = RUN_ID) -> list[str]:
    """Write records on the day on which they were fetched; with a segment of this run (None: as after a kill)."""
    written = []
    for one in records:
        at = datetime.fromisoformat(one.fetched_at).astimezone(UTC)
        written.append(ArchiveWriter(store, lambda at=at: at).put_article(one).key)  # type: ignore[misc]
    if segment is not None:
        builder = SegmentBuilder()
        for key, one in zip(written, records, strict=True):
            builder.add(known_record(key, one), sketch(one.title, one.text), one.similarity or 0.0)
        for built in builder.built():
            key = keys.segment_key(built.day, segment, records[0].source)
            store.put_new(key, built.to_bytes(), content_type=CONTENT_TYPE)
    return written
