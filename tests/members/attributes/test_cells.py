import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.attributes import cells, definitions, values
from members.identity import answers, delete
from members.models import Attribute, AttributeValue, IdentityRecord, Member
from members.usage import archive_attribute
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import Cast

NOON = dt.datetime(2026, 11, 1, 3, tzinfo=dt.UTC)
LIST = "/t/sakura/members/"


@pytest.fixture
def member(sakura: Tenant) -> Member:
    member = Member.objects.create()
    answers.record_answer(
        member, "form", received_at=NOON, name="山田 花子", phone="090-1234-5678"
    )
    return member


@pytest.fixture
def points(sakura: Tenant) -> Attribute:
    return definitions.make_attribute("点数", "number", [], True, True)


def path(member: Member, field: object) -> str:
    return f"{LIST}cells/{member.public_id}/{getattr(field, 'public_id', field)}/"


def type_in(
    client: Client, member: Member, field: object, value: str, before: str, **more: Any
) -> Any:
    data = {"value": value, "before": before, **more}
    return client.post(
        path(member, field) + "?in=list", data, headers={"HX-Request": "true"}
    )


def stored(attribute: Attribute) -> list[float | None]:
    return list(
        AttributeValue.objects.filter(attribute=attribute).values_list(
            "number", flat=True
        )
    )


def test_the_list_shows_the_columns_of_the_shop(
    member: Member, points: Attribute, ed: Client, vic: Client
) -> None:
    values.set_attribute_value(points, Member.objects.all(), "1200.5")
    html = ed.get(LIST).content.decode()
    assert re.search(r"点数\s*</th>", html) and ">1,200.5</span>" in html
    assert html.count('class="cell-edit"') == 4
    assert "cell-edit" not in vic.get(LIST).content.decode()


def test_one_query_for_all_cells(
    sakura: Tenant, points: Attribute, aiko: Client
) -> None:
    counts = []
    for number in (1, 2):
        for _ in range(number):
            Member.objects.create()
        values.set_attribute_value(points, Member.objects.all(), str(number))
        with CaptureQueriesContext(connection) as queries:
            aiko.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_open_and_close(member: Member, points: Attribute, ed: Client) -> None:
    opened = ed.get(
        path(member, "name") + "?in=list", headers={"HX-Request": "true"}
    ).content.decode()
    assert (
        'value="山田 花子"' in opened
        and "autofocus" in opened
        and "<html" not in opened
    )
    closed = ed.get(
        path(member, "name") + "?show=1&in=list", headers={"HX-Request": "true"}
    ).content.decode()
    assert f'href="{LIST}{member.public_id}/"' in closed and "autofocus" in closed
    page = ed.get(path(member, points)).content.decode()
    assert "<html" in page and "点数の編集" in page


def test_an_identity_cell_is_an_answer_and_comes_back_as_one(
    member: Member, ed: Client, cast: Cast
) -> None:
    saved = type_in(
        ed, member, "phone", "０８０-1111-2222", "090-1234-5678"
    ).content.decode()
    member.refresh_from_db()
    assert (member.phone_e164, member.name) == ("+818011112222", "山田 花子")
    assert (
        "080-1111-2222" in saved
        and "元に戻す" in saved
        and 'value="090-1234-5678"' in saved
    )
    undone = type_in(
        ed, member, "phone", "090-1234-5678", "080-1111-2222", undo="1"
    ).content.decode()
    member.refresh_from_db()
    assert member.phone_e164 == "+819012345678"
    assert "「電話番号」を元に戻しました" in undone and not re.search(
        r">\s*元に戻す\s*<", undone
    )
    assert [(r.source, r.operator) for r in IdentityRecord.objects.order_by("pk")] == [
        ("form", None),
        ("operator", cast.ed),
        ("operator", cast.ed),
    ]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1234567.1", "1,234,567.1"), ("0.1", "0.1"), ("123456789012345", "123,456,789,012,345"),
        ("0.0000001", "0.0000001"), ("-3.50", "-3.5"), ("1000", "1,000"),
    ],
)  # fmt: skip
def test_a_number_shows_the_digits_that_were_typed(
    member: Member, points: Attribute, typed: str, shown: str
) -> None:
    values.set_attribute_value(points, Member.objects.all(), typed)
    assert cells.build_cell(member, points).value == shown


