"""初期設定チェックリスト: each item is done by what happened, not by a tick."""

from django.test import Client
from django.utils import timezone

from cartsync.models import CartCustomer, Link, SyncRun
from forms_builder.models import Form
from members.models import Member
from messaging.models import LineAccount, MailAccount
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tests.cartsync.conftest import make_cart
from tests.forms_builder.conftest import (
    Phone,
    account,
    fresh_counters,
    make_form,
    quick,
)

__all__ = ["account", "fresh_counters", "quick"]
PAGE, TODAY = "/t/sakura/settings/checklist/", "/t/sakura/today/"
GOOD = {"name": "髙橋 花子", "phone": "090-1234-5678", "email": "hanako@example.jp"}


def read_done(client: Client) -> list[bool]:
    return [line.proof.is_done for line in client.get(PAGE).context["lines"]]


def test_a_new_shop_has_all_before_it(sakura: Tenant, aiko: Client) -> None:
    answer = aiko.get(PAGE)
    assert [line.proof.is_done for line in answer.context["lines"]] == [False] * 8
    assert "8件のうち0件が済みました。" in answer.content.decode()
    cards = aiko.get(TODAY).context["cards"]
    assert [(str(card.kind.label), card.count) for card in cards] == [
        ("初期設定の残り", 8)
    ]


def test_each_item_is_proven(
    sandbox: Sandbox, account: LineAccount, aiko: Client
) -> None:
    LineAccount.objects.update(last_webhook_at=None)
    assert read_done(aiko) == [True, False, True] + [False] * 5
    LineAccount.objects.update(last_webhook_at=timezone.now())
    form = make_form(account, kind=Form.Kind.IDENTITY)
    assert read_done(aiko) == [True] * 4 + [False] * 4

    phone = Phone(sandbox, form)
    phone.answer(phone.ticket(), **GOOD)
    member = Member.objects.get(line_user_id=phone.user_id)
    Member.objects.update(line_state=Member.LineState.NONE)
    assert not read_done(aiko)[4]
    Member.objects.update(line_state=Member.LineState.FRIEND)
    assert read_done(aiko)[4]

    cart, now = make_cart(), timezone.now()
    assert not read_done(aiko)[6]
    SyncRun.objects.create(cart=cart, started_at=now, begun_at=now, outcome="success")
    assert read_done(aiko) == [True, True, True, True, True, False, True, False]
    customer = CartCustomer.objects.create(
        cart=cart, external_id="1", changed_at=now, seen_at=now
    )
    Link.objects.create(
        cart=cart, member=member, customer=customer, matched_by="email", linked_at=now
    )
    MailAccount.objects.create(
        name="店", host="mail.example.jp", from_email="a@example.jp", checked_at=now
    )
    assert read_done(aiko) == [True] * 8
    assert aiko.get(TODAY).context["cards"] == []


def test_who_may_not_do_it_is_led_nowhere(sakura: Tenant, vic: Client) -> None:
    page = vic.get(PAGE).content.decode()
    assert "/messages/accounts/new/" not in page
    assert vic.get(TODAY).context["cards"] == []


def try_out(client: Client, item: str) -> tuple[str, str]:
    """Press テスト of the item; return what is said beside it."""
    lines = client.post(f"{PAGE}test/", {"item": item}).context["lines"]
    tested = [line for line in lines if line.result]
    assert [line.item.slug for line in tested] == [item]
    return tested[0].result.kind, tested[0].result.text


def test_each_item_is_tried_out_and_says_what_to_do(
    sandbox: Sandbox, account: LineAccount, aiko: Client, vic: Client
) -> None:
    assert try_out(aiko, "channel")[0] == "bad"  # a channel that LINE does not know
    sandbox.line.register(
        {
            "channel_id": account.channel_id,
            "channel_secret": account.channel_secret,
            "access_token": account.access_token,
        }
    )
    assert try_out(aiko, "channel")[0] == "ok"
    # The address of this test's webhook is registered nowhere.
    assert try_out(aiko, "webhook")[0] in ("bad", "warn")
    assert try_out(aiko, "liff")[0] == "ok"
    LineAccount.objects.update(liff_id="9999-a")
    assert "始まっていません" in try_out(aiko, "liff")[1]
    LineAccount.objects.update(liff_id=account.liff_id)
    assert try_out(aiko, "form") == ("bad", "受付中の本人確認フォームがありません。")
    form = make_form(account, kind=Form.Kind.IDENTITY)
    assert try_out(aiko, "form")[0] == "ok"
    for item in ("mail", "cart", "login", "link"):
        assert try_out(aiko, item)[0] == "warn", item

    phone = Phone(sandbox, form)
    phone.answer(phone.ticket(), **GOOD)
    Member.objects.update(line_state=Member.LineState.NONE)
    assert "別のプロバイダー" in try_out(aiko, "login")[1]
    Member.objects.update(line_state=Member.LineState.FRIEND)
    assert try_out(aiko, "login")[0] == "ok"
    assert "まだ連携していません" in try_out(aiko, "link")[1]
    Member.objects.update(link_state=Member.LinkState.LINKED)
    assert try_out(aiko, "link")[0] == "ok"
    assert vic.post(f"{PAGE}test/", {"item": "cart"}).status_code == 403
    assert aiko.post(f"{PAGE}test/", {"item": "none"}).status_code == 302
