from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.conditions.search import save_search_text
from members.conditions.sentences import build_condition_chips, describe_condition
from members.conditions.sql import filter_members
from members.conditions.tree import BadCondition, DanglingCondition
from members.conditions.url import decode_condition, encode_condition
from members.models import (
    Attribute,
    AttributeValue,
    Inquiry,
    Member,
    MemberTag,
    Tag,
    TagBatch,
)
from members.normalize.names import normalize_name
from members.tags.assign import tag_members
from members.tags.names import get_or_create_tag
from members.valuelists.lists import make_value_list
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

TAG_OPS = ["has_all", "has_any", "has_none", "lacks_any"]
TAGS = "ABC"


def leaf(field: str, op: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def names(condition: Any) -> list[str]:
    return sorted(
        filter_members(Member.objects.all(), condition).values_list("name", flat=True)
    )


def fits(node: Any, tags: set[int], states: dict[str, str]) -> bool:
    """Row E19's table and the tree around it, by hand."""
    if "all" in node:
        return all(fits(part, tags, states) for part in node["all"])
    if "any" in node:
        return not node["any"] or any(fits(part, tags, states) for part in node["any"])
    if "not" in node:
        return not fits(node["not"], tags, states)
    value = node["value"]
    if node["field"] == "tag":
        asked = set(value)
        return {
            "has_all": asked <= tags,
            "has_any": bool(asked & tags),
            "has_none": not asked & tags,
            "lacks_any": bool(asked - tags),
        }[node["op"]]
    return (states[node["field"]] in value) == (node["op"] == "in")


tag_leaf = st.builds(
    lambda op, numbers: ("tag", op, numbers),
    st.sampled_from(TAG_OPS),
    st.lists(st.integers(0, 2), min_size=1, unique=True),
)
state_leaf = st.builds(
    lambda op, values: ("link_state", op, values),
    st.sampled_from(["in", "not_in"]),
    st.lists(st.sampled_from(Member.LinkState.values), min_size=1, unique=True),
)
trees = st.recursive(
    st.one_of(tag_leaf, tag_leaf, state_leaf),
    lambda parts: st.one_of(
        st.builds(lambda items: {"all": items}, st.lists(parts, max_size=3)),
        st.builds(
            lambda items: {"any": items}, st.lists(parts, min_size=1, max_size=3)
        ),
        st.builds(lambda item: {"not": item}, parts),
    ),
    max_leaves=6,
)
two_lines = st.builds(
    lambda with_, with_op, without, without_op: {
        "all": [("tag", with_op, with_), ("tag", without_op, without)]
    },
    st.lists(st.integers(0, 2), min_size=1, unique=True),
    st.sampled_from(["has_all", "has_any"]),
    st.lists(st.integers(0, 2), min_size=1, unique=True),
    st.sampled_from(["has_none", "lacks_any"]),
)


def resolved(node: Any, tags: list[Tag]) -> dict[str, Any]:
    if isinstance(node, tuple):
        field, op, value = node
        return leaf(
            field,
            op,
            [tags[number].pk for number in value] if field == "tag" else value,
        )
    word, parts = next(iter(node.items()))
    return {
        word: resolved(parts, tags)
        if word == "not"
        else [resolved(part, tags) for part in parts]
    }


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(two_lines, trees),
    st.lists(
        st.tuples(st.sets(st.integers(0, 2)), st.sampled_from(Member.LinkState.values)),
        min_size=1,
        max_size=6,
    ),
)
def test_conditions_against_brute_force(
    sakura: Tenant, tree: Any, people: list[tuple[set[int], str]]
) -> None:
    MemberTag.objects.all().delete()
    Member.objects.all().delete()
    tags = [get_or_create_tag(name) for name in TAGS]
    batch = TagBatch.objects.create(tag=tags[0], action="add", source="operator")
    members = [Member.objects.create(link_state=state) for _, state in people]
    carried = [{tags[number].pk for number in numbers} for numbers, _ in people]
    MemberTag.objects.bulk_create(
        MemberTag(member=member, tag_id=pk, batch=batch)
        for member, pks in zip(members, carried, strict=True)
        for pk in pks
    )
    condition = resolved(tree, tags)
    expected = [
        member.pk
        for member, pks, (_, state) in zip(members, carried, people, strict=True)
        if fits(condition, pks, {"link_state": state})
    ]
    assert (
        sorted(
            filter_members(Member.objects.all(), condition).values_list("pk", flat=True)
        )
        == expected
    )


