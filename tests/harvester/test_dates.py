"""Dates as news pages write them, in the languages they are written in."""

from datetime import UTC, datetime, timedelta

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from harvester.dates import day_in_url, parse_moment
from harvester.month_names import by_language, names_of_cldr

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

LEVANT = "كانون الثاني,شباط,آذار,نيسان,أيار,حزيران,تموز,آب,أيلول,تشرين الأول,تشرين الثاني,كانون الأول".split(",")

MAGHREB = {
    "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6, "جويلية": 7, "يوليوز": 7, "أوت": 8, "غشت": 8,
    "شتنبر": 9, "نونبر": 11, "دجنبر": 12,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23 10:00:00.123+0300", "2026-11-23T10:00:00+03:00"),
        ("2026-11-23 10:00:00 +03:00", "2026-11-23T10:00:00+03:00"),
        ("Mon, 23 Nov 2026 10:00:00 +0200", "2026-11-23T10:00:00+02:00"),
        ("Mon, 23 Nov 2026 10:00:00 GMT", "2026-11-23T10:00:00+00:00"),
        ("20261104T100000Z", "2026-11-04T10:00:00+00:00"),
        ("2026-11-23", "2026-11-23"),
        pytest.param("2026-11-23T10:00:00", "2026-11-23", id="a time without offset is not known"),
        pytest.param("Mon, 23 Nov 2026 10:00:00 -0000", "2026-11-23", id="RFC 2822: -0000 is no offset"),
    ],
)
def test_machine_forms(text: str, expected: str) -> None:
    assert parse_moment(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1er octobre 2026", "2026-10-01"),
        ("November 4th, 2026", "2026-11-04"),
        ("Published: Wednesday, November 4th, 2026 by Jane Doe", "2026-11-04"),
        ("Sept. 4, 2026", "2026-09-04"),
        ("4 de noviembre de 2026", "2026-11-04"),
        ("4. listopadu 2026", "2026-11-04"),
        ("4 ноября 2026", "2026-11-04"),
        ("2026年11月23日", "2026-11-23"),
        ("2026년 11월 3일", "2026-11-03"),
        ("23.11.2026", "2026-11-23"),
        ("الإثنين ٢٣ تشرين الثاني ٢٠٢٦", "2026-11-23"),
        ("۲۳ نوامبر ۲۰۲۶", "2026-11-23"),
        pytest.param("5 اذار 2026", "2026-03-05", id="alef without its madda"),
    ],
)
def test_dates_in_words_and_other_digits(text: str, expected: str) -> None:
    assert parse_moment(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("الاثنين 5 ربيع الآخر 1446هـ", "2024-10-08"),
        ("١ رمضان ١٤٤٦ هـ", "2025-03-01"),
        ("12/05/1446هـ", "2024-11-14"),
        ("1446/09/01", "2025-03-01"),
        ("2 ذو الحجة 1445", "2024-06-08"),
        ("10 Muharram 1446", "2024-07-16"),
        pytest.param("5 ربيع الآخر 1446هـ الموافق 8 أكتوبر 2024م", "2024-10-08", id="both"),
        ("۱۲ آبان ۱۴۰۴", "2025-11-03"),
        ("دوشنبه ۳ آذر ۱۴۰۴ ساعت 10:00", "2025-11-24"),
        ("1404/08/12", "2025-11-03"),
        ("15 عقرب 1403", "2024-11-05"),
        ("31 رجب 1446", None),
    ],
)
def test_other_calendars(text: str, expected: str | None) -> None:
    assert parse_moment(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Updated: Dec 19, 2025 1:06 PM EST", "2025-12-19T13:06:00-05:00"),
        ("4 Nov 2026 at 3.15pm GMT", "2026-11-04T15:15:00+00:00"),
        ("4. November 2026, 18:30 MEZ", "2026-11-04T18:30:00+01:00"),
        ("4 ноября 2026, 10:00 GMT+3", "2026-11-04T10:00:00+03:00"),
        ("4 November 2026 10:00", "2026-11-04"),
        ("1712345678", "2024-04-05T19:34:38+00:00"),
        ("1712345678123", "2024-04-05T19:34:38+00:00"),
        ("23-Nov-2026", "2026-11-23"),
    ],
)
def test_a_time_counts_where_its_zone_is_known(text: str, expected: str) -> None:
    assert parse_moment(text, now=NOW) == expected


