"""An article into the bucket: first the page as fetched, then the record that names it."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from harvester.archive import ArchiveWriter, Existing, Written
from harvester.archive.manifest import ManifestArticle, ManifestObject
from harvester.archive.record import ArticleRecord, CaptureRef, Derivation, record_of
from harvester.dedup.near import Sketch, sketch
from harvester.item import HarvestItem
from harvester.outcomes import Outcome

MOST_REVISIONS_AT_ONCE = 8
"""So many other runs may store revisions of one article while this one tries to; more is no accident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An article that the bucket has."""

    outcome: Outcome  # STORED, REVISED, or UNCHANGED where another run has stored the very same
    record: ArticleRecord
    key: str
    objects: tuple[ManifestObject, ...]  # what was written: the capture (if kept), the article


def store_article(
    item: HarvestItem, *, source: str, run_id: str, writer: ArchiveWriter, captures: bool, derivation: Derivation
) -> Stored:
    """Write capture and record of a judged item; back once the bucket has both. Raises StoreError.

    Where another run has stored this revision in the meantime, an equal one ends the matter, and of a different one
    this becomes the next revision.
    """
    if item.verdict is None:
        raise ValueError("an item without a verdict")
    written: list[ManifestObject] = []
    capture = None
    if captures:
        taken = writer.put_capture(item.page, source=source, article_id=item.verdict.id, run_id=run_id)
        capture = CaptureRef(key=taken.key, sha256=taken.payload_sha256)
        written.append(ManifestObject(key=taken.key, sha256=taken.sha256, size=taken.size, kind="capture"))
    verdict = item.verdict
    for revision in range(verdict.revision, verdict.revision + MOST_REVISIONS_AT_ONCE):
        record = record_of(
            item.article,
            id=verdict.id,
            source=source,
            revision=revision,
            content_sha256=verdict.content_sha256,
            copy_of=verdict.copy_of,
            similarity=verdict.similarity,
            fetched_at=item.page.fetched_at,
            run_id=run_id,
            http_status=item.page.status,
            capture=capture,
            derivation=derivation,
        )
        answer = writer.put_article(record)
        if isinstance(answer, Written):
            payload = hashlib.sha256(item.page.raw).hexdigest()
            written.append(article_line(record, answer, verdict.sketch, payload))
            outcome = Outcome.STORED if revision == 1 else Outcome.REVISED
            return Stored(outcome=outcome, record=record, key=answer.key, objects=tuple(written))
        if answer.record.content_sha256 == record.content_sha256:
            return Stored(outcome=Outcome.UNCHANGED, record=answer.record, key=answer.key, objects=())
    raise RuntimeError(f"{verdict.id}: {MOST_REVISIONS_AT_ONCE} revisions appeared while one was being stored")


def store_derivation(record: ArticleRecord, payload_sha256: str | None, writer: ArchiveWriter) -> Stored | None:
    """Write a better derivation of a stored revision beside it; None where another run has done so."""
    answer: Written | Existing = writer.put_article(record)
    if isinstance(answer, Existing):
        return None
    line = article_line(record, answer, sketch(record.title, record.text), payload_sha256)
    return Stored(outcome=Outcome.STORED, record=record, key=answer.key, objects=(line,))


def article_line(record: ArticleRecord, written: Written, taken: Sketch, payload_sha256: str | None) -> ManifestArticle:
    """The article's line in the manifest: enough to know it again without reading the object."""
    return ManifestArticle(
        key=written.key,
        sha256=written.sha256,
        size=written.size,
        id=record.id,
        revision=record.revision,
        derivation=record.derivation.number,
        url=record.url,
        content_sha256=record.content_sha256,
        payload_sha256=payload_sha256,
        copy_of=record.copy_of,
        sketch=base64.b64encode(taken.to_bytes()).decode("ascii"),
        fetched_at=datetime.fromisoformat(record.fetched_at),
    )
