"""Taking an article down: what goes, what stays, and that it never comes back."""

import io
import json
import re
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest

import harvester.archive
from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, keys
from harvester.archive.commits import CommitKind, CommitLog
from harvester.archive.marks import Mark, MarkKind
from harvester.archive.record import ArticleRecord
from harvester.archive.removals import (
    Removal,
    Removals,
    RemovedObject,
    all_removals,
    is_of,
    objects_of,
    removal_of,
    removed_ids,
)
from harvester.article import Article, Block
from harvester.clean import Furniture
from harvester.errors import StoreError, UsageError
from harvester.furniture_store import latest_furniture, save_furniture
from harvester.removing import Removed, Removing
from harvester.urls import article_id
from tests.harvester.captured import NOON, make_visible, put_captured, url_of

LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def remove(store: ObjectStore, found: str, reason: str = "court order") -> Removed:
    removing = Removing(store, lambda: LATER)
    return removing.remove(removing.standing(found), reason)


def stored_keys(store: ObjectStore, root: str = "") -> list[str]:
    return sorted(found.key for found in store.list(root))


def put_mark(store: ObjectStore, record: ArticleRecord, url: str, at: datetime = NOON) -> None:
    mark = Mark(
        id=record.id,
        source=record.source,
        mark=MarkKind.ADDRESS,
        url=url,
        at="2026-11-23T12:00:00.000+00:00",
        run_id=record.run_id,
    )
    key = keys.mark_key(record.source, at.date(), record.id, mark.name)
    store.put_new(key, mark.to_json(), content_type="application/json")


def test_all_of_the_article_goes_and_a_tombstone_stays(any_store: ObjectStore) -> None:
    first = put_captured(any_store, "gone", other_urls=["https://paper.example/old/gone"])
    later = put_captured(any_store, "gone", revision=2, at=NOON + DAY, body=["Quite another text."])
    put_captured(any_store, "gone", derivation=first.derivation.model_copy(update={"number": 2}), at=NOON + 2 * DAY)
    put_mark(any_store, first, "https://paper.example/print/gone", at=NOON + DAY)
    stays = put_captured(any_store, "stays")
    make_visible(any_store, stays)
    before = stored_keys(any_store)
    removed = remove(any_store, first.id[:8])
    assert (removed.before, removed.refused) == (False, ())
    left = stored_keys(any_store)
    assert not [key for key in left if f"/{first.id}-" in key]
    assert sorted(removed.deleted) == sorted(set(before) - set(left))
    assert len(removed.deleted) == 3 + 3 + 1
    removal = removal_of(any_store, "paper", first.id)
    assert removal is not None
    assert (removal.reason, removal.at) == ("court order", "2026-12-01T12:00:00.000+00:00")
    assert {one.key for one in removal.objects} == set(removed.deleted)
    assert set(removal.content_sha256) == {first.content_sha256, later.content_sha256}
    urls = [url_of("gone"), "https://paper.example/old/gone", "https://paper.example/print/gone"]
    assert set(removal.addresses) == {article_id("paper", url) for url in urls}
    said = any_store.get(removal.key).decode()
    for text in (first.title, first.text[:40], "Quite another", "paper.example"):
        assert text not in said
    assert [record.id for record in ArchiveReader(any_store).records()] == [stays.id]


def test_the_tombstone_is_made_visible_by_one_commit(any_store: ObjectStore) -> None:
    gone = put_captured(any_store, "gone")
    make_visible(any_store, gone)
    remove(any_store, gone.id)
    remove(any_store, gone.id)
    log = CommitLog(any_store)
    (commit,) = (one for one in log.read() if one.kind is CommitKind.REMOVAL)
    assert (commit.key, commit.source) == (keys.removal_key("paper", gone.id), "paper")
    assert [one.number for one in log.read()] == [1, 2]


def test_a_second_call_keeps_reason_and_date_and_deletes_what_has_come_since(any_store: ObjectStore) -> None:
    gone = put_captured(any_store, "gone")
    remove(any_store, gone.id)
    again = remove(any_store, gone.id, "another reason")
    assert (again.before, again.deleted, again.removal.reason) == (True, (), "court order")
    put_captured(any_store, "gone", at=NOON + 5 * DAY)  # by a run on a machine that knows nothing of it
    put_mark(any_store, gone, "https://paper.example/x", at=NOON + 5 * DAY)
    assert not list(ArchiveReader(any_store).records())
    assert not ArchiveReader(any_store).show(gone.id)
    again = remove(any_store, gone.id[:6])
    assert len(again.deleted) == 3
    assert not objects_of(any_store, "paper", gone.id)