def test_nothing_means_everybody(sakura: Tenant) -> None:
    Member.objects.create(name="a")
    for condition in (None, {}, {"all": []}):
        assert names(condition) == ["a"]
        assert describe_condition(condition) == "すべての会員"


def test_the_other_fields(sakura: Tenant) -> None:
    Member.objects.create(
        name="一", line_state="friend", email_key="a@example.jp", known_by="form"
    )
    Member.objects.create(name="二", line_state="blocked", email_key="b@example.jp")
    values = make_value_list("A@example.jp, nobody@example.jp")
    for condition, expected in (
        (leaf("line_state", "in", ["friend"]), ["一"]),
        (leaf("line_state", "not_in", ["friend"]), ["二"]),
        (leaf("known_by", "in", ["form"]), ["一"]),
        (leaf("email", "in_list", values.public_id), ["一"]),
        (leaf("email", "not_in_list", values.public_id), ["二"]),
        (leaf("text", "contains", save_search_text("B＠EXAMPLE")), ["二"]),
        (leaf("known_at", "from", "2026-11-22"), []),
    ):
        assert names(condition) == expected


def test_sentences_and_chips(sakura: Tenant) -> None:
    linked, third = get_or_create_tag("連携済み"), get_or_create_tag("定期3回目")
    without = leaf("tag", "has_none", [linked.pk])
    assert describe_condition(without) == "次のタグ「連携済み」を含まない会員（すべて）"
    both = {
        "all": [
            leaf("tag", "has_any", [third.pk, linked.pk]),
            leaf("link_state", "in", ["known"]),
        ]
    }
    assert (
        describe_condition(both)
        == "次のタグ「定期3回目」「連携済み」を含む会員（いずれか）、かつ連携状態（認知済み）の会員"
    )
    assert describe_condition({"not": {"any": [without, both]}}).startswith(
        "「次のタグ「連携済み」を含まない会員（すべて）、または（"
    )
    assert [(chip.label, chip.value) for chip in build_condition_chips(both)] == [
        ("タグ", "「定期3回目」「連携済み」のいずれかを含む"),
        ("連携状態", "認知済み"),
    ]
    with translation.override("en"):
        assert describe_condition(without) == "members with none of the tags “連携済み”"


@pytest.mark.parametrize("op", TAG_OPS)
def test_a_deleted_tag_is_said_and_widens_nothing(sakura: Tenant, op: str) -> None:
    condition = leaf("tag", op, [999])
    with pytest.raises(DanglingCondition):
        filter_members(Member.objects.all(), {"not": condition})
    assert "「削除されたタグ」" in describe_condition(condition)


@pytest.mark.parametrize(
    "gone",
    [
        leaf("email", "not_in_list", "gone"),
        leaf("text", "contains", "gone"),
        leaf("attr:gone", "empty", True),
    ],
)
def test_what_is_gone_widens_nothing(sakura: Tenant, gone: Any) -> None:
    with pytest.raises(DanglingCondition):
        filter_members(Member.objects.all(), {"any": [{"not": gone}]})
    assert describe_condition(gone) and build_condition_chips(gone)


