"""What FORMAT.md promises: other people's tools read the archive, in a folder and in a bucket, without our code."""

import re
import shutil
from pathlib import Path
from secrets import token_hex

import pytest

from harvester.archive import open_store
from tests.bucket import Bucket
from tests.command import Harvest
from tests.interop import ALL, DOCUMENT, REPLAYED, Place, Reader
from tests.site import Site

TITLES = {"A quiet day", "افتتاح المرفأ"}


@pytest.fixture(scope="module")
def place(_server: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two articles, harvested, with tables; the bucket has the very same objects as the folder."""
    folder = tmp_path_factory.mktemp("interop")
    harvest = Harvest(folder=folder, archive=f"file://{folder}/archive", cache=folder / "cache")
    with Site() as site:
        for path, title in zip(("/a", "/b"), sorted(TITLES), strict=True):
            site.article(path, title)
        harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
        harvest.run("s")
    assert harvest("tables").code == 0
    prefix = f"interop-{token_hex(4)}"
    with pytest.MonkeyPatch.context() as patched:
        for name, value in _server.environment.items():
            patched.setenv(name, value)
        bucket = open_store(_server.url(prefix))
        local = open_store(harvest.archive)
        for found in local.list(""):
            bucket.put_new(found.key, local.get(found.key), content_type="application/octet-stream")
    return Place(folder=folder / "archive", bucket=_server, prefix=prefix)


@pytest.mark.parametrize("reader", ALL, ids=lambda one: f"{one.tool}: {one.what}")
@pytest.mark.usefixtures("bucket")
def test_a_tool_reads_the_archive(reader: Reader, place: Place) -> None:
    if reader.needs and not reader.needs.exists():
        pytest.skip(f"{reader.needs.name} is not installed: make .venv/.installed-readers")
    if reader.tool == "Spark" and not shutil.which("java"):
        pytest.skip("Spark needs Java: apt-get install default-jre-headless")
    assert set(reader.titles(place)) == TITLES


def test_the_table_in_the_document_names_each_tool_that_was_tried() -> None:
    told = re.findall(r"^\| ([^|]+) \| [\d.]+\S* \| ([^|]+) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [*((one.tool, one.what) for one in ALL), *((tool, what) for tool, what, _, _ in REPLAYED)]
    for _, _, _, test in REPLAYED:
        assert (Path(__file__).parents[1] / test).exists()
