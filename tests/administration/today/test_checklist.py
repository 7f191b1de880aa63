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
    assert [line.proof.is_done for line in answer.context["lines"]] == [False] * 7
    assert "7件のうち0件が済みました。" in answer.content.decode()
    cards = aiko.get(TODAY).context["cards"]
    assert [(str(card.kind.label), card.count) for card in cards] == [
        ("初期設定の残り", 7)
    ]


def test_each_item_is_proven(
    sandbox: Sandbox, account: LineAccount, aiko: Client
) -> None:
    LineAccount.objects.update(last_webhook_at=None)
    assert read_done(aiko) == [True] + [False] * 6
    LineAccount.objects.update(last_webhook_at=timezone.now())
    form = make_form(account, kind=Form.Kind.IDENTITY)
    assert read_done(aiko) == [True] * 3 + [False] * 4

    phone = Phone(sandbox, form)
    phone.answer(phone.ticket(), **GOOD)
    member = Member.objects.get(line_user_id=phone.user_id)
    Member.objects.update(line_state=Member.LineState.NONE)
    assert not read_done(aiko)[3]
    Member.objects.update(line_state=Member.LineState.FRIEND)
    assert read_done(aiko)[3]

    cart, now = make_cart(), timezone.now()
    assert not read_done(aiko)[5]
    SyncRun.objects.create(cart=cart, started_at=now, begun_at=now, outcome="success")
    assert read_done(aiko) == [True, True, True, True, False, True, False]
    customer = CartCustomer.objects.create(
        cart=cart, external_id="1", changed_at=now, seen_at=now
    )
    Link.objects.create(
        cart=cart, member=member, customer=customer, matched_by="email", linked_at=now
    )
    MailAccount.objects.create(
        name="店", host="mail.example.jp", from_email="a@example.jp", checked_at=now
    )
    assert read_done(aiko) == [True] * 7
    assert aiko.get(TODAY).context["cards"] == []


def test_who_may_not_do_it_is_led_nowhere(sakura: Tenant, vic: Client) -> None:
    page = vic.get(PAGE).content.decode()
    assert "/messages/accounts/new/" not in page
    assert vic.get(TODAY).context["cards"] == []
