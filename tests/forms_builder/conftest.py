"""A LINE account at the sandbox, an identity form of shop sakura, and a customer's phone."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from forms_builder.answers.read import list_answered
from forms_builder.models import Form, FormTag, Submission
from forms_builder.public import context
from members.models import Tag
from messaging.models import LineAccount
from sandbox.serving import Sandbox
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.factories import make_form, make_submission, make_tag

# Handed on to the tests of this room.
__all__ = ["make_form", "make_submission", "make_tag"]


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests type faster than people; test_tickets tells of the pause itself."""
    monkeypatch.setattr(context, "FASTEST_SECONDS", 0)


def make_account(name: str = "さくら商店 公式", **values: Any) -> LineAccount:
    ids = {
        "channel_id": "2001",
        "login_channel_id": "3001",
        "liff_id": "3001-sakura",
        "basic_id": "@sakura",
    }
    return LineAccount.objects.create(
        name=name, channel_secret="secret", access_token="token", **{**ids, **values}
    )


def list_texts(submission: Submission) -> list[tuple[str, str, bool]]:
    """Kind, text and whether it was kept, of each question."""
    return [
        (each.question.kind, each.text, each.kept) for each in list_answered(submission)
    ]


def give(form: Form, tag: Tag, removes: bool = False) -> None:
    FormTag.objects.create(form=form, tag=tag, removes=removes)


@pytest.fixture
def account(sakura: Tenant) -> LineAccount:
    return make_account()


@pytest.fixture
def form(account: LineAccount) -> Form:
    return make_form(account)


@pytest.fixture
def momiji_form(cast: Cast) -> Form:
    with open_tenant_scope(cast.momiji):
        other = make_account(
            "もみじ堂",
            channel_id="2002",
            login_channel_id="3002",
            liff_id="3002-momiji",
        )
        return make_form(other)


@dataclass
class Phone:
    """A customer with LINE in hand: opens a form with an ID token and answers with the ticket that came back."""

    sandbox: Sandbox
    form: Form
    user_id: str = "U" + "a" * 32
    name: str = "はなこ"
    channel: str = "3001"
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def base(self) -> str:
        return f"/p/sakura/f/{self.form.public_id}/"

    def token(self, **claims: Any) -> str:
        lifetime = claims.pop("lifetime", 3600)
        return self.sandbox.line.signer.id_token(
            self.user_id, self.name, self.channel, lifetime, **claims
        )

    def open(self, test: str = "", **claims: Any) -> HttpResponse:
        data = {"id_token": self.token(**claims), "test": test}
        return self.client.post(f"{self.base}open/", data)  # type: ignore[return-value]

    def ticket(self, test: str = "") -> str:
        return ticket_in(self.open(test))

    def answer(self, ticket: str, **typed: str) -> HttpResponse:
        return self.client.post(self.base, {"ticket": ticket, "website": "", **typed})  # type: ignore[return-value]

    def text_name(self) -> str:
        return self.form.fields.get(kind="text").input_name


def ticket_in(response: HttpResponse) -> str:
    found = re.search(r'name="ticket" value="([^"]+)"', response.content.decode())
    assert found, response.content.decode()[:500]
    return found[1]


@pytest.fixture
def phone(sandbox: Sandbox, form: Form) -> Phone:
    return Phone(sandbox, form)
