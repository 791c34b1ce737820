"""Texts without markup: what is a title, what is a line, and what is left when the furniture is gone."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.clean import Furniture
from harvester.plain_text import LISTED_WHY, PlainText
from tests.harvester.clean.arabic_site import sentences

STORY = (
    "The harbour council met on Tuesday and decided to mend the old quay before the winter storms begin.",
    "Members heard from four engineers, who asked the town for another year and for twice the money.",
)
FOOTER = ("-----", "Write to us: desk@paper.example", "Follow us: Mastodon")

STORIES = sentences()[::47]


def pairs(stories: Sequence[str]) -> list[tuple[str, str]]:
    half = len(stories) // 2
    return list(zip(stories[:half], stories[half:], strict=False))


def removed(text: str, furniture: Furniture | None = None) -> list[str]:
    return [block.text for block in PlainText.of(text).cleaned(furniture).removed]


def learned(*texts: str) -> Furniture:
    furniture = Furniture()
    for text in texts:
        furniture.learn(PlainText.of(text).article())
    return furniture


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        pytest.param("\n".join(("A title", "", *STORY, *FOOTER)), "\n".join(("A title", "", *STORY)), id="text form"),
        pytest.param("\n".join((*STORY, *FOOTER)), "\n".join(STORY), id="without a title"),
        pytest.param("\n\n".join((*STORY, *FOOTER)), "\n\n".join(STORY), id="empty lines between paragraphs"),
        pytest.param("\r\n".join((*STORY, "", *FOOTER, "")), "\n".join(STORY), id="CRLF"),
        pytest.param("\r".join((*STORY, *FOOTER)), "\n".join(STORY), id="CR"),
        pytest.param("\r\r\n".join((*STORY, *FOOTER)), "\n".join(STORY), id="CRLF, once too often"),
        pytest.param("\n \u200f\n" + "\n".join(STORY), "\n".join(STORY), id="nothing to see at the beginning"),
        pytest.param(
            "  Indented,\tand \u00a0 spaced. ", "  Indented,\tand \u00a0 spaced. ", id="lines stay as they are"
        ),
        pytest.param("", "", id="empty"),
        pytest.param(" \n\t\n", "", id="nothing but spaces"),
        pytest.param("One line of news.\n\n" + "\n".join(FOOTER), "One line of news.", id="the story is the title"),
        pytest.param("\n".join(FOOTER), "\n".join(FOOTER), id="nothing but furniture is kept"),
        pytest.param("Follow us\n\n" + "\n".join(STORY), "Follow us\n\n" + "\n".join(STORY), id="a title stays"),
    ],
)
def test_what_is_left(text: str, clean: str) -> None:
    assert PlainText.of(text).cleaned().text == clean


def test_a_gap_is_as_wide_as_the_widest_that_stood_there() -> None:
    one, two, three, *others = STORIES
    furniture = learned(*(f"{story}\nRead on, reader\nThe end" for story in others))
    text = f"{one}\n\n\nRead on, reader\n\n{two}\nRead on, reader\n{three}"
    assert PlainText.of(text).cleaned(furniture).text == f"{one}\n\n\n{two}\n{three}"


def test_the_first_line_is_a_title_only_if_an_empty_one_follows() -> None:
    assert PlainText.of("A\n\nB").article().title == "A"
    assert PlainText.of("A\nB\n\nC").article().title == ""
    assert PlainText.of("A\n\n").article().title == ""


def test_a_copy_of_a_text_teaches_nothing() -> None:
    one, other = "\n".join((*STORY, *FOOTER)), "\n".join((STORY[0], *FOOTER))
    assert learned(one, one + "\n", one.replace("\n", "\r\n")).counted == 1
    assert learned(one, other).counted == 2


def test_a_link_to_another_story_is_known_by_its_label() -> None:
    texts = [f"{story}\nاقرأ أيضاً: {other[:40].strip()}\n{other}" for story, other in pairs(STORIES)]
    furniture = learned(*texts)
    assert [removed(text, furniture) for text in texts] == [[text.split("\n")[1]] for text in texts]


def test_headlines_below_a_removed_label_go_with_it() -> None:
    texts = [
        f"{story}\nمقالات ذات صلة\n{story[5:50]}\n{other[5:50]}\nانضم إلى 99 من قرّائنا"
        for story, other in pairs(STORIES)
    ]
    cleaned = [PlainText.of(text).cleaned(learned(*texts)) for text in texts]
    assert [one.text for one in cleaned] == [text.split("\n")[0] for text in texts]
    assert [block.why for block in cleaned[0].removed][1:3] == [LISTED_WHY] * 2


def test_a_paragraph_below_a_label_stays() -> None:
    texts = [f"{story}\nمقالات ذات صلة\n{other}" for story, other in pairs(STORIES)]
    furniture = learned(*texts)
    assert [removed(text, furniture) for text in texts] == [["مقالات ذات صلة"]] * len(texts)


@given(st.text(alphabet=st.sampled_from("ab -\n\r\t\u200f\u2028.ا")))
def test_cleaning_twice_is_cleaning_once_and_nothing_is_lost(text: str) -> None:
    once = PlainText.of(text).cleaned()
    assert PlainText.of(once.text).cleaned().text == once.text
    lines = [" ".join(line.split()) for line in PlainText.of(text).lines if line]
    left = [" ".join(line.split()) for line in once.text.split("\n") if line]
    assert sorted(lines) == sorted([*left, *(block.text for block in once.removed)])
