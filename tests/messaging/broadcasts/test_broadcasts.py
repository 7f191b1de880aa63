"""A broadcast: its audience, its start and stop, and the sum that always holds."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.models import Member, Segment
from messaging.broadcasts import manage
from messaging.broadcasts.audience import count_audience
from messaging.models import Broadcast, Content, Delivery, LineAccount
from messaging.tasks import fix_broadcast_audience
from operators.models import AuditEntry
from sandbox.serving import Sandbox
from tenants.models import Wakeup
from tests.conftest import Cast
from tests.messaging.conftest import Shop, channel, give, make_friends, make_tag

State = Broadcast.State


def make_broadcast(account: LineAccount, **values: Any) -> Broadcast:
    text = values.pop("text", "秋のお知らせ")
    content = Content.objects.create(text=text)
    given = {"name": "秋", "account": account, "content": content, **values}
    return Broadcast.objects.create(**given)


def fix(broadcast: Broadcast) -> Any:
    found = fix_broadcast_audience(broadcast.tenant, broadcast.pk)
    broadcast.refresh_from_db()
    return found


def states(broadcast: Broadcast) -> list[tuple[int, int, str]]:
    rows = Delivery.objects.filter(broadcast=broadcast).order_by("member_id")
    return list(rows.values_list("member_id", "state", "reason"))


@pytest.fixture
def people(account: LineAccount, line: Sandbox) -> list[Member]:
    """Two who can be reached, one for each reason, and one who is deleted."""
    rows = make_friends(line, account, 6)
    now = timezone.now()
    changes: list[dict[str, Any]] = [
        {"line_optout_at": now}, {"line_state": "blocked"}, {"line_user_id": None}, {"deleted_at": now},
    ]  # fmt: skip
    for member, change in zip(rows[2:], changes, strict=True):
        Member.objects.filter(pk=member.pk).update(**change)
    return rows


def test_everybody_has_one_message_or_a_reason(
    account: LineAccount, people: list[Member]
) -> None:
    broadcast = make_broadcast(account)
    assert count_audience(broadcast) == {
        "": 2,
        "opted_out": 1,
        "blocked": 1,
        "no_line": 1,
    }
    assert manage.start_broadcast(broadcast)
    assert not manage.start_broadcast(broadcast)
    for _again in range(2):
        assert fix(broadcast) is None
    ids = [member.pk for member in people]
    assert states(broadcast) == [
        (ids[0], 0, ""),
        (ids[1], 0, ""),
        (ids[2], 3, "opted_out"),
        (ids[3], 3, "blocked"),
        (ids[4], 3, "no_line"),
    ]
    assert (broadcast.state, broadcast.audience_count) == (State.FIXED, 5)
    woken = Wakeup.objects.filter(kind="messaging.dispatch")
    assert list(woken.values_list("subject", flat=True)) == [account.sender_id]


def test_a_tag_and_a_saved_condition(
    account: LineAccount, people: list[Member], cast: Cast
) -> None:
    tag = make_tag("秋")
    give(tag, people[0], people[2])
    by_tag = make_broadcast(account, audience="tag", tag=tag)
    assert count_audience(by_tag) == {"": 1, "opted_out": 1}
    leaf = {"field": "tag", "op": "has_none", "value": [tag.pk]}
    segment = Segment.objects.create(
        name="秋なし", owner=cast.ed, condition={"all": [leaf]}
    )
    by_segment = make_broadcast(account, audience="segment", segment=segment)
    assert count_audience(by_segment) == {"": 1, "blocked": 1, "no_line": 1}


def test_when_the_audience_is_fixed(account: LineAccount, line: Sandbox) -> None:
    first, later = make_friends(line, account, 2)
    tag = make_tag("秋")
    give(tag, first)
    due = timezone.now() + timedelta(days=1)
    given: dict[str, Any] = {"audience": "tag", "tag": tag, "due_at": due}
    booked = make_broadcast(account, fixed_at="book", **given)
    sent = make_broadcast(account, fixed_at="send", **given)
    for each in (booked, sent):
        manage.start_broadcast(each)
    assert (fix(booked), fix(sent)) == (None, due)
    give(tag, later)
    Broadcast.objects.filter(pk=sent.pk).update(due_at=timezone.now())
    fix(sent)
    assert [row[0] for row in states(booked)] == [first.pk]
    assert [row[0] for row in states(sent)] == [first.pk, later.pk]
    planned = Delivery.objects.filter(broadcast=booked).values_list("due_at", flat=True)
    assert list(planned) == [due]


def test_an_unreadable_condition_sends_to_nobody(
    account: LineAccount, people: list[Member], cast: Cast
) -> None:
    segment = Segment.objects.create(
        name="壊",
        owner=cast.ed,
        condition={"all": [{"field": "gone", "op": "is", "value": 1}]},
    )
    broadcast = make_broadcast(account, audience="segment", segment=segment)
    manage.start_broadcast(broadcast)
    fix(broadcast)
    assert (broadcast.state, states(broadcast)) == (State.BROKEN, [])


def test_stopped_half_way_the_sum_holds(shop: Shop) -> None:
    members = shop.friends(7)
    with shop.open():
        Member.objects.filter(pk=members[6].pk).update(line_state="blocked")
        broadcast = make_broadcast(shop.account)
        manage.start_broadcast(broadcast)
    with shop.open():
        fix_broadcast_audience(shop.tenant, broadcast.pk)
    with shop.open():
        late = timezone.now() + timedelta(hours=1)
        Delivery.objects.filter(member__in=members[:3]).update(due_at=late)
    shop.dispatch()
    with shop.open():
        assert manage.stop_broadcast(broadcast) == 3
        assert manage.stop_broadcast(broadcast) is None
    with shop.open():
        broadcast.refresh_from_db()
        counts = Delivery.objects.counts_by_broadcast([broadcast])[broadcast.pk]
        assert counts == {"sent": 3, "skipped": 1, "cancelled": 3}
        assert counts.total() == broadcast.audience_count == 7
        assert broadcast.state == State.STOPPED
        last = AuditEntry.objects.filter(action="broadcast.stopped").get()
        assert last.data["cancelled"] == 3
    accepted = channel(shop.line, shop.account).accepted
    assert accepted == {member.line_user_id: 1 for member in members[3:6]}


def test_stopped_before_it_began(account: LineAccount, people: list[Member]) -> None:
    broadcast = make_broadcast(account, due_at=timezone.now() + timedelta(days=1))
    manage.start_broadcast(broadcast)
    assert manage.stop_broadcast(broadcast) == 0
    assert fix(broadcast) is None
    assert (broadcast.state, broadcast.audience_count) == (State.STOPPED, 0)
    assert states(broadcast) == []


def test_the_list_counts_all_at_once(account: LineAccount, ed: Client) -> None:
    url = "/t/sakura" + reverse("messaging:broadcasts", urlconf="config.urls_console")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ed.get(url).status_code == 200
        return len(captured)

    make_broadcast(account)
    queries()
    one = queries()
    for _ in range(2):
        make_broadcast(account)
    assert queries() == one


def fields(account: LineAccount, **values: Any) -> dict[str, Any]:
    return {
        "name": "秋の便り", "account": account.public_id, "audience": "all", "text": "{name}様\r\n秋です",
        "form_id": "", "due_at": "", "fixed_at": "send", "is_ad": "1", **values,
    }  # fmt: skip


def test_from_the_form_to_the_results(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    base = "/t/sakura" + reverse("messaging:broadcasts", urlconf="config.urls_console")
    answer = ed.post(base + "new/", fields(account))
    broadcast = Broadcast.objects.get()
    page = f"{base}{broadcast.public_id}/"
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert broadcast.content.text == "{name}様\n秋です"
    shown = ed.get(page).content.decode()
    assert "LINEの送信数を2通使います。" in shown
    assert "1名：会員がLINEの受信を拒否しています。" in shown
    assert ed.post(page + "start/").status_code == 302
    fix(broadcast)
    assert "対象外の理由" in ed.get(page).content.decode()
    assert "秋の便り" in ed.get(base).content.decode()
    assert ed.post(page + "edit/", fields(account, name="変")).status_code == 302
    assert ed.post(page + "delete/").status_code == 302
    assert ed.post(page + "stop/").status_code == 302
    broadcast.refresh_from_db()
    assert (broadcast.name, broadcast.state) == ("秋の便り", State.STOPPED)
    log = "/t/sakura" + reverse("messaging:deliveries", urlconf="config.urls_console")
    only = {"broadcast": broadcast.public_id, "state": "cancelled"}
    assert ed.get(log, only).context["page"].total in (None, 2)
    assert len(ed.get(log, only).context["page"].rows) == 2


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"audience": "tag"}, "tag"),
        ({"audience": "segment"}, "segment"),
        ({"text": "{nmae}様"}, "text"),
        ({"text": " "}, "text"),
        ({"due_at": "2020-01-01T10:00"}, "due_at"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_the_field(
    account: LineAccount, ed: Client, values: dict[str, str], wrong: str
) -> None:
    new = "/t/sakura" + reverse(
        "messaging:new_broadcast", urlconf="config.urls_console"
    )
    answer = ed.post(new, fields(account, **values))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [wrong])
    assert Broadcast.objects.count() == 0


def test_a_selection_of_the_list_is_frozen(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    url = "/t/sakura" + reverse("messaging:broadcast_to", urlconf="config.urls_console")
    answer = ed.post(url, {"scope": "all"})
    draft = Broadcast.objects.get()
    edit = "/t/sakura" + reverse(
        "messaging:edit_broadcast",
        args=[draft.public_id],
        urlconf="config.urls_console",
    )
    assert (answer.status_code, answer["Location"]) == (302, edit)
    assert ed.get(edit).context["form"]["counts_links"].value() is True
    later = Member.objects.create(line_user_id="U" + "e" * 32, line_state="friend")
    assert count_audience(draft) == {"": 2, "opted_out": 1, "blocked": 1, "no_line": 1}
    assert not manage.start_broadcast(draft)
    assert ed.post(edit, fields(account, audience="picked")).status_code == 302
    draft.refresh_from_db()
    assert manage.start_broadcast(draft)
    fix(draft)
    assert later.pk not in {row[0] for row in states(draft)}
    assert draft.audience_count == 5


def test_ticked_rows_alone(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    url = "/t/sakura" + reverse("messaging:broadcast_to", urlconf="config.urls_console")
    ed.post(url, {"ids": [people[1].public_id, people[3].public_id]})
    draft = Broadcast.objects.get()
    assert draft.name == "会員リストで選択した2名"
    assert count_audience(draft) == {"": 1, "blocked": 1}
    assert ed.post(url, {}).status_code == 302
    assert Broadcast.objects.count() == 1


def test_the_quota_is_compared_with_the_audience(
    account: LineAccount, people: list[Member], line: Sandbox, ed: Client
) -> None:
    broadcast = make_broadcast(account)
    page = "/t/sakura" + reverse(
        "messaging:quota", args=[broadcast.public_id], urlconf="config.urls_console"
    )
    assert "上限がありません" in ed.get(page).content.decode()
    channel(line, account).quota = 10
    assert "今月の残りは10通" in ed.get(page).content.decode()
    channel(line, account).used = 9
    assert "送る人数に足りません" in ed.get(page).content.decode()
