"""The forms in which articles leave the archive."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from pyarrow import parquet
from warcio.archiveiterator import ArchiveIterator

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore
from harvester.archive.formats import as_text, write
from harvester.archive.record import ArticleRecord, CaptureRef, parse_record
from harvester.errors import StoreError, UsageError
from tests.archive_samples import HTML, NOON, RUN_ID, article, article_id, capture_ref, page, record

HOSTILE = record("hostile", article("=HYPERLINK(1)", "+1", '"a",\tb', authors=("@x", "-y"), section=" =1+1"))
RECORDS = [record(capture=capture_ref()), HOSTILE, record("ar", article("عنوان", "نص", direction="rtl", language="ar"))]


@pytest.fixture
def written(folder_store: ObjectStore) -> Callable[[str], bytes]:
    """RECORDS in a format."""

    def make(form: str) -> bytes:
        stream = io.BytesIO()
        write(iter(RECORDS), form, stream, ArchiveReader(folder_store))
        return stream.getvalue()

    return make


def test_the_text_form_is_title_empty_line_paragraphs() -> None:
    assert as_text(RECORDS[0]) == "Harbour reopens\n\nThe harbour reopened on Monday.\nShips came in.\n"


def test_articles_as_text_are_an_empty_line_apart(written: Callable[[str], bytes]) -> None:
    assert written("text").decode() == "\n".join(as_text(one) for one in RECORDS)


def test_each_line_of_jsonl_is_a_record(written: Callable[[str], bytes]) -> None:
    lines = written("jsonl").splitlines()
    assert [parse_record(line) for line in lines] == RECORDS


def test_csv_has_the_records_columns_and_no_formulas(written: Callable[[str], bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv").decode(), newline="")))
    assert list(rows[0]) == list(ArticleRecord.model_fields)
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert rows[1]["text"] == '\'+1\n"a",\tb'
    assert rows[1]["section"] == "' =1+1"
    assert orjson.loads(rows[1]["authors"]) == ["@x", "-y"]
    assert rows[0]["copy_of"] == ""
    assert rows[2]["title"] == "عنوان"
    assert not any(cell.lstrip()[:1] in "=+-@" for row in rows for cell in row.values() if cell.strip())


def test_parquet_has_the_records_columns_and_values(written: Callable[[str], bytes]) -> None:
    table = parquet.read_table(io.BytesIO(written("parquet")))
    assert table.column_names == list(ArticleRecord.model_fields)
    assert [ArticleRecord.model_validate(row) for row in table.to_pylist()] == RECORDS


def test_parquet_of_nothing_is_a_table_without_rows(folder_store: ObjectStore) -> None:
    stream = io.BytesIO()
    write(iter(()), "parquet", stream, ArchiveReader(folder_store))
    assert parquet.read_table(io.BytesIO(stream.getvalue())).num_rows == 0


def test_parquet_is_written_in_row_groups(folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.archive.formats.ROW_GROUP", 2)
    stream = io.BytesIO()
    write(iter(RECORDS), "parquet", stream, ArchiveReader(folder_store))
    assert parquet.ParquetFile(io.BytesIO(stream.getvalue())).num_row_groups == 2


def test_parquet_goes_through_a_pipe(folder_store: ObjectStore) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as sink:
        write(iter(RECORDS), "parquet", sink, ArchiveReader(folder_store))
        sink.close()
        assert parquet.read_table(io.BytesIO(source.read())).num_rows == 3


def test_warc_is_the_captures_one_after_the_other(any_store: ObjectStore) -> None:
    writer = ArchiveWriter(any_store, lambda: NOON)
    records = []
    for name, raw in (("a", HTML), ("b", b"other")):
        taken = writer.put_capture(page(raw), source="example", article_id=article_id(name), run_id=RUN_ID)
        ref = CaptureRef(key=taken.key, sha256=taken.payload_sha256)
        records += [record(name, capture=ref), record(name, capture=ref, revision=2)]
    told: list[StoreError] = []
    stream = io.BytesIO()
    lost = record("c", capture=capture_ref("captures/gone"))
    reader = ArchiveReader(any_store, on_unreadable=told.append)
    write([*records, record("d"), lost], "warc", stream, reader)
    stream.seek(0)
    found = [
        one.raw_stream.read() for one in ArchiveIterator(stream, check_digests="raise") if one.rec_type == "response"
    ]
    assert found == [HTML, b"other"]
    assert [error.key for error in told] == ["captures/gone"]


def test_an_unknown_format_is_wrong_usage(folder_store: ObjectStore) -> None:
    with pytest.raises(UsageError, match="docx"):
        write([], "docx", io.BytesIO(), ArchiveReader(folder_store))


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path) -> None:
    program = (
        "import sys, io; sys.modules['pyarrow'] = None\n"
        "from harvester.archive.formats import write_parquet\n"
        "write_parquet([], io.BytesIO())"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert "news-harvester[parquet]" in done.stderr.splitlines()[-1]
