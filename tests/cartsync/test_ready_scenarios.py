"""The three ready follow scenarios: one click makes each, off, and what it says can be sent."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cartsync.orders.ready_scenarios import READY
from members.models import Member
from messaging.content.events import list_event_fields
from messaging.content.mail_checks import find_mail_faults
from messaging.content.render import check_text
from messaging.models import (
    Delivery,
    LineAccount,
    MailAccount,
    MailFooter,
    Scenario,
)
from messaging.scenarios.advice.warnings import list_warnings
from messaging.scenarios.manage import switch_scenario_on
from messaging.scenarios.ready import make_ready_scenario
from messaging.triggers.fire import Happening, fire_trigger
from tenants.models import Tenant


def url(name: str, *args: str) -> str:
    path = reverse(f"messaging:{name}", args=args, urlconf="config.urls_console")
    return f"/t/sakura{path}"


def make_accounts(*kinds: str) -> None:
    if "line" in kinds:
        LineAccount.objects.create(
            name="さくら",
            channel_id="1",
            channel_secret="s",
            login_channel_id="2",
            liff_id="2-a",
        )
    if "mail" in kinds:
        MailAccount.objects.create(
            name="店", host="smtp.example.jp", from_email="shop@example.jp"
        )


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.key)
def test_each_is_made_by_one_click(sakura: Tenant, ed: Client, ready: Any) -> None:
    make_accounts("line", "mail")
    assert ready.name in ed.get(url("templates")).content.decode()
    answer = ed.post(url("make_ready_scenario", ready.key))
    made = Scenario.objects.get()
    assert answer["Location"] == url("scenario", made.public_id)
    assert (made.name, made.is_on, made.is_ad) == (ready.name, False, ready.is_ad)
    assert [trigger.kind for trigger in made.starts] == ["order"]
    assert (made.counts_from, made.second_event) == ("shipping", ready.second_event)
    (said,) = ready.steps
    step = made.steps.get()
    assert (step.way, step.delay.days, step.at_time) == ("either", said.days, said.at)
    assert step.content.text == said.line
    mail = {key: step.mail_content.mail[key] for key in ("subject", "text", "mobile")}
    assert mail == {"subject": said.subject, "text": said.text, "mobile": said.mobile}
    assert ed.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.key)
def test_the_texts_pass_the_editors_checks(ready: Any) -> None:
    offered = list_event_fields({"order"})
    for step in ready.steps:
        mail = {"subject": step.subject, "text": step.text, "mobile": step.mobile}
        assert list(find_mail_faults({**mail, "html": ""}, "", offered)) == []
        check_text(step.line, "")


@pytest.mark.parametrize(("kinds", "way"), [(["line"], "line"), (["mail"], "mail")])
def test_a_shop_with_one_way_uses_it(sakura: Tenant, kinds: Any, way: str) -> None:
    make_accounts(*kinds)
    made = make_ready_scenario(READY[0])
    assert [step.way for step in made.steps.all()] == [way]
    assert bool(made.account_id) == (way == "line")


def test_without_an_account_nothing_is_made(sakura: Tenant, ed: Client) -> None:
    answer = ed.post(url("make_ready_scenario", "review"))
    assert (answer.status_code, Scenario.objects.count()) == (200, 0)
    assert ed.post(url("make_ready_scenario", "none-such")).status_code == 404


def test_an_ad_by_mail_without_a_footer_warns(sakura: Tenant) -> None:
    make_accounts("mail")
    made = make_ready_scenario(READY[1])
    assert [flaw.code for flaw in list_warnings(made)] == ["footer"]
    MailFooter.objects.create(name="店", postal_address="東京都", contact="03")
    assert list_warnings(made) == []
    procedure = make_ready_scenario(READY[0])
    assert list_warnings(procedure) == []


def test_one_order_starts_all_three(sakura: Tenant) -> None:
    make_accounts("line", "mail")
    for ready in READY:
        switch_scenario_on(make_ready_scenario(ready))
    MailFooter.objects.create(name="店", postal_address="東京都", contact="03")
    member = Member.objects.create(email="a@example.jp")
    happened = Happening(member.pk, "order:1", timezone.now())
    fire_trigger(sakura, "order", "", [happened])
    rows = Delivery.objects.order_by("planned_at")
    subjects = [row.content.mail["subject"] for row in rows.select_related("content")]
    assert subjects == [ready.steps[0].subject for ready in READY]
