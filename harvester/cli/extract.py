"""`harvest extract`: article records from HTML that you already have."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.extraction import Packed


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--jsonl", is_flag=True, help='input is a line a page: {"id", "url", "html"}')
@click.option("--learn", is_flag=True, help="read all input first, so that each site's pages teach its furniture")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="processes that read pages [default: all cores]")
@common_options
def extract(call: Call, files: tuple[Path, ...], jsonl: bool, learn: bool, jobs: int | None) -> None:
    """Article records from HTML that you already have, one JSON object a line, in the order of the input.

    A page that is no article, or can't be read, gives {"id", "error"}; the rest goes on. Pages of one site teach each
    other which of their blocks are text: with --learn all of them, without it those before each. Input is standard
    input where no file is named; exit code 1 where a line is no page.

    \b
      harvest extract page.html
      harvest extract --jsonl --learn < pages.jsonl > articles.jsonl
    """
    import orjson

    from harvester.bulk import Bulk, cores
    from harvester.extraction import crashed, learned, read_file, read_line, streamed

    bulk: Bulk[Any, Packed] = Bulk(read_line if jsonl else read_file, crashed, jobs or cores())
    answers = bulk.answers(_counted(_lines(files) if jsonl else _contents(files)))
    broken = 0
    for record, is_broken in learned(answers) if learn else streamed(answers):
        broken += is_broken
        sys.stdout.buffer.write(orjson.dumps(record) + b"\n")
    if broken:
        note(
            f'harvest: {broken} {"lines are no pages" if broken > 1 else "line is no page"}: see "error" in the output'
        )
        sys.exit(exit_codes.LOST)


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    """The same, with their number on the terminal."""
    shown = sys.stderr.isatty()
    for number, value in enumerate(values, start=1):
        if shown and number % 100 == 0:
            click.echo(f"\r{number} pages", nl=False, err=True)
        yield value
    if shown:
        click.echo("\r\x1b[K", nl=False, err=True)


def _contents(files: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Address and bytes of each file."""
    for path in list(files) or [Path("-")]:
        with _opened(path) as file:
            yield str(path), file.read()


def _lines(files: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Where each line stands, and its bytes; empty lines are left out."""
    for path in list(files) or [Path("-")]:
        with _opened(path) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield f"{path}: line {number}", line


def _opened(path: Path) -> BinaryIO:
    if str(path) == "-":
        return sys.stdin.buffer
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: can't be read: {error.strerror}") from None
