"""設定 › ヘルプデスク連携: values, test and real, and the member's page."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from forms_builder.models import FormMail, HelpDeskInbox
from helpdesk.manage import mark_seen, switch_help_desk
from helpdesk.models import HelpDesk
from helpdesk.screens.panel import list_copies
from members.identity.shared_emails import set_email_rule
from members.models import Member
from messaging.models import Delivery
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.cartsync.connectors.fakes import GenericShape, Server
from tests.conftest import Cast, client_for
from tests.forms_builder.conftest import (
    Phone,
    account,
    form,
    fresh_counters,
    phone,
    quick,
)
from tests.forms_builder.public.test_form_mail import mail
from tests.forms_builder.public.test_without_line import GOOD

__all__ = ["account", "form", "fresh_counters", "mail", "phone", "quick"]

PAGE = "/t/sakura/settings/helpdesk/"
VALUES = {
    "kind": "relation",
    "test_base": "https://test.relationapp.jp/inbox",
    "test_inbox": "#3",
    "live_base": "https://sample.relationapp.jp/",
    "live_inbox": "https://sample.relationapp.jp/#/12",
    "link_template": "{base}#/{inbox}?q={email}",
    "parameter": "email",
    "inbox_address": "inbox@example.jp",
}


def post(client: Client, part: str, **values: Any) -> Any:
    return client.post(f"{PAGE}{part}/", values)


def test_values_are_stored_as_they_are_meant(sakura: Tenant, aiko: Client) -> None:
    assert post(aiko, "values", **VALUES).status_code == 302
    desk = HelpDesk.objects.get()
    assert HelpDeskInbox.load().address == "inbox@example.jp"
    assert (desk.test_base, desk.test_inbox) == ("https://test.relationapp.jp/", "3")
    assert (desk.live_base, desk.live_inbox) == (VALUES["live_base"], "12")
    line = AuditEntry.objects.get(action="helpdesk.changed")
    assert sorted(line.data["fields"]) == [
        "inbox_address",
        "link_template",
        "live_base",
        "live_inbox",
        "test_base",
        "test_inbox",
    ]


def test_what_is_wrong_is_said_and_kept(sakura: Tenant, aiko: Client) -> None:
    answer = post(aiko, "values", **VALUES | {"live_base": "http://sample.example/"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "接続先URLは「https://」から入力してください。" in page
    assert 'value="http://sample.example/"' in page
    assert HelpDesk.objects.count() == 0


def test_real_values_are_used_after_the_check_or_a_confirmation(
    sakura: Tenant, aiko: Client
) -> None:
    post(aiko, "values", **VALUES)
    post(aiko, "environment", live="1")
    assert not HelpDesk.load().is_live
    post(aiko, "environment", live="1", confirmed="on")
    assert HelpDesk.load().is_live
    post(aiko, "environment", live="0")
    now = timezone.now()
    HelpDesk.objects.update(members_seen_at=now, orders_seen_at=now)
    post(aiko, "environment", live="1")
    assert HelpDesk.load().is_live
    # Other values were not checked.
    post(aiko, "values", **VALUES | {"test_inbox": "4"})
    assert not HelpDesk.load().is_checked


def test_the_member_page_leads_there(sakura: Tenant, aiko: Client) -> None:
    member = Member.objects.create(email="hanako@example.jp")
    page = f"/t/sakura/members/{member.public_id}/"
    post(aiko, "values", **VALUES)
    assert "?tab=helpdesk" not in aiko.get(page).content.decode()
    post(aiko, "switch", on="1")
    shown = aiko.get(page).content.decode()
    assert re.search(r'href="\?tab=helpdesk"[^>]*>\s*Re:lation\s*<', shown)
    tab = aiko.get(f"{page}?tab=helpdesk").content.decode()
    link = re.search(r'href="([^"]+)" target="_blank" rel="noopener noreferrer"', tab)
    assert link
    assert html.unescape(link[1]) == (
        "https://test.relationapp.jp/#/3?q=hanako%40example.jp"
    )
    post(aiko, "switch", on="0")
    assert "?tab=helpdesk" not in aiko.get(page).content.decode()
    assert HelpDesk.load().test_inbox == "3"


def test_what_stands_in_the_way_is_counted(sakura: Tenant, aiko: Client) -> None:
    for email in ("a@example.jp", "a@example.jp", "b@example.jp", "", ""):
        Member.objects.create(email=email, email_key=email)
    gone = timezone.now()
    Member.objects.create(email_key="b@example.jp", deleted_at=gone)
    answer = aiko.get(PAGE)
    assert answer.context["shared"] == 1
    page = answer.content.decode()
    assert "1件のメールアドレスを、複数の会員が使っています。" in page
    assert 'href="/t/sakura/members/emails/"' in page
    assert "重複は「許可する」に設定されています。" in page
    Member.objects.filter(email_key="a@example.jp").update(cart_state="left")
    set_email_rule("left")
    assert aiko.get(PAGE).context["shared"] == 0
    assert aiko.get(PAGE).context["may_share"]
    set_email_rule("deny")
    assert not aiko.get(PAGE).context["may_share"]


def test_copied_values_lead_to_this_shop(sakura: Tenant, aiko: Client) -> None:
    page = aiko.get(PAGE).content.decode()
    assert re.findall(r'value="https?://[^"/]+(/p/sakura/lookup/[^"]+)"', page) == [
        "/p/sakura/lookup/members/",
        "/p/sakura/lookup/orders/",
    ]


@pytest.mark.parametrize("part", ["values", "switch", "environment"])
def test_only_who_may_set_it_up_does(sakura: Tenant, vic: Client, part: str) -> None:
    assert post(vic, part, **VALUES).status_code == 403
    page = vic.get(PAGE)
    assert page.status_code == 200
    assert "有効にする</button>" not in page.content.decode()


def test_it_stands_among_the_connections(sakura: Tenant, aiko: Client) -> None:
    connections = "/t/sakura/messages/accounts/"
    assert "ヘルプデスクを設定" in aiko.get(connections).content.decode()
    post(aiko, "values", **VALUES)
    post(aiko, "switch", on="1")
    assert re.search(
        r'href="/t/sakura/settings/helpdesk/">Re:lation</a>',
        aiko.get(connections).content.decode(),
    )


def test_it_is_switched_where_all_connections_are_listed(
    aiko: Client, sakura: object
) -> None:
    desk = switch_help_desk(True)
    page = "/t/sakura/messages/accounts/"
    assert f'name="key" value="{desk.pk}"' in aiko.get(page).content.decode()
    posted = {"source": "helpdesk", "key": str(desk.pk), "do": "off"}
    aiko.post(f"{page}connection/", posted)
    desk.refresh_from_db()
    assert not desk.is_active
    other = aiko.post(f"{page}connection/", posted | {"key": "x", "do": "on"})
    assert other.status_code == 404


def test_the_address_is_called_and_the_lookups_are_told(
    aiko: Client, sakura: object
) -> None:
    desk = switch_help_desk(True)
    posted = {"source": "helpdesk", "key": str(desk.pk), "do": "check"}
    page = "/t/sakura/messages/accounts/"

    def check() -> str:
        return aiko.post(f"{page}connection/", posted, follow=True).content.decode()

    assert "接続先URLが未入力です" in check()
    shape = GenericShape()
    shape.fault = "firewall"  # a page of HTML, as a login is
    with Server(shape):
        HelpDesk.objects.update(test_base=f"{shape.url}/", test_inbox="1")
        assert (
            "会員検索・受注検索は、まだ「Re:lation」から開かれていません。" in check()
        )
        mark_seen("members")
        mark_seen("orders")
        assert "会員と受注の検索も、そこから開かれています。" in check()
        shape.fault = "broken"
        assert "接続先URLから応答がありません。" in check()
    desk.refresh_from_db()
    assert desk.trouble == "broken"
    assert "接続先URLから応答がありません。" in aiko.get(page).content.decode()
    post(aiko, "values", **VALUES)
    desk.refresh_from_db()
    assert desk.trouble == ""


def test_copies_of_the_members_mails_are_listed(
    sakura: Tenant, aiko: Client, phone: Phone, mail: FormMail
) -> None:
    post(aiko, "values", **VALUES)
    post(aiko, "switch", on="1")
    phone.answer(phone.ticket(), **GOOD)
    member = Member.objects.get(line_user_id=phone.user_id)
    copy = Delivery.objects.get(address="inbox@example.jp")
    assert list_copies(member) == [(phone.form.name, copy)]
    page = aiko.get(f"/t/sakura/members/{member.public_id}/?tab=helpdesk")
    assert phone.form.name in page.content.decode()
    assert list_copies(Member.objects.create()) == []


def test_the_values_are_stored_by_who_shows_who_they_are(
    sakura: Tenant, cast: Cast
) -> None:
    unknown = client_for(cast.aiko, confirmed=False)
    assert (
        "あなたのログインパスワード"
        in post(unknown, "values", **VALUES).content.decode()
    )
    assert not HelpDesk.objects.exists()
