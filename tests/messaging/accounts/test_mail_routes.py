"""送信元の振り分け: the first rule that fits the recipient's domain, asked when the mail goes out."""

from email.utils import parseaddr
from typing import Any

from django.test import Client

from members.models import Member
from messaging.accounts.mail_rules import (
    MOST_ROUTES,
    choose_default_account,
    move_mail_route,
    save_mail_route,
)
from messaging.accounts.routes import load_mail_routes
from messaging.content.make import Written, make_mail_content
from messaging.deliveries.booking import book_message
from messaging.models import Call, Delivery, LineAccount, MailAccount, MailRoute
from messaging.scenarios.manage import save_step
from sandbox.serving import Sandbox
from tenants.models import Tenant, Wakeup
from tests.messaging.accounts.test_mail_accounts import typed
from tests.messaging.conftest import (
    Shop,
    give,
    make_mail_account,
    make_scenario,
    make_tag,
)

PAGE = "/t/sakura/messages/mail/"
CASES = [
    ("a@docomo.ne.jp", "phones"),
    ("a@MAIL.Docomo.ne.jp", "phones"),
    ("a@xdocomo.ne.jp", "shop"),
    ("a@gmail.com", "shop"),
]


def make_two(line: Sandbox) -> tuple[MailAccount, MailAccount]:
    shop = make_mail_account(line, name="shop")
    phones = make_mail_account(line, name="phones", from_email="keitai@example.jp")
    return shop, phones


def find_names() -> dict[int, str]:
    return dict(MailAccount.objects.values_list("sender_id", "name"))


def test_the_rule_is_the_same_in_python_and_in_sql(
    account: LineAccount, line: Sandbox
) -> None:
    _shop, phones = make_two(line)
    save_mail_route("docomo.ne.jp", phones)
    names, routes = find_names(), load_mail_routes()
    assert [names[routes.find_sender(to) or 0] for to, _name in CASES] == [
        name for _to, name in CASES
    ]
    tag = make_tag("回答済み")
    scenario = make_scenario(account, tag, is_ad=False)
    step = scenario.steps.get()
    save_step(scenario, step, {}, Written(way="mail", subject="件", mail_text="文"))
    members = [Member.objects.create(email=to) for to, _name in CASES]
    give(tag, *members)
    rows = Delivery.objects.order_by("member_id").values_list("sender_id", flat=True)
    assert [names[pk] for pk in rows] == [name for _to, name in CASES]


def test_of_two_that_fit_the_upper_one_counts(sakura: Tenant, line: Sandbox) -> None:
    shop, phones = make_two(line)
    save_mail_route("example.jp", shop)
    lower = save_mail_route("sub.example.jp", phones)
    routes = load_mail_routes()
    assert routes.find_rule("a@sub.example.jp") == ("example.jp", shop.sender_id)
    move_mail_route(lower, up=True)
    routes = load_mail_routes()
    assert routes.find_rule("a@sub.example.jp") == ("sub.example.jp", phones.sender_id)
    move_mail_route(lower, up=True)
    assert [row.domain for row in MailRoute.objects.order_by("position")] == [
        "sub.example.jp",
        "example.jp",
    ]


def test_a_single_mail_goes_by_the_rule(sakura: Tenant, line: Sandbox) -> None:
    _shop, phones = make_two(line)
    save_mail_route("docomo.ne.jp", phones)
    booked = book_message(
        sakura,
        source=Delivery.Source.FORM_MAIL,
        content=make_mail_content("件名", "本文"),
        address="a@docomo.ne.jp",
    )
    assert booked.sender_id == phones.sender_id


def test_the_default_and_what_is_off(sakura: Tenant, line: Sandbox) -> None:
    shop, phones = make_two(line)
    choose_default_account(phones)
    choose_default_account(phones)
    assert load_mail_routes().find_sender("a@b.jp") == phones.sender_id
    MailAccount.objects.filter(pk=phones.pk).update(is_active=False)
    assert load_mail_routes().find_sender("a@b.jp") == shop.sender_id
    save_mail_route("docomo.ne.jp", phones)
    assert load_mail_routes().find_sender("a@docomo.ne.jp") == phones.sender_id


