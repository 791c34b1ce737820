"""Runs after runs, at once, killed and interrupted: each article once, and nothing fetched in vain."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from secrets import token_hex

import pytest

from harvester.archive import open_store
from harvester.archive.commits import CommitLog
from tests.bucket import Bucket, seaweedfs
from tests.command import Harvest
from tests.site import Answer, Reply, Request, Site, article_page

ROOT = Path(__file__).parent.parent


def ids_of_objects(harvest: Harvest) -> Counter[str]:
    """First derivations in the folder archive, by article id."""
    paths = (harvest.folder / "archive" / "articles").rglob("*-r1.json")
    return Counter(path.name[:32] for path in paths)


def slowly(seconds: float) -> Answer:
    def answer(request: Request) -> Reply:
        time.sleep(seconds)
        return Reply(body=article_page(f"Council decides on {request.path.strip('/')}"))

    return answer


def test_a_second_run_asks_only_whether_lists_have_changed(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    before = len(site.requests)
    again = harvest.run("s")["sources"]["s"]
    assert again["lists"] == {"read": 0, "unchanged": 1, "failed": 0}
    assert [request.path for request in site.requests[before:]] == ["/robots.txt", "/feed"]


def test_a_changed_text_is_a_revision_and_a_changed_box_is_none(harvest: Harvest, site: Site) -> None:
    box = '<p class="most-read"><a href="/x">Most read: story {}</a></p>'
    site.article("/a", "Bridge opens", extra=box.format(1))
    site.article("/b", "Market closes", extra=box.format(1))
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")], recheck_s=0)
    harvest.run("s")
    site.article("/a", "Bridge opens", extra=box.format(2))
    site.article("/b", "Market closes", extra=box.format(2), place="Port Anna")
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"revised": 1, "unchanged": 1}
    history = [(record["title"], record["revision"]) for record in harvest.records("--revisions", "all")]
    assert sorted(history) == [("Bridge opens", 1), ("Market closes", 1), ("Market closes", 2)]
    site.article("/b", "Market closes early", extra=box.format(2), place="Port Anna")
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"revised": 1, "unchanged": 1}


def test_within_its_recheck_interval_no_article_is_fetched_again(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=3600)
    harvest.run("s")
    site.feed("/a", "/b")
    harvest.run("s")
    assert (site.fetched("/a"), site.fetched("/b")) == (1, 1)


def test_two_addresses_of_one_article_are_stored_once(harvest: Harvest, site: Site) -> None:
    head = f'<link rel="canonical" href="{site.base}/story">'
    for path in ("/story", "/story?view=print", "/p/1"):
        site.article(path, "One story", head=head)
    site.article("/mirror", "One story")
    harvest.source("s", site.base, feeds=[site.feed("/story", "/story?view=print", "/p/1", "/mirror")])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1, "duplicate": 2}
    assert site.fetched("/story?view=print") == 0
    assert [record["canonical_url"] for record in harvest.records()] == [f"{site.base}/story"]
    harvest.run("s")
    assert len(harvest.records()) == 1


def test_pages_that_all_claim_one_canonical_address_stay_apart(harvest: Harvest, site: Site) -> None:
    head = f'<link rel="canonical" href="{site.base}/news">'
    paths = [f"/{number}" for number in range(5)]
    for number, path in enumerate(paths):
        words = " ".join(f"word-{number}-{one}" for one in range(150))
        site.article(path, f"Story {number}", head=head, paragraphs=0, extra=f"<p>{words}</p>")
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 5}


def each_record_is_visible_once(harvest: Harvest) -> None:
    """By exactly one commit of the chain."""
    store = open_store(harvest.archive)
    visible = [line.key for _, lines in CommitLog(store).articles() for line in lines]
    assert sorted(visible) == sorted(found.key for found in store.list("articles/"))


@pytest.mark.parametrize("lost", ["nothing", "the cache as well"])
def test_killed_in_the_middle_and_run_again_nothing_is_lost_or_doubled(harvest: Harvest, site: Site, lost: str) -> None:
    paths = [f"/{number}" for number in range(40)]
    for path in paths:
        site.paths[path] = slowly(0.05)
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    for stored in (3, 15, 30):
        process = harvest.start("run", "s", start_new_session=True)
        deadline = time.monotonic() + 30
        while sum(ids_of_objects(harvest).values()) < stored and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if lost != "nothing":
            shutil.rmtree(harvest.cache)
    report = harvest.run("s")
    assert report["exit_code"] == 0
    assert set(ids_of_objects(harvest).values()) == {1}
    assert sorted(record["url"] for record in harvest.records()) == sorted(f"{site.base}{path}" for path in paths)
    assert all(site.fetched(path) <= 4 for path in paths)
    each_record_is_visible_once(harvest)


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_two_runs_at_once_on_two_caches_store_each_article_once(
    harvest: Harvest, site: Site, where: str, request: pytest.FixtureRequest
) -> None:
    if where == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        harvest.archive = bucket.url(f"runs-{token_hex(4)}")
    paths = [f"/{number}" for number in range(20)]
    for path in paths:
        site.paths[path] = slowly(0.02)
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    other = Harvest(folder=harvest.folder, archive=harvest.archive, cache=harvest.folder / "other-cache")
    processes = [one.start("run", "s", "--json") for one in (harvest, other)]
    for process in processes:
        process.communicate(timeout=90)
    assert [process.returncode for process in processes] == [0, 0]
    records = harvest.records("--revisions", "all")
    assert len(records) == len({record["id"] for record in records}) == len(paths)
    each_record_is_visible_once(harvest)


def test_a_run_into_a_bucket_is_read_back(harvest: Harvest, site: Site, bucket: Bucket) -> None:
    harvest.archive = bucket.url(f"whole-{token_hex(4)}")
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b", "/c")])
    assert harvest.run("s")["exit_code"] == 0
    shutil.rmtree(harvest.cache)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {}
    assert len(harvest.records()) == 3
    assert harvest("runs").out.count("\n") == 2


def test_ctrl_c_finishes_what_is_under_way_and_says_130(harvest: Harvest, site: Site) -> None:
    paths = [f"/{number}" for number in range(60)]
    for path in paths:
        site.paths[path] = slowly(0.05)
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    process = harvest.start("run", "s", "--json")
    while sum(ids_of_objects(harvest).values()) < 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "stopping" in err
    assert len(harvest.records()) == sum(ids_of_objects(harvest).values())
    assert harvest.run("s")["exit_code"] == 0
    assert len(harvest.records()) == 60


def test_a_second_ctrl_c_stops_at_once(harvest: Harvest, site: Site) -> None:
    site.paths["/slow"] = slowly(20)
    harvest.source("s", site.base, feeds=[site.feed("/slow")])
    process = harvest.start("run", "s")
    while not site.fetched("/slow"):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130
    assert time.monotonic() - began < 3


def test_a_damaged_cache_is_filled_anew(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    (cache,) = harvest.cache.glob("*.sqlite")
    for file in harvest.cache.glob("*.sqlite-*"):
        file.unlink()
    cache.write_bytes(b"not a database, and longer than a page of one" * 200)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {}
    assert sqlite3.connect(cache).execute("SELECT count(*) FROM article").fetchone() == (1,)


@pytest.mark.parametrize(("delay_s", "crawl_delay", "least"), [(0.4, None, 0.4), (0.1, 0.5, 0.5), (0.4, 0.1, 0.4)])
def test_the_longer_of_delay_and_crawl_delay_is_kept(
    harvest: Harvest, site: Site, delay_s: float, crawl_delay: float | None, least: float
) -> None:
    if crawl_delay:
        robots = f"User-agent: *\nCrawl-delay: {crawl_delay}\n".encode()
        site.paths["/robots.txt"] = Reply(body=robots, content_type="text/plain")
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b", "/c")], delay_s=delay_s, concurrency=4)
    assert harvest.run("s")["exit_code"] == 0
    times = [request.at for request in site.requests]
    gaps = [later - earlier for earlier, later in pairwise(times[1:])]
    assert len(gaps) == 3
    assert min(gaps) >= least - 0.05  # threads of the site's server are not that punctual


def test_scrapy_itself_lists_and_crawls(harvest: Harvest, site: Site) -> None:
    scrapy = [sys.executable, "-m", "scrapy"]
    listed = subprocess.run([*scrapy, "list"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert listed.stdout.split() == ["feed", "news", "section", "sitemap", "wordpress"]
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.configure(archive=harvest.archive, cache=str(harvest.cache))
    config = f"HARVEST_CONFIG={harvest.folder / 'harvest.toml'}"
    crawl = [*scrapy, "crawl", "news", "-a", "source=s", "-s", config]
    done = subprocess.run(crawl, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "'harvest/outcome_count/stored': 2" in done.stderr
    assert len(harvest.records()) == 2
    assert "2 stored" in harvest("runs").out


def test_with_the_bucket_gone_the_run_stops_soon_says_so_and_the_next_one_completes_it(
    harvest: Harvest, site: Site, tmp_path: Path
) -> None:
    paths = [f"/{number}" for number in range(30)]
    for path in paths:
        site.paths[path] = slowly(0.1)
    harvest.source("s", site.base, feeds=[site.feed(*paths)])
    folder = tmp_path / "seaweedfs"
    folder.mkdir()
    with seaweedfs(folder) as bucket:
        harvest.archive, harvest.environ = bucket.url("x"), bucket.environment
        process = harvest.start("run", "s")
        while sum(site.fetched(path) for path in paths) < 8:
            time.sleep(0.02)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "stopped, as the archive takes nothing" in err
    assert "report: could not be written" in out
    assert "Traceback" not in err
    assert sum(site.fetched(path) for path in paths) < len(paths)
    with seaweedfs(folder) as bucket:  # on other ports, with what it had
        harvest.environ = bucket.environment
        again = harvest.run("s")
        assert again["exit_code"] == 0
        assert 0 < again["sources"]["s"]["outcomes"]["stored"] < len(paths)
        records = harvest.records()
        assert len(records) == len({record["id"] for record in records}) == len(paths)


STANDING = "<p>This newsroom stands above the chandlery on Rope Street.</p>"


def test_articles_of_a_young_source_are_cleaned_again_from_their_captures_once_it_is_known(
    harvest: Harvest, site: Site
) -> None:
    def publish(*numbers: int) -> None:
        for number in numbers:
            letter = chr(ord("a") + number)  # folding makes all digits one
            words = " ".join(f"{letter}{chr(ord('a') + one % 26) * (1 + one // 26)}" for one in range(60))
            site.article(
                f"/{number}", f"Story {number}", paragraphs=0, extra=f"<p>{words}.</p><p>{words}!</p>{STANDING}"
            )
        site.feed(*(f"/{number}" for number in numbers))

    publish(1, 2)
    harvest.source("s", site.base, feeds=[f"{site.base}/feed"])
    harvest.run("s")
    young = {record["id"]: record for record in harvest.records()}
    assert all(record["body"][-1].startswith("This newsroom") for record in young.values())
    publish(*range(3, 14))
    report = harvest.run("s")
    assert report["sources"]["s"]["recleaned"] >= 2
    records = harvest.records()
    assert len(records) == 13
    assert not any("newsroom" in record["text"] for record in records)
    for article_id, before in young.items():
        after = next(record for record in records if record["id"] == article_id)
        assert (after["revision"], after["derivation"]["number"]) == (1, 2)
        assert after["body"] == before["body"][:-1]
        assert after["removed"][-1]["text"].startswith("This newsroom")
        assert (site.fetched("/1"), site.fetched("/2")) == (1, 1)


def test_furniture_that_was_lost_is_learned_again_from_captures(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed(*(f"/{number}" for number in range(5)))])
    harvest.run("s")
    learned = harvest.folder / "archive" / "furniture" / "source=s"
    before = json.loads(max(learned.iterdir()).read_text(encoding="utf-8"))
    shutil.rmtree(learned)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {}
    (again,) = (json.loads(path.read_text(encoding="utf-8")) for path in learned.iterdir())
    assert again["counted"] == before["counted"] == 5
    assert {path["key"] for path in again["paths"]} == {path["key"] for path in before["paths"]}
    assert [site.fetched(f"/{number}") for number in range(5)] == [1] * 5


def test_articles_of_a_new_design_are_cleaned_again_once_it_is_known(harvest: Harvest, site: Site) -> None:
    def publish(design: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            letter = chr(ord("a") + number)
            words = " ".join(f"{letter}{chr(ord('a') + one % 26) * (1 + one // 26)}" for one in range(60))
            story = "".join(f"<div class={design}><p>{words}{end}</p></div>" for end in ".!?")
            ending = f"<div class={design}><p>Told in {design} clothes by all of us above the chandlery.</p></div>"
            site.article(f"/{number}", f"Story {number}", paragraphs=0, extra=f"{story}{ending}")
        site.feed(*(f"/{number}" for number in numbers))

    publish("old", range(11))
    harvest.source("s", site.base, feeds=[f"{site.base}/feed"])
    harvest.run("s")
    publish("new", range(11, 14))
    first = harvest.run("s")
    publish("new", range(14, 25))
    second = harvest.run("s")
    assert first["sources"]["s"]["outcomes"] == {"stored": 3}
    assert second["sources"]["s"]["recleaned"] >= 3
    state = json.loads(max((harvest.folder / "archive" / "furniture" / "source=s").iterdir()).read_text("utf-8"))
    paths = {path["path"]: path["articles"] for path in state["paths"]}
    assert min(paths["body>article>div.old>p"], paths["body>article>div.new>p"]) >= 5
    assert not any("clothes" in record["text"] for record in harvest.records())
    assert [site.fetched(f"/{number}") for number in range(11, 14)] == [1] * 3


def test_articles_that_no_manifest_names_are_known_to_a_fresh_cache(harvest: Harvest, site: Site) -> None:
    """What a killed run leaves, seen from another machine on another day."""
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    archive = harvest.folder / "archive"
    shutil.rmtree(archive / "runs")
    shutil.rmtree(harvest.cache)
    (today,) = (archive / "articles" / "source=s").iterdir()
    today.rename(today.with_name("date=2026-01-02"))
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {}
    assert (site.fetched("/a"), site.fetched("/b")) == (1, 1)
    assert len(harvest.records()) == 2
