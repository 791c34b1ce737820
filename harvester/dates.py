"""Moments that pages write down, as ISO 8601 with offset, or the date alone where no time is known."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

EARLIEST = date(1990, 1, 1)
"""The web is no older."""

FUTURE = timedelta(days=1)
"""Beyond now, for clocks and time zones; a later date is that of an event, or wrong."""

BUDDHIST_ERA = 543
"""Years by which Thai dates are ahead."""

LOCALES = (
    "ar ar_LB ar_SY ar_IQ ar_MA ar_DZ ar_TN ar_MR fa fa_AF ckb ur ps he tr az de de_AT fr es it pt nl sv da nb fi"
    " is pl cs sk sl hr bs sr sr_Latn bg mk ru uk be el ro hu et lv lt id ms vi th hi bn ta ca gl eu ga cy sq ka hy"
    " kk en"
).split()
"""Whose month names are known (CLDR)."""

LEVANTINE = (
    "كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول",
    "جانفي,فيفري,مارس,أفريل,ماي,جوان,جويلية,أوت,سبتمبر,أكتوبر,نوفمبر,ديسمبر",
    "يناير,فبراير,مارس,أبريل,ماي,يونيو,يوليوز,غشت,شتنبر,أكتوبر,نونبر,دجنبر",
    "يناير,فبراير,مارس,إبريل,مايو,يونية,يولية,أغسطس,سبتمبر,اكتوبر,نوفمبر,ديسمبر",
)
"""Arabic month names of the Levant, the Maghreb and older Egyptian spelling, beside CLDR's."""

_FOLD = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ی": "ي", "ک": "ك", "ـ": ""})
_MARKS = re.compile("[\u064b-\u0652\u0670.’'`]")
_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?:[T\s]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d))?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?(?!\d)")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d\d?)\s*[月월]\s*(\d\d?)\s*[日일]?")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)[./](\d{1,2})[./](\d{1,2})(?!\d)")
_IN_URL = re.compile(r"/((?:19|20)\d\d)[/-](\d\d?)[/-](\d\d?)(?:[/_-]|$)|/((?:19|20)\d\d)(\d\d)(\d\d)(?:[/_-]|$)")
_WORD_DATE = re.compile(
    r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|er|º|ª|\.|-го|-е)?\s*(?:de\s+|d'|،|,)?\s*([^\W\d_][^\s\d/.,،()]*(?:\s+[^\W\d_][^\s\d/.,،()]*)?)(?:\s*/\s*[^\W\d_]+)?"
    r"(?:\s+de)?(?:\s+del)?\s*[.,،]?\s*(\d{4})(?!\d)"
)
_MONTH_FIRST = re.compile(
    r"([^\W\d_][^\s\d/.,،()]*(?:\s+[^\W\d_][^\s\d/.,،()]*)?)\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*[,،]?\s+(\d{4})(?!\d)"
)


def parse_moment(text: str, *, now: datetime, language: str | None = None) -> str | None:
    """The first date in a text, with its time where time and offset are known; None where there is none.

    `now` (aware) bounds it: never more than a day ahead. `language` decides between 11/12/2026's two readings.
    """
    text = _ascii_digits(text.strip())[:300]
    for found in (_iso(text), _rfc2822(text), _compact(text), _in_words(text, language), _numbers(text, language)):
        if found is not None:
            return _bounded(found, now)
    return None


def day_in_url(url: str) -> str | None:
    """The day that an address names, as /2026/11/23/ or /2026-11-23-… or /20261123/."""
    found = _IN_URL.search(url)
    if not found:
        return None
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
    made = _day(int(year), int(month), int(day))
    return made.isoformat() if made else None


def _bounded(found: datetime | date, now: datetime) -> str | None:
    limit = now + FUTURE
    if isinstance(found, datetime):
        if found.tzinfo is None:
            return _bounded(found.date(), now)
        return found.isoformat(timespec="seconds") if found.date() >= EARLIEST and found <= limit else None
    return found.isoformat() if EARLIEST <= found <= limit.astimezone(UTC).date() else None


def _ascii_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() and not one.isascii() else one
        for one in text.replace("\u200f", "").replace("\u200e", "")
    )


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year - BUDDHIST_ERA if year > 2400 else year, month, day)
    except ValueError:
        return None


def _iso(text: str) -> datetime | date | None:
    found = _ISO.search(text)
    return _timed(found) if found else None


def _compact(text: str) -> datetime | date | None:
    found = _COMPACT.search(text)
    return _timed(found) if found else None


def _timed(found: re.Match[str]) -> datetime | date | None:
    year, month, day, hour, minute, second, offset = found.groups()
    made = _day(int(year), int(month), int(day))
    if made is None or hour is None or offset is None:
        return made
    zone = "+00:00" if offset.upper() in ("Z", "UTC", "GMT") else offset
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:] or '00'}"
    try:
        return datetime.fromisoformat(f"{made.isoformat()}T{int(hour):02}:{minute}:{second or '00'}{zone}")
    except ValueError:
        return made


def _rfc2822(text: str) -> datetime | date | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _in_words(text: str, language: str | None) -> date | None:
    cjk = _CJK.search(text)
    if cjk:
        return _day(int(cjk[1]), int(cjk[2]), int(cjk[3]))
    folded = _folded(text)
    for found in _WORD_DATE.finditer(folded):
        if month := _month(found[2], language):
            return _day(int(found[3]), month, int(found[1]))
    for found in _MONTH_FIRST.finditer(folded):
        if month := _month(found[1], language):
            return _day(int(found[3]), month, int(found[2]))
    return None


def _month(words: str, language: str | None) -> int | None:
    """Of one or two words: the two together, else one of them; by the language's own names first."""
    own = _names_in(language.split("-")[0]) if language else {}
    months = _months()
    for candidate in (words, *words.split()):
        found = own.get(candidate) or months.get(candidate)
        if found:
            return found
    return None


def _folded(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold().translate(_FOLD))


@lru_cache(maxsize=128)
def _names_in(code: str) -> dict[str, int]:
    """Of one CLDR locale; nothing for one that is not known."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return {}
    return {
        _folded(name): number
        for context in locale.months.values()
        for width in ("abbreviated", "wide")
        for number, name in context.get(width, {}).items()
        if name and not name.isdigit()
    }


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    """Folded month names and abbreviations of all LOCALES; names of different months in two languages are left out."""
    names: dict[str, int] = {}
    doubtful: set[str] = set()
    for code in LOCALES:
        for name, number in _names_in(code).items():
            if names.setdefault(name, number) != number:
                doubtful.add(name)
    names = {name: number for name, number in names.items() if name not in doubtful} | _names_in("en")
    for line in LEVANTINE:
        names |= {_folded(name): number for number, name in enumerate(line.split(","), start=1)}
    return names


def _numbers(text: str, language: str | None) -> date | None:
    year_first = _YEAR_FIRST.search(text)
    if year_first:
        return _day(int(year_first[1]), int(year_first[2]), int(year_first[3]))
    found = _NUMERIC.search(text)
    if not found:
        return None
    first, separator, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
    year += 2000 if year < 100 else 0
    if first > 12 or separator == ".":
        return _day(year, second, first)
    if second > 12 or language == "en-US":
        return _day(year, first, second)
    if first == second or (language is not None and not language.startswith("en")) or language in ("en-GB", "en-AU"):
        return _day(year, second, first)
    return None
