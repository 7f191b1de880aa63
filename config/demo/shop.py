"""The demo shop of `make run`: made once, found again by later runs.

Its members and the demo cart's customers are the same made-up people for a part, so the first polls link them.
"""

import os
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from cartsync.models import Cart
from config.demo.forms import (
    answer_survey,
    make_contact_form,
    make_notice,
    make_survey,
)
from config.demo.funnel import make_funnel_days
from config.demo.line import make_keywords, make_messages
from config.demo.members import SEED, make_members
from config.demo.ordermail import make_order_mails
from config.demo.rpa import make_cancel_form, make_login, make_requests, make_rules
from config.demo.scenarios import make_follow_scenario, make_scenario
from forms_builder.models import Field, Form, FormTag
from forms_builder.versions import store_version
from members.conditions.presets import list_presets
from members.identity.inquiries.manage import make_inquiry
from members.models import Inquiry, Member, Tag
from members.segments import manage
from members.tags.names import get_or_create_tag
from messaging.models import (
    LineAccount,
    MailAccount,
    MailFooter,
)
from operators import groups
from operators.models import Operator, Seat
from sandbox.people import make_people
from tenants.models import Plan, Tenant
from tenants.scope import open_tenant_scope
from tenants.shops.open import open_shop
from tenants.wakeups import wake

DEMO_CART = "デモカート"
MAIL_ACCOUNT = "さくらコスメのメール"
PASSWORD = "tsunagi-demo-2026"  # noqa: S105  (printed by `make run`)
OPERATORS = (
    ("demo", "山田 花子", Seat.Role.OWNER),
    ("demo-staff", "佐藤 健", Seat.Role.STAFF),
    ("demo-viewer", "鈴木 美咲", Seat.Role.VIEWER),
    ("demo-manager", "高橋 恵", Seat.Role.MANAGER),
)


def make_shop() -> Tenant:
    shop = open_shop("demo", "さくらコスメ")
    shop.plan = Plan.objects.get(code="standard")
    shop.save(update_fields=["plan"])
    with open_tenant_scope(shop):
        make_operators(shop)
        account = make_account()
        make_mail_account()
        known, linked = (
            get_or_create_tag("本人確認済み"),
            get_or_create_tag("カート連携済み"),
        )
        for name, color in (
            ("定期継続中", "green"),
            ("VIP", "purple"),
            ("サンプル請求", "yellow"),
        ):
            Tag.objects.filter(pk=get_or_create_tag(name).pk).update(color=color)
        Tag.objects.filter(pk=linked.pk).update(color="green")
        Tag.objects.filter(pk=known.pk).update(color="blue")
        # The identity form comes last, so that it is the first of the list.
        make_notice()
        make_contact_form(account)
        survey = make_survey(account)
        form = make_form(account, known)
        make_scenario(account, form, known, linked)
        make_follow_scenario(account)
        make_messages(account, form.public_id)
        make_keywords()
        make_members(known)
        answer_survey(survey)
        make_funnel_days()
        make_saved_conditions()
        make_inquiries()
        cart = Cart.objects.create(
            name=DEMO_CART,
            kind="ecforce",
            settings=build_demo_settings(),
            frequency=10,
            match_key=Cart.MatchKey.PHONE,
            linked_tag=linked,
        )
        wake(shop, "cartsync.poll", subject=cart.pk)
        make_requests(cart, list(make_people(SEED, 3)))
        make_cancel_form(account)
        make_rules()
        make_login(cart)
        make_order_mails()
    return shop


def make_neighbour() -> Tenant:
    """Make a second shop, whose owner sees nothing of the first."""
    shop = open_shop("neighbour", "もみじ堂")
    with open_tenant_scope(shop):
        owner = Operator.objects.create_operator(
            "neighbour", PASSWORD, name="紅葉 修", made_by=shop
        )
        Seat.objects.create(operator=owner, role=Seat.Role.OWNER)
    return shop


def make_operators(shop: Tenant) -> None:
    for login_id, name, role in OPERATORS:
        operator = Operator.objects.create_operator(
            login_id,
            PASSWORD,
            name=name,
            email=f"{login_id}@example.jp",
            made_by=shop,
        )
        Seat.objects.create(operator=operator, role=role)


def build_demo_settings() -> dict[str, str]:
    """Return how the demo cart is reached: its address changes with the ports."""
    address = os.environ["DEMO_CART_URL"]
    page = f"{address}/customers/{{id}}/"
    return {"base_url": address, "token": "demo-token", "customer_url": page}


def make_account() -> LineAccount:
    return LineAccount.objects.create(
        name="さくらコスメ公式",
        basic_id="@sakura-demo",
        channel_id="2000000001",
        channel_secret="demo-channel-secret",
        access_token="demo-channel-token",
        login_channel_id="2000000002",
        liff_id="2000000002-sakura01",
    )


def make_mail_account() -> MailAccount:
    """Make a mail account whose server is the sandbox's catcher: its page shows every mail."""
    MailFooter.objects.create(
        name="株式会社さくらコスメ",
        postal_address="東京都千代田区丸の内1-1-1",
        contact="support@sakura-cosme.example.jp",
    )
    return MailAccount.objects.create(
        name=MAIL_ACCOUNT,
        host="127.0.0.1",
        port=settings.EMAIL_PORT,
        security="none",
        from_email="shop@sakura-cosme.example.jp",
        from_name="さくらコスメ",
    )


def make_form(account: LineAccount, known: Tag) -> Form:
    form = Form.objects.create(
        account=account,
        name="本人確認フォーム",
        title="ご本人確認",
        intro="ご注文時のお名前と電話番号をご入力ください。お届け状況などをLINEでお知らせできるようになります。",
        thanks="ご回答ありがとうございました。",
    )
    FormTag.objects.create(form=form, tag=known)
    rows = (
        ("name", "お名前", True),
        ("phone", "電話番号", True),
        ("email", "メールアドレス", False),
    )
    Field.objects.bulk_create(
        Field(
            form=form, position=position, kind=kind, label=label, is_required=required
        )
        for position, (kind, label, required) in enumerate(rows, 1)
    )
    store_version(form)
    return form


def make_saved_conditions() -> None:
    """Save two of the owner's own conditions, and one shared with a group."""
    seats = list(Seat.objects.select_related("operator").order_by("pk"))
    places = (None, None, groups.make_group("販促チーム", seats[:2]))
    for sample, group in zip(list_presets(), places, strict=False):
        manage.save_segment(
            str(sample.name), sample.condition, seats[0].operator, group
        )


def make_inquiries() -> None:
    """Make three inquiries that somebody must answer: one late, one under way, one done."""
    seats = list(Seat.objects.select_related("operator").order_by("pk"))
    members, today = (
        Member.objects.exclude(name="").order_by("-created_at", "-pk")[:3],
        timezone.localdate(),
    )
    asked = (
        ("定期便の解約について電話する", Inquiry.Mark.OPEN, -2),
        ("お届け先の変更を確認する", Inquiry.Mark.DOING, 3),
        ("サンプルの感想を聞く", Inquiry.Mark.DONE, -1),
    )
    for member, (subject, mark, days) in zip(members, asked, strict=False):
        make_inquiry(
            member,
            subject=subject,
            mark=mark,
            due_on=today + timedelta(days=days),
            assignee=seats[1].operator,
        )
