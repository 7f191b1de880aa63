"""A step message that is sent by a saved condition besides its tags."""

from django.test import Client

from members.conditions.sql import filter_members
from members.models import Member, Segment
from members.segments import manage
from members.tags.names import get_or_create_tag
from messaging.deliveries.reasons import describe_reason
from messaging.models import LineAccount, Scenario
from operators.models import AuditEntry, Operator, Seat
from sandbox.serving import Sandbox
from tests.conftest import Cast
from tests.messaging.conftest import Shop, give, make_friends, make_scenario, make_tag
from tests.messaging.scenarios.test_screens import given

BASE = "/t/sakura/messages/steps/"
SEGMENTS = "/t/sakura/members/segments/"
KNOWN = {"field": "link_state", "op": "in", "value": ["known"]}
PLAIN = {"form_id": "", "text": "こんにちは"}
LINKED = {"field": "link_state", "op": "in", "value": ["linked"]}


def saved(
    owner: Operator, *leaves: object, name: str = "認知済み", for_delivery: bool = True
) -> Segment:
    return manage.save_segment(
        name, {"all": list(leaves or [KNOWN])}, owner, for_delivery=for_delivery
    )


def owner() -> Operator:
    return (
        Seat.objects.filter(role=Seat.Role.OWNER).select_related("operator")[0].operator
    )


def test_judged_as_it_reads_when_due(shop: Shop) -> None:
    known, other = shop.friends(1, link_state="known"), shop.friends(1)
    with shop.open():
        segment = saved(owner())
    scenario = shop.book(*known, *other, segment=segment)
    shop.dispatch()
    assert shop.states() == {"2": 1, "3 segment": 1}
    linked = shop.friends(1, link_state="linked")
    with shop.open():
        manage.overwrite_segment(segment, {"all": [LINKED]})
        give(shop.tag, *linked)
    shop.dispatch()
    assert shop.states() == {"2": 2, "3 segment": 1}
    assert scenario.segment_id == segment.pk
    assert (
        describe_reason("segment")
        == "配信時間に、絞り込みの保存した条件に当てはまりませんでした。"
    )


def test_its_own_lines_come_first(shop: Shop) -> None:
    with shop.open():
        out, segment = get_or_create_tag("除外"), saved(owner())
    (member,) = shop.friends(1)
    with shop.open():
        give(out, member)
    shop.book(
        member,
        segment=segment,
        condition={"all": [{"field": "tag", "op": "has_none", "value": [out.pk]}]},
    )
    shop.dispatch()
    assert shop.states() == {"3 condition": 1}


def test_a_saved_condition_that_names_what_is_gone_sends_nothing(shop: Shop) -> None:
    with shop.open():
        lost = get_or_create_tag("消える")
        segment = saved(owner(), {"field": "tag", "op": "has_none", "value": [lost.pk]})
    shop.book(*shop.friends(1), segment=segment)
    with shop.open():
        lost.delete()
    shop.dispatch()
    assert shop.states() == {"0 broken": 1}


def test_chosen_in_the_form_and_shown(
    account: LineAccount, aiko: Client, cast: Cast
) -> None:
    tag = make_tag("回答済み")
    offered, unused = (
        saved(cast.aiko),
        saved(cast.aiko, name="使わない", for_delivery=False),
    )
    foreign = saved(cast.ed, name="エドの")
    page = aiko.get(f"{BASE}new/").content.decode()
    assert (
        "認知済み（個人用）" in page
        and unused.public_id not in page
        and foreign.public_id not in page
    )
    refused = aiko.post(
        f"{BASE}new/", given(account, tag, **PLAIN, segment=foreign.public_id)
    )
    assert (refused.status_code, list(refused.context["form"].errors)) == (
        422,
        ["segment"],
    )
    aiko.post(f"{BASE}new/", given(account, tag, **PLAIN, segment=offered.public_id))
    scenario = Scenario.objects.get()
    assert (scenario.segment, scenario.condition) == (offered, {"all": []})
    made = AuditEntry.objects.filter(action="scenario.made").get()
    assert made.data["segment"] == offered.pk
    page = aiko.get(f"{BASE}{scenario.public_id}/").content.decode()
    assert (
        "保存した条件「認知済み（個人用）」" in page
        and "連携状態（認知済み）の会員" in page
    )
    edit = aiko.get(f"{BASE}{scenario.public_id}/edit/").context["form"]
    assert edit.initial["segment"] == offered.public_id
    assert (
        aiko.post(
            f"{BASE}{scenario.public_id}/edit/", given(account, tag, **PLAIN)
        ).status_code
        == 302
    )
    assert Scenario.objects.get().segment is None


def test_the_dry_run_tells_who_it_leaves_out(
    account: LineAccount, line: Sandbox, aiko: Client, cast: Cast
) -> None:
    tag, out = make_tag("回答済み"), make_tag("除外")
    friends = make_friends(line, account, 3)
    Member.objects.filter(pk=friends[0].pk).update(link_state="known")
    condition = {"all": [{"field": "tag", "op": "has_none", "value": [out.pk]}]}
    scenario = make_scenario(
        account, tag, segment=saved(cast.aiko), condition=condition
    )
    give(tag, *friends)
    give(out, friends[2])
    preview = aiko.get(f"{BASE}{scenario.public_id}/preview/").context["preview"]
    assert (preview.tagged, preview.fit, preview.reached) == (3, 1, 1)
    unfit, unsaved = (
        "絞り込みの条件に当てはまりません。",
        "保存した条件「認知済み」に当てはまりません。",
    )
    assert preview.reasons == [(unfit, 1), (unsaved, 1)]
    assert {sample.member.pk: sample.why for sample in preview.samples} == {
        friends[0].pk: "",
        friends[1].pk: unsaved,
        friends[2].pk: unfit,
    }


def test_what_is_used_is_neither_deleted_nor_taken_out_of_use(
    account: LineAccount, aiko: Client, cast: Cast
) -> None:
    segment = saved(cast.aiko)
    scenario = make_scenario(account, make_tag("回答済み"), segment=segment)
    there = f"{SEGMENTS}{segment.public_id}/"
    use = "ステップメッセージ「あいさつ」の絞り込み"
    assert use in aiko.get(there).content.decode()
    refused = aiko.post(f"{there}delete/")
    assert (
        "は使われているため、削除できません" in refused.content.decode()
        and use in refused.content.decode()
    )
    off = aiko.post(f"{there}edit/", {"name": "認知済み", "group": ""})
    assert (off.status_code, list(off.context["form"].errors)) == (
        422,
        ["for_delivery"],
    )
    segment.refresh_from_db()
    assert segment.for_delivery
    scenario.segment = None
    scenario.save(update_fields=["segment"])
    assert (
        aiko.post(f"{there}edit/", {"name": "認知済み", "group": ""}).status_code == 302
    )
    assert aiko.post(f"{there}delete/").status_code == 302
    assert not Segment.objects.exists()


def test_who_may_not_send_does_not_change_to_whom_is_sent(
    sakura: object, vic: Client, cast: Cast
) -> None:
    segment = saved(cast.vic)
    answer = vic.post(f"{SEGMENTS}{segment.public_id}/overwrite/")
    segment.refresh_from_db()
    assert (answer.status_code, segment.condition) == (403, {"all": [KNOWN]})
    assert "配信の権限が必要です" in answer.content.decode()
    assert list(filter_members(Member.objects.all(), segment.condition)) == []
