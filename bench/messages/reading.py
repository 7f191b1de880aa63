"""What is read about messages: the logs, searched and not, a dry run, an audience; and a multicast to everybody.

PEOPLE and LOG_ROWS in the environment say how many: a million, and as many rows as the machine takes.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.messages.simulator import URL, accepted, post_multicasts, simulator, tell
from bench.stage import ROOT, Table, fill, median_seconds, owner, shop

PEOPLE = int(os.environ.get("PEOPLE", 1_000_000))
LOG_ROWS = int(os.environ.get("LOG_ROWS", 10_000_000))
BOOKED = min(PEOPLE, 200_000)
PLAIN = 5_000
PAGE = """
SELECT d.*, m.name FROM messaging_delivery d
JOIN members_member m ON m.tenant_id = d.tenant_id AND m.id = d.member_id
WHERE d.tenant_id = %s {} ORDER BY d.planned_at DESC, d.id DESC LIMIT 51
"""
WAITING = "AND d.state IN (0, 7, 8)"
AUDIENCE = """
SELECT count(*), count(*) FILTER (WHERE line_optout_at IS NULL AND line_state = 'friend')
FROM members_member WHERE tenant_id = %s AND deleted_at IS NULL
"""


def run(table: Table) -> None:
    tenant, scenario = stage()
    read_pages(table, tenant)
    decide_everybody(table, tenant, scenario)
    send_to_everybody(table, tenant)


def stage() -> tuple[Any, Any]:
    """A shop with PEOPLE friends, LOG_ROWS old deliveries, and a step message whose tag half of them have."""
    from django.db import transaction

    from members.models import Member, Tag, TagBatch
    from messaging.models import Content, LineAccount, Scenario, Step, Trigger
    from tenants.scope import open_tenant_scope

    tenant = shop("reading")
    with open_tenant_scope(tenant), transaction.atomic():
        if Member.objects.exists():
            return tenant, Scenario.objects.get()
        account = LineAccount.objects.create(
            name="公式",
            channel_id="reading",
            channel_secret="s",
            access_token="r1",
            login_channel_id="1",
            liff_id="1-a",
        )
        content = Content.objects.create(text="秋のお知らせです。")
        tag = Tag.objects.create(name="対象", name_key="対象")
        batch = TagBatch.objects.create(tag=tag, action="add", source="operator")
        condition = {"all": [{"field": "line_state", "op": "in", "value": ["friend"]}]}
        scenario = Scenario.objects.create(
            account=account, name="計測", condition=condition
        )
        Trigger.objects.create(scenario=scenario, tag=tag)
        Step.objects.create(scenario=scenario, delay="0", content=content)
    fill_rows(tenant.pk, account.sender_id, content.pk, tag.pk, batch.pk)
    return tenant, scenario


def fill_rows(tenant: int, sender: int, content: int, tag: int, batch: int) -> None:
    from members.models import Member, MemberTag
    from messaging.models import Delivery

    fill(
        Member,
        PEOPLE,
        tenant_id=str(tenant),
        public_id="lpad(n::text, 12, 'c')",
        name="'会員' || n",
        name_key="'会員' || n",
        line_user_id="'U' || lpad(n::text, 32, '0')",
        link_state="'known'",
        line_state="CASE n % 20 WHEN 0 THEN 'blocked' WHEN 1 THEN 'none' ELSE 'friend' END",
        line_optout_at="CASE WHEN n % 50 = 2 THEN now() END",
    )
    first = f"(SELECT min(id) FROM members_member WHERE tenant_id = {tenant})"
    fill(
        MemberTag,
        PEOPLE // 2,
        tenant_id=str(tenant),
        tag_id=str(tag),
        batch_id=str(batch),
        member_id=f"{first} + n * 2 - 1",
    )
    given = {
        "tenant_id": str(tenant),
        "sender_id": str(sender),
        "content_id": str(content),
        "public_id": "uuidv7()",
        "member_id": f"{first} + n % {PEOPLE}",
        "channel": "'line'",
        "tries": "1",
    }
    old = f"now() - n::float8 / {LOG_ROWS} * interval '365 days'"
    fill(
        Delivery,
        LOG_ROWS,
        **given,
        state="CASE WHEN n % 30 = 0 THEN 3 ELSE 2 END",
        planned_at=old,
        due_at=old,
        finished_at=old,
        reason="CASE WHEN n % 30 = 0 THEN 'blocked' ELSE '' END",
    )
    coming = "now() + interval '1 day' + n * interval '1 second'"
    fill(Delivery, BOOKED, **given, state="0", planned_at=coming, due_at=coming)


def read_pages(table: Table, tenant: Any) -> None:
    client = log_in(tenant)
    log, booked = "/t/reading/messages/log/", "/t/reading/messages/booked/"

    def get(path: str) -> Callable[[], object]:
        return lambda: check_page(client.get(path))

    def ask(where: str) -> Callable[[], object]:
        def read() -> object:
            with owner() as db:
                return db.execute(PAGE.format(where), [tenant.pk]).fetchall()

        return read

    for what, path, where in (
        ("log, first page", log, ""),
        ("log, searched by name", search(client, log), "AND m.name = '会員777'"),
        ("予約中, first page", booked, WAITING),
        (
            "予約中, searched by name",
            search(client, booked),
            f"{WAITING} AND m.name = '会員777'",
        ),
    ):
        floor = median_seconds(ask(where))
        plain = median_seconds(lambda: count_plainly(tenant.pk))
        table.seconds(
            f"{what}, of {LOG_ROWS:,}", median_seconds(get(path), 5), plain, floor
        )


def log_in(tenant: Any) -> Any:
    from django.db import transaction
    from django.test import Client

    from operators.models import Operator, Seat
    from tenants.scope import open_tenant_scope

    person = Operator.objects.filter(login_id="reader").first()
    person = person or Operator.objects.create_operator(
        "reader", "correct horse battery", name="計測"
    )
    with open_tenant_scope(tenant), transaction.atomic():
        Seat.objects.get_or_create(operator=person, defaults={"role": Seat.Role.OWNER})
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    return client


def search(client: Any, path: str) -> str:
    """Send the search as the page does; return the address that it leads to."""
    answer = client.post(path, {"s": "会員777"})
    assert answer.status_code == 302, answer.status_code
    return str(answer["Location"])


def check_page(answer: Any) -> object:
    assert answer.status_code == 200, answer.status_code
    return answer.content


def count_plainly(tenant: int) -> object:
    """The number of pages that Django's own paginator asks for first."""
    with owner() as db:
        sql = "SELECT count(*) FROM messaging_delivery WHERE tenant_id = %s"
        return db.execute(sql, [tenant]).fetchone()