@pytest.mark.parametrize(
    "bad",
    [
        leaf("tag", "has_all", []), leaf("tag", "has_all", ["1"]), leaf("tag", "like", [1]),
        leaf("nothing", "in", ["x"]),
        leaf("link_state", "in", ["x"]), leaf("known_at", "from", {"days": 10**9}),
        leaf("known_at", "on", {"days": True}),
        leaf("known_at", "between", ["2026-11-23", "2026-11-22"]), leaf("birthday", "md", "02-30"),
        leaf("tag", "has_all", [2**70]), leaf("email", "contains", "a\0"), {**leaf("usual", "is", True), "all": []},
        leaf("known_at", "from", "gestern"), {"all": [{}]}, {"all": {}, "any": []},
        {"not": {}}, {"or": []}, {"all": "tag"}, {"field": "tag"},
        leaf("visits", "at_least", 10**400), leaf("visits", "at_least", -(10**400)),
        leaf("visits", "at_least", float("nan")), leaf("visits", "between", [0, 10**400]),
        leaf("known_at", "from", {"days": 10**400}), leaf("tag", "has_all", [10**400]),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused(sakura: Tenant, bad: Any) -> None:
    with pytest.raises(BadCondition):
        filter_members(Member.objects.all(), bad)


def test_nested_too_deep(sakura: Tenant) -> None:
    condition: Any = leaf("link_state", "in", ["known"])
    for _ in range(9):
        condition = {"not": condition}
    with pytest.raises(BadCondition):
        filter_members(Member.objects.all(), condition)


def test_a_queryset_narrowed_by_a_condition_can_be_tagged(sakura: Tenant) -> None:
    Member.objects.create(name="a", link_state="known")
    Member.objects.create(name="b")
    label = get_or_create_tag("A")
    assert (
        tag_members(
            label,
            filter_members(Member.objects.all(), leaf("link_state", "in", ["known"])),
            "operator",
        ).count
        == 1
    )
    assert names(leaf("tag", "has_all", [label.pk])) == ["a"]


def test_there_and_back_through_an_address(sakura: Tenant) -> None:
    label = get_or_create_tag("A")
    condition = {
        "any": [
            leaf("tag", "has_all", [label.pk]),
            {"not": leaf("known_at", "from", {"days": -7})},
        ]
    }
    assert (
        label.public_id in encode_condition(condition)
        and decode_condition(encode_condition(condition)) == condition
    )
    long = {"all": [condition] * 30}
    assert (
        encode_condition(long).startswith("~")
        and len(encode_condition(long)) < 1000
        and decode_condition(encode_condition(long)) == long
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 10_000,
        "5",
        '"x"',
        "{}x",
        '{"field":["x"],"op":"in","value":[]}',
        '{"field":"tag","op":[],"value":1}',
        '{"field":"tag","op":"has_none","value":["gone"]}',
        '{"field":"tag","op":"has_none","value":["\\u0000"]}',
        "~",
        "~AAAA",
        "~!",
        '{"all":[1]}',
        '{"field":"attr:gone","op":"empty","value":true}',
        f'{{"field":"visits","op":"at_least","value":{"9" * 400}}}',
        f'{{"field":"visits","op":"at_least","value":{"9" * 5000}}}',
        '{"field":"visits","op":"at_least","value":1e999}',
    ],
)
def test_no_address_is_read_as_everybody(sakura: Tenant, text: str) -> None:
    with pytest.raises(BadCondition):
        decode_condition(text)


def test_deleted_members_only_where_they_are_named(sakura: Tenant) -> None:
    now = timezone.now()
    label = get_or_create_tag("A")
    people = {
        name: Member.objects.create(name=name)
        for name in ("here", "tagged", "gone", "gone tagged", "joined")
    }
    Member.objects.filter(name__startswith="gone").update(deleted_at=now)
    Member.objects.filter(name="joined").update(
        deleted_at=now, merged_into=people["here"]
    )
    tag_members(label, Member.objects.filter(name__endswith="tagged"), "operator")
    carries, only = leaf("tag", "has_all", [label.pk]), leaf("deleted", "only", True)
    for condition, expected in (
        (None, ["here", "tagged"]),
        (carries, ["tagged"]),
        ({"not": carries}, ["here"]),
        (only, ["gone", "gone tagged"]),
        ({"all": [only, carries]}, ["gone tagged"]),
        ({"any": [only, carries]}, ["gone", "gone tagged", "tagged"]),
        ({"any": [{"all": [only, {"not": carries}]}, carries]}, ["gone", "tagged"]),
        (
            {"all": [leaf("deleted", "include", True), carries]},
            ["gone tagged", "tagged"],
        ),
        (leaf("deleted", "exclude", True), ["here", "tagged"]),
        ({"not": only}, ["here", "tagged"]),
    ):
        assert names(condition) == expected, condition


def test_an_or_never_shows_another_shop(cast: Cast) -> None:
    """A known leak elsewhere: the shop's own filter bound one side of the OR only."""
    with open_tenant_scope(cast.momiji):
        Member.objects.create(name="theirs", link_state="known")
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="ours", link_state="known")
        known = leaf("link_state", "in", ["known"])
        everything = {"any": [known, {"not": known}, leaf("deleted", "include", True)]}
        assert names(everything) == ["ours"]
        assert names({"any": [{"not": known}, known]}) == ["ours"]


