"""`harvest clean`: articles that exist only as text, without the furniture they were harvested with."""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import click

from harvester import exit_codes
from harvester.cli.call import Call, common_options, note
from harvester.cli.shown import reason, shown, shown_path
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.article import Block
    from harvester.cli.clean_input import Found, Given, Texts
    from harvester.plain_text import CleanText

MOST_LINES = 10_000  # different removed lines are counted for the summary; those that recur are among the first
LISTED_LINES = 10
LINE_CHARACTERS = 72

OUTPUT_HELP = "write the clean texts under this folder, by their names; with --jsonl a file"
IN_PLACE_HELP = "write the clean texts over the given ones"
ONE_SOURCE_HELP = "all files are of one source, whichever folder they are in"


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE or FOLDER]...")
@click.option("--jsonl", is_flag=True, help='input is a line a text: {"id", "source", "text"}')
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help=OUTPUT_HELP)
@click.option("--in-place", is_flag=True, help=IN_PLACE_HELP)
@click.option("--one-source", is_flag=True, help=ONE_SOURCE_HELP)
@common_options
def clean(
    call: Call, files: tuple[Path, ...], jsonl: bool, output: Path | None, in_place: bool, one_source: bool
) -> None:
    """Take the furniture off articles that exist only as text.

    A text has a paragraph a line; a first line that is followed by an empty one is its title. What recurs over the
    texts of a source (a folder is one) is learned from all of them before any is written; a footer such as
    "-----, write to us, follow us" goes from a single text, too. Lines that stay are as they were; what is written is
    UTF-8 with line feeds, whatever came in.

    \b
      harvest clean article.txt > clean.txt      says on standard error what was removed
      harvest clean texts/ -o clean/             a folder and those below it, each one source
      harvest clean texts/ --in-place
      harvest clean texts/ -o clean/ --json      {"id", "source", "text", "removed"} a line
      harvest clean --jsonl < texts.jsonl > clean.jsonl

    With --jsonl, {"id", "source", "text", "removed": [{"text", "why"}]} comes out for each line, in the same order, or
    {"id", "error"}. The exit code is 1 if a text could not be read.
    """
    if jsonl:
        if in_place or one_source:
            raise UsageError("--in-place and --one-source are for files; with --jsonl each line names its source")
        problems = _clean_lines(files, output)
    elif output or in_place:
        problems = _clean_to_files(call, _found(files, output), output, in_place=in_place, one_source=one_source)
    else:
        problems = _clean_to_standard_output(call, _found(files, None), one_source=one_source)
    sys.exit(exit_codes.LOST if problems else exit_codes.OK)


class Result(NamedTuple):
    """What became of one text: clean, or not (see `Given.problem`)."""

    number: int
    given: "Given"
    cleaned: "CleanText | None"

    def record(self) -> dict[str, Any]:
        """As it is told to machines."""
        if self.cleaned is None:
            return {"id": self.given.id, "error": self.given.problem}
        removed = [{"text": block.text, "why": block.why} for block in self.cleaned.removed]
        return {"id": self.given.id, "source": self.given.source, "text": self.cleaned.text, "removed": removed}


def cleaned_texts(texts: "Texts") -> Iterator[Result]:
    """Each text, cleaned with what the texts of its source share. A source is forgotten after its last text."""
    from harvester.neighbours import Neighbours
    from harvester.plain_text import PlainText

    members: dict[str | None, list[int]] = {}
    for number in range(len(texts)):
        members.setdefault(texts.source(number), []).append(number)
    teachers: dict[str | None, Neighbours] = {}
    for number in range(len(texts)):
        source = texts.source(number)
        given = texts.read(number)
        if given.text is None:
            yield Result(number, given, None)
        else:
            teacher = teachers.get(source) or teachers.setdefault(source, Neighbours(_articles(texts, members[source])))
            yield Result(number, given, PlainText.of(given.text).cleaned(teacher.of_next()))
        if number == members[source][-1]:
            teachers.pop(source, None)


