"""The demo shop of `make run`: made once, found again by later runs.

Its members and the demo cart's customers are the same made-up people for a part, so the first polls link them.
"""

import os
import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from cartsync.models import Cart  # noqa: E402
from config.demo_forms import (  # noqa: E402
    answer_survey,
    make_contact_form,
    make_notice,
    make_survey,
)
from config.demo_funnel import make_funnel_days  # noqa: E402
from config.demo_line import befriend_members, make_messages, register_channel  # noqa: E402
from config.demo_rpa import make_cancel_form, make_login, make_requests  # noqa: E402
from forms_builder.models import Field, Form, FormTag  # noqa: E402
from forms_builder.versions import store_version  # noqa: E402
from members.conditions.presets import list_presets  # noqa: E402
from members.identity.answers import apply_newest_answers, build_answer_columns  # noqa: E402
from members.identity.inquiries import make_inquiry  # noqa: E402
from members.identity.visits import VisitEvent, record_visits  # noqa: E402
from members.models import IdentityRecord, Inquiry, Member, Tag, TagBatch, Visit  # noqa: E402
from members.segments import manage  # noqa: E402
from members.tags.assign import tag_members  # noqa: E402
from members.tags.names import get_or_create_tag  # noqa: E402
from messaging.models import (  # noqa: E402
    Content,
    LineAccount,
    MailAccount,
    Scenario,
    Step,
    Trigger,
)
from operators import groups  # noqa: E402
from operators.models import Operator, Seat  # noqa: E402
from rpa.models import RobotLogin  # noqa: E402
from sandbox.people import Person, make_people  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from tenants.scope import open_tenant_scope  # noqa: E402
from tenants.shops import open_shop  # noqa: E402
from tenants.wakeups import wake  # noqa: E402

SEED, CART_SIZE, DEMO_CART = 1, 1500, "デモカート"
MAIL_ACCOUNT = "さくらコスメのメール"
MEMBERS = int(os.environ.get("DEMO_MEMBERS", "3000"))
PASSWORD = "tsunagi-demo-2026"  # noqa: S105  (printed by `make run`)
OPERATORS = (
    ("demo", "山田 花子", Seat.Role.OWNER),
    ("demo-staff", "佐藤 健", Seat.Role.STAFF),
    ("demo-viewer", "鈴木 美咲", Seat.Role.VIEWER),
    ("demo-manager", "高橋 恵", Seat.Role.MANAGER),
)
ASKING = (
    "{name}様\nご登録いただいた電話番号では、ご注文の情報が見つかりませんでした。"
    "お手数ですが、ご注文時の電話番号をもう一度ご入力ください。\n{form}"
)
FOLLOWING = (
    (
        timedelta(),
        None,
        "{name}様\nご注文ありがとうございます。発送の準備をしております。",
    ),
    (timedelta(days=3), time(10), "{name}様\n商品はお手元に届きましたか？"),
    (timedelta(days=14), time(10), "{name}様\nその後、使い心地はいかがですか？"),
)


def make_shop() -> Tenant:
    shop = open_shop("demo", "さくらコスメ")
    with open_tenant_scope(shop):
        for login_id, name, role in OPERATORS:
            operator = Operator.objects.create_operator(
                login_id,
                PASSWORD,
                name=name,
                email=f"{login_id}@example.jp",
                made_by=shop,
            )
            Seat.objects.create(operator=operator, role=role)
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
        make_members(known)
        answer_survey(survey)
        make_funnel_days()
        make_saved_conditions()
        make_inquiries()
        cart = Cart.objects.create(
            name=DEMO_CART, kind="ecforce", settings=build_demo_settings(),
            frequency=10, match_key=Cart.MatchKey.PHONE, linked_tag=linked,
        )  # fmt: skip
        wake(shop, "cartsync.poll", subject=cart.pk)
        make_requests(cart, list(make_people(SEED, 3)))
        make_cancel_form(account)
        make_login(cart)
    return shop


def build_demo_settings() -> dict[str, str]:
    """Return how the demo cart is reached: its address changes with the ports."""
    address = os.environ["DEMO_CART_URL"]
    page = f"{address}/customers/{{id}}/"
    return {"base_url": address, "token": "demo-token", "customer_url": page}


def make_account() -> LineAccount:
    return LineAccount.objects.create(
        name="さくらコスメ公式", basic_id="@sakura-demo", channel_id="2000000001", channel_secret="demo-channel-secret",
        access_token="demo-channel-token", login_channel_id="2000000002", liff_id="2000000002-sakura01",
    )  # fmt: skip


def make_mail_account() -> MailAccount:
    """A mail account whose server is the sandbox's catcher: its page shows every mail."""
    return MailAccount.objects.create(
        name=MAIL_ACCOUNT, host="127.0.0.1", port=settings.EMAIL_PORT, security="none",
        from_email="shop@sakura-cosme.example.jp", from_name="さくらコスメ",
    )  # fmt: skip


def make_form(account: LineAccount, known: Tag) -> Form:
    form = Form.objects.create(
        account=account, name="本人確認フォーム", title="ご本人確認",
        intro="ご注文時のお名前と電話番号をご入力ください。お届け状況などをLINEでお知らせできるようになります。",
        thanks="ご回答ありがとうございました。",
    )  # fmt: skip
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


