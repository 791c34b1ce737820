"""`harvest reprocess`: articles read anew from their stored captures."""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options
from harvester.cli.chosen import DAY
from harvester.cli.shown import shown
from harvester.errors import StoreError, UsageError

if TYPE_CHECKING:
    from harvester.archive import ArchiveReader
    from harvester.rederiving import Rederived
    from harvester.reprocessing import Counts, Reprocessing

SAMPLE_LINES = 8
"""Of one sample's changed text."""

SPOOL_BYTES = 8 << 20
"""Of the ids for --json; more go to a temporary file."""

IN_WORDS = {
    "loss": "would lose more than half of their words",
    "text": "another text",
    "title": "another title",
    "metadata": "only other dates, authors, language, section, tags or images",
    "no_article": "no article any more: left alone",
    "no_capture": "the page was not kept",
    "capture_missing": "the capture is missing",
    "capture_unreadable": "the capture can't be read",
    "record_unreadable": "the record can't be read",
    "fault": "our mistake; the log has the traceback",
}


@click.command()
@click.option("--source", metavar="S", help="only this source")
@click.option("--since", type=DAY, help="only what was first harvested on this day (UTC) or later")
@click.option("--until", type=DAY, help="only what was first harvested on this day (UTC) or earlier")
@click.option("--accept", is_flag=True, help="write what differs as new derivations")
@click.option("--accept-losses", is_flag=True, help="with --accept: also where less than half of the words is left")
@click.option("--limit", type=click.IntRange(min=1), help="read at most so many records")
@click.option(
    "--samples", type=click.IntRange(min=0), default=3, show_default=True, help="shown with their differences"
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="processes that read pages [default: all cores]")
@common_options
def reprocess(
    call: Call,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    accept: bool,
    accept_losses: bool,
    limit: int | None,
    samples: int,
    jobs: int | None,
) -> None:
    """Read the archive's articles anew from their stored captures, with today's extraction and furniture.

    Nothing is fetched. Without --accept it only says what would change. With it, what differs is written as a new
    derivation of the same revision, beside the old one, which stays. It may be broken off; the same call goes on.

    An article that would keep less than half of its words is left alone unless --accept-losses is given, too; one whose
    page is no article any more always is (`harvest remove` takes it down). Exit code 1: something could not be read.

    \b
      harvest reprocess --source example --limit 500
      harvest reprocess --since 2026-11-01 --json | jq '.changes[] | select(.fate == "loss") | .id'
      harvest reprocess --accept
    """
    from harvester.archive import ArchiveReader
    from harvester.archive.commits import CommitLog
    from harvester.archive.signing import signer_of
    from harvester.bulk import cores
    from harvester.reprocessing import Asked, Reprocessing
    from harvester.run import utc_now

    if accept_losses and not accept:
        raise UsageError("--accept-losses says what to write; give --accept as well")
    settings, store = call.settings(), call.store()
    store.check(writing=accept)
    asked = Asked(
        source=_source_name(source),
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
        accept=accept,
        accept_losses=accept_losses,
        jobs=jobs or cores(),
    )
    log = CommitLog(store, signer=signer_of(settings))
    passing = Reprocessing(store, settings.sources, asked, utc_now, log=log)
    chosen = _Samples(samples)
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        for name, told in _counted(passing):
            chosen.look_at(told)
            if told.fate != "same" and call.as_json:
                spool.write(_line(name, told))
        code = exit_codes.LOST if _is_lost(passing.total) else exit_codes.OK
        report = passing.report(exit_code=code)
        if call.as_json:
            _print_json(passing, report.key if report else None, spool)
        else:
            _print(passing, report.key if report else None, chosen, ArchiveReader(store), accept=accept)
    sys.exit(code)


def _source_name(source: str | None) -> str | None:
    from harvester.source import NAME

    if source is not None and not NAME.fullmatch(source):
        raise UsageError(f"{source!r} is not a source's name")
    return source


def _counted(passing: "Reprocessing") -> Iterator[tuple[str, "Rederived"]]:
    """The same, with their number on the terminal."""
    drawn = sys.stderr.isatty()
    for number, found in enumerate(passing.run(), start=1):
        if drawn and number % 50 == 0:
            click.echo(
                f"\r\x1b[K{number:,} records read, {passing.total.changes:,} differ  {found[0]}", nl=False, err=True
            )
        yield found
    if drawn:
        click.echo("\r\x1b[K", nl=False, err=True)


