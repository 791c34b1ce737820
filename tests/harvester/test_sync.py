"""What another machine takes over from the bucket: segments, manifests, checkpoints, what killed runs have left."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from harvester.archive import ArchiveWriter, ObjectStore, keys
from harvester.archive.columns import CONTENT_TYPE
from harvester.archive.commits import CommitLog
from harvester.archive.lines import article_line
from harvester.archive.manifest import Manifest, ManifestCanonical, ManifestList, ManifestPage
from harvester.article import Article, Block
from harvester.checkpoints import checkpoint_bytes, checkpoint_of, latest_checkpoint, parse_checkpoint
from harvester.dedup import sketch
from harvester.errors import ObjectMissing, StoreError
from harvester.index import Index, KnownArticle
from harvester.index.sites import EditHabit
from harvester.link import Validators
from harvester.linking import Linking
from harvester.outcomes import Outcome, Reason
from harvester.sync import adopted, sync_manifests, sync_orphans, sync_window
from harvester.urls import article_id
from harvester.verdict import Claims, judge
from tests.harvester.articles import RUN_ID, put, record, words

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index.open(tmp_path / "cache", "x")
    yield index
    index.close()


def found(index: Index, text: str) -> list[KnownArticle | None]:
    return [index.articles.numbered(one.number) for one in index.window.candidates([sketch("", text)])[0]]


def ids(index: Index, text: str) -> set[str]:
    return {one.id for one in found(index, text) if one}


def put_manifest(store: ObjectStore, at: datetime, run_id: str = RUN_ID, **changed: object) -> Manifest:
    """Of source "paper", with an article, a duplicate, a page that is none, a list and a lie."""
    one = record("a", words("w"), at)
    writer = ArchiveWriter(store, lambda: at)
    lines = []
    if "objects" not in changed:
        written = writer.put_article(one)
        lines = [article_line(one, written.key, one.to_json(), "1" * 64)]
    pages = [
        ManifestPage(url=one.url, outcome=Outcome.STORED, article_id=one.id, modified="monday", at=at),
        ManifestPage(url=f"{one.url}?id=2", outcome=Outcome.DUPLICATE, article_id=one.id, at=at),
        ManifestPage(url="https://paper.example/x", outcome=Outcome.DISCARDED, reason=Reason.SECTION, at=at),
    ]
    manifest = Manifest(
        run_id=run_id,
        source="paper",
        started_at=at,
        ended_at=at,
        objects=lines,
        pages=pages,
        lists=[ManifestList(url="https://paper.example/feed", etag='"1"')],
        untrue_canonicals=[ManifestCanonical(url="https://paper.example/x", canonical_url="https://paper.example/n")],
        entry_points='{"feeds": []}',
    ).model_copy(update=changed)
    store.put_new(keys.manifest_key(at.date(), run_id, "paper"), manifest.to_json(), content_type="application/json")
    return manifest


def knows_all(index: Index, manifest: Manifest) -> None:
    """Does the index know what the manifest says?"""
    one = record("a", words("w"), manifest.ended_at)
    article = index.articles.get(one.id)
    assert article is not None
    assert article.has_content(one.content_sha256)
    assert article.address == one.id
    for page in manifest.pages:
        known = index.pages.get(article_id("paper", page.url))
        assert known is not None
        assert (known.url, known.outcome, known.reason, known.article_id) == (
            page.url,
            page.outcome,
            page.reason,
            page.article_id,
        )
    assert index.lists.validators("paper", "https://paper.example/feed") == Validators(etag='"1"')
    assert index.lists.entry_points("paper") == ('{"feeds": []}', manifest.ended_at.timestamp())
    assert [lie[:2] for lie in index.sites.lies("paper")] == [("https://paper.example/n", "https://paper.example/x")]


def test_segments_of_the_window_are_taken_over_once(any_store: ObjectStore, index: Index) -> None:
    old = record("old", words("w"), NOON - timedelta(days=20))
    near = record("near", words("w"), NOON - timedelta(days=13))
    put(any_store, old)
    put(any_store, near)
    sync_window(index, any_store, NOON)
    assert ids(index, words("w")) == {near.id}
    today = record("today", words("w"), NOON, source="radio")
    put(any_store, today)
    sync_window(index, any_store, NOON)
    assert ids(index, words("w")) == {near.id, today.id}
    assert [one.copy_of for one in found(index, words("w")) if one] == [None, None]
    sync_window(index, any_store, NOON + timedelta(days=10))
    assert ids(index, words("w")) == {today.id}


@pytest.mark.parametrize("damage", ["cut", "flipped", "foreign", "gone"])
def test_a_damaged_or_missing_segment_is_named_and_the_rest_is_used(
    folder_store: ObjectStore, index: Index, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder_store, record("a", words("w"), NOON))
    put(folder_store, record("b", words("w"), NOON, source="radio"))
    path = tmp_path / "archive" / keys.segment_key(NOON.date(), RUN_ID, "radio")
    body = path.read_bytes()
    path.unlink()
    if damage == "gone":
        path.symlink_to("nowhere")
    else:
        path.write_bytes({"cut": body[:-9], "flipped": body[:99] + b"!" + body[100:], "foreign": b"{}"}[damage])
    sync_window(index, folder_store, NOON)
    assert ids(index, words("w")) == {record("a", words("w"), NOON).id}
    if damage != "gone":
        assert str(path.relative_to(tmp_path / "archive")) in caplog.text
    path.unlink()
    path.write_bytes(body)
    sync_window(index, folder_store, NOON)
    assert len(ids(index, words("w"))) == 2


def test_merged_segments_stand_for_the_others(folder_store: ObjectStore, index: Index, tmp_path: Path) -> None:
    yesterday = NOON - timedelta(days=2)
    for name in "abc":
        put(folder_store, record(name, words(name), yesterday, source=f"paper-{name}"))
    put(folder_store, record("killed", words("k"), yesterday), segment=None)
    Linking(folder_store, tmp_path / "segments", lambda: NOON, said=lambda _: None).run()
    sync_window(index, folder_store, NOON)
    assert [len(found(index, words(name))) for name in "abck"] == [1, 1, 1, 1]
    taken = [key for key in index.taken.since(date.min) if key.startswith("segments/")]
    assert sorted(key.rsplit("/", 1)[1][:7] for key in taken) == ["merged-", "merged."]


@pytest.mark.parametrize("damaged", ["merged.json", "merged-*.seg"])
def test_where_merged_segments_are_damaged_the_others_are_read(
    folder_store: ObjectStore, index: Index, tmp_path: Path, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    yesterday = NOON - timedelta(days=2)
    for name in "ab":
        put(folder_store, record(name, words(name), yesterday, source=f"paper-{name}"))
    Linking(folder_store, tmp_path / "segments", lambda: NOON, said=lambda _: None).run()
    path = next((tmp_path / "archive" / "segments").rglob(damaged))
    path.unlink()
    path.write_bytes(b"{}")
    sync_window(index, folder_store, NOON)
    assert [len(found(index, words(name))) for name in "ab"] == [1, 1]
    assert path.name in caplog.text


def test_a_clock_that_was_ahead_for_a_while_costs_nothing(
    folder_store: ObjectStore, index: Index, tmp_path: Path
) -> None:
    one = record("a", words("w"), NOON)
    put(folder_store, one)
    ahead = NOON + timedelta(days=400)
    for now in (NOON, ahead):
        sync_window(index, folder_store, now)
        sync_manifests(index, CommitLog(folder_store), ["paper"], now)
        sync_orphans(index, folder_store, "paper", now, now.date())
        index.taken.seen(index.taken.unseen("paper"))
    assert ids(index, words("w")) == set()
    body = checkpoint_bytes(checkpoint_of(index, "paper", ahead.date()))
    folder_store.put_new(keys.checkpoint_key("paper", "20271228T120000Z-ffffff"), body, content_type=CONTENT_TYPE)
    two = record("b", words("x"), NOON + timedelta(hours=1))
    put(folder_store, two, segment=None)
    fresh = Index.open(tmp_path / "fresh", "x")
    for known in (index, fresh):
        sync_window(known, folder_store, NOON)
        sync_manifests(known, CommitLog(folder_store), ["paper"], NOON)
        sync_orphans(known, folder_store, "paper", NOON, TODAY)
        assert ids(known, words("w")) == {one.id}
        assert known.articles.get(two.id) is not None
        assert known.taken.synced_day("paper") == TODAY
    fresh.close()


def test_an_older_revision_that_is_read_later_tells_when_the_article_appeared(
    folder_store: ObjectStore, index: Index
) -> None:
    first = record("a", words("w"), NOON - timedelta(days=9))
    put(folder_store, record("a", words("w") + " more", NOON, revision=2), segment="20261123T120000Z-aaaaaa")
    sync_window(index, folder_store, NOON)
    put(folder_store, first)
    sync_window(index, folder_store, NOON)
    known = index.articles.get(first.id)
    assert known is not None
    assert (known.revision, known.appeared_at) == (2, (NOON - timedelta(days=9)).timestamp())


def test_a_source_without_articles_reads_no_old_manifests(folder_store: ObjectStore, index: Index) -> None:
    put_manifest(folder_store, NOON - timedelta(days=300), objects=[])
    sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)
    assert index.taken.behind("paper") == 0


def test_a_lost_day_of_the_window_is_filled_anew(folder_store: ObjectStore, index: Index, tmp_path: Path) -> None:
    one = record("a", words("w"), NOON)
    put(folder_store, one)
    sync_window(index, folder_store, NOON)
    index.window.settle()
    assert ids(index, words("w")) == {one.id}
    (path,) = (tmp_path / "cache").rglob("*.postings")
    path.unlink()
    assert ids(index, words("w")) == {one.id}  # still mapped into memory
    again = Index.open(tmp_path / "cache", "x")
    sync_window(again, folder_store, NOON)
    assert ids(again, words("w")) == {one.id}
    again.close()


def test_manifests_are_taken_over(any_store: ObjectStore, index: Index) -> None:
    manifest = put_manifest(any_store, NOON)
    sync_manifests(index, CommitLog(any_store), ["paper"], NOON)
    knows_all(index, manifest)
    sync_manifests(index, CommitLog(any_store), ["paper"], NOON)
    assert index.taken.behind("paper") == 1


def test_articles_without_a_manifest_are_taken_over(any_store: ObjectStore, index: Index) -> None:
    one = record("a", words("w"), NOON, other_urls=["https://paper.example/short"])
    put(any_store, one, segment=None)
    (orphan,) = sync_orphans(index, any_store, "paper", NOON, TODAY)
    assert orphan.record == one
    assert ids(index, words("w")) == {one.id}
    for url in (one.url, "https://paper.example/short"):
        page = index.pages.get(article_id("paper", url))
        assert page is not None
        assert page.article_id == one.id
    assert index.taken.synced_day("paper") == NOON.date()


def test_articles_that_no_commit_has_made_visible_are_handed_out_until_one_has(
    any_store: ObjectStore, index: Index
) -> None:
    one = record("a", words("w"), NOON)
    put(any_store, one, segment=None)
    (key,) = (found.key for found in any_store.list("articles/"))
    for _ in range(2):  # a run that is killed before its manifest changes nothing
        (orphan,) = sync_orphans(index, any_store, "paper", NOON, TODAY)
        (line,) = adopted(orphan, any_store)
        assert (line.key, line.sha256) == (key, hashlib.sha256(one.to_json()).hexdigest())
    index.taken.seen([key])
    assert sync_orphans(index, any_store, "paper", NOON, TODAY) == []


def test_a_manifest_whose_run_died_before_its_commit_gets_one(any_store: ObjectStore, index: Index) -> None:
    manifest = put_manifest(any_store, NOON)
    log = CommitLog(any_store)
    assert log.head() == 0
    for _ in range(2):
        sync_manifests(index, CommitLog(any_store), ["paper"], NOON)
    (commit,) = log.read()
    assert (commit.key, commit.source) == (keys.manifest_key(TODAY, RUN_ID, "paper"), "paper")
    assert [line.key for _, lines in log.articles() for line in lines] == [manifest.objects[0].key]


def test_an_article_that_only_a_segment_tells_of_is_read(folder_store: ObjectStore, index: Index) -> None:
    one = record("a", words("w"), NOON)
    put(folder_store, one)
    sync_window(index, folder_store, NOON)
    assert len(sync_orphans(index, folder_store, "paper", NOON, TODAY)) == 1
    known = index.articles.get(one.id)
    assert known is not None
    assert known.has_content(one.content_sha256)


def test_a_checkpoint_stands_for_the_manifests_before_it(any_store: ObjectStore, index: Index, tmp_path: Path) -> None:
    manifest = put_manifest(any_store, NOON)
    sync_manifests(index, CommitLog(any_store), ["paper"], NOON)
    sync_orphans(index, any_store, "paper", NOON, TODAY)
    index.sites.add("paper", EditHabit(looks=40, edits=3))
    checkpoint = checkpoint_of(index, "paper", NOON.date() - timedelta(days=1))
    body = checkpoint_bytes(checkpoint)
    assert parse_checkpoint(body, "key") == checkpoint
    any_store.put_new(keys.checkpoint_key("paper", RUN_ID), body, content_type=CONTENT_TYPE)
    later = put_manifest(any_store, NOON + timedelta(hours=1), "20261123T130000Z-aaaaaa", objects=[], pages=[])
    fresh = Index.open(tmp_path / "fresh", "x")
    sync_manifests(fresh, CommitLog(any_store), ["paper"], NOON)
    knows_all(fresh, manifest.model_copy(update={"ended_at": later.ended_at}))
    assert fresh.sites.habit("paper").looks == 40
    assert fresh.taken.synced_day("paper") == NOON.date()
    assert fresh.taken.behind("paper") == 1
    assert fresh.taken.has(keys.manifest_key(NOON.date(), RUN_ID, "paper"))
    fresh.close()


def test_a_damaged_checkpoint_is_named_and_an_earlier_one_is_read(
    folder_store: ObjectStore, index: Index, caplog: pytest.LogCaptureFixture
) -> None:
    put_manifest(folder_store, NOON)
    sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)
    sync_orphans(index, folder_store, "paper", NOON, TODAY)
    body = checkpoint_bytes(checkpoint_of(index, "paper", NOON.date()))
    folder_store.put_new(keys.checkpoint_key("paper", RUN_ID), body, content_type=CONTENT_TYPE)
    bad = keys.checkpoint_key("paper", "20261124T120000Z-ffffff")
    folder_store.put_new(bad, body[:-1], content_type=CONTENT_TYPE)
    checkpoint = latest_checkpoint(folder_store, "paper", date.max)
    assert checkpoint is not None
    assert len(checkpoint.pages) == 3
    assert bad in caplog.text
    with pytest.raises(StoreError, match="version 9"):
        parse_checkpoint(_of_version_9(body), "key")


def _of_version_9(body: bytes) -> bytes:
    from harvester.archive.columns import pack, unpack

    about, columns = unpack(body, "key")
    return pack(about | {"schema_version": 9}, columns)


def test_an_index_that_knows_its_source_reads_no_checkpoint(folder_store: ObjectStore, index: Index) -> None:
    put_manifest(folder_store, NOON)
    sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)
    sync_orphans(index, folder_store, "paper", NOON, TODAY)
    checkpoint = checkpoint_of(index, "paper", NOON.date())
    wrong = replace(checkpoint, pages=(replace(checkpoint.pages[0], outcome=Outcome.FAILED, checked_at=1 << 40),))
    key = keys.checkpoint_key("paper", RUN_ID)
    folder_store.put_new(key, checkpoint_bytes(wrong), content_type=CONTENT_TYPE)
    sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)
    assert Outcome.FAILED not in {page.outcome for page in index.pages.all("paper")}


def fail_at(store: ObjectStore, error: StoreError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the object that the error names fail with it, though it is listed."""

    def get(key: str, get: Callable[[str], bytes] = store.get) -> bytes:
        if key == error.key:
            raise error
        return get(key)

    monkeypatch.setattr(store, "get", get)


