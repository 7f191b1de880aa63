import datetime as dt

import pytest
from django.test import Client

from members.models import Member, Note
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import Cast

SHOP = "/t/sakura/members/"


@pytest.fixture
def member(sakura: Tenant) -> Member:
    return Member.objects.create(name="花子")


def test_a_memo_and_a_contact(member: Member, cast: Cast, ed: Client) -> None:
    add = f"{SHOP}{member.public_id}/notes/add/"
    assert (
        ed.post(
            add,
            {"kind": "memo", "text": "甘いものが好き", "way": "phone", "result": "x"},
        ).status_code
        == 302
    )
    contact = {
        "kind": "contact",
        "text": "届かない",
        "way": "phone",
        "result": "再送",
        "at": "2026-11-20T14:30",
    }
    ed.post(add, contact)
    rows = Note.objects.order_by("pk").values_list(
        "kind", "text", "way", "result", "operator"
    )
    assert list(rows) == [
        ("memo", "甘いものが好き", "", "", cast.ed.pk),
        ("contact", "届かない", "phone", "再送", cast.ed.pk),
    ]
    assert Note.objects.get(kind="contact").at == dt.datetime(
        2026, 11, 20, 5, 30, tzinfo=dt.UTC
    )
    html = ed.get(f"{SHOP}{member.public_id}/?tab=notes").content.decode()
    assert "甘いものが好き" in html and "結果：再送" in html and "江戸 次郎" in html
    assert [e.action for e in AuditEntry.objects.order_by("id")] == [
        "note.made",
        "note.made",
    ]
    assert "甘い" not in str(AuditEntry.objects.values_list("data", flat=True))


def test_a_contact_needs_its_way_and_every_note_its_text(
    member: Member, ed: Client
) -> None:
    add = f"{SHOP}{member.public_id}/notes/add/"
    answer = ed.post(add, {"kind": "contact", "text": "届かない"})
    assert (
        answer.status_code == 422
        and "手段が選ばれていません" in answer.content.decode()
    )
    assert ">届かない</textarea>" in answer.content.decode().replace(
        "\r\n", ""
    ).replace("\n", "")
    assert ed.post(add, {"kind": "memo", "text": " "}).status_code == 422
    assert ed.post(add, {"kind": "memo", "text": "あ" * 4001}).status_code == 422
    assert not Note.objects.exists()


def test_correcting_and_deleting(member: Member, cast: Cast, ed: Client) -> None:
    note = Note.objects.create(
        member=member, text="届かない", at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    )
    ed.post(
        f"{SHOP}notes/{note.public_id}/edit/",
        {"kind": "memo", "text": "届いた", "at": "2026-11-21T09:00"},
    )
    note.refresh_from_db()
    assert (note.text, note.at) == ("届いた", dt.datetime(2026, 11, 21, tzinfo=dt.UTC))
    html = ed.get(f"{SHOP}{member.public_id}/?tab=notes").content.decode()
    assert note.changed_by == cast.ed and "編集：江戸 次郎" in html
    assert "届いた" in ed.get(f"{SHOP}notes/{note.public_id}/delete/").content.decode()
    assert Note.objects.count() == 1
    ed.post(f"{SHOP}notes/{note.public_id}/delete/")
    assert (
        Note.objects.count() == 0
        and AuditEntry.objects.latest("id").action == "note.deleted"
    )


def test_a_viewer_reads_only(member: Member, vic: Client) -> None:
    note = Note.objects.create(
        member=member, text="届かない", at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    )
    for path in (
        f"{member.public_id}/notes/add/",
        f"notes/{note.public_id}/edit/",
        f"notes/{note.public_id}/delete/",
    ):
        assert vic.post(SHOP + path, {"kind": "memo", "text": "x"}).status_code == 403
    html = vic.get(f"{SHOP}{member.public_id}/?tab=notes").content.decode()
    assert "届かない" in html and "メモを書く" not in html
