"""Repair: what something else still proves comes back; nothing is lost on the way."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from harvester.archive import ArchiveReader, ObjectStore, keys
from harvester.archive.commits import CommitLog, visible_articles
from harvester.archive.manifest import Manifest
from harvester.config import Settings, load_settings
from harvester.removing import Removing
from harvester.report import RunReport
from harvester.tables import update_tables
from harvester.verifying.repair import Repair, Repaired
from tests.harvester.articles import put, record, words
from tests.harvester.verifying.archives import (
    LATER,
    NOON,
    committed,
    fill,
    flip,
    overwrite,
    run_id,
    told,
    verified,
    written,
)
from tests.harvester.verifying.test_verification import tombstone


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "harvest.toml"
    file.write_text("", encoding="utf-8")
    return load_settings(file, {}, {})


def repaired(store: ObjectStore, settings: Settings) -> Repaired:
    return Repair(store, settings, lambda: LATER).repair(verified(store))


DAMAGES: dict[str, Callable[[ObjectStore, str], None]] = {
    "flipped": lambda store, key: flip(store, key, 50),
    "empty": lambda store, key: overwrite(store, key, b""),
    "missing": lambda store, key: store.delete(key),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_records_come_back_from_the_tables_byte_for_byte(
    damage: str, any_store: ObjectStore, settings: Settings
) -> None:
    lost = fill(any_store)[1:4]
    update_tables(any_store)
    before = {key: any_store.get(key) for key in lost}
    damaged = {}
    for key in lost:
        DAMAGES[damage](any_store, key)
        if damage != "missing":
            damaged[key] = any_store.get(key)
    done = repaired(any_store, settings)
    assert [said.partition(":")[0] for said in done.done] == sorted(lost) or len(done.done) == 3
    assert done.left == []
    assert {key: any_store.get(key) for key in lost} == before
    assert verified(any_store).is_sound
    for key, body in damaged.items():  # kept aside
        assert any_store.get(keys.damaged_key(key, hashlib.sha256(body).hexdigest())) == body


def test_a_record_that_only_its_capture_has_is_read_again(folder_store: ObjectStore, settings: Settings) -> None:
    lost = fill(folder_store)[0]
    title = ArchiveReader(folder_store).record(lost).title
    folder_store.delete(lost)
    done = repaired(folder_store, settings)
    assert len(done.done) == 1
    made = lost.replace("-r1.json", "-r1-d2.json").replace("2026-11-23", LATER.date().isoformat())
    record = ArchiveReader(folder_store).record(made)
    assert (record.title, record.derivation.number) == (title, 2)
    assert "harbour10 harbour11" in record.text
    found = verified(folder_store)
    assert told(found) == [(lost, "missing")]  # its own bytes are lost, and that stays true
    assert found.pending == 0
    again = repaired(folder_store, settings)
    assert again.done == []
    assert again.left == [f"{lost}: lost; readers get derivation 2 in its place"]


def test_what_nothing_has_any_more_is_told(folder_store: ObjectStore, settings: Settings) -> None:
    lost = fill(folder_store)[0]
    capture = ArchiveReader(folder_store).record(lost).capture
    assert capture is not None
    folder_store.delete(lost)
    folder_store.delete(capture.key)
    done = repaired(folder_store, settings)
    assert done.done == []
    assert done.left == [f"{lost}: {lost}: can't be restored: neither the tables nor a capture have it"]
    assert sorted(told(verified(folder_store))) == sorted([(lost, "missing"), (capture.key, "missing")])


def test_what_a_dead_run_has_left_becomes_visible_once(any_store: ObjectStore, settings: Settings) -> None:
    fill(any_store)
    orphans = written(any_store, "orphan")  # killed before its manifest
    unseen = written(any_store, "unseen")  # killed before its commit
    key = keys.manifest_key(NOON.date(), run_id(9), "paper")
    manifest = Manifest(run_id=run_id(9), source="paper", after=3, started_at=NOON, ended_at=NOON, objects=unseen)
    any_store.put_new(key, manifest.to_json(), content_type="application/json")
    (forged,) = put(any_store, record("broken", words("broken"), NOON), segment=None)
    overwrite(any_store, forged, any_store.get(forged)[:-9])
    done = repaired(any_store, settings)
    assert sorted(said.partition(": made")[0] for said in done.done) == sorted([key, *(one.key for one in orphans)])
    assert [said.partition(":")[0] for said in done.left] == [forged]
    assert told(verified(any_store)) == [(forged, "uncommitted")]
    log = CommitLog(any_store)
    assert [log.manifest(commit).command for commit in log.read(3)] == ["run", "repair"]
    visible = [line.key for commit in log.read(3) for line in visible_articles(commit, log.manifest(commit))]
    assert sorted(visible) == sorted([orphans[1].key, unseen[1].key])
    assert repaired(any_store, settings).done == []


def test_broken_tables_are_made_again(folder_store: ObjectStore, settings: Settings) -> None:
    fill(folder_store)
    update_tables(folder_store)
    assert verified(folder_store).rows > 0
    (table,) = [one.key for one in folder_store.list("tables/articles/")]
    flip(folder_store, table, 200)
    (finding,) = verified(folder_store).findings
    assert (finding.key, str(finding.problem)) == (table, "table")
    body = folder_store.get(table)
    done = repaired(folder_store, settings)
    assert done.done == ["tables/: deleted; `harvest tables` makes them again"]
    assert folder_store.get(keys.damaged_key(table, hashlib.sha256(body).hexdigest())) == body
    assert verified(folder_store).is_sound
    update_tables(folder_store)
    found = verified(folder_store)
    assert found.is_sound
    assert [one.key for one in folder_store.list("tables/articles/")]


def test_a_sound_archive_is_left_alone(folder_store: ObjectStore, settings: Settings) -> None:
    fill(folder_store)
    before = sorted((one.key, one.size) for one in folder_store.list(""))
    done = repaired(folder_store, settings)
    assert (done.done, done.left) == ([], [])
    assert sorted((one.key, one.size) for one in folder_store.list("")) == before


def test_a_repair_that_is_broken_off_is_begun_again(folder_store: ObjectStore, settings: Settings) -> None:
    """After each write that it makes; twice, as the second time some have been made."""
    lost = fill(folder_store)[0]
    written(folder_store, "orphan")
    folder_store.delete(lost)

    class Ends(Exception):
        pass

    class Dying(type(folder_store)):  # type: ignore[misc]
        left = 0

        def put_new(self, *arguments: object, **named: object) -> None:
            if self.left == 0:
                raise Ends
            self.left -= 1
            super().put_new(*arguments, **named)

    for count in sorted([*range(6)] * 2):
        dying = Dying(folder_store.root)  # type: ignore[attr-defined]
        dying.left = count
        try:
            at = LATER + timedelta(minutes=count)
            Repair(dying, settings, lambda at=at: at).repair(verified(folder_store))
        except Ends:
            continue
    found = verified(folder_store)
    repaired(folder_store, settings)
    found = verified(folder_store)
    assert told(found) == [(lost, "missing")]
    log = CommitLog(folder_store)
    visible = [
        line.key for commit in log.read() if commit.root for line in visible_articles(commit, log.manifest(commit))
    ]
    assert len(visible) == len(set(visible))
    assert {found.key for found in folder_store.list(keys.RUNS)} == {commit.key for commit in log.read()}


def test_committed_again_by_nobody(folder_store: ObjectStore, settings: Settings) -> None:
    lines = written(folder_store, "a")
    committed(folder_store, 1, lines)
    repaired(folder_store, settings)
    assert CommitLog(folder_store).head() == 1


def test_what_no_reader_misses_becomes_visible_too(any_store: ObjectStore, settings: Settings) -> None:
    fill(any_store)
    capture, article = written(any_store, "late")
    any_store.delete(article.key)
    report = RunReport(
        run_id=run_id(5), version="1", started_at=NOON, ended_at=NOON, key=keys.report_key(NOON.date(), run_id(5))
    )
    any_store.put_new(report.key, report.model_dump_json().encode(), content_type="application/json")
    draft = keys.draft_key("paper", run_id(5))
    any_store.put_new(draft, b"{}", content_type="application/json")
    furniture = keys.furniture_key("paper", 7)
    any_store.put_new(furniture, b"{}", content_type="application/json")
    assert verified(any_store).left_over == 4
    done = repaired(any_store, settings)
    assert sorted(said.partition(":")[0] for said in done.done) == sorted([capture.key, furniture, report.key])
    found = verified(any_store)
    assert (told(found), found.left_over_keys) == ([], [draft])
    assert [str(commit.kind) for commit in CommitLog(any_store).read(3)] == ["manifest", "report"]
    assert repaired(any_store, settings).done == []


def test_a_take_down_that_was_killed_before_its_commit_gets_it(any_store: ObjectStore, settings: Settings) -> None:
    records = fill(any_store)
    removal = tombstone(any_store, records[0])
    done = repaired(any_store, settings)
    assert done.done == [f"{removal.key}: made visible"]
    commit = CommitLog(any_store).commit(4)
    assert (str(commit.kind), commit.key, commit.source) == ("removal", removal.key, "paper")
    assert {problem for _, problem in told(verified(any_store))} == {"taken_down"}
    removing = Removing(any_store, lambda: LATER)
    removing.remove(removing.standing(removal.id), "again")
    assert verified(any_store).is_sound


def test_what_another_has_done_since_the_verification_is_left_alone(
    folder_store: ObjectStore, settings: Settings
) -> None:
    records = fill(folder_store)
    update_tables(folder_store)
    orphan = written(folder_store, "orphan")
    (table,) = [one.key for one in folder_store.list("tables/articles/")]
    whole = folder_store.get(table)
    flip(folder_store, table, 200)
    body = folder_store.get(records[0])
    folder_store.delete(records[0])
    found = verified(folder_store)
    assert {problem for _, problem in told(found)} == {"table", "missing", "uncommitted"}
    overwrite(folder_store, table, whole)
    committed(folder_store, 7, orphan)
    folder_store.put_new(records[0], body, content_type="application/json")
    removing = Removing(folder_store, lambda: LATER)
    named = keys.parse_article_key(records[0])
    assert named is not None
    removing.remove(removing.standing(named.id), "court order")
    done = Repair(folder_store, settings, lambda: LATER).repair(found)
    assert done.left == ["tables/: were written meanwhile; verify again"]
    assert folder_store.get(table) == whole
    assert folder_store.size(records[0]) is None
    update_tables(folder_store)
    assert told(verified(folder_store)) == []


@pytest.mark.parametrize("lost", ["commit", "manifest"])
def test_nothing_is_made_visible_twice_where_the_chain_lacks_a_part(
    lost: str, folder_store: ObjectStore, settings: Settings
) -> None:
    fill(folder_store)
    key = keys.commit_key(2) if lost == "commit" else CommitLog(folder_store).commit(2).key
    body = folder_store.get(key)
    folder_store.delete(key)
    done = repaired(folder_store, settings)
    assert done.done == []
    assert done.left
    assert all(f"{key}, once restored, may name it" in said for said in done.left)
    folder_store.put_new(key, body, content_type="application/json")
    assert verified(folder_store).is_sound
