"""Forms and their answers, narrowed."""

import pytest
from django.test import Client

from forms_builder.models import Form
from members.models import IdentityRecord, Member
from members.normalize.names import normalize_name
from tenants.models import Tenant
from tests.filtering import FRIDAY, SATURDAY, send_search
from tests.forms_builder.conftest import make_account, make_form, make_submission

FORMS = "/t/sakura/contents/liff/"


@pytest.fixture
def forms(sakura: Tenant) -> list[Form]:
    second = make_account(
        "別館", channel_id="2002", login_channel_id="3002", liff_id="3002-x"
    )
    return [
        make_form(make_account(), name="本人確認"),
        make_form(second, name="再入力", title="電話番号", is_open=False),
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["再入力", "本人確認"]),
        ("?q=本人", ["本人確認"]),
        ("?q=電話", ["再入力"]),
        ("?open=on", ["本人確認"]),
        ("?open=off", ["再入力"]),
        ("?q=本人&open=off", []),
    ],
)
def test_forms_are_narrowed(
    forms: list[Form], vic: Client, query: str, names: list[str]
) -> None:
    page = vic.get(FORMS + query).context["page"]
    assert (sorted(form.name for form in page.rows), page.total) == (names, len(names))


def test_forms_of_one_account(forms: list[Form], vic: Client) -> None:
    page = vic.get(f"{FORMS}?account={forms[1].account.public_id}").context["page"]
    assert [form.name for form in page.rows] == ["再入力"]


@pytest.fixture
def answers(forms: list[Form]) -> str:
    """The address of the answers to the first form: one of each day, and one that is a test."""
    for name, at, outcome, is_test in (
        ("山田 花子", FRIDAY, "linked", False),
        ("佐藤 次郎", SATURDAY, "not_found", False),
        ("試験 太郎", SATURDAY, "", True),
    ):
        member = Member.objects.create(name=name, name_key=normalize_name(name))
        record = IdentityRecord.objects.create(
            member=member, source="form", received_at=at, outcome=outcome
        )
        make_submission(
            forms[0], member, record=record, is_test=is_test, received_at=at
        )
    return f"{FORMS}{forms[0].public_id}/answers/"


def list_names(client: Client, url: str) -> list[str]:
    rows = client.get(url).context["page"].rows
    return sorted(submission.member.name for submission in rows)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["佐藤 次郎", "山田 花子"]),
        ("?show=test", ["試験 太郎"]),
        ("?outcome=linked", ["山田 花子"]),
        ("?outcome=review", []),
        ("?received_from=2026-11-21", ["佐藤 次郎"]),
        ("?received_until=2026-11-20", ["山田 花子"]),
        ("?received_from=2026-11-21&show=test", ["試験 太郎"]),
    ],
)
def test_answers_are_narrowed(
    answers: str, vic: Client, query: str, names: list[str]
) -> None:
    assert list_names(vic, answers + query) == names


def test_answers_are_searched_by_their_member(answers: str, vic: Client) -> None:
    query = send_search(vic, answers, "山田")
    assert list_names(vic, answers + query) == ["山田 花子"]
    tabs = vic.get(answers + query).context["tabs"]
    assert [(tab["url"], tab["count"]) for tab in tabs] == [
        (query, 1),
        (f"{query}&show=pending", 0),
        (f"{query}&show=test", 0),
    ]
