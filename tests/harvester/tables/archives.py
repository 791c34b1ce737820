"""Archives as runs leave them: records, captures and links with the manifests and commits that make them visible."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from harvester.archive import ArchiveWriter, ObjectStore, keys, new_run_id
from harvester.archive.commits import Commit, CommitKind, CommitLog
from harvester.archive.lines import article_line, object_line
from harvester.archive.links import JSON_LINES, CopyLink, link_lines
from harvester.archive.manifest import Manifest, ManifestObject
from harvester.archive.record import ArticleRecord, CaptureRef, instant
from harvester.archive.writer import Written
from harvester.committing import commit_manifest
from tests.archive_samples import page
from tests.harvester import articles

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def record(name: str, text: str = "", **changed: Any) -> ArticleRecord:
    """The record of an article named `name`, fetched at noon."""
    return articles.record(name, text or articles.words(name, 30), changed.pop("at", NOON), **changed)


@dataclass(slots=True)
class Archive:
    """One archive, and the next moment at which something is written."""

    store: ObjectStore
    at: datetime = NOON
    runs: int = 0
    keys: dict[str, str] = field(default_factory=dict)  # of the last record by title

    @property
    def log(self) -> CommitLog:
        return CommitLog(self.store)

    def run(self, *records: ArticleRecord, links: Iterable[CopyLink] = (), captures: bool = False) -> Commit:
        """A run that has stored these."""
        lines: list[ManifestObject] = []
        writer = ArchiveWriter(self.store, lambda: self.at)
        run_id = self._run_id()
        for one in records:
            payload = None
            if captures:
                raw = one.url.encode()
                taken = writer.put_capture(page(raw), source=one.source, article_id=one.id, run_id=run_id)
                payload = taken.payload_sha256
                lines.append(object_line(taken.key, taken.body, "capture"))
                one = one.model_copy(update={"capture": CaptureRef(key=taken.key, sha256=payload)})
            written = writer.put_article(one)
            assert isinstance(written, Written)
            self.keys[one.title] = written.key
            lines.append(article_line(one, written.key, written.body, payload))
        if links:
            key, body = keys.run_links_key(self.at.date(), run_id, "paper"), link_lines(links)
            self.store.put_new(key, body, content_type=JSON_LINES)
            lines.append(object_line(key, body, "links"))
        return self.commit(lines, run_id=run_id)

    def commit(self, lines: list[ManifestObject], run_id: str = "", source: str = "paper") -> Commit:
        manifest = Manifest(
            run_id=run_id or self._run_id(), source=source, started_at=self.at, ended_at=self.at, objects=lines
        )
        self.at += timedelta(minutes=1)
        return commit_manifest(self.log, manifest).commit

    def remove(self, one: ArticleRecord) -> None:
        """Take an article down: its tombstone, its records, the commit."""
        key = keys.removal_key(one.source, one.id)
        body = orjson.dumps({"id": one.id, "source": one.source})
        self.store.put_new(key, body, content_type="application/json")
        for found in [found.key for found in self.store.list(f"articles/source={one.source}/")]:
            if one.id in found:
                self.store.delete(found)
        self.log.append(key, body, kind=CommitKind.REMOVAL, at=self.at, after=0, source=one.source)

    def _run_id(self) -> str:
        self.runs += 1
        return new_run_id(self.at, f"{self.runs:06x}")


def link(copy: ArticleRecord, original: ArticleRecord, *, minute: int = 0, **changed: Any) -> CopyLink:
    """That `copy` copies `original`, as found some minutes after noon."""
    values: dict[str, Any] = {
        "id": copy.id,
        "revision": copy.revision,
        "source": copy.source,
        "copy_of": original.id,
        "similarity": 0.9,
        "copy_kind": "copy",
        "linked_at": instant(NOON + timedelta(minutes=minute)),
    }
    return CopyLink(**(values | changed))
