from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cartsync.models import Cart, CartTagRule
from forms_builder.models import Form, FormTag
from jobs.extension import JobsExtension, extensions
from jobs.models import Job
from jobs.runner import Kind
from members import signals
from members.models import (
    Member,
    MemberImport,
    MemberTag,
    PastTag,
    Segment,
    Tag,
    TagBatch,
)
from members.tags import assign
from members.tags import names as labels
from members.usage.merge_tags import merge_tags
from members.usage.tags import find_tag_usage
from messaging.models import LineAccount, Scenario, Trigger
from operators.models import AuditEntry
from operators.roles import EDIT
from tenants.models import Tenant
from tests.conftest import Cast
from tests.extensions import hand_in

MERGE = "/t/sakura/members/tags/merge/"


@pytest.fixture
def tags(sakura: Tenant) -> list[Tag]:
    """A is carried by 1 and 2, B by 2 and 3, C by 3."""
    for name in "123":
        Member.objects.create(name=name)
    tags = [labels.get_or_create_tag(name) for name in "ABC"]
    for tag, names in zip(tags, ("12", "23", "3"), strict=True):
        assign.tag_members(tag, Member.objects.filter(name__in=list(names)), "operator")
    return tags


def carriers(tag: Tag) -> list[str]:
    return sorted(
        MemberTag.objects.filter(tag=tag).values_list("member__name", flat=True)
    )


def test_links_move_and_history_stays(tags: list[Tag]) -> None:
    told: list[Any] = []

    def tell(**news: Any) -> None:
        told.append(news)

    signals.members_tagged.connect(tell)
    assert merge_tags(tags[0], tags) == 1
    assert (list(Tag.objects.all()), carriers(tags[0]), MemberTag.objects.count()) == (
        [tags[0]],
        ["1", "2", "3"],
        3,
    )
    assert [(batch.tag, batch.count) for batch in TagBatch.objects.order_by("pk")] == [
        (tags[0], 2),
        (tags[0], 2),
        (tags[0], 1),
    ]
    assert told == []
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.data) == (
        "tag.merged",
        {"tags": [tags[1].pk, tags[2].pk], "links": 3, "gained": 1},
    )


def test_a_batch_from_before_can_still_be_undone(tags: list[Tag]) -> None:
    batch = TagBatch.objects.get(tag=tags[1])
    merge_tags(tags[0], tags[1:])
    assign.undo_tagging(TagBatch.objects.select_related("tag").get(pk=batch.pk))
    assert carriers(tags[0]) == ["1", "2"]


def test_the_past_and_the_jobs_follow(tags: list[Tag]) -> None:
    job = Job.objects.create(kind="bulk.tag", params={"tag": tags[1].pk, "about": "B"})
    assign.untag_members(tags[1], Member.objects.filter(name="2"), "operator")
    assert [use.name for use in find_tag_usage([tags[1]])[tags[1].pk]] == ["開始待ち"]
    merge_tags(tags[0], tags[1:])
    assert [(past.tag, past.batch.tag) for past in PastTag.objects.all()] == [
        (tags[0], tags[0])
    ]
    job.refresh_from_db()
    assert job.params == {"tag": tags[0].pk, "about": "B"}


def test_conditions_of_jobs_and_imports_under_way_follow(
    tags: list[Tag], cast: Cast
) -> None:
    a, b, c = tags
    condition = {"all": [{"field": "tag", "op": "has_any", "value": [b.pk, c.pk]}]}
    bulk = Job.objects.create(
        kind="bulk.opt_out", params={"selection": {"condition": condition}}
    )
    export = Job.objects.create(
        kind="members.export",
        params={"selection": {"condition": condition}, "columns": []},
    )
    done = Job.objects.create(
        kind="bulk.opt_out",
        params={"selection": {"condition": condition}},
        state="done",
    )
    source = MemberImport.objects.create(
        name="会員.csv", state="loading", settings={"tag_ids": [c.pk, b.pk, a.pk]}
    )
    found = find_tag_usage(tags)
    assert [[(str(use.kind), use.name) for use in found[tag.pk]] for tag in (a, b)] == [
        [("会員の取り込み", "会員.csv")],
        [
            ("一括処理", "開始待ち"),
            ("会員データの書き出し", "開始待ち"),
            ("会員の取り込み", "会員.csv"),
        ],
    ]
    merge_tags(a, [b])
    for row in (bulk, export, done, source):
        row.refresh_from_db()
    merged = {"all": [{"field": "tag", "op": "has_any", "value": [a.pk, c.pk]}]}
    assert (
        bulk.params["selection"]["condition"],
        export.params["selection"]["condition"],
    ) == (
        merged,
        merged,
    )
    assert done.params["selection"]["condition"] == condition
    assert source.settings == {"tag_ids": [c.pk, a.pk, a.pk]}


