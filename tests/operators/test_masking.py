"""What a seat without 個人情報の表示 finds, edits and takes away. The pages it sees: tests/walls/test_masking.py."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.conditions.kinds.base import BadCondition, MaskedCondition
from members.conditions.registry import get_condition_field
from members.conditions.search import save_search_text
from members.conditions.sql import filter_members
from members.conditions.url import encode_condition
from members.identity.create import find_similar_members
from members.models import Attribute, Member, MemberImport, ValueList, ValueListText
from members.screens.builder.form import Builder
from messaging.models import IncomingMail
from operators.masking import show_to
from operators.models import AuditEntry, Operator, Seat
from tenants.models import Tenant
from tests.cartsync.screens.test_connections import make_mailbox
from tests.conftest import Cast

NAME, EMAIL = "鹿内 佐久良", "canary.bird@example.jp"
PHONE, LINE = "090-7654-3210", "かなりや"
MEMBERS = "/t/sakura/members/"


@pytest.fixture
def member(sakura: Tenant, cast: Cast) -> Member:
    """A member whom Vic may not see in clear."""
    mask(cast.vic)
    return Member.objects.create(
        name=NAME,
        name_key="鹿内佐久良",
        email=EMAIL,
        email_key=EMAIL,
        phone=PHONE,
        phone_e164="+819076543210",
        line_name=LINE,
    )


def shows(client: Client, text: str) -> bool:
    sent = client.post(f"{MEMBERS}search/", {"q": text})
    page = client.get(sent.headers["Location"], follow=True)
    return bool(page.context["page"].rows)


@pytest.mark.parametrize(
    ("text", "clear", "masked"),
    [
        (NAME, True, True), ("鹿内佐久良", True, True), ("鹿内", True, False), (EMAIL, True, True),
        ("canary", True, False), ("09076543210", True, True), ("3210", True, False), ("0907654", True, False),
        (LINE, True, False),
    ],
)  # fmt: skip
def test_a_person_is_found_by_the_whole_value_alone(
    member: Member, aiko: Client, vic: Client, text: str, clear: bool, masked: bool
) -> None:
    assert (shows(aiko, text), shows(vic, text)) == (clear, masked)


def test_what_would_show_or_overwrite_them_is_refused(
    member: Member, cast: Cast, ed: Client
) -> None:
    edit = f"{MEMBERS}{member.public_id}/edit/"
    cell = f"{MEMBERS}cells/{member.public_id}/email/"
    assert [ed.get(edit).status_code, ed.get(cell).status_code] == [200, 200]
    mask(cast.ed)
    assert [ed.get(edit).status_code, ed.post(edit, {"name": "別"}).status_code] == [
        403,
        403,
    ]
    assert [ed.get(cell).status_code, ed.post(cell, {"value": ""}).status_code] == [
        403,
        403,
    ]
    member.refresh_from_db()
    assert (member.name, member.email) == (NAME, EMAIL)


def mask(operator: Operator) -> None:
    Seat.objects.filter(operator=operator).update(rights={"personal": False})


def test_no_file_without_the_right(member: Member, cast: Cast, aiko: Client) -> None:
    mask(cast.aiko)
    assert aiko.get(f"{MEMBERS}export/").status_code == 403


def test_no_values_that_somebody_else_brought(
    member: Member, cast: Cast, ed: Client
) -> None:
    pasted = ValueList.objects.create(field="email", given=1)
    ValueListText.objects.create(list=pasted, keys="stranger@example.jp")
    rest = f"{MEMBERS}paste/{pasted.public_id}/not-found/"
    assert ed.post(rest).content == b"stranger@example.jp\r\n"
    brought = MemberImport.objects.create(name="a.csv", path="", operator=cast.aiko)
    mask(cast.ed)
    wrong = f"{MEMBERS}imports/{brought.public_id}/wrong/"
    assert [ed.post(rest).status_code, ed.post(wrong).status_code] == [403, 403]
    assert AuditEntry.objects.filter(action="value_list.rest_read").count() == 1


def test_nobody_counts_pieces(member: Member, cast: Cast) -> None:
    part = {"field": "email", "op": "starts", "value": save_search_text("canary")}
    assert filter_members(Member.objects.all(), part).count() == 1
    seat = Seat.objects.get(operator=cast.vic)
    for condition in (
        part,
        {"not": part},
        {"any": [part, {"field": "usual", "op": "is", "value": True}]},
    ):
        with show_to(seat), pytest.raises(BadCondition):
            filter_members(Member.objects.all(), condition)


def ask_for(field: str) -> dict[str, Any]:
    """Return a condition on this field: a whole value, or one of a few."""
    asked = get_condition_field(field)
    way = next(way for way in asked.ways if way.op not in ("empty", "filled"))
    values: dict[str, Any] = {
        "Values": ValueList.objects.create(field=field, given=1).public_id,
        "Text": save_search_text("女性"),
    }
    return {
        "field": field,
        "op": way.op,
        "value": values.get(type(way.kind).__name__, ["女性"]),
    }


def test_nobody_filters_by_personal_data(
    member: Member, cast: Cast, ed: Client
) -> None:
    """A list of all numbers with four known digits is as good as a piece, and of two choices one is the value."""
    gender = Attribute.objects.create(
        name="性別", name_key="性別", kind="choice", choices=["女性"], system="gender"
    )
    fields = ["name", "email", "phone", f"attr:{gender.public_id}"]
    conditions = [ask_for(field) for field in fields]
    present = {"field": "email", "op": "filled", "value": True}
    with show_to(Seat.objects.get(operator=cast.vic)):
        for condition in conditions:
            with pytest.raises(MaskedCondition):
                filter_members(Member.objects.all(), condition)
        assert filter_members(Member.objects.all(), present).count() == 1
    mask(cast.ed)
    for condition in conditions:
        page = ed.get(f"{MEMBERS}?c={encode_condition(condition)}")
        assert "「個人情報の表示」の権限が必要です" in page.content.decode()
        assert page.context["page"].rows == []
    offered = Builder.of(None)
    with show_to(Seat.objects.get(operator=cast.ed)):
        names = [each.name for _label, group in offered.field_groups for each in group]
    assert [name for name in (*fields, "birthday", "line_name") if name in names] == []
    pasted = ed.post(f"{MEMBERS}paste/", {"text": f"{EMAIL}\nx@example.jp"})
    assert (pasted.status_code, ValueList.objects.filter(given=2).count()) == (422, 0)


def test_nobody_is_alike_by_a_slip(member: Member, cast: Cast, ed: Client) -> None:
    slip = {"phone": "090-7654-3211"}
    assert [each.member for each in find_similar_members(**slip)] == [member]
    mask(cast.ed)
    with show_to(Seat.objects.get(operator=cast.ed)):
        assert find_similar_members(**slip) == []
        assert [each.member for each in find_similar_members(phone=PHONE)] == [member]


def test_an_order_mail_is_found_by_the_whole_and_not_read(
    member: Member, cast: Cast, aiko: Client, vic: Client
) -> None:
    box = make_mailbox()
    IncomingMail.objects.create(
        mailbox=box,
        digest="d" * 64,
        received_at=timezone.now(),
        sender="mall@example.com",
        subject=f"{NAME}様のご注文",
        text=f"ご注文者 {NAME}\n電話 {PHONE}\n{EMAIL}",
    )
    log = "/t/sakura/carts/mail/"

    def found(client: Client, text: str) -> int:
        sent = client.post(log, {"q": text})
        return len(client.get(sent["Location"]).context["page"].rows)

    for text, clear, masked in (
        ("canary", 1, 0),
        ("7654", 1, 0),
        (f"{NAME}様", 1, 0),
        ("mall@example.com", 1, 1),
    ):
        assert (found(aiko, text), found(vic, text)) == (clear, masked), text


def test_masking_asks_nothing_more(member: Member, aiko: Client, vic: Client) -> None:
    counts = []
    for client in (aiko, vic):
        client.get(MEMBERS)
        with CaptureQueriesContext(connection) as queries:
            client.get(MEMBERS)
        counts.append(len(queries))
    assert counts[1] <= counts[0]


def test_one_person_is_shown_for_one_answer_and_it_is_written_down(
    member: Member, cast: Cast, ed: Client
) -> None:
    mask(cast.ed)
    page = f"{MEMBERS}{member.public_id}/"
    before = ed.get(page).content.decode()
    assert (NAME in before, f'action="{page}reveal/?tab=basic"' in before) == (
        False,
        True,
    )
    shown = ed.post(f"{page}reveal/?tab=basic")
    assert (NAME in shown.content.decode(), EMAIL in shown.content.decode()) == (
        True,
        True,
    )
    assert shown.headers["Cache-Control"] == "no-store"
    assert NAME not in ed.get(page).content.decode()
    (entry,) = AuditEntry.objects.filter(action="member.revealed")
    assert (entry.operator, entry.target) == (cast.ed, f"members.member:{member.pk}")


def test_nobody_reveals_without_that_right(
    member: Member, cast: Cast, vic: Client, ed: Client
) -> None:
    page = f"{MEMBERS}{member.public_id}/"
    assert "reveal/" not in vic.get(page).content.decode()
    assert vic.post(f"{page}reveal/").status_code == 403
    rights = {"personal": False, "reveal": False}
    Seat.objects.filter(operator=cast.ed).update(rights=rights)
    assert ed.post(f"{page}reveal/").status_code == 403
    rights["reveal"] = True
    Seat.objects.filter(operator=cast.vic).update(rights=rights)
    assert NAME in vic.post(f"{page}reveal/").content.decode()
    assert AuditEntry.objects.filter(action="member.revealed").count() == 1


def test_who_sees_in_clear_is_offered_nothing(member: Member, aiko: Client) -> None:
    page = aiko.get(f"{MEMBERS}{member.public_id}/").content.decode()
    assert (NAME in page, "reveal/" in page) == (True, False)
