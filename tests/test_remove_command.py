"""`harvest remove` as people run it: what it asks and says, and that no later harvest brings the article back."""

import os
import pty
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from pyarrow import parquet

from harvester.archive import ArchiveReader, keys, open_store
from harvester.archive.record import ArticleRecord
from harvester.archive.removals import all_removals
from harvester.removing import Removing, Standing
from harvester.urls import article_id
from tests.archive_proxy import Fault, faulty
from tests.bucket import ACCESS_KEY, SECRET_KEY, Bucket
from tests.command import Harvest
from tests.harvester.captured import make_visible, put_captured
from tests.site import Reply, Request, Site, article_page

HOSTILE = "\x1b[2J\u202ecourt\n order \ud800"[:-1]


def files(harvest: Harvest, name: str = "") -> list[str]:
    root = harvest.folder / "archive"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and name in path.name)


def stored(harvest: Harvest, *names: str) -> list[ArticleRecord]:
    store = open_store(harvest.archive)
    records = [put_captured(store, name) for name in names]
    make_visible(store, *records)
    return records


def outcome(report: dict[str, Any], source: str = "s") -> dict[str, int]:
    found: dict[str, int] = report["sources"][source]["outcomes"]
    return {name: count for name, count in found.items() if count}


# What it says


def test_it_shows_what_goes_and_needs_a_yes_where_nobody_can_be_asked(harvest: Harvest) -> None:
    (gone,) = stored(harvest, "gone")
    before = files(harvest, gone.id)
    assert len(before) == 2
    done = harvest("remove", gone.id[:10], "--reason", "court order")
    assert (done.code, done.out) == (2, "")
    assert gone.title in done.err
    assert "say --yes" in done.err
    assert files(harvest, gone.id) == before
    done = harvest("remove", gone.id[:10], "--reason", "court order", "--yes")
    assert done.code == 0, done.err
    assert f"{gone.id}  taken down on" in done.out
    assert "court order; 2 objects deleted" in done.out
    assert "What is left" in done.err
    again = harvest("remove", gone.id[:10], "--reason", "once more", "--yes")
    assert (again.code, "court order; nothing was left of it" in again.out) == (0, True)
    told = harvest("show", gone.id[:10])
    assert told.code == 0
    assert "taken down on" in told.out
    assert "court order" in told.out
    assert harvest("show", gone.id, "--json").json()["removed"][0]["reason"] == "court order"
    assert harvest.records() == []


def test_as_json_it_names_what_was_deleted(harvest: Harvest) -> None:
    first, second = stored(harvest, "one", "two")
    done = harvest("remove", first.id, second.id, "--reason", "asked for", "--yes", "--json")
    assert done.code == 0, done.err
    told = done.json()
    assert [one["id"] for one in told] == [first.id, second.id]
    assert [len(one["deleted"]) for one in told] == [2, 2]
    assert [one["before"] for one in told] == [False, False]
    assert told[0]["tombstone"] == keys.removal_key("paper", first.id)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("remove", "--reason", "x", "--yes"), "Missing argument"),
        (("remove", "0" * 32, "--yes"), "--reason"),
        (("remove", "0" * 32, "--reason", "  ", "--yes"), "say why"),
        (("remove", "0" * 32, "--reason", "x", "--yes"), "there is no article"),
        (("remove", "../x", "--reason", "x", "--yes"), "not an article's id"),
    ],
)
def test_wrong_usage_removes_nothing(harvest: Harvest, arguments: tuple[str, ...], says: str) -> None:
    (stays,) = stored(harvest, "stays")
    before = files(harvest, stays.id)
    done = harvest(*arguments)
    assert done.code == 2
    assert says in done.err
    if arguments[1] != "--reason":
        done = harvest("remove", stays.id, *arguments[1:])
        assert done.code == 2  # one wrong id, and nothing of the others goes
    assert files(harvest, stays.id) == before


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 130), ("\n", 130)])
def test_on_a_terminal_it_asks(harvest: Harvest, answer: str, code: int) -> None:
    (gone,) = stored(harvest, "gone")
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "harvester", "remove", gone.id, "--reason", "x", "--archive", harvest.archive]
    process = subprocess.Popen(command, cwd=harvest.folder, stdin=inner, stdout=subprocess.DEVNULL, stderr=inner)
    os.close(inner)
    os.write(outer, answer.encode())
    assert process.wait(timeout=60) == code
    os.close(outer)
    assert bool(files(harvest, f"{gone.id}-")) == bool(code)


