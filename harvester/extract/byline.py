"""Authors as names: without "By", without agency, job, address or the site's own name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import unescape

from harvester.extract.text import clean_text
from harvester.extract.walk import Piece

LEADS = (
    "written by|reported by|posted by|reviewed by|story by|guide by|words by|by|von|par|por|door|av|af|autor/in|autorin"
    "|autoren|autor|authors|author|auteurs|auteur|autore|autori|text|texte|testo|texto|tekst|di|de|da|od|от|автор"
    "|автори|авторы|yazan|yazar|haber|kirjoittanut|oleh|bởi|napsal|napsala|autorka|szerző|írta|συντάκτης|γράφει"
    "|كتبت|كتب|كتبه|كتابة|بقلم|إعداد|اعداد|تقرير|الكاتب|الكاتبة|تحرير|نوشته|نویسنده|توسط|تحریر|מאת|כתב|ผู้เขียน"
    "|लेखक|द्वारा|作者|文|記者|记者|撰文|责编|責編|取材|기자"
)
"""Words before an author's name, in the languages that news is written in."""

ANDS = "and|und|et|og|och|ja|y|e|i|en|und|ve|и|і|та|và|dan|και|és|și|a|и"
"""Words between two authors' names; only where at least two words stand on both sides, for "Linny and Peter"."""

AGENCIES = frozenset(
    (
        "afp|ap|dpa|apa|sda|keystone sda|reuters|associated press|the associated press|agence france presse|efe|ansa"
        "|lusa|belga|anp|ntb|tt|ritzau|stt|pap|ctk|čtk|tass|ria|ria novosti|interfax|xinhua|kyodo|yonhap|pti|ians|ani"
        "|bloomberg|upi|aa|anadolu ajansı|anadolu agency|iha|dha|sid|epd|kna|dts|sana|wam|spa|qna|kuna|petra|mena|irna"
        "|سانا|وام|رويترز|أ ف ب|فرانس برس|د ب أ|الأناضول|وكالات"
    ).split("|")
)
"""News agencies, folded. They are left out beside a person, and kept where nobody else is named."""

JOB = re.compile(
    r"\b(?:editors?|reporters?|correspondents?|journalists?|writers?|columnists?|contributors?|directors?|founders?"
    r"|co-?founder|ceo|cto|cmo|manager|specialist|expert|dietitian|professor|analyst|consultant|strategist|reviewer"
    r"|photographer|producer|president|officer|lead|head of|staff|team|desk|guest|educator|engineer|scientist"
    r"|researcher|coach|trainer|teacher|attorney|physician|redakteur(?:in)?|redaktion|korrespondent(?:in)?|reporterin"
    r"|journaliste|rédact\w*|correspondant\w*|redactor\w*|periodista|corresponsal|giornalista|redazione|ph\.?\s?d|m\.?d"
    r"|mba|cfp|cpa|rn|rd|smt|m\.?sc?|b\.?sc?)\b|مراسل|محرر|صحفي|كاتب",
    re.IGNORECASE,
)
"""A job or a title where a name would stand."""

NOT_A_NAME = re.compile(
    r"https?:|www\.|@|\d{2,}|\.(?:com|org|net)\b|[{}<>\[\]=?!…]|\w\.\w+\.\w|"
    r"\b(?:image|photo|foto|bild|credit|getty|istock|min read|minutes?|comments?|updated|published|edited)\b|"
    r"^(?:admin(?:istrator)?|editor|editorial|staff|unknown|none|null|author|user|anonymous|guest|default|share|follow"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?)$",
    re.IGNORECASE,
)
MOST_WORDS = 6
"""Of a person's name; longer texts are sentences, or a name with a job."""

LONGEST = 80
LONGEST_TEXT = 400
MOST_AUTHORS = 12

LONGEST_LINE = 100
"""Characters of a line near the headline that names the author."""

_LEAD = re.compile(rf"^(?:{LEADS})(?:\s*[:：/]\s*|\s+|$)", re.IGNORECASE)
_CJK_LEAD = re.compile(r"^(?:作者|文|記者|记者|撰文|责编|責編|取材)\s*[:：/・]?\s*")
_BREAKS = re.compile(r"\s*(?:[;|•؛]|\s/\s|\s·\s)\s*")
_COMMAS = re.compile(r"\s*[,،、，]\s*|\s+[-–—]\s+")
_LEADING_AND = re.compile(rf"^(?:{ANDS}|&)\s+")
_AND_WORDS = re.compile(rf"(?<=\w)\s+(?:{ANDS}|&)\s+(?=\w)")
_ABBREVIATION = re.compile(r"\s*\([^()]{1,6}\)\s*$")
_ADDRESS = re.compile(r"https?://|www\.|^\S+@\S+$")
_TRAILING = re.compile(r"(?<=\w)\s+(?:in|on|at|for|from|für|aus|pour|on behalf of|former|formerly)\s.*$")
_AUTHOR_PATH = re.compile(r"author|byline|autor|auteur|writer|verfasser", re.IGNORECASE)
_CASED = re.compile(r"[A-Za-zÀ-ɏͰ-ϿЀ-ӿ]")
_PARTICLES = frozenset(
    "de da do dos das del della di van von der den ten ter zu zum la le el al bin ibn bint ben af av du e y i".split()
)


