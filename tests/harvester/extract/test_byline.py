"""Authors as names, whatever a page writes around them."""

import pytest

from harvester.extract.byline import author_names, byline_names, marked_names
from harvester.extract.walk import walk


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["By Jane Doe"], ("Jane Doe",)),
        (["بقلم: أحمد الخطيب"], ("أحمد الخطيب",)),
        (["كتب أحمد الخطيب"], ("أحمد الخطيب",)),
        (["Von Anna Weber und Karl Groß"], ("Anna Weber", "Karl Groß")),
        (["Trine Juncher og Tôrtia Reimer"], ("Trine Juncher", "Tôrtia Reimer")),
        (["Linny and Peter"], ("Linny and Peter",)),
        (["أحمد الخطيب، سلمى حداد"], ("أحمد الخطيب", "سلمى حداد")),
        (["https://e.com/author/jane", "admin", "jane@e.com"], ()),
        (["Jane Doe", "jane doe"], ("Jane Doe",)),
        (["Elena Oberholzer (obe)"], ("Elena Oberholzer",)),
        (["Jane Doe, Senior Editor"], ("Jane Doe",)),
        (["Jane Doe, Ph.D."], ("Jane Doe",)),
        (["Jane Doe - Port Editorial Team"], ("Jane Doe",)),
        (["Jane Doe in Kiel"], ("Jane Doe",)),
        (["Doe, Jane A."], ("Jane A. Doe",)),
        (["Jane Doe", "Reuters"], ("Jane Doe",)),
        (["Reuters"], ("Reuters",)),
        (["Maria &amp; Katerina Petrou"], ("Maria & Katerina Petrou",)),
        (["作者：王小明"], ("王小明",)),
        (["Автор: Иван Петров"], ("Иван Петров",)),
        (["page.head.extra.author", "23 Nov 2026", "Foto: Getty Images"], ()),
    ],
)
def test_authors(given: list[str], names: tuple[str, ...]) -> None:
    assert author_names(given) == names


def test_the_site_is_no_author_where_it_is_asked_to_be_left_out() -> None:
    assert author_names(["The Tide", "AFP", "Jane Doe"], besides=["The Tide"]) == ("Jane Doe",)
    assert author_names(["The Tide", "AFP"], besides=["The Tide"]) == ()


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["| By | Emma Mackenzie | Lifestyle Writer | 14:00, 28 Apr 2024 | comments"], ("Emma Mackenzie",)),
        (["Personal finance", "January 31, 2025", "Isabel Haas"], ("Isabel Haas",)),
        (["By Clay"], ("Clay",)),
        (["Staff", "Posted by:"], ()),
        (["Dec 26, 2025 • Mahua Das in Project Management"], ("Mahua Das",)),
    ],
)
def test_marked_texts_must_look_like_people(texts: list[str], names: tuple[str, ...]) -> None:
    assert marked_names(texts) == names


def test_lines_that_name_the_author() -> None:
    page = walk('<p>Kiel</p><p class="meta-author">Nathaniel Flakin</p><p>Von der Küste kam gestern ein Sturm.</p>')
    assert byline_names(page.pieces) == ("Nathaniel Flakin",)


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["a, " * 200_000, "By " * 200_000, " and " * 200_000, "|" * 500_000, "Ann Lee & " * 100_000]
)
def test_huge_texts_end_soon(text: str) -> None:
    assert len(author_names([text])) <= 12
