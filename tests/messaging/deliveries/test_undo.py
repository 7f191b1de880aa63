"""A bulk tag that starts step messages waits for second thoughts, and can be taken back."""

from datetime import timedelta

from django.utils import timezone

from jobs import runner
from jobs.models import Job
from members.bulk.params import TagParams
from members.models import Member, MemberTag, Tag
from messaging.deliveries import undo as undoing
from messaging.models import Delivery
from tests.messaging.conftest import Shop, make_scenario


def tag_all(tag: Tag, members: list[Member], now: bool = False) -> Job:
    ids = [member.pk for member in members]
    selection = {"ids": ids, "deleted": False, "count": len(ids)}
    params = TagParams(selection=selection, tag=tag.pk, about=tag.name, now=now)
    return runner.start_job("bulk.tag", None, params, len(ids))


def test_the_first_messages_wait_for_the_undo_window(shop: Shop) -> None:
    members = shop.friends(1)
    with shop.open():
        make_scenario(
            shop.account,
            shop.tag,
            steps=[(timedelta(), "すぐ"), (timedelta(days=1), "翌日")],
        )
        tag_all(shop.tag, members)
        soon, later = Delivery.objects.order_by("due_at")
        assert (
            timedelta(minutes=4) < soon.due_at - timezone.now() <= timedelta(minutes=5)
        )
        assert soon.planned_at == soon.due_at
        assert later.due_at - soon.due_at > timedelta(hours=23)
    shop.dispatch()
    assert shop.states() == {"0": 2}


def test_unless_they_are_to_start_now(shop: Shop) -> None:
    members = shop.friends(2)
    with shop.open():
        make_scenario(shop.account, shop.tag)
        tag_all(shop.tag, members, now=True)
    shop.dispatch()
    assert shop.states() == {"2": 2}


def test_undo_cancels_what_was_not_sent_and_says_what_was(shop: Shop) -> None:
    sent_to, waiting, other = shop.friends(3)
    with shop.open():
        make_scenario(
            shop.account,
            shop.tag,
            steps=[(timedelta(), "すぐ"), (timedelta(days=1), "翌日")],
        )
        tag_all(shop.tag, [other], now=True)
        job = tag_all(shop.tag, [sent_to, waiting])
        Delivery.objects.filter(member=sent_to, step__delay=timedelta()).update(
            due_at=timezone.now()
        )
        Delivery.objects.filter(member=other).update(
            due_at=timezone.now() + timedelta(days=9)
        )
    shop.dispatch()
    with shop.open():
        note = str(runner.get_kind("bulk.tag").undo_note(job))
        assert (
            "まだ送っていない3件を取り消します" in note
            and "送信された1件は取り消せません" in note
        )
        undo = runner.undo_job(job)
        assert undo and undo.result == {"changed": 2, "cancelled": 3, "sent": 1}
        assert runner.get_kind("bulk.tag.undo").lines(undo)[1:] == [
            "まだ送っていないメッセージ3件を取り消しました。",
            "1件はすでに送信されていたため、取り消せませんでした。",
        ]
        assert list(MemberTag.objects.values_list("member_id", flat=True)) == [other.pk]
    assert shop.states() == {"0": 2, "2": 1, "5 undone": 3}


def test_what_was_tried_may_have_arrived(shop: Shop) -> None:
    (member,) = shop.friends(1)
    with shop.open():
        make_scenario(shop.account, shop.tag)
        job = tag_all(shop.tag, [member])
        Delivery.objects.update(state=Delivery.State.CLAIMED, reason="retry")
        batch = job.tag_batches.get()
        assert (
            undoing.count_started_messages([batch.pk]),
            undoing.cancel_started_messages([batch.pk]),
        ) == ((0, 1), 0)
