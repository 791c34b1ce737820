"""Moments that pages write down, as ISO 8601 with offset, or the date alone where no time is known."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from harvester.calendars import LAST_PERSIAN_YEAR, day_of
from harvester.month_names import ISLAMIC, PERSIAN, by_language, folded, numbered, of_all_languages

EARLIEST = date(1990, 1, 1)
"""The web is no older."""

FUTURE = timedelta(days=1)
"""Beyond now, for clocks and time zones; a later date is that of an event, or wrong."""

BUDDHIST_ERA = 543
"""Years by which Thai dates are ahead."""

ZONES = {
    **dict.fromkeys(("GMT", "UTC", "WET"), 0), "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "BRT": -3, "SAST": 2, "PKT": 5,
    "WIB": 7, "ICT": 7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
}  # fmt: skip
"""Hours from UTC by names of zones that mean one zone (CST, IST and BST mean several)."""

LONGEST = 300
"""Characters of a text that are looked at."""

EARLIEST_WRITTEN = 1900
"""Years before this are of another calendar."""

_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(
    rf"(?<![\d:])(\d\d?)[:.h](\d\d)(?::\d\d)?\s*([ap]\.?m\b\.?)?\s*\(?({'|'.join(ZONES)})\b([+-]\d\d?(?!\d))?",
    re.IGNORECASE,
)
_RFC2822 = re.compile(r"\b\d\d? [A-Za-z]{3} \d{4} \d\d?:\d\d")
_OTHER_YEAR_FIRST = re.compile(r"(?<!\d)(1[34]\d\d)[/ .](\d\d?)[/ .](\d\d?)(?!\d)")
_OTHER_YEAR_LAST = re.compile(r"(?<!\d)(\d\d?)[/ .](\d\d?)[/ .](1[34]\d\d)(?!\d)")
_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?:[T\s]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d(?!\d))?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?(?!\d)")
_CJK = re.compile(r"(\d{4})\s*[年년]\s*(\d\d?)\s*[月월]\s*(\d\d?)\s*[日일]?")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)[./](\d{1,2})[./](\d{1,2})(?!\d)")
_IN_URL = re.compile(
    r"[/_-]((?:19|20)\d\d)([/_-])(\d\d?)\2(\d\d?)(?![\da-z])|[/_-]((?:19|20)\d\d)(\d\d)(\d\d)(?![\da-z])", re.IGNORECASE
)
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
    text = _ascii_digits(text[:LONGEST].strip())
    if not _DIGIT.search(text):
        return None
    for reader in (_iso, _rfc2822, _compact, _epoch, _cjk):
        if (moment := reader(text)) is not None:
            return _bounded(moment, now)
    day = _in_words(text, language) or _numbers(text, language) or _in_another_calendar(text)
    return _bounded(_with_clock(day, text), now) if day is not None else None


def day_in_url(url: str) -> str | None:
    """The day that an address names, as /2026/11/23/ or /2026-11-23-… or /20261123/."""
    found = _IN_URL.search(url)
    if not found:
        return None
    year, month, day = found.group(1, 3, 4) if found[1] else found.group(5, 6, 7)
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
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(one)) if one.isdecimal() and not one.isascii() else one
        for one in text.replace("\u200f", "").replace("\u200e", "")
    )


def _day(year: int, month: int, day: int) -> date | None:
    if year < EARLIEST_WRITTEN:
        return None
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
    if not _RFC2822.search(text):
        return None
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, and nothing else."""
    if len(text) not in (10, 13) or not text.isdigit():
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC)


def _cjk(text: str) -> date | None:
    found = _CJK.search(text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _with_clock(day: date, text: str) -> datetime | date:
    """The day with the time of day that stands beside it, where its zone is known."""
    found = _CLOCK.search(text)
    if not found:
        return day
    hour, minute, half, zone, offset = found.groups()
    hours = int(hour) % 12 + 12 * (half[0] in "pP") if half else int(hour)
    shift = timedelta(hours=int(offset) if offset else ZONES[zone.upper()])
    try:
        return datetime(day.year, day.month, day.day, hours, int(minute), tzinfo=timezone(shift))
    except ValueError:
        return day


def _in_words(text: str, language: str | None) -> date | None:
    words = folded(text)
    for found in _WORD_DATE.finditer(words):
        if month := _month(found[2], language):
            return _day(int(found[3]), month, int(found[1]))
    for found in _MONTH_FIRST.finditer(words):
        if month := _month(found[1], language):
            return _day(int(found[3]), month, int(found[2]))
    return None


def _month(words: str, language: str | None) -> int | None:
    """Of one or two words: the two together, else one of them; by the language's own names first."""
    own = by_language().get(language.split("-")[0], {}) if language else {}
    months = of_all_languages()
    return next((found for one in (words, *words.split()) if (found := own.get(one) or months.get(one))), None)


def _in_another_calendar(text: str) -> date | None:
    """In words or numbers of the Islamic or the Persian calendar."""
    words = folded(text)
    for found in _WORD_DATE.finditer(words):
        names = ISLAMIC if int(found[3]) > LAST_PERSIAN_YEAR else PERSIAN
        month = next((number for one in (found[2], *found[2].split()) if (number := numbered(names).get(one))), None)
        if month:
            return day_of(int(found[3]), month, int(found[1]))
    if first := _OTHER_YEAR_FIRST.search(words):
        return day_of(int(first[1]), int(first[2]), int(first[3]))
    if last := _OTHER_YEAR_LAST.search(words):
        return day_of(int(last[3]), int(last[2]), int(last[1]))
    return None


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
