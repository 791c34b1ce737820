"""Where `harvest clean` finds its texts: files and folders, or lines of JSON. Each can be read more than once, so that
a hundred thousand of them need not be in memory."""

import os
import stat
import sys
import tempfile
from array import array
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from harvester.cli.shown import shown_path

LARGEST_TEXT = 20 * 2**20
"""Bytes. What is larger is no article; the largest pages that are harvested have as many."""

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A text as it was given, or why there is none."""

    id: Any  # of a file its path; of a line whatever it says
    source: str | None
    text: str | None = None
    problem: str | None = None  # one line


class Texts(Protocol):
    """Texts in the order of the input, numbered from 0."""

    def __len__(self) -> int: ...

    def source(self, number: int) -> str | None:
        """Of the text, if it could be read when the input was looked through."""

    def read(self, number: int) -> Given:
        """The text. Never raises for what is wrong with it."""


# Files


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file that the command names, itself or by its folder."""

    path: str
    name: str  # under a folder of results: below the folder that was named, or the bare name


def find_files(named: Iterable[Path], *, without: Path | None = None) -> Iterator[Found]:
    """Each file once; of a folder the `.txt` files in it and below, sorted. What is below `without` is left out.

    A file that is not there is named too: it is for the reader to say so.
    """
    seen: set[str] = set()
    for path in named:
        for found in _below(path, without) if path.is_dir() else [Found(path=os.fspath(path), name=path.name)]:
            place = os.path.abspath(found.path)  # noqa: PTH100 - a hundred thousand of them; the path stays as named
            if place not in seen:
                seen.add(place)
                yield found


def _below(folder: Path, without: Path | None) -> Iterator[Found]:
    """Hidden files and folders are left out: "._a.txt" is no text but what macOS left beside one."""
    refused: list[str] = []
    for around, folders, names in os.walk(folder, onerror=lambda error: refused.append(error.filename)):
        folders[:] = sorted(name for name in folders if name[0] != "." and not _is(without, around, name))
        for name in sorted(names):
            if name.lower().endswith(".txt") and name[0] != ".":
                path = os.path.join(around, name)  # noqa: PTH118
                yield Found(path=path, name=os.path.relpath(path, folder))
    for path in refused:  # so that reading it says why
        yield Found(path=path, name=os.path.relpath(path, folder))


def _is(folder: Path | None, around: str, name: str) -> bool:
    return folder is not None and Path(around, name).resolve() == folder.resolve()


class Files:
    """Texts that are a file each; those of one folder are of one source."""

    def __init__(self, paths: list[str], *, one_source: bool = False) -> None:
        self._paths = paths
        self._one_source = one_source
        self._read_once: dict[str, bytes] = {}  # pipes

    def __len__(self) -> int:
        return len(self._paths)

    def source(self, number: int) -> str | None:
        if self._one_source or self._paths[number] == STANDARD_INPUT:
            return None
        return _folder(os.path.dirname(self._paths[number]))  # noqa: PTH120

    def read(self, number: int) -> Given:
        path, source = self._paths[number], self.source(number)
        name = printable_name(path)
        try:
            text = _as_text(self._content(path))
        except OSError as error:
            return Given(id=name, source=source, problem=f"can't be read: {error.strerror}")
        except ValueError as error:
            return Given(id=name, source=source, problem=str(error))
        return Given(id=name, source=source, text=text)

    def _content(self, path: str) -> bytes:
        if path not in self._read_once:
            with sys.stdin.buffer if path == STANDARD_INPUT else Path(path).open("rb") as stream:
                content = stream.read(LARGEST_TEXT + 1)
                if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    return content
            self._read_once[path] = content
        return self._read_once[path]


@cache
def _folder(path: str) -> str:
    """As one name for the folder, however it was named."""
    return printable_name(os.path.realpath(path))


