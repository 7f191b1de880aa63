import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from members.models import Inquiry, Member
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

LIST = "/t/sakura/members/inquiries/"
FORM = {
    "subject": "解約の電話",
    "text": "理由を聞く",
    "assignee": "aiko",
    "mark": "open",
    "due_on": "2026-12-01",
}


def inquire(member: Member, subject: str, **values: Any) -> Inquiry:
    return Inquiry.objects.create(member=member, subject=subject, **values)


def shown(client: Client, query: str = "") -> list[str]:
    return sorted(
        row.subject for row in client.get(f"{LIST}{query}").context["page"].rows
    )


@pytest.fixture
def member(sakura: Tenant) -> Member:
    return Member.objects.create(name="山田 花子")


def test_made_from_a_member(cast: Cast, member: Member, ed: Client) -> None:
    answer = ed.post(f"/t/sakura/members/{member.public_id}/inquiries/add/", FORM)
    assert answer.headers["Location"] == f"/t/sakura/members/{member.public_id}/"
    inquiry = Inquiry.objects.get()
    assert (inquiry.member, inquiry.subject, inquiry.text) == (
        member,
        "解約の電話",
        "理由を聞く",
    )
    assert (inquiry.assignee, inquiry.made_by, inquiry.due_on) == (
        cast.aiko,
        cast.ed,
        dt.date(2026, 12, 1),
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == ("inquiry.made", {"member": member.pk})
    assert (
        "解約の電話"
        in ed.get(f"/t/sakura/members/{member.public_id}/").content.decode()
    )


def test_changed_and_audited_without_its_words(
    cast: Cast, member: Member, ed: Client
) -> None:
    inquiry = inquire(member, "電話")
    ed.post(f"{LIST}{inquiry.public_id}/", {**FORM, "mark": "done"})
    inquiry.refresh_from_db()
    assert (inquiry.subject, inquiry.mark, inquiry.assignee) == (
        "解約の電話",
        "done",
        cast.aiko,
    )
    entry = AuditEntry.objects.get()
    assert entry.action == "inquiry.changed" and "解約" not in str(entry.data)
    assert sorted(entry.data["fields"]) == [
        "assignee",
        "due_on",
        "mark",
        "subject",
        "text",
    ]
    ed.post(f"{LIST}{inquiry.public_id}/", {**FORM, "mark": "done"})
    assert AuditEntry.objects.count() == 1  # nothing changed


def test_a_form_left_open_does_not_overwrite_a_colleague(
    cast: Cast, member: Member, ed: Client, aiko: Client
) -> None:
    inquiry = inquire(member, "電話", text="折り返す")
    path = f"{LIST}{inquiry.public_id}/"
    opened = ed.get(path).context["form"]["version"].value()
    aiko.post(
        path,
        {
            "subject": "電話",
            "text": "折り返す",
            "mark": "done",
            "assignee": "aiko",
            "version": opened,
        },
    )
    late = {
        "subject": "電話",
        "text": "折り返した",
        "mark": "open",
        "assignee": "",
        "version": opened,
    }
    answer = ed.post(path, late)
    assert answer.status_code == 422
    (words,) = answer.context["form"].non_field_errors()
    assert words == (
        "編集している間に、ほかの人がこのお問い合わせを変えました。いまの値：内容「折り返す」、対応マーク「対応済み」、"
        "担当者「店長 愛子」。入力した内容は残っています。確かめて、よければもう一度保存してください。"
    )
    assert answer.context["form"]["text"].value() == "折り返した"
    inquiry.refresh_from_db()
    assert (inquiry.mark, inquiry.assignee, inquiry.text) == (
        "done",
        cast.aiko,
        "折り返す",
    )
    again = {**late, "version": answer.context["form"]["version"].value()}
    assert ed.post(path, again).status_code == 302
    inquiry.refresh_from_db()
    assert (inquiry.mark, inquiry.assignee, inquiry.text) == (
        "open",
        None,
        "折り返した",
    )


def test_the_list_by_mark_by_me_and_late(
    cast: Cast, member: Member, ed: Client
) -> None:
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    inquire(member, "A", mark="open", assignee=cast.ed)
    inquire(member, "B", mark="done", due_on=yesterday, assignee=cast.ed)
    inquire(member, "C", mark="doing", due_on=yesterday)
    inquire(member, "D", mark="doing", due_on=timezone.localdate())
    assert shown(ed) == ["A", "B", "C", "D"]
    assert shown(ed, "?mark=doing") == ["C", "D"]
    assert shown(ed, "?mark=late") == ["C"]
    assert shown(ed, "?by=me") == ["A", "B"]
    assert shown(ed, "?mark=done&by=me") == ["B"]
    counts = [(tab.label, tab.count) for tab in ed.get(LIST).context["tabs"]]
    assert counts == [
        ("すべて", 4),
        ("未対応", 1),
        ("対応中", 2),
        ("返信待ち", 0),
        ("対応済み", 1),
        ("期限切れ", 1),
    ]


def test_a_subject_is_needed_and_what_was_typed_stays(
    member: Member, ed: Client
) -> None:
    answer = ed.post(
        f"/t/sakura/members/{member.public_id}/inquiries/add/", {**FORM, "subject": ""}
    )
    assert (
        answer.status_code == 422
        and answer.context["form"]["text"].value() == "理由を聞く"
    )
    assert not Inquiry.objects.exists()


def test_a_viewer_reads_only(member: Member, vic: Client) -> None:
    inquiry = inquire(member, "電話")
    assert "電話" in vic.get(f"{LIST}{inquiry.public_id}/").content.decode()
    assert vic.post(f"{LIST}{inquiry.public_id}/", FORM).status_code == 422
    inquiry.refresh_from_db()
    assert inquiry.subject == "電話"
    assert (
        vic.post(
            f"/t/sakura/members/{member.public_id}/inquiries/add/", FORM
        ).status_code
        == 403
    )


def test_another_shops_operator_is_no_assignee(
    cast: Cast, member: Member, ed: Client
) -> None:
    answer = ed.post(
        f"/t/sakura/members/{member.public_id}/inquiries/add/",
        {**FORM, "assignee": "oscar"},
    )
    assert list(answer.context["form"].errors) == ["assignee"]
    with open_tenant_scope(cast.sakura):
        assert not Inquiry.objects.exists()


# ---------------------------------------------------------------- 受信の設定
def test_receiving_is_switched_on_the_members_page(
    member: Member, ed: Client, vic: Client
) -> None:
    url = f"/t/sakura/members/{member.public_id}/receiving/"
    ed.post(url, {"channel": "line"})
    member.refresh_from_db()
    assert member.line_optout_at is not None and member.mail_optout_at is None
    page = ed.get(f"/t/sakura/members/{member.public_id}/").content.decode()
    assert "LINEの受信拒否を解除" in page and "メールを受信拒否にする" in page
    vic.post(url, {"channel": "line", "wanted": "1"})
    ed.post(url, {"channel": "fax"})
    member.refresh_from_db()
    assert member.line_optout_at is not None
    ed.post(url, {"channel": "line", "wanted": "1"})
    member.refresh_from_db()
    assert (member.line_optout_at, member.line_optout_by) == (None, "")
