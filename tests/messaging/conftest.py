"""A LINE account of shop sakura that talks to the simulator, over real HTTP."""

import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from members.models import Member, Tag, TagBatch
from members.tags.assign import tag_members as put_tag
from messaging.content.make import make_mail_content
from messaging.deliveries import sender
from messaging.models import (
    Call,
    Content,
    Delivery,
    LineAccount,
    MailAccount,
    MailFooter,
    Scenario,
    Sender,
    Step,
    Trigger,
)
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import make_cast

SECRET = "channel-secret-of-sakura-00000000"


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox(size=5) as running:
        yield running


@pytest.fixture
def line(one_sandbox: Sandbox, settings: Any) -> Sandbox:
    """The simulator with nothing in it, and the settings pointing at it."""
    state = one_sandbox.line
    (
        state.channels.clear(),
        state.people.clear(),
        state.by_token.clear(),
        state.stateless.clear(),
    )
    state.statuses.clear(), state.deliveries.clear()
    state.faults = type(state.faults)()
    one_sandbox.mail.reset()
    settings.LINE_API_URL = one_sandbox.line_url
    settings.LIFF_URL = f"{one_sandbox.line_url}/liff"
    return one_sandbox


@pytest.fixture
def account(sakura: Tenant, line: Sandbox) -> LineAccount:
    return make_account(line)


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


@dataclass
class Shop:
    """Sakura's shop in committed rows, for what works in other threads and processes."""

    tenant: Tenant
    account: LineAccount
    line: Sandbox
    tag: Tag

    def friends(self, count: int, **values: Any) -> list[Member]:
        with self.open():
            return make_friends(self.line, self.account, count, **values)

    def book(self, *members: Member, **values: Any) -> Scenario:
        """A scenario that has just been triggered for the members."""
        with self.open():
            scenario = make_scenario(self.account, self.tag, **values)
            give(self.tag, *members)
            return scenario

    def broadcast(self, *members: Member, text: str = "お知らせ") -> None:
        """Deliveries of a broadcast, due now."""
        now = timezone.now()
        with self.open():
            content = Content.objects.create(text=text)
            Delivery.objects.bulk_create(
                Delivery(
                    sender=self.account.sender,
                    source=Delivery.Source.BROADCAST,
                    is_ad=True,
                    member=member,
                    content=content,
                    planned_at=now,
                    due_at=now,
                )
                for member in members
            )

    def mail(self, *members: Member, is_ad: bool = False) -> Sender:
        """Mails due now, one for each member, from an account of the catcher. Return the sender."""
        now = timezone.now()
        with self.open():
            sender = make_mail_account(self.line).sender
            content = make_mail_content("{name}様へ", "本文です。", "<p>本文です。</p>")
            Delivery.objects.bulk_create(
                Delivery(
                    sender=sender,
                    channel="mail",
                    source=Delivery.Source.BROADCAST,
                    is_ad=is_ad,
                    member=member,
                    content=content,
                    planned_at=now,
                    due_at=now,
                )
                for member in members
            )
            return sender

    def dispatch(self, seconds: float = 20, via: Sender | None = None) -> Any:
        with self.open():
            found = Sender.objects.with_accounts().get(
                pk=(via or self.account.sender).pk
            )
        with open_tenant_scope(self.tenant):
            return sender.dispatch_deliveries(found, seconds)

    def states(self) -> dict[str, int]:
        """{"2": n, "3 blocked": n}: how many deliveries stand where, and why."""
        with self.open():
            rows = Counter(Delivery.objects.values_list("state", "reason"))
        return {
            f"{state} {reason}".strip(): count
            for (state, reason), count in rows.items()
        }

    def shift(self, seconds: float, *columns: str) -> None:
        """Let time pass: the database's clock judges, so the rows move into its past."""
        moved = {
            column: F(column) - timedelta(seconds=seconds)
            for column in columns or ("due_at",)
        }
        with self.open():
            Call.objects.update(**moved)
            Delivery.objects.update(due_at=F("due_at") - timedelta(seconds=seconds))

    @contextmanager
    def open(self) -> Iterator[None]:
        with open_tenant_scope(self.tenant), transaction.atomic():
            yield


@pytest.fixture
def shop(transactional_db: None, line: Sandbox) -> Shop:
    with transaction.atomic():
        tenant = make_cast().sakura
    with open_tenant_scope(tenant), transaction.atomic():
        return Shop(tenant, make_account(line), line, make_tag("回答済み"))