def _articles(texts: "Texts", numbers: Iterable[int]) -> Iterator[Any]:
    from harvester.plain_text import PlainText

    for number in numbers:
        text = texts.read(number).text
        if text is not None:
            yield PlainText.of(text).article()


# Lines of JSON


def _clean_lines(files: tuple[Path, ...], output: Path | None) -> int:
    """How many lines could not be cleaned."""
    from harvester.cli.clean_input import STANDARD_INPUT, JsonLines

    if output is not None and output.is_dir():
        raise UsageError(f"{output}: is a folder; with --jsonl, -o names a file")
    if output is not None and os.path.realpath(output) in map(os.path.realpath, files):
        raise UsageError(f"{output}: is read; it can't be written as well")
    problems = 0
    with ExitStack() as stack:
        try:
            texts = JsonLines([os.fspath(path) for path in files] or [STANDARD_INPUT], stack)
        except OSError as error:
            raise UsageError(f"{error.filename}: can't be read: {error.strerror}") from None
        stream = stack.enter_context(_output(output))
        for result in _watched(cleaned_texts(texts), len(texts), stream):
            problems += result.cleaned is None
            _write_record(stream, result)
    if problems:
        note(f"harvest: {problems} of {len(texts)} lines could not be read")
    return problems


@contextmanager
def _output(path: Path | None) -> Iterator[BinaryIO]:
    from harvester.cli.whole_file import whole_file

    if path is None:
        yield sys.stdout.buffer
        return
    with whole_file(path) as stream:
        yield stream


def _write_record(stream: BinaryIO, result: Result) -> None:
    import orjson

    stream.write(orjson.dumps(result.record(), option=orjson.OPT_APPEND_NEWLINE))


def _watched(results: Iterator[Result], total: int, stream: BinaryIO | None) -> Iterable[Result]:
    """The same; with a bar on the terminal, unless results are written there."""
    taken = stream is sys.stdout.buffer and sys.stdout.isatty()
    if total < 2 or taken or not sys.stderr.isatty():
        return results
    from rich.console import Console
    from rich.progress import track

    return track(results, "cleaning", total=total, console=Console(stderr=True), transient=True)


# Files


def _found(files: tuple[Path, ...], output: Path | None) -> "list[Found]":
    """The files that the command names. Raises UsageError where there are none."""
    from harvester.cli.clean_input import STANDARD_INPUT, find_files

    if not files and sys.stdin.isatty():
        raise UsageError("name a file or a folder, or pipe a text in; `harvest clean --help` has examples")
    found = list(find_files(files or (Path(STANDARD_INPUT),), without=output))
    if not found:
        raise UsageError(f"{', '.join(map(str, files))}: there are no .txt files in it")
    return found


def _clean_to_standard_output(call: Call, found: "list[Found]", *, one_source: bool) -> int:
    from harvester.cli.clean_input import Files

    if len(found) > 1 and not call.as_json:
        raise UsageError(f"{len(found)} files: say where to write them, -o DIR or --in-place, or ask for --json")
    texts = Files([one.path for one in found], one_source=one_source)
    problems = 0
    for result in _watched(cleaned_texts(texts), len(texts), sys.stdout.buffer):
        problems += result.cleaned is None
        if call.as_json:
            _write_record(sys.stdout.buffer, result)
        elif result.cleaned is not None:
            sys.stdout.buffer.write(_encoded(result.cleaned))
            sys.stdout.buffer.flush()
            note(_removed_in_words(found[0].path, result.cleaned.removed))
        if result.cleaned is None:
            _note_problem(found[result.number].path, result.given.problem)
    return problems


def _clean_to_files(call: Call, found: "list[Found]", output: Path | None, *, in_place: bool, one_source: bool) -> int:
    from harvester.cli.clean_input import Files

    _check_targets(found, output, in_place=in_place)
    texts = Files([one.path for one in found], one_source=one_source)
    tally = Tally()
    for result in _watched(cleaned_texts(texts), len(texts), sys.stdout.buffer if call.as_json else None):
        told = _written(result, _target(found[result.number], output), in_place=in_place)
        if call.as_json:
            _write_record(sys.stdout.buffer, told)
        if told.cleaned is None:
            tally.problems += 1
            _note_problem(found[result.number].path, told.given.problem)
        else:
            tally.add(told.cleaned)
    if not call.as_json:
        click.echo(tally.in_words("in place" if output is None else f"under {output}"))
    return tally.problems


