"""`harvester.archive.open(url)`, and the documents' examples of it and of cursors."""

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
import pytest

import harvester.archive
from harvester.archive import ArchiveWriter, ObjectStore
from harvester.archive.record import CaptureRef
from harvester.errors import StoreUnusable, UsageError
from harvester.tables import update_tables
from tests.archive_samples import HTML, RUN_ID, article, article_id, page, record
from tests.command import Harvest
from tests.harvester.tables.test_reading import History, named

DOCUMENT = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")


def example(name: str, store: ObjectStore) -> str:
    (found,) = re.findall(rf"^```python {name}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found).replace("ARCHIVE", urlsplit(store.url).path)


def printed(program: str) -> list[str]:
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(program, "FORMAT.md", "exec"), {})
    return out.getvalue().splitlines()


@pytest.fixture
def history(any_store: ObjectStore) -> History:
    """Two articles, one of them revised."""
    history = History(any_store)
    history.add(named("a", text="the harbour"), record("b", article("b", "خبر", language="ar")))
    history.day = 9
    history.add(named("a", text="the harbour, corrected", revision=2))
    return history


@pytest.mark.parametrize("tables", [False, True])
def test_an_archive_is_read(history: History, tables: bool) -> None:
    if tables:
        update_tables(history.store)
    archive = harvester.archive.open(history.store.url)
    assert archive.url == history.store.url
    assert [one.title for one in archive.articles()] == ["b", "a"]
    assert [one.title for one in archive.articles(language="ar", until=date(2026, 11, 23))] == ["b"]
    assert [one.revision for one in archive.articles(contains="harbour", revisions="all")] == [1, 2]
    assert pa.Table.from_batches(archive.batches()).column("title").to_pylist() == ["b", "a"]
    assert [one.revision for one in archive.revisions(article_id("a")[:8])] == [1, 2]
    assert archive.revisions("0" * 32) == []
    assert archive.show("0" * 32) is None
    assert archive.sources() == ["example"]
    assert [hit.title for hit in archive.search('"harbour corrected"')] == ["a"]
    assert [hit.title for hit in archive.search("harbour -corrected")] == []
    assert archive.unreadable == 0


def test_what_is_new_is_read_with_a_cursor(history: History) -> None:
    archive = harvester.archive.open(history.store.url)
    changes = archive.after()
    assert [(one.title, one.revision) for one in changes] == [("b", 1), ("a", 2)]
    assert changes.cursor == archive.cursor
    history.take_down(named("a"))
    later = archive.after(str(changes.cursor))
    assert list(later) == []
    assert [(one.id, one.reason) for one in later.removals()] == [(article_id("a"), "asked to")]
    with pytest.raises(UsageError):
        archive.after("yesterday")


def test_a_record_leads_to_its_page(folder_store: ObjectStore) -> None:
    history = History(folder_store)
    writer = ArchiveWriter(folder_store, history.at)
    taken = writer.put_capture(page(HTML), source="example", article_id=article_id("a"), run_id=RUN_ID)
    history.add(named("a", capture=CaptureRef(key=taken.key, sha256=taken.payload_sha256)), named("b"))
    archive = harvester.archive.open(folder_store.url)
    pages = {one.title: archive.capture(one) for one in archive.articles()}
    assert pages["b"] is None
    assert pages["a"] is not None
    assert pages["a"].raw == HTML


def test_what_can_not_be_read_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnusable):
        harvester.archive.open(str(tmp_path / "file"))


def test_the_example_of_the_library_runs(folder_store: ObjectStore) -> None:
    history = History(folder_store)
    history.add(named("a", text="the harbour"), record("b", article("b", "خبر", language="ar")))
    history.take_down(record("b"))
    assert printed(example("library", folder_store)) == [
        "example 1 a",
        f"taken down: {article_id('b')} asked to",
        "True",
        "['a']",
        "1 ['example']",
    ]


def test_the_example_of_a_cursor_gives_each_record_once(folder_store: ObjectStore, tmp_path: Path) -> None:
    history = History(folder_store)
    program = example("cursor", folder_store).replace("SEEN", str(tmp_path / "seen"))
    history.add(named("a"), named("b"))
    assert printed(program) == ["a", "b"]
    assert printed(program) == []
    history.add(named("c"))
    history.add(named("a", revision=2))
    history.take_down(named("b"))
    history.add(named("a", revision=2, number=2))
    assert printed(program) == [f"taken down: removals/source=example/{article_id('b')}.json", "c", "a"]


def test_the_readme_s_example_reads_the_demo_s_archive(harvest: Harvest) -> None:
    assert harvest("demo").code == 0
    readme = (Path(harvester.archive.__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python archive\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    environ = os.environ | {"PYTHONPATH": str(Path(harvester.archive.__file__).parents[2])}
    read = subprocess.run(
        [sys.executable, "-c", program], cwd=harvest.folder, env=environ, capture_output=True, text=True, check=True
    )
    assert len(read.stdout.splitlines()) >= 12
