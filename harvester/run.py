"""A harvest run: its id, its parts (a source each), and its end: report, manifest, exit code."""

import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol, Self
from weakref import WeakKeyDictionary

from harvester import __version__, exit_codes
from harvester.archive import ArchiveReader, ArchiveWriter, keys, new_run_id, open_store
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.documents import publish_documents
from harvester.archive.locking import lock_of
from harvester.archive.partitions import in_order
from harvester.archive.signing import signer_of
from harvester.archive.timestamps import stamp
from harvester.config import Settings, load_settings
from harvester.errors import StoreError, UsageError
from harvester.heartbeat import Heartbeat
from harvester.index import Index, whole
from harvester.outcomes import Reason
from harvester.report import RunReport, SourceReport, exit_code_of
from harvester.source import Source
from harvester.source_run import RunContext, SourceRun
from harvester.sync import sync_manifests, sync_window
from harvester.verdict import Claims

logger = logging.getLogger(__name__)


class ScrapyCrawler(Protocol):
    """What we ask of Scrapy's Crawler here; so this module needs no Scrapy."""

    settings: Any


def utc_now() -> datetime:
    return datetime.now(UTC)


class HarvestRun:
    """One execution over one or more sources."""

    def __init__(
        self, run_id: str, context: RunContext, settings: Settings, sources: Iterable[Source], heartbeat: Heartbeat
    ) -> None:
        self.id = run_id
        self.context = context
        self.settings = settings
        self.sources = {source.name: source for source in sources}
        self.heartbeat = heartbeat
        self.parts: dict[str, SourceRun] = {}
        self.interrupted = False
        self.lost = False  # was something lost that no source answers for, such as a stretch of an imported file?
        self.asked: dict[str, Any] = {}  # what a command was asked to do and has done, for the report
        self.batches = 1
        self._earlier: dict[str, SourceReport] = {}  # of parts of earlier batches
        self.started_at = context.now()
        self._clock = time.monotonic()

    @classmethod
    def open(
        cls,
        settings: Settings,
        sources: Iterable[Source],
        *,
        since: date | None = None,
        until: date | None = None,
        limit: int | None = None,
        command: str = "run",
    ) -> Self:
        """Open archive and cache for a run over these sources. Raises UsageError where it must not start."""
        config = settings.config
        store = open_store(config.archive, lock=lock_of(config))
        store.check()
        now = utc_now()
        run_id = new_run_id(now, secrets.token_hex(3))
        log = CommitLog(store, signer=signer_of(settings))
        after = log.head()
        context = RunContext(
            run_id=run_id,
            store=store,
            writer=ArchiveWriter(store, utc_now, known_since=now.date()),
            reader=ArchiveReader(store),
            index=_index(settings, log, [source.name for source in sources], now),
            log=log,
            after=after,
            now=utc_now,
            captures=config.captures,
            proxy=config.proxy,
            contact=config.contact,
            claims=Claims(),
            listed_on=now.date(),
            command=command,
            since=since,
            until=until,
            limit=limit,
        )
        heartbeat = Heartbeat(settings.cache_folder, run_id, config.archive, now.isoformat(timespec="seconds"))
        run = cls(run_id, context, settings, sources, heartbeat)
        RUNS[run_id] = run
        return run

    @property
    def workers(self) -> int:
        """Sources harvested at once."""
        return self.settings.config.workers

    @property
    def expected(self) -> int:
        """Sources that this run is over."""
        return len(self.sources)

    @property
    def seconds(self) -> float:
        """Since the run began."""
        return time.monotonic() - self._clock

    def part(self, source: Source) -> SourceRun:
        """The source's part of this run, made when first asked for. Raises StoreError."""
        if source.name not in self.parts:
            self.parts[source.name] = SourceRun(self.context, source)
        return self.parts[source.name]

    def next_batch(self) -> bool:
        """End the parts, which makes visible what they have stored, and go on with new ones. Is it visible?

        What is written from now on has an id of its own: this run's, and the batch's number in four hex digits more.
        """
        parts = [part for part in self.parts.values() if not part.ended]
        for _ in in_order(self.end_part, parts):
            pass
        taken = not any(part.failure for part in parts)
        for name, part in self.parts.items():
            before = self._earlier.get(name)
            self._earlier[name] = before.joined(part.report()) if before else part.report()
        self.parts.clear()
        log = self.context.log.forgetful()
        run_id = f"{self.id}{self.batches:04x}"
        self.context = replace(self.context, run_id=run_id, log=log, after=log.head(), claims=Claims())
        self.batches += 1
        return taken

    def finish(self) -> RunReport:
        """End the parts that their crawls did not end, write the report, and say how it went."""
        for source in self.sources.values():
            if source.name not in self.parts and not self.interrupted:
                self._fail_unstarted(source)
        for part in self.parts.values():
            if not part.ended:
                self.end_part(part)
        report = self._report()
        try:
            self._commit(report)
        except StoreError as error:
            logger.error("the run's report could not be written: %s", error)
            report = report.model_copy(update={"exit_code": report.exit_code or exit_codes.LOST, "key": ""})
        self.heartbeat.end()
        return report

    def _commit(self, report: RunReport) -> None:
        """Write the report, and the commit that says that the run has ended. Raises StoreError."""
        publish_documents(self.context.store)
        body = report.model_dump_json(indent=2).encode()
        self.context.store.put_new(report.key, body, content_type="application/json")
        commit = self.context.log.append(
            report.key, body, kind=CommitKind.REPORT, at=report.ended_at, after=self.context.after
        )
        if authority := self.settings.config.timestamp_url:
            stamp(self.context.store, commit.number, authority)

    def _fail_unstarted(self, source: Source) -> None:
        try:
            self.part(source).fail(Reason.FAULT, "its crawl did not start")
        except StoreError as error:
            logger.error("%s: %s", source.name, error)

    def end_part(self, part: SourceRun) -> None:
        """Finish a source's part; that the archive does not take its end is the source's failure."""
        try:
            part.finish()
        except StoreError as error:
            logger.error("%s: %s", part.source.name, error)
            part.fail(Reason.STORE, str(error))
            part.end()

    def _report(self) -> RunReport:
        ended_at = self.context.now()
        parts = dict(self._earlier)
        for name, part in self.parts.items():
            parts[name] = parts[name].joined(part.report()) if name in parts else part.report()
        exit_code = exit_code_of(parts, interrupted=self.interrupted)
        return RunReport(
            run_id=self.id,
            version=__version__,
            started_at=self.started_at,
            ended_at=ended_at,
            interrupted=self.interrupted,
            sources=parts,
            settings=self._asked(),
            exit_code=exit_code or (exit_codes.LOST if self.lost else exit_codes.OK),
            key=keys.report_key(ended_at.date(), self.id),
        )

    def _asked(self) -> dict[str, Any]:
        """What the run was asked to do, without anything secret."""
        context = self.context
        return {
            "archive": context.store.url,
            "sources": {name: source.model_dump(exclude_defaults=True) for name, source in self.sources.items()},
            "since": context.since.isoformat() if context.since else None,
            "until": context.until.isoformat() if context.until else None,
            "limit": context.limit,
            "workers": self.workers,
            "captures": context.captures,
            **self.asked,
        }

    def close(self) -> None:
        """Let go of the cache; after `finish`, or where the run broke off."""
        RUNS.pop(self.id, None)
        self.heartbeat.end()
        self.context.index.close()


