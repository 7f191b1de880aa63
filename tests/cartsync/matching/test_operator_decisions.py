"""What a person decides about a link stands in the member's history and on the link, with who and when."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.matching.link import flag_changed_links, link_members
from cartsync.matching.operator_decisions import (
    accept_link_changes,
    end_link,
    link_by_hand,
)
from cartsync.models import Cart, Link
from members.identity.change_history import HistoryEntry, build_history_entries
from members.models import Member, MemberChange
from operators.models import AuditEntry
from tenants.scope import act_as
from tests.cartsync.conftest import customer, known, stored
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
PHONE = "090-1234-5678"
SHOWN = "本店 顧客番号C1"


def history(member: Member) -> list[HistoryEntry]:
    rows = MemberChange.objects.filter(
        member=member, after__has_key="cart_link"
    ).order_by("pk")
    return build_history_entries(list(rows), member)


def test_each_decision_is_a_line_with_who_and_when(cart: Cart, cast: Cast) -> None:
    member, (found,) = known(PHONE), stored(cart, customer(1))
    began = timezone.now()
    with act_as(cast.ed, "console"):
        link_by_hand(member, found)
        link = Link.objects.get()
        accept_link_changes(link)
        end_link(link)
    link.refresh_from_db()
    assert (link.linked_by, link.accepted_by, link.ended_by) == (cast.ed,) * 3
    assert began < link.linked_at < link.accepted_at < link.ended_at
    entries = history(member)
    assert [
        (
            entry.title,
            entry.who,
            entry.source,
            entry.changes[0].before,
            entry.changes[0].after,
        )
        for entry in entries
    ] == [
        ("カートの顧客と連携", "江戸 次郎", "管理画面", "", SHOWN),
        ("連携後の変更を承認（このまま）", "江戸 次郎", "管理画面", "", SHOWN),
        ("カートとの連携を終了", "江戸 次郎", "管理画面", SHOWN, ""),
    ]
    assert all(began < entry.at < began + timedelta(minutes=5) for entry in entries)
    entries = AuditEntry.objects.filter(operator=cast.ed).order_by("pk")
    assert list(entries.values_list("action", flat=True)) == [
        "cart.linked",
        "member.tagged",
        "link.kept",
        "link.ended",
        "member.untagged",
    ]


def test_a_poll_leaves_no_name(cart: Cart) -> None:
    member, (found,) = known(PHONE), stored(cart, customer(1))
    link_members(cart, [(member.pk, found.pk)], "phone")
    assert Link.objects.get().linked_by is None
    assert history(member) == []


def test_the_member_s_page_tells_all_of_it(cart: Cart, ed: Client) -> None:
    member, (found,) = known(PHONE), stored(cart, customer(1))
    page = f"/t/sakura/members/{member.public_id}/"
    ed.post(
        "/t/sakura/carts/review/link/",
        {"member": member.public_id, "customer": found.pk},
    )
    assert "江戸 次郎が選択" in ed.get(f"{page}?tab=all").content.decode()
    Member.objects.update(phone_e164="+819000000000")
    flag_changed_links(member_ids=[member.pk])
    header = ed.get(page).content.decode()
    assert "要確認で比べて決める" in header
    link = {"link": Link.objects.get().public_id}
    ed.post("/t/sakura/carts/review/keep/", link)
    assert "連携後の変更を承認" in ed.get(f"{page}?tab=all").content.decode()
    ed.post("/t/sakura/carts/review/end/", link)
    told = ed.get(f"{page}?tab=all").content.decode()
    assert "江戸 次郎が連携を終了" in told
    assert "カートとの連携を終了" in told