def test_a_hostile_reason_stays_data(harvest: Harvest) -> None:
    (gone,) = stored(harvest, "gone")
    done = harvest("remove", gone.id, "--reason", HOSTILE, "--yes")
    assert done.code == 0, done.err
    assert "court order" in done.out
    assert not {"\x1b", "\u202e"} & set(done.out + harvest("show", gone.id).out)
    (removal,) = all_removals(open_store(harvest.archive))
    assert removal.reason == HOSTILE.strip()


# Never back


def test_it_does_not_come_back(harvest: Harvest, site: Site) -> None:
    """Not from its address, with a fresh cache either; not the same words elsewhere on the site; but elsewhere."""
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")], recheck_s=0)
    harvest.source("other", site.base, feeds=[site.feed("/copy", at="/other")])
    harvest.run("s")
    gone = next(record for record in harvest.records() if record["url"].endswith("/a"))
    assert harvest("remove", gone["id"], "--reason", "asked for", "--yes").code == 0
    asked = site.fetched("/a")
    assert outcome(harvest.run("s")) == {"unchanged": 1}
    shutil.rmtree(harvest.cache)
    assert outcome(harvest.run("s")) == {"unchanged": 1}
    assert site.fetched("/a") == asked
    site.paths["/moved"] = site.paths["/copy"] = site.paths["/a"]
    site.feed("/a", "/b", "/moved")
    report = harvest.run("s", "other")
    assert outcome(report) == {"unchanged": 1, "discarded": 1}
    assert report["sources"]["s"]["reasons"] == {"removed": 1}
    assert outcome(report, "other") == {"stored": 1}
    assert not files(harvest, f"{gone['id']}-")
    assert sorted(record["url"].rpartition("/")[2] for record in harvest.records()) == ["b", "copy"]
    assert outcome(harvest.run("s")) == {"unchanged": 1}  # known as discarded


