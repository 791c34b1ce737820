"""pywb replays captures: from the WARC and the WACZ that `harvest read` gives, and straight out of the archive."""

import gzip
import http.client
import io
import re
import socket
import subprocess
import textwrap
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import brotli
import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

import harvester.archive
from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys, open_store
from harvester.archive.formats import write
from harvester.archive.record import ArticleRecord, CaptureRef
from harvester.archive.revisit import RevisitRoll
from harvester.page import Page
from tests.archive_samples import RUN_ID, article, article_id, page, record
from tests.reader_tools import reader_tool

pytestmark = pytest.mark.xdist_group("replay")

COLLECTIONS = ("warc", "wacz", "news")
STARTS_WITHIN_S = 60

TEXT = "<html><head><title>الخبر</title></head><body><p>نص الخبر الأول</p></body></html>".encode()


def _page(raw: bytes, url: str, **changed: Any) -> Page:
    return page(raw, url=url, **({"requested_url": url} | changed))


PLAIN = _page(TEXT, url="https://news.example/2026/harbour?b=2&a=1")
ARABIC = _page(TEXT + b"<!-- 2 -->", url="https://news.example/أخبار/افتتاح-المرفأ/")
GZIPPED = _page(
    gzip.compress(TEXT + b"<!-- 3 -->", mtime=0),
    url="https://news.example/gzip",
    headers=(("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")),
    content=TEXT + b"<!-- 3 -->",
)
BROTLI = _page(
    brotli.compress(TEXT + b"<!-- 4 -->"),
    url="https://news.example/brotli",
    headers=(
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "br"),
        ("Transfer-Encoding", "chunked"),
    ),
    content=TEXT + b"<!-- 4 -->",
)
REDIRECTED = _page(
    TEXT + b"<!-- 5 -->",
    url="https://www.news.example/2026/moved",
    requested_url="http://news.example/?p=5",
    listed_url="https://news.example/feed/",
)
PAGES = {"plain": PLAIN, "arabic": ARABIC, "gzip": GZIPPED, "brotli": BROTLI, "redirected": REDIRECTED}
SEEN_AGAIN = {"plain": timedelta(days=1), "gzip": timedelta(days=40)}
MOMENT = "20261123120000"


def _stored(store: ObjectStore, name: str, fetched: Page) -> ArticleRecord:
    writer = ArchiveWriter(store, lambda: fetched.fetched_at)
    taken = writer.put_capture(fetched, source="example", article_id=article_id(name), run_id=RUN_ID)
    read = article(name, url=fetched.url, canonical_url=fetched.url)
    ref = CaptureRef(key=taken.key, sha256=taken.payload_sha256)
    return record(name, read, capture=ref, fetched_at=fetched.fetched_at)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[ArticleRecord]]:
    """A folder with captures and revisits, and the records that name the captures."""
    folder = tmp_path_factory.mktemp("archive")
    store = open_store(str(folder))
    records = {name: _stored(store, name, fetched) for name, fetched in PAGES.items()}
    for name, after in SEEN_AGAIN.items():
        again = page(
            PAGES[name].raw,
            url=PAGES[name].url,
            headers=PAGES[name].headers,
            content=PAGES[name].content,
            fetched_at=PAGES[name].fetched_at + after,
        )
        roll = RevisitRoll(run_id=RUN_ID)
        roll.add(again, records[name])
        key = keys.revisits_key("example", again.fetched_at.date(), RUN_ID)
        store.put_new(key, roll.rest() or b"", content_type="application/gzip")
    return folder, list(records.values())


def configuration() -> str:
    """As FORMAT.md tells it, of the collection "news"."""
    document = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"^ *```yaml pywb\n(.*?)^ *```$", document, re.DOTALL | re.MULTILINE)
    return textwrap.dedent(found)


Exported = Callable[[str], bytes]


@pytest.fixture(scope="module")
def exported(archive: tuple[Path, list[ArticleRecord]]) -> Exported:
    """What `harvest read` gives in a format."""
    folder, records = archive

    def make(form: str) -> bytes:
        stream = io.BytesIO()
        write(iter(records), form, stream, ArchiveReader(open_store(str(folder))))
        return stream.getvalue()

    return make


