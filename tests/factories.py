"""Makers of rows for tests of all rooms: members, tags, LINE and mail accounts, scenarios, carts, forms, answers."""

import io
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from PIL import Image

from cartsync.connectors.base import Customer, Resource
from cartsync.models import Cart, CartCustomer
from cartsync.sync.store import store_rows
from forms_builder.answers.read import Answered
from forms_builder.answers.store import store_answers
from forms_builder.models import Field, Form, Submission
from forms_builder.questions.base import Value
from forms_builder.versions import store_version
from members.models import Member, Tag, TagBatch
from members.normalize.emails import normalize_email
from members.normalize.phones import normalize_phone
from members.tags.assign import tag_members as put_tag
from members.tags.names import get_or_create_tag
from messaging.models import (
    Content,
    LineAccount,
    MailAccount,
    MailFooter,
    Scenario,
    Step,
    Trigger,
)
from sandbox.serving import Sandbox

SECRET = "channel-secret-of-sakura-00000000"
DAY = datetime(2026, 11, 20, tzinfo=UTC)
NOTHING: Mapping[str, str] = {}


def make_account(line: Sandbox, **values: Any) -> LineAccount:
    """A row here and the channel it stands for there."""
    number = secrets.randbelow(10**9)
    given = {
        "name": "さくら商店",
        "channel_id": f"1{number:09}",
        "channel_secret": SECRET,
        "access_token": f"long-{number}",
        "login_channel_id": f"2{number:09}",
        "liff_id": f"2{number:09}-abcdefgh",
        **values,
    }
    names = (
        "name",
        "channel_id",
        "channel_secret",
        "access_token",
        "login_channel_id",
        "liff_id",
    )
    line.line.register({name: given[name] for name in names})
    return LineAccount.objects.create(**given)


def make_mail_account(line: Sandbox, **values: Any) -> MailAccount:
    """A mail account whose server is the catcher."""
    given = {
        "name": "お店のメール", "host": "127.0.0.1", "port": line.smtp_port, "security": "none",
        "from_email": "shop@sakura.example.jp", "from_name": "さくら商店", "per_minute": 600_000, **values,
    }  # fmt: skip
    if not MailFooter.objects.exists():
        MailFooter.objects.create(
            name="さくら商店", postal_address="東京都1-1", contact="03-0000-0000"
        )
    return MailAccount.objects.create(**given)


def channel(line: Sandbox, account: LineAccount) -> Any:
    return line.line.channels[account.channel_id]


def make_friends(
    line: Sandbox, account: LineAccount, count: int, **values: Any
) -> list[Member]:
    """Members who are friends here and there."""
    ids = [f"U{secrets.token_hex(16)}" for _ in range(count)]
    line.line.add_friends(
        channel(line, account),
        [{"user_id": user_id, "name": f"友 {n}"} for n, user_id in enumerate(ids)],
    )
    return Member.objects.bulk_create(
        [
            Member(
                **{
                    "line_user_id": user_id,
                    "line_name": f"友 {n}",
                    "line_state": "friend",
                    **values,
                }
            )
            for n, user_id in enumerate(ids)
        ]
    )


def make_tag(name: str) -> Tag:
    return Tag.objects.create(name=name, name_key=name)


def make_scenario(account: LineAccount, *tags: Tag, **values: Any) -> Scenario:
    """Switched on, one step at once with the text "こんにちは", unless told otherwise: ``steps`` = [(delay, text)]."""
    steps = values.pop("steps", [(timedelta(), "こんにちは")])
    form_id = values.pop("form_id", "")
    scenario = Scenario.objects.create(
        **{"name": "あいさつ", "account": account, "is_on": True, **values}
    )
    for tag in tags:
        Trigger.objects.create(scenario=scenario, tag=tag)
    for delay, text in steps:
        content = Content.objects.create(text=text, form_id=form_id)
        Step.objects.create(scenario=scenario, delay=delay, content=content)
    return scenario


def give(tag: Tag, *members: Member) -> TagBatch:
    """Tags them as an operator would."""
    return put_tag(
        tag,
        Member.objects.filter(pk__in=[member.pk for member in members]),
        TagBatch.Source.OPERATOR,
    )


def make_cart(**values: Any) -> Cart:
    values = {
        "name": "本店",
        "match_key": "phone",
        "frequency": 60,
        **values,
    }
    address = values.pop("base_url", "http://127.0.0.1:9")
    return Cart.objects.create(
        kind="ecforce",
        settings={"base_url": address, "token": "demo-token"},
        linked_tag=get_or_create_tag("連携済み"),
        **values,
    )


def known(phone: str = "", email: str = "", **values: Any) -> Member:
    """A member who can be matched."""
    return Member.objects.create(
        phone=phone,
        phone_e164=normalize_phone(phone),
        email=email,
        email_key=normalize_email(email),
        known_at=DAY,
        known_by="form",
        answered_at=DAY,
        link_state="known",
        **values,
    )


def customer(
    number: int,
    phone: str = "",
    email: str = "",
    version: int = 0,
    state: str = "member",
) -> Customer:
    return Customer(
        str(number),
        f"C{number}",
        "佐藤 花子",
        email,
        phone,
        state,
        DAY + timedelta(minutes=version),
    )


def stored(cart: Cart, *rows: Customer) -> list[CartCustomer]:
    store_rows(cart, Resource.CUSTOMERS, rows)
    ids = [row.external_id for row in rows]
    return sorted(
        cart.customers.filter(external_id__in=ids),
        key=lambda row: ids.index(row.external_id),
    )


def make_form(account: LineAccount, **values: Any) -> Form:
    """Name (wanted), phone (wanted), email (optional) and a line of text (optional)."""
    form = Form.objects.create(
        account=account, **{"name": "本人確認フォーム", "title": "ご本人確認", **values}
    )
    questions = [
        ("name", "お名前", True),
        ("phone", "電話番号", True),
        ("email", "メールアドレス", False),
        ("text", "ご要望", False),
    ]
    for position, (kind, label, required) in enumerate(questions, start=1):
        Field.objects.create(
            form=form, position=position, kind=kind, label=label, is_required=required
        )
    store_version(form)
    return form


def make_submission(
    form: Form, member: Member | None, said: Mapping[str, str] = NOTHING, **more: Any
) -> Submission:
    """One answer; ``said``: text by kind, or by the id of the question."""
    version = store_version(form)
    ticket = f"t{Submission.objects.count()}"
    values = {"ticket": ticket, "received_at": timezone.now(), **more}
    submission = Submission.objects.create(
        form=form, version=version, member=member, **values
    )
    answered = [
        Answered(each, [Value(said.get(each.id, said.get(each.kind, "")))])
        for each in version.questions
        if said.get(each.id, said.get(each.kind, ""))
    ]
    store_answers(submission, answered)
    return submission


def make_jpeg(size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG", **options)
    return out.getvalue()
