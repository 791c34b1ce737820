"""Authors as names: without "By", without agency, job or address."""

import re
from collections.abc import Iterable

from harvester.extract.blocks import clean_text

LEAD = re.compile(
    r"^(?:written\s+by|reported\s+by|by|von|par|por|de|da|di|door|av|af|od|от|автор|yazan|haber|كتبت?|كتابة|بقلم|إعداد|"
    r"تقرير|الكاتب|نوشته|توسط|作者|文|記者|撰文|text|texte|autor(?:in)?|author|auteur|autore)\s*[:：/]?\s+",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"\s*(?:[,;/|·•،؛、&]|\band\b|\bund\b|\bet\b)\s*", re.IGNORECASE)
NOT_A_NAME = re.compile(
    r"https?:|www\.|@|\d{2,}|\.(?:com|org|net)\b|^(?:admin|editor|redaktion|staff|unknown|none|null)$", re.I
)
ADDRESS = re.compile(r"https?://|www\.|^\S+@\S+$")
"""A text with one is no name, nor are its parts."""

MOST_WORDS = 6
"""Of a person's name; longer texts are sentences, or a name with a job."""

LONGEST = 80
MOST_AUTHORS = 12


def author_names(given: Iterable[str]) -> tuple[str, ...]:
    """Names in order, each once. A text may hold several, or a job after a comma."""
    names: dict[str, str] = {}
    for text in given:
        if ADDRESS.search(text):
            continue
        for name in _names(clean_text(text)):
            names.setdefault(name.casefold(), name)
    return tuple(names.values())[:MOST_AUTHORS]


def _names(text: str) -> Iterable[str]:
    text = LEAD.sub("", text).strip()
    for part in BETWEEN.split(text):
        name = LEAD.sub("", part).strip(" .-–—|")
        if name and len(name) <= LONGEST and len(name.split()) <= MOST_WORDS and not NOT_A_NAME.search(name):
            yield name
