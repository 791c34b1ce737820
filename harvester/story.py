"""One article as the archive has it: its revisions, derivations, copies, and what was removed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from harvester.archive import ArchiveReader
from harvester.archive.marks import Mark, MarkKind
from harvester.archive.record import ArticleRecord
from harvester.dedup.align import Match, matches
from harvester.dedup.revision import Revision, revision_of
from harvester.dedup.word_diff import Paragraph, word_diff

_COMMANDS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Controls of terminals, and those that turn what stands around them; not the line feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two successive revisions of an article."""

    older: ArticleRecord
    newer: ArticleRecord
    revision: Revision

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The bodies, word by word."""
        return word_diff(self.older.text, self.newer.text)

    @property
    def title(self) -> tuple[Paragraph, ...]:
        return word_diff(self.older.title, self.newer.title)

    @property
    def heading(self) -> str:
        """What has changed and when it was seen, in one line."""
        numbers = f"Revision {self.older.revision} → {self.newer.revision}"
        return f"{numbers} · {self.revision} · {self.newer.fetched_at}"

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.older.revision,
            "to": self.newer.revision,
            "fetched_at": self.newer.fetched_at,
            "change": self.revision.change,
            "parts": list(self.revision.parts),
        }

    def as_dict_with_words(self) -> dict[str, Any]:
        """A run of words is {"op": "keep" or "remove" or "add", "text": …}."""
        return self.as_dict() | {
            "authors": {"from": self.older.authors, "to": self.newer.authors},
            "published_at": {"from": self.older.published_at, "to": self.newer.published_at},
            "title": [run for paragraph in self.title for run in _runs(paragraph)],
            "paragraphs": [_runs(paragraph) for paragraph in self.paragraphs],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is stored of one article; revisions oldest first, each in its latest derivation."""

    revisions: tuple[ArticleRecord, ...]
    keys: tuple[str, ...]  # of all its objects
    copies: tuple[str, ...]  # ids of articles that copy it
    marks: tuple[Mark, ...] = ()  # what was noticed of it later, oldest first

    @property
    def addresses(self) -> list[str]:
        """Others than its own and its canonical one, under which it has been found."""
        own = {self.revisions[-1].url, self.revisions[-1].canonical_url}
        recorded = [url for record in self.revisions for url in record.other_urls]
        marked = [mark.url for mark in self.marks if mark.mark is MarkKind.ADDRESS]
        return [url for url in dict.fromkeys([*recorded, *marked]) if url not in own]

    @property
    def gone(self) -> Mark | None:
        """What was seen at its address when it was found to be gone; None while it is there, as far as is known."""
        seen = [mark for mark in self.marks if mark.mark is not MarkKind.ADDRESS]
        return seen[-1] if seen and seen[-1].mark is MarkKind.GONE else None

    def differences(self) -> Iterator[Difference]:
        """Of each revision after the first to the one before."""
        for older, newer in pairwise(self.revisions):
            yield Difference(older=older, newer=newer, revision=revision_of(older, newer))

    def as_dict(self) -> dict[str, Any]:
        return {
            "article": self.revisions[-1].model_dump(mode="json"),
            "revisions": [record.model_dump(mode="json") for record in self.revisions],
            "changes": [difference.as_dict() for difference in self.differences()],
            "objects": list(self.keys),
            "copies": list(self.copies),
            "other_urls": self.addresses,
            "marks": [mark.model_dump(mode="json") for mark in self.marks],
        }

    def in_words(self) -> str:
        """For a person at a terminal."""
        parts = [_article(self.revisions[-1]), _provenance(self)]
        parts += map(_difference, self.differences())
        removed = self.revisions[-1].removed
        if removed:
            parts.append("Removed:\n" + "\n".join(f"  {line.text}\n      [{line.why}]" for line in removed))
        return _COMMANDS.sub(" ", "\n\n".join(parts))


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
        marks=tuple(reader.marks(entries[0][1].source, entries[0][1].id)),
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
        "also at": ("\n" + " " * 12).join(story.addresses),
        "gone": _gone(story.gone) if story.gone else "",
        "copy of": f"{record.copy_of} ({_likeness(record)})" if record.copy_of else "",
        "copies": ", ".join(story.copies),
        "objects": "\n".join(story.keys).replace("\n", "\n" + " " * 12),
    }
    return "\n".join(f"{name:10}  {value}" for name, value in rows.items() if value)


def _gone(mark: Mark) -> str:
    led = f", led to {mark.final_url}" if mark.final_url else ""
    return f"{mark.at} (status {mark.http_status}{led}); the text is as it was stored"


def _likeness(record: ArticleRecord) -> str:
    return f"{record.copy_kind or 'copy'}, similarity {record.similarity}"


def _difference(difference: Difference) -> str:
    """Paragraphs that went (-) and came (+)."""
    before = [difference.older.title, *difference.older.body]
    after = [difference.newer.title, *difference.newer.body]
    return "\n".join([difference.heading, *(f"  {line.rstrip()}" for line in _lines(before, after))])


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    end = Match(old=len(before), new=len(after), length=0)
    old = new = 0
    for match in [*matches(before, after), end]:
        yield from (f"- {line}" for line in before[old : match.old])
        yield from (f"+ {line}" for line in after[new : match.new])
        old, new = match.old_end, match.new_end


def _runs(paragraph: Paragraph) -> list[dict[str, str]]:
    return [{"op": run.op, "text": run.text} for run in paragraph.runs]
