"""`harvest import` as people run it: recorded pages in, articles out, whatever happens on the way."""

import gzip
import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harvester.archive import open_store
from harvester.archive.commits import CommitLog
from tests.bucket import Bucket
from tests.command import Done, Harvest
from tests.harvester.importing.warcs import AT, http, packed, record
from tests.site import article_page

SITES = ("a.example", "b.example", "c.example")

ARABIC = "قالت إدارة الميناء إن السفن الصغيرة تعود إلى الرصيف القديم بعد أن انتهى إصلاح الجسر الشرقي هذا الأسبوع"


def story(number: int, *, site: str | None = None, text: str = "") -> bytes:
    """The record of an article."""
    url = f"https://{site or SITES[number % len(SITES)]}/2026/story-{number}"
    return record(url, http(article_page(f"Story {number}{text}")))


def warc(folder: Path, *records: bytes, name: str = "pages.warc.gz") -> Path:
    path = folder / name
    path.write_bytes(packed(records))
    return path


def imported(harvest: Harvest, *arguments: str, code: int = 0) -> dict[str, Any]:
    """The report of an import, whose sums agree."""
    done = harvest("import", *arguments, "--json")
    assert done.code == code, done.err
    report: dict[str, Any] = done.json()
    pages = 0
    for part in report["sources"].values():
        assert part["balanced"]
        assert part["pages"] == sum(part["outcomes"].values())
        pages += part["pages"]
    told = report["settings"]["recordings"]
    assert pages == sum(one["pages"] for one in told)
    for one in told:
        assert one["records"] == one["pages"] + sum(one["skipped"].values()) + one["broken"]
    return report


def outcomes(report: dict[str, Any], what: str = "outcomes") -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in report["sources"].values():
        counts.update(part[what])
    return dict(counts)


def test_pages_of_a_warc_file_become_articles_of_their_hosts(harvest: Harvest) -> None:
    request = record(
        "https://a.example/2026/story-0",
        b"GET /2026/story-0 HTTP/1.1\r\nUser-Agent: crawler\r\n\r\n",
        kind="request",
        content_type="application/http; msgtype=request",
    )
    revisit = record("https://a.example/old", b"", kind="revisit")
    picture = record("https://a.example/p.png", http(b"\x89PNG", content_type="image/png"))
    login = record(
        "https://a.example/in", http(b"<html><title>Sign in</title><body><p>Please sign in.</p></body></html>")
    )
    path = warc(harvest.folder, request, *map(story, range(7)), revisit, picture, login)
    report = imported(harvest, str(path))
    assert outcomes(report) == {"stored": 7, "discarded": 1}
    assert outcomes(report, "reasons") == {"login": 1}
    (told,) = report["settings"]["recordings"]
    assert told["skipped"] == {"request": 1, "revisit": 1, "not_html": 1}
    assert (told["recording"], told["done"], told["to"]) == (path.as_uri(), True, path.stat().st_size)
    records = {one["url"]: one for one in harvest.records()}
    assert {one["source"] for one in records.values()} == set(SITES)
    first = records["https://a.example/2026/story-0"]
    assert (first["title"], first["fetched_at"]) == ("Story 0", "2026-11-01T12:00:00.000+00:00")
    capture = gzip.decompress((harvest.folder / "archive" / first["capture"]["key"]).read_bytes())
    assert b"User-Agent: crawler" in capture
    assert article_page("Story 0") in capture


def test_manifests_name_the_command_and_all_that_is_stored_is_visible(harvest: Harvest) -> None:
    report = imported(harvest, str(warc(harvest.folder, *map(story, range(4)))))
    manifests = [json.loads(path.read_bytes()) for path in (harvest.folder / "archive/runs").rglob("*.example.json")]
    assert {manifest["command"] for manifest in manifests} == {"import"}
    assert {manifest["run_id"] for manifest in manifests} == {report["run_id"]}
    assert report["settings"]["command"] == "import"
    assert harvest("runs").out.startswith(report["run_id"])
    assert archived(harvest) == visible(harvest) != {}


def test_a_file_that_was_taken_over_is_not_read_again_unless_it_is_asked_for(harvest: Harvest) -> None:
    path = warc(harvest.folder, *map(story, range(6)))
    imported(harvest, str(path))
    done = harvest("import", str(path))
    assert (done.code, done.err) == (0, "")
    assert f"{path.as_uri()}: taken over before; --again reads it once more" in done.out
    assert outcomes(imported(harvest, str(path), "--again")) == {"unchanged": 6}
    assert outcomes(imported(harvest, str(path), "--until", "2020-01-01")) == {"unchanged": 6}
    path.write_bytes(path.read_bytes() + packed([story(6)]))  # another size: another file
    assert outcomes(imported(harvest, str(path))) == {"unchanged": 6, "stored": 1}
    assert len(harvest.records()) == 7


