"""Days, periods with both ends, days from today, birthdays, and the shop's own items."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from members.conditions.kinds import days as kinds_days
from members.conditions.search import save_search_text
from members.conditions.sentences import build_condition_chips
from members.conditions.sql import filter_members
from members.models import Attribute, AttributeValue, Member
from members.normalize.birthdays import parse_birthday
from tenants.models import Tenant

NEW_YEAR = dt.date(2026, 12, 28)


def leaf(field: str, op: str, value: object = True) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def names(condition: Any) -> str:
    return "".join(
        sorted(
            filter_members(Member.objects.all(), condition).values_list(
                "name", flat=True
            )
        )
    )


def days(*counts: int) -> Any:
    ends = [{"days": count} for count in counts]
    return ends if len(ends) > 1 else ends[0]


def said(condition: Any) -> str:
    return build_condition_chips(condition)[0].value


@pytest.fixture
def at_new_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds_days.timezone, "localdate", lambda: NEW_YEAR)


def test_days_begin_at_midnight_in_the_shop_and_both_ends_count(sakura: Tenant) -> None:
    for name, at in (
        ("a", dt.datetime(2026, 11, 1, 14, 59, tzinfo=dt.UTC)),  # 23:59 in Japan
        ("b", dt.datetime(2026, 11, 1, 15, 0, tzinfo=dt.UTC)),
        ("c", dt.datetime(2026, 11, 3, 14, 59, tzinfo=dt.UTC)),
    ):
        Member.objects.create(name=name, known_at=at)
    Member.objects.create(name="d")
    for op, value, expected in (
        ("from", "2026-11-02", "bc"),
        ("until", "2026-11-01", "a"),
        ("on", "2026-11-02", "b"),
        ("between", ["2026-11-02", "2026-11-03"], "bc"),
        ("empty", True, "d"),
        ("filled", True, "abc"),
    ):
        assert names(leaf("known_at", op, value)) == expected, (op, value)
    assert names({"not": leaf("known_at", "from", "2026-11-02")}) == "ad"


def test_days_from_today_stay_so(sakura: Tenant) -> None:
    now = timezone.now()
    for name, ago in (("a", 0), ("b", 7), ("c", 8), ("d", 30)):
        Member.objects.create(name=name, last_seen_at=now - dt.timedelta(days=ago))
    for op, value, expected, words in (
        ("from", days(-7), "ab", "7日前以降"),
        ("until", days(-8), "cd", "8日前以前"),
        ("on", days(-7), "b", "7日前"),
        ("on", days(0), "a", "今日"),
        ("between", days(-7, 0), "ab", "過去7日以内"),
        ("between", days(-30, -8), "cd", "30日前〜8日前"),
        ("between", days(0, 3), "a", "今日から3日以内"),
        ("from", days(1), "", "1日後以降"),
    ):
        condition = leaf("last_seen_at", op, value)
        assert (names(condition), said(condition)) == (expected, words)
    with translation.override("en"):
        assert said(leaf("last_seen_at", "between", days(-1, 0))) == "in the last day"


@pytest.mark.parametrize(
    ("today", "ahead", "expected", "within"),
    [
        ("2026-02-26", 2, "ab", "ab"), ("2028-02-26", 2, "a", "a"), ("2028-02-26", 3, "b", "ab"),
        ("2026-02-26", 3, "c", "abc"),
    ],
)  # fmt: skip
def test_born_on_29_february(
    sakura: Tenant, today: str, ahead: int, expected: str, within: str
) -> None:
    for name, month_day in (("a", 228), ("b", 229), ("c", 301)):
        Member.objects.create(name=name, birth_md=month_day)
    with time_machine.travel(f"{today}T03:00:00Z", tick=False):
        assert names(leaf("birthday", "md", days(ahead))) == expected
        assert names(leaf("birthday", "md_between", days(0, ahead))) == within
        assert names(leaf("birthday", "md", "02-28")) == "a"


def test_birthdays(sakura: Tenant, at_new_year: None) -> None:
    for name, text in (
        ("a", "1985/12/28"),
        ("b", "1990/01/03"),
        ("c", "1/4"),
        ("d", "1985/06/01"),
        ("e", "2/29"),
        ("f", ""),
    ):
        born = parse_birthday(text)
        Member.objects.create(name=name, birthday=born.birthday, birth_md=born.birth_md)
    for op, value, expected in (
        ("on", "1985-12-28", "a"),
        ("between", ["1985-06-01", "1985-12-28"], "ad"),
        ("md", "01-04", "c"),
        ("md", "02-29", "e"),
        ("md_between", ["12-20", "01-03"], "ab"),
        ("md_between", ["01-03", "06-01"], "bcde"),
        ("md_between", days(0, 7), "abc"),
        ("md", days(0), "a"),
        ("md", days(7), "c"),
        ("md_between", days(0, 400), "abcde"),
        ("md_between", days(-30, 0), "a"),
        ("empty", True, "f"),
    ):
        assert names(leaf("birthday", op, value)) == expected, (op, value)
    assert said(leaf("birthday", "md_between", days(0, 7))) == "誕生日が今日から7日以内"
    assert said(leaf("birthday", "md_between", ["12-20", "01-03"])) == "12/20〜1/3"


def test_opt_outs(sakura: Tenant) -> None:
    Member.objects.create(name="a", line_optout_at=timezone.now())
    Member.objects.create(
        name="b", mail_optout_at=timezone.now() - dt.timedelta(days=10)
    )
    assert (
        names(leaf("line_optout_at", "filled")),
        names(leaf("line_optout_at", "empty")),
    ) == ("a", "b")
    assert names(leaf("mail_optout_at", "until", days(-10))) == "b"
    assert said(leaf("line_optout_at", "filled")) == "受信拒否している"


def test_the_items_of_the_shop(sakura: Tenant) -> None:
    kinds = {
        kind: Attribute.objects.create(name=kind, name_key=kind, kind=kind)
        for kind in Attribute.Kind.values
    }
    Attribute.objects.filter(kind="choice").update(choices=["東", "西"])
    a, b, _c = (Member.objects.create(name=name) for name in "abc")
    for member, text, number, day, choice in (
        (a, "Blue Sky", 3, dt.date(2026, 12, 24), "東"),
        (b, "青", 12.5, NEW_YEAR, "西"),
    ):
        values = {
            "text": {"text": text},
            "number": {"number": number},
            "date": {"date": day},
            "choice": {"text": choice},
        }
        for kind, value in values.items():
            AttributeValue.objects.create(attribute=kinds[kind], member=member, **value)

    def of(kind: str, op: str, value: object = True) -> str:
        return names(leaf(f"attr:{kinds[kind].public_id}", op, value))

    assert (
        of("text", "contains", save_search_text("ＢＬＵＥ")),
        of("text", "lacks", save_search_text("blue")),
    ) == ("a", "bc")
    assert (of("number", "at_least", 3), of("number", "between", [4, 13])) == (
        "ab",
        "b",
    )
    assert (of("date", "until", "2026-12-24"), of("date", "from", "2026-12-25")) == (
        "a",
        "b",
    )
    assert (of("choice", "in", ["東"]), of("choice", "not_in", ["東"])) == ("a", "bc")
    assert all((of(kind, "filled"), of(kind, "empty")) == ("ab", "c") for kind in kinds)
    assert (
        build_condition_chips(leaf(f"attr:{kinds['number'].public_id}", "at_least", 3))[
            0
        ].label
        == "number"
    )
