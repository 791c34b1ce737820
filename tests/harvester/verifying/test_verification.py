"""Each way in which an archive can be wrong is found, named and told what can be done about."""

import hashlib
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from harvester.archive import ArchiveWriter, ObjectStore, keys, open_store
from harvester.archive.commits import CommitKind, CommitLog, Cursor
from harvester.archive.documents import publish_documents
from harvester.archive.lines import article_line
from harvester.archive.linked import LinkedDay
from harvester.archive.merged import MergedDay
from harvester.archive.record import CaptureRef
from harvester.archive.removals import Removal, RemovedObject
from harvester.archive.store import ObjectInfo
from harvester.errors import UsageError
from harvester.importing.found import Place
from harvester.importing.inputs import WarcRecording
from harvester.importing.markers import Markers
from harvester.importing.streams import LocalFile
from harvester.merging import Read, merge_day
from harvester.removing import Removing
from harvester.verifying import Asked, Problem, verify
from harvester.verifying.chain import Chain
from harvester.verifying.strays import Strays
from tests.harvester.articles import put, record, words
from tests.harvester.verifying.archives import (
    LATER,
    NOON,
    committed,
    fill,
    flip,
    folder_of,
    overwrite,
    run_id,
    told,
    verified,
    written,
)

DAY = NOON.date()


def test_a_sound_archive_is_sound(any_store: ObjectStore) -> None:
    fill(any_store)
    for quick in (False, True):
        found = verified(any_store, quick=quick)
        assert told(found) == []
        assert found.is_sound
        assert (found.commits, found.objects, found.listed) == (3, 14, 20)
        assert found.cursor == str(CommitLog(any_store).cursor(3))


def test_an_empty_archive_is_sound(any_store: ObjectStore) -> None:
    assert verified(any_store).is_sound
    assert verified(any_store, quick=True).cursor == "0-00000000"


def test_a_copy_is_verified_without_the_bucket(s3_store: ObjectStore, tmp_path: Path) -> None:
    records = fill(s3_store)
    for one in s3_store.list(""):
        path = tmp_path / "copy" / one.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3_store.get(one.key))
    copy = open_store(str(tmp_path / "copy"))
    assert verified(copy).is_sound
    flip(copy, records[3])
    assert told(verified(copy)) == [(records[3], "damaged")]
    assert verified(s3_store).is_sound