Get = Callable[[str, str, str], tuple[int, bytes, http.client.HTTPMessage]]


@pytest.fixture(scope="module")
def replay(
    archive: tuple[Path, list[ArticleRecord]], exported: Exported, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Get]:
    """Ask pywb for an address in a collection, as of a moment, as it was recorded."""
    folder = tmp_path_factory.mktemp("pywb")
    (folder / "all.warc.gz").write_bytes(exported("warc"))
    (folder / "all.wacz").write_bytes(exported("wacz"))
    (folder / "index.cdxj").write_bytes(exported("cdxj"))
    for name, options in (("warc", ["all.warc.gz"]), ("wacz", ["--unpack-wacz", "all.wacz"])):
        for command in (["init", name], ["add", name, *options]):
            subprocess.run([reader_tool("wb-manager"), *command], cwd=folder, check=True, capture_output=True)
    (folder / "config.yaml").write_text(configuration().replace("ARCHIVE", str(archive[0])), encoding="utf-8")
    with _pywb(folder) as base:

        def get(collection: str, moment: str, url: str) -> tuple[int, bytes, http.client.HTTPMessage]:
            request = urllib.request.Request(
                f"{base}/{collection}/{moment}id_/{url}", headers={"Accept-Encoding": "gzip, br"}
            )
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            try:
                with opener.open(request, timeout=30) as answer:
                    return answer.status, answer.read(), answer.headers
            except urllib.error.HTTPError as error:
                return error.code, error.read(), error.headers

        yield get


@contextmanager
def _pywb(folder: Path) -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [reader_tool("wayback"), "--bind", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            _wait(port, server, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(10)


def _wait(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"pywb does not answer:\n{log.read_text()[-2000:]}")


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("name", PAGES)
def test_pywb_gives_each_page_as_it_was_fetched(replay: Get, collection: str, name: str) -> None:
    url = ascii_url(PAGES[name].url)
    status, body, headers = replay(collection, MOMENT, url)
    assert status == 200
    assert body == PAGES[name].raw
    assert headers["Content-Encoding"] == PAGES[name].header("Content-Encoding")
    assert headers["Memento-Datetime"] == "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(("name", "moment", "day"), [("plain", "20261124", "24 Nov"), ("gzip", "20270102", "02 Jan")])
def test_pywb_gives_a_revisit_the_body_of_its_capture(
    replay: Get, collection: str, name: str, moment: str, day: str
) -> None:
    status, body, headers = replay(collection, f"{moment}120000", PAGES[name].url)
    assert status == 200
    assert body == PAGES[name].raw
    assert day in headers["Memento-Datetime"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_pywb_finds_an_address_in_other_spellings(replay: Get, collection: str) -> None:
    for url in ("http://news.example/2026/harbour?a=1&b=2", "https://www.NEWS.example:443/2026/Harbour/?b=2&a=1"):
        assert replay(collection, MOMENT, url)[:2] == (200, PLAIN.raw)
    assert replay(collection, MOMENT, "https://news.example/never")[0] == 404


def test_warcio_and_fastwarc_count_the_same_records(exported: Exported) -> None:
    body = exported("warc")
    by_warcio = [one.rec_type for one in ArchiveIterator(io.BytesIO(body), check_digests="raise")]
    by_fastwarc = [
        one.headers["WARC-Type"]
        for one in FastIterator(io.BytesIO(body), parse_http=False)
        if one.verify_block_digest()
    ]
    assert by_warcio == by_fastwarc
    assert {kind: by_warcio.count(kind) for kind in set(by_warcio)} == {
        "warcinfo": 7,  # of five captures and two rolls
        "request": 7,
        "response": 5,
        "metadata": 1,
        "revisit": 2,
    }


def test_warcio_check_finds_nothing_wrong(exported: Exported, tmp_path: Path) -> None:
    file = tmp_path / "all.warc.gz"
    file.write_bytes(exported("warc"))
    done = subprocess.run([reader_tool("warcio"), "check", "-v", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "fail" not in done.stdout


def ascii_url(url: str) -> str:
    """As a browser sends it."""
    return urllib.parse.quote(url, safe=":/?&=-")
