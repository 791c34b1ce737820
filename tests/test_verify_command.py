"""`harvest verify` as an operator types it."""

import json
import os
import pty
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from harvester.archive import ObjectStore, open_store
from tests.command import Harvest
from tests.harvester.verifying.archives import NOON, fill, flip, overwrite, written


@pytest.fixture
def store(harvest: Harvest) -> ObjectStore:
    """What `harvest` verifies: a sound archive."""
    made = open_store(harvest.archive)
    fill(made)
    return made


def test_a_sound_archive(harvest: Harvest, store: ObjectStore) -> None:
    before = sorted(one.key for one in store.list(""))
    for options in ((), ("--quick",), ("--since", "2026-11-23"), ("--repair",)):
        done = harvest("verify", *options)
        assert done.code == 0, done.err
        assert ": sound; cursor 3-" in done.out
        assert done.out.count("\n") == 1
    assert sorted(one.key for one in store.list("") if not one.key.startswith(".probe")) == before
    cursor = done.out.split()[-1]
    assert harvest("verify", "--after", cursor).out.startswith("0 commits, 0 objects: sound")


def test_each_finding_is_a_line_that_says_what_to_do(harvest: Harvest, store: ObjectStore) -> None:
    capture = next(one.key for one in store.list("captures/"))
    article = next(one.key for one in store.list("articles/"))
    overwrite(store, capture, store.get(capture)[:99])
    flip(store, article, 9)
    done = harvest("verify")
    assert done.code == 1
    *lines, last = done.out.splitlines()
    assert sorted(line.partition(": ")[0] for line in lines) == sorted([article, capture])
    assert any("truncated: has 99 bytes of" in line and "restore it from a backup" in line for line in lines)
    assert any("damaged: SHA-256 is" in line and "--repair restores it" in line for line in lines)
    assert "NOT SOUND" in last
    assert "1 truncated" in last
    told = harvest("verify", "--json").json()
    assert (told["sound"], told["problems"]) == (False, {"damaged": 1, "truncated": 1})
    assert {one["key"] for one in told["findings"]} == {article, capture}
    assert all(one["remedy"] for one in told["findings"])


def test_keys_of_strangers_do_not_command_the_terminal(harvest: Harvest, store: ObjectStore) -> None:
    path = Path(harvest.archive.removeprefix("file://")) / "evil\x1b[2J\x07"
    path.write_text("x", encoding="utf-8")
    done = harvest("verify")
    assert done.code == 1
    assert "evil [2J" in done.out
    assert "\x1b" not in done.out


def test_repair_says_what_it_has_done(harvest: Harvest, store: ObjectStore) -> None:
    lines = written(store, "orphan", at=NOON - timedelta(days=30))
    done = harvest("verify")
    assert (done.code, done.out.count("--repair makes it visible")) == (1, 1)
    done = harvest("verify", "--repair")
    assert (done.code, done.out.count("sound")) == (0, 1), done.out
    assert sorted(
        line.split()[1].rstrip(":") for line in done.err.splitlines() if line.startswith("repaired")
    ) == sorted(line.key for line in lines)
    assert {one["source"] for one in harvest.records() if one["id"] == lines[1].id} == {"paper"}  # type: ignore[attr-defined]


def test_what_was_killed_left_is_a_note_until_it_is_repaired(harvest: Harvest, store: ObjectStore) -> None:
    capture, article = written(store, "orphan", at=NOON - timedelta(days=30))
    store.delete(article.key)
    done = harvest("verify")
    assert (done.code, done.out.count("1 left over: sound")) == (0, 1), done.out
    assert "1 objects were left by what was killed" in done.err
    assert harvest("verify", "--json").json()["left_over_keys"] == [capture.key]
    done = harvest("verify", "--repair")
    assert (done.code, f"repaired: {capture.key}: made visible" in done.err) == (0, True), done.err
    assert "left over" not in harvest("verify").out


def test_what_can_not_be_repaired_is_told_and_the_exit_code_is_1(harvest: Harvest, store: ObjectStore) -> None:
    capture = next(one.key for one in store.list("captures/"))
    store.delete(capture)
    done = harvest("verify", "--repair", "--json")
    assert done.code == 1
    assert done.json()["findings"][0]["key"] == capture
    article = next(one.key for one in store.list("articles/") if capture.split("/")[-1][:32] in one.key)
    store.delete(article)
    assert f"not repaired: {article}" in harvest("verify", "--repair").err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--since", "2026-11-23", "--after", "0"), "not both"),
        (("--after", "x"), "is not a cursor"),
        (("--after", "9-00000000"), "is not of"),
        (("--public-key", "absent.pem"), "absent.pem"),
        (("--tsa-ca", "absent.pem"), "absent.pem"),
        (("--archive", "s3://b"), "is not a bucket's name"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], says: str, harvest: Harvest, store: ObjectStore) -> None:
    done = harvest("verify", *arguments)
    assert (done.code, done.err.count("\n")) == (2, 1), done.err
    assert says in done.err


def test_progress_on_a_terminal_alone(harvest: Harvest, store: ObjectStore) -> None:
    main, side = pty.openpty()
    process = harvest.start("verify")
    process.communicate(timeout=60)
    command = [*process.args]  # type: ignore[misc]
    environ = os.environ | {"HARVEST_ARCHIVE": harvest.archive, "HARVEST_CACHE": str(harvest.cache)}
    done = subprocess.run(command, cwd=harvest.folder, env=environ, stdout=subprocess.PIPE, stderr=side, timeout=60)
    os.close(side)
    shown = os.read(main, 10_000).decode()
    os.close(main)
    assert "listing: 20" in shown
    assert done.stdout.endswith(b"\n")


def test_json_of_hostile_names_is_json(harvest: Harvest, store: ObjectStore) -> None:
    (Path(harvest.archive.removeprefix("file://")) / 'a"b\u202e').write_text("x", encoding="utf-8")
    assert json.loads(harvest("verify", "--json").out)["problems"] == {"extra": 1}