@pytest.mark.parametrize("damage", ["cut", "foreign", "version", "gone"])
def test_a_damaged_or_missing_manifest_is_named_and_the_rest_is_used(
    folder_store: ObjectStore,
    index: Index,
    damage: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest = put_manifest(folder_store, NOON)
    bad = keys.manifest_key(TODAY, "20261123T110000Z-aaaaaa", "paper")
    body = manifest.to_json()
    later = manifest.model_copy(update={"schema_version": 99}).to_json()
    damaged = {"cut": body[:-9], "foreign": b"[]", "version": later, "gone": body}[damage]
    folder_store.put_new(bad, damaged, content_type="application/json")
    if damage == "gone":
        fail_at(folder_store, ObjectMissing(bad), monkeypatch)
    one = record("b", words("x"), NOON)
    put(folder_store, one)
    sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)
    knows_all(index, manifest)
    assert bad in caplog.text
    assert not index.taken.has(bad)
    assert [orphan.record for orphan in sync_orphans(index, folder_store, "paper", NOON, TODAY)] == [one]


def test_a_store_that_does_not_answer_is_no_damaged_manifest(
    folder_store: ObjectStore, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifest(folder_store, NOON)
    key = keys.manifest_key(TODAY, RUN_ID, "paper")
    fail_at(folder_store, StoreError(key, "can't be read"), monkeypatch)
    with pytest.raises(StoreError, match="can't be read"):
        sync_manifests(index, CommitLog(folder_store), ["paper"], NOON)


def test_articles_keep_the_ids_that_an_earlier_way_to_make_them_gave(folder_store: ObjectStore, index: Index) -> None:
    one = record("a", words("w"), NOON, id="7" * 32)
    put(folder_store, one)
    sync_window(index, folder_store, NOON)
    sync_orphans(index, folder_store, "paper", NOON, TODAY)
    article = Article(url=one.url, canonical_url=one.url, title=one.title, blocks=(Block(text=words("w")),))
    verdict = judge(article, "paper", index, Claims(), NOON.timestamp())
    assert (verdict.outcome, verdict.id) == (Outcome.UNCHANGED, one.id)