def test_months_are_those_of_cldr() -> None:
    assert by_language() == names_of_cldr()


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("5 listopada 2025", "pl", "2025-11-05"),
        ("5. listopadu 2025", "cs", "2025-11-05"),
        ("5. listopada 2025", "hr", "2025-10-05"),
        ("5 listopada 2025", None, None),
        ("3 พฤศจิกายน 2569", "th", "2026-11-03"),
        ("3 नवंबर 2025", "hi", "2025-11-03"),
    ],
)
def test_a_name_of_two_months_is_read_by_the_language(text: str, language: str | None, expected: str | None) -> None:
    assert parse_moment(text, now=NOW, language=language) == expected


@pytest.mark.parametrize(("number", "name"), list(enumerate(LEVANT, start=1)))
def test_levantine_months(number: int, name: str) -> None:
    assert parse_moment(f"الإثنين 5 {name} 2025", now=NOW, language="ar") == f"2025-{number:02}-05"


@pytest.mark.parametrize(("name", "number"), list(MAGHREB.items()))
def test_maghrebi_months(name: str, number: int) -> None:
    assert parse_moment(f"5 {name} 2025", now=NOW, language="ar") == f"2025-{number:02}-05"


@pytest.mark.parametrize(
    "code", "ar ar_LB ar_MA ar_DZ ckb ur he tr de fr es it pt nl sv cs hr ru uk bg hu ro et lt id en".split()
)
def test_every_month_that_cldr_names(code: str) -> None:
    months = Locale.parse(code).months["format"]["wide"]
    read = {name: parse_moment(f"5 {name} 2025", now=NOW, language=code.replace("_", "-")) for name in months.values()}
    assert read == {name: f"2025-{number:02}-05" for number, name in months.items()}


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("11/23/2026", None, "2026-11-23"),
        ("23/11/2026", None, "2026-11-23"),
        ("10/10/2026", None, "2026-10-10"),
        ("11/10/2026", None, None),
        ("11/10/2026", "en", None),
        ("11/10/2026", "en-GB", "2026-10-11"),
        ("11/10/2026", "fr", "2026-10-11"),
        ("11/10/2026", "en-US", "2026-11-10"),
    ],
)
def test_numbers_only_where_one_reading_is_left(text: str, language: str | None, expected: str | None) -> None:
    assert parse_moment(text, now=NOW, language=language) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "3 people, 2026", "November 2026", "2026-02-30", "99/99/2026", "no date"),
        *("0000-00-00", "2025-13-01T10:00:00Z", "1" * 100_000),
    ],
)
def test_no_date(text: str) -> None:
    assert parse_moment(text, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24 November 2026", "2026-11-24"),
        ("25 November 2026", None),
        ("2026-11-24T11:59:59Z", "2026-11-24T11:59:59+00:00"),
        ("2026-11-24T12:00:01Z", None),
        ("1990-01-01", "1990-01-01"),
        ("1989-12-31", None),
    ],
)
def test_neither_of_the_future_nor_older_than_the_web(text: str, expected: str | None) -> None:
    assert parse_moment(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://e.com/2026/11/23/story", "2026-11-23"),
        ("https://e.com/2026-11-23-story", "2026-11-23"),
        ("https://e.com/20261123/story", "2026-11-23"),
        ("https://e.com/2026/13/45/story", None),
        ("https://e.com/a/2026-11-23+Rust+and+how", "2026-11-23"),
        ("https://e.com/news_2026_11_23_quay", "2026-11-23"),
        ("https://e.com/12026112345/story", None),
        ("https://e.com/story", None),
    ],
)
def test_day_in_url(url: str, expected: str | None) -> None:
    assert day_in_url(url) == expected


@pytest.mark.parametrize("text", [pytest.param("Mon, 23 Nov 99999999999999999999 10:00:00 +0000")])
def test_numbers_no_date_has(text: str) -> None:
    assert parse_moment(text, now=NOW) is None


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 22), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_we_write_we_read(moment: datetime) -> None:
    written = moment.isoformat(timespec="seconds")
    assert parse_moment(written, now=NOW) == written


@given(st.from_regex(r"\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}( \d\d:\d\dZ)?|\d\d? (May|آب|mai) \d{4}", fullmatch=True))
def test_whatever_comes_out_is_a_moment_within_bounds(text: str) -> None:
    found = parse_moment(text, now=NOW)
    if found is not None:
        assert (
            datetime(1990, 1, 1, tzinfo=UTC) <= datetime.fromisoformat(found).replace(tzinfo=UTC) <= NOW + timedelta(2)
        )
