"""Pages of a known template are looked up; what the template is not sure of needs a closer look."""

import pytest

from harvester.extract import read_article
from harvester.extract.lookup import read_by_template
from harvester.extract.walk import walk
from tests.harvester.extract.pages import ENGLISH, page, paragraphs

TEXT = "body>main>p"
KNOWN: dict[str, bool] = {TEXT: True, "body>main>h1": False, "body>main>div.promo>p": False}
BOX = "<div class=promo><p>Our app has new pictures of the harbour for you to look at each day.</p></div>"


class Places:
    """A template that is sure of these."""

    def __init__(self, known: dict[str, bool]) -> None:
        self.known = known

    def says(self, path: str) -> bool | None:
        return self.known.get(path)


def document(inside: str = "", outside: str = "") -> str:
    return f"<title>Old quay</title><body><main><h1>Old quay</h1>{paragraphs(ENGLISH)}{inside}</main>{outside}</body>"


def looked_up(markup: str, known: dict[str, bool] = KNOWN) -> list[str] | None:
    blocks = read_by_template(walk(markup), "Old quay", Places(known))
    return None if blocks is None else [one.text for one in blocks if one.why is None]


def test_a_page_of_a_known_template_is_looked_up() -> None:
    assert looked_up(document(BOX)) == list(ENGLISH)


def test_removed_blocks_have_their_reason_and_none_has_a_score() -> None:
    blocks = read_by_template(walk(document(BOX)), "Old quay", Places(KNOWN)) or ()
    assert {one.why for one in blocks} == {None, "extraction: headline", "extraction: promotion"}
    assert {one.score for one in blocks} == {None}


@pytest.mark.parametrize(
    ("markup", "known"),
    [
        pytest.param(document(), {}, id="nothing is known"),
        pytest.param(document(f"<div class=new><p>{ENGLISH[0]}</p></div>"), KNOWN, id="text at a new place"),
        pytest.param("<body><main><p>Two words.</p></main></body>", KNOWN, id="too little text"),
        pytest.param(document(outside=f"<aside>{paragraphs(ENGLISH * 2)}</aside>"), KNOWN, id="more text elsewhere"),
        pytest.param("<body></body>", KNOWN, id="no text"),
    ],
)  # fmt: skip
def test_a_page_that_needs_a_closer_look_is_not_looked_up(markup: str, known: dict[str, bool]) -> None:
    assert looked_up(markup, known) is None


def test_reading_with_a_template_gives_the_same_article() -> None:
    markup = f"<html lang=en>{document(BOX)}"
    alone = read_article(page(markup), home="https://e.com/")
    known = read_article(page(markup), home="https://e.com/", template=Places(KNOWN))
    assert known.body == ENGLISH
    assert (known.title, known.language, known.canonical_url) == (alone.title, alone.language, alone.canonical_url)