def test_another_text_whose_page_declares_the_removed_address_is_held_off(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a")])
    harvest.run("s")
    (gone,) = harvest.records()
    harvest("remove", gone["id"], "--reason", "asked for", "--yes")
    shutil.rmtree(harvest.cache)
    link = f'<link rel="canonical" href="{site.base}/a">'
    site.article("/b", "Council decides on a", head=link, extra="<p>This article was corrected.</p>")
    site.feed("/b")
    assert harvest.run("s")["sources"]["s"]["reasons"] == {"removed": 1}
    assert harvest.records() == []


def test_a_run_that_stores_it_while_it_is_taken_down_deletes_it_at_its_end(harvest: Harvest, site: Site) -> None:
    """The tombstone is there when the page is sent, which the run has asked for before."""

    def page(request: Request) -> Reply:
        article = Standing(source="s", id=article_id("s", f"{site.base}/a"), title=None, objects=(), removal=None)
        Removing(open_store(harvest.archive), lambda: datetime.now(UTC)).remove(article, "asked for")
        return Reply(body=article_page("A story – of the harbour"))

    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    site.paths["/a"] = page
    report = harvest.run("s")
    assert outcome(report) == {"stored": 2}
    (left,) = harvest.records()
    assert left["url"].endswith("/b")
    assert not files(harvest, f"{article_id('s', f'{site.base}/a')}-")
    (state,) = (name for name in files(harvest) if name.startswith("furniture/"))
    assert "of the harbour" not in (harvest.folder / "archive" / state).read_text(encoding="utf-8")
    (_, manifest) = next(ArchiveReader(open_store(harvest.archive)).manifests())
    assert not [line.key for line in manifest.objects if article_id("s", f"{site.base}/a") in line.key]


def test_what_a_killed_run_has_left_of_it_goes_with_the_next_one(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    gone = next(record for record in harvest.records() if record["url"].endswith("/a"))
    names = files(harvest, f"{gone['id']}-")
    kept = {name: (harvest.folder / "archive" / name).read_bytes() for name in names}
    harvest("remove", gone["id"], "--reason", "asked for", "--yes")
    store = open_store(harvest.archive)
    for name, body in kept.items():
        store.put_new(name.replace("-r1", "-r2"), body.replace(b'"revision":1', b'"revision":2'), content_type="x/x")
    assert len(harvest.records()) == 1
    harvest.run("s")
    assert not [name for name in files(harvest, f"{gone['id']}-") if name.startswith("articles/")]
    assert len(harvest.records()) == 1


def test_a_copy_keeps_the_id_of_the_original_and_show_leads_to_the_tombstone(harvest: Harvest, site: Site) -> None:
    site.article("/a", "The wire's story")
    site.article("/b", "The wire's story")
    harvest.source("wire", site.base, feeds=[site.feed("/a", at="/wire")])
    harvest.source("paper", site.base, feeds=[site.feed("/b", at="/paper")])
    harvest.run("wire")
    harvest.run("paper")
    copy = next(record for record in harvest.records() if record["source"] == "paper")
    assert copy["copy_of"]
    assert harvest("remove", copy["copy_of"], "--reason", "asked for", "--yes").code == 0
    (left,) = harvest.records()
    assert (left["id"], left["copy_of"]) == (copy["id"], copy["copy_of"])
    assert "taken down" in harvest("show", left["copy_of"]).out


def test_an_import_does_not_bring_it_back(harvest: Harvest, site: Site) -> None:
    harvest.source("s", site.base, feeds=[site.feed("/a", "/b")])
    harvest.run("s")
    gone = next(record for record in harvest.records() if record["url"].endswith("/a"))
    shutil.copy(harvest.folder / "archive" / gone["capture"]["key"], harvest.folder / "saved.warc.gz")
    harvest("remove", gone["id"], "--reason", "asked for", "--yes")
    done = harvest("import", "saved.warc.gz", "--source", "s", "--json")
    assert done.code == 0, done.err
    assert '"removed": 1' in done.out
    assert not files(harvest, f"{gone['id']}-")
    assert len(harvest.records()) == 1


def test_its_rows_are_taken_out_of_the_tables(harvest: Harvest) -> None:
    gone, stays = stored(harvest, "gone", "stays")
    assert harvest("tables").code == 0
    done = harvest("remove", gone.id, "--reason", "asked for", "--yes")
    assert done.code == 0, done.err
    rows: dict[str, set[str]] = {}
    for path in (harvest.folder / "archive" / "tables").rglob("*.parquet"):
        table = parquet.read_table(path, partitioning=None)
        kind = path.relative_to(harvest.folder / "archive" / "tables").parts[0]
        rows.setdefault(kind, set()).update(table.column("id").to_pylist())
    assert rows["articles"] == {stays.id}
    assert gone.id not in set().union(*rows.values())
    assert harvest("tables").code == 0
    assert harvest.records("--from", "tables")[0]["id"] == stays.id


# Faults


def test_a_locked_object_is_told_with_its_day_and_goes_when_the_lock_has_ended(
    bucket: Bucket, harvest: Harvest
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    harvest.archive = "s3://locked/remove"
    (gone,) = stored(harvest, "gone")
    assert gone.capture is not None
    key = f"remove/{gone.capture.key}"
    until = datetime.now(UTC) + timedelta(seconds=8)
    client.put_object_retention(
        Bucket="locked", Key=key, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until.replace(microsecond=0)}
    )
    done = harvest("remove", gone.id, "--reason", "court order", "--yes")
    assert done.code == 1, done.out + done.err
    assert f"locked until {until:%Y-%m-%d}" in done.err
    assert "1 objects deleted" in done.out
    assert harvest.records() == []
    time.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds() + 1))
    assert harvest("remove", gone.id, "--reason", "court order", "--yes").code == 0
    assert not client.list_object_versions(Bucket="locked", Prefix=key).get("Versions")


def test_a_store_that_refuses_to_delete_is_told(
    bucket: Bucket, harvest: Harvest, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest.archive = bucket.url(f"refuse-{harvest.folder.name}")
    (gone,) = stored(harvest, "gone")
    with faulty(bucket.endpoint, {"DELETE": [Fault.UNAVAILABLE] * 40}) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy)
        done = harvest("remove", gone.id, "--reason", "court order", "--yes")
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    assert done.code == 1
    assert "SlowDown" in done.err
    assert "Traceback" not in done.err
    assert harvest.records() == []
    assert harvest("remove", gone.id, "--reason", "court order", "--yes").code == 0
    store = open_store(harvest.archive)
    assert not [one.key for one in store.list("") if f"/{gone.id}-" in one.key]
