"""A WACZ file is valid, complete, and can be written into a pipe."""

import gzip
import hashlib
import io
import json
import os
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

import harvester.archive.wacz as wacz
from harvester.archive import ArchiveReader, ObjectStore
from harvester.archive.cdxj import entries
from harvester.archive.formats import write
from harvester.errors import StoreError
from tests.archive_samples import page
from tests.harvester.archive.test_revisit import AGAIN, put_roll, roll_of, stored
from tests.reader_tools import reader_tool


def written(store: ObjectStore) -> bytes:
    """A WACZ of two articles, one of which was seen again."""
    known = stored(store)
    other = stored(store, "other", page(b"other", url="https://news.example/خبر"))
    put_roll(store, roll_of((AGAIN, known)))
    stream = io.BytesIO()
    write(iter([known, other]), "wacz", stream, ArchiveReader(store))
    return stream.getvalue()


def test_the_package_lists_its_files_with_their_hashes(any_store: ObjectStore) -> None:
    package = zipfile.ZipFile(io.BytesIO(written(any_store)))
    assert package.testzip() is None
    listed = json.loads(package.read("datapackage.json"))
    assert listed["profile"] == "data-package"
    assert listed["wacz_version"] == "1.1.1"
    assert [one["path"] for one in listed["resources"]] == [
        "archive/data.warc.gz",
        "indexes/index.cdx.gz",
        "indexes/index.idx",
        "pages/pages.jsonl",
    ]
    for one in listed["resources"]:
        body = package.read(one["path"])
        assert (one["hash"], one["bytes"]) == (f"sha256:{hashlib.sha256(body).hexdigest()}", len(body))
    digest = json.loads(package.read("datapackage-digest.json"))
    assert digest == {
        "path": "datapackage.json",
        "hash": f"sha256:{hashlib.sha256(package.read('datapackage.json')).hexdigest()}",
    }


def test_what_is_packed_already_is_stored_as_it_is(folder_store: ObjectStore) -> None:
    package = zipfile.ZipFile(io.BytesIO(written(folder_store)))
    kinds = {one.filename: one.compress_type for one in package.infolist()}
    assert kinds["archive/data.warc.gz"] == kinds["indexes/index.cdx.gz"] == zipfile.ZIP_STORED


def test_the_index_finds_each_record_in_the_package(folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wacz, "BLOCK_LINES", 2)
    package = zipfile.ZipFile(io.BytesIO(written(folder_store)))
    warc, index = package.read("archive/data.warc.gz"), package.read("indexes/index.cdx.gz")
    meta, *blocks = package.read("indexes/index.idx").decode().splitlines()
    assert meta == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    lines = []
    for block in blocks:
        key, time, values = block.split(" ", 2)
        about = json.loads(values)
        piece = index[about["offset"] : about["offset"] + about["length"]]
        assert about["digest"] == f"sha256:{hashlib.sha256(piece).hexdigest()}"
        lines += (unpacked := gzip.decompress(piece).decode().splitlines())
        assert unpacked[0].startswith(f"{key} {time} {{")
    assert [line.split(" ")[0] for line in lines] == [
        "example,news)/%d8%ae%d8%a8%d8%b1",
        "example,news)/harbour?id=1",
        "example,news)/harbour?id=1",
    ]
    for line in lines:
        values = json.loads(line.split(" ", 2)[2])
        assert values["filename"] == "data.warc.gz"
        place = int(values["offset"])
        (entry,) = entries(warc[place : place + int(values["length"])], "data.warc.gz", place)
        assert entry.line().decode() == f"{line}\n"


def test_the_list_of_pages_has_title_and_text_of_each_article(folder_store: ObjectStore) -> None:
    package = zipfile.ZipFile(io.BytesIO(written(folder_store)))
    head, *pages = [json.loads(line) for line in package.read("pages/pages.jsonl").decode().splitlines()]
    assert head == {"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": True}
    assert [one["url"] for one in pages] == [
        "https://news.example/harbour?id=1",
        "https://news.example/%D8%AE%D8%A8%D8%B1",
    ]
    assert pages[0]["ts"] == "2026-11-23T12:00:00.123456Z"
    assert pages[0]["title"] == "Harbour reopens"
    assert pages[0]["text"] == "The harbour reopened on Monday.\nShips came in."
    assert len({one["id"] for one in pages}) == 2


@pytest.mark.parametrize("articles", [0, 2])
def test_wacz_says_that_it_is_valid(folder_store: ObjectStore, tmp_path: Path, articles: int) -> None:
    file = tmp_path / "x.wacz"
    if articles:
        file.write_bytes(written(folder_store))
    else:
        with file.open("wb") as stream:
            write(iter(()), "wacz", stream, ArchiveReader(folder_store))
    done = subprocess.run(
        [reader_tool("wacz"), "validate", "-f", file], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert "Validation succeeded" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_wacz_goes_through_a_pipe(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    reading, writing = os.pipe()
    taken: list[bytes] = []

    def drain() -> None:
        with os.fdopen(reading, "rb") as source:
            taken.append(source.read())

    thread = threading.Thread(target=drain)
    thread.start()
    with os.fdopen(writing, "wb") as sink:
        write(iter([known]), "wacz", sink, ArchiveReader(folder_store))
    thread.join()
    package = zipfile.ZipFile(io.BytesIO(taken[0]))
    assert package.testzip() is None
    assert known.capture is not None
    assert package.read("archive/data.warc.gz") == folder_store.get(known.capture.key)


def test_a_capture_that_is_damaged_is_told_and_left_out(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    other = stored(folder_store, "other", page(b"other", url="https://news.example/other"))
    assert known.capture is not None
    assert other.capture is not None
    damaged = folder_store.get(known.capture.key)[:-20]
    folder_store.delete(known.capture.key)
    folder_store.put_new(known.capture.key, damaged, content_type="application/gzip")
    told: list[StoreError] = []
    stream = io.BytesIO()
    write(iter([known, other]), "wacz", stream, ArchiveReader(folder_store, on_unreadable=told.append))
    assert [error.key for error in told] == [known.capture.key]
    package = zipfile.ZipFile(stream)
    assert package.read("archive/data.warc.gz") == folder_store.get(other.capture.key)
    assert len(package.read("pages/pages.jsonl").splitlines()) == 2
