"""Orders from mails: each mail once, one order for each number, one contact for each buyer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cartsync.connectors.base import Customer, Order, Resource
from cartsync.models import Cart, CartCustomer, CartOrder, Link, OrderMail
from cartsync.ordermail import contacts
from cartsync.ordermail.book import read_failed_mails
from cartsync.ordermail.contacts import merge_contacts
from cartsync.ordermail.lock import LOCK_CLASS
from cartsync.ordermail.masks import save_mask
from cartsync.ordermail.orders import get_or_add_mail_cart
from cartsync.sync.store import store_rows
from members.identity.answers import record_answer
from members.merge.unmerge import unmerge_members
from members.models import IdentityRecord, Member, Merge
from messaging.mailboxes.handle import handle_waiting_mails
from messaging.models import (
    Delivery,
    Enrollment,
    IncomingMail,
    LineAccount,
    Mailbox,
    Trigger,
)
from messaging.triggers.fire import Happening, fire_trigger
from tenants.models import Tenant, Wakeup
from tests.cartsync.conftest import known, make_cart
from tests.cartsync.ordermail.test_masks import make_mask, receive
from tests.conftest import Cast
from tests.messaging.conftest import make_scenario
from tests.messaging.mailboxes.test_poll import make_mailbox

AT = datetime(2026, 11, 30, 3, 0, 1, tzinfo=UTC)
ANCHORS = {
    "number": {"before": "注文番号：", "after": "", "pick": ""},
    "name": {"before": "お名前：", "after": "様", "pick": ""},
    "email": {"before": "メール：", "after": "", "pick": ""},
    "phone": {"before": "電話：", "after": "", "pick": ""},
    "products": {"before": "商品：", "after": "", "pick": ""},
    "total": {"before": "合計：", "after": "", "pick": ""},
    "ordered_at": {"before": "日時：", "after": "", "pick": ""},
}


@pytest.fixture
def box(sakura: Tenant) -> Mailbox:
    make_mask(anchors=ANCHORS)
    make_mask(
        name="本店の出荷",
        kind="shipped",
        subject_part="発送",
        anchors={name: ANCHORS[name] for name in ("number", "email")},
    )
    return make_mailbox("imap", 993)


def order_body(
    number: str = "A-1", email: str = "hanako@example.jp", **values: Any
) -> str:
    return (
        f"お名前：{values.get('name', '髙橋 花子')} 様\n注文番号：{number}\n日時：2026/11/30 11:58\n"
        f"メール：{email}\n電話：{values.get('phone', '090-1234-5678')}\n商品：美容液\n商品：化粧水\n合計：3,600円\n"
    )


def ship(box: Mailbox, number: int, body: str) -> IncomingMail:
    return receive(box, number, body=body, subject="商品を発送しました")


def list_orders() -> list[tuple[Any, ...]]:
    rows = CartOrder.objects.order_by("number", "pk")
    return list(rows.values_list("cart__kind", "number", "total", "name", "email_key"))


def test_an_order_mail_becomes_an_order_of_a_contact(
    sakura: Tenant, box: Mailbox
) -> None:
    mail = receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    order = CartOrder.objects.get()
    assert (order.cart.kind, order.cart.name) == ("ordermail", "さくら本店")
    assert (order.number, order.total, order.name, order.state) == (
        "A-1",
        3600,
        "髙橋 花子",
        "pending",
    )
    assert order.ordered_at == datetime(2026, 11, 30, 2, 58, tzinfo=UTC)
    assert order.received_at == mail.received_at == AT
    assert [line.name for line in order.lines.order_by("position")] == [
        "美容液",
        "化粧水",
    ]
    contact = Member.objects.get()
    assert (contact.name, contact.email, contact.phone_e164, contact.known_by) == (
        "髙橋 花子",
        "hanako@example.jp",
        "+819012345678",
        "order_mail",
    )
    assert (contact.line_state, contact.link_state) == ("none", "known")
    record = IdentityRecord.objects.get()
    assert (record.source, record.origin, record.received_at) == (
        "order_mail",
        "さくら本店",
        AT,
    )
    link = Link.objects.get()
    assert (link.member_id, link.customer.email_key) == (contact.pk, contact.email_key)
    assert link.customer.order_count == 1
    mail.refresh_from_db()
    assert (mail.state, mail.handled_as) == ("handled", "order")
    read = OrderMail.objects.get()
    assert (read.state, read.order_id) == ("booked", order.pk)
    assert read.mask and read.mask.verified_at == AT


def test_several_mails_of_one_order_count_once(sakura: Tenant, box: Mailbox) -> None:
    receive(box, 1, body=order_body())
    receive(box, 2, body=order_body())
    handle_waiting_mails(sakura)
    receive(box, 3, body=order_body(name="変更後"))
    handle_waiting_mails(sakura)
    assert list_orders() == [
        ("ordermail", "A-1", 3600, "髙橋 花子", "hanako@example.jp")
    ]
    assert list(OrderMail.objects.order_by("pk").values_list("state", flat=True)) == [
        "booked",
        "repeated",
        "repeated",
    ]
    assert Member.objects.count() == 1


def test_orders_of_one_buyer_are_of_one_contact(sakura: Tenant, box: Mailbox) -> None:
    receive(box, 1, body=order_body())
    receive(box, 2, body=order_body("A-2", "HANAKO@example.jp"))
    receive(box, 3, body=order_body("A-3", "jiro@example.jp", name="次郎"))
    handle_waiting_mails(sakura)
    receive(box, 4, body=order_body("A-4"))
    handle_waiting_mails(sakura)
    counts = CartCustomer.objects.order_by("email_key").values_list(
        "email_key", "order_count"
    )
    assert list(counts) == [("hanako@example.jp", 3), ("jiro@example.jp", 1)]
    assert Member.objects.count() == 2


def test_a_member_of_the_address_is_the_buyer_and_stays_unlinked(
    sakura: Tenant, box: Mailbox
) -> None:
    member = known(email="hanako@example.jp", line_user_id="U1", line_state="friend")
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    assert Member.objects.get() == member
    assert Link.objects.get().member_id == member.pk
    member.refresh_from_db()
    assert (member.link_state, member.known_by) == ("known", "form")


def test_an_address_that_members_share_is_a_buyer_of_its_own(
    sakura: Tenant, box: Mailbox
) -> None:
    members = {known(email="hanako@example.jp").pk for _each in range(2)}
    receive(box, 1, body=order_body())
    receive(box, 2, body=order_body("A-2"))
    handle_waiting_mails(sakura)
    contact = Member.objects.exclude(pk__in=members).get()
    assert (contact.known_by, contact.email_key) == ("order_mail", "hanako@example.jp")
    assert Link.objects.get().member_id == contact.pk
    assert CartOrder.objects.count() == 2
    assert merge_contacts(sakura) == 0


def test_an_order_that_an_api_told_before_is_the_same(
    sakura: Tenant, box: Mailbox
) -> None:
    cart = make_cart(match_key="email")
    store_rows(cart, Resource.ORDERS, [make_api_order()])
    receive(box, 1, body=order_body())
    ship(box, 2, "注文番号：A-1")
    handle_waiting_mails(sakura)
    order = CartOrder.objects.get()
    assert (order.cart_id, order.total, order.shipped_at) == (
        cart.pk,
        5000,
        AT + timedelta(seconds=1),
    )
    assert set(OrderMail.objects.values_list("order", flat=True)) == {order.pk}


def make_api_order(email: str = "", version: int = 0, **values: Any) -> Order:
    at = AT + timedelta(minutes=version)
    return Order(
        "77", "7", "A-1", CartOrder.State.SOLD, 1, 5000, AT, at, email=email, **values
    )


def test_an_order_that_an_api_tells_later_takes_the_mails_place(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    before = CartOrder.objects.get()
    cart = make_cart(match_key="email")
    customer = Customer("7", "C7", "髙橋 花子", "hanako@example.jp", "", "member", AT)
    store_rows(cart, Resource.CUSTOMERS, [customer])
    store_rows(cart, Resource.ORDERS, [make_api_order()])
    order = CartOrder.objects.get()
    assert (order.pk, order.cart_id, order.external_id, order.total, order.state) == (
        before.pk,
        cart.pk,
        "77",
        5000,
        "sold",
    )
    assert OrderMail.objects.get().order_id == order.pk
    counts = CartCustomer.objects.order_by("cart").values_list(
        "cart__kind", "order_count"
    )
    assert sorted(counts) == [("ecforce", 1), ("ordermail", 0)]


def test_the_same_number_of_another_buyer_is_another_order(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    store_rows(make_cart(), Resource.ORDERS, [make_api_order("other@example.jp")])
    assert [row[:3] for row in list_orders()] == [
        ("ordermail", "A-1", 3600),
        ("ecforce", "A-1", 5000),
    ]


def test_a_shipped_mail_finds_its_order_by_number_and_else_by_address(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body())
    receive(box, 2, body=order_body("A-2", "jiro@example.jp"))
    handle_waiting_mails(sakura)
    ship(box, 10, "注文番号：A-1")
    ship(box, 11, "メール：jiro@example.jp")
    ship(box, 12, "メール：nobody@example.jp")
    ship(box, 13, "注文番号：A-1")
    handle_waiting_mails(sakura)
    assert list(
        CartOrder.objects.order_by("number").values_list("shipped_at", flat=True)
    ) == [
        AT + timedelta(seconds=9),
        AT + timedelta(seconds=10),
    ]
    states = OrderMail.objects.filter(kind="shipped").order_by("pk")
    assert list(states.values_list("state", flat=True)) == [
        "booked",
        "booked",
        "no_order",
        "repeated",
    ]


def test_shipped_mails_without_a_number_are_of_different_orders(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body("A-1"))
    receive(box, 2, body=order_body("A-2"))
    handle_waiting_mails(sakura)
    ship(box, 10, "メール：hanako@example.jp")
    ship(box, 11, "メール：hanako@example.jp")
    handle_waiting_mails(sakura)
    assert CartOrder.objects.filter(shipped_at=None).count() == 0
    states = OrderMail.objects.filter(kind="shipped").values_list("state", flat=True)
    assert list(states) == ["booked", "booked"]


def holds_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
            " AND pid = pg_backend_pid())",
            [LOCK_CLASS],
        )
        return bool(cursor.fetchone()[0])


def test_orders_of_an_api_wait_for_the_mails_that_are_booked(sakura: Tenant) -> None:
    cart = make_cart(match_key="email")
    store_rows(cart, Resource.ORDERS, [make_api_order()])
    assert not holds_lock()
    get_or_add_mail_cart("さくら本店")
    store_rows(cart, Resource.ORDERS, [make_api_order(version=1)])
    assert holds_lock()


def test_a_shipped_mail_without_its_order_mail_makes_the_order(
    sakura: Tenant, box: Mailbox
) -> None:
    ship(box, 1, "注文番号：Z-1\nメール：amazon@example.jp")
    handle_waiting_mails(sakura)
    order = CartOrder.objects.get()
    assert (order.number, order.shipped_at) == ("Z-1", AT)
    assert Member.objects.get().email_key == "amazon@example.jp"


def test_what_cannot_be_read_is_kept_and_read_once_the_mask_is_mended(
    sakura: Tenant, box: Mailbox, aiko: Client
) -> None:
    mail = receive(box, 1, body=order_body().replace("メール：", "メールアドレス："))
    handle_waiting_mails(sakura)
    read = OrderMail.objects.get()
    assert (read.state, read.missing, read.number) == ("failed", "email", "A-1")
    assert CartOrder.objects.count() == 0
    page = aiko.get(f"/t/sakura/carts/mail/log/{mail.public_id}/")
    assert page.context["outcome"].why == (
        "メールアドレスが読めません。解析マスクを直すと、自動で読み直します。"
    )
    mask = read.mask
    assert mask
    mask.anchors = ANCHORS | {
        "email": {"before": "メールアドレス：", "after": "", "pick": ""}
    }
    save_mask(mask)
    assert Wakeup.objects.filter(kind="cartsync.ordermail").exists()
    assert [read_failed_mails(sakura), read_failed_mails(sakura)] == [1, 0]
    read.refresh_from_db()
    assert (read.state, read.missing, CartOrder.objects.get().number) == (
        "booked",
        "",
        "A-1",
    )
    mail.refresh_from_db()
    assert mail.handled_as == "order"


def test_mails_that_came_before_their_mask_are_read(
    sakura: Tenant, box: Mailbox
) -> None:
    mail = receive(box, 1, body=order_body("B-1"), subject="【楽天】受注")
    IncomingMail.objects.update(received_at=datetime.now(UTC))
    handle_waiting_mails(sakura)
    mail.refresh_from_db()
    assert mail.state == "ignored"
    mask = make_mask(name="楽天", mall="楽天市場", subject_part="受注", anchors=ANCHORS)
    save_mask(mask)
    handle_waiting_mails(sakura)
    order = CartOrder.objects.get()
    assert (order.number, order.cart.name) == ("B-1", "楽天市場")


def test_a_stranger_on_no_list_starts_nothing(sakura: Tenant, box: Mailbox) -> None:
    mail = receive(box, 1, body=order_body(), sender="evil@example.com")
    handle_waiting_mails(sakura)
    mail.refresh_from_db()
    assert mail.state == "unverified"
    assert (OrderMail.objects.count(), Member.objects.count()) == (0, 0)


def test_a_contact_joins_the_friend_who_gives_the_same_address(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    contact = Member.objects.get()
    assert not Wakeup.objects.filter(kind="cartsync.contacts").exists()
    friend = Member.objects.create(line_user_id="U1", line_state="friend")
    record_answer(
        friend, "form", received_at=AT, name="花子", email="Hanako@example.jp"
    )
    assert Wakeup.objects.filter(kind="cartsync.contacts").exists()
    assert [merge_contacts(sakura), merge_contacts(sakura)] == [1, 0]
    contact.refresh_from_db()
    assert contact.merged_into_id == friend.pk
    assert Link.objects.get().member_id == friend.pk
    assert Merge.objects.get().operator is None
    receive(box, 2, body=order_body("A-2"))
    handle_waiting_mails(sakura)
    assert Member.objects.filter(deleted_at=None).count() == 1


def test_a_contact_brings_what_they_got_and_will_get(
    sakura: Tenant, box: Mailbox
) -> None:
    """The friend has a run of the same scenario for an order of their own: both series go on, under one member."""
    account = LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )
    steps = [(timedelta(days=1), "届きましたか"), (timedelta(days=3), "レビュー")]
    scenario = make_scenario(account, steps=steps)
    Trigger.objects.create(scenario=scenario, kind="order")
    friend = make_friend("U1", "")
    mine = [Happening(friend.pk, "order:77", timezone.now())]
    fire_trigger(sakura, "order", "", mine)
    for number in (1, 2):
        receive(box, number, body=order_body(f"A-{number}"))
    IncomingMail.objects.update(received_at=timezone.now())
    handle_waiting_mails(sakura)
    sent = Delivery.objects.exclude(member=friend).order_by("pk")[:1]
    Delivery.objects.filter(pk__in=sent.values("pk")).update(state=2)
    record_answer(friend, "form", received_at=AT, email="hanako@example.jp")
    assert merge_contacts(sakura) == 1
    assert set(Enrollment.objects.values_list("member", flat=True)) == {friend.pk}
    of_friend = Delivery.objects.filter(member=friend)
    assert sorted(of_friend.values_list("state", flat=True)) == [0, 0, 0, 0, 0, 2]


def make_friend(user: str, email: str) -> Member:
    friend = Member.objects.create(line_user_id=user, line_state="friend")
    record_answer(friend, "form", received_at=AT, email=email)
    return friend


def test_a_merge_that_was_undone_is_not_done_again(
    sakura: Tenant, box: Mailbox, cast: Cast
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    make_friend("U1", "hanako@example.jp")
    assert merge_contacts(sakura) == 1
    unmerge_members(Merge.objects.get(), cast.ed)
    assert merge_contacts(sakura) == 0
    assert Member.objects.filter(deleted_at=None).count() == 2


def test_contacts_that_cannot_be_joined_hold_up_nobody(
    sakura: Tenant, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    emails = [f"p{number}@example.jp" for number in range(3)]
    for number, email in enumerate(emails):
        receive(box, number + 1, body=order_body(f"A-{number}", email))
    handle_waiting_mails(sakura)
    friends = [make_friend(f"U{email}", email) for email in emails]
    refused = Member.objects.filter(line_user_id=None).order_by("pk")[0].pk
    join = contacts.merge_contact
    monkeypatch.setattr(contacts, "JOINED_AT_ONCE", 1)
    monkeypatch.setattr(
        contacts, "merge_contact", lambda pk, member: pk != refused and join(pk, member)
    )
    assert merge_contacts(sakura) == 2
    survivors = Merge.objects.values_list("survivor", flat=True)
    assert sorted(survivors) == [friends[1].pk, friends[2].pk]


def test_two_friends_of_one_address_leave_the_contact_alone(
    sakura: Tenant, box: Mailbox
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    for user in ("U1", "U2"):
        friend = Member.objects.create(line_user_id=user, line_state="friend")
        record_answer(friend, "form", received_at=AT, email="hanako@example.jp")
    assert merge_contacts(sakura) == 0
    receive(box, 2, body=order_body("A-2"))
    handle_waiting_mails(sakura)
    assert Member.objects.filter(deleted_at=None).count() == 3


def test_the_cart_of_the_mails_is_neither_polled_nor_set_up(
    sakura: Tenant, box: Mailbox, aiko: Client
) -> None:
    receive(box, 1, body=order_body())
    handle_waiting_mails(sakura)
    cart = Cart.objects.get()
    assert list(Cart.objects.active()) == list(Cart.objects.wanted()) == []
    assert aiko.get(f"/t/sakura/carts/{cart.public_id}/").status_code == 404
    assert "さくら本店" not in aiko.get("/t/sakura/carts/").content.decode()
    orders = aiko.get("/t/sakura/carts/orders/").content.decode()
    assert "A-1" in orders and "さくら本店" in orders
    member = Member.objects.get()
    page = aiko.get(f"/t/sakura/members/{member.public_id}/?tab=orders")
    assert "A-1" in page.content.decode()


def test_an_order_mail_starts_a_series_at_its_receipt_once(
    sakura: Tenant, box: Mailbox
) -> None:
    account = LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )
    scenario = make_scenario(account, steps=[(timedelta(days=3), "レビューのお願い")])
    Trigger.objects.create(scenario=scenario, kind="order")
    friend = known(email="hanako@example.jp", line_user_id="U1", line_state="friend")
    mail = receive(box, 1, body=order_body())
    receive(box, 2, body=order_body())
    at = timezone.now()
    IncomingMail.objects.update(received_at=at)
    handle_waiting_mails(sakura)
    run = Enrollment.objects.get()
    order = CartOrder.objects.get()
    assert (run.member_id, run.trigger_key, run.triggered_at) == (
        friend.pk,
        f"order:{order.pk}",
        at,
    )
    assert order.received_at == at and order.ordered_at != at
    cart = make_cart(match_key="email")
    store_rows(cart, Resource.ORDERS, [make_api_order()])
    assert Enrollment.objects.get() == run
    assert OrderMail.objects.filter(mail=mail, order=order.pk).exists()


def test_mail_run_and_delivery_lead_to_each_other(
    sakura: Tenant, box: Mailbox, aiko: Client
) -> None:
    account = LineAccount.objects.create(
        name="さくら", channel_id="1", channel_secret="s", access_token="t"
    )
    scenario = make_scenario(account, steps=[(timedelta(days=3), "レビューのお願い")])
    Trigger.objects.create(scenario=scenario, kind="order")
    known(email="hanako@example.jp", line_user_id="U1", line_state="friend")
    known(email="taro@example.jp", line_user_id="U2", line_state="friend")
    mail = receive(box, 1, body=order_body())
    receive(box, 2, body=order_body(number="A-2", email="taro@example.jp"))
    IncomingMail.objects.update(received_at=timezone.now())
    handle_waiting_mails(sakura)
    run = Enrollment.objects.get(member__email="hanako@example.jp")
    delivery = Delivery.objects.get(enrollment=run)
    mail_page = f"/t/sakura/carts/mail/log/{mail.public_id}/"
    logs = "/t/sakura/messages/log/"
    for path in (f"{logs}runs/", f"{logs}{delivery.public_id}/"):
        assert f'href="{mail_page}"' in aiko.get(path).content.decode()
    shown = aiko.get(mail_page).content.decode()
    who = f"?member={run.member.public_id}&amp;scenario={scenario.public_id}"
    assert f"{logs}runs/{who}" in shown and f'href="{logs}{who}"' in shown
    for path in (f"{logs}runs/", logs):
        found = aiko.post(path, {"q": "A-1"}, follow=True)
        rows = found.context["page"].rows
        assert [row.member_id for row in rows] == [run.member_id]
