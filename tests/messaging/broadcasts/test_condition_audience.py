"""A broadcast to whom a condition finds, built in the form by the list's own builder; and its dry run."""

from typing import Any

import pytest
from django.test import Client

from members.models import Member, ValueList
from messaging.broadcasts.audience import count_audience
from messaging.broadcasts.explain import describe_audience
from messaging.models import Broadcast, LineAccount
from sandbox.serving import Sandbox
from tests.members.screens.test_builder import numbered, posted
from tests.messaging.broadcasts.test_broadcasts import fields, make_broadcast
from tests.messaging.conftest import give, make_friends, make_tag

BASE = "/t/sakura/messages/broadcasts/"


def by_condition(
    account: LineAccount, *rows: tuple[str, int, dict[str, Any]], **more: Any
) -> dict[str, Any]:
    sent = fields(account, audience="cond", **posted(*rows))
    sent.pop("do")
    return {**sent, "plain": "1", **more}


@pytest.fixture
def people(account: LineAccount, line: Sandbox) -> list[Member]:
    return make_friends(line, account, 3)


def test_a_condition_is_built_saved_and_shown_again(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    tag = make_tag("秋の対象")
    give(tag, *people[:2])
    Member.objects.filter(pk=people[1].pk).update(line_state="blocked")
    way = numbered("tag", "has_any", "tags", ed)
    row = ("tag", way, {"many": [tag.public_id]})
    answer = ed.post(BASE + "new/", by_condition(account, row))
    broadcast = Broadcast.objects.get()
    page = f"{BASE}{broadcast.public_id}/"
    assert (answer.status_code, answer["Location"]) == (302, page)
    leaf = {"field": "tag", "op": "has_any", "value": [tag.pk]}
    assert (broadcast.audience, broadcast.condition) == ("cond", {"all": [leaf]})
    assert count_audience(broadcast) == {"": 1, "blocked": 1}
    sentence = "次のタグ「秋の対象」を含む会員（いずれか）"
    assert describe_audience(broadcast) == f"条件に当てはまる会員：{sentence}"
    shown = ed.get(page)
    assert sentence in shown.content.decode()
    assert [each.member.pk for each in shown.context["recipients"]] == [people[0].pk]
    ((_words, number, some),) = shown.context["forecast"]["left_out"]
    assert (number, [each.pk for each in some]) == (1, [people[1].pk])
    again = ed.get(page + "edit/").context["form"].builder
    assert [node.ticked for node in again.root if node.field] == [[tag.public_id]]


def test_a_list_of_values_is_kept_for_it(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    Member.objects.filter(pk=people[2].pk).update(
        email="c@example.jp", email_key="c@example.jp"
    )
    way = numbered("email", "in_list", "values", ed)
    row = ("email", way, {"text": "c@example.jp\nd@example.jp"})
    assert ed.post(BASE + "new/", by_condition(account, row)).status_code == 302
    assert count_audience(Broadcast.objects.get()) == {"": 1}
    assert ValueList.objects.count() == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "条件が選ばれていません。"),
        ([("name", 0, {"text": ""})], "条件に、直すところがあります。"),
    ],
    ids=["nothing", "unfinished"],
)
def test_an_unusable_condition_saves_nothing(
    account: LineAccount, ed: Client, rows: list[Any], said: str
) -> None:
    answer = ed.post(BASE + "new/", by_condition(account, *rows))
    assert (answer.status_code, list(answer.context["form"].errors)) == (
        422,
        ["audience"],
    )
    assert said in answer.content.decode()
    assert not Broadcast.objects.exists()


def test_a_button_of_the_rows_keeps_what_was_typed(
    account: LineAccount, ed: Client
) -> None:
    sent = by_condition(account, do="row:0", name="書きかけの名前")
    answer = ed.post(BASE + "new/", sent)
    assert answer.status_code == 200
    form = answer.context["form"]
    assert (form["name"].value(), form["audience"].value()) == (
        "書きかけの名前",
        "cond",
    )
    assert sum(not node.word for node in form.builder.root) == 1
    assert not Broadcast.objects.exists()


def test_it_takes_the_place_of_a_selection(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    ed.post(BASE + "to/", {"scope": "all"})
    draft = Broadcast.objects.get()
    tag = make_tag("一人")
    give(tag, people[0])
    way = numbered("tag", "has_any", "tags", ed)
    row = ("tag", way, {"many": [tag.public_id]})
    edit = f"{BASE}{draft.public_id}/edit/"
    assert ed.post(edit, by_condition(account, row)).status_code == 302
    draft.refresh_from_db()
    assert (draft.picked, count_audience(draft)) == (None, {"": 1})
    assert ed.post(edit, fields(account, audience="all")).status_code == 302
    draft.refresh_from_db()
    assert (draft.condition, count_audience(draft)) == ({}, {"": 3})


def test_the_dry_run_reads_as_it_would_arrive(
    account: LineAccount, people: list[Member], ed: Client
) -> None:
    Member.objects.filter(pk=people[0].pk).update(name="青木 遥")
    Member.objects.exclude(pk=people[0].pk).update(line_state="blocked")
    broadcast = make_broadcast(account, text="{name}様、秋です")
    shown = ed.get(f"{BASE}{broadcast.public_id}/").content.decode()
    assert "青木 遥様、秋です" in shown
