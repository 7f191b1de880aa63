"""引き止め: one screen, the way on first, and nobody is kept who goes away."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from cartsync.models import Cart
from forms_builder.models import Form
from members.models import MemberTag, Tag
from messaging.models import Delivery, LineAccount, MailAccount
from rpa.models import CancellationRequest, RpaSettings
from rpa.offers.offer import answer_offer, end_offer, offer_instead
from rpa.offers.patience import PATIENCE
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.forms_builder.conftest import (
    Phone,
    account,
    fresh_counters,
    make_form,
    quick,
)
from tests.rpa.fields.test_from_form import GOOD

__all__ = ["account", "fresh_counters", "quick"]


@pytest.fixture
def phone(sandbox: Sandbox, account: LineAccount, cart: Cart) -> Phone:
    RpaSettings.objects.create(
        offers=["pause", "skip"],
        offer_text="お休みもできます。",
        contact_phone="0120-000-000",
        contact_hours="平日9〜18時",
        contact_url="https://shop.example.jp/cancel",
    )
    return Phone(sandbox, make_form(account, kind=Form.Kind.CANCEL))


def receive(phone: Phone) -> tuple[CancellationRequest, str]:
    """Answer the form; return the request and the address of its receipt."""
    answer = phone.answer(phone.ticket(), **GOOD)
    made = CancellationRequest.objects.get()
    assert answer.headers["Location"].startswith(f"/p/sakura/r/{made.public_id}.")
    return made, answer.headers["Location"]


def ask(phone: Phone) -> tuple[CancellationRequest, str]:
    """Answer the form, be found and allowed, and meet the offer."""
    made, url = receive(phone)
    found = {"state": "allowed", "subscription_external_id": "41"}
    CancellationRequest.objects.update(**found)
    made.refresh_from_db()
    assert offer_instead(made, RpaSettings.load())
    return made, url


def test_the_receipt_comes_at_once_and_turns_into_the_offer(phone: Phone) -> None:
    made, url = receive(phone)
    assert (made.state, made.offered_at) == ("received", None)
    answer = phone.client.get(url)
    page = answer.content.decode()
    assert "お申し込みを受け付けました" in page and made.public_id in page
    assert "<button" not in page
    assert answer.headers["Refresh"] == "2"
    made.received_at = timezone.now() - timedelta(minutes=2)
    made.save()
    later = phone.client.get(url)
    # It stops looking by itself; the link stays.
    assert (
        "Refresh" not in later.headers and "最新の状態を見る" in later.content.decode()
    )
    RpaSettings.objects.update(offers=[])
    assert "最新の状態を見る" not in phone.client.get(url).content.decode()


def test_the_one_screen(phone: Phone) -> None:
    made, url = ask(phone)
    assert (made.state, made.asked_kind, made.screens) == ("offered", "cancel", 2)
    assert made.opened_at and made.opened_at <= made.received_at
    page = phone.client.get(url).content.decode()
    buttons = re.findall(
        r'<button type="submit" class="(.*?)" name="kind" value="(.*?)"', page
    )
    # The way on comes first, and looks like the others.
    assert buttons == [("button", "cancel"), ("button", "pause"), ("button", "skip")]
    main = page[page.index("<main") :]
    assert re.findall(r"<(?:a|button|input|select)\b[^>]*", main)[0].endswith(
        'value="cancel"'
    )
    assert "autofocus" not in main
    assert made.public_id in page
    assert "お電話：0120-000-000（平日9〜18時）" in page
    assert "Web：https://shop.example.jp/cancel" in page
    wakeup = Wakeup.objects.get(kind="rpa.offer", subject=made.pk)
    assert made.offered_at
    end = made.offered_at + PATIENCE
    assert wakeup.due_at == end
    local = f"{timezone.localtime(end):%Y/%m/%d %H:%M}</time>に解約のお手続きを進めます"
    assert local in page


def test_who_left_the_page_comes_back_by_the_message(phone: Phone) -> None:
    RpaSettings.objects.update(is_live=True)
    MailAccount.objects.create(
        name="ショップ", host="127.0.0.1", from_email="shop@example.jp"
    )
    made, url = ask(phone)
    told = Delivery.objects.select_related("content").get(key__endswith=":offered")
    assert told.key == f"rpa:{made.public_id}:offered"
    text = told.content.mail["text"]
    assert made.offered_at
    end = timezone.localtime(made.offered_at + PATIENCE)
    assert (
        f"お返事がないときは、{end:%Y/%m/%d %H:%M}に解約のお手続きを進めます。" in text
    )
    assert f"{settings.SITE_URL}{url}" in text.splitlines()
    for line in ("お電話：0120-000-000（平日9〜18時）", f"受付番号：{made.public_id}"):
        assert line in text.splitlines()
    steps = made.evidence.order_by("pk").values_list("step", flat=True)
    assert list(steps) == ["received", "told", "offered", "told"]


def test_who_goes_on_is_cancelled(phone: Phone) -> None:
    made, url = ask(phone)
    assert phone.client.post(url, {"kind": "cancel"}).headers["Location"] == url
    made.refresh_from_db()
    assert (made.state, made.kind, bool(made.answered_at)) == (
        "confirmed",
        "cancel",
        True,
    )
    assert Wakeup.objects.filter(kind="rpa.work", subject=made.pk).exists()
    page = phone.client.get(url).content.decode()
    assert "お申し込みを受け付けました" in page and "<button" not in page
    at = f"{timezone.localtime(made.answered_at):%Y/%m/%d %H:%M}"
    assert f"<dt>ご確認</dt><dd>「解約を続ける」（{at}）</dd>" in page
    assert not MemberTag.objects.exists()
    # There is no second screen, and the choice stays.
    phone.client.post(url, {"kind": "pause"})
    made.refresh_from_db()
    assert made.kind == "cancel"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("confirmed", "お手続きを進めています。"),
        ("submitted", "お手続きを進めています。"),
        ("person", "担当者が確認しています。"),
        ("verified", "お手続きが完了しました"),
    ],
)
def test_the_receipt_says_how_far_it_is(phone: Phone, state: str, said: str) -> None:
    _made, url = receive(phone)
    assert said not in phone.client.get(url).content.decode()
    CancellationRequest.objects.update(state=state)
    assert said in phone.client.get(url).content.decode()


def test_who_takes_the_offer_is_kept(phone: Phone) -> None:
    tag = Tag.objects.create(name="解約の抑止", name_key="解約の抑止")
    RpaSettings.objects.update(offer_tag=tag)
    made, url = ask(phone)
    phone.client.post(url, {"kind": "next_date"})
    made.refresh_from_db()
    assert made.state == "offered"
    phone.client.post(url, {"kind": "pause"})
    made.refresh_from_db()
    assert (made.state, made.kind, made.asked_kind) == (
        "identified",
        "pause",
        "cancel",
    )

    tagged = MemberTag.objects.filter(tag=tag).values_list("member", flat=True)
    assert list(tagged) == [made.member_id]


def test_who_goes_away_is_cancelled_all_the_same(phone: Phone, sakura: Tenant) -> None:
    made, _url = ask(phone)
    assert end_offer(sakura, made.pk) is None
    made.refresh_from_db()
    assert (made.state, made.kind, made.answered_at) == ("confirmed", "cancel", None)
    assert not answer_offer(made, "pause")
    assert end_offer(sakura, made.pk) is None
    steps = made.evidence.order_by("pk").values_list("step", flat=True)
    assert list(steps) == ["received", "offered", "unanswered"]


def test_without_offers_the_receipt_comes_at_once(phone: Phone) -> None:
    RpaSettings.objects.update(offers=[])
    made, url = receive(phone)
    assert (made.state, made.asked_kind, made.screens) == ("received", "", 1)
    page = phone.client.get(url).content.decode()
    at = timezone.localtime(made.received_at)
    assert made.public_id in page and f"{at:%Y/%m/%d}" in page and "解約" in page


def test_phone_and_web_stand_on_the_form_s_pages(phone: Phone) -> None:
    page = phone.client.get(phone.base).content.decode()
    assert "お電話：0120-000-000（平日9〜18時）" in page
    phone.form.kind = Form.Kind.OTHER
    phone.form.save()
    assert "0120-000-000" not in phone.client.get(phone.base).content.decode()


def test_cancelling_by_form_alone_is_warned_of(phone: Phone, aiko: Client) -> None:
    page, warning = "/t/sakura/rpa/settings/", "ほかに、受付方法がありません"
    assert warning not in aiko.get(page).content.decode()
    RpaSettings.objects.update(contact_phone="", contact_url="")
    assert warning in aiko.get(page).content.decode()
    Form.objects.update(kind=Form.Kind.OTHER)
    assert warning not in aiko.get(page).content.decode()


def test_a_receipt_is_found_by_its_address_alone(phone: Phone, client: Client) -> None:
    made, url = ask(phone)
    assert client.get(url).status_code == 200
    # The number is said on the telephone; it opens nothing.
    for key in (made.public_id, f"{made.public_id}.forged", url.split("/")[-2][:-1]):
        assert client.get(f"/p/sakura/r/{key}/").status_code == 404
        assert client.post(f"/p/sakura/r/{key}/", {"kind": "pause"}).status_code == 404


def test_the_shop_s_own_thanks_stand_on_the_receipt(phone: Phone) -> None:
    phone.form.thanks = "長いあいだ、ありがとうございました。"
    phone.form.save()
    RpaSettings.objects.update(offers=[])
    _made, url = receive(phone)
    page = phone.client.get(url).content.decode()
    assert "長いあいだ、ありがとうございました。" in page
