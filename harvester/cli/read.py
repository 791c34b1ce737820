"""`harvest read` and `harvest show`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note, print_json
from harvester.cli.chosen import choosing_options
from harvester.cli.shown import shown
from harvester.errors import StoreError, UsageError

if TYPE_CHECKING:
    from harvester.archive import ArchiveReader
    from harvester.archive.changes import Changes
    from harvester.archive.wanted import Wanted
    from harvester.story import Story
    from harvester.tables.reading import TableReader

FORMATS = ("jsonl", "text", "csv", "parquet", "warc", "cdxj", "wacz")
BINARY = ("parquet", "wacz")
ORIGINS = ("auto", "tables", "objects")


@click.command()
@choosing_options
@click.option("--after", metavar="CURSOR", help="only what has become visible since, in that order; 0: since ever")
@click.option(
    "--cursor-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="keep the cursor there from call to call: each gives what is new since the last",
)
@click.option(
    "--from",
    "origin",
    type=click.Choice(ORIGINS),
    default="auto",
    show_default=True,
    help="auto: tables and what is newer than they, where there are any; the result is the same",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="a file instead of standard output"
)
@common_options
def read(
    call: Call,
    wanted: "Wanted",
    after: str | None,
    cursor_file: Path | None,
    origin: str,
    form: str,
    output: Path | None,
) -> None:
    """What is in the archive, newest last, as a stream.

    With --after or --cursor-file: what has become visible since, each record once, in the order in which it did, also
    while runs write. The last line on standard error is the new cursor. Of each article there is the last revision of
    that range (--revisions all: each one). An article that was taken down is named on standard error.

    Exit code 1: something could not be read and was left out; then the cursor file stays as it is.

    \b
      harvest read --since 2026-11-01 --language ar > articles.jsonl
      harvest read --source example --format text | less
      harvest read --format parquet -o articles.parquet
      harvest read --source example --format wacz -o example.wacz
      harvest read --cursor-file seen.cursor >> articles.jsonl
      harvest read --after 42-9f3a1c07
    """
    if form in BINARY and output is None and sys.stdout.isatty():
        raise UsageError(f"--format {form} is binary; give a file with -o, or a pipe")
    if origin == "tables" and (after or cursor_file):
        raise UsageError("--after and --cursor-file read objects; leave out --from tables")
    reader = call.reader()
    changes = _changes(reader, wanted, after, cursor_file) if after or cursor_file else None
    with _sink(output) as stream:
        _write(reader, wanted, changes, origin, form, stream)
    if changes is not None:
        _tell_removals(changes)
    if reader.unreadable:
        note(f"harvest: {reader.unreadable} objects could not be read and were left out")
    if changes is not None:
        _keep(changes, cursor_file if not reader.unreadable else None)
    if reader.unreadable:
        sys.exit(exit_codes.LOST)


def _changes(reader: "ArchiveReader", wanted: "Wanted", after: str | None, cursor_file: Path | None) -> "Changes":
    """What is new since the cursor in the file; since the one that was given where there is no file yet."""
    from harvester.archive.changes import Changes
    from harvester.archive.commits import BEGINNING, Cursor
    from harvester.cli.cursor_file import CursorFile

    cursor = Cursor.parse(after) if after else BEGINNING
    return Changes(reader, CursorFile(path=cursor_file).read(cursor) if cursor_file else cursor, wanted)


def _write(
    reader: "ArchiveReader", wanted: "Wanted", changes: "Changes | None", origin: str, form: str, stream: BinaryIO
) -> None:
    from harvester.archive import formats

    table = _table(reader, wanted, origin, form) if changes is None else None
    if table is not None and form == "parquet":
        formats.write_batches(table.record_batches(), stream)
    elif table is not None:
        formats.write_lines(table.lines(), form, stream)
    else:
        stored = changes.stored() if changes is not None else reader.stored(wanted)
        if form in formats.WRITERS:
            formats.write_lines((found.line() for found in stored), form, stream)
        else:
            formats.write((found.record for found in stored), form, stream, reader)


def _table(reader: "ArchiveReader", wanted: "Wanted", origin: str, form: str) -> "TableReader | None":
    """The tables, where they are asked for and can answer. Raises UsageError where they alone are asked for."""
    from harvester.archive.formats import WRITERS

    if origin == "objects" or (origin == "auto" and form not in WRITERS):
        return None
    from harvester.tables.reading import TableReader, table_for

    table = table_for(reader, wanted) if form in WRITERS else None
    if table is None and origin == "tables":
        raise UsageError(
            "--from tables: there are none that can answer this; harvest tables makes them, and they know neither"
            f" --revisions all nor an --until before their last day, and give {', '.join(WRITERS)}"
        )
    return None if table is None else TableReader(reader, table, wanted)


def _tell_removals(changes: "Changes") -> None:
    for removal in changes.removals():
        note(f"taken down: {removal.id} ({shown(removal.reason)})")


def _keep(changes: "Changes", cursor_file: Path | None) -> None:
    """The cursor, now that all before it has been given away."""
    from harvester.cli.cursor_file import CursorFile

    if cursor_file is not None:
        CursorFile(path=cursor_file).write(changes.cursor)
    note(f"cursor {changes.cursor}")


@contextmanager
def _sink(output: Path | None) -> Iterator[BinaryIO]:
    """Where the result goes; a file is there whole or not at all. Raises StoreError where it can't be written."""
    from harvester.cli.whole_file import whole_file

    try:
        if output is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif output.exists() and not output.is_file():  # a pipe or a device
            with output.open("wb") as stream:
                yield stream
        else:
            with whole_file(output) as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(
            str(error.filename or output or "standard output"), f"can't be written: {error.strerror}"
        ) from None


