"""A step message takes the list's own conditions beside its two lines of tags; its dry run knows every trigger."""

from typing import Any

from django.test import Client

from members.models import Member, Tag
from messaging.deliveries.eligibility import narrow_members
from messaging.models import LineAccount, Scenario, Trigger
from messaging.scenarios.advice.preview import preview_scenario
from tests.members.screens.test_builder import numbered, posted
from tests.messaging.conftest import give, make_scenario, make_tag
from tests.messaging.scenarios.test_screens import given

STEPS = "/t/sakura/messages/steps/"


def test_both_must_hold(
    aiko: Client, account: LineAccount, members: list[Member], tag: Tag
) -> None:
    vip = make_tag("VIP")
    give(vip, *members[:2])
    Member.objects.filter(pk=members[1].pk).update(line_state="blocked")
    row = (
        "line_state",
        numbered("line_state", "in", "choices", aiko),
        {"many": ["friend"]},
    )
    sent: dict[str, Any] = given(account, tag, form_id="", text="こんにちは") | posted(
        row
    )
    sent |= {"with_tags": [vip.public_id], "plain": "1", "delay_number": "9"}
    sent.pop("do")
    assert aiko.post(f"{STEPS}new/", sent).status_code == 302
    scenario = Scenario.objects.get()
    tags = {"field": "tag", "op": "has_all", "value": [vip.pk]}
    friends = {"field": "line_state", "op": "in", "value": ["friend"]}
    assert scenario.condition == {"all": [tags, {"all": [friends]}]}
    own, _both = narrow_members(scenario, Member.objects.all())
    assert [member.pk for member in own] == [members[0].pk]
    edit = f"{STEPS}{scenario.public_id}/edit/"
    form = aiko.get(edit).context["form"]
    assert form.shows_more
    assert form["with_tags"].value() == [vip.public_id]
    assert [node.ticked for node in form.builder.root if node.field] == [["friend"]]
    said = aiko.get(edit.removesuffix("edit/")).context["condition"]
    assert said == "次のタグ「VIP」を含む会員（すべて）、かつLINEの状態（友だち）の会員"
    assert aiko.post(edit, {**sent, "do": "remove:1"}).status_code == 200
    assert Scenario.objects.get().condition == scenario.condition
    del sent["node"]
    assert aiko.post(edit, sent).status_code == 302
    assert Scenario.objects.get().condition == {"all": [tags]}


def test_the_dry_run_of_other_triggers(
    account: LineAccount, members: list[Member], tag: Tag
) -> None:
    give(tag, members[0])
    Member.objects.filter(pk=members[1].pk).update(line_state="blocked")
    scenario = make_scenario(account, tag)
    assert [preview_scenario(scenario).basis, preview_scenario(scenario).tagged] == [
        "tagged",
        1,
    ]
    Trigger.objects.create(scenario=scenario, kind="friend_added")
    found = preview_scenario(Scenario.objects.get())
    assert (found.basis, found.tagged, found.reached) == ("true", 2, 2)
    Trigger.objects.all().delete()
    Trigger.objects.create(scenario=scenario, kind="order")
    found = preview_scenario(Scenario.objects.get())
    assert (found.basis, found.tagged, found.reached) == ("everybody", 3, 2)
