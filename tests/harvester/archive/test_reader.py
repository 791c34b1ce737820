"""The reader gives back what was written, in order, whatever the store's own order is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from harvester.archive import ArchiveReader, ArchiveWriter, ObjectStore, RunReport, keys, open_store
from harvester.archive.keys import batch_links_key
from harvester.archive.links import CopyLink, link_lines
from harvester.archive.manifest import Manifest, ManifestArticle
from harvester.archive.record import ArticleRecord, instant
from harvester.errors import StoreError, UsageError
from tests.archive_samples import NOON, RUN_ID, article, article_id, page, record

MONDAY = date(2026, 11, 23)


def put(store: ObjectStore, *records: ArticleRecord, day: int = 0) -> list[str]:
    """Write at noon, so many days after Monday."""
    writer = ArchiveWriter(store, lambda: NOON + timedelta(days=day))
    return [writer.put_article(one).key for one in records]


def named(name: str, hour: int | None = None, **changed: object) -> ArticleRecord:
    """A record whose title is its name; unless an hour is given, "a" was fetched at 7, "b" at 8, …"""
    read = article(name, f"Text of {name}.")
    hour = ord(name[0]) - 90 if hour is None else hour
    return record(name, read, fetched_at=datetime(2026, 11, 23, hour, tzinfo=UTC), **changed)


def titles(records: Sequence[ArticleRecord]) -> list[str]:
    return [f"{one.title} {one.revision}.{one.derivation.number}" for one in records]


def test_an_empty_archive_has_nothing(any_store: ObjectStore) -> None:
    reader = ArchiveReader(any_store)
    assert list(reader.records()) == []
    assert list(reader.records(source="example", since=MONDAY)) == []
    assert list(reader.reports()) == []
    assert reader.show("abc") == []
    assert reader.copies_of("0" * 32) == []


def test_newest_come_last_by_day_then_by_time(any_store: ObjectStore) -> None:
    put(any_store, named("b", 9), named("a", 11), day=1)
    put(any_store, named("d", 10), named("c", 8), named("e", 9, source="other"))
    assert titles(list(ArchiveReader(any_store).records())) == ["c 1.1", "e 1.1", "d 1.1", "b 1.1", "a 1.1"]


@pytest.fixture
def history(any_store: ObjectStore) -> ArchiveReader:
    """One article over four days: stored, cleaned again, revised, and the revision cleaned again; and another one."""
    put(any_store, named("a"), named("b"))
    put(any_store, named("a", number=2), day=1)
    put(any_store, named("a", revision=2), day=2)
    put(any_store, named("a", revision=2, number=2), named("c"), day=3)
    return ArchiveReader(any_store)


def test_the_latest_revision_in_its_latest_derivation(history: ArchiveReader) -> None:
    assert titles(list(history.records())) == ["b 1.1", "a 2.2", "c 1.1"]


def test_all_revisions_each_in_its_latest_derivation(history: ArchiveReader) -> None:
    assert titles(list(history.records(revisions="all"))) == ["b 1.1", "a 1.2", "a 2.2", "c 1.1"]


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 0, ["a 1.1", "b 1.1"]),
        (0, 1, ["b 1.1", "a 1.2"]),
        (1, 1, ["a 1.2"]),
        (2, 2, ["a 2.1"]),
        (1, 3, ["a 2.2", "c 1.1"]),
        (4, 9, []),
        (3, 0, []),
    ],
)
def test_a_range_of_days_reads_as_the_archive_was_at_its_end(
    history: ArchiveReader, since: int, until: int, expected: list[str]
) -> None:
    found = history.records(since=MONDAY + timedelta(days=since), until=MONDAY + timedelta(days=until))
    assert titles(list(found)) == expected


def test_ranges_without_a_gap_give_each_derivation_once(history: ArchiveReader) -> None:
    days = [MONDAY + timedelta(days=day) for day in range(4)]
    each = [title for day in days for title in titles(list(history.records(since=day, until=day)))]
    assert each == ["a 1.1", "b 1.1", "a 1.2", "a 2.1", "a 2.2", "c 1.1"]


def test_records_are_chosen_by_source_language_words_and_copies(any_store: ObjectStore) -> None:
    put(
        any_store,
        record("ar", article("إفتتاحُ المَرفأ", "خبر", language="ar-LB")),
        record("arz", article("خبر", "x", language="arz")),
        record("en", article("Harbour", "The Harbour—opened, 1 000 saw it", language="en")),
        record("copy", article("Harbour", "copied", language="en"), copy_of=article_id("en"), similarity=0.9),
        record("none", article("Untold", "x", language=None), source="other"),
    )
    reader = ArchiveReader(any_store)

    def found(**chosen: object) -> set[str]:
        names = {article_id(name): name for name in ("ar", "arz", "en", "copy", "none")}
        return {names[one.id] for one in reader.records(**chosen)}  # type: ignore[arg-type]

    assert found(source="other") == {"none"}
    assert found(source="nobody") == set()
    assert found(language="ar") == {"ar"}
    assert found(language="EN") == {"en", "copy"}
    assert found(copies="drop") == {"ar", "arz", "en", "none"}
    assert found(contains="افتتاح المرفا") == {"ar"}
    assert found(contains="HARBOUR opened") == {"en"}
    assert found(contains="nowhere") == set()
    with pytest.raises(UsageError, match="no letter"):
        found(contains="!?")
    with pytest.raises(UsageError, match="not a source"):
        found(source="../x")


def test_what_can_not_be_read_is_told_and_left_out(any_store: ObjectStore) -> None:
    put(any_store, named("a"))
    folder = keys.articles_prefix("example", MONDAY)
    any_store.put_new(f"{folder}{article_id('b')}-r1.json", b'{"schema_version": 9}', content_type="x/y")
    any_store.put_new(f"{folder}README.txt", b"a stranger", content_type="x/y")
    any_store.put_new("articles/other/x.json", b"a stranger", content_type="x/y")
    told: list[StoreError] = []
    reader = ArchiveReader(any_store, on_unreadable=told.append)
    assert titles(list(reader.records())) == ["a 1.1"]
    assert [error.key for error in told] == [f"{folder}{article_id('b')}-r1.json"]


def test_many_articles_of_one_day_come_in_order(folder_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harvester.archive.days.SPOOL_BYTES", 2000)  # so that the day goes through a file
    put(folder_store, *(named(f"n{number:03}", hour=number % 24) for number in range(200)))
    records = list(ArchiveReader(folder_store).records())
    assert len(records) == 200
    assert [one.fetched_at for one in records] == sorted(one.fetched_at for one in records)


def test_reading_can_be_broken_off(any_store: ObjectStore) -> None:
    put(any_store, *(named(f"n{number}") for number in range(30)))
    records = ArchiveReader(any_store).records()
    assert next(records)
    records.close()  # type: ignore[attr-defined]


def test_an_article_is_shown_by_the_beginning_of_its_id(history: ArchiveReader) -> None:
    shown = history.show(article_id("a")[:8].upper())
    assert titles([one for _, one in shown]) == ["a 1.1", "a 1.2", "a 2.1", "a 2.2"]
    assert [key.rpartition("-")[2] for key, _ in shown] == ["r1.json", "d2.json", "r2.json", "d2.json"]
    assert history.show("0" * 32) == []
    with pytest.raises(UsageError, match="32 hex digits"):
        history.show("../x")


def test_an_ambiguous_beginning_is_wrong_usage(any_store: ObjectStore) -> None:
    put(any_store, record(id="ab" + "0" * 30), record(id="ab" + "1" * 30))
    with pytest.raises(UsageError, match="fits 2 articles"):
        ArchiveReader(any_store).show("ab")
    assert len(ArchiveReader(any_store).show("ab0")) == 1


def put_run(store: ObjectStore, run_id: str, ended_at: datetime, *objects: ManifestArticle) -> None:
    manifest = Manifest(run_id=run_id, source="example", started_at=NOON, ended_at=ended_at, objects=list(objects))
    key = keys.report_key(ended_at.date(), run_id)
    report = RunReport(run_id=run_id, version="1", started_at=NOON, ended_at=ended_at, key=key)
    manifest_key = keys.manifest_key(ended_at.date(), run_id, "example")
    store.put_new(manifest_key, manifest.to_json(), content_type="application/json")
    store.put_new(key, report.model_dump_json().encode(), content_type="application/json")


def test_reports_and_manifests_are_read_in_order(any_store: ObjectStore) -> None:
    runs = ["20261123T120000Z-bbbbbb", "20261123T130000Z-aaaaaa", "20261124T120000Z-cccccc"]
    for run_id, days in zip(runs, (0, 0, 1), strict=True):
        put_run(any_store, run_id, NOON + timedelta(days=days))
    reader = ArchiveReader(any_store)
    assert [report.run_id for report in reader.reports()] == runs
    assert [report.run_id for report in reader.reports(newest_first=True)] == runs[::-1]
    assert [report.run_id for report in reader.reports(since=date(2026, 11, 24))] == runs[2:]
    assert [manifest.run_id for _, manifest in reader.manifests()] == runs
    assert [key for key, _ in reader.manifests(until=MONDAY)] == [
        keys.manifest_key(MONDAY, run_id, "example") for run_id in runs[:2]
    ]
    assert list(reader.manifests(source="other")) == []
    report = reader.report(runs[1])
    assert report is not None
    assert report.run_id == runs[1]
    assert reader.report("20261123T120000Z-ffffff") is None


def link(copy: str, original: str, minutes: int = 0, similarity: float = 0.9) -> CopyLink:
    return CopyLink(
        id=article_id(copy),
        source="other",
        copy_of=article_id(original),
        similarity=similarity,
        copy_kind="copy",
        linked_at=instant(NOON + timedelta(minutes=minutes)),
    )


def put_links(store: ObjectStore, name: str, *links: CopyLink) -> None:
    key = batch_links_key(NOON.date(), NOON.date(), name * 12)
    store.put_new(key, link_lines(links), content_type="application/jsonl")


def test_copies_are_found_by_their_links(any_store: ObjectStore) -> None:
    put(any_store, named("a"), named("e"))
    put_links(any_store, "1", link("b", "a", minutes=5), link("c", "a"), link("d", "e"))
    assert ArchiveReader(any_store).copies_of(article_id("a")) == [article_id("c"), article_id("b")]
    assert ArchiveReader(any_store).copies_of(article_id("b")) == []


def test_a_link_found_later_is_read_with_the_record_and_the_latest_is_true(any_store: ObjectStore) -> None:
    put(any_store, named("a"), named("b"))
    put_links(any_store, "1", link("b", "a", minutes=1, similarity=0.8))
    put_links(any_store, "2", link("b", "elsewhere", similarity=0.7))
    reader = ArchiveReader(any_store)
    read = {record.id: record for record in reader.records()}
    assert read[article_id("a")].copy_of is None
    assert (read[article_id("b")].copy_of, read[article_id("b")].similarity) == (article_id("a"), 0.8)
    assert read[article_id("b")].copy_kind == "copy"
    assert [record.id for record in reader.records(copies="drop")] == [article_id("a")]
    assert reader.show(article_id("b"))[0][1].copy_of == article_id("a")


def test_damaged_links_are_reported_and_the_records_read_as_they_are(any_store: ObjectStore) -> None:
    put(any_store, named("a"))
    any_store.put_new(batch_links_key(NOON.date(), NOON.date(), "9" * 12), b"{}\n", content_type="application/jsonl")
    problems: list[StoreError] = []
    reader = ArchiveReader(any_store, on_unreadable=problems.append)
    assert [record.id for record in reader.records()] == [article_id("a")]
    assert "with-" in problems[0].key


def test_a_capture_is_read_as_a_page(any_store: ObjectStore) -> None:
    taken = ArchiveWriter(any_store, lambda: NOON).put_capture(
        page(), source="example", article_id="0" * 32, run_id=RUN_ID
    )
    assert ArchiveReader(any_store).page(taken.key) == page()
    with pytest.raises(StoreError):
        ArchiveReader(any_store).page("../../etc/passwd")


def test_a_folder_that_is_moved_reads_the_same(tmp_path: Path) -> None:
    put(open_store(str(tmp_path / "here")), named("a"))
    (tmp_path / "here").rename(tmp_path / "there")
    assert titles(list(ArchiveReader(open_store(str(tmp_path / "there"))).records())) == ["a 1.1"]
