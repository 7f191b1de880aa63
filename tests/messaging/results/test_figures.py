"""The figures of broadcasts and of scenarios' messages: recomputed row by row, and each opens its people."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cartsync.models import CartOrder, Link
from members.models import Member, Visit
from messaging.content.make import make_line_content
from messaging.models import (
    Broadcast,
    Click,
    Delivery,
    Enrollment,
    LineAccount,
    Step,
)
from messaging.results.figures import load_results
from messaging.results.links import Subject
from tests.messaging.conftest import make_scenario
from tests.messaging.links.test_links import make_order, make_sent

WEEK = timedelta(days=7)
LOG = "/t/sakura" + reverse("messaging:deliveries", urlconf="config.urls_console")


def make_step(
    account: LineAccount, members: list[Member], sent_at: datetime, text: str
) -> Step:
    """A message of a scenario that went out to these members, to the first of them in two runs."""
    content = make_line_content(text, "", [], counts_links=True)
    scenario = make_scenario(account)
    step: Step = scenario.steps.get()
    Step.objects.filter(pk=step.pk).update(content=content)
    step.refresh_from_db()
    for run, member in enumerate([*members, members[0]]):
        enrollment = Enrollment.objects.create(
            scenario=scenario,
            member=member,
            trigger_key=f"r{run}",
            triggered_at=sent_at,
        )
        at = sent_at + timedelta(hours=run)
        Delivery.objects.create(
            sender=account.sender,
            member=member,
            enrollment=enrollment,
            step=step,
            content=content,
            state=2 if run % 5 else 3,
            planned_at=at,
            due_at=at,
            finished_at=at,
        )
    return step


def rows_of(subject: Subject) -> list[Delivery]:
    named = {"broadcast" if isinstance(subject, Broadcast) else "step": subject}
    return list(Delivery.objects.filter(**named).order_by("pk"))


def recompute(subject: Subject) -> dict[str, Any]:
    """Each figure as the deliveries it counts, and the yen; person by person and order by order."""
    rows = rows_of(subject)
    reacted = {
        row.pk
        for row in rows
        for visit in Visit.objects.filter(member=row.member_id)
        if row.state == 2 and row.finished_at <= visit.at < row.finished_at + WEEK
    }
    taps = Click.objects.filter(machine="").exclude(delivery__source=4)
    people = {click.delivery_id for click in taps}
    bought, yen = set(), 0
    for order in CartOrder.objects.filter(state="sold"):
        link = Link.objects.get(customer__external_id=order.customer_external_id)
        before = [
            click
            for click in taps.filter(member=link.member_id).order_by("at", "pk")
            if order.ordered_at - WEEK < click.at <= order.ordered_at
        ]
        if before and before[-1].delivery_id in {row.pk for row in rows}:
            bought.add(before[-1].delivery_id)
            yen += order.total
    tapped = people & {row.pk for row in rows}
    return {"reacted": reacted, "tapped": tapped, "bought": bought, "yen": yen}


def draw_world(account: LineAccount, seed: int) -> list[Subject]:
    """Two broadcasts and a scenario's message that compete for the taps of eight members."""
    chance, now = random.Random(seed), timezone.now()
    members = [
        Member.objects.create(line_user_id=f"U{n:032}", line_state="friend")
        for n in range(8)
    ]
    subjects: list[Subject] = [
        make_sent(account, members, now - timedelta(days=20)),
        make_sent(account, members, now - timedelta(days=14)),
        make_step(account, members, now - timedelta(days=16), "https://shop.example/a"),
    ]
    deliveries = [row for subject in subjects for row in rows_of(subject)]
    for number in range(40):
        at = now - timedelta(days=chance.uniform(0, 22))
        row = chance.choice(deliveries)
        Click.objects.create(
            delivery=row,
            member_id=row.member_id,
            number=0,
            at=at,
            origin="o",
            machine=chance.choice(["", "", "", "agent"]),
        )
        member = chance.choice(members)
        visited = now - timedelta(days=chance.uniform(0, 22))
        Visit.objects.create(
            member=member, at=visited, kind="message", key=f"v{number}"
        )
        if number % 2:
            ordered = now - timedelta(days=chance.uniform(0, 22))
            state = chance.choice(["sold", "sold", "cancelled"])
            make_order(member, f"n{number}", ordered, 100 * number, state)
    return subjects


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_the_people_they_open(
    account: LineAccount, ed: Client, seed: int
) -> None:
    for subject in draw_world(account, seed):
        wanted, found = recompute(subject), load_results(subject)
        assert (found.reacted, found.tapped, found.buyers, found.yen) == (
            len(wanted["reacted"]),
            len(wanted["tapped"]),
            len(wanted["bought"]),
            wanted["yen"],
        )
        assert found.sent == sum(row.state == 2 for row in rows_of(subject))
        name = "broadcast" if isinstance(subject, Broadcast) else "step"
        for result in ("reacted", "tapped", "bought"):
            page = ed.get(LOG, {name: subject.public_id, "result": result})
            assert {row.pk for row in page.context["page"].rows} == wanted[result]
        for link in found.links:
            asked = {name: subject.public_id, "link": str(link.number)}
            rows = ed.get(LOG, asked).context["page"].rows
            assert len(rows) == link.people


def test_the_page_of_a_message_opens_its_people(
    account: LineAccount, ed: Client
) -> None:
    members = [
        Member.objects.create(line_user_id=f"U{n:032}", line_state="friend")
        for n in range(6)
    ]
    step = make_step(account, members, timezone.now() - timedelta(days=1), "やあ")
    path = "/t/sakura" + reverse(
        "messaging:step_results", args=[step.public_id], urlconf="config.urls_console"
    )
    page = ed.get(path)
    assert page.context["counts"] == {"sent": 5, "skipped": 2}
    assert f"?step={step.public_id}&amp;state=sent" in page.content.decode()
    for state, number in page.context["counts"].items():
        rows = (
            ed.get(LOG, {"step": step.public_id, "state": state}).context["page"].rows
        )
        assert len(rows) == number


def test_links_of_earlier_versions_and_more_than_twenty(
    account: LineAccount, ed: Client
) -> None:
    members = [Member.objects.create(line_user_id=f"U{'0' * 32}", line_state="friend")]
    urls = [f"https://shop.example/{n}" for n in range(30)]
    step = make_step(
        account, members * 2, timezone.now() - timedelta(days=1), " ".join(urls)
    )
    row = rows_of(step)[0]
    at = timezone.now()
    for number in (0, 29):
        Click.objects.create(
            delivery=row, member=members[0], number=number, at=at, origin="o"
        )
    newer = make_line_content(
        f"{urls[29]} https://shop.example/new", "", [], counts_links=True
    )
    Step.objects.filter(pk=step.pk).update(content=newer)
    step.refresh_from_db()
    links = load_results(step).links
    assert [link.url for link in links][:2] == [urls[29], "https://shop.example/new"]
    assert {link.url: link.people for link in links if link.people} == {
        urls[0]: 1,
        urls[29]: 1,
    }
    asked = {"step": step.public_id, "link": "0"}
    assert [each.pk for each in ed.get(LOG, asked).context["page"].rows] == [row.pk]
    assert ed.get(LOG, {**asked, "link": "31"}).context["page"].rows == []
    assert "link" not in ed.get(LOG).context["filters"].filters
