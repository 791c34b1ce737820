"""The forms in which articles leave the archive, each written as a stream."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

import orjson

from harvester.archive.record import ArticleRecord
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.archive.reader import ArchiveReader

Form = Literal["jsonl", "text", "csv", "parquet", "warc"]

ROW_GROUP: Final = 2000
"""Records held at once for Parquet: some 15 MB, and row groups that readers can skip."""

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
"""A cell that begins so is a formula to spreadsheets (OWASP, CSV injection)."""


def write(records: Iterable[ArticleRecord], form: str, stream: BinaryIO, reader: "ArchiveReader") -> None:
    """Write the records as jsonl, text, csv, parquet or warc (the captures that they were read from)."""
    if form == "warc":
        write_warc(records, stream, reader)
    elif form in WRITERS:
        WRITERS[form](records, stream)
    else:
        raise UsageError(f"unknown format {form!r}; there are {', '.join(WRITERS)} and warc")


def as_text(record: ArticleRecord) -> str:
    """The text form: the title, an empty line, the paragraphs one a line."""
    return f"{record.title}\n\n{record.text}\n"


def write_jsonl(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """One JSON object a line."""
    for record in records:
        stream.write(record.to_json() + b"\n")


def write_text(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """The text form of each, with an empty line between articles; no paragraph is empty, so they can be told apart."""
    for number, record in enumerate(records):
        stream.write((b"\n" if number else b"") + as_text(record).encode())


def write_csv(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """RFC 4180 with a heading; lists and objects as JSON; an apostrophe before what would be a formula."""
    out = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        rows = csv.writer(out)
        rows.writerow(ArticleRecord.model_fields)
        for record in records:
            rows.writerow([_cell(value) for value in record.model_dump().values()])
    finally:
        out.detach()


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return orjson.dumps(value).decode()
    if isinstance(value, str):
        return f"'{value}" if _FORMULA.match(value) else value
    return value  # type: ignore[no-any-return]


def write_parquet(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """Parquet with the record's columns, zstd. Raises UsageError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError("--format parquet needs pyarrow: pip install 'news-harvester[parquet]'") from None
    schema = _parquet_schema(pa)
    sink = pa.PythonFile(_Counted(stream), mode="w")
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for some in _batches(record.model_dump() for record in records):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while some := list(islice(remaining, ROW_GROUP)):
        yield some


def _parquet_schema(pa: Any) -> Any:
    """The record's columns in its order; times stay text, because a date alone is no time stamp."""
    text, strings, small = pa.string(), pa.list_(pa.string()), pa.int32()
    special = {
        "schema_version": small,
        "revision": small,
        "http_status": small,
        "similarity": pa.float64(),
        "authors": strings,
        "body": strings,
        "tags": strings,
        "other_urls": strings,
        "change": pa.struct({"extent": text, "parts": strings}),
        "images": pa.list_(pa.struct({"url": text, "caption": text})),
        "removed": pa.list_(pa.struct({"text": text, "why": text})),
        "capture": pa.struct({"key": text, "sha256": text}),
        "derivation": pa.struct(
            {"extraction": text, "cleaning": text, "furniture": text, "counted": pa.int32(), "number": small}
        ),
    }
    return pa.schema([(name, special.get(name, text)) for name in ArticleRecord.model_fields])


class _Counted(io.RawIOBase):
    """A stream that knows how far it is, which a pipe does not."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._stream.write(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at


def write_warc(records: Iterable[ArticleRecord], stream: BinaryIO, reader: "ArchiveReader") -> None:
    """The records' captures one after the other, which is a WARC file again; articles without one are left out."""
    for capture in reader.captures(records):
        stream.write(capture)


WRITERS: Final = {"jsonl": write_jsonl, "text": write_text, "csv": write_csv, "parquet": write_parquet}
