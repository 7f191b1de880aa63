"""Days as people, databases and programs of offices write them."""

import datetime as dt

import pytest

from members.normalize.dates import (
    is_blank_day,
    parse_day,
    parse_moment,
    parse_month_day,
)

DAY = dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-01", "2026/4/1", "2026.4.1", "2026年4月1日", "20260401", "２０２６／４／１", "2026-04-01 00:00:00",
        "2026/4/1 9:30", "2026/4/1 9:30:15.5", "2026-04-01T00:00:00+09:00", "2026-03-31T15:00:00Z",
        "2026-03-31T15:00:00.000+0000", "2026/4/1(水)", "2026/4/1（水曜日）", "2026年4月1日 水曜日", "2026-4-1 (Wed)",
        "令和8年4月1日", "R8.4.1", "r8/4/1", "㋿8年4月1日", "令和8年4月1日(水) 10時30分", "2026/4/1 午前9:30",
        "2026/4/1（水・祝）", "2026/4/1(水祝)", "2026年4月1日（水・祝日）", "令8.4.1", "2026/4/1 午後 3:30",
        "2026/4/1 午後3時30分",
        "2026年4月1日午後3時30分", "2026年4月1日15時", "2026/4/1(水)15:30", "2026/4/1 24:00", "2026-04-01 15:00 JST",
        "2026-04-01 11:00PM", "2026-04-01 11:00 p.m.", "2026-04-01 12:00 PM GMT", "2026-04-01 2:59:59 PM Z",
    ],
)  # fmt: skip
def test_one_day(text: str) -> None:
    assert parse_day(text) == DAY


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和60年11月22日", dt.date(1985, 11, 22)), ("S60.11.22", dt.date(1985, 11, 22)),
        ("H元.1.8", dt.date(1989, 1, 8)), ("令和元年5月1日", dt.date(2019, 5, 1)),
        ("大正1年8月1日", dt.date(1912, 8, 1)),
        ("M45/7/29", dt.date(1912, 7, 29)), ("平成31年4月30日", dt.date(2019, 4, 30)),
        ("2026-04-01T15:00:00Z", dt.date(2026, 4, 2)), ("2026-04-01T23:59:59-05:00", dt.date(2026, 4, 2)),
        ("昭60.11.22", dt.date(1985, 11, 22)), ("2026-04-01 11:00PM Z", dt.date(2026, 4, 2)),
        ("2026-04-01 午後3:00 UTC", dt.date(2026, 4, 2)), ("2026-04-01 24:00 JST", dt.date(2026, 4, 2)),
        ("2026-04-01 12:30 AM Z", dt.date(2026, 4, 1)),
    ],
)  # fmt: skip
def test_eras_and_zones(text: str, day: dt.date) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "", "26/04/01", "04/01/2026", "2026-02-30", "昭和65年1月1日", "平成0年1月1日", "X8.4.1", "2026-04-01 25:00",
        "2026-04-01 9:60", "46113", "2026/4", "9999-12-31T23:00:00Z", "0000-00-00", "2026-04-01 24:01",
        "2026/4/19999", "2026/4/13時", "2026-04-01 10:00 +99:99",
    ],
)  # fmt: skip
def test_no_day(text: str) -> None:
    assert parse_day(text) is None


def test_month_and_day_and_blank_ones() -> None:
    assert (parse_month_day("2/29"), parse_month_day("11月22日(金)")) == (229, 1122)
    blank = ["", " ", "0000-00-00", "0000/00/00", "0000-00-00 00:00:00", "00000000"]
    blank += ["0001/01/01 0:00:00", "0001-01-01T00:00:00+00:00"]
    assert [text for text in blank if not is_blank_day(text)] == []
    assert is_blank_day("2026-00-00") is False


def test_no_moment_lies_before_the_calendar() -> None:
    """January 1 of the year 1 in Japan lies before it in UTC, and could never be read back."""
    assert parse_moment("0001/01/01") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026/4/1", "2026-04-01T00:00:00+09:00"), ("2026/4/1 9:30", "2026-04-01T09:30:00+09:00"),
        ("2026-04-01T15:00:00Z", "2026-04-02T00:00:00+09:00"), ("2026/4/1 24:00", "2026-04-02T00:00:00+09:00"),
        ("令和8年4月1日 午後3時5分7秒", "2026-04-01T15:05:07+09:00"),
        ("20260401 12:00 AM", "2026-04-01T00:00:00+09:00"),
        ("2026-04-01 12:15PM", "2026-04-01T12:15:00+09:00"),
    ],
)  # fmt: skip
def test_moments(text: str, moment: str) -> None:
    found = parse_moment(text)
    assert found and found.isoformat() == moment
