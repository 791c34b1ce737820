import pytest

from harvester.article import Block
from harvester.clean.fold import LINK, plain_blocks
from harvester.clean.footer import (
    SEPARATOR_WHY,
    TAIL_WHY,
    Line,
    Shape,
    footer_by_rules,
    is_separator,
    says_furniture,
)

BODY = [
    "The council met on Tuesday to discuss the new bridge over the river.",
    "Members heard from four engineers, who asked for another year of work.",
    "A vote is expected in spring.",
]


def removed(lines):
    whys = footer_by_rules([Line(block) for block in plain_blocks(lines)])
    return [line for line, why in zip(lines, whys, strict=True) if why]


@pytest.mark.parametrize("text", ["-----", "* * *", "ـــــــــ", "_____", "•••", "=====", "———", "⁂⁂⁂"])
def test_separators(text):
    assert is_separator(text)


@pytest.mark.parametrize("text", ["-", "…", "--", "* a *", "5 - 3", "١ - ٢ - ٣"])
def test_not_separators(text):
    assert not is_separator(text)


@pytest.mark.parametrize(
    ("block", "shape"),
    [
        pytest.param(Block(text="Follow us on Mastodon"), Shape.EVIDENT, id="phrase"),
        pytest.param(Block(text="Facebook 12 Print Email"), Shape.EVIDENT, id="labels"),
        pytest.param(Block(text="desk@paper.example"), Shape.EVIDENT, id="mail"),
        pytest.param(Block(text="© 2024 The Paper"), Shape.EVIDENT, id="copyright"),
        pytest.param(Block(text="关注我们的微信公众号"), Shape.EVIDENT, id="Chinese phrase"),
        pytest.param(Block(text="हमें फॉलो करें"), Shape.EVIDENT, id="Hindi phrase"),
        pytest.param(Block(text="Rain in Bern", masked=LINK, link_share=1.0), Shape.EVIDENT, id="link"),
        pytest.param(Block(text="The market share grew"), Shape.OTHER, id="a word of a phrase is no phrase"),
        pytest.param(Block(text="1 2 3"), Shape.OTHER, id="numbers alone are no labels"),
        pytest.param(
            Block(text="Share your thoughts with the MSNBC Twitter and Facebook community, which has grown this year."),
            Shape.SENTENCE,
            id="a sentence that speaks of networks",
        ),
        pytest.param(
            Block(text="She wrote to us that she had read more books than ever, “and you should too.”"),
            Shape.SENTENCE,
            id="a full sentence with a phrase in it, ending in a quote",
        ),
        pytest.param(
            Block(text="東京都は新しい橋の建設計画について住民への説明会を開いた。"), Shape.SENTENCE, id="Japanese"
        ),
        pytest.param(Block(text="و" + " كلمة" * 40), Shape.SENTENCE, id="a paragraph without a full stop"),
        pytest.param(Block(text="By our correspondent"), Shape.OTHER, id="short"),
    ],
)
def test_shape(block, shape):
    assert Line(block).shape is shape


@pytest.mark.parametrize(
    "text", ["تابعونا على تلغرام", "Lire aussi : la suite", "Все права защищены", "Tüm hakları saklıdır."]
)
def test_phrases_are_found_folded(text):
    assert says_furniture(text)


@pytest.mark.parametrize("text", ["", "---", "A quiet day", "Underread alsop", "الوزير يتابع الملف"])
def test_other_lines_say_nothing(text):
    assert not says_furniture(text)


@pytest.mark.parametrize(
    ("footer", "gone"),
    [
        pytest.param(["-----", "Our desk", "Follow us: Mastodon"], 3, id="after a separator"),
        pytest.param(["Follow us: Mastodon", "© The Paper"], 2, id="evident tail"),
        pytest.param(
            ["* * *", "It was late when they left.", "Nobody spoke on the way home that night."], 0, id="scene"
        ),
        pytest.param(
            ["* * *", "Nobody spoke on the way home that night.", "desk@paper.example"], 1, id="scene, address"
        ),
        pytest.param(["-----", "word " * 31, "Follow us: Mastodon"], 1, id="a long line after the separator"),
        pytest.param(["Anna Roe"], 0, id="an unknown short line"),
        pytest.param(["-----"], 1, id="a separator with nothing after it"),
    ],
)
def test_rules(footer, gone):
    lines = [line.strip() for line in BODY + footer]
    assert removed(lines) == lines[len(lines) - gone :]


def test_a_separator_near_the_top_starts_no_footer():
    lines = ["A", "-----", "Follow us: Mastodon", "C", "D"]
    assert removed(lines) == []


def test_the_tail_rule_takes_no_more_than_eight_lines():
    lines = BODY + [f"Read also: story {letter}" for letter in "abcdefghij"]
    assert removed(lines) == lines[-8:]


def test_each_line_says_which_rule_took_it():
    lines = [Line(block) for block in plain_blocks([*BODY, "Follow us", "-----", "Share on Mastodon"])]
    assert footer_by_rules(lines) == [None, None, None, TAIL_WHY, SEPARATOR_WHY, SEPARATOR_WHY]
