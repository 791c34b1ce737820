import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.dedup import Change, change
from harvester.dedup.revision import Part, about_hash, day_of, differs_about, revision_of

BODY = "The council met on Tuesday and heard 4 engineers. A vote is expected in spring, said Anna Roe."
LONG = " ".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26 % 26)}" for at in range(600))


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        pytest.param("The bridge", BODY, Change.SAME, id="nothing"),
        pytest.param("THE BRIDGE", BODY.replace(". ", ".\n").upper(), Change.SAME, id="case and paragraphs"),
        pytest.param("The bridge", BODY.replace("4", "٤"), Change.SAME, id="digits of another script"),
        pytest.param("The bridge", BODY.replace("Tuesday", "Tusday"), Change.MINOR, id="typo"),
        pytest.param("The bridge", BODY.replace("is expected", "is not expected"), Change.MINOR, id="not"),
        pytest.param("The bridges", BODY.replace("Anna Roe", "Ann Row"), Change.MINOR, id="title and body"),
        pytest.param("The bridge", BODY.replace("4", "5"), Change.REVISED, id="number"),
        pytest.param("Bridge of 2", BODY, Change.REVISED, id="number in the title"),
        pytest.param("The bridge", BODY + " It will be the last one.", Change.REVISED, id="six more words"),
        pytest.param("One two three", BODY.replace("Anna Roe", "Ann Row"), Change.REVISED, id="five words in all"),
        pytest.param("The bridge", LONG, Change.REVISED, id="another text"),
    ],
)
def test_change(title, body, expected):
    assert change("The bridge", BODY, title, body) is expected
    if len(body.split()) < len(BODY.split()) * 4 / 3:  # from a longer one it may be shortened
        assert change(title, body, "The bridge", BODY) is expected


def test_arabic_spelling_is_no_revision():
    assert change("إلى القاهرة", "قالَ أحمـد", "الي القاهره", "قال احمد") is Change.SAME


def test_changes_far_apart_in_a_long_text_add_up():
    words = LONG.split()
    words[5], words[300], words[590] = "x", "y", "z"
    assert change("", LONG, "", " ".join(words)) is Change.MINOR
    words[100], words[200] = "x", "y"
    assert change("", LONG, "", " ".join(words)) is Change.REVISED


@given(st.integers())
def test_a_change_that_neither_shortens_nor_withdraws_is_the_same_both_ways(seed):
    rng = random.Random(seed)
    old, new = (" ".join(rng.choices("abcd1", k=rng.randrange(8))) for _ in range(2))
    there, back = change("", old, "", new), change("", new, "", old)
    assert there is back or {there, back} & {Change.SHORTENED, Change.WITHDRAWN}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("He said “no”.", "He said  ‘No’", id="quotes, spacing, case"),
        pytest.param("قالَ: «لا»", 'قال : "لا"', id="Arabic marks and quotes"),
        pytest.param("می‌روند کتاب", "مي‌روند كتاب", id="Persian letters"),
        pytest.param("בַּיִת", "בַּיִת.", id="Hebrew"),
        pytest.param("他说「好」。", "他 说『好』！", id="Chinese punctuation"),
        pytest.param("First. Second.", "First.\nSecond.", id="paragraphs"),
    ],
)
def test_spelling_is_no_revision(old, new):
    assert change("", old, "", new) is Change.SAME


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("إصابة ١٤ شخصا", "إصابة ١٥ شخصا", Change.REVISED, id="Arabic-Indic digit"),
        pytest.param("وقع الاتفاق", "لم يوقع الاتفاق", Change.MINOR, id="Arabic negation"),
        pytest.param("他同意了", "他不同意了", Change.MINOR, id="Chinese negation"),
        pytest.param("הוא הסכים", "הוא לא הסכים", Change.MINOR, id="Hebrew negation"),
    ],
)
def test_one_word_or_number_is_a_revision(old, new, expected):
    assert change("", old, "", new) is expected


PARAGRAPHS = [
    " ".join(f"p{chr(97 + at)}{chr(97 + word % 26)}{chr(97 + word // 26)}" for word in range(50)) for at in range(10)
]
WHOLE = "\n".join(PARAGRAPHS)
OTHER = WHOLE.replace("p", "q")


