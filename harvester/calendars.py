"""Days of the Islamic and the Persian calendar as days of ours."""

from datetime import date, timedelta

LAST_PERSIAN_YEAR = 1409
"""2030/31. News knows no Islamic year below 1410 (1989/90), so a year tells which of the two calendars it is of."""

_NEW_YEAR_1300 = date(1921, 3, 21)
_LEAP = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
"""Years of the cycle of 33 that have 366 days. So are the official leap years of our time: 1375, 1379, 1383, 1387,
1391, 1395, 1399, 1403, 1408."""

_FIRST_PERSIAN_YEAR, _LAST_ISLAMIC_YEAR = 1360, 1470


def day_of(year: int, month: int, day: int) -> date | None:
    """The day of a date in either calendar, by its year; None where there is none, or none that news would have."""
    if _FIRST_PERSIAN_YEAR <= year <= LAST_PERSIAN_YEAR:
        return persian_day(year, month, day)
    return islamic_day(year, month, day) if LAST_PERSIAN_YEAR < year <= _LAST_ISLAMIC_YEAR else None


def persian_day(year: int, month: int, day: int) -> date | None:
    """Of the solar calendar of Iran and Afghanistan, from 1300 (1921)."""
    if year < 1300 or not 1 <= month <= 12 or not 1 <= day <= _length(year, month):
        return None
    before = sum(366 if _is_leap(one) else 365 for one in range(1300, year))
    return _NEW_YEAR_1300 + timedelta(days=before + sum(_length(year, one) for one in range(1, month)) + day - 1)


def _is_leap(year: int) -> bool:
    return year % 33 in _LEAP


def _length(year: int, month: int) -> int:
    if month <= 6:
        return 31
    return 30 if month <= 11 or _is_leap(year) else 29


def islamic_day(year: int, month: int, day: int) -> date | None:
    """By Umm al-Qura, the civil calendar of Saudi Arabia; countries that wait to see the moon may be a day behind."""
    from hijridate import Hijri

    try:
        found = Hijri(year, month, day).to_gregorian()
    except (ValueError, OverflowError):
        return None
    return date(found.year, found.month, found.day)