def test_a_limit_ends_the_import_and_the_next_call_goes_on_there(harvest: Harvest) -> None:
    path = warc(harvest.folder, *map(story, range(20)))
    first = imported(harvest, str(path), "--limit", "6")
    assert outcomes(first) == {"stored": 6}
    assert "the next call goes on at" in harvest("import", str(path), "--limit", "1").out
    rest = imported(harvest, str(path))
    assert outcomes(rest) == {"stored": 13}
    (told,) = rest["settings"]["recordings"]
    assert (told["from"] > 0, told["records"], told["done"]) == (True, 13, True)


def test_dates_choose_by_publication(harvest: Harvest) -> None:
    def dated(day: int) -> bytes:
        head = f'<meta property="article:published_time" content="2026-10-{day:02}T08:00:00Z">'
        return record(f"https://a.example/2026/{day}", http(article_page(f"Of day {day}", head=head)))

    path = warc(harvest.folder, *map(dated, range(1, 6)))
    report = imported(harvest, str(path), "--since", "2026-10-02", "--until", "2026-10-03")
    assert outcomes(report) == {"stored": 2, "discarded": 3}
    assert outcomes(report, "reasons") == {"outside_dates": 3}
    assert outcomes(imported(harvest, str(path))) == {"stored": 3, "unchanged": 2}


# Which page it is


def test_an_older_page_does_not_turn_the_article_back_and_a_younger_one_is_its_revision(harvest: Harvest) -> None:
    url = "https://a.example/2026/story"

    def of(days: int, text: str) -> bytes:
        return record(url, http(article_page(f"Council decides {text}")), at=AT + timedelta(days=days))

    imported(harvest, str(warc(harvest.folder, of(0, "on the bridge"), name="1.warc.gz")))
    older = imported(harvest, str(warc(harvest.folder, of(-3, "on nothing as yet"), name="2.warc.gz")))
    assert (outcomes(older), outcomes(older, "reasons")) == ({"discarded": 1}, {"older": 1})
    same = imported(harvest, str(warc(harvest.folder, of(-2, "on the bridge"), name="3.warc.gz")))
    assert outcomes(same) == {"unchanged": 1}
    younger = imported(harvest, str(warc(harvest.folder, of(2, "against the bridge"), name="4.warc.gz")))
    assert outcomes(younger) == {"revised": 1}
    records = harvest.records("--revisions", "all")
    assert [(one["revision"], one["title"]) for one in records] == [
        (1, "Council decides on the bridge"),
        (2, "Council decides against the bridge"),
    ]


def test_pages_of_one_address_in_one_file_are_revisions_in_the_order_of_their_dates(harvest: Harvest) -> None:
    url = "https://a.example/2026/story"
    days = [0, 1, 2, 1, 3]
    records = [
        record(url, http(article_page(f"Version {number}")), at=AT + timedelta(days=day))
        for number, day in enumerate(days)
    ]
    report = imported(harvest, str(warc(harvest.folder, *records)))
    assert outcomes(report) == {"stored": 1, "revised": 3, "discarded": 1}
    titles = [one["title"] for one in harvest.records("--revisions", "all")]
    assert titles == ["Version 0", "Version 1", "Version 2", "Version 4"]


def test_a_source_can_be_named_and_then_other_sites_are_left_out(harvest: Harvest) -> None:
    harvest.source("mine", "https://a.example/", exclude=["story-3"])
    path = warc(harvest.folder, *map(story, range(6)))
    report = imported(harvest, str(path), "--source", "mine")
    assert {name: part["outcomes"] for name, part in report["sources"].items()} == {"mine": {"stored": 1}}
    assert report["settings"]["recordings"][0]["skipped"] == {"offsite": 4, "excluded": 1}
    everything = imported(harvest, str(path))
    assert set(everything["sources"]) == {"mine", "b.example", "c.example"}


def test_an_arabic_page_in_windows_1256_and_a_chunked_packed_one_come_out_whole(harvest: Harvest) -> None:
    title = "المدرسة تفتح أبوابها من جديد"
    html = f"<html lang=ar><head><title>{title}</title><meta property=og:type content=article></head>"
    html += f"<body><article><h1>{title}</h1>{f'<p>{ARABIC}</p>' * 4}</article></body></html>"
    plain = record(
        "https://ar.example/1", http(html.encode("windows-1256"), content_type="text/html; charset=windows-1256")
    )
    raw = gzip.compress(html.replace("من جديد", "مرة أخرى").encode("windows-1256"), mtime=0)
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (raw[:100], raw[100:])) + b"0\r\n\r\n"
    headers = ("Transfer-Encoding: chunked", "Content-Encoding: gzip")
    both = record("https://ar.example/2", http(chunked, *headers, content_type="text/html; charset=windows-1256"))
    imported(harvest, str(warc(harvest.folder, plain, both)))
    records = harvest.records()
    assert [one["title"] for one in records] == [title, title.replace("من جديد", "مرة أخرى")]
    assert {one["body"][0] for one in records} == {ARABIC}
    capture = gzip.decompress((harvest.folder / "archive" / records[1]["capture"]["key"]).read_bytes())
    assert raw in capture