def printable_name(path: str) -> str:
    """The path; bytes in it that are not UTF-8 stand as escapes, for JSON has none of them."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _as_text(content: bytes) -> str:
    """By byte order mark, as UTF-8, or as detected. Raises ValueError for what is no text of an article."""
    from harvester.extract.charset import decode

    if len(content) > LARGEST_TEXT:
        raise ValueError(f"larger than {LARGEST_TEXT >> 20} MiB, so no article")
    if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError("no text: it has NUL bytes")
    return decode(content, None)


# Lines of JSON


class JsonLines:
    """Texts that are a line each, {"id", "source", "text"}, in one or more files; remembers where each line begins."""

    def __init__(self, paths: Iterable[str], stack: ExitStack) -> None:
        """Reads all of it once. Files stay open until the `stack` closes. Raises OSError."""
        self._streams: list[BinaryIO] = []
        self._names: list[str] = []
        self._stream_of, self._begins, self._line_of = array("I"), array("Q"), array("Q")
        self._sources: dict[str | None, int] = {None: 0}
        self._source_of = array("I")
        for path in paths:
            self._names.append("standard input" if path == STANDARD_INPUT else shown_path(path))
            self._streams.append(stack.enter_context(_seekable(path)))
            self._look_through(len(self._streams) - 1)
        self._source_names = list(self._sources)

    def __len__(self) -> int:
        return len(self._begins)

    def source(self, number: int) -> str | None:
        return self._source_names[self._source_of[number]]

    def read(self, number: int) -> Given:
        stream = self._streams[self._stream_of[number]]
        stream.seek(self._begins[number])
        line = stream.readline(LARGEST_TEXT)
        return _from_line(line, f"{self._names[self._stream_of[number]]}: line {self._line_of[number]}")

    def _look_through(self, number: int) -> None:
        for at, (begin, line) in enumerate(_lines(self._streams[number]), start=1):
            if line.strip():
                source = _from_line(line, "").source
                self._stream_of.append(number)
                self._begins.append(begin)
                self._line_of.append(at)
                self._source_of.append(self._sources.setdefault(source, len(self._sources)))


@contextmanager
def _seekable(path: str) -> Iterator[BinaryIO]:
    """The file itself, or a temporary one with what comes through a pipe."""
    if path == STANDARD_INPUT:
        with _spooled(sys.stdin.buffer) as stream:
            yield stream
        return
    with Path(path).open("rb") as stream:
        if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            yield stream
        else:
            with _spooled(stream) as whole:
                yield whole


@contextmanager
def _spooled(pipe: BinaryIO) -> Iterator[BinaryIO]:
    import shutil

    with tempfile.TemporaryFile(prefix="harvest-clean-") as stream:
        shutil.copyfileobj(pipe, stream)
        stream.seek(0)
        yield stream


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Where each line begins, and the line, cut off where it is too large. A byte order mark is left out."""
    begin = 3 if stream.read(3) == b"\xef\xbb\xbf" else 0
    stream.seek(begin)
    while line := stream.readline(LARGEST_TEXT):
        yield begin, line
        begin += len(line)
        while not line.endswith(b"\n") and (line := stream.readline(LARGEST_TEXT)):
            begin += len(line)


def _from_line(line: bytes, where: str) -> Given:
    import orjson

    if len(line) >= LARGEST_TEXT:
        return Given(id=None, source=None, problem=f"{where}: larger than {LARGEST_TEXT >> 20} MiB, so no article")
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Given(id=None, source=None, problem=f"{where}: not JSON: {error.msg}")
    if not isinstance(found, dict):
        return Given(id=None, source=None, problem=f'{where}: not an object with "id", "source" and "text"')
    given_id, source, text = found.get("id"), found.get("source"), found.get("text")
    if given_id is None:
        return Given(id=None, source=None, problem=f'{where}: "id" is missing')
    if not isinstance(source, str | None):
        return Given(id=given_id, source=None, problem=f'{where}: "source" must be a string')
    if not isinstance(text, str):
        return Given(id=given_id, source=source, problem=f'{where}: "text" must be a string')
    return Given(id=given_id, source=source, text=text)
