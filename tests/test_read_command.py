"""`harvest read`: cursors for cron jobs, tables and objects, what is lost, and articles that are hostile."""

import csv
import io
import json
import signal
import time
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from harvester.archive import ArchiveReader, ObjectStore
from harvester.archive.record import ArticleRecord
from harvester.tables import update_tables
from tests.archive_samples import article, article_id, record
from tests.command import Harvest
from tests.harvester.tables.test_reading import History, named


@pytest.fixture
def history(folder_store: ObjectStore) -> History:
    """In the archive that the command reads."""
    return History(folder_store)


def last_line(text: str) -> str:
    return text.rstrip("\n").rpartition("\n")[2]


def test_after_a_cursor_comes_what_is_new_and_the_next_cursor(harvest: Harvest, history: History) -> None:
    history.add(named("a"))
    done = harvest("read", "--after", "0")
    assert done.code == 0
    assert [one["title"] for one in done.jsonl()] == ["a"]
    cursor = last_line(done.err).removeprefix("cursor ")
    assert cursor.startswith("1-")
    history.add(named("b"))
    history.take_down(named("a"))
    done = harvest("read", "--after", cursor, "--format", "text")
    assert done.out == "b\n\nText of b.\n"
    assert done.err.splitlines()[0] == f"taken down: {article_id('a')} (asked to)"
    assert last_line(done.err).startswith("cursor 3-")


@pytest.mark.parametrize("cursor", ["1-00000000", "9-12345678", "yesterday"])
def test_a_cursor_that_is_none_of_this_archive_is_wrong_usage(harvest: Harvest, history: History, cursor: str) -> None:
    history.add(named("a"))
    done = harvest("read", "--after", cursor)
    assert (done.code, done.out) == (2, "")
    assert cursor in done.err
    Path(harvest.folder / "seen").write_text(cursor, encoding="utf-8")
    done = harvest("read", "--cursor-file", "seen")
    assert (done.code, done.out) == (2, "")
    assert (harvest.folder / "seen").read_text(encoding="utf-8") == cursor


def test_a_cursor_file_makes_each_call_give_what_is_new(harvest: Harvest, history: History) -> None:
    history.add(named("a"))
    given = []
    for name in ("b", "c", "d"):
        done = harvest("read", "--cursor-file", "state/seen")
        given.append([one["title"] for one in done.jsonl()])
        assert (harvest.folder / "state" / "seen").read_text(encoding="utf-8").strip() == last_line(done.err)[7:]
        history.add(named(name))
    assert given == [["a"], ["b"], ["c"]]


def test_a_reader_that_was_killed_is_given_the_same_again(harvest: Harvest, history: History) -> None:
    history.add(*(named(f"n{number}", text="x " * 2000) for number in range(400)))
    process = harvest.start("read", "--cursor-file", "seen")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (harvest.folder / "seen").exists()
    assert len(harvest("read", "--cursor-file", "seen").jsonl()) == 400
    assert harvest("read", "--cursor-file", "seen").out == ""


def test_a_file_that_is_written_is_there_whole_or_not_at_all(harvest: Harvest, history: History) -> None:
    history.add(*(named(f"n{number}", text="x " * 5000) for number in range(400)))
    process = harvest.start("read", "--cursor-file", "seen", "-o", "out.jsonl")
    while not list(harvest.folder.glob(".harvest-*")) and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if not (harvest.folder / "out.jsonl").exists():
        assert not (harvest.folder / "seen").exists()
    assert harvest("read", "-o", "out.jsonl").code == 0
    assert len((harvest.folder / "out.jsonl").read_text().splitlines()) == 400


def test_what_can_not_be_read_is_exit_code_1_and_the_cursor_stays(harvest: Harvest, history: History) -> None:
    history.add(named("a"))
    (path,) = (harvest.folder / "archive").glob("articles/*/*/*.json")
    body = path.read_bytes()
    path.write_bytes(body[:100])
    for options in ((), ("--cursor-file", "seen")):
        done = harvest("read", *options)
        assert (done.code, done.out) == (1, "")
        assert path.name in done.err
        assert "1 objects could not be read" in done.err
    assert not (harvest.folder / "seen").exists()
    path.write_bytes(body)
    assert harvest("read", "--cursor-file", "seen").code == 0


