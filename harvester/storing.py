"""An article into the bucket: first the page as fetched, then the record that names it."""

import hashlib
from dataclasses import dataclass, replace

from harvester.archive import ArchiveWriter, Existing, Written
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import ManifestObject
from harvester.archive.record import ArticleRecord, CaptureRef, Derivation, RecordChange, record_of
from harvester.article import Article
from harvester.dedup.near import Sketch, compare, sketch
from harvester.dedup.revision import revision_of
from harvester.item import HarvestItem
from harvester.outcomes import Outcome
from harvester.urls import article_id, without_tracking
from harvester.verdict import Verdict, is_one_story

MOST_REVISIONS_AT_ONCE = 8
"""So many other runs may store revisions of one article while this one tries to; more is no accident."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An article that the bucket has."""

    outcome: Outcome  # STORED, REVISED, or UNCHANGED where another run has stored the very same
    record: ArticleRecord
    key: str
    objects: tuple[ManifestObject, ...]  # what was written: the capture (if kept), the article
    sketch: Sketch
    met: tuple[str, ...] = ()  # keys of revisions that another run has stored meanwhile, and may not live to tell of
    untrue_canonical: bool = False  # another run has stored another text under the address that its page declares


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleStore:
    """Where one source's part of a run puts its articles."""

    source: str
    run_id: str
    writer: ArchiveWriter
    captures: bool  # keep the pages as fetched?

    def store(self, item: HarvestItem, derivation: Derivation, before: ArticleRecord | None = None) -> Stored:
        """Write capture and record of a judged item; back once the bucket has both. Raises StoreError.

        `before` is the revision that this one follows. Where another run has stored this revision in the meantime, an
        equal one ends the matter, and of a different one this becomes the next revision.
        """
        verdict = item.verdict
        if verdict is None:
            raise ValueError("an item without a verdict")
        capture, objects = self._capture(item, verdict.id)
        met: list[str] = []
        for revision in range(verdict.revision, verdict.revision + MOST_REVISIONS_AT_ONCE):
            record = self._record(item, verdict, revision, before, capture, derivation)
            answer = self.writer.put_article(record)
            if isinstance(answer, Written):
                payload = capture.sha256 if capture else hashlib.sha256(item.page.raw).hexdigest()
                line = article_line(record, answer.key, answer.body, payload)
                outcome = Outcome.STORED if revision == 1 else Outcome.REVISED
                written = (*objects, line)
                return Stored(
                    outcome=outcome,
                    record=record,
                    key=answer.key,
                    objects=written,
                    sketch=verdict.sketch,
                    met=tuple(met),
                )
            if answer.record.content_sha256 == record.content_sha256:
                return replace(unchanged(answer.key, answer.record), objects=tuple(objects))
            if verdict.outcome is Outcome.STORED and _is_another(answer.record, item, self.source):
                stored = self.store(_by_its_own_address(item, self.source), derivation)
                return replace(stored, objects=(*objects, *stored.objects), untrue_canonical=True)
            before = answer.record
            met.append(answer.key)
        raise RuntimeError(f"{verdict.id}: {MOST_REVISIONS_AT_ONCE} revisions appeared while one was being stored")

    def _capture(self, item: HarvestItem, article_id: str) -> tuple[CaptureRef | None, list[ManifestObject]]:
        if not self.captures:
            return None, []
        taken = self.writer.put_capture(item.page, source=self.source, article_id=article_id, run_id=self.run_id)
        line = object_line(taken.key, taken.body, "capture")
        return CaptureRef(key=taken.key, sha256=taken.payload_sha256), [line]

    def _record(
        self,
        item: HarvestItem,
        verdict: Verdict,
        revision: int,
        before: ArticleRecord | None,
        capture: CaptureRef | None,
        derivation: Derivation,
    ) -> ArticleRecord:
        copy = verdict.copy
        return record_of(
            item.article,
            id=verdict.id,
            source=self.source,
            revision=revision,
            content_sha256=verdict.content_sha256,
            change=_change(before, item.article) if before else None,
            copy_of=copy.id if copy else None,
            similarity=copy.similarity if copy else None,
            copy_kind=copy.kind.value if copy else None,
            other_urls=_other_urls(item, self.source, before),
            fetched_at=item.page.fetched_at,
            run_id=self.run_id,
            http_status=item.page.status,
            capture=capture,
            derivation=derivation,
        )


def _is_another(record: ArticleRecord, item: HarvestItem, source: str) -> bool:
    """Is a stored article not the item's, though both declare one canonical address?"""
    if item.verdict is None or item.verdict.id == article_id(source, item.article.url):
        return False
    if article_id(source, record.url) == article_id(source, item.article.url):
        return False
    return not is_one_story(compare(item.verdict.sketch, sketch(record.title, record.text)))


def _by_its_own_address(item: HarvestItem, source: str) -> HarvestItem:
    url = without_tracking(item.article.url)
    verdict = replace(item.verdict, id=article_id(source, url), revision=1) if item.verdict else None
    return replace(item, verdict=verdict, article=replace(item.article, canonical_url=url))


def unchanged(key: str, record: ArticleRecord) -> Stored:
    """No record was written, for the bucket has the very same."""
    taken = sketch(record.title, record.text)
    return Stored(outcome=Outcome.UNCHANGED, record=record, key=key, objects=(), sketch=taken)


def _change(before: ArticleRecord, article: Article) -> RecordChange | None:
    """What is new, as a label; None where the revision that this one turned out to follow says the same."""
    found = revision_of(before, article)
    if not found.parts:
        return None
    return RecordChange.model_validate({"extent": found.change.value, "parts": [part.value for part in found.parts]})


def _other_urls(item: HarvestItem, source: str, before: ArticleRecord | None) -> list[str]:
    """Addresses that have led to the article and are not just spellings of its own or its canonical one."""
    own = {article_id(source, item.article.url), article_id(source, item.article.canonical_url)}
    led = [*(before.other_urls if before else ()), item.link_url, item.page.requested_url]
    return [url for url in led if article_id(source, url) not in own]


def store_derivation(record: ArticleRecord, payload_sha256: str | None, writer: ArchiveWriter) -> Stored | None:
    """Write a better derivation of a stored revision beside it; None where another run has done so."""
    answer: Written | Existing = writer.put_article(record)
    if isinstance(answer, Existing):
        return None
    line = article_line(record, answer.key, answer.body, payload_sha256)
    taken = sketch(record.title, record.text)
    return Stored(outcome=Outcome.STORED, record=record, key=answer.key, objects=(line,), sketch=taken)
