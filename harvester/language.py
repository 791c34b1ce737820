"""The language of a text, and the direction in which it is written."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Any

from harvester.article import Direction
from harvester.stop_words import language_by_words, same_language

ENOUGH_LETTERS = 40
"""Below, a statistical guess is worth less than what the page declares."""

SAMPLE = 1200
"""Characters of a text that are looked at, half from its beginning and half from its middle. On 811
of 813 articles the answer is that of py3langid on 4000; on the other two a declared "nb" is kept for its "no"."""

SURE = 0.85
"""Of py3langid's normalised probability; below it a declared language of the same script is believed."""

ONE_LANGUAGE_SCRIPTS = {
    "GREEK": "el",
    "HEBREW": "he", "THAI": "th", "HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "GEORGIAN": "ka",
    "ARMENIAN": "hy", "KHMER": "km", "LAO": "lo", "MYANMAR": "my", "SINHALA": "si", "TAMIL": "ta", "TELUGU": "te",
    "KANNADA": "kn", "MALAYALAM": "ml", "GUJARATI": "gu", "GURMUKHI": "pa", "TIBETAN": "bo",
}  # fmt: skip
"""Scripts that news is written in in one language, by the first word of their characters' Unicode names."""

SCRIPT_LANGUAGES = {
    "ARABIC": frozenset("ar fa ur ps ckb ug sd ks pnb azb".split()),
    "CYRILLIC": frozenset("ru uk be bg mk sr kk ky mn tg tt ba cv os ab".split()),
    "CJK": frozenset("zh ja ko yue".split()),
    "DEVANAGARI": frozenset("hi mr ne sa mai bho".split()),
    "BENGALI": frozenset("bn as".split()),
    "ETHIOPIC": frozenset("am ti".split()),
    "LATIN": frozenset(),
    **{script: frozenset((language,)) for script, language in ONE_LANGUAGE_SCRIPTS.items()},
}
"""Languages by the script that news in them is written in, again by the first word of Unicode names."""

RIGHT_TO_LEFT = frozenset(["ar", "he", "fa", "ur", "yi", "ps", "sd", "ug", "dv", "ckb", "syr", "arc"])
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@].*)?")


def normalised_tag(tag: str) -> str | None:
    """A BCP 47 tag from what pages declare ("en_US", "AR-sy", "pt-br.utf8"); None for what is none."""
    found = _TAG.fullmatch(tag.strip())
    if not found or found[1].lower() in ("und", "zxx", "mul", "xx"):
        return None
    parts = [found[1].lower(), found[2].title() if found[2] else "", found[3].upper() if found[3] else ""]
    return "-".join(part for part in parts if part)


def language_of(text: str, hint: str | None = None) -> str | None:
    """BCP 47 tag of a text's language. `hint` is what the page or the source says; None where nothing is known.

    A declared language is believed for short texts, and where the text itself leaves doubt, but never against the
    script that the text is written in.
    """
    declared = normalised_tag(hint) if hint else None
    sample = _sample(text)
    scripts = _scripts(sample)
    letters = sum(scripts.values())
    if not letters:
        return declared
    own = _of_script(scripts, letters)
    if own is not None:
        return declared if declared and declared.split("-")[0] == own else own
    main = scripts.most_common(1)[0][0]
    if declared and not _may_be(declared, main):
        declared = None
    if letters < ENOUGH_LETTERS:
        return declared
    if main == "CJK":  # without kana, or it would be Japanese
        return declared or "zh"
    code = declared.split("-")[0] if declared else None
    if by_words := language_by_words(sample, code):
        return declared if code and same_language(code, by_words) else by_words
    guess, probability = _guess(sample)
    if declared and code and (same_language(code, guess) or (probability < SURE and letters < 10 * ENOUGH_LETTERS)):
        return declared
    return guess if guess != "zxx" and _may_be(guess, main) else declared


def _sample(text: str) -> str:
    if len(text) <= SAMPLE:
        return text
    middle = len(text) // 2
    return f"{text[: SAMPLE // 2]} {text[middle : middle + SAMPLE // 2]}"


def _of_script(scripts: Counter[str], letters: int) -> str | None:
    """The language of a text in a script that has only one."""
    for script, language in ONE_LANGUAGE_SCRIPTS.items():
        share = 0.1 if language == "ja" else 0.5
        if scripts[script] >= share * letters:
            return language
    return None


def _may_be(tag: str, script: str) -> bool:
    """Is the language written in this script? One that is not listed is taken for one in Latin letters."""
    language = tag.split("-")[0]
    written = next((name for name, languages in SCRIPT_LANGUAGES.items() if language in languages), "LATIN")
    return script == written or (language == "sr" and script in ("CYRILLIC", "LATIN")) or script not in SCRIPT_LANGUAGES


def direction_of(language: str | None, text: str) -> Direction:
    """Of a text: that of most of its letters, else of its language."""
    counts: Counter[bool] = Counter()
    for character, count in Counter(_sample(text)).items():
        kind = unicodedata.bidirectional(character)
        if kind in ("L", "R", "AL"):
            counts[kind != "L"] += count
    if counts:
        return "rtl" if counts[True] > counts[False] else "ltr"
    return "rtl" if language and language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def _scripts(text: str) -> Counter[str]:
    """Letters by the first word of their Unicode name, which is their script."""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if character.isalpha():
            counts["LATIN" if character.isascii() else unicodedata.name(character, "?").partition(" ")[0]] += count
    return counts


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _guess(text: str) -> tuple[str, float]:
    language, probability = _identifier().classify(text)
    return str(language), float(probability)