RUNS: dict[str, HarvestRun] = {}
"""Runs of this process by id. Scrapy builds spiders and pipelines itself and hands them nothing but settings, in which
stands the id (HARVEST_RUN)."""

_PARTS: "WeakKeyDictionary[ScrapyCrawler, tuple[HarvestRun, SourceRun]]" = WeakKeyDictionary()


def source_run(crawler: ScrapyCrawler, name: str | None = None) -> SourceRun:
    """The part of a run that this crawl is; `name` (of the source) is needed at the first call. Raises UsageError."""
    if crawler not in _PARTS:
        run = RUNS.get(crawler.settings.get("HARVEST_RUN") or "") or _run_of_its_own(crawler.settings, name)
        source = run.sources.get(name or "")
        if source is None:
            raise UsageError(f"there is no source {name!r}: scrapy crawl news -a source=NAME")
        _PARTS[crawler] = (run, run.part(source))
    return _PARTS[crawler][1]


def configured_proxy(crawler: ScrapyCrawler) -> str | None:
    """The proxy of the run's configuration, or of harvest.toml for a crawl that stores nothing."""
    if crawler in _PARTS:
        return _PARTS[crawler][1].context.proxy
    proxy: str | None = crawler.settings.get("HARVEST_PROXY")
    return proxy


def run_of(crawler: ScrapyCrawler) -> HarvestRun:
    """The run that this crawl belongs to; after `source_run`."""
    return _PARTS[crawler][0]


def _run_of_its_own(settings: Mapping[str, Any], name: str | None) -> HarvestRun:
    """For `scrapy crawl`, which knows nothing of runs."""
    file = settings.get("HARVEST_CONFIG")
    loaded = load_settings(Path(file) if file else None, os.environ, {})
    if name not in loaded.sources:
        known = ", ".join(loaded.sources) or "none"
        raise UsageError(f"there is no source {name!r} in {loaded.sources_folder} (known: {known})")
    return HarvestRun.open(loaded, [loaded.sources[name]])


def _index(settings: Settings, log: CommitLog, sources: Iterable[str], now: datetime) -> Index:
    """The local cache, up to date with the archive. Raises UsageError."""
    try:
        return whole(lambda: _synced_index(settings, log, sources, now))
    except StoreError as error:
        raise UsageError(f"archive {log.store.url}: {error}") from error
    except (OSError, sqlite3.Error) as error:
        problem = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"{settings.cache_folder}: the local cache can't be written ({problem}); name a folder with --cache"
        ) from None


def _synced_index(settings: Settings, log: CommitLog, sources: Iterable[str], now: datetime) -> Index:
    index = Index.open(settings.cache_folder, log.store.url)
    try:
        sync_window(index, log.store, now)
        sync_manifests(index, log, sources, now)
    except BaseException:
        index.close()
        raise
    return index