@click.command()
@click.argument("article_id", metavar="ID")
@click.option("--diff", is_flag=True, help="what each revision changed, word by word")
@common_options
def show(call: Call, article_id: str, diff: bool) -> None:
    """One article: text, provenance, revisions with their differences, copies, removed furniture.

    ID may be cut short as long as it names one article. A revision is same, minor (up to 4 words and no number),
    revised, shortened or withdrawn, in its title, body, date or author. Of one that was taken down it says when and
    why.

    With --diff, removed words stand as [-words-] and added ones as {+words+}; on a terminal, in red and green.

    \b
      harvest show 5f0c9a
      harvest show 5f0c9a --diff | less
      harvest show 5f0c9a --diff --json | jq '.changes[].parts'
    """
    from harvester.story import story_of

    story = story_of(call.reader(), article_id)
    if story is None and _show_removal(call, article_id):
        return
    if story is None:
        note(f"harvest: there is no article {article_id!r} in {call.settings().config.archive}")
        sys.exit(exit_codes.LOST)
    if diff:
        _show_differences(story, as_json=call.as_json)
    elif call.as_json:
        print_json(story.as_dict())
    else:
        click.echo(story.in_words())


def _show_removal(call: Call, article_id: str) -> bool:
    """Tell that an article was taken down; was it?"""
    from harvester.archive.removals import removals_like

    found = list(removals_like(call.store(), article_id.lower()))
    if call.as_json and found:
        told = {"id", "source", "reason", "at"}
        print_json({"removed": [removal.model_dump(mode="json", include=told) for removal in found]})
    for removal in found if not call.as_json else ():
        click.echo(f"{removal.id}  {removal.source}  taken down on {removal.at[:10]}: {shown(removal.reason)}")
    return bool(found)


def _show_differences(story: "Story", *, as_json: bool) -> None:
    from harvester.cli.diff_shown import in_words

    if as_json:
        changes = [difference.as_dict_with_words() for difference in story.differences()]
        print_json({"id": story.revisions[-1].id, "changes": changes})
        return
    for line in in_words(story, coloured=sys.stdout.isatty() and not os.environ.get("NO_COLOR")):
        click.echo(line)
    if len(story.revisions) == 1:
        note(f"{story.revisions[0].id}: there is one revision, nothing to compare it with")