def _is_lost(total: "Counts") -> bool:
    from harvester.rederiving import UNREADABLE

    return any(total.fates[fate] for fate in UNREADABLE)


class _Samples:
    """The first changes to be shown, those that lose most of a text before others."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._losses: list[Rederived] = []
        self._others: list[Rederived] = []

    def look_at(self, told: "Rederived") -> None:
        if told.record is not None:
            kept = self._losses if told.fate == "loss" else self._others
            if len(kept) < self._count:
                kept.append(told)

    def __iter__(self) -> "Iterator[Rederived]":
        return iter([*self._losses, *self._others][: self._count])


def _print(
    passing: "Reprocessing", report: str | None, samples: _Samples, reader: "ArchiveReader", *, accept: bool
) -> None:
    for told in samples:
        click.echo("\n".join(_sample(told, reader)) + "\n")
    total = passing.total
    for fate, words in IN_WORDS.items():
        if count := total.fates[fate]:  # type: ignore[index]
            click.echo(f"  {count:>9,}  {words}")
    if len(passing.counts) > 1:
        for name, counts in passing.counts.items():
            if counts.changes:
                click.echo(f"  {name}: {counts.changes:,} of {counts.read:,}")
    click.echo(_summary(total))
    if accept:
        click.echo(f"{total.written:,} new derivations written" + (f"; report: {report}" if report else ""))
    elif total.changes:
        click.echo("nothing was written; --accept writes them")


def _summary(total: "Counts") -> str:
    losses = total.fates["loss"]  # type: ignore[index]
    words = f", {losses:,} of them lose more than half of their words" if losses else ""
    return f"{total.changes:,} of {total.read:,} records would change{words}"


def _sample(told: "Rederived", reader: "ArchiveReader") -> Iterator[str]:
    from harvester.archive.record import parse_record
    from harvester.cli.diff_shown import text_in_words

    made = parse_record(told.record or b"", told.key)
    try:
        record = reader.record(told.key)
    except StoreError as error:
        yield f"{made.id}  {shown(str(error))}"
        return
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    yield f"{made.id}  {told.fate}: {told.words[0]:,} words, then {told.words[1]:,}  {shown(record.title)}"
    if made.title != record.title:
        yield from text_in_words(record.title, made.title, made.direction, coloured=coloured)
    lines = list(text_in_words(record.text, made.text, made.direction, coloured=coloured)) if _is_text(told) else []
    yield from lines[:SAMPLE_LINES]
    if len(lines) > SAMPLE_LINES:
        yield "  …"
    if told.fate == "metadata":
        for name, value in made.model_dump(include=set(SHOWN_METADATA)).items():
            if value != (before := getattr(record, name)):
                yield f"  {name}: {shown(str(before))} → {shown(str(value))}"


SHOWN_METADATA = ("authors", "published_at", "modified_at", "language", "direction", "section", "tags")


def _is_text(told: "Rederived") -> bool:
    return told.fate in ("text", "loss")


def _line(source: str, told: "Rederived") -> bytes:
    import orjson

    from harvester.archive import keys

    named = keys.parse_article_key(told.key)
    said: dict[str, Any] = {
        "id": named.id if named else None,
        "revision": named.revision if named else None,
        "source": source,
        "key": told.key,
        "fate": str(told.fate),
        "words": list(told.words),
    }
    return orjson.dumps(said | ({"detail": told.detail} if told.detail else {})) + b"\n"


def _print_json(passing: "Reprocessing", report: str | None, spool: IO[bytes]) -> None:
    """One document; the changes as they lie in the file, so that they are never all in memory."""
    import orjson

    head = {
        "total": passing.total.as_dict(),
        "sources": {name: counts.as_dict() for name, counts in passing.counts.items()},
        "report": report,
    }
    out = sys.stdout.buffer
    out.write(orjson.dumps(head)[:-1] + b',"changes":[')
    spool.seek(0)
    for number, line in enumerate(spool):
        out.write((b",\n" if number else b"\n") + line.rstrip(b"\n"))
    out.write(b"]}\n")