@pytest.mark.parametrize("done", ["tombstone", "commit", "record", "all"])
def test_broken_off_anywhere_it_is_completed(any_store: ObjectStore, done: str) -> None:
    """By hand, as a kill would leave it."""
    gone = put_captured(any_store, "gone")
    removing = Removing(any_store, lambda: LATER)
    removal = removing._made(removing.standing(gone.id), "court order")
    any_store.put_new(removal.key, removal.to_json(), content_type="application/json")
    if done != "tombstone":
        log = CommitLog(any_store)
        log.append(removal.key, removal.to_json(), kind=CommitKind.REMOVAL, at=LATER, after=0, source="paper")
    if done in ("record", "all"):
        any_store.delete(removal.objects[0].key)
    if done == "all":
        any_store.delete(removal.objects[1].key)
    removed = remove(any_store, gone.id)
    assert (removed.before, len(removed.deleted)) == (True, {"record": 1, "all": 0}.get(done, 2))
    assert not objects_of(any_store, "paper", gone.id)
    assert [one.kind for one in CommitLog(any_store).read()] == [CommitKind.REMOVAL]


def test_a_capture_of_another_article_stays_as_long_as_that_one_names_it(folder_store: ObjectStore) -> None:
    other = put_captured(folder_store, "other")
    gone = put_captured(folder_store, "gone", capture=other.capture)
    assert other.capture is not None
    remove(folder_store, gone.id)
    assert folder_store.size(other.capture.key)
    third = put_captured(folder_store, "third", capture=other.capture)
    remove(folder_store, other.id)
    assert folder_store.size(other.capture.key) is None  # under its id, and named by its tombstone
    assert removal_of(folder_store, "paper", other.id).covers(other.capture.key)  # type: ignore[union-attr]
    assert folder_store.size(f"articles/source=paper/date=2026-11-23/{third.id}-r1.json")


def test_a_damaged_record_is_removed_all_the_same(folder_store: ObjectStore) -> None:
    gone = put_captured(folder_store, "gone")
    (key,) = stored_keys(folder_store, keys.ARTICLES)
    folder_store.delete(key)
    folder_store.put_new(key, b'{"schema_version": 1, "id"', content_type="application/json")
    removed = remove(folder_store, gone.id)
    assert len(removed.deleted) == 2
    assert removed.removal.addresses == [gone.id]


def test_no_word_of_its_title_is_left_in_the_furniture(any_store: ObjectStore) -> None:
    def learned(furniture: Furniture, name: str, title: str) -> None:
        blocks = tuple(Block(text=f"{name} says line {letter}") for letter in "abc")
        url = url_of(name)
        furniture.learn(Article(url=url, canonical_url=url, title=title, blocks=blocks), seen_at="2026-11-23")

    furniture = Furniture()
    learned(furniture, "one", "The mayor answers – Harbour")
    first, _ = save_furniture(any_store, "paper", furniture, None)
    gone = put_captured(any_store, "gone", title="A secret affair – Harbour", body=["Words."])
    learned(furniture, "gone", "A secret affair – Harbour")
    second, _ = save_furniture(any_store, "paper", furniture, first)
    learned(furniture, "two", "The bridge is open – Harbour")
    third, body = save_furniture(any_store, "paper", furniture, second)
    assert b"secret affair" in body
    removed = remove(any_store, gone.id)
    assert {second, third} < set(removed.deleted)
    assert {second, third} < {one.key for one in removed.removal.objects}
    states = stored_keys(any_store, keys.FURNITURE)
    assert states == [first, keys.furniture_key("paper", 4)]
    assert not [key for key in states if b"secret" in any_store.get(key)]
    left, key = latest_furniture(any_store, "paper")
    assert (left.counted, key) == (2, states[1])
    (manifest,) = (one for _, one in ArchiveReader(any_store).manifests())
    assert (manifest.command, [one.key for one in manifest.objects]) == ("remove", [states[1]])
    assert remove(any_store, gone.id).deleted == ()
    assert stored_keys(any_store, keys.FURNITURE) == states