def test_a_first_answer_is_withdrawn_by_its_undo(member: Member, ed: Client) -> None:
    type_in(ed, member, "email", "hanako@example.jp", "")
    type_in(ed, member, "email", "", "hanako@example.jp", undo="1")
    member.refresh_from_db()
    assert (member.email, member.email_key, IdentityRecord.objects.count()) == (
        "",
        "",
        1,
    )
    assert AuditEntry.objects.latest("pk").action == "member.answer_withdrawn"


def test_an_answer_by_somebody_else_is_not_withdrawn(
    member: Member, ed: Client, aiko: Client
) -> None:
    type_in(aiko, member, "email", "hanako@example.jp", "")
    answer = type_in(ed, member, "email", "", "hanako@example.jp", undo="1")
    assert answer.status_code == 422 and "元に戻せません" in answer.content.decode()
    member.refresh_from_db()
    assert member.email == "hanako@example.jp"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("phone", "12", "電話番号として使えない番号です"), ("email", "x", "メールアドレスの形式が正しくありません"),
        ("name", "  ", "氏名は空欄にできません"), ("birthday", "13/40", "生年月日として読み取れません"),
    ],
)  # fmt: skip
def test_what_is_wrong_stays_in_the_cell(
    member: Member, ed: Client, field: str, value: str, words: str
) -> None:
    before = {"phone": "090-1234-5678", "name": "山田 花子"}.get(field, "")
    answer = type_in(ed, member, field, value, before)
    html = answer.content.decode()
    assert answer.status_code == 422 and words in html and 'aria-invalid="true"' in html
    assert f'value="{value}"' in html
    assert IdentityRecord.objects.count() == 1


def test_an_attribute_cell_and_its_undo(
    member: Member, points: Attribute, ed: Client
) -> None:
    saved = type_in(ed, member, points, "１,２００", "").content.decode()
    assert stored(points) == [1200.0] and ">1,200</span>" in saved
    type_in(ed, member, points, "", "1,200", undo="1")
    assert stored(points) == []


def test_a_birthday_cell(member: Member, ed: Client) -> None:
    assert (
        "1985/11/02"
        in type_in(ed, member, "birthday", "1985-11-2", "").content.decode()
    )
    member.refresh_from_db()
    assert (member.birthday, member.birth_md) == (dt.date(1985, 11, 2), 1102)
    type_in(ed, member, "birthday", "", "1985/11/02", undo="1")
    member.refresh_from_db()
    assert (member.birthday, member.birth_md) == (None, None)


def test_nothing_changed_says_nothing(member: Member, ed: Client) -> None:
    html = type_in(ed, member, "name", "山田 花子", "山田 花子").content.decode()
    assert "保存しました" not in html and IdentityRecord.objects.count() == 1


def test_somebody_else_was_faster(
    member: Member, points: Attribute, ed: Client, aiko: Client
) -> None:
    type_in(aiko, member, points, "5", "")
    answer = type_in(ed, member, points, "7", "")
    html = answer.content.decode()
    assert answer.status_code == 422 and "ほかの人がこの値を「5」に変えました" in html
    assert 'name="before" value="5"' in html and 'value="7"' in html
    assert type_in(ed, member, points, "7", "5").status_code == 200
    assert stored(points) == [7.0]


def test_without_scripts(member: Member, points: Attribute, ed: Client) -> None:
    answer = ed.post(path(member, points), {"value": "3", "before": ""})
    assert answer.headers["Location"] == f"{LIST}{member.public_id}/"
    assert stored(points) == [3.0]


def test_measured_and_archived_values_are_no_cells(
    member: Member, points: Attribute, ed: Client
) -> None:
    archive_attribute.archive_attribute(points)
    for field in ("last_seen_at", "link_state", points.public_id):
        assert ed.get(path(member, field)).status_code == 404


def test_a_deleted_member_is_not_edited(member: Member, ed: Client) -> None:
    delete.delete_members_softly(Member.objects.all())
    answer = type_in(ed, member, "name", "x", "山田 花子")
    assert answer.headers["HX-Redirect"] == f"{LIST}{member.public_id}/"
    assert (
        ed.get(path(member, "name")).headers["Location"] == f"{LIST}{member.public_id}/"
    )
    member.refresh_from_db()
    assert member.name == "山田 花子"


def test_who_may_only_look(member: Member, vic: Client) -> None:
    assert vic.get(path(member, "name")).status_code == 403
