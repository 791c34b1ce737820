"""Known days of the Islamic and the Persian calendar."""

from datetime import date

import pytest

from harvester.calendars import day_of, islamic_day, persian_day


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1300, 1, 1), date(1921, 3, 21)),
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1402, 12, 29), date(2024, 3, 19)),
        ((1403, 1, 1), date(2024, 3, 20)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1404, 1, 1), date(2025, 3, 21)),
        ((1404, 12, 30), None),
        ((1404, 7, 31), None),
        ((1404, 13, 1), None),
        ((0, 0, 0), None),
    ],
)
def test_persian_days(given: tuple[int, int, int], expected: date | None) -> None:
    assert persian_day(*given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((1445, 9, 1), date(2024, 3, 11)),
        ((1446, 1, 1), date(2024, 7, 7)),
        ((1446, 9, 1), date(2025, 3, 1)),
        ((1447, 1, 1), date(2025, 6, 26)),
        ((1446, 13, 1), None),
        ((1446, 1, 31), None),
    ],
)
def test_islamic_days_by_umm_al_qura(given: tuple[int, int, int], expected: date | None) -> None:
    assert islamic_day(*given) == expected


@pytest.mark.parametrize(
    ("year", "expected"),
    [(1404, date(2025, 3, 21)), (1446, date(2024, 7, 7)), (1200, None), (2026, None), (9999, None)],
)
def test_the_year_tells_the_calendar(year: int, expected: date | None) -> None:
    assert day_of(year, 1, 1) == expected
