"""The index is the one that other tools make of the same files, line for line."""

import io
import json
import random
import subprocess
from pathlib import Path

import brotli
import pytest

import harvester.archive.cdxj as cdxj
from harvester.archive import ArchiveReader, ObjectStore
from harvester.archive.capture import capture_bytes
from harvester.archive.cdxj import LineSorter, entries, write_cdxj
from harvester.archive.surt import surt
from harvester.archive.warc import target_uri
from harvester.errors import StoreError
from tests.archive_samples import RUN_ID, page
from tests.harvester.archive.test_revisit import AGAIN, put_roll, roll_of, stored
from tests.reader_tools import reader_tool


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.News.example/", "example,news)/"),
        ("http://news.example", "example,news)/"),
        ("https://www2.news.example/A/B/", "example,news)/a/b"),
        ("https://m.news.example:8443/a", "example,news,m:8443)/a"),
        ("https://news.example:443/a", "example,news)/a"),
        ("http://user:secret@news.example/a", "example,news)/a"),
        ("http://127.0.0.1:5123/x", "1,0,0,127:5123)/x"),
        ("https://news.example/a/../b/./c//d", "example,news)/b/c/d"),
        ("https://news.example/a?b=2&a=1&b=1#x", "example,news)/a?a=1&b=1&b=2"),
        ("https://news.example/a?", "example,news)/a"),
        ("https://news.example/a?Q=%41%2520b", "example,news)/a?q=a%20b"),
        ("https://news.example/a?x=1&PHPSESSID=" + "0a" * 16, "example,news)/a?&x=1"),
        ("https://news.example/خبر", "example,news)/%d8%ae%d8%a8%d8%b1"),
        ("https://news.example/%D8%AE%D8%A8%D8%B1", "example,news)/%d8%ae%d8%a8%d8%b1"),
        ("https://bücher.example/", "example,xn--bcher-kva)/"),
        ("https://news.example/(S(abcdefghijklmnopqrstuvwx))/page.aspx", "example,news)/page.aspx"),
        ("urn:some:id", "urn:some:id"),
        ("http://news.example:99999/", "http://news.example:99999/"),
    ],
)
def test_an_address_becomes_its_key(url: str, key: str) -> None:
    assert surt(url) == key


def test_pywb_makes_the_same_keys_of_awkward_addresses() -> None:
    """Of 3000 combinations of what addresses have in them, each as it is and percent-encoded."""
    chance = random.Random(5)
    hosts = (
        "news.example www.news.example WWW2.News.Example www.www.a.example news.example:8080 news.example:443 1.2.3"
        " 3232235777 010.0.0.1 أخبار.example user:pw@a.example a..example. [::1]:81 %61.example 256.1.1.1"
    ).split()
    segments = [
        *("a A .. . %2e%2e خبر %D8%AE %2525 %25d8 x.aspx (abcdefghijklmnopqrstuvwx) ~q %7Eq [x] é %ff %23".split()),
        *("", "a b", "\\x", "'\"<>"),
    ]
    queries = [
        *("a=1 b=2&a=1 B=2&b=1&a a&a= =x & &&a q=خبر q=%D8%AE+%26 a=b=c&a=b %61=2 a?b a=%2525 a=%0a".split()),
        *("cfid=1&cftoken=2&z=3", f"PHPSESSID={'a1' * 16}&x=1", f"x=1&sid={'0' * 32}", ""),
    ]
    urls = []
    for _ in range(1500):
        path = "".join(f"/{chance.choice(segments)}" for _ in range(chance.randrange(4)))
        url = f"https://{chance.choice(hosts)}{path}?{chance.choice(queries)}"
        urls += [url, target_uri(url)]
    program = (
        "import json, sys\nfrom pywb.utils.canonicalize import canonicalize\n"
        "print(json.dumps([canonicalize(url) for url in json.load(sys.stdin)]))"
    )
    done = subprocess.run(
        [reader_tool("python"), "-W", "ignore", "-c", program],
        input=json.dumps(urls),
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(zip(urls, map(surt, urls), strict=True)) == dict(zip(urls, json.loads(done.stdout), strict=True))


def test_cdxj_indexer_writes_the_same_lines(folder_store: ObjectStore, tmp_path: Path) -> None:
    packed = brotli.compress(b"packed " * 99)
    headers = (("Content-Type", "text/HTML ; charset=x"), ("Content-Encoding", "br"), ("content-type", "second"))
    bodies = [
        capture_bytes(page(), RUN_ID).body,
        capture_bytes(page(packed, url="https://news.example/خبر?b=1&a=2", headers=headers), RUN_ID).body,
        capture_bytes(page(b"", url="http://a.example:8080/", headers=(), status=404), RUN_ID).body,
        roll_of((AGAIN, stored(folder_store))),
    ]
    file = tmp_path / "all.warc.gz"
    file.write_bytes(b"".join(bodies))
    ours = [entry.line() for entry in entries(file.read_bytes(), file.name)]
    done = subprocess.run([reader_tool("cdxj-indexer"), "--sort", file], capture_output=True, check=True)
    assert len(ours) == 4
    assert b"".join(sorted(ours)) == done.stdout


def test_the_index_of_chosen_articles_names_objects_by_key(any_store: ObjectStore) -> None:
    known = stored(any_store)
    stored(any_store, "other", page(b"other", url="https://news.example/other"))
    roll = roll_of((AGAIN, known))
    key = put_roll(any_store, roll)
    out = io.BytesIO()
    write_cdxj([known], out, ArchiveReader(any_store))
    lines = out.getvalue().decode().splitlines()
    assert [line.split(" ", 2)[:2] for line in lines] == [
        ["example,news)/harbour?id=1", "20261123120000"],
        ["example,news)/harbour?id=1", "20261124093000"],
    ]
    first, second = (json.loads(line.split(" ", 2)[2]) for line in lines)
    assert known.capture is not None
    assert (first["filename"], second["filename"]) == (known.capture.key, key)
    assert (first["mime"], second["mime"]) == ("text/html", "warc/revisit")
    assert first["digest"] == second["digest"]
    for values in (first, second):
        place = int(values["offset"])
        piece = any_store.get(values["filename"])[place : place + int(values["length"])]
        assert [entry.url for entry in entries(piece, "x")] == [values["url"]]


def test_a_damaged_capture_is_told_and_left_out(folder_store: ObjectStore) -> None:
    known = stored(folder_store)
    assert known.capture is not None
    damaged = folder_store.get(known.capture.key)[:-20]
    folder_store.delete(known.capture.key)
    folder_store.put_new(known.capture.key, damaged, content_type="application/gzip")
    told: list[StoreError] = []
    write_cdxj([known], io.BytesIO(), ArchiveReader(folder_store, on_unreadable=told.append))
    assert [error.key for error in told] == [known.capture.key]


@pytest.mark.parametrize("count", [0, 1, 500, 3000])
def test_lines_are_sorted_in_bounded_memory(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdxj, "MOST_RUNS", 5)
    lines = [f"{number * 7919 % 1000:04d} {'é' * (number % 3)}\n".encode() for number in range(count)]
    with LineSorter(run_bytes=400) as sorter:
        for line in lines:
            sorter.add(line)
        assert list(sorter.lines()) == sorted(set(lines))