def test_broken_places_are_named_and_the_rest_is_stored(harvest: Harvest) -> None:
    good = [packed([story(number)]) for number in range(6)]
    cut = bytearray(good[2])
    cut[60:200] = bytes(140)
    path = harvest.folder / "broken.warc.gz"
    path.write_bytes(b"".join([*good[:2], bytes(cut), *good[3:]])[:-50])
    done = harvest("import", str(path))
    assert done.code == 1
    assert "broken at" in done.out
    assert "Traceback" not in done.err
    assert sorted(one["title"] for one in harvest.records()) == ["Story 0", "Story 1", "Story 3", "Story 4"]
    (told,) = imported(harvest, str(path), "--again", code=1)["settings"]["recordings"]
    assert (told["broken"], told["done"]) == (2, True)


# Where it comes from


def test_a_wacz_file_is_read(harvest: Harvest) -> None:
    path = harvest.folder / "crawl.wacz"
    with zipfile.ZipFile(path, "w") as packed_file:
        packed_file.writestr("archive/data.warc.gz", packed(map(story, range(3))))
        packed_file.writestr("archive/../../../evil.warc.gz", packed([story(3)]))
        packed_file.writestr("pages/pages.jsonl", "{}")
        packed_file.writestr("datapackage.json", "{}")
    report = imported(harvest, str(path))
    assert outcomes(report) == {"stored": 4}
    names = [one["recording"] for one in report["settings"]["recordings"]]
    assert names[0] == f"{path.as_uri()}!archive/data.warc.gz"
    assert not list(harvest.folder.parent.rglob("evil*"))
    assert "taken over before" in harvest("import", str(path)).out


def test_a_folder_is_searched_for_recordings_and_its_html_files_are_pages(harvest: Harvest) -> None:
    folder = harvest.folder / "mirror"
    (folder / "a.example" / "2026").mkdir(parents=True)
    (folder / "a.example" / "2026" / "one.html").write_bytes(article_page("One"))
    canonical = '<link rel="canonical" href="https://b.example/2026/two">'
    (folder / "two.HTM").write_bytes(article_page("Two", head=canonical))
    (folder / "nowhere.html").write_bytes(article_page("Nowhere"))
    (folder / "notes.txt").write_text("not a page")
    (folder / "broken.wacz").write_bytes(b"PK\x03\x04 no zip at all")
    warc(folder / "a.example", story(0), name="deep.warc.gz")
    at = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)
    os.utime(folder / "two.HTM", (at.timestamp(), at.timestamp()))
    report = imported(harvest, str(folder), code=1)
    assert outcomes(report) == {"stored": 3}
    records = {one["title"]: one for one in harvest.records()}
    assert {title: one["url"] for title, one in records.items()} == {
        "One": "https://a.example/2026/one.html",
        "Two": "https://b.example/2026/two",
        "Story 0": "https://a.example/2026/story-0",
    }
    assert records["Two"]["fetched_at"] == "2026-10-05T08:30:00.000+00:00"
    told = {one["recording"].rpartition("/")[2]: one for one in report["settings"]["recordings"]}
    assert told["mirror"]["skipped"] == {"no_address": 1}
    assert told["broken.wacz"]["broken"] == 1
    (folder / "three.html").write_bytes(article_page("Three", head=canonical.replace("two", "three")))
    assert outcomes(imported(harvest, str(folder), code=1)) == {"unchanged": 2, "stored": 1}


def test_recordings_in_a_bucket_go_into_an_archive_in_a_bucket(harvest: Harvest, bucket: Bucket) -> None:
    store = open_store(bucket.url(f"crawls-{harvest.folder.name}"))
    store.put_new("2026/1.warc.gz", packed(map(story, range(5))), content_type="application/gzip")
    store.put_new("2026/2.warc", b"".join(map(story, range(5, 8))), content_type="application/warc")
    store.put_new("2026/notes.txt", b"no pages", content_type="text/plain")
    harvest.archive = bucket.url(f"archive-{harvest.folder.name}")
    assert outcomes(imported(harvest, f"{store.url}/2026/1.warc.gz", "--limit", "2")) == {"stored": 2}
    assert outcomes(imported(harvest, f"{store.url}/2026/")) == {"stored": 6}
    assert len(harvest.records()) == 8
    for name, says in (("/none.warc", "there is no such object"), ("/2027/", "there are no WARC or WACZ files")):
        done = harvest("import", store.url + name)
        assert done.code == 2
        assert says in done.err


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("absent.warc.gz", "absent.warc.gz: can't be read: No such file or directory"),
        ("https://news.example/x.warc.gz", "download it first"),
        ("ftp://news.example/x.warc.gz", "must be a file, a folder"),
        ("notes.txt", "is none of what can be imported"),
    ],
)
def test_what_can_not_be_imported_is_refused_before_anything_is_read(harvest: Harvest, name: str, says: str) -> None:
    (harvest.folder / "notes.txt").write_text("some notes\n")
    path = warc(harvest.folder, story(0))
    done = harvest("import", str(path), name)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
    assert not (harvest.folder / "archive" / "articles").exists()


