import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.article import Block
from harvester.clean.fold import LINK, block_keys, fold, plain_blocks, word_count


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("تـابـعـونـا على فيسبوك", "تابعونا على فيسبوك", id="tatweel"),
        pytest.param("إقرأ أيضًا", "اقرا ايضا", id="alef and tanween"),
        pytest.param("المكتبة العامّة في القرى", "المكتبه العامه في القري", id="ta marbuta, shadda, alef maqsura"),
        pytest.param("شوهد ٤٥٦ مرة", "شوهد 7 مرة", id="numbers of any script and length"),
        pytest.param("Read Also: Ｎｅｗｓ", "read also news", id="case, width, punctuation"),
        pytest.param("12:30 / 05.06.2024", "9:05 / 31.12.2023", id="dates and times"),
        pytest.param("-----", "- - - - - - -", id="separators of any length"),
    ],
)
def test_lines_that_say_the_same_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("هدى تكتب", "هند تكتب", id="letters"),
        pytest.param("हिन्दी की", "हिन्दी का", id="Hindi vowel signs are part of a word"),
        pytest.param("-----", "*****", id="different separators"),
    ],
)
def test_lines_that_differ_fold_apart(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Read_Also: 2,300 items (3rd)", "read_also 0 0 items 0rd"),
        ("\u201cDon\u2019t pay \u00a312,500\u2026\u201d", "don t pay 0 0"),
        ("Caf\u00e9 100 \u2022 2026", "caf\u00e9 0 0"),
        ("* * *", "*"),
        ("\u2026 \u201c\u201d", ".\u201c\u201d"),
    ],
    ids=["ascii", "typographic", "accent", "no words", "no words, typographic"],
)
def test_words_are_found_the_short_way_and_the_long_way(text, folded):
    assert fold(text) == folded


def test_a_line_of_nothing_but_tatweel_is_not_lost():
    assert fold("ـــــــ") == fold("ــــــــــــ") != ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("one two-three", 3),
        ("कार्यक्रम में", 2),
        ("東京都知事", 2.5),
        ("2024年の news", 1 + 1 + 1),  # 2024, two characters, news
        ("كتاب جديد!", 2),
    ],
)
def test_word_count_halves_characters_of_scripts_without_spaces(text, words):
    assert word_count(text) == words


def test_masked_text_makes_a_varying_link_line_recognisable():
    one = Block(text="Read also: Rain in Bern", masked=f"Read also: {LINK}", link_share=0.5)
    other = Block(text="Read also: Sun in Rome", masked=f"Read also: {LINK}", link_share=0.5)
    assert set(block_keys(one)) & set(block_keys(other))


def test_blocks_that_are_all_link_are_alike_only_at_one_place():
    def linked(text, path):
        return set(block_keys(Block(text=text, masked=LINK, link_share=1.0, path=path)))

    assert linked("Rain", "ul.more>li") & linked("Sun", "ul.more>li")
    assert not linked("Rain", "ul.more>li") & linked("Sun", "div.entry>p")


@given(st.text())
def test_folding_again_changes_nothing_in_words(text):
    once = fold(text)
    assert isinstance(once, str)
    assert "\n" not in once


def test_plain_blocks_squeeze_and_drop_empty_lines():
    assert [block.text for block in plain_blocks(["  a\tb ", "", " \u00a0 ", "cafe\u0301"])] == ["a b", "café"]