def test_every_flipped_byte_of_every_object_is_found(folder_store: ObjectStore) -> None:
    """Of each object one byte, of a record, a manifest, a commit and a capture each fiftieth."""
    fill(folder_store)
    names = [one.key for one in folder_store.list("")]
    for key in names:
        body = folder_store.get(key)
        for at in range(0, len(body), max(1, len(body) // 3)):
            flip(folder_store, key, at)
            found = verified(folder_store)
            assert not found.is_sound, (key, at)
            assert any(one.key == key for one in found.findings), (key, at, told(found))
            overwrite(folder_store, key, body)
    assert verified(folder_store).is_sound


@pytest.mark.parametrize("quick", [False, True])
def test_every_missing_object_is_found(quick: bool, any_store: ObjectStore) -> None:
    fill(any_store)
    for key in [one.key for one in any_store.list("")]:
        body = any_store.get(key)
        any_store.delete(key)
        found = verified(any_store, quick=quick)
        if key == keys.commit_key(3):  # the chain's end: who has its cursor knows, and the report that it made visible
            assert (told(found), found.left_over_keys) == ([], [keys.report_key(DAY, run_id(1))])
        else:
            assert (key, "missing") in told(found), (key, told(found))
        any_store.put_new(key, body, content_type="application/json")
    assert verified(any_store, quick=quick).is_sound


def test_a_chain_that_lost_its_end_is_known_by_its_cursor(folder_store: ObjectStore) -> None:
    fill(folder_store)
    cursor = CommitLog(folder_store).cursor(3)
    folder_store.delete(keys.commit_key(3))
    with pytest.raises(UsageError, match="is not of"):
        verified(folder_store, after=cursor)


@pytest.mark.parametrize("quick", [False, True])
def test_a_truncated_object_is_found(quick: bool, any_store: ObjectStore) -> None:
    records = fill(any_store)
    overwrite(any_store, records[2], any_store.get(records[2])[:-40])
    assert told(verified(any_store, quick=quick)) == [(records[2], "truncated")]


def test_quick_finds_another_body_of_the_same_size_in_a_bucket(s3_store: ObjectStore) -> None:
    records = fill(s3_store)
    flip(s3_store, records[1], 30)
    (finding,) = verified(s3_store, quick=True).findings
    assert (finding.key, finding.problem) == (records[1], Problem.DAMAGED)


def test_quick_asks_for_the_sha256_where_a_manifest_has_no_md5(s3_store: ObjectStore) -> None:
    lines = [line.model_copy(update={"md5": None}) for line in written(s3_store, "harbour")]
    committed(s3_store, 1, lines)
    assert verified(s3_store, quick=True).is_sound
    flip(s3_store, lines[1].key, 30)
    assert told(verified(s3_store, quick=True)) == [(lines[1].key, "damaged")]


def test_extra_objects_are_found(any_store: ObjectStore) -> None:
    fill(any_store)
    strange = ["stranger.txt", "articles/source=paper/x.json", "commits/x.json", "tables/x.csv", "backup/a/b.json"]
    for key in strange:
        any_store.put_new(key, b"?", content_type="text/plain")
    for quick in (False, True):
        assert sorted(told(verified(any_store, quick=quick))) == sorted((key, "extra") for key in strange)


def test_an_article_slipped_in_is_found(any_store: ObjectStore) -> None:
    """Whole and valid, and no run has ever said that it wrote it."""
    fill(any_store)
    (forged,) = put(any_store, record("forged", words("forged"), NOON), segment=None)
    for quick in (False, True):
        assert told(verified(any_store, quick=quick)) == [(forged, "uncommitted")]


def test_what_a_run_is_just_writing_is_not_yet_visible_and_no_error(folder_store: ObjectStore) -> None:
    fill(folder_store)
    at = LATER - timedelta(hours=30)
    lines = written(folder_store, "fresh", at=at)
    found = verified(folder_store)
    assert found.is_sound
    assert sorted(found.pending_keys) == sorted(line.key for line in lines)
    committed(folder_store, 7, lines, at=at)
    assert verified(folder_store).pending == 0


def test_claims_probes_and_kept_damage_are_no_part_of_it(folder_store: ObjectStore) -> None:
    fill(folder_store)
    folder_store.check()
    for key in (
        keys.claim_key(DAY, "paper", "0" * 32, 1),
        keys.damaged_key("articles/x.json", hashlib.sha256(b"x").hexdigest()),
    ):
        folder_store.put_new(key, b"x", content_type="text/plain")
    assert told(verified(folder_store)) == []


# What was killed has left


def test_what_no_reader_misses_is_told_and_counted_and_no_error(folder_store: ObjectStore) -> None:
    fill(folder_store)
    capture, article = written(folder_store, "late")
    folder_store.delete(article.key)
    left = [
        capture.key,
        keys.furniture_key("paper", 7),
        keys.mark_key("paper", DAY, "0" * 32, "gone"),
        keys.run_links_key(DAY, run_id(5), "paper"),
        keys.draft_key("paper", run_id(5)),
        keys.report_key(DAY, run_id(5)),
    ]
    for key in left[1:]:
        folder_store.put_new(key, b"{}" if key.endswith(".json") else b"", content_type="application/json")
    for quick in (False, True):
        found = verified(folder_store, quick=quick)
        assert (told(found), sorted(found.left_over_keys), found.left_over) == ([], sorted(left), 6)
        assert any("6 objects were left by what was killed" in note for note in found.notes)
    young = verify(folder_store, Asked(), NOON)
    assert (young.left_over, sorted(young.pending_keys)) == (1, sorted(set(left) - {left[1]}))  # it has no day
    whole = folder_store.get(capture.key)
    for at in (-9, 50, len(whole) // 2):
        overwrite(folder_store, capture.key, whole[:at])
        assert told(verified(folder_store)) == [(capture.key, "damaged")]


def test_records_manifests_and_tombstones_that_no_commit_names_are_errors(folder_store: ObjectStore) -> None:
    records = fill(folder_store)
    (lost,) = put(folder_store, record("late", words("late"), NOON), segment=None)
    manifest = keys.manifest_key(DAY, run_id(5), "paper")
    folder_store.put_new(manifest, b"{}", content_type="application/json")
    removal = tombstone(folder_store, records[0])
    for key in (own for own in [one.key for one in folder_store.list("")] if removal.covers(own)):
        folder_store.delete(key)
    found = verified(folder_store)
    assert sorted(told(found)) == sorted((key, "uncommitted") for key in (lost, manifest, removal.key))
    (remedy,) = (one.remedy for one in found.findings if one.key == removal.key)
    assert remedy == f"`harvest remove {removal.id}` completes it; --repair appends its commit"


# Others at work


@pytest.mark.parametrize("quick", [False, True])
def test_what_is_committed_meanwhile_is_not_yet_visible(
    quick: bool, any_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(any_store)
    old = written(any_store, "old")  # left by a run that was killed, and found by the one that is at work

    def while_others_write(store: ObjectStore, since: object) -> Iterator[ObjectInfo]:
        new = written(store, "new", at=LATER)
        committed(store, 7, [*old, *new], at=LATER)
        store.put_new(keys.stamp_key(4), b"x", content_type="application/timestamp-reply")
        return iter(list(store.list("")))

    monkeypatch.setattr("harvester.verifying.verification.listed", while_others_write)
    found = verified(any_store, quick=quick)
    assert (told(found), found.commits, found.left_over) == ([], 3, 0)
    assert {keys.commit_key(4), keys.stamp_key(4), old[0].key, old[1].key} <= set(found.pending_keys)


@pytest.mark.parametrize("quick", [False, True])
def test_what_is_taken_down_meanwhile_is_not_missed(
    quick: bool, any_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = fill(any_store)
    own_keys = Chain.own_keys

    def while_removed(chain: Chain) -> Iterator[str]:
        removing = Removing(any_store, lambda: LATER)
        named = keys.parse_article_key(records[0])
        assert named is not None
        removing.remove(removing.standing(named.id), "court order")
        return own_keys(chain)

    monkeypatch.setattr(Chain, "own_keys", while_removed)
    assert told(verified(any_store, quick=quick)) == []
    monkeypatch.undo()
    any_store.delete(records[1])
    assert told(verified(any_store, quick=quick)) == [(records[1], "missing")]


# The chain


def rewritten(store: ObjectStore, number: int, **changed: Any) -> None:
    """A commit that says something else, its digest true again: what a forger does."""
    key = keys.commit_key(number)
    said = orjson.loads(store.get(key)) | changed
    del said["digest"]
    digest = hashlib.sha256(orjson.dumps(said)).hexdigest()
    overwrite(store, key, orjson.dumps(said | {"digest": digest}))


def test_a_rewritten_commit_breaks_the_chain_at_the_next(folder_store: ObjectStore) -> None:
    fill(folder_store)
    rewritten(folder_store, 2, at="2026-11-23T13:00:00.000+00:00")
    assert told(verified(folder_store)) == [(keys.commit_key(3), "chain")]


def test_a_manifest_exchanged_together_with_its_commit_breaks_the_chain(folder_store: ObjectStore) -> None:
    fill(folder_store)
    commit = CommitLog(folder_store).commit(1)
    body = folder_store.get(commit.key).replace(b'"pages":[]', b'"pages": []')
    overwrite(folder_store, commit.key, body)
    rewritten(folder_store, 1, sha256=hashlib.sha256(body).hexdigest())
    report = keys.report_key(DAY, run_id(1))
    assert told(verified(folder_store)) == [(keys.commit_key(2), "chain"), (report, "untrue")]


def test_a_root_that_is_not_the_objects_is_found(folder_store: ObjectStore) -> None:
    fill(folder_store)
    rewritten(folder_store, 2, root="0" * 64)
    commit = CommitLog(folder_store).commit(2)
    assert (commit.key, "untrue") in told(verified(folder_store))


def test_white_space_in_a_commit_is_damage(folder_store: ObjectStore) -> None:
    fill(folder_store)
    key = keys.commit_key(3)
    overwrite(folder_store, key, folder_store.get(key).replace(b",", b", "))
    assert told(verified(folder_store)) == [(key, "chain")]


def test_a_gap_in_the_chain_is_found_and_what_is_after_it_checked(folder_store: ObjectStore) -> None:
    fill(folder_store)
    _, late = written(folder_store, "late")
    committed(folder_store, 9, [])
    folder_store.delete(keys.commit_key(2))
    found = told(verified(folder_store))
    assert found[0] == (keys.commit_key(2), "missing")
    assert (late.key, "uncommitted") in found


def test_a_report_that_names_another_manifest_is_found(folder_store: ObjectStore) -> None:
    fill(folder_store)
    key = keys.report_key(DAY, run_id(1))
    body = folder_store.get(key)
    said = orjson.loads(body)
    said["sources"]["paper"]["manifest_sha256"] = "0" * 64
    overwrite(folder_store, key, orjson.dumps(said))
    rewritten(folder_store, 3, sha256=hashlib.sha256(orjson.dumps(said)).hexdigest())
    assert told(verified(folder_store)) == [(key, "untrue")]


def test_a_record_that_two_commits_make_visible_is_found(folder_store: ObjectStore) -> None:
    lines = written(folder_store, "harbour")
    committed(folder_store, 1, lines)
    committed(folder_store, 2, lines)  # began when the first was visible, so the log trusts that it wrote them itself
    assert told(verified(folder_store)) == [(lines[1].key, "twice")]


# What records and captures say


def changed_record(store: ObjectStore, **changed: Any) -> str:
    """A record that says something untrue, as an error of ours would write it: hashes and all."""
    whole = written(store, "harbour")
    read = record("harbour", words("harbour"), NOON).model_dump() | orjson.loads(store.get(whole[1].key))
    made = type(record("x", "x", NOON)).model_validate(read | changed)
    body = made.to_json()
    overwrite(store, whole[1].key, body)
    line = article_line(made, whole[1].key, body, made.capture.sha256 if made.capture else None)
    committed(store, 1, [whole[0], line])
    return whole[1].key


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"content_sha256": "0" * 64}, "content_sha256 is not that of title and text"),
        ({"title": "Another title"}, "content_sha256 is not that of title and text"),
        ({"canonical_url": "https://paper.example/other"}, "id is not that of source and canonical_url"),
        ({"revision": 2}, "is the record of"),
        ({"capture": {"key": "captures/source=paper/date=2026-11-23/x.warc.gz", "sha256": "0" * 64}}, "not there"),
    ],
    ids=["content", "title", "canonical", "revision", "capture"],
)
def test_a_record_that_says_something_untrue_is_found(
    changed: dict[str, Any], says: str, folder_store: ObjectStore
) -> None:
    key = changed_record(folder_store, **changed)
    (finding,) = verified(folder_store).findings
    assert (finding.key, finding.problem) == (key, Problem.UNTRUE)
    assert says in finding.detail
    assert verified(folder_store, quick=True).is_sound  # says nothing about what objects say


def test_a_record_read_from_another_page_than_its_capture_has_is_found(folder_store: ObjectStore) -> None:
    capture, _ = written(folder_store, "storm")
    key = changed_record(folder_store, capture={"key": capture.key, "sha256": "1" * 64})
    committed(folder_store, 2, [capture])
    assert (key, "untrue") in told(verified(folder_store))


def test_a_capture_with_another_page_than_its_name_says_is_found(folder_store: ObjectStore) -> None:
    capture, line = written(folder_store, "storm")
    other, _ = written(folder_store, "market")
    body = folder_store.get(other.key)
    overwrite(folder_store, capture.key, body)
    sha256 = hashlib.sha256(body).hexdigest()
    committed(folder_store, 1, [capture.model_copy(update={"sha256": sha256, "size": len(body)}), line, other])
    assert (capture.key, "untrue") in told(verified(folder_store))


def test_a_capture_that_an_earlier_day_has_is_looked_for_there(folder_store: ObjectStore) -> None:
    capture, line = written(folder_store, "storm")
    committed(folder_store, 1, [capture, line])
    later = record("storm", words("storm"), NOON, revision=2)
    later = later.model_copy(
        update={"capture": CaptureRef(key=capture.key, sha256=line.payload_sha256)}  # type: ignore[attr-defined]
    )
    at = NOON + timedelta(days=9)
    answer = ArchiveWriter(folder_store, lambda: at).put_article(later)
    new = article_line(later, answer.key, folder_store.get(answer.key), None)
    committed(folder_store, 2, [new], at=at)
    found = verified(folder_store, since=at.date())
    assert (told(found), found.objects, found.commits) == ([], 1, 1)


# Objects that prove themselves


def test_merged_segments_and_what_names_them(folder_store: ObjectStore) -> None:
    fill(folder_store)
    merge_day(folder_store, DAY, ["paper", "other"], Read())
    assert verified(folder_store).is_sound
    merged = MergedDay.from_json(folder_store.get(keys.merge_key(DAY)), "merged").segments[0]
    flip(folder_store, merged, 100)
    assert told(verified(folder_store)) == [(merged, "damaged")]
    folder_store.delete(merged)
    assert told(verified(folder_store)) == [(merged, "missing")]


def test_damaged_checkpoints_and_days_that_were_linked(folder_store: ObjectStore) -> None:
    fill(folder_store)
    checkpoint = keys.checkpoint_key("paper", run_id(1))
    folder_store.put_new(checkpoint, b"NEWSCOL1 and no more", content_type="application/octet-stream")
    folder_store.put_new(keys.linked_key(DAY), b'{"objects": [', content_type="application/json")
    assert sorted(told(verified(folder_store))) == [(checkpoint, "damaged"), (keys.linked_key(DAY), "damaged")]


@pytest.mark.parametrize(
    "body", [b"[]", b'{"objects":[1]}', b'{"objects":null}', b'{"schema_version":1,"objects":[1]}']
)
def test_a_day_that_was_linked_by_a_stranger_is_a_finding(body: bytes, folder_store: ObjectStore) -> None:
    fill(folder_store)
    folder_store.put_new(keys.linked_key(DAY), body, content_type="application/json")
    assert told(verified(folder_store)) == [(keys.linked_key(DAY), "damaged")]


def test_every_flip_in_what_no_manifest_names_is_found(folder_store: ObjectStore) -> None:
    fill(folder_store)
    merge_day(folder_store, DAY, ["paper", "other"], Read())
    folder_store.put_new(keys.linked_key(DAY), LinkedDay(objects=[]).to_json(), content_type="application/json")
    publish_documents(folder_store)
    kept = keys.damaged_key("articles/x.json", hashlib.sha256(b"xyz").hexdigest())
    folder_store.put_new(kept, b"xyz", content_type="application/octet-stream")
    recording = WarcRecording(file=LocalFile(path=folder_of(folder_store) / keys.commit_key(1)))
    Markers(store=folder_store).put("0" * 32, recording, Place(offset=9, records=1, record_id=None), run_id(1), NOON)
    imported = keys.import_key("0" * 32, 9)
    assert verified(folder_store).is_sound
    strays = Strays(folder_store, LATER, reading=True)
    documents = [one.key for one in folder_store.list(keys.DOCUMENTS)]
    for key in (keys.merge_key(DAY), keys.linked_key(DAY), imported, kept, *documents):
        body = folder_store.get(key)
        for at in range(0, len(body), 1 + len(body) // 200):
            flip(folder_store, key, at)
            (stray,) = strays.judged([key])
            assert stray.finding is not None, (key, at)
            assert (stray.finding.key, stray.finding.problem) == (key, Problem.DAMAGED)
            overwrite(folder_store, key, body)
    assert verified(folder_store).is_sound


def test_what_an_earlier_harvester_has_written_has_no_digest(folder_store: ObjectStore) -> None:
    fill(folder_store)
    said = {"schema_version": 1, "segments": [], "sha256": [], "covers": [], "articles": 0}
    old = orjson.dumps(said, option=orjson.OPT_INDENT_2)
    folder_store.put_new(keys.merge_key(DAY), old, content_type="application/json")
    folder_store.put_new(keys.linked_key(DAY), b'{"schema_version": 1, "objects": []}', content_type="application/json")
    assert verified(folder_store).is_sound


# Take-downs


def tombstone(store: ObjectStore, key: str) -> Removal:
    """Of an article, by the key of its record; as a take-down leaves it that was killed just then."""
    named = keys.parse_article_key(key)
    assert named is not None
    removal = Removal(
        id=named.id, source=named.source, reason="court order", at="2026-11-24T12:00:00.000+00:00",
        objects=[RemovedObject(key=key, sha256=hashlib.sha256(store.get(key)).hexdigest(), size=1)],
    )  # fmt: skip
    store.put_new(removal.key, removal.to_json(), content_type="application/json")
    return removal


def taken_down(store: ObjectStore, key: str) -> Removal:
    """The article's tombstone, and its commit."""
    removal = tombstone(store, key)
    CommitLog(store).append(removal.key, removal.to_json(), kind=CommitKind.REMOVAL, at=NOON, after=0, source="paper")
    return removal


@pytest.mark.parametrize("quick", [False, True])
def test_what_was_taken_down_must_be_gone_and_is_not_missed(quick: bool, any_store: ObjectStore) -> None:
    records = fill(any_store)
    removal = taken_down(any_store, records[0])
    own = [one.key for one in any_store.list("") if removal.covers(one.key)]
    assert len(own) == 2
    assert sorted(told(verified(any_store, quick=quick))) == sorted((key, "taken_down") for key in own)
    for key in own:
        any_store.delete(key)
    found = verified(any_store, quick=quick)
    assert (told(found), found.removed, found.commits) == ([], 1, 4)


def test_a_tombstone_that_is_damaged_still_keeps_its_article_away(folder_store: ObjectStore) -> None:
    records = fill(folder_store)
    removal = taken_down(folder_store, records[0])
    for one in list(folder_store.list("")):
        if removal.covers(one.key):
            folder_store.delete(one.key)
    flip(folder_store, removal.key, 5)
    assert {key for key, _ in told(verified(folder_store))} == {removal.key}


# Parts


def test_only_what_is_new(any_store: ObjectStore) -> None:
    records = fill(any_store)
    cursor = CommitLog(any_store).cursor(3)
    flip(any_store, records[0])
    at = NOON + timedelta(days=5)
    lines = written(any_store, "late", at=at)
    committed(any_store, 8, lines, at=at)
    for asked in ({"since": at.date()}, {"after": cursor}):
        for quick in (False, True):
            found = verified(any_store, quick=quick, **asked)
            assert (told(found), found.commits, found.objects) == ([], 1, 2), (asked, quick)
            assert found.notes
    flip(any_store, lines[1].key, 30)
    assert told(verified(any_store, since=at.date())) == [(lines[1].key, "damaged")]
    assert told(verified(any_store, after=cursor)) == [(lines[1].key, "damaged")]
    any_store.delete(lines[1].key)
    assert told(verified(any_store, after=cursor, quick=True)) == [(lines[1].key, "missing")]
    assert told(verified(any_store, since=at.date(), quick=True)) == [(lines[1].key, "missing")]


def test_a_cursor_of_another_archive_is_wrong_usage(folder_store: ObjectStore) -> None:
    fill(folder_store)
    with pytest.raises(UsageError):
        verified(folder_store, after=Cursor(number=1, mark="00000000"))


def test_since_a_day_before_all_is_all_of_the_chain(folder_store: ObjectStore) -> None:
    fill(folder_store)
    assert verified(folder_store, since=date(2020, 1, 1)).commits == 3


@pytest.mark.parametrize("number", [1, 2, 3])
def test_since_a_day_with_a_commit_missing(number: int, folder_store: ObjectStore) -> None:
    fill(folder_store)
    for late in range(4, 9):
        committed(folder_store, late, [], at=NOON + timedelta(days=late))
    folder_store.delete(keys.commit_key(number))
    found = told(verified(folder_store, since=NOON.date()))
    assert (keys.commit_key(number), "missing") in found


def test_many_objects_are_checked_by_several_processes(
    folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harvester.verifying.workers.FEW", 3)
    monkeypatch.setattr("harvester.verifying.workers.CHUNK", 2)
    records = fill(folder_store)
    assert verified(folder_store).objects == 14
    flip(folder_store, records[0])
    flip(folder_store, records[-1])
    shutil.rmtree(folder_of(folder_store) / "captures" / "source=other")
    found = told(verified(folder_store))
    assert {key for key, problem in found if problem == "damaged"} == {records[0], records[-1]}
    assert sum(problem == "missing" for _, problem in found) == 2