def test_the_usual_ones(sakura: Tenant) -> None:
    for name, cart_state, line_state in (
        ("friend who left", "left", "friend"),
        ("left", "left", "none"),
        ("visitor", "visitor", "blocked"),
        ("member", "member", "none"),
        ("nothing", "", "none"),
    ):
        Member.objects.create(name=name, cart_state=cart_state, line_state=line_state)
    assert names(leaf("usual", "is", True)) == ["friend who left", "member", "nothing"]


def test_texts(sakura: Tenant) -> None:
    Member.objects.create(
        name="髙橋　花子",
        name_key=normalize_name("髙橋　花子"),
        email_key="hanako@example.jp",
        line_name="はな",
    )
    Member.objects.create(
        name="山田", name_key=normalize_name("山田"), phone_e164="+819012345678"
    )
    for field, op, typed, expected in (
        ("name", "contains", "高橋花", ["髙橋　花子"]),
        ("name", "starts", "橋", []),
        ("name", "lacks", "高橋", ["山田"]),
        ("email", "contains", "ＨＡＮＡ", ["髙橋　花子"]),
        ("phone", "contains", "０９０-1234", ["山田"]),
        ("phone", "contains", "--", []),
        ("line_name", "starts", "は", ["髙橋　花子"]),
    ):
        assert names(leaf(field, op, save_search_text(typed))) == expected, (
            field,
            op,
            typed,
        )
    assert names(leaf("phone", "empty", True)) == ["髙橋　花子"]
    assert names(leaf("email", "filled", True)) == ["髙橋　花子"]
    assert names({"not": leaf("line_name", "empty", True)}) == ["髙橋　花子"]


@pytest.mark.parametrize(
    ("op", "typed", "expected"),
    [
        ("contains", "03", ["tokyo"]), ("contains", "０３-1290", ["tokyo"]), ("contains", "+81 3", ["tokyo"]),
        ("contains", "0081 3", ["tokyo"]), ("contains", "+81 (0)90", ["mobile"]), ("contains", "81", ["mobile"]),
        ("contains", "1290", ["tokyo"]), ("contains", "5678", ["mobile", "tokyo", "us"]), ("contains", "+1", ["us"]),
        ("lacks", "090", ["none", "tokyo", "us"]), ("starts", "090", ["mobile"]), ("starts", "90", ["mobile"]),
        ("starts", "5678", []), ("starts", "0", ["mobile", "tokyo"]), ("contains", "なし", []),
    ],
)  # fmt: skip
def test_telephone_numbers_as_they_are_dialled(
    sakura: Tenant, op: str, typed: str, expected: list[str]
) -> None:
    for name, number in (
        ("tokyo", "+81312905678"),
        ("mobile", "+819038156780"),
        ("us", "+12025556785"),
        ("none", ""),
    ):
        Member.objects.create(name=name, phone_e164=number)
    assert names(leaf("phone", op, save_search_text(typed))) == expected


def test_open_inquiries(sakura: Tenant) -> None:
    for name, mark in (("a", "waiting"), ("b", "done")):
        Inquiry.objects.create(
            member=Member.objects.create(name=name), subject="x", mark=mark
        )
    assert names(leaf("inquiry", "is", True)) == ["a"]
    assert names(leaf("inquiry", "is_not", True)) == ["b"]


def test_lists_of_names_numbers_and_ids(sakura: Tenant) -> None:
    a = Member.objects.create(
        name="髙橋 花子",
        name_key=normalize_name("髙橋 花子"),
        phone_e164="+819012345678",
    )
    b = Member.objects.create(name="山田")
    item = Attribute.objects.create(name="来店", name_key="来店", kind="number")
    AttributeValue.objects.create(attribute=item, member=a, number=3)
    color = Attribute.objects.create(name="色", name_key="色", kind="text")
    AttributeValue.objects.create(attribute=color, member=b, text="深い 青")
    for name, field, text, expected in (
        ("name", "name", "高橋花子、田中", [a]),
        ("phone", "phone", "０９０-1234-5678", [a]),
        ("member", "member", f"{b.public_id} x", [b]),
        (f"attr:{item.public_id}", "number", "3, 12", [a]),
        (f"attr:{color.public_id}", "text", "赤\n深い 青", [b]),
    ):
        key = make_value_list(text, field).public_id
        assert names(leaf(name, "in_list", key)) == sorted(
            member.name for member in expected
        ), name
    assert names(
        leaf("name", "not_in_list", make_value_list("高橋花子", "name").public_id)
    ) == ["山田"]
