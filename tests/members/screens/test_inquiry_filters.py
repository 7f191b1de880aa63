"""お問い合わせ, narrowed."""

import datetime as dt

import pytest
from django.test import Client

from members.models import Inquiry, Member
from members.normalize.names import normalize_name
from tenants.models import Tenant
from tests.conftest import Cast
from tests.filtering import FRIDAY, SATURDAY, change, send_search

LIST = "/t/sakura/members/inquiries/"


@pytest.fixture
def inquiries(sakura: Tenant, cast: Cast) -> None:
    names = ("山田 花子", "佐藤 次郎")
    hanako, jiro = (
        Member.objects.create(name=name, name_key=normalize_name(name))
        for name in names
    )
    old = Inquiry.objects.create(
        member=hanako,
        subject="解約の電話",
        assignee=cast.ed,
        due_on=dt.date(2026, 11, 20),
    )
    new = Inquiry.objects.create(
        member=jiro, subject="届け先の変更", mark="done", due_on=dt.date(2026, 11, 21)
    )
    change(old, created_at=FRIDAY)
    change(new, created_at=SATURDAY)


def list_subjects(client: Client, query: str = "") -> list[str]:
    page = client.get(LIST + query).context["page"]
    return sorted(inquiry.subject for inquiry in page.rows)


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", ["届け先の変更", "解約の電話"]),
        ("?mark=done", ["届け先の変更"]),
        ("?mark=late", ["解約の電話"]),
        ("?by=none", ["届け先の変更"]),
        ("?by=me", []),
        ("?due_until=2026-11-20", ["解約の電話"]),
        ("?due_from=2026-11-21", ["届け先の変更"]),
        ("?created_until=2026-11-20", ["解約の電話"]),
        ("?created_from=2026-11-21", ["届け先の変更"]),
    ],
)
def test_inquiries_are_narrowed(
    inquiries: None, aiko: Client, query: str, subjects: list[str]
) -> None:
    assert list_subjects(aiko, query) == subjects


def test_the_operator_s_own(inquiries: None, ed: Client) -> None:
    page = ed.get(f"{LIST}?by=me")
    assert [row.subject for row in page.context["page"].rows] == ["解約の電話"]
    assert "全員の担当を表示" in page.content.decode()


@pytest.mark.parametrize(
    ("text", "subjects"),
    [("山田", ["解約の電話"]), ("届け先", ["届け先の変更"]), ("鈴木", [])],
)
def test_a_search_finds_subjects_and_members(
    inquiries: None, vic: Client, text: str, subjects: list[str]
) -> None:
    query = send_search(vic, LIST, text)
    assert list_subjects(vic, query) == subjects
    (chip,) = vic.get(LIST + query).context["filters"].chips
    assert (chip.label, chip.value, chip.remove_url) == ("検索", text, "?")


def test_tabs_count_what_fits_the_other_conditions(
    inquiries: None, vic: Client
) -> None:
    query = send_search(vic, f"{LIST}?mark=done&after=9", "山田")
    page = vic.get(LIST + query)
    counts = {tab.label: tab.count for tab in page.context["tabs"] if tab.count}
    assert counts == {"すべて": 1, "未対応": 1, "期限切れ": 1}
    assert page.context["page"].total == 0
    assert "after" not in query and "mark=done" in query


def test_another_search_takes_the_place_of_the_first(
    inquiries: None, vic: Client
) -> None:
    first = send_search(vic, LIST, "山田")
    second = send_search(vic, LIST + first, "佐藤")
    assert list_subjects(vic, second) == ["届け先の変更"]
    assert send_search(vic, LIST + second, " ") == "?"


def test_a_search_that_is_forgotten_says_so(inquiries: None, vic: Client) -> None:
    page = vic.get(f"{LIST}?s=bcdfghjkmnpq")
    assert page.context["page"].rows == []
    assert "検索した言葉の保存期間が過ぎました。" in page.content.decode()
