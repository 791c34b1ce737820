"""What language a text is in, when to believe what the page says, and which way the text runs."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.language import direction_of, language_of, normalised_tag
from harvester.stop_words import language_by_words, same_language

ENGLISH = "The harbour council decided on Monday to repair the old quay after a long meeting with residents."
ARABIC = "قرر مجلس الميناء يوم الاثنين إصلاح الرصيف القديم بعد اجتماع طويل مع السكان."
PERSIAN = "شورای بندر روز دوشنبه تصمیم گرفت اسکله قدیمی را پس از نشستی طولانی تعمیر کند و گفت که پول آن پیدا شده است."


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en_US", "en-US"),
        ("AR-sy", "ar-SY"),
        ("pt-br.utf8", "pt-BR"),
        ("zh_Hans_CN", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("", None),
        ("und", None),
        ("english", None),
        ("12", None),
    ],
)
def test_normalised_tag(tag: str, expected: str | None) -> None:
    assert normalised_tag(tag) == expected


@pytest.mark.parametrize(
    ("text", "hint", "expected"),
    [
        (ENGLISH, None, "en"),
        (ARABIC, None, "ar"),
        (PERSIAN, None, "fa"),
        pytest.param(ENGLISH, "en_US", "en-US", id="the hint adds a region"),
        pytest.param(ENGLISH, "ar", "en", id="a template's language is not the text's"),
        pytest.param(ARABIC, "en-US", "ar", id="an English template around Arabic"),
        pytest.param(ENGLISH, "garbage!!", "en", id="no tag"),
        pytest.param("Kurz", "de", "de", id="short: the hint"),
        pytest.param("", "fr", "fr", id="no text: the hint"),
        pytest.param("1234", None, None, id="no letters"),
        pytest.param("0A", None, None, id="a letter among digits"),
        pytest.param("Short", None, None, id="short, no hint"),
        pytest.param("مرحبا", "en", None, id="short, hint of another script"),
    ],
)
def test_language_of(text: str, hint: str | None, expected: str | None) -> None:
    assert language_of(text, hint) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Καλημέρα κόσμε", "el"),
        ("שלום עולם", "he"),
        ("สวัสดี", "th"),
        ("안녕하세요", "ko"),
        ("東京の天気は晴れ", "ja"),
        ("გამარჯობა", "ka"),
        ("Բարեւ", "hy"),
    ],
)
def test_scripts_of_one_language(text: str, expected: str) -> None:
    assert language_of(text) == language_of(text, hint="en") == expected


GERMAN = (
    "Der Hafenrat hat am Montag beschlossen, dass die alte Mole nach einer langen Sitzung mit den Anwohnern"
    " ausgebessert wird. Die Arbeiten beginnen im Frühjahr und dauern acht Monate, sagte die Vorsitzende, und die"
    " Boote bleiben."
)


def test_frequent_words_tell_the_language_without_the_model() -> None:
    assert language_by_words(GERMAN) == "de"
    assert language_by_words("Der Rat") is None


def test_codes_of_one_language() -> None:
    assert same_language("no", "nb")
    assert not same_language("de", "nl")


def test_a_declared_language_that_the_words_confirm_needs_no_model() -> None:
    code = (
        "import sys; from harvester.language import language_of;"
        f"assert language_of({GERMAN!r}, 'de-AT') == 'de-AT'; assert 'py3langid' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ar", ARABIC, "rtl"),
        ("en", ENGLISH, "ltr"),
        pytest.param("en", ARABIC, "rtl", id="the text outweighs its language"),
        pytest.param("ar", ENGLISH, "ltr", id="the text outweighs its language, too"),
        pytest.param("ar", f"{ARABIC} (BBC)", "rtl", id="a Latin name inside"),
        pytest.param("ar", "2026", "rtl", id="digits have no direction"),
        ("he-IL", "", "rtl"),
        ("en", "", "ltr"),
        (None, "", "ltr"),
    ],
)
def test_direction(language: str | None, text: str, expected: str) -> None:
    assert direction_of(language, text) == expected


@given(text=st.text(max_size=200), hint=st.none() | st.text(max_size=8))
def test_whatever_comes_out_is_a_tag(text: str, hint: str | None) -> None:
    found = language_of(text, hint)
    assert found is None or normalised_tag(found) == found
