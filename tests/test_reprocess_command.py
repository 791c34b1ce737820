"""`harvest reprocess` as people run it."""

import os
import signal
import time
from pathlib import Path

import pytest

from harvester.archive import keys, open_store
from tests.bucket import Bucket
from tests.command import Harvest
from tests.harvester.captured import FURNITURE, make_visible, put_captured, read_of
from tests.site import Site


def stored(harvest: Harvest, *names: str) -> None:
    store = open_store(harvest.archive)
    make_visible(store, *(put_captured(store, name) for name in names))


def test_it_tells_what_would_change_with_samples_and_writes_when_told_to(harvest: Harvest) -> None:
    store = open_store(harvest.archive)
    loss = [*read_of("loss").body, *(f"{FURNITURE} {number}" for number in range(99))]
    records = [
        put_captured(store, "text"),
        put_captured(store, "loss", body=loss),
        put_captured(store, "same", body=read_of("same").body),
    ]
    make_visible(store, *records)
    done = harvest("reprocess")
    assert done.code == 0, done.err
    assert "2 of 3 records would change, 1 of them lose more than half of their words" in done.out
    assert "nothing was written; --accept writes them" in done.out
    assert f"[-{FURNITURE}-]" in done.out
    assert done.out.index("loss: ") < done.out.index("text: ")  # the worst sample first
    done = harvest("reprocess", "--accept", "--samples", "0")
    assert done.code == 0, done.err
    assert "1 new derivations written; report: runs/" in done.out
    assert FURNITURE not in done.out
    assert {record["id"]: record["derivation"]["number"] for record in harvest.records()} == {
        record.id: 2 if number == 0 else 1 for number, record in enumerate(records)
    }
    done = harvest("reprocess", "--accept")
    assert "1 of 3 records would change" in done.out
    assert "0 new derivations written" in done.out
    assert harvest("runs").code == 0


def test_as_json_it_names_all_that_would_change(harvest: Harvest) -> None:
    stored(harvest, "one", "two")
    told = harvest("reprocess", "--json", "--limit", "5").json()
    assert told["total"] == {"read": 2, "changes": 2, "written": 0, "text": 2}
    assert told["sources"] == {"paper": told["total"]}
    assert {one["id"] for one in told["changes"]} == {record["id"] for record in harvest.records()}
    assert {one["fate"] for one in told["changes"]} == {"text"}
    assert all(one["words"][0] > one["words"][1] for one in told["changes"])


def test_a_missing_capture_is_told_and_is_exit_code_1(harvest: Harvest) -> None:
    store = open_store(harvest.archive)
    record = put_captured(store, "lost")
    stored(harvest, "two")
    assert record.capture is not None
    store.delete(record.capture.key)
    done = harvest("reprocess", "--accept")
    assert done.code == 1
    assert "the capture is missing" in done.out
    assert "1 of 2 records would change" in done.out
    assert "1 new derivations written" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--accept-losses",), "give --accept as well"),
        (("--source", "../x"), "is not a source's name"),
        (("--limit", "0"), "--limit"),
        (("--since", "yesterday"), "--since"),
    ],
)
def test_wrong_usage_is_exit_code_2(harvest: Harvest, arguments: tuple[str, ...], says: str) -> None:
    done = harvest("reprocess", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_an_archive_that_is_not_there_yet_has_nothing_to_read(harvest: Harvest) -> None:
    done = harvest("reprocess", "--accept")
    assert (done.code, done.out) == (0, "0 of 0 records would change\n0 new derivations written\n")
    assert harvest("reprocess", "--source", "nobody").code == 0


def test_what_a_run_has_stored_is_the_same_again(harvest: Harvest, site: Site) -> None:
    """And what was reprocessed is unchanged to the next run, which takes it from there."""
    harvest.source("s", site.base, feeds=[site.feed(*(f"/{letter}" for letter in "abcdefghijklmnop"))], recheck_s=0)
    harvest.run("s")
    assert "0 of " in harvest("reprocess").out
    folder = harvest.folder / "archive"
    for path in folder.glob("articles/*/*/*.json"):
        body = path.read_bytes()
        path.write_bytes(body.replace(b'"title":"Council', b'"title":"Another Council'))
    done = harvest("reprocess", "--accept", "--json")
    assert done.json()["total"]["written"] == 16, done.err
    assert harvest.run("s")["sources"]["s"]["outcomes"]["unchanged"] == 16
    assert all(record["title"].startswith("Council") for record in harvest.records())


def test_ctrl_c_ends_it_and_nothing_is_lost(harvest: Harvest) -> None:
    stored(harvest, *(f"story-{number}" for number in range(300)))
    process = harvest.start("reprocess", "--accept", "--jobs", "2", start_new_session=True)
    time.sleep(1.2)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130), err
    assert harvest("reprocess", "--accept").code == 0
    assert {record["derivation"]["number"] for record in harvest.records()} == {2}
    assert not list(open_store(harvest.archive).list(keys.DRAFTS))


def test_a_bucket_that_can_only_be_read_is_told_before_anything_is_read(
    bucket: Bucket, harvest: Harvest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.archive_proxy import Fault, faulty

    harvest.archive = bucket.url(f"reprocess-{harvest.folder.name}")
    stored(harvest, "one")
    with faulty(bucket.endpoint, {"PUT": [Fault.NOT_IMPLEMENTED] * 99}) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy)
        assert harvest("reprocess").code == 0
        done = harvest("reprocess", "--accept")
        assert (done.code, done.out) == (2, "")
        assert done.err.count("\n") == 1
        for command in (["reprocess", "--accept"], ["remove", "0" * 32, "--reason", "x", "--yes"]):
            assert harvest(*command).code == 2
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket.endpoint)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    for command in (["reprocess"], ["remove", "0" * 32, "--reason", "x", "--yes"]):
        done = harvest(*command)
        assert done.code == 2
        assert "credentials are not accepted" in done.err


def test_a_full_disk_is_told_and_the_next_call_goes_on(harvest: Harvest, tmp_path: Path) -> None:
    """A file system that is full: a limit on the size of files stands for it."""
    import resource
    import subprocess
    import sys

    stored(harvest, "one", "two")
    command = [sys.executable, "-m", "harvester", "reprocess", "--accept", "--jobs", "1", "--archive", harvest.archive]

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    done = subprocess.run(command, cwd=tmp_path, preexec_fn=limited, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "can't be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert harvest("reprocess", "--accept").code == 0
    assert {record["derivation"]["number"] for record in harvest.records()} == {2}
    assert not list(open_store(harvest.archive).list(keys.DRAFTS))