def make_scenario(account: LineAccount, form: Form, known: Tag, linked: Tag) -> None:
    scenario = Scenario.objects.create(
        account=account, name="電話番号再入力のお願い", is_on=True, switched_at=timezone.now(), wait_for_polls=True,
        again_on_answer=True, condition={"all": [{"field": "tag", "op": "has_none", "value": [linked.pk]}]},
    )  # fmt: skip
    Trigger.objects.create(scenario=scenario, tag=known)
    content = Content.objects.create(text=ASKING, form_id=form.public_id)
    Step.objects.create(scenario=scenario, delay=timedelta(minutes=20), content=content)


def make_follow_scenario(account: LineAccount) -> None:
    """Make what an order in the demo cart starts for a linked member."""
    scenario = Scenario.objects.create(
        account=account, name="ご注文のお礼とその後", is_on=True, switched_at=timezone.now(),
        second_event=Scenario.SecondEvent.RESTART,
    )  # fmt: skip
    Trigger.objects.create(scenario=scenario, kind="order")
    for delay, at_time, text in FOLLOWING:
        content = Content.objects.create(text=text)
        Step.objects.create(
            scenario=scenario, delay=delay, at_time=at_time, content=content
        )


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


def make_members(known: Tag) -> None:
    """Make friends of the last 300 days.

    Four of five have answered; one in eight of those mistyped the phone number.
    """
    dice, now = random.Random(SEED), timezone.now()  # noqa: S311  (made-up people)
    persons = list(
        make_people(SEED, MEMBERS, start=max(0, CART_SIZE - MEMBERS * 6 // 10))
    )
    dice.shuffle(persons)
    since = sorted(
        now - timedelta(minutes=dice.randrange(60, 300 * 24 * 60)) for _ in persons
    )
    print(f"{MEMBERS:,} members", flush=True)
    members = Member.objects.bulk_create(
        Member(
            line_user_id=person.line_user_id, line_name=person.line_name, line_state_at=at, last_seen_at=at,
            line_state=dice.choices(("friend", "blocked"), (9, 1))[0],
        )
        for person, at in zip(persons, since, strict=True)
    )  # fmt: skip
    for member, at in zip(members, since, strict=True):
        member.created_at = at
    Member.objects.bulk_update(members, ["created_at"], batch_size=1000)
    print("their answers", flush=True)
    rows = zip(members, persons, since, strict=True)
    answers = [
        make_answer(member, person, at, dice)
        for member, person, at in rows
        if dice.random() < 0.8
    ]
    IdentityRecord.objects.bulk_create(answers, batch_size=1000)
    apply_newest_answers([record.member_id for record in answers])
    print("their tags and visits", flush=True)
    tag_members(known, Member.objects.exclude(answered_at=None), TagBatch.Source.IMPORT)
    make_visits(members, since, dice)


def make_visits(
    members: Sequence[Member], since: Sequence[datetime], dice: random.Random
) -> None:
    """Add a few messages and taps for each member, some of them minutes apart."""
    seen: list[VisitEvent] = []
    for member, start in zip(members, since, strict=True):
        at = start
        for _visit in range(dice.choices((0, 1, 2, 3, 6), (40, 25, 15, 12, 8))[0]):
            at += timedelta(minutes=dice.choice((4, 11, 26, 60 * 24 * 3, 60 * 24 * 9)))
            seen.append(
                VisitEvent(
                    member.pk,
                    at,
                    dice.choice((Visit.Kind.MESSAGE, Visit.Kind.TAP)),
                    f"demo:{len(seen)}",
                )
            )
    record_visits([each for each in seen if each.at < timezone.now()])


def make_answer(
    member: Member, person: Person, at: datetime, dice: random.Random
) -> IdentityRecord:
    phone = (
        person.phone_raw
        if dice.random() > 0.12
        else person.phone[:-1] + str((int(person.phone[-1]) + 1) % 10)
    )
    email = person.email_raw if dice.random() < 0.6 else ""
    return IdentityRecord(
        member=member, source=IdentityRecord.Source.IMPORT, origin="デモデータ", received_at=at + timedelta(minutes=7),
        **build_answer_columns(person.name, email, phone),
    )  # fmt: skip


def main() -> None:
    with transaction.atomic():
        shop = Tenant.objects.filter(slug="demo").first()
        new = shop is None
        shop = shop or make_shop()
    with open_tenant_scope(shop), transaction.atomic():
        account = LineAccount.objects.get(channel_id="2000000001")
        register_channel(shop, account)
        Cart.objects.filter(name=DEMO_CART).update(settings=build_demo_settings())
        MailAccount.objects.filter(name=MAIL_ACCOUNT).update(port=settings.EMAIL_PORT)
        RobotLogin.objects.filter(cart__name=DEMO_CART).update(
            url=os.environ["DEMO_CART_URL"]
        )
        if new:
            print("their LINE", flush=True)
            befriend_members(account)
        print(f"{Member.objects.count():,} members", flush=True)


if __name__ == "__main__":
    main()
