"""One article as the archive has it: its revisions, derivations, copies, and what was removed."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harvester.archive import ArchiveReader
from harvester.archive.record import ArticleRecord
from harvester.dedup.revision import change


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is stored of one article; revisions oldest first, each in its latest derivation."""

    revisions: tuple[ArticleRecord, ...]
    keys: tuple[str, ...]  # of all its objects
    copies: tuple[str, ...]  # ids of articles that copy it

    def as_dict(self) -> dict[str, Any]:
        return {
            "article": self.revisions[-1].model_dump(mode="json"),
            "revisions": [record.model_dump(mode="json") for record in self.revisions],
            "objects": list(self.keys),
            "copies": list(self.copies),
        }

    def in_words(self) -> str:
        """For a person at a terminal."""
        parts = [_article(self.revisions[-1]), _provenance(self)]
        for older, newer in zip(self.revisions, self.revisions[1:], strict=False):
            parts.append(_difference(older, newer))
        removed = self.revisions[-1].removed
        if removed:
            parts.append("Removed:\n" + "\n".join(f"  {line.text}\n      [{line.why}]" for line in removed))
        return "\n\n".join(parts)


def story_of(reader: ArchiveReader, article_id: str) -> Story | None:
    """The article whose id is, or begins with, `article_id`; None if there is none. Raises UsageError for several."""
    entries = reader.show(article_id)
    if not entries:
        return None
    latest = {record.revision: record for _, record in entries}
    return Story(
        revisions=tuple(latest[revision] for revision in sorted(latest)),
        keys=tuple(key for key, _ in entries),
        copies=tuple(reader.copies_of(entries[0][1].id)),
    )


def _article(record: ArticleRecord) -> str:
    about = [", ".join(record.authors), record.published_at or "", record.language or "", record.section or ""]
    return f"{record.title}\n{' · '.join(part for part in about if part)}\n\n{record.text}"


def _provenance(story: Story) -> str:
    record = story.revisions[-1]
    rows = {
        "id": record.id,
        "source": record.source,
        "url": record.url,
        "canonical": record.canonical_url if record.canonical_url != record.url else "",
        "revision": f"{record.revision} of {len(story.revisions)}" if len(story.revisions) > 1 else "1",
        "fetched": f"{record.fetched_at} (status {record.http_status}, run {record.run_id})",
        "content": f"sha256 {record.content_sha256}",
        "capture": f"{record.capture.key} (sha256 {record.capture.sha256})" if record.capture else "not kept",
        "copy of": f"{record.copy_of} (similarity {record.similarity})" if record.copy_of else "",
        "copies": ", ".join(story.copies),
        "objects": "\n".join(story.keys).replace("\n", "\n" + " " * 12),
    }
    return "\n".join(f"{name:10}  {value}" for name, value in rows.items() if value)


def _difference(older: ArticleRecord, newer: ArticleRecord) -> str:
    """Paragraphs that went (-) and came (+), as a unified diff without its context."""
    before: Sequence[str] = [older.title, *older.body]
    after: Sequence[str] = [newer.title, *newer.body]
    lines = [line for line in difflib.ndiff(before, after) if line[:2] in ("- ", "+ ")]
    kind = change(older.title, older.text, newer.title, newer.text)
    head = f"Revision {older.revision} → {newer.revision}, {kind} ({newer.fetched_at}):"
    return "\n".join([head, *(f"  {line.rstrip()}" for line in lines)])
