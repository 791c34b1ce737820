"""`harvest import`: pages that somebody has recorded, through the same pipelines."""

import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json

if TYPE_CHECKING:
    from harvester.config import Settings
    from harvester.importing.importer import Importer
    from harvester.report import RunReport
    from harvester.run import HarvestRun
    from harvester.source import Source

SHOWN_SOURCES = 20
SHOWN_BROKEN = 3
REFRESH_S = 0.25
BEAT_S = 2.0

GARBAGE_AFTER = 50_000
"""Objects made after which Python looks for cycles; its usual 700 take 6 % of an import, which makes hardly any."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE or URL...")
@click.option(
    "--source", "name", metavar="NAME", help="all pages are of this source, configured or new [default: by host]"
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="processes that read pages [default: all cores]")
@click.option(
    "--limit", type=click.IntRange(min=1), help="end after so many stored articles; the next call goes on there"
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="only articles published on this day or later")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="only articles published on this day or earlier")
@click.option("--again", is_flag=True, help="from the beginning, whatever earlier imports have taken over")
@common_options
def import_recordings(
    call: Call,
    files: tuple[str, ...],
    name: str | None,
    jobs: int | None,
    limit: int | None,
    since: datetime | None,
    until: datetime | None,
    again: bool,
) -> None:
    """Take over recorded pages: WARC and WACZ files, and folders of HTML files, here or in a bucket.

    Each page goes the way of a page that is fetched: it is read, cleaned with what its site's pages have taught,
    compared with what is stored, and kept with its capture; its time is that of the recording. It belongs to the
    configured source of its site, else to a source named after its host. What is no article is counted, with its
    reason.

    An import that was interrupted or killed goes on where it was, and a file that was taken over is not read again.
    Broken places are named and passed over; exit code 1.

    \b
      harvest import CC-NEWS-20261101000000-00001.warc.gz
      harvest import crawl.wacz mirror/ --source example
      harvest import s3://my-crawls/2026/ --since 2026-01-01
    """
    import sqlite3

    from harvester.errors import StoreError
    from harvester.importing.inputs import recordings
    from harvester.run import HarvestRun

    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER)
    settings = call.settings()
    only = _source(settings, name, files) if name else None
    found = recordings(files)
    days = [day.date() if day else None for day in (since, until)]
    run = HarvestRun.open(settings, [], since=days[0], until=days[1], command="import")
    problem = None
    try:
        importer = _importer(run, only, jobs=jobs, limit=limit, again=again)
        with _stopped_by_signals(run):
            try:
                importer.take_over(found)
            except (StoreError, OSError, sqlite3.Error) as error:
                problem = error
                run.lost = True
        run.asked = {
            "command": "import",
            "source": name,
            "limit": limit,
            "again": again,
            "recordings": [one.told() for one in importer.taken],
        }
        report = run.finish()
    finally:
        run.close()
    _clear()
    if call.as_json:
        print_json(report.model_dump(mode="json"))
    else:
        click.echo(summary(report))
    if problem is not None:
        note(f"harvest: {problem}")
    sys.exit(report.exit_code)


def _source(settings: "Settings", name: str, files: tuple[str, ...]) -> "Source":
    """A configured one, or one of which nothing is known but its name. Raises ConfigError."""
    from harvester.source import source_at

    return settings.sources.get(name) or source_at(f"https://{name}/", name)


def _importer(
    run: "HarvestRun", only: "Source | None", *, jobs: int | None, limit: int | None, again: bool
) -> "Importer":
    from harvester.bulk import cores
    from harvester.importing.importer import Importer
    from harvester.importing.markers import Markers
    from harvester.importing.sources import SourceBook

    context = run.context
    markers = Markers(store=context.store, source=only.name if only else None, since=context.since, until=context.until)
    book = SourceBook.of(run.settings.sources.values(), only)
    return Importer(run, book, markers, jobs=jobs or cores(), limit=limit, again=again, watch=_Progress(run))


@contextmanager
def _stopped_by_signals(run: "HarvestRun") -> Iterator[None]:
    """The first Ctrl-C or SIGTERM ends the import well, the second at once. Readers, which inherit this, go on."""
    main = os.getpid()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if os.getpid() != main:
            return
        if run.interrupted:
            os._exit(exit_codes.INTERRUPTED)
        run.interrupted = True
        note("stopping; what is under way is finished and stored (again to stop at once)")

    earlier = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


class _Progress:
    """A line on the terminal, and the heartbeat for `harvest status`."""

    def __init__(self, run: "HarvestRun") -> None:
        self.run = run
        self._shown = sys.stderr.isatty()
        self._drawn = self._beaten = 0.0

    def __call__(self, importer: "Importer") -> None:
        now = time.monotonic()
        if now - self._beaten > BEAT_S:
            self._beaten = now
            self.run.heartbeat.beat(in_words(importer))
        if self._shown and now - self._drawn > REFRESH_S:
            self._drawn = now
            click.echo(f"\r\x1b[K{in_words(importer)}", nl=False, err=True)


def _clear() -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def in_words(importer: "Importer") -> str:
    """How far the import is."""
    rate = importer.pages / max(1e-3, importer.run.seconds)
    words = f"{importer.stored} articles, {importer.pages} pages, {rate:.0f} pages/s"
    at = next((one for one in importer.taken if not one.was_done and not one.is_done), None)
    if at is None:
        return words
    share = at.reached.offset / max(1, at.recording.size)
    return f"{words}, {share:.0%} of {at.recording.name.rpartition('/')[2]}"


def summary(report: "RunReport") -> str:
    """What came of the pages by source, and of each recording."""
    parts = sorted(report.sources.items(), key=lambda named: (-named[1].outcomes.get("stored", 0), named[0]))
    shown = parts[:SHOWN_SOURCES]
    width = max((len(name) for name, _ in shown), default=0)
    lines = [f"{name:{width}}  {part.in_words()}" for name, part in shown]
    if len(parts) > len(shown):
        lines.append(f"… and {len(parts) - len(shown)} more sources")
    for told in report.settings["recordings"]:
        lines += _of_recording(told)
    counts = [(report.total("stored"), "new"), (report.total("revised"), "revised")]
    new = ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"
    lines.append(f"run {report.run_id}: {new}; report: {report.key or 'could not be written'}")
    return "\n".join(lines)


def _of_recording(told: dict[str, object]) -> list[str]:
    name = told["recording"]
    if told["done_before"]:
        return [f"{name}: taken over before; --again reads it once more"]
    skipped, places = told["skipped"], told["broken_places"]
    assert isinstance(skipped, dict)
    assert isinstance(places, list)
    others = ", ".join(f"{count} {why}" for why, count in skipped.items())
    state = "" if told["done"] else f"; the next call goes on at {told['to']} of {told['size']}"
    lines = [f"{name}: {told['records']} records: {told['pages']} pages{', ' if others else ''}{others}{state}"]
    lines += [f"  broken at {place['offset']}: {place['problem']}" for place in places[:SHOWN_BROKEN]]
    broken = told["broken"]
    assert isinstance(broken, int)
    if broken > SHOWN_BROKEN:
        lines.append(f"  … and {broken - SHOWN_BROKEN} more broken places")
    return lines
