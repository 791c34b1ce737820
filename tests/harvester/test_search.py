"""Full-text search over tables, and over objects what is newer."""

from datetime import timedelta

import pytest

from harvester.archive import ArchiveReader, ObjectStore
from harvester.archive.wanted import Wanted
from harvester.query import Query
from harvester.search import Search, appeared, snippet
from harvester.tables import update_tables
from tests.archive_samples import NOON
from tests.command import Harvest
from tests.harvester.tables.test_reading import History, named


def found(store: ObjectStore, *words: str, limit: int = 20, **wanted: object) -> list[str]:
    search = Search(ArchiveReader(store), Query.parse(words), Wanted(**wanted))  # type: ignore[arg-type]
    return [hit.title for hit in search.newest(limit)]


@pytest.fixture
def history(any_store: ObjectStore) -> History:
    """Three articles in the table, published one after the other; later one is revised and one is new."""
    history = History(any_store)
    history.add(*(named(name, 3 - n, text="The harbour is open") for n, name in enumerate(("a", "b", "c"))))
    history.day = 9
    history.add(named("d", text="a ferry"))
    update_tables(any_store)
    history.day = 10
    history.add(named("b", text="The ferry is late", revision=2), named("e", text="وصلت للميناء"))
    return history


def test_what_is_newer_than_the_tables_is_found_too(history: History) -> None:
    assert sorted(found(history.store, "ferry")) == ["b", "d"]
    assert sorted(found(history.store, "harbour")) == ["a", "c"], "of b the last revision counts"
    assert found(history.store, "ميناء") == ["e"]
    assert found(history.store, "harbour", source="other") == []
    assert found(history.store, "ferry", since=NOON.date() + timedelta(days=10)) == ["b"]


def test_without_tables_the_objects_are_searched(folder_store: ObjectStore) -> None:
    History(folder_store).add(named("a", text="The harbour"), named("b"))
    search = Search(ArchiveReader(folder_store), Query.parse(["harbour"]))
    assert not search.uses_tables
    assert [hit.title for hit in search.every()] == ["a"]


def test_the_newest_come_first_and_all_are_counted(folder_store: ObjectStore) -> None:
    history = History(folder_store)
    published = ("2026-11-20", "2026-11-22T23:00:00+02:00", None, "2099-01-01")
    records = [
        named(f"n{number}", text="harbour").model_copy(update={"published_at": at})
        for number, at in enumerate(published)
    ]
    history.add(*records)
    search = Search(ArchiveReader(folder_store), Query.parse(["harbour"]))
    newest = search.newest(3)
    assert sorted(hit.title for hit in newest[:2]) == ["n2", "n3"], "nothing appears after it was fetched"
    assert newest[2].title == "n1"
    assert search.count == 4


def test_an_article_appears_when_it_is_published_but_not_later_than_it_was_fetched() -> None:
    noon = "2026-11-23T12:00:00.000+00:00"
    assert appeared(None, noon).isoformat() == "2026-11-23T12:00:00+00:00"
    assert appeared("2026-11-23T13:30:00+02:00", noon).isoformat() == "2026-11-23T13:30:00+02:00"
    assert appeared("2026-11-20", noon).isoformat() == "2026-11-20T00:00:00+00:00"
    assert appeared("2026-11-24", noon).isoformat() == "2026-11-23T12:00:00+00:00"


def test_a_snippet_is_a_stretch_of_the_text_with_its_words_marked() -> None:
    text = " ".join(f"w{number}" for number in range(100)) + ' "Harbour", said وبيروت\n' + "tail " * 100
    cut = snippet(text, Query.parse(["harbour", "بيروت"]))
    assert cut.text.startswith("w90 w91")
    assert len(cut.text.split()) == 30
    assert [cut.text[begin:end] for begin, end in cut.marks] == ['"Harbour",', "وبيروت"]
    assert snippet("", Query.parse(["x"])).text == ""
    assert snippet("nothing here", Query.parse(["x"])).text == "nothing here"


def test_the_command_prints_what_was_found(harvest: Harvest, folder_store: ObjectStore) -> None:
    History(folder_store).add(named("a", text="The \x1b[31m harbour\x07 is open"), named("b", text="a ferry"))
    done = harvest("search", "harbour", "-ferry")
    assert done.code == 0, done.err
    assert "harvest tables" in done.err
    lines = done.out.splitlines()
    assert lines[0] == "2026-11-23  example  a"
    assert lines[1].startswith("  https://news.example/harbour  ")
    assert "\x1b" not in done.out
    assert "\x07" not in done.out
    update_tables(folder_store)
    done = harvest("search", "harbour", "--json")
    assert [one["title"] for one in done.jsonl()] == ["a"]
    assert done.err == ""
    assert harvest("search", "nowhere").out == ""
    assert harvest("search", "-harbour").code == 2, "-h is no option, and there is nothing to look for"
    assert harvest("search", "x", "--sorce", "y").code == 2
