"""Repair: what a verification has found to be wrong, put right as far as something else still proves it.

A record comes back byte for byte out of the tables, as its SHA-256 proves, or is read again from its capture as the
next derivation. What was written and never made visible gets its commit. Tables that are wrong are deleted, for they
can be made again. Nothing that can't be made again is deleted: damaged bytes are kept under `.damaged/`. It may be
broken off anywhere and begun again.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

import harvester.archive.keys as keys
from harvester.archive import ObjectStore
from harvester.archive.capture import read_capture
from harvester.archive.commits import CommitKind, CommitLog, Cursor, commit_unseen
from harvester.archive.lines import article_line, object_line
from harvester.archive.manifest import Manifest, ManifestArticle, ManifestObject, parse_manifest
from harvester.archive.record import parse_record
from harvester.archive.removals import Removal
from harvester.archive.signing import signer_of
from harvester.archive.writer import ArchiveWriter, Written
from harvester.committing import commit_manifest
from harvester.config import Settings
from harvester.errors import NotArticle, ObjectExists, ObjectMissing, StoreError
from harvester.furniture_store import latest_furniture
from harvester.rederiving import Knowledge, restored
from harvester.report import RunReport
from harvester.verifying.findings import Finding, Problem, Verified
from harvester.verifying.removed import Removed

logger = logging.getLogger(__name__)

COMMAND: Final = "repair"
"""By which its manifests are known."""

LOST: Final = (Problem.MISSING, Problem.DAMAGED, Problem.TRUNCATED)

KIND_BY_ROOT: Final = {
    keys.CAPTURES: "capture",
    keys.FURNITURE: "furniture",
    keys.LINKS: "links",
    keys.MARKS: "mark",
    keys.SEGMENTS: "segment",
}
"""Of what a run that was killed may have left; articles have lines of their own."""


@dataclass(slots=True, kw_only=True)
class Repaired:
    """What was done, and what could not be; one sentence each."""

    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class Repair:
    """Puts right what one verification has found."""

    def __init__(self, store: ObjectStore, settings: Settings, now: Callable[[], datetime]) -> None:
        """Raises UsageError for a signing key that can't sign."""
        self._store = store
        self._settings = settings
        self._now = now
        self._log = CommitLog(store, signer=signer_of(settings))
        self._repaired = Repaired()

    def repair(self, told: Verified) -> Repaired:
        """Raises StoreError where the store does not answer any more."""
        removed = Removed(self._store, Verified())
        found = [one for one in told.findings if not removed.covers(one.key)]  # a take-down may have come since
        lost = {one.key for one in found if one.problem in LOST and one.key.startswith(keys.ARTICLES)}
        if lost:
            self._restore(self._lines(lost))
        uncommitted = [one.key for one in found if one.problem is Problem.UNCOMMITTED]
        uncommitted += self._of_repairs(told.pending_keys)
        left = [key for key in told.left_over_keys if not removed.covers(key)]
        if lacking := sorted({one.key for one in found if _is_of_the_chain(one)}):
            self._repaired.left += [f"{key}: {lacking[0]}, once restored, may name it" for key in uncommitted]
        else:
            self._commit([*uncommitted, *left], after=Cursor.parse(told.cursor).number)
        self._drop_tables({one.key for one in told.findings if _is_of_a_table(one)}, told.tables)
        return self._repaired

    def _of_repairs(self, pending: Iterable[str]) -> Iterator[str]:
        """Manifests of repairs that were killed before the commit, however young; of one that is at work, it is the
        same commit."""
        for key in pending:
            if keys.parse_run_key(key) is not None:
                with suppress(StoreError):
                    if parse_manifest(self._store.get(key), key).command == COMMAND:
                        yield key

    # Records

    def _lines(self, lost: set[str]) -> dict[str, ManifestArticle]:
        """What manifests say of these records. Raises StoreError."""
        return {
            line.key: line
            for commit, lines in self._log_articles()
            for line in lines
            if line.key in lost and line.key not in commit.without
        }

    def _log_articles(self) -> Iterator[tuple[Any, list[ManifestArticle]]]:
        """Of all sound commits: one that is damaged must not keep others from being restored."""
        from harvester.verifying.chain import Chain, Trust, lines_of

        for made in Chain(self._store, Trust(), Verified()).made():
            if made.body is not None and made.commit.kind == "manifest":
                lines = lines_of(made.commit, made.body)
                yield (
                    made.commit,
                    [ManifestArticle.model_validate(line, strict=False) for line in lines if line["kind"] == "article"],
                )

    def _restore(self, lines: dict[str, ManifestArticle]) -> None:
        left = dict(lines)
        for key, body in self._in_tables(lines):
            if key in left and hashlib.sha256(body).hexdigest() == left[key].sha256:
                self._put_back(key, body)
                del left[key]
        by_source: dict[str, list[ManifestArticle]] = {}
        for key, line in left.items():
            named = keys.parse_article_key(key)
            if named is not None:
                by_source.setdefault(named.source, []).append(line)
        for source, some in by_source.items():
            self._read_again(source, some)

    def _in_tables(self, lines: dict[str, ManifestArticle]) -> Iterator[tuple[str, bytes]]:
        """Key and bytes of those records that the table of articles still has, whatever else in it is broken."""
        from harvester.tables import record_bytes

        wanted = pa.array(sorted(lines), pa.string())
        for found in sorted(one.key for one in self._store.list(keys.table_prefix("articles"))):
            try:
                for row in _rows(self._store.get(found), found, wanted):
                    body = record_bytes(row)
                    if body is not None:
                        yield row["key"], body
            except (pa.ArrowException, OSError, StoreError, ValidationError, KeyError) as error:
                logger.warning("%s: %s", found, error)

    def _put_back(self, key: str, body: bytes) -> None:
        """Write the true bytes in place of what is there, which is kept aside."""
        try:
            found, version = self._store.get_version(key)
        except ObjectMissing:
            self._store.put_new(key, body, content_type="application/json")
        else:
            if found == body:
                return
            self._keep_aside(key, found)
            self._store.replace(key, body, version=version, content_type="application/json")
        self._repaired.done.append(f"{key}: restored from the table of articles")

    def _keep_aside(self, key: str, found: bytes) -> None:
        try:
            aside = keys.damaged_key(key, hashlib.sha256(found).hexdigest())
            self._store.put_new(aside, found, content_type="application/octet-stream")
        except ObjectExists:
            logger.debug("%s: kept aside already", key)

    def _read_again(self, source: str, lines: Iterable[ManifestArticle]) -> None:
        """Records that nothing has any more, from their captures as the next derivation."""
        furniture, furniture_key = latest_furniture(self._store, source)
        known = Knowledge.of(self._store, self._settings.sources.get(source), furniture, furniture_key)
        after = self._log.head()
        started_at = self._now()
        run_id = keys.new_run_id(started_at, secrets.token_hex(3))
        written: list[ManifestArticle] = []
        for line in lines:
            try:
                written += self._read_one_again(source, line, known, run_id)
            except (StoreError, NotArticle, ValueError) as error:
                self._repaired.left.append(f"{line.key}: {error}")
        self._make_visible(source, run_id, started_at, after, written)

    def _read_one_again(
        self, source: str, line: ManifestArticle, known: Knowledge, run_id: str
    ) -> Iterator[ManifestArticle]:
        """Raises StoreError and NotArticle."""
        derivations = self._derivations(source, line)
        if max(derivations, default=0) > line.derivation:
            self._repaired.left.append(f"{line.key}: lost; readers get derivation {max(derivations)} in its place")
            return
        capture_key = self._capture_of(source, line)
        page = read_capture(self._store.get(capture_key), capture_key)
        record = restored(
            *(line, capture_key, page, known),
            source=source,
            run_id=run_id,
            number=max([line.derivation, *derivations]) + 1,
        )
        answer = ArchiveWriter(self._store, self._now).put_article(record)
        if isinstance(answer, Written):
            yield article_line(record, answer.key, answer.body, line.payload_sha256)
            self._repaired.done.append(
                f"{line.key}: read again from {capture_key}, as {answer.key}; its bytes are lost"
            )

    def _derivations(self, source: str, line: ManifestArticle) -> list[int]:
        """Numbers of the derivations of this revision that are there, the lost one not counted."""
        found = []
        for prefix in self._store.prefixes(keys.articles_prefix(source)):
            for one in self._store.list(f"{prefix}{line.id}-r{line.revision}"):
                named = keys.parse_article_key(one.key)
                if named is not None and named.revision == line.revision and one.key != line.key:
                    found.append(named.derivation)
        return found

    def _capture_of(self, source: str, line: ManifestArticle) -> str:
        """The key of the page that a record was read from. Raises StoreError."""
        if line.payload_sha256 is not None:
            for prefix in self._store.prefixes(keys.source_prefix(keys.CAPTURES, source)):
                day = keys.parse_day(prefix)
                key = keys.capture_key(source, day, line.id, line.payload_sha256) if day else ""
                if key and self._store.size(key) is not None:
                    return key
        raise StoreError(line.key, "can't be restored: neither the tables nor a capture have it")

    # Commits

    def _commit(self, uncommitted: Iterable[str], *, after: int) -> None:
        """Make visible what was written long ago and that no commit names. Raises StoreError.

        `after`: the last commit that was verified. What a later one has made visible meanwhile, is so once.
        """
        wanted = sorted(uncommitted)
        manifests = [key for key in wanted if (run := keys.parse_run_key(key)) and not run.is_report]
        self._commit_manifests(manifests)
        named = self._named_by(manifests)
        by_source: dict[str, list[str]] = {}
        for key in wanted:
            if key not in named and key.startswith((keys.ARTICLES, *KIND_BY_ROOT)):
                by_source.setdefault(_source_of(key), []).append(key)
        for source, some in by_source.items():
            if source:
                self._adopt(source, some, after)
        for key in wanted:
            if (run := keys.parse_run_key(key)) and run.is_report:
                self._append(key, CommitKind.REPORT, lambda body, key: RunReport.model_validate_json(body))
            elif keys.parse_removal_key(key) is not None:
                self._append(key, CommitKind.REMOVAL, Removal.from_json)

    def _append(self, key: str, kind: CommitKind, parse: Callable[[bytes, str], object]) -> None:
        """The commit of a report or a tombstone, whose writer was killed just before it."""
        try:
            body = self._store.get(key)
            parse(body, key)
            removed = keys.parse_removal_key(key)
            source = removed[0] if removed else None
            self._log.append(key, body, kind=kind, at=self._now(), after=0, source=source)
            self._repaired.done.append(f"{key}: made visible")
        except ValidationError:
            self._repaired.left.append(f"{key}: is not made visible: is no report")
        except StoreError as error:
            self._repaired.left.append(str(error))

    def _commit_manifests(self, manifests: Iterable[str]) -> None:
        for key in manifests:
            try:
                commit_unseen(self._log, [(key, self._store.get(key))], self._now())
                self._repaired.done.append(f"{key}: made visible")
            except StoreError as error:
                self._repaired.left.append(str(error))

    def _named_by(self, manifests: Iterable[str]) -> set[str]:
        """Keys that manifests name which are visible by now."""
        wanted = set(manifests)
        commits = (one for one in self._log.read() if one.key in wanted)
        return {line.key for one in commits for line in self._log.manifest(one).objects}

    def _adopt(self, source: str, found: Iterable[str], after: int) -> None:
        """A manifest of what a run that was killed has left of a source."""
        started_at = self._now()
        lines = []
        for key in found:
            try:
                lines.append(self._line(key, self._store.get(key)))
            except StoreError as error:
                self._repaired.left.append(f"{key}: is not made visible: {error.problem}")
        run_id = keys.new_run_id(started_at, secrets.token_hex(3))
        if self._make_visible(source, run_id, started_at, after, lines):
            self._repaired.done += [f"{line.key}: made visible" for line in lines]

    def _line(self, key: str, body: bytes) -> ManifestObject:
        """Raises StoreError for what is damaged, as far as it can be told without a manifest."""
        if key.startswith(keys.ARTICLES):
            record = parse_record(body, key)
            named = keys.parse_article_key(key)
            if named is None or (named.source, named.id) != (record.source, record.id):
                raise StoreError(key, f"is the record of another article, {record.id}")
            return article_line(record, key, body, record.capture.sha256 if record.capture else None)
        from harvester.verifying.objects import check_capture, self_check

        if key.startswith(keys.CAPTURES) and (finding := check_capture(key, body).finding):
            raise StoreError(key, finding.detail)
        if check := self_check(key):
            check(body, key)
        kind = next(kind for root, kind in KIND_BY_ROOT.items() if key.startswith(root))
        return object_line(key, body, kind)

    def _make_visible(
        self, source: str, run_id: str, started_at: datetime, after: int, lines: Sequence[ManifestObject]
    ) -> bool:
        if not lines:
            return False
        manifest = Manifest(
            run_id=run_id,
            source=source,
            command=COMMAND,
            after=after,
            started_at=started_at,
            ended_at=self._now(),
            objects=list(lines),
        )
        commit_manifest(self._log, manifest)
        return True

    # Tables

    def _drop_tables(self, wrong: set[str], seen: Mapping[str, str]) -> None:
        """Delete all tables if one is wrong: that of articles says how far all of them have read.

        Its last object goes first, and of each table the last one: what is left at any moment can be filled again.
        `seen`: the hashes of the objects as they were looked at. Tables that were written since are left alone.
        """
        found = [named for one in self._store.list(keys.TABLES) if (named := keys.parse_table_key(one.key))]
        if not wrong or not found:
            return
        if not self._are_as_they_were({str(key) for key in found}, seen):
            self._repaired.left.append(f"{keys.TABLES}: were written meanwhile; verify again")
            return
        for key in sorted(wrong & seen.keys()):
            self._keep_aside(key, self._store.get(key))
        for named in sorted(found, key=lambda named: (named.table != "articles", -named.number)):
            self._store.delete(str(named))
        self._repaired.done.append(f"{keys.TABLES}: deleted; `harvest tables` makes them again")

    def _are_as_they_were(self, found: set[str], seen: Mapping[str, str]) -> bool:
        return found == seen.keys() and all(
            hashlib.sha256(self._store.get(key)).hexdigest() == seen[key] for key in sorted(found)
        )