def _target(one: "Found", output: Path | None) -> Path:
    """In place it is the file itself, not a link to it."""
    return output / one.name if output else Path(os.path.realpath(one.path))


def _check_targets(found: "list[Found]", output: Path | None, *, in_place: bool) -> None:
    """Raises UsageError, before anything is written, where a text would be written over something else."""
    if any(one.path == "-" for one in found):
        raise UsageError("standard input has no name to be written under; redirect standard output")
    if output is None:
        return
    if output.exists() and not output.is_dir():
        raise UsageError(f"{shown_path(output)}: is no folder")
    inputs = {os.path.realpath(one.path): one for one in found}
    taken: dict[str, Found] = {}
    for one in found:
        other = taken.setdefault(one.name, one)
        if other is not one:
            both = f"{shown_path(other.path)} and {shown_path(one.path)}"
            raise UsageError(f"{both} would both be written to {shown_path(output / one.name)}")
        read = inputs.get(os.path.realpath(output / one.name))
        if read is not None and (read is not one or not in_place):
            hint = "" if read is not one else "; say --in-place if that is meant"
            raise UsageError(f"{shown_path(one.path)} would be written over {shown_path(read.path)}{hint}")


def _written(result: Result, target: Path, *, in_place: bool) -> Result:
    """The same, or why it could not be written. A file that is clean already is left as it is when cleaned in place."""
    from harvester.cli.whole_file import whole_file

    if result.cleaned is None or (in_place and not result.cleaned.removed and target.exists()):
        return result
    try:
        with whole_file(target) as stream:
            stream.write(_encoded(result.cleaned))
    except OSError as error:
        problem = f"can't be written to {shown_path(target)}: {error.strerror}"
        return Result(result.number, replace(result.given, problem=problem), None)
    return result


def _encoded(cleaned: "CleanText") -> bytes:
    return (cleaned.text + "\n" if cleaned.text else "").encode("utf-8", "replace")


# In words


def _note_problem(path: str, problem: str | None) -> None:
    note(f"harvest: {shown_path(path)}: {shown(problem or '')}")


def _removed_in_words(path: str, removed: "tuple[Block, ...]") -> str:
    name = "standard input" if path == "-" else shown_path(path)
    if not removed:
        return f"{name}: nothing removed"
    whys = Counter(block.why or "" for block in removed)
    told = ", ".join(f"{count} {why}" if len(whys) > 1 else why for why, count in whys.most_common())
    head = f"{name}: removed {_counted(len(removed), 'line')} ({shown(told)})"
    return "\n".join([head, *(f"- {shown(block.text)}" for block in removed)])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@dataclass(slots=True)
class Tally:
    """What was removed from many texts."""

    texts: int = 0
    changed: int = 0
    problems: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)

    def add(self, cleaned: "CleanText") -> None:
        """Count one text."""
        self.texts += 1
        self.changed += bool(cleaned.removed)
        for block in cleaned.removed:
            self.reasons[reason(block.why or "")] += 1
            line = shown(block.text)[:LINE_CHARACTERS]
            if line in self.lines or len(self.lines) < MOST_LINES:
                self.lines[line] += 1

    def in_words(self, where: str) -> str:
        """Counts, reasons, and the lines that went most often."""
        removed = _counted(self.reasons.total(), "line")
        head = [f"{_counted(self.texts, 'text')} clean {where}; {removed} removed from {self.changed} of them"]
        head += [f"{count:8} {why}" for why, count in self.reasons.most_common()]
        if self.problems:
            head.append(f"{_counted(self.problems, 'text')} could not be read or written")
        lines = [f"{count:8} {line}" for line, count in self.lines.most_common(LISTED_LINES)]
        return "\n".join([*head, *(["removed most often:", *lines] if lines else [])])