def decide_everybody(table: Table, tenant: Any, scenario: Any) -> None:
    from django.db import transaction

    from messaging.broadcasts.audience import count_audience
    from messaging.models import Broadcast, Content
    from messaging.scenarios.advice.preview import preview_scenario
    from tenants.scope import open_tenant_scope

    with open_tenant_scope(tenant), transaction.atomic():
        content = Content.objects.order_by("pk")[0]
        made = Broadcast(
            tenant=tenant, name="秋", account=scenario.account, content=content
        )
        audience = median_seconds(lambda: count_audience(made))
        dry_run = median_seconds(lambda: preview_scenario(scenario))
        plain = decide_plainly()
        with owner() as db:
            floor = median_seconds(lambda: db.execute(AUDIENCE, [tenant.pk]).fetchall())
    people = f"{PEOPLE:,}"
    table.seconds(f"audience of {people} with exclusions", audience, plain, floor)
    table.seconds(f"dry run of a step message, {people}", dry_run, plain, floor)


def decide_plainly() -> float:
    """Return the seconds for deciding each member by itself in Python, drawn out from PLAIN of them."""
    from members.models import Member
    from messaging.deliveries.reach import explain_unreachable

    started = time.perf_counter()
    for member in Member.objects.order_by("pk")[:PLAIN]:
        explain_unreachable(
            member.line_user_id, member.line_state, bool(member.deleted_at), False
        )
    return (time.perf_counter() - started) * PEOPLE / PLAIN


def send_to_everybody(table: Table, tenant: Any) -> None:
    """A broadcast of one text: fixed by one statement, sent by multicast, to the last row marked."""
    from django.db import transaction

    from messaging.broadcasts import manage
    from messaging.models import Broadcast, Content
    from tenants.scope import open_tenant_scope

    with simulator():
        keys = {
            "channel_id": "everybody",
            "channel_secret": "s",
            "access_token": "r2",
            "quota": None,
        }
        tell("/sandbox/channels", keys)
        with open_tenant_scope(tenant), transaction.atomic():
            account = load_account()
            made = Broadcast.objects.create(
                name="秋", account=account, content=Content.objects.order_by("pk")[0]
            )
            manage.start_broadcast(made)
        started = time.perf_counter()
        with open_tenant_scope(tenant):
            manage.fix_audience(made.pk)
        fixed = time.perf_counter() - started
        before = accepted()
        taken = run_sender(tenant.pk, account.sender_id)
        sent = accepted() - before
        floor = post_multicasts(sent)
    rate, bare = sent / taken, sent / floor
    print(f"multicast: {sent:,} people fixed in {fixed:.1f} s, sent in {taken:.1f} s")
    print(
        f"  {rate:,.0f} people a second, {rate / bare:.2f} of bare aiohttp", flush=True
    )


def run_sender(tenant_id: int, sender_id: int) -> float:
    """Send all that is due, in a process of its own; return the seconds from the first message to the last."""
    environment = {**os.environ, "LINE_API_URL": URL, "ENGINES_HELD": "1"}
    command = ["-m", "bench.messages.sender", str(tenant_id), str(sender_id)]
    spans = subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    begun, ended = map(float, spans.stdout.split())
    return ended - begun


def load_account() -> Any:
    """Return an account of its own: what is booked for later belongs to the other, and never ends."""
    from messaging.models import LineAccount

    own = {
        "name": "一斉",
        "channel_secret": "s",
        "access_token": "r2",
        "login_channel_id": "1",
        "liff_id": "1-a",
    }
    return LineAccount.objects.get_or_create(channel_id="everybody", defaults=own)[0]
