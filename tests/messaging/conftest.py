"""A LINE account of shop sakura that talks to the simulator, over real HTTP."""

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

from members.models import Member, Tag
from messaging.content.make import make_mail_content
from messaging.deliveries import sender
from messaging.models import (
    Call,
    Content,
    Delivery,
    LineAccount,
    Scenario,
    Sender,
)
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import make_cast
from tests.factories import (
    SECRET,
    channel,
    give,
    make_account,
    make_friends,
    make_mail_account,
    make_scenario,
    make_tag,
)

# Handed on to the tests of this room.
__all__ = [
    "SECRET",
    "channel",
    "give",
    "make_account",
    "make_friends",
    "make_mail_account",
    "make_scenario",
    "make_tag",
]


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
    one_sandbox.dns.reset()
    settings.DNS_SERVER = f"127.0.0.1:{one_sandbox.dns_port}"
    settings.LINE_API_URL = one_sandbox.line_url
    settings.LIFF_URL = f"{one_sandbox.line_url}/liff"
    return one_sandbox


@pytest.fixture
def account(sakura: Tenant, line: Sandbox) -> LineAccount:
    return make_account(line)


@pytest.fixture
def member(account: LineAccount, line: Sandbox) -> Member:
    """A friend."""
    return make_friends(line, account, 1)[0]


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
