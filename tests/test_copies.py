"""Copies, addresses and canonical addresses over whole runs: what is stored, marked, linked and told."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.bucket import Bucket
from tests.command import Harvest
from tests.site import Reply, Site


def text(name: str, count: int = 150) -> str:
    return "<p>" + " ".join(f"{name}-{number}" for number in range(count)) + "</p>"


def publish(site: Site, path: str, name: str, **options: Any) -> None:
    site.article(path, f"Story {path}", paragraphs=0, extra=text(name) + options.pop("more", ""), **options)


def objects(harvest: Harvest, root: str) -> list[Path]:
    return sorted(path for path in (harvest.folder / "archive" / root).rglob("*") if path.is_file())


def manifests(harvest: Harvest, source: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in objects(harvest, "runs") if f".{source}." in path.name]


@pytest.mark.parametrize("where", ["folder", "s3"])
def test_another_machine_links_a_copy_to_what_the_first_has_stored(
    harvest: Harvest, site: Site, where: str, request: pytest.FixtureRequest
) -> None:
    if where == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        harvest.archive = bucket.url(f"copies-{harvest.folder.name}")
    publish(site, "/a", "wire")
    publish(site, "/b", "wire", more="<p>With reports by our own correspondents in the harbour.</p>")
    harvest.source("agency", site.base, feeds=[site.feed("/a", at="/agency")])
    harvest.source("paper", site.base, feeds=[site.feed("/b", at="/paper")])
    harvest.run("agency")
    elsewhere = Harvest(folder=harvest.folder, archive=harvest.archive, cache=harvest.folder / "elsewhere")
    assert elsewhere.run("paper")["sources"]["paper"]["copies"] == 1
    original, copy = sorted(harvest.records(), key=lambda record: record["source"])
    assert (copy["copy_of"], copy["copy_kind"]) == (original["id"], "copy")
    assert 0.8 <= copy["similarity"] <= 1
    assert original["copy_of"] is None
    assert copy["id"] in harvest("show", original["id"]).out
    assert harvest("show", copy["id"], "--json").json()["article"]["copy_of"] == original["id"]
    assert [record["id"] for record in harvest.records("--copies", "drop")] == [original["id"]]


def test_one_that_was_published_earlier_becomes_the_original(harvest: Harvest, site: Site) -> None:
    def dated(day: int) -> str:
        return f'<meta property="article:published_time" content="2026-11-{day:02}T08:00:00+00:00">'

    publish(site, "/b", "wire", head=dated(20))
    publish(site, "/a", "wire", head=dated(19), more="<p>Filed by the agency's desk.</p>")
    harvest.source("agency", site.base, feeds=[site.feed("/a", at="/agency")])
    harvest.source("paper", site.base, feeds=[site.feed("/b", at="/paper")])
    harvest.run("paper")
    report = harvest.run("agency")
    assert report["sources"]["agency"]["copies"] == 1
    read = {record["source"]: record for record in harvest.records()}
    assert read["agency"]["copy_of"] is None
    assert read["paper"]["copy_of"] == read["agency"]["id"]
    assert harvest("show", read["agency"]["id"], "--json").json()["copies"] == [read["paper"]["id"]]


def test_link_finds_what_no_run_could_and_says_what_it_did(harvest: Harvest, site: Site) -> None:
    publish(site, "/a", "wire")
    publish(site, "/b", "wire")
    harvest.source("agency", site.base, feeds=[site.feed("/a", at="/agency")])
    harvest.source("paper", site.base, feeds=[site.feed("/b", at="/paper")])
    harvest.run("agency")
    shutil.rmtree(harvest.cache)
    shutil.rmtree(harvest.folder / "archive" / "segments")  # as if it had been long ago
    harvest.run("paper")
    assert [record["copy_of"] for record in harvest.records()] == [None, None]
    done = harvest("link")
    assert done.code == 0, done.err
    assert done.out == "1 days with 2 articles compared: 1 new links (1 pairs looked at)\n"
    assert sorted(bool(record["copy_of"]) for record in harvest.records()) == [False, True]
    again = harvest("link", "--json")
    assert (again.code, again.json()["links"]) == (0, 0)
    path = next(path for path in objects(harvest, "articles") if "source=paper" in str(path))
    path.chmod(0o600)
    path.write_bytes(b"{")
    shutil.rmtree(harvest.folder / "archive" / "segments")
    broken = harvest("link")
    assert broken.code == 1
    assert path.name in broken.err


def test_a_source_whose_canonical_addresses_lie_is_told_and_believed_no_more(harvest: Harvest, site: Site) -> None:
    head = f'<link rel="canonical" href="{site.base}/news">'
    for number in range(6):
        publish(site, f"/{number}", f"words{number}", head=head)
    harvest.source("s", site.base, feeds=[site.feed("/0", "/1", "/2", "/3")])
    done = harvest("run", "s")
    assert f"canonical addresses are not believed: {site.base}/news stands for different articles" in done.out
    (manifest,) = manifests(harvest, "s")
    assert len(manifest["untrue_canonicals"]) == 3
    shutil.rmtree(harvest.cache)
    site.feed("/0", "/1", "/2", "/3", "/4", "/5")
    report = harvest.run("s")["sources"]["s"]
    assert report["canonical"] == f"{site.base}/news"
    assert report["outcomes"] == {"stored": 2}
    records = harvest.records()
    assert len({record["id"] for record in records}) == 6
    assert sorted(record["canonical_url"] for record in records if record["url"][-1] in "12345") == [
        f"{site.base}/{number}" for number in range(1, 6)
    ]


def test_another_address_of_an_article_is_kept_on_it(harvest: Harvest, site: Site) -> None:
    publish(site, "/a", "words")
    publish(site, "/mirror", "words")
    site.paths["/mirror"] = site.paths["/a"]
    harvest.source("s", site.base, feeds=[site.feed("/a", "/mirror")])
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1, "duplicate": 1}
    (record,) = harvest.records()
    (mark,) = (json.loads(path.read_bytes()) for path in objects(harvest, "marks"))
    assert {record["url"], mark["url"]} == {f"{site.base}/a", f"{site.base}/mirror"}
    assert (mark["id"], mark["mark"]) == (record["id"], "address")
    shown = harvest("show", record["id"])
    assert f"also at     {mark['url']}" in shown.out
    harvest.run("s")
    assert len(objects(harvest, "marks")) == 1


def test_redirects_are_recorded(harvest: Harvest, site: Site) -> None:
    publish(site, "/new", "words")
    site.paths["/old"] = Reply(status=301, headers={"Location": "/new"})
    harvest.source("s", site.base, feeds=[site.feed("/old")])
    harvest.run("s")
    (record,) = harvest.records()
    assert (record["url"], record["other_urls"]) == (f"{site.base}/new", [f"{site.base}/old"])
    (page,) = manifests(harvest, "s")[0]["pages"]
    assert (page["url"], page["final_url"]) == (f"{site.base}/old", f"{site.base}/new")
    site.feed("/old", "/new")
    assert harvest.run("s")["sources"]["s"]["outcomes"].get("stored") is None
    assert len(harvest.records()) == 1


def test_a_revision_says_what_has_changed(harvest: Harvest, site: Site) -> None:
    publish(site, "/a", "words")
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=0)
    harvest.run("s")
    site.article("/a", "Story /a", paragraphs=0, extra=text("words").replace("words-7 ", "not words-7 "))
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"revised": 1}
    first, second = harvest.records("--revisions", "all")
    assert first["change"] is None
    assert second["change"] == {"extent": "minor", "parts": ["body"]}
    assert "{+not+}" in harvest("show", first["id"], "--diff").out


def test_another_author_is_a_revision_and_another_box_beside_it_is_none(harvest: Harvest, site: Site) -> None:
    def publish_by(author: str, box: int) -> None:
        head = f'<meta name="author" content="{author}">'
        publish(site, "/a", "words", head=head, more=f'<p class="most-read"><a href="/x">Most read: {box}</a></p>')

    publish_by("Rana Khoury", 1)
    harvest.source("s", site.base, feeds=[site.feed("/a")], recheck_s=0)
    harvest.run("s")
    publish_by("Rana Khoury", 2)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"unchanged": 1}
    publish_by("Sami Haddad", 2)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"revised": 1}
    publish_by("Sami Haddad", 3)
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"unchanged": 1}
    first, second = harvest.records("--revisions", "all")
    assert (first["authors"], second["authors"]) == (["Rana Khoury"], ["Sami Haddad"])
    assert second["change"] == {"extent": "minor", "parts": ["author"]}


def test_a_fresh_machine_goes_on_from_a_checkpoint(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    (cache,) = harvest.cache.glob("*.sqlite")
    with sqlite3.connect(cache) as connection:
        connection.execute("UPDATE behind SET manifests = 49")  # as after forty-nine runs
    connection.close()
    site.feed("/a", "/b", "/c")
    harvest.run("s")
    (checkpoint,) = objects(harvest, "checkpoints")
    assert checkpoint.parent.name == "source=s"
    shutil.rmtree(harvest.cache)
    for path in objects(harvest, "runs"):
        path.unlink()
    before = len(site.requests)
    site.feed("/a", "/b", "/c", "/d")
    assert harvest.run("s")["sources"]["s"]["outcomes"] == {"stored": 1}
    assert [request.path for request in site.requests[before:]] == ["/robots.txt", "/feed", "/d"]
