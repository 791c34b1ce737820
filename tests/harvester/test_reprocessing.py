"""Reprocessing: what would change is told; what is accepted becomes the next derivation, visible once, however often
the pass is broken off."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest

import harvester.reprocessing as reprocessing
from harvester.archive import ArchiveReader, ObjectStore, keys
from harvester.archive.commits import CommitLog
from harvester.archive.drafts import Draft, DraftRecord
from harvester.archive.manifest import ManifestArticle
from harvester.archive.removals import Removal
from harvester.archive.segment import Segment
from harvester.clean import Furniture
from harvester.rederiving import Fate, Knowledge, rederived, restored
from harvester.reprocessing import Asked, Reprocessing, latest_derivations
from tests.breaking import Broken, broken_off
from tests.harvester.captured import FURNITURE, NOON, make_visible, put_captured, read_of, url_of
from tests.site import article_page

LATER = datetime(2026, 12, 1, 12, tzinfo=UTC)


def reprocess(store: ObjectStore, at: datetime = LATER, **asked: object) -> tuple[Reprocessing, dict[str, Fate]]:
    """One pass, and the fate of each record by its key."""
    passing = Reprocessing(store, {}, Asked(**asked), lambda: at)  # type: ignore[arg-type]
    fates = {told.key: told.fate for _, told in passing.run()}
    passing.report(exit_code=0)
    return passing, fates


def texts(store: ObjectStore) -> dict[str, str]:
    return {record.url: record.text for record in ArchiveReader(store).records()}


def visible(store: ObjectStore) -> Counter[str]:
    """How many commits make each record visible."""
    return Counter(line.key for _, lines in CommitLog(store).articles() for line in lines)


def stored_keys(store: ObjectStore, root: str = keys.ARTICLES) -> list[str]:
    return sorted(found.key for found in store.list(root))


def test_a_look_tells_what_would_change_and_writes_nothing(any_store: ObjectStore) -> None:
    same = put_captured(any_store, "same", body=read_of("same").body)
    text = put_captured(any_store, "text")
    title = put_captured(any_store, "title", body=read_of("title").body, title="Some other title")
    tags = put_captured(any_store, "tags", body=read_of("tags").body, language="fr")
    loss = put_captured(any_store, "loss", body=[*read_of("loss").body, *(f"{FURNITURE} {n}" for n in range(99))])
    nothing = put_captured(any_store, "nothing", body=["A text."], html=b"<html><body><p>404</p></body></html>")
    kept = put_captured(any_store, "kept", capture=None)
    lost = put_captured(any_store, "lost")
    broken = put_captured(any_store, "broken", at=NOON + timedelta(days=1))
    assert lost.capture is not None
    assert broken.capture is not None
    any_store.delete(lost.capture.key)
    any_store.delete(broken.capture.key)
    any_store.put_new(broken.capture.key, b"no WARC", content_type="application/gzip")
    before = stored_keys(any_store, "")
    passing, fates = reprocess(any_store)
    by_id = {keys.parse_article_key(key).id: fate for key, fate in fates.items()}  # type: ignore[union-attr]
    assert by_id == {
        same.id: Fate.SAME,
        text.id: Fate.TEXT,
        title.id: Fate.TITLE,
        tags.id: Fate.METADATA,
        loss.id: Fate.LOSS,
        nothing.id: Fate.NO_ARTICLE,
        kept.id: Fate.NO_CAPTURE,
        lost.id: Fate.CAPTURE_MISSING,
        broken.id: Fate.CAPTURE_UNREADABLE,
    }
    assert (passing.total.read, passing.total.changes, passing.total.written) == (9, 4, 0)
    assert stored_keys(any_store, "") == before


def test_what_is_accepted_is_the_next_derivation_and_a_second_pass_finds_nothing(any_store: ObjectStore) -> None:
    records = [put_captured(any_store, f"story-{number}") for number in range(4)]
    make_visible(any_store, *records)
    passing, _ = reprocess(any_store, accept=True)
    assert passing.total.written == 4
    read = texts(any_store)
    for number, record in enumerate(records):
        assert FURNITURE not in read[record.url]
        assert read[record.url] == "\n".join(read_of(f"story-{number}").body)
        first, second = (one for _, one in ArchiveReader(any_store).show(record.id))
        assert first == record
        assert (second.revision, second.derivation.number) == (1, 2)
        assert (second.fetched_at, second.run_id, second.capture) == (first.fetched_at, first.run_id, first.capture)
        assert second.content_sha256 != first.content_sha256
    assert set(visible(any_store)) == set(stored_keys(any_store))
    assert set(visible(any_store).values()) == {1}
    (key,) = stored_keys(any_store, keys.SEGMENTS)
    segment = Segment.from_bytes(any_store.get(key), key)
    assert sorted(one.id for one in segment.articles()) == sorted(record.id for record in records)
    (report,) = ArchiveReader(any_store).reports()
    assert report.settings["counts"]["paper"] == {"read": 4, "changes": 4, "written": 4, "text": 4}
    assert not stored_keys(any_store, keys.DRAFTS)
    again, fates = reprocess(any_store, accept=True, at=LATER + timedelta(days=1))
    assert set(fates.values()) == {Fate.SAME}
    assert again.total.written == 0


def test_each_revision_is_read_from_its_own_page(folder_store: ObjectStore) -> None:
    first = put_captured(folder_store, "story")
    html = b"<html lang='en'><h1>Story</h1><article>" + b"<p>" + b"Another text altogether. " * 40 + b"</p></article>"
    put_captured(folder_store, "story", html=html, revision=2, at=NOON + timedelta(days=1))
    reprocess(folder_store, accept=True)
    found = [
        (one.revision, one.derivation.number, one.text[:15]) for _, one in ArchiveReader(folder_store).show(first.id)
    ]
    assert found == [
        (1, 1, "The harbour cou"),
        (1, 2, "The harbour cou"),
        (2, 1, "Another text al"),
        (2, 2, "Another text al"),
    ]


def test_a_loss_is_written_only_where_that_is_asked_for(folder_store: ObjectStore) -> None:
    record = put_captured(folder_store, "loss", body=[*read_of("loss").body, *(f"{FURNITURE} {n}" for n in range(99))])
    passing, fates = reprocess(folder_store, accept=True)
    assert (list(fates.values()), passing.total.written) == ([Fate.LOSS], 0)
    assert texts(folder_store)[record.url] == record.text
    passing, _ = reprocess(folder_store, accept=True, accept_losses=True)
    assert passing.total.written == 1
    assert texts(folder_store)[record.url] == "\n".join(read_of("loss").body)


def test_days_are_those_of_the_first_derivation(folder_store: ObjectStore) -> None:
    days = [NOON + timedelta(days=number) for number in range(3)]
    for number, day in enumerate(days):
        put_captured(folder_store, f"story-{number}", at=day)
    asked = {"since": days[1].date(), "until": days[1].date()}
    passing, _ = reprocess(folder_store, accept=True, **asked)
    assert passing.total.written == 1
    _, fates = reprocess(folder_store, **asked)
    assert list(fates.values()) == [Fate.SAME]
    assert list(reprocess(folder_store)[1].values()) == [Fate.TEXT, Fate.SAME, Fate.TEXT]
    assert reprocess(folder_store, limit=2)[0].total.read == 2


def test_a_first_derivation_that_is_lost_does_not_hide_the_others(folder_store: ObjectStore) -> None:
    record = put_captured(folder_store, "story")
    reprocess(folder_store, accept=True)
    folder_store.delete(keys.article_key("paper", NOON.date(), record.id, 1))
    (left,) = latest_derivations(folder_store, "paper")
    assert (left.derivation, left.day) == (2, LATER.date())
    assert not list(latest_derivations(folder_store, "paper", until=date(2026, 11, 30)))


def test_what_another_process_has_written_meanwhile_is_left_to_it(folder_store: ObjectStore) -> None:
    put_captured(folder_store, "story")
    one = Reprocessing(folder_store, {}, Asked(accept=True), lambda: LATER)
    other = Reprocessing(folder_store, {}, Asked(accept=True), lambda: LATER)
    told = one.run()
    next(told)  # has been read, and is not written yet
    assert len(list(other.run())) == 1
    list(told)
    assert (one.total.written, other.total.written) == (0, 1)
    assert len(stored_keys(folder_store)) == 2


def test_an_article_taken_down_meanwhile_does_not_come_back(folder_store: ObjectStore) -> None:
    gone = put_captured(folder_store, "gone")
    put_captured(folder_store, "stays")
    passing = Reprocessing(folder_store, {}, Asked(accept=True), lambda: LATER)
    told = passing.run()
    next(told)
    tombstone = Removal(id=gone.id, source="paper", reason="asked for", at="2026-12-01T12:00:00.000+00:00")
    folder_store.put_new(tombstone.key, tombstone.to_json(), content_type="application/json")
    list(told)
    assert passing.total.written == 1
    assert not [key for key in stored_keys(folder_store, "") if f"/{gone.id}-" in key]
    assert gone.id not in {line.id for _, lines in CommitLog(folder_store).articles() for line in lines}
    assert len(reprocess(folder_store)[1]) == 1


def test_the_furniture_of_a_source_whose_state_is_lost_is_learned_again(folder_store: ObjectStore) -> None:
    box = "<p>Our correspondents in the harbour write this letter each week for all who love the sea</p>"
    for letter in "abcdefghijkl":  # lines that differ by their numbers alone are one line
        html = article_page(f"Council decides on story-{letter}", extra=box)
        put_captured(folder_store, f"story-{letter}", html=html)
    passing, _ = reprocess(folder_store, accept=True)
    assert passing.total.written == 12
    assert all("each week for all" not in text for text in texts(folder_store).values())
    (state,) = stored_keys(folder_store, keys.FURNITURE)
    assert {one.derivation.furniture for one in ArchiveReader(folder_store).records()} == {state}
    assert set(reprocess(folder_store)[1].values()) == {Fate.SAME}


def test_batches_have_manifests_of_their_own(folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reprocessing, "BATCH", 3)
    make_visible(folder_store, *(put_captured(folder_store, f"story-{number}") for number in range(8)))
    passing, _ = reprocess(folder_store, accept=True, jobs=2)
    assert passing.total.written == 8
    manifests = [one for _, one in ArchiveReader(folder_store).manifests() if one.command == "reprocess"]
    assert sorted(sum(isinstance(line, ManifestArticle) for line in one.objects) for one in manifests) == [2, 3, 3]
    assert {one.extra["of"] for one in manifests} == {passing.run_id}
    assert set(visible(folder_store).values()) == {1}


def test_a_draft_of_one_that_was_killed_is_completed(any_store: ObjectStore) -> None:
    """Of three records one was written and made visible, one only written, one not written."""
    records = [put_captured(any_store, f"story-{number}") for number in range(3)]
    make_visible(any_store, *records)
    told = [rederived(known(any_store), str(key)) for key in latest_derivations(any_store, "paper")]
    for one in told[:2]:
        assert one.record is not None
        named = keys.parse_article_key(one.key)
        assert named is not None
        key = keys.article_key("paper", LATER.date(), named.id, 1, 2)
        any_store.put_new(key, one.record, content_type="application/json")
    names = [keys.parse_article_key(one.key) for one in told]
    draft = Draft(
        run_id="20261201T110000Z-3f9a2c",
        source="paper",
        command="reprocess",
        after=1,
        records=[DraftRecord(id=name.id, revision=1, derivation=2) for name in names if name is not None],
    )
    any_store.put_new(draft.key, draft.to_json(), content_type="application/json")
    passing, _ = reprocess(any_store, accept=True)
    assert passing.total.written == 1
    assert set(visible(any_store)) == set(stored_keys(any_store))
    assert set(visible(any_store).values()) == {1}
    assert not stored_keys(any_store, keys.DRAFTS)


@pytest.mark.parametrize("after", range(12))
def test_broken_off_at_each_write_and_begun_again_each_manifest_is_committed(
    folder_store: ObjectStore, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, so that the completion of a draft is broken off too."""
    make_visible(folder_store, *(put_captured(folder_store, f"story-{number}") for number in range(3)))
    for at in (LATER, LATER + timedelta(minutes=1)):
        with broken_off(folder_store, after, monkeypatch), suppress(Broken):
            reprocess(folder_store, at, accept=True)
    reprocess(folder_store, LATER + timedelta(minutes=2), accept=True)
    manifests = [key for key in stored_keys(folder_store, keys.RUNS) if ".paper." in key]
    assert set(manifests) <= {commit.key for commit in CommitLog(folder_store).read()}
    assert set(visible(folder_store)) == set(stored_keys(folder_store))
    assert set(visible(folder_store).values()) == {1}
    assert len(stored_keys(folder_store)) == 6
    assert not stored_keys(folder_store, keys.DRAFTS)


def known(store: ObjectStore) -> Knowledge:
    return Knowledge.of(store, None, Furniture(), None)


def test_a_record_is_made_again_from_its_capture(folder_store: ObjectStore) -> None:
    record = put_captured(folder_store, "story")
    make_visible(folder_store, record)
    (_, (line,)) = next(iter(CommitLog(folder_store).articles()))
    assert record.capture is not None
    page = ArchiveReader(folder_store).page(record.capture.key)
    made = restored(line, record.capture.key, page, known(folder_store), source="paper", run_id=record.run_id, number=2)
    assert (made.id, made.revision, made.derivation.number, made.url) == (record.id, 1, 2, url_of("story"))
    assert (made.fetched_at, made.capture, made.run_id) == (record.fetched_at, record.capture, record.run_id)
    assert made.body == list(read_of("story").body)
