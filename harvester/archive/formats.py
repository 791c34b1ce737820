"""Records as JSON lines, text, CSV, Parquet, or as the WARC of their pages."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import BinaryIO

import orjson

from harvester.archive.reader import ArchiveReader
from harvester.archive.record import ArticleRecord
from harvester.errors import UsageError

ROWS_A_GROUP = 2000
"""Records held in memory at once for Parquet: some 10 MB of news."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins like this is run by spreadsheets; a quote before it makes it text (OWASP, CSV injection)."""

NESTED = ("authors", "tags", "images", "removed", "body", "capture", "derivation")


def as_text(record: ArticleRecord) -> str:
    """Title, an empty line, the paragraphs one a line."""
    return f"{record.title}\n\n{record.text}\n"


def write(records: Iterable[ArticleRecord], form: str, stream: BinaryIO, reader: ArchiveReader) -> None:
    """Write all records in one of the formats of `harvest read`."""
    if form == "warc":
        write_warc(records, stream, reader)
    else:
        WRITERS[form](records, stream)


def write_jsonl(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    for record in records:
        stream.write(orjson.dumps(record.model_dump(mode="json")) + b"\n")


def write_text(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """Articles in text form, an empty line and a form feed between them."""
    for number, record in enumerate(records):
        stream.write((("\n\f\n" if number else "") + as_text(record)).encode())


def write_csv(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """Lists and objects as JSON in their cell; cells that a spreadsheet would run are quoted with an apostrophe."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text)
    rows.writerow(ArticleRecord.model_fields)
    for record in records:
        rows.writerow(_cell(name, value) for name, value in record.model_dump(mode="json").items())
    text.flush()
    text.detach()


def _cell(name: str, value: object) -> object:
    if value is None:
        return ""
    cell = orjson.dumps(value).decode() if name in NESTED else value
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def write_parquet(records: Iterable[ArticleRecord], stream: BinaryIO) -> None:
    """The record's columns; lists and structures as such."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("--format parquet needs pyarrow: pip install 'news-harvester[parquet]'") from None
    text, texts = pa.string(), pa.list_(pa.string())
    types = {
        "schema_version": pa.int32(),
        "revision": pa.int32(),
        "http_status": pa.int32(),
        "similarity": pa.float64(),
        "authors": texts,
        "body": texts,
        "tags": texts,
        "images": pa.list_(pa.struct([("url", text), ("caption", text)])),
        "removed": pa.list_(pa.struct([("text", text), ("why", text)])),
        "capture": pa.struct([("key", text), ("sha256", text)]),
        "derivation": pa.struct(
            [
                ("number", pa.int32()),
                ("extraction", text),
                ("cleaning", text),
                ("furniture", text),
                ("counted", pa.int32()),
            ]
        ),
    }
    schema = pa.schema([(name, types.get(name, text)) for name in ArticleRecord.model_fields])
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(records):
            rows = [record.model_dump(mode="json") for record in group]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _groups(records: Iterable[ArticleRecord]) -> Iterator[list[ArticleRecord]]:
    rest = iter(records)
    while group := list(islice(rest, ROWS_A_GROUP)):
        yield group


def write_warc(records: Iterable[ArticleRecord], stream: BinaryIO, reader: ArchiveReader) -> None:
    """The captures of the records, one after the other: a WARC file; records without a capture are left out."""
    for record in records:
        if record.capture is not None:
            stream.write(reader.store.get(record.capture.key))


WRITERS: dict[str, Callable[[Iterable[ArticleRecord], BinaryIO], None]] = {
    "jsonl": write_jsonl,
    "text": write_text,
    "csv": write_csv,
    "parquet": write_parquet,
}