@pytest.mark.parametrize(
    "notice",
    [
        pytest.param("", id="nothing"),
        pytest.param("This article has been removed.", id="English"),
        pytest.param("تم حذف هذا المقال بناء على طلب المصدر، ونعتذر من القراء الكرام.", id="Arabic"),
        pytest.param("این مطلب حذف شده است", id="Persian"),
        pytest.param("הכתבה הוסרה", id="Hebrew"),
        pytest.param("由於版權原因，本文已被移除。如有疑問請聯繫我們。", id="Chinese"),
        pytest.param(PARAGRAPHS[0][:14], id="three words of its own"),
        pytest.param(OTHER[:400], id="80 words of another kind"),
    ],
)
def test_a_notice_in_the_place_of_an_article_is_a_withdrawal_in_any_language(notice):
    assert change("Title", WHOLE, "Title", notice) is Change.WITHDRAWN


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("\n".join(PARAGRAPHS[:7]), Change.SHORTENED, id="the end cut off"),
        pytest.param("\n".join(PARAGRAPHS[::2]), Change.SHORTENED, id="each other paragraph cut out"),
        pytest.param(PARAGRAPHS[0], Change.SHORTENED, id="only its first paragraph is left"),
        pytest.param(
            "\n".join(PARAGRAPHS[:5]) + "\nWe took out a part that was wrong.", Change.SHORTENED, id="with a note"
        ),
        pytest.param("\n".join(PARAGRAPHS[:8]), Change.REVISED, id="a fifth cut off"),
        pytest.param("\n".join(PARAGRAPHS[:4]) + OTHER[:1000], Change.REVISED, id="half of the rest is new"),
        pytest.param(OTHER, Change.REVISED, id="another long text"),
        pytest.param(OTHER[:1500], Change.REVISED, id="another text, half as long"),
    ],
)
def test_shortened_and_revised(body, expected):
    assert change("Title", WHOLE, "Title", body) is expected


def test_a_shuffled_text_is_not_a_shortened_one():
    words = WHOLE.split()[:300]
    random.Random(1).shuffle(words)
    assert change("", WHOLE, "", " ".join(words)) is Change.REVISED


# Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    title: str = "The bridge"
    text: str = BODY
    authors: tuple[str, ...] = ("Rana Khoury",)
    published_at: str | None = "2026-11-23T08:30:00+02:00"


@pytest.mark.parametrize(
    ("new", "change", "parts"),
    [
        pytest.param(State(), "same", (), id="nothing"),
        pytest.param(State(title="The BRIDGE!"), "same", (), id="spelling"),
        pytest.param(State(title="A bridge"), "minor", (Part.TITLE,), id="title"),
        pytest.param(State(text=BODY.replace("4", "5")), "revised", (Part.BODY,), id="body"),
        pytest.param(State(authors=("Omar Said",)), "minor", (Part.AUTHOR,), id="author"),
        pytest.param(State(authors=("Rana Khoury", "Omar Said")), "minor", (Part.AUTHOR,), id="another author"),
        pytest.param(State(authors=("KHOURY, Rana",)), "same", (), id="spelling of an author"),
        pytest.param(State(authors=()), "same", (), id="unknown author"),
        pytest.param(State(authors=("—",)), "same", (), id="no name"),
        pytest.param(State(published_at="2026-11-25"), "minor", (Part.DATE,), id="two days later"),
        pytest.param(State(published_at="2026-11-21"), "minor", (Part.DATE,), id="two days earlier"),
        pytest.param(State(published_at="2026-11-24T23:59:00+00:00"), "same", (), id="the next day"),
        pytest.param(State(published_at=None), "same", (), id="unknown date"),
        pytest.param(
            State(title="A bridge", text="", authors=("Omar Said",), published_at="2026-12-24"),
            "withdrawn",
            (Part.TITLE, Part.BODY, Part.DATE, Part.AUTHOR),
            id="everything",
        ),
    ],
)
def test_revision_of(new, change, parts):
    revision = revision_of(State(), new)
    assert (revision.change, revision.parts) == (change, parts)
    assert str(revision) == (f"{change}: {', '.join(parts)}" if parts else change)


def test_about_hash_fits_a_signed_integer_of_64_bits_and_does_not_mind_the_order():
    one = about_hash(["Rana Khoury", "Omar Said"])
    assert one == about_hash(["omar said", "RANA KHOURY", "Rana Khoury"])
    assert 0 < one < 1 << 63
    assert about_hash(["قالَ أحمد"]) == about_hash(["قال احمد"])
    assert about_hash([]) == about_hash(["", "…"]) == 0


@pytest.mark.parametrize(
    ("moment", "day"),
    [(None, None), ("1970-01-01", 0), ("1970-01-02T23:00:00+05:00", 1), ("1969-12-31", -1), ("2026-11-23", 20780)],
)
def test_day_of(moment, day):
    assert day_of(moment) == day


@given(st.integers(0, 3), st.none() | st.integers(0, 4), st.integers(0, 3), st.none() | st.integers(0, 4))
def test_what_differs_about_an_article_differs_both_ways(one_author, one_day, other_author, other_day):
    there = differs_about(one_author, one_day, other_author, other_day)
    assert there == differs_about(other_author, other_day, one_author, one_day)
    assert differs_about(one_author, one_day, one_author, one_day) == ()


def test_texts_of_5_megabytes_are_compared_in_bounded_time():
    words = [f"w{number * number % 9973}" for number in range(800_000)]
    text = " ".join(words)
    assert change("", text, "", " ".join(words[:500_000])) is Change.SHORTENED
    assert change("", "word " * 1_000_000, "", "word other " * 300_000) is Change.REVISED