# Faults


def archived(harvest: Harvest) -> dict[str, int]:
    """Keys of all records that stand in the archive."""
    return {one.key: 1 for one in open_store(harvest.archive).list("articles/")}


def visible(harvest: Harvest) -> dict[str, int]:
    """Keys of the records that commits have made visible, with how often."""
    log = CommitLog(open_store(harvest.archive))
    return dict(Counter(line.key for _, lines in log.articles() for line in lines))


SMALL_BATCHES = """
import harvester.importing.importer as importer
importer.BATCH_PAGES = 9
from harvester.cli import main
main()
"""


def start(harvest: Harvest, *arguments: str) -> "subprocess.Popen[bytes]":
    """An import that makes what it has stored visible every few pages."""
    environ = {**os.environ, "HARVEST_ARCHIVE": harvest.archive, "HARVEST_CACHE": str(harvest.cache)}
    command = [sys.executable, "-c", SMALL_BATCHES, "import", *arguments]
    return subprocess.Popen(command, cwd=Path.cwd(), env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def sixty(harvest: Harvest) -> Path:
    return warc(harvest.folder, *map(story, range(60)))


def test_a_kill_costs_at_most_a_batch(harvest: Harvest, sixty: Path) -> None:
    process = start(harvest, str(sixty))
    marks = harvest.folder / "archive" / "imports"
    while process.poll() is None and len(list(marks.rglob("*.json"))) < 2:
        time.sleep(0.01)
    process.kill()
    process.wait()
    (told,) = imported(harvest, str(sixty))["settings"]["recordings"]
    assert told["from"] > 0
    assert told["records"] <= 60 - 2 * 9
    assert archived(harvest) == visible(harvest)
    assert len(archived(harvest)) == 60


def test_two_imports_of_one_file_at_once_store_each_article_once(harvest: Harvest, sixty: Path, tmp_path: Path) -> None:
    other = Harvest(folder=harvest.folder, archive=harvest.archive, cache=tmp_path / "another-machine")
    both = [start(harvest, str(sixty)), start(other, str(sixty))]
    assert [process.wait() for process in both] == [0, 0]
    records = harvest.records("--revisions", "all")
    assert sorted(one["title"] for one in records) == sorted(f"Story {number}" for number in range(60))
    assert {one["revision"] for one in records} == {1}
    assert archived(harvest) == visible(harvest)


def test_ctrl_c_ends_it_well(harvest: Harvest, sixty: Path) -> None:
    process = start(harvest, str(sixty))
    while not (harvest.folder / "archive" / "articles").exists():
        time.sleep(0.01)
    process.send_signal(2)
    assert process.wait() == 130
    assert archived(harvest) == visible(harvest)
    (run,) = (harvest.folder / "archive" / "runs").rglob("*Z-??????.json")
    assert json.loads(run.read_bytes())["interrupted"]
    imported(harvest, str(sixty))
    assert len(harvest.records()) == 60


def test_an_archive_that_takes_nothing_ends_the_import_and_nothing_is_marked(harvest: Harvest, sixty: Path) -> None:
    obstacle = harvest.folder / "archive" / "articles"
    obstacle.parent.mkdir()
    obstacle.write_text("a file where a folder must be")
    report = imported(harvest, str(sixty), code=1)
    assert outcomes(report, "reasons")["store"] >= 1
    assert not (harvest.folder / "archive" / "imports").exists()
    obstacle.unlink()
    assert outcomes(imported(harvest, str(sixty))) == {"stored": 60}


def test_readers_do_not_outlive_an_import_that_was_killed(harvest: Harvest, sixty: Path) -> None:
    process = start(harvest, str(sixty), "--jobs", "2")
    while process.poll() is None and not (readers := children(process.pid)):
        time.sleep(0.01)
    process.kill()
    process.wait()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{reader}").exists() and not is_dead(reader) for reader in readers):
        assert time.monotonic() < until
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_help_teaches(harvest: Harvest) -> None:
    done: Done = harvest("import", "--help")
    assert done.code == 0
    for said in ("harvest import CC-NEWS", "--again", "s3://my-crawls/2026/", "--source NAME", "goes on where it was"):
        assert said in " ".join(done.out.split()), said
