"""The forms in which articles leave the archive, each written as a stream."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal

import orjson

from harvester.archive.cdxj import write_cdxj
from harvester.archive.record import ArticleRecord
from harvester.archive.recordings import recordings
from harvester.archive.wacz import write_wacz
from harvester.errors import UsageError

if TYPE_CHECKING:
    from harvester.archive.reader import ArchiveReader

Form = Literal["jsonl", "text", "csv", "parquet", "warc", "cdxj", "wacz"]

ROW_GROUP: Final = 2000
"""Records held at once for Parquet: some 15 MB, and row groups that readers can skip."""

GROUP_BYTES: Final = 32 << 20
"""The same for records that are far larger than articles are."""

_FORMULA = re.compile("[\\s\x00-\x1f\u200b\ufeff]*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""A cell that begins so is a formula to spreadsheets (OWASP, CSV injection; full-width signs too)."""

FIELDS: Final = tuple(ArticleRecord.model_fields)


def write(records: Iterable[ArticleRecord], form: str, stream: BinaryIO, reader: "ArchiveReader") -> None:
    """Write the records as jsonl, text, csv or parquet, or the pages that they were read from as warc, cdxj or wacz."""
    if form in RECORDED:
        RECORDED[form](records, stream, reader)
    else:
        write_lines((record.to_json() for record in records), form, stream)


def write_lines(lines: Iterable[bytes], form: str, stream: BinaryIO) -> None:
    """The same of records that are JSON already, each on one line with every field; not as a form made of captures."""
    if form not in WRITERS:
        raise UsageError(f"unknown format {form!r}; there are {', '.join([*WRITERS, *RECORDED])}")
    WRITERS[form](lines, stream)


def as_text(record: ArticleRecord) -> str:
    """The text form: the title, an empty line, the paragraphs one a line."""
    return _text_form(record.title, record.text)


def _text_form(title: str, text: str) -> str:
    return f"{title}\n\n{text}\n"


def write_jsonl(lines: Iterable[bytes], stream: BinaryIO) -> None:
    """One JSON object a line."""
    for line in lines:
        stream.write(line)
        stream.write(b"\n")


def write_text(lines: Iterable[bytes], stream: BinaryIO) -> None:
    """The text form of each, with an empty line between articles; no paragraph is empty, so they can be told apart."""
    for number, line in enumerate(lines):
        values = orjson.loads(line)
        stream.write((b"\n" if number else b"") + _text_form(values["title"], values["text"]).encode())


def write_csv(lines: Iterable[bytes], stream: BinaryIO) -> None:
    """RFC 4180 with a heading; lists and objects as JSON; an apostrophe before what would be a formula."""
    out = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    try:
        rows = csv.writer(out)
        rows.writerow(FIELDS)
        for line in lines:
            values = orjson.loads(line)
            rows.writerow([_cell(values[name]) for name in FIELDS])
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


def write_parquet(lines: Iterable[bytes], stream: BinaryIO) -> None:
    """Parquet with the record's columns, zstd. Raises UsageError where pyarrow is not installed."""
    write_batches(record_batches(lines), stream)


def write_batches(batches: Iterable[Any], stream: BinaryIO) -> None:
    """The same of pyarrow.RecordBatches, a row group each. Raises UsageError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise UsageError("--format parquet needs pyarrow: pip install 'news-harvester[parquet]'") from None
    sink = pa.PythonFile(_Counted(stream), mode="w")
    with parquet.ParquetWriter(sink, parquet_schema(), compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def record_batches(lines: Iterable[bytes]) -> Iterator[Any]:
    """Records' JSON as pyarrow.RecordBatches."""
    import pyarrow as pa

    schema = parquet_schema()
    for some in _groups(lines):
        yield pa.RecordBatch.from_pylist([orjson.loads(line) for line in some], schema=schema)


def _groups(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """So many as make a row group."""
    some: list[bytes] = []
    size = 0
    for line in lines:
        some.append(line)
        size += len(line)
        if len(some) >= ROW_GROUP or size >= GROUP_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def parquet_schema() -> Any:
    """The record's columns in its order; times stay text, because a date alone is no time stamp."""
    import pyarrow as pa

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
    return pa.schema([(name, special.get(name, text)) for name in FIELDS])


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
    """The records' captures and later revisits one after the other, which is a WARC file again.

    Articles without a capture are left out.
    """
    for recording in recordings(records, reader):
        stream.write(recording.body)


WRITERS: Final = {"jsonl": write_jsonl, "text": write_text, "csv": write_csv, "parquet": write_parquet}
RECORDED: Final = {"warc": write_warc, "cdxj": write_cdxj, "wacz": write_wacz}
"""Forms made of captures."""
