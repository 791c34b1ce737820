import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup.word_diff import Op, word_diff

MARKS = {Op.KEEP: "{}", Op.REMOVE: "[-{}-]", Op.ADD: "{{+{}+}}"}
TEXTS = st.text() | st.text(alphabet="abc 1٢أىـ\u064e\u00ad東。-”.\n\ud800", max_size=60)


def marked(old, new):
    """One line a paragraph."""
    return [
        "".join(MARKS[run.op].format(run.text) for run in paragraph.runs).replace("\n", "¶")
        for paragraph in word_diff(old, new)
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("It is open.", "It is not open.", ["It is {+not +}open."], id="not"),
        pytest.param("اتفقوا أمس", "لم يتفقوا أمس", ["[-اتفقوا -]{+لم يتفقوا +}أمس"], id="Arabic"),
        pytest.param("قُتل ١٤ شخصا", "قتل ١٥ شخصا", ["قتل [-١٤ -]{+١٥ +}شخصا"], id="Arabic-Indic digits"),
        pytest.param("او می‌رود", "او نمی‌رود", ["او [-می‌-]{+نمی‌+}رود"], id="Persian"),
        pytest.param("הוא הסכים.", "הוא לא הסכים.", ["הוא {+לא +}הסכים."], id="Hebrew"),
        pytest.param("他同意了。", "他不同意了。", ["他{+不+}同意了。"], id="Chinese"),
        pytest.param("a b", "a b c", ["a b {+c+}"], id="appended to the last line"),
        pytest.param("a b.", "a b.\nc d.", ["a b.¶", "{+c d.+}"], id="paragraph appended"),
        pytest.param("a b.\nc d.\ne", "a b.\ne", ["a b.¶", "[-c d.¶-]", "e"], id="paragraph removed"),
        pytest.param("a b.\nc d.", "a x.\nc d.", ["a [-b.¶-]{+x.¶+}", "c d."], id="the last word of a paragraph"),
        pytest.param(
            "The a b.\nThe c.",
            "The a b.\nThe d.\nThe c.",
            ["The a b.¶", "{+The d.¶+}", "The c."],
            id="alike beginnings",
        ),
        pytest.param(
            "Yes. The a. The c", "Yes. The a. The b. The c", ["Yes. The a. {+The b. +}The c"], id="a sentence"
        ),
        pytest.param("", "a b", ["{+a b+}"], id="from nothing"),
        pytest.param("a\nb", "", ["[-a¶-]", "[-b-]"], id="to nothing"),
    ],
)
def test_word_diff(old, new, expected):
    assert marked(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("“Yes”, he  SAID", "'yes' he said.", id="quotes, spacing, case"),
        pytest.param("قالَ أحمـد: «نعم»", 'قال احمد "نعم"', id="Arabic marks, letters, quotes"),
        pytest.param("First.\nSecond.", "First. Second.", id="paragraphs joined"),
        pytest.param("co\u00adoperate — now", "cooperate now", id="soft hyphen and dash"),
        pytest.param("第１章「序」", "第1章『序』", id="full-width digits"),
    ],
)
def test_spelling_is_no_difference_and_the_new_one_is_shown(old, new):
    paragraphs = word_diff(old, new)
    assert not any(paragraph.changed for paragraph in paragraphs)
    assert "".join(run.text for paragraph in paragraphs for run in paragraph.runs) == new


def test_a_rewritten_sentence_is_not_cut_up_by_small_words():
    old = "They signed the treaty of friendship in the old palace yesterday."
    new = "He opened the museum for visitors in the afternoon instead."
    assert marked(old, new) == [f"[-{old}-]{{+{new}+}}"]


def test_two_changed_numbers_are_two_changes():
    assert marked("5 dead and 7 hurt", "6 dead and 8 hurt") == ["[-5 -]{+6 +}dead and [-7 -]{+8 +}hurt"]


@given(TEXTS, TEXTS)
def test_kept_and_removed_are_the_old_text_kept_and_added_the_new_one(old, new):
    runs = [run for paragraph in word_diff(old, new) for run in paragraph.runs]
    assert "".join(run.old for run in runs) == old
    assert "".join(run.new for run in runs) == new
    for run in runs:
        assert (bool(run.old), bool(run.new)) == (run.op is not Op.ADD, run.op is not Op.REMOVE)


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert not any(paragraph.changed for paragraph in word_diff(text, text))


def long_text(seed, words):
    rng = random.Random(seed)
    chosen = [f"w{int(rng.paretovariate(0.6))}"[:9] for _ in range(words)]
    return "\n".join(" ".join(chosen[at : at + 60]) for at in range(0, words, 60))


LONG = long_text(1, 600_000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(LONG, LONG.replace("7 ", "8 "), id="many numbers changed"),
        pytest.param(LONG, long_text(2, 600_000), id="another text"),
        pytest.param(LONG, "", id="emptied"),
        pytest.param("word " * 1_000_000, "word " * 500_000 + "x " + "word " * 400_000, id="one word a million times"),
        pytest.param("a" * 1_000_000, "a" * 1_000_001, id="one word of a megabyte"),
        pytest.param("東京" * 150_000, "京東" * 150_000 + "新", id="a paragraph without spaces"),
    ],
)
@pytest.mark.timeout(100)
def test_hostile_texts_end(old, new):
    began = time.process_time()
    runs = [run for paragraph in word_diff(old, new) for run in paragraph.runs]
    assert "".join(run.old for run in runs) == old
    assert "".join(run.new for run in runs) == new
    assert time.process_time() - began < 40  # 2 to 6 s here