def test_what_can_not_be_deleted_is_told_and_the_tombstone_stays(
    folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = put_captured(folder_store, "gone")
    delete = folder_store.delete

    def refusing(key: str) -> None:
        if key.startswith(keys.CAPTURES):
            raise StoreError(key, "can't be deleted: it is locked until 2027-01-01")
        delete(key)

    monkeypatch.setattr(folder_store, "delete", refusing)
    removed = remove(folder_store, gone.id)
    (refused,) = removed.refused
    assert "locked until 2027-01-01" in str(refused)
    assert len(removed.deleted) == 1
    assert removed_ids(folder_store) == {gone.id}
    monkeypatch.undo()
    assert len(remove(folder_store, gone.id).deleted) == 1


def test_an_object_that_vanishes_between_list_and_get_is_not_named(
    folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = put_captured(folder_store, "gone")
    removing = Removing(folder_store, lambda: LATER)
    standing = removing.standing(gone.id)
    folder_store.delete(standing.objects[1])
    removed = removing.remove(standing, "court order")
    assert [one.key for one in removed.removal.objects] == [standing.objects[0]]


def test_ids_may_be_cut_short_but_must_name_one_article(folder_store: ObjectStore) -> None:
    records = [put_captured(folder_store, f"story-{number}") for number in range(20)]
    removing = Removing(folder_store, lambda: LATER)
    for wrong, says in (("xyz", "not an article's id"), ("", "not an article's id"), ("f" * 32, "there is no article")):
        with pytest.raises(UsageError, match=says):
            removing.standing(wrong)
    prefix = next(one.id[0] for one in records if sum(other.id[0] == one.id[0] for other in records) > 1)
    with pytest.raises(UsageError, match="fits"):
        removing.standing(prefix)
    assert removing.standing(records[0].id.upper()).id == records[0].id


# What a harvest asks


def test_a_harvest_knows_removals_by_id_address_and_words(folder_store: ObjectStore) -> None:
    gone = put_captured(folder_store, "gone", other_urls=["https://paper.example/old/gone"])
    remove(folder_store, gone.id)
    removals = Removals.of(folder_store, "paper")
    assert removals.has([gone.id])
    assert removals.has([article_id("paper", "https://www.paper.example/old/gone?utm_source=x")])
    assert removals.has(["0" * 32], gone.content_sha256)
    assert not removals.has(["0" * 32], "0" * 64)
    assert not Removals.of(folder_store, "other").ids


def test_a_damaged_tombstone_still_holds_its_article_off(folder_store: ObjectStore) -> None:
    key = keys.removal_key("paper", "0" * 32)
    folder_store.put_new(key, b"{", content_type="application/json")
    assert Removals.of(folder_store, "paper").has(["0" * 32])
    with pytest.raises(StoreError, match="is not a tombstone"):
        list(all_removals(folder_store))


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("articles/source=paper/date=2026-11-23/{id}-r1.json", True),
        ("captures/source=paper/date=2026-11-23/{id}-0123456789ab.warc.gz", True),
        ("marks/source=paper/date=2026-11-23/{id}-gone.json", True),
        ("articles/source=paper.two/date=2026-11-23/{id}-r1.json", False),
        ("claims/source=paper/date=2026-11-23/{id}-r1.json", False),
        ("articles/source=paper/date=2026-11-23/0{id}-r1.json", False),
        ("removals/source=paper/{id}.json", False),
    ],
)
def test_what_is_of_an_article_is_told_by_its_key(key: str, expected: bool) -> None:
    name = article_id("paper", url_of("gone"))
    assert is_of(key.format(id=name), "paper", name) is expected


def test_tombstones_are_read_as_they_were_written_and_later_fields_are_passed_over() -> None:
    removal = Removal(id="0" * 32, source="paper", reason="\u202e<b>", at="2026-12-01T12:00:00.000+00:00")
    said: dict[str, Any] = json.loads(removal.to_json())
    assert Removal.from_json(orjson.dumps(said | {"new": 1}), removal.key) == removal
    for wrong in ({"schema_version": 2}, {"id": "../x"}, {"reason": ""}, {"id": "1" * 32}):
        with pytest.raises(StoreError):
            Removal.from_json(orjson.dumps(said | wrong), removal.key)


def test_readers_that_were_under_way_pass_over_it(folder_store: ObjectStore) -> None:
    gone, stays = (put_captured(folder_store, name) for name in ("gone", "stays"))
    unreadable: list[StoreError] = []
    reader = ArchiveReader(folder_store, on_unreadable=unreadable.append)
    listed = reader.in_given_order  # a list of keys, made before
    wanted = [keys.parse_article_key(key) for key in stored_keys(folder_store, keys.ARTICLES)]
    remove(folder_store, gone.id)
    from harvester.archive.wanted import Wanted

    found = [one.record.id for one in listed((key for key in wanted if key is not None), Wanted())]
    assert (found, unreadable) == ([stays.id], [])


def test_writing_what_was_taken_down_on_another_machine_is_undone_by_a_second_call(any_store: ObjectStore) -> None:
    """The writer itself asks nobody; whoever begins later, a run or this command, deletes it."""
    gone = put_captured(any_store, "gone")
    remove(any_store, gone.id)
    ArchiveWriter(any_store, lambda: LATER).put_article(gone)
    assert len(remove(any_store, gone.id).deleted) == 1


DOCUMENT = Path(harvester.archive.__file__).with_name("FORMAT.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", [*Removal.model_fields, *RemovedObject.model_fields])
def test_each_field_of_a_tombstone_is_told(field: str) -> None:
    (section,) = re.findall(r"^## Removals\n(.*?)^## ", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert f"`{field}`" in section


def test_the_example_lists_tombstones(folder_store: ObjectStore) -> None:
    gone = put_captured(folder_store, "gone")
    remove(folder_store, gone.id)
    (program,) = re.findall(r"^```python removals\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(program.replace("ARCHIVE", urlsplit(folder_store.url).path), "FORMAT.md", "exec"), {})
    assert out.getvalue() == f"{gone.id} 2026-12-01T12:00:00.000+00:00 court order\n"
