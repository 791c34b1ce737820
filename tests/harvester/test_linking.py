"""Linking the whole archive: each copy is linked to the oldest, whenever it came; broken off and begun again."""

import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harvester.archive import ArchiveReader, ObjectStore, keys
from harvester.archive.commits import CommitLog
from harvester.archive.links import links_of_day
from harvester.archive.segment import Segment
from harvester.candidates import Asked
from harvester.dedup.near import COMMON_KEY_ARTICLES
from harvester.errors import StoreError
from harvester.linking import Linking, LinkReport
from tests.breaking import Broken, broken_off
from tests.harvester.articles import RUN_ID, put, record, words

MONDAY = datetime(2026, 11, 2, 12, tzinfo=UTC)
LATER = MONDAY + timedelta(days=40)


def link(store: ObjectStore, folder: Path, now: datetime = LATER) -> LinkReport:
    return Linking(store, folder / "segments", lambda: now, said=lambda _: None).run()


def copies(store: ObjectStore) -> dict[str, str]:
    """Titles of copies and of what they copy, as readers see them."""
    read = {one.id: one for one in ArchiveReader(store).records()}
    return {
        one.title.removeprefix("Title of "): read[one.copy_of].title.removeprefix("Title of ")
        for one in read.values()
        if one.copy_of
    }


def test_copies_far_apart_are_linked_to_the_oldest(any_store: ObjectStore, tmp_path: Path) -> None:
    put(any_store, record("a", words("w"), MONDAY), record("other", words("x"), MONDAY))
    put(any_store, record("b", "Again: " + words("w"), MONDAY + timedelta(days=20), source="radio"))
    put(any_store, record("c", words("w") + " (agency)", MONDAY + timedelta(days=35), source="late"))
    report = link(any_store, tmp_path)
    assert (report.days, report.articles, report.merged_days, report.links) == (3, 4, 3, 2)
    assert copies(any_store) == {"b": "a", "c": "a"}
    (line,) = links_of_day(any_store, (MONDAY + timedelta(days=35)).date()).values()
    assert (line.copy_kind, line.source) == ("copy", "late")
    assert 0.9 < line.similarity <= 1
    first = record("a", words("w"), MONDAY)
    reader = ArchiveReader(any_store)
    assert sorted(reader.copies_of(first.id)) == sorted(one.id for one in reader.records() if one.copy_of)


def test_a_second_time_only_new_days_are_compared(folder_store: ObjectStore, tmp_path: Path) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    assert link(folder_store, tmp_path).days == 1
    assert link(folder_store, tmp_path).days == 0
    put(folder_store, record("b", words("w"), MONDAY + timedelta(days=30), source="radio"))
    report = link(folder_store, tmp_path)
    assert (report.days, report.articles, report.links) == (1, 1, 1)
    assert copies(folder_store) == {"b": "a"}


def test_one_that_appeared_earlier_and_came_later_becomes_the_original(
    folder_store: ObjectStore, tmp_path: Path
) -> None:
    put(folder_store, record("b", words("w"), MONDAY), record("c", words("w"), MONDAY + timedelta(days=1)))
    link(folder_store, tmp_path)
    assert copies(folder_store) == {"c": "b"}
    early = record("a", words("w"), MONDAY + timedelta(days=9), source="agency", published_at="2026-10-20T10:00:00Z")
    put(folder_store, early)
    link(folder_store, tmp_path)
    assert copies(folder_store) == {"b": "a", "c": "a"}
    reader = ArchiveReader(folder_store)
    assert len(reader.copies_of(early.id)) == 2


def test_today_is_compared_as_far_as_it_is_there_and_again_when_it_is_over(
    folder_store: ObjectStore, tmp_path: Path
) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("b", words("w"), MONDAY + timedelta(hours=1), source="radio"))
    today = MONDAY + timedelta(hours=3)
    assert link(folder_store, tmp_path, today).links == 1
    assert link(folder_store, tmp_path, today).links == 0
    put(folder_store, record("c", words("w"), MONDAY + timedelta(hours=2), source="late"))
    report = link(folder_store, tmp_path)
    assert (report.days, report.links, report.merged_days) == (1, 1, 1)
    assert len(copies(folder_store)) == 2