def _rows(body: bytes, key: str, wanted: Any) -> Iterator[dict[str, Any]]:
    """Rows of an object of the table of articles whose records are wanted; row groups that are broken are left out.

    Raises StoreError where its footer is broken.
    """
    from harvester.tables.parquet import checked_file

    with checked_file(pa.BufferReader(body), key) as file:
        for number in range(file.num_row_groups):
            try:
                named = file.read_row_group(number, ["key"], use_threads=False).column("key")
                mask = pc.is_in(named, value_set=wanted)
                if pc.any(mask).as_py():
                    yield from file.read_row_group(number, use_threads=False).filter(mask).to_pylist()
            except (pa.ArrowException, OSError) as error:
                logger.warning("row group %d: %s", number, error)


def _is_of_the_chain(finding: Finding) -> bool:
    """A commit or manifest that is lost: nobody knows what it makes visible, and a second commit stays for ever."""
    run = keys.parse_run_key(finding.key)
    is_part = keys.parse_commit_key(finding.key) is not None or (run is not None and not run.is_report)
    return is_part and finding.problem in (*LOST, Problem.CHAIN, Problem.UNREADABLE)


def _is_of_a_table(finding: Finding) -> bool:
    return finding.key.startswith(keys.TABLES) and finding.problem in (*LOST, Problem.TABLE)


def _source_of(key: str) -> str:
    """The source that an object belongs to; empty for what is no one source's."""
    segment = keys.parse_segment_key(key)
    if segment is not None:
        return segment.source or ""
    for part in key.split("/"):
        if part.startswith("source="):
            return part.removeprefix("source=")
    name = key.rpartition("/")[2]
    return name.partition(".")[2].removesuffix(".jsonl") if key.startswith(keys.LINKS) else ""