def test_tables_are_used_where_they_can_answer(harvest: Harvest, history: History) -> None:
    assert harvest("read", "--from", "tables").code == 2
    history.add(named("a"))
    history.day = 9
    history.add(named("b"))
    update_tables(history.store)
    ways = [harvest("read", "--from", way).out for way in ("tables", "objects", "auto")]
    assert len(ways[0].splitlines()) == 2
    assert ways[0] == ways[1] == ways[2]
    for form in ("csv", "parquet"):
        both = []
        for way in ("tables", "objects"):
            assert harvest("read", "--from", way, "--format", form, "-o", way).code == 0
            path = harvest.folder / way
            both.append(pq.read_table(path).to_pylist() if form == "parquet" else path.read_bytes())
        assert both[0] == both[1]
    for options in (("--revisions", "all"), ("--until", "2026-11-23"), ("--format", "warc"), ("--after", "0")):
        assert harvest("read", "--from", "tables", *options).code == 2
    assert harvest("read", "--until", "2026-11-23").code == 0


HOSTILE = (
    "=cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\x00=1+1",
    "../../etc/passwd",
    'a","b\r',
    "\u202egnp.exe",
    "\ud800 unpaired",
    "</script><script>alert(1)</script>",
    "\x1b]0;owned\x07",
)


@pytest.fixture
def hostile(history: History) -> History:
    """Articles made of text that means something to some program or other, and one of 50 MB."""
    history.add(*(record(f"h{number}", article(text, text, text)) for number, text in enumerate(HOSTILE)))
    history.add(named("large", text="قال " * 7_500_000))
    history.day = 9
    history.add(named("later"))
    update_tables(history.store)
    return history


def test_hostile_articles_stay_what_they_are_in_every_format(harvest: Harvest, hostile: History) -> None:
    expected = [one.model_dump() for one in ArchiveReader(hostile.store).records()]
    assert len(expected) == len(HOSTILE) + 2
    assert max(len(one["text"].encode()) for one in expected) > 50_000_000
    assert any("\ufffd unpaired" in one["title"] for one in expected)
    for way in ("tables", "objects"):
        paths = {form: harvest.folder / f"{way}.{form}" for form in ("jsonl", "csv", "text", "parquet")}
        for form, path in paths.items():
            done = harvest("read", "--from", way, "--format", form, "-o", str(path))
            assert done.code == 0, done.err
        assert [orjson.loads(line) for line in paths["jsonl"].read_bytes().split(b"\n")[:-1]] == expected
        by_id = {row["id"]: row for row in pq.read_table(paths["parquet"]).to_pylist()}
        assert by_id == {one["id"]: one for one in expected}
        assert paths["text"].read_bytes().decode().count("\n\n") == 2 * len(expected) - 1
        csv.field_size_limit(1 << 30)
        rows = list(csv.DictReader(io.StringIO(paths["csv"].read_bytes().decode(), newline="")))
        assert [row["id"] for row in rows] == [one["id"] for one in expected]
        for row, one in zip(rows, expected, strict=True):
            assert row["title"].removeprefix("'") == one["title"]
            assert row["title"].strip("\x00 \ufeff")[:1] not in tuple("=+-@\uff1d")


def test_a_source_s_name_is_no_path(harvest: Harvest, history: History) -> None:
    history.add(named("a"))
    for command, name in ((("read",), "../../etc"), (("search", "x"), ".."), (("export", "out"), "a/b")):
        assert harvest(*command, "--source", name).code == 2, (command, name)


def test_records_that_earlier_harvesters_wrote_have_all_fields(harvest: Harvest, history: History) -> None:
    (line,) = history.write(named("a"))
    path = harvest.folder / "archive" / line.key
    values = json.loads(path.read_bytes())
    for name in ("change", "other_urls", "copy_kind"):
        del values[name]
    del values["derivation"]["counted"]
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
    (read,) = harvest.records()
    assert list(read) == list(ArticleRecord.model_fields)
    assert read["derivation"]["counted"] == 0
