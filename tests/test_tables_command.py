"""`harvest tables`, as people and their cron jobs call it."""

import os
import re
import signal
import time
from pathlib import Path

import duckdb
import pytest

import harvester.archive
from harvester.archive import open_store
from harvester.tables import ARTICLES, CAPTURES, COPIES, REVISIONS
from harvester.tables.footer import Footer
from tests.command import Harvest
from tests.harvester.tables.archives import Archive, link, record

DOCUMENT = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")
SECTION = DOCUMENT.split("\n## Tables\n")[1].split("\n## ")[0]


@pytest.fixture
def archive(harvest: Harvest) -> Archive:
    filled = Archive(open_store(harvest.archive))
    original, copy = record("a", "The harbour"), record("b", "The harbour")
    filled.run(original, copy, record("c", source="other"), links=[link(copy, original)], captures=True)
    return filled


def test_it_says_a_line_a_table(harvest: Harvest, archive: Archive) -> None:
    done = harvest("tables")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "articles: 3 new rows, 0 replaced, 1 objects written, 3 rows in all",
        "revisions: 3 new rows, 0 replaced, 1 objects written, 3 rows in all",
        "copies: 1 new rows, 0 replaced, 1 objects written, 1 rows in all",
        "captures: 3 new rows, 0 replaced, 1 objects written, 3 rows in all",
    ]
    again = harvest("tables", "--json").json()
    assert (again["commit"], again["records"], again["lost"]) == (1, 0, [])
    assert again["tables"]["articles"] == {"new": 0, "replaced": 0, "deleted": 0, "objects": 0, "rows": 3}


def test_what_could_not_be_read_is_named_and_the_exit_code_is_1(harvest: Harvest, archive: Archive) -> None:
    key = archive.keys["Title of b"]
    path = harvest.folder / "archive" / key
    path.write_text("{}", encoding="utf-8")
    done = harvest("tables")
    assert done.code == 1
    assert "articles: 2 new rows" in done.out
    assert f"harvest: left out: {key}: is damaged" in done.err
    assert "1 objects are tried again the next time" in done.err
    assert harvest("tables", "--json").json()["lost"][0]["key"] == key


def test_an_empty_archive_has_no_tables(harvest: Harvest) -> None:
    done = harvest("tables")
    assert done.code == 0
    assert "articles: 0 new rows" in done.out
    assert not (harvest.folder / "archive" / "tables").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_a_clear_error(harvest: Harvest, archive: Archive) -> None:
    folder = harvest.folder / "archive"
    folder.chmod(0o555)
    done = harvest("tables")
    folder.chmod(0o755)
    assert done.code == 2
    assert done.err.count("\n") == 1


def test_a_place_that_can_not_be_written_is_a_clear_error(harvest: Harvest, archive: Archive) -> None:
    (harvest.folder / "archive" / "tables").write_text("in the way", encoding="utf-8")
    done = harvest("tables")
    assert done.code == 1
    assert "tables/captures/month=2026-11/000001.parquet: can't be written" in done.err
    assert done.err.count("\n") == 1


def test_ctrl_c_ends_it_quietly(harvest: Harvest, archive: Archive) -> None:
    for number in range(40):
        archive.run(*(record(f"x{number}-{place}") for place in range(40)))
    process = harvest.start("tables", start_new_session=True)
    workers = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 60
    while process.poll() is None and not workers.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert harvest("tables", "--json").json()["tables"]["articles"]["rows"] == 1603


def test_the_documents_query_runs_on_the_tables(harvest: Harvest, archive: Archive) -> None:
    assert harvest("tables").code == 0
    (query,) = re.findall(r"^```sql tables\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    rows = duckdb.connect().execute(query.replace("ARCHIVE", str(harvest.folder / "archive"))).fetchall()
    assert rows == [("paper", 2, 1, "2026-11-23T12:00:00.000+00:00")]


def test_the_document_tells_every_column_and_the_footer() -> None:
    told = set(re.findall(r"`([a-z0-9_]+)`", SECTION))
    own = [name for name in ARTICLES.names if name not in harvester.archive.record.ArticleRecord.model_fields]
    for name in (*own, *REVISIONS.names, *COPIES.names, *CAPTURES.names, *Footer.__dataclass_fields__):
        assert name in told, name