def author_names(given: Iterable[str], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Names in order, each once. A text may hold several, or a job after a comma.

    `besides` are names of the site: where any are given, neither they nor agencies are authors.
    """
    organisations = AGENCIES | {_plain(one) for one in besides}
    names: dict[str, str] = {}
    for text in given:
        for name in _names(text):
            names.setdefault(_plain(name), name)
    people = [name for plain, name in names.items() if plain not in organisations]
    return tuple(people or (() if besides else names.values()))[:MOST_AUTHORS]


def marked_names(texts: Iterable[str], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """The names in the first of some texts from the page that has any; these must look like names of people."""
    for text in texts:
        led = _LEAD.match(text.lstrip(" |")) is not None
        people = tuple(name for name in author_names([text], besides=besides) if _is_person(name, led=led))
        if people:
            return people
    return ()


def byline_names(lines: Iterable[Piece], *, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """The names in lines that begin as bylines do ("Von Anna Weber, Kiel"), or whose element's names say so."""
    texts = (one.text for one in lines if len(one.text) <= LONGEST_LINE and _is_byline(one))
    return marked_names(texts, besides=besides)


def _is_byline(line: Piece) -> bool:
    if _LEAD.match(line.text) or _CJK_LEAD.match(line.text):
        return True
    return _AUTHOR_PATH.search(" ".join((*line.place.path.rsplit(">", 3)[-3:], line.inline))) is not None


def _names(text: str) -> Iterator[str]:
    if _ADDRESS.search(text[:LONGEST_TEXT]):
        return
    text = clean_text(unescape(text[:LONGEST_TEXT]))
    for piece in _BREAKS.split(_without_lead(text)):
        for part in _parts(_without_lead(piece)):
            name = _ABBREVIATION.sub("", _TRAILING.sub("", _without_lead(part))).strip(" .,:;-–—|/•·")
            if _may_be_name(name):
                yield name


def _without_lead(text: str) -> str:
    text = _CJK_LEAD.sub("", text)
    while (shorter := _LEAD.sub("", text)) != text:
        text = shorter
    return text.strip()


def _parts(text: str) -> list[str]:
    """A text between bars, taken apart at commas and "and". What follows a comma and is no full name is a job."""
    parts = [one for some in _COMMAS.split(text) for one in _at_and(some)]
    if len(parts) == 2 and _is_reversed(parts[0], parts[1]):
        return [f"{parts[1]} {parts[0]}"]
    return [parts[0], *(one for one in parts[1:] if _is_person(one))] if parts else []


def _at_and(text: str) -> list[str]:
    text = _LEADING_AND.sub("", text)
    sides = _AND_WORDS.split(text)
    return sides if all(len(one.split()) >= 2 for one in sides) else [text]


def _is_reversed(last: str, first: str) -> bool:
    """Is it "Doe, Jane A."?"""
    words = first.split()
    return (
        len(last.split()) == 1
        and 1 <= len(words) <= 2
        and last[:1].isupper()
        and not last.isupper()
        and all(word[0].isupper() and (not word.isupper() or word.endswith(".")) for word in words)
        and not JOB.search(first)
    )


def _may_be_name(name: str) -> bool:
    return bool(name) and len(name) <= LONGEST and len(name.split()) <= MOST_WORDS and not NOT_A_NAME.search(name)


def _is_person(name: str, *, led: bool = False) -> bool:
    """Has it the form of a person's name: two words or more, in capitals where the script has them, and no job? After
    "by" one word may do."""
    words = name.split()
    if JOB.search(name) or (len(words) < 2 and not led and _CASED.search(name)):
        return False
    return all(word[0].isupper() or not word[0].islower() or word.casefold() in _PARTICLES for word in words)


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    """Folded, without what tells "Le Monde" from "lemonde.fr"."""
    return " ".join(re.findall(r"\w+", name.casefold()))