def test_articles_of_killed_runs_and_of_damaged_segments_are_read_from_their_records(
    folder_store: ObjectStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder_store, record("a", words("w"), MONDAY), segment=None)
    put(folder_store, record("b", words("w"), MONDAY + timedelta(minutes=1), source="radio"))
    (path,) = (tmp_path / "archive" / "segments").rglob("*.seg")
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-30])
    (tmp_path / "archive" / "articles" / "source=paper" / "date=2026-11-02" / f"{'0' * 32}-r1.json").write_text("{")
    report = link(folder_store, tmp_path)
    assert copies(folder_store) == {"b": "a"}
    assert report.damaged == [keys.segment_key(MONDAY.date(), RUN_ID, "radio")]
    assert [key.endswith(f"{'0' * 32}-r1.json") for key in report.lost] == [True]
    assert report.damaged[0] in caplog.text


def test_without_its_local_copies_it_goes_on(any_store: ObjectStore, tmp_path: Path) -> None:
    put(any_store, record("a", words("w"), MONDAY))
    link(any_store, tmp_path / "one")
    put(any_store, record("b", words("w"), MONDAY + timedelta(days=30), source="radio"))
    link(any_store, tmp_path / "another")
    assert copies(any_store) == {"b": "a"}


@pytest.mark.parametrize("damage", [b"", b"NEWSCOL1", b"x" * 500])
def test_a_damaged_local_copy_is_fetched_again(folder_store: ObjectStore, tmp_path: Path, damage: bytes) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    link(folder_store, tmp_path)
    (path,) = (tmp_path / "segments").iterdir()
    path.write_bytes(damage)
    put(folder_store, record("b", words("w"), MONDAY + timedelta(days=30), source="radio"))
    link(folder_store, tmp_path)
    assert copies(folder_store) == {"b": "a"}