def test_every_app_follows(tags: list[Tag], cast: Cast) -> None:
    a, b, c = tags
    condition = {
        "all": [
            {"not": {"field": "tag", "op": "has_all", "value": [c.pk, b.pk]}},
            {"any": []},
        ]
    }
    account = LineAccount.objects.create(
        name="公式", channel_id="1", channel_secret="s"
    )
    scenario = Scenario.objects.create(name="s", account=account, condition=condition)
    for tag in (a, b):
        Trigger.objects.create(scenario=scenario, tag=tag)
    segment = Segment.objects.create(name="s", owner=cast.aiko, condition=condition)
    form = Form.objects.create(name="f", account=account, title="t")
    FormTag.objects.create(form=form, tag=b, removes=True)
    FormTag.objects.create(form=form, tag=c)
    cart = Cart.objects.create(name="c", kind="ecforce", linked_tag=b)
    rule = CartTagRule.objects.create(
        cart=cart, measure="buy_times", op="gte", value="1", tag=c
    )

    merge_tags(a, [b, c])
    for row in (scenario, segment, cart, rule):
        row.refresh_from_db()
    after = {
        "all": [
            {"not": {"field": "tag", "op": "has_all", "value": [a.pk]}},
            {"any": []},
        ]
    }
    assert (scenario.condition, segment.condition) == (after, after)
    assert [trigger.tag for trigger in scenario.triggers.all()] == [a]
    assert [(each.tag, each.removes) for each in form.form_tags.all()] == [(a, False)]
    assert (cart.linked_tag, rule.tag) == (a, a)


def test_asked_first_then_done(tags: list[Tag], ed: Client) -> None:
    ids = [tag.public_id for tag in tags]
    answer = ed.post(MERGE, {"ids": ids})
    assert (answer.context["total"], answer.context["several"]) == (3, 2)
    assert [tag.tagged_count for tag in answer.context["tags"]] == [2, 2, 1]
    wrong = ed.post(
        MERGE, {"ids": ids, "confirm": 1, "survivor": ids[1], "expected": 2}
    )
    assert wrong.status_code == 422 and "3名に変わりました" in wrong.content.decode()
    done = ed.post(MERGE, {"ids": ids, "confirm": 1, "survivor": ids[1], "expected": 3})
    assert done.headers["Location"] == "/t/sakura/members/tags/"
    assert (list(Tag.objects.all()), carriers(tags[1])) == ([tags[1]], ["1", "2", "3"])
    assert (
        "2個のタグを統合しました" in ed.get("/t/sakura/members/tags/").content.decode()
    )


def test_deleted_and_joined_members_are_in_no_number_of_the_page(
    tags: list[Tag], ed: Client
) -> None:
    one, _two, three = Member.objects.order_by("name")
    Member.objects.filter(pk=three.pk).update(
        deleted_at=timezone.now(), merged_into=one.pk
    )
    answer = ed.post(MERGE, {"ids": [tag.public_id for tag in tags]})
    assert [tag.tagged_count for tag in answer.context["tags"]] == [2, 1, 0]
    assert (answer.context["total"], answer.context["several"]) == (2, 1)


def test_one_tag_alone_is_not_merged(tags: list[Tag], ed: Client) -> None:
    assert (
        ed.post(MERGE, {"ids": [tags[0].public_id]}).headers["Location"]
        == "/t/sakura/members/tags/"
    )
    assert Tag.objects.count() == 3


@dataclass(frozen=True)
class GiftParams:
    """Of a kind of job that nobody has heard of."""

    present: int = field(metadata={"used": Tag})


def test_a_job_of_an_app_above_needs_no_further_line(
    tags: list[Tag], monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _c = tags
    gifts = Kind(
        "gifts.give",
        lambda job: "贈り物",
        lambda job: True,
        EDIT,
        label="贈り物",
        params=GiftParams,
    )
    hand_in(monkeypatch, extensions, JobsExtension("gifts", kinds=lambda: [gifts]))
    job = Job.objects.create(kind="gifts.give", params={"present": b.pk})
    found = find_tag_usage(tags)
    assert [(use.kind, use.name) for use in found[b.pk]] == [("贈り物", "開始待ち")]
    merge_tags(a, [b])
    job.refresh_from_db()
    assert job.params == {"present": a.pk}
