"""Which of a page's titles is its headline, and what of it is the site's name."""

from collections import Counter

import pytest

from harvester.extract.title import Titles, edge_parts, headline_of, names_of_site, shared_part, without_site_name


def titles(
    *headings: str, og: str | None = None, ld: str | None = None, page: str | None = None, others: tuple[str, ...] = ()
) -> Titles:
    return Titles(shared=og, structured=ld, others=others, page=page, headings=headings)


LONG = "Long story about the quay, " * 4 + "the boats"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(titles("Old quay opens again"), "Old quay opens again", id="h1 alone"),
        pytest.param(titles("Tide", "Old quay opens", og="Old quay opens"), "Old quay opens", id="h1 of the site"),
        pytest.param(titles("Port – Old quay opens", og="Old quay opens"), "Old quay opens", id="kicker in h1"),
        pytest.param(titles("Storm at sea - Old quay is closed", og="After the flood: Old quay is closed"),
                     "Old quay is closed", id="two kickers"),
        pytest.param(titles("Old quay opens", og="Port: Old quay opens", ld="Port: Old quay opens"),
                     "Port: Old quay opens", id="a kicker that all but h1 have"),
        pytest.param(titles("Old quay opens", og="Port | Old quay opens", ld="Old quay opens"), "Old quay opens",
                     id="a section before it"),
        pytest.param(titles("Old quay opens at last | Opinion", og="Old quay opens at last"),
                     "Old quay opens at last", id="a section behind a bar"),
        pytest.param(titles(og="Quay &amp;amp; boats to be repaired"), "Quay & boats to be repaired",
                     id="escaped twice"),
        pytest.param(titles("Tide Blog", og="Old quay opens", page="Tide Blog: Old quay opens"), "Old quay opens",
                     id="h1 is what <title> adds"),
        pytest.param(titles(og=LONG, ld=LONG[:100]), LONG, id="cut off in JSON-LD"),
        pytest.param(titles(page="南海トラフ、一時調査 巨大地震、基準達せず：中日新聞Web"),
                     "南海トラフ、一時調査 巨大地震、基準達せず",
                     id="full-width colon"),
        pytest.param(titles(page="Quay: goals and risks of it | DW | 28.04.2023"), "Quay: goals and risks of it",
                     id="date"),
        pytest.param(titles("", "x" * 5000, og="Old quay opens"), "Old quay opens", id="h1 holds a whole text"),
        pytest.param(titles(), None, id="none"),
    ],
)  # fmt: skip
def test_headline(given: Titles, expected: str | None) -> None:
    assert headline_of(given, names_of_site("https://www.dw.example/a", ["Tide"])) == expected


@pytest.mark.parametrize(
    ("title", "names", "expected"),
    [
        ("Quay opens - The Tide", ["The Tide"], "Quay opens"),
        ("The Tide: x | Quay opens | Port | The Tide", ["the tide", "port"], "The Tide: x | Quay opens"),
        ("Quay opens – Tide Online", ["Tide"], "Quay opens"),
        ("Quay opens – Thrive Internet", ["Thrive Internet Agency"], "Quay opens"),
        ("The Tide", ["The Tide"], "The Tide"),
        ("Quay opens - in spring", ["The Tide"], "Quay opens - in spring"),
    ],
)
def test_names_come_off(title: str, names: list[str], expected: str) -> None:
    assert without_site_name(title, names) == expected


PAGES = [
    ("Old quay opens - Port - The Tide", "Old quay opens"),
    ("Ferry is late again - Port - The Tide", "Ferry is late again"),
    ("Herring is back - Port - The Tide", "Herring is back"),
    ("A choir sings - Culture - The Tide", "A choir sings"),
]


def test_parts_that_titles_share_are_names() -> None:
    assert shared_part(edge_parts(PAGES)) == ("the tide", "port")


def test_what_titles_teach_adds_up() -> None:
    assert shared_part(edge_parts(PAGES[:2]) + edge_parts(PAGES[2:])) == shared_part(edge_parts(PAGES))


def test_without_headlines_only_what_repeats_is_a_name() -> None:
    assert set(shared_part(edge_parts((page, None) for page, _ in PAGES))) == {"the tide", "port"}


def test_a_few_titles_teach_nothing() -> None:
    assert shared_part(edge_parts(PAGES[:2])) == ()
    assert edge_parts([(None, "x"), ("No parts", None)]) == Counter()