def test_the_rule_is_asked_when_the_mail_goes_out(shop: Shop) -> None:
    with shop.open():
        member = Member.objects.create(email="a@docomo.ne.jp")
        other = Member.objects.create(email="a@gmail.com")
    sender = shop.mail(member, other)
    with shop.open():
        phones = make_mail_account(
            shop.line, name="phones", from_email="keitai@example.jp"
        )
        save_mail_route("docomo.ne.jp", phones)
    shop.dispatch(via=sender)
    assert shop.states() == {"0": 1, "2": 1}
    with shop.open():
        woken = Wakeup.objects.filter(kind="messaging.dispatch")
        assert list(woken.values_list("subject", flat=True)) == [phones.sender_id]
    shop.dispatch(via=phones.sender)
    assert [parseaddr(mail.sender)[1] for mail in shop.line.mail.mails] == [
        "shop@sakura.example.jp",
        "keitai@example.jp",
    ]
    with shop.open():
        MailAccount.objects.filter(pk=phones.pk).update(from_email="new@example.jp")
        call = Call.objects.get(sender=phones.sender)
        assert (call.values or {})["sent_from"] == "keitai@example.jp"


def test_on_screen(aiko: Client, line: Sandbox, sakura: Tenant) -> None:
    shop, phones = make_two(line)
    page = f"{PAGE}routes/"
    rule: dict[str, Any] = {"domain": "a@DOCOMO.ne.jp ", "account": phones.public_id}
    assert aiko.post(page, rule)["Location"] == page
    assert aiko.post(page, rule | {"domain": "docomo"}).status_code == 422
    made = MailRoute.objects.get()
    assert (made.domain, made.account_id) == ("docomo.ne.jp", phones.pk)
    tried = aiko.post(f"{page}try/", {"address": "hanako@docomo.ne.jp"})
    assert (tried.context["account"], tried.context["by"]) == (phones, "docomo.ne.jp")
    other = aiko.post(f"{page}try/", {"address": "hanako@example.jp"})
    assert (other.context["account"], other.context["by"]) == (shop, "")
    aiko.post(f"{page}default/", {"default-account": phones.public_id})
    assert MailAccount.objects.get(is_default=True) == phones
    aiko.post(f"{page}{made.public_id}/move/", {"to": "up"})
    aiko.post(f"{page}{made.public_id}/delete/")
    assert MailRoute.objects.count() == 0


def test_rakuten_comes_with_its_rule_and_is_tested_by_login_alone(
    aiko: Client, line: Sandbox, sakura: Tenant
) -> None:
    form = aiko.get(f"{PAGE}new/?ready=rakuten").context["form"]
    assert (form["kind"].value(), form["port"].value()) == ("rakuten", 587)
    refused = aiko.post(f"{PAGE}new/", typed(line, kind="rakuten"))
    assert list(refused.context["form"].errors) == ["from_registered"]
    aiko.post(f"{PAGE}new/", typed(line, kind="rakuten", from_registered="on"))
    made = MailAccount.objects.get()
    assert MailRoute.objects.get().domain == "fw.rakuten.ne.jp"
    rule = load_mail_routes().find_rule("x@pc.fw.rakuten.ne.jp")
    assert rule == ("fw.rakuten.ne.jp", made.sender_id)
    tested = aiko.post(f"{PAGE}{made.public_id}/test/", {"what": "mail"})
    assert (tested.context["result"]["kind"], Delivery.objects.count()) == ("warn", 0)
    assert 'value="mail"' not in tested.content.decode()


def test_at_the_limit_a_domain_may_get_another_account(
    sakura: Tenant, line: Sandbox, aiko: Client
) -> None:
    shop, phones = make_two(line)
    MailRoute.objects.bulk_create(
        MailRoute(account=shop, domain=f"d{n}.example.jp", position=n)
        for n in range(1, MOST_ROUTES + 1)
    )
    changed = {"domain": "d7.example.jp", "account": phones.public_id}
    assert aiko.post(f"{PAGE}routes/", changed).status_code == 302
    assert MailRoute.objects.get(domain="d7.example.jp").account == phones
    more = {"domain": "more.example.jp", "account": phones.public_id}
    assert aiko.post(f"{PAGE}routes/", more).status_code == 422
    assert MailRoute.objects.count() == MOST_ROUTES
