"""Links of mails: each person's own addresses, counted like those of LINE messages."""

from django.test import Client

from members.models import Member, Visit
from messaging.content.make import make_mail_content
from messaging.links.addresses import encode_token, list_urls
from messaging.models import Click, Content, Delivery
from tenants.models import Tenant
from tests.messaging.conftest import Shop

A, B, C = (
    "https://shop.example/a",
    "https://shop.example/b?x=1&y=2",
    "https://shop.example/c",
)
HTML = (
    f'<p><a href="{A}">{A}</a><a href="https://shop.example/b?x=1&amp;y=2">見る</a></p>'
)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari"


def test_addresses_are_listed_once_over_all_texts(sakura: Tenant) -> None:
    texts = {"text": f"こちら（{A}）", "mobile": f"{C}\n{A}", "html": HTML}
    content = Content(kind="mail", mail=texts)
    assert list_urls(content) == [A, C, B]


def test_each_person_has_their_own_and_a_tap_counts(shop: Shop, client: Client) -> None:
    with shop.open():
        content = make_mail_content(
            "冬", f"見る {A}", HTML, f"携帯 {C}", counts_links=True
        )
        one = Member.objects.create(email="a@example.jp")
        two = Member.objects.create(email="b@docomo.ne.jp")
    sender = shop.mail(one, two)
    with shop.open():
        Delivery.objects.update(content=content)
    shop.dispatch(via=sender)
    with shop.open():
        first, second = Delivery.objects.order_by("member_id")
    mails = {mail.to: mail for mail in shop.line.mail.mails}
    own = [f"/p/sakura/m/l/{encode_token(row.public_id)}/" for row in (first, second)]
    plain = mails["a@example.jp"]
    assert f"{own[0]}0/" in plain.text and A not in plain.text
    assert f'{own[0]}0/"' in plain.html and f'{own[0]}2/"' in plain.html
    assert f"{own[1]}1/" in mails["b@docomo.ne.jp"].text
    shop.shift(60)
    with shop.open():
        Delivery.objects.update(finished_at="2026-11-30T00:00:00+09:00")
    answer = client.get(f"{own[0]}2/", HTTP_USER_AGENT=PHONE)
    assert (answer.status_code, answer["Location"]) == (302, B)
    with shop.open():
        rows = Click.objects.values_list(
            "delivery_id", "member_id", "number", "machine"
        )
        assert list(rows) == [(first.pk, one.pk, 2, "")]
        assert list(Visit.objects.values_list("member_id", flat=True)) == [one.pk]


def test_without_an_address_nothing_is_counted(shop: Shop) -> None:
    with shop.open():
        made = make_mail_content("冬", "本文", counts_links=True)
        assert made.counts_links is False
        kept = make_mail_content("冬", A, counts_links=True)
        assert make_mail_content("冬", A, old=kept, counts_links=True) == kept
        assert make_mail_content("冬", A, old=kept) != kept
