"""A manifest into the bucket, and the commit that makes visible what it names."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from harvester.archive import keys
from harvester.archive.commits import Commit, CommitKind, CommitLog, commit_unseen
from harvester.archive.manifest import Manifest, parse_manifest
from harvester.archive.partitions import days_below


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A manifest that is visible."""

    key: str
    sha256: str
    commit: Commit


def commit_manifest(log: CommitLog, manifest: Manifest) -> Committed:
    """Write a manifest under the day of its end, then its commit. Raises StoreError.

    All that it names is in the bucket by now. Should the second write not come about, the source's next run does it.
    """
    day = manifest.ended_at.date()
    if manifest.source is None:
        key = keys.command_manifest_key(day, manifest.run_id, manifest.command)
    else:
        key = keys.manifest_key(day, manifest.run_id, manifest.source)
    body = manifest.to_json()
    log.store.put_new(key, body, content_type="application/json")
    commit = log.append(
        key, body, kind=CommitKind.MANIFEST, at=manifest.ended_at, after=manifest.after, source=manifest.source
    )
    return Committed(key=key, sha256=hashlib.sha256(body).hexdigest(), commit=commit)


def commit_left(log: CommitLog, command: str, source: str | None, first: date, at: datetime) -> None:
    """Commit what a command that was killed between a manifest and its commit has left, on this day or later.

    Raises StoreError.
    """
    for day in sorted(days_below(log.store, keys.RUNS)):
        if day < first:
            continue
        for found in log.store.list(keys.runs_prefix(day)):
            named = keys.parse_run_key(found.key)
            if named is None or named.is_report or named.source != source or named.command not in (None, command):
                continue
            body = log.store.get(found.key)
            if parse_manifest(body, found.key).command == command:
                commit_unseen(log, [(found.key, body)], at)