@pytest.mark.parametrize("after", range(16))
def test_broken_off_at_each_write_and_begun_again_it_comes_to_the_same(
    folder_store: ObjectStore, tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder_store, *(record(name, words("z"), MONDAY - timedelta(days=3), source=name) for name in "yz"))
    link(folder_store, tmp_path, MONDAY)  # an archive without a commit would get all at once
    for day, name in enumerate("abc"):
        at = MONDAY + timedelta(days=day)
        put(folder_store, record(name, words("w"), at), record(f"{name}2", words(name), at))
    with broken_off(folder_store, after, monkeypatch):
        try:
            link(folder_store, tmp_path)
        except Broken:
            pass
        else:
            assert after >= 15  # 3 days: segment, what it covers, done; links of 2 copies: they, manifest, commit
    link(folder_store, tmp_path)
    assert {copy: first for copy, first in copies(folder_store).items() if first == "a"} == {"b": "a", "c": "a"}
    lines = [
        json.loads(line)
        for path in sorted((tmp_path / "archive" / "links").rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len({(line["id"], line["copy_of"]) for line in lines}) == 3
    manifests = {found.key for found in folder_store.list(keys.RUNS)}
    assert {commit.key for commit in CommitLog(folder_store).read()} == manifests


def test_a_story_that_very_many_print_is_linked_whole(folder_store: ObjectStore, tmp_path: Path) -> None:
    count = 2 * COMMON_KEY_ARTICLES
    printed = [
        record(f"p{n}", f"{words('w')} {words(str(n), 9)}", MONDAY + timedelta(days=n // 30, minutes=n), source=f"s{n}")
        for n in range(count)
    ]
    for start in range(0, count, 30):
        put(folder_store, *printed[start : start + 30])
    link(folder_store, tmp_path)
    assert set(copies(folder_store).values()) == {"p0"}
    assert len(copies(folder_store)) == count - 1


def test_what_a_run_has_linked_already_is_no_news(folder_store: ObjectStore, tmp_path: Path) -> None:
    first = record("a", words("w"), MONDAY)
    second = record("b", words("w"), MONDAY, source="radio", copy_of=first.id, similarity=1.0, copy_kind="copy")
    put(folder_store, first)
    put(folder_store, second)
    assert link(folder_store, tmp_path).links == 0
    assert copies(folder_store) == {"b": "a"}


def test_revisions_of_one_article_are_no_copies(folder_store: ObjectStore, tmp_path: Path) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("a", words("w") + " more", MONDAY + timedelta(days=1), revision=2))
    assert link(folder_store, tmp_path).links == 0


def test_candidates_are_what_a_plain_count_gives() -> None:
    from harvester.dedup import sketch
    from harvester.known import known_record
    from harvester.segments import segment_article

    def segment(names: list[str]) -> Segment:
        articles = []
        for number, name in enumerate(names):
            one = record(f"{name}{number}", " ".join(words(part, 120) for part in name), MONDAY)
            key = keys.article_key("paper", MONDAY.date(), one.id, 1)
            articles.append(segment_article(known_record(key, one), sketch(one.title, one.text), 0.0))
        return Segment.of(MONDAY.date(), articles)

    first, second = segment(["ab", "bc", "cd", "x"]), segment(["a", "bd", "dx", "y"])
    for mine, theirs in ((first, second), (second, first), (first, first)):
        asked = Asked(mine)
        asked.count(theirs)
        found = set(asked.candidates(theirs))
        expected = set()
        for row, one in enumerate(mine.articles()):
            for other_row, other in enumerate(theirs.articles()):
                shared = len(set(one.keys.tolist()) & set(other.keys.tolist()))
                if shared >= 2 and not (mine is theirs and other_row >= row):
                    expected.add((row, other_row))
        assert {pair for pair in found if pair in expected} == expected
        assert all(pair[1] < pair[0] for pair in found) or mine is not theirs


def test_the_log_names_nothing_of_a_healthy_pass(
    folder_store: ObjectStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    with caplog.at_level(logging.WARNING):
        link(folder_store, tmp_path)
    assert caplog.records == []


@pytest.mark.parametrize("name", ["merged.json", "merged-*.seg", "*.jsonl"])
@pytest.mark.parametrize("body", [b"", b"{}", None], ids=["emptied", "foreign", "gone"])
def test_damage_to_what_an_earlier_pass_has_written_is_named_and_lived_with(
    folder_store: ObjectStore, tmp_path: Path, name: str, body: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("b", words("w"), MONDAY + timedelta(hours=1), source="radio"))
    link(folder_store, tmp_path)
    path = next((tmp_path / "archive").rglob(name))
    path.unlink()
    if body is not None:
        path.write_bytes(body)
    put(folder_store, record("c", words("w"), MONDAY + timedelta(days=30), source="late"))
    report = link(folder_store, tmp_path / "elsewhere")
    assert copies(folder_store)["c"] == "a"
    assert report.lost == []
    if body is not None and name != "*.jsonl":
        assert path.name in caplog.text


def test_a_correction_makes_no_article_younger_than_its_copies(folder_store: ObjectStore, tmp_path: Path) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("b", words("w"), MONDAY + timedelta(hours=1), source="radio"))
    put(folder_store, record("a", words("w") + " corrected", MONDAY + timedelta(days=1), revision=2))
    link(folder_store, tmp_path)
    assert copies(folder_store) == {"b": "a"}
    assert [one.title for one in ArchiveReader(folder_store).records(copies="drop")] == ["Title of a"]


def test_a_link_tells_of_the_revision_whose_text_was_a_copy(folder_store: ObjectStore, tmp_path: Path) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("b", words("w"), MONDAY + timedelta(hours=1), source="radio"))
    rewritten = record("b", words("own"), MONDAY + timedelta(hours=2), source="radio", revision=2)
    put(folder_store, rewritten, segment="20261102T150000Z-aaaaaa")
    link(folder_store, tmp_path)
    assert copies(folder_store) == {}
    history = [one for one in ArchiveReader(folder_store).records(revisions="all") if one.source == "radio"]
    assert [bool(one.copy_of) for one in history] == [True, False]


def test_while_a_record_cannot_be_had_its_day_is_not_called_merged(
    folder_store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder_store, record("a", words("w"), MONDAY))
    put(folder_store, record("b", words("w"), MONDAY + timedelta(hours=1), source="radio"), segment=None)
    get = type(folder_store).get

    def get_some(self: ObjectStore, key: str) -> bytes:
        if "source=radio" in key:
            raise StoreError(key, "SlowDown")
        return get(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(type(folder_store), "get", get_some)
        with pytest.raises(StoreError, match="SlowDown"):
            link(folder_store, tmp_path)
    assert folder_store.size(keys.merge_key(MONDAY.date())) is None
    link(folder_store, tmp_path)
    assert copies(folder_store) == {"b": "a"}
