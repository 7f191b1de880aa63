"""The list's state in its address, and the chips that stand for it."""

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from django.http import QueryDict
from django.test import Client, override_settings

from members.conditions.search import save_search_text
from members.conditions.url import decode_condition, encode_condition
from members.listing.list_filter import ListFilter, build_leaf, build_list_url
from members.models import Member, Tag
from members.tags import assign
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast

LIST = "/t/sakura/members/"
at_the_console = pytest.mark.urls("config.urls_console")


def chosen(**query: Any) -> ListFilter:
    return ListFilter(QueryDict(urlencode(query)))


def names(found: ListFilter) -> list[str]:
    return sorted(found.members().values_list("name", flat=True))


def put(tag: Tag, *members: Member) -> None:
    assign.tag_members(
        tag, Member.objects.filter(pk__in=[member.pk for member in members]), "operator"
    )


def condition_in(url: str) -> Any:
    return decode_condition(parse_qs(url.partition("?")[2])["c"][0])


@at_the_console
def test_the_usual_ones_without_a_word_and_all_when_said_so(sakura: Tenant) -> None:
    for name, state, line in (
        ("a", "member", "none"),
        ("left", "left", "none"),
        ("friend", "left", "friend"),
    ):
        Member.objects.create(name=name, cart_state=state, line_state=line)
    assert names(chosen()) == ["a", "friend"]
    (chip,) = chosen().chips
    assert (chip.label, chip.value) == (
        "表示",
        "退会・ビジターを除く（友だちは含む）、削除した会員を除く",
    )
    assert condition_in(chip.remove_url) == {"all": []}
    every = ListFilter(QueryDict(chip.remove_url[1:]))
    assert (names(every), every.chips) == (["a", "friend", "left"], [])


@at_the_console
def test_chips_take_away_one_condition_and_lead_to_it(sakura: Tenant) -> None:
    one, two = get_or_create_tag("一"), get_or_create_tag("二")
    first, known = (
        build_leaf("tag", "has_all", [one.pk]),
        build_leaf("link_state", "in", ["known"]),
    )
    either = {"any": [build_leaf("tag", "has_none", [two.pk]), {"not": known}]}
    key = save_search_text("花")
    found = chosen(
        c=encode_condition({"all": [first, either]}), s=key, link="known", after="x"
    )
    assert [(chip.label, chip.value) for chip in found.chips] == [
        ("検索", "花"),
        ("タグ", "「一」をすべて含む"),
        (
            "いずれか",
            "タグ：「二」をどれも含まない、または「連携状態：認知済み」を除く",
        ),
    ]
    search, tags, group = found.chips
    assert (
        condition_in(search.remove_url) == {"all": [first, either]}
        and "s=" not in search.remove_url
    )
    assert (
        condition_in(tags.remove_url) == {"all": [either]}
        and f"s={key}" in tags.remove_url
    )
    assert condition_in(group.remove_url) == {"all": [first]}
    assert "after" not in group.remove_url and "link=known" in group.remove_url
    assert group.edit_url.startswith("/members/filter/?") and group.edit_url.endswith(
        "&row=1"
    )
    assert found.condition == {
        "all": [
            first,
            either,
            build_leaf("text", "contains", key),
            build_leaf("link_state", "in", ["known"]),
        ]
    }


@at_the_console
def test_clearing_keeps_who_is_shown_the_tab_and_the_order(sakura: Tenant) -> None:
    usual, known = (
        build_leaf("usual", "is", True),
        build_leaf("line_state", "in", ["friend"]),
    )
    kept = {"sort": "seen", "v": "abc", "link": "known"}
    assert (
        chosen(**kept).clear_url,
        chosen(c=encode_condition({"all": []})).clear_url,
    ) == (
        "",
        "",
    )
    for found in (
        chosen(c=encode_condition({"all": [usual, known]}), **kept),
        chosen(s=save_search_text("花"), after="x", **kept),
    ):
        assert dict(parse_qsl(found.clear_url[1:])) == kept
    all_of_them = chosen(c=encode_condition({"all": [known]}), **kept).clear_url
    assert (condition_in(all_of_them), "sort=seen" in all_of_them) == (
        {"all": []},
        True,
    )
    assert chosen(c="broken", sort="seen").clear_url == "?sort=seen"


@at_the_console
def test_searching_again_with_those_who_left(sakura: Tenant) -> None:
    key = save_search_text("花")
    found = chosen(s=key)
    assert (
        condition_in(found.wider_url) == {"all": []} and f"s={key}" in found.wider_url
    )
    assert ListFilter(QueryDict(found.wider_url[1:])).wider_url == ""
    named = build_leaf("deleted", "include", True)
    both = chosen(c=encode_condition({"all": [build_leaf("usual", "is", True), named]}))
    assert condition_in(both.wider_url) == {"all": [named]}
    assert [chip.value for chip in both.chips] == [
        "退会・ビジターを除く（友だちは含む）",
        "含む",
    ]


@at_the_console
def test_a_group_within_a_group_is_bracketed(sakura: Tenant) -> None:
    friend, known = (
        build_leaf("line_state", "in", ["friend"]),
        build_leaf("link_state", "in", ["known"]),
    )
    linked = build_leaf("link_state", "in", ["linked"])
    words = {
        "friend": "LINEの状態：友だち",
        "known": "連携状態：認知済み",
        "linked": "連携状態：連携済み",
    }
    inner = {"all": [friend, {"any": [known, linked]}]}
    found = chosen(
        c=encode_condition(
            {"all": [{"any": [inner, known]}, {"not": {"any": [friend, inner]}}]}
        )
    )
    text = "{friend}、かつ（{known}、または{linked}）".format(**words)
    assert [(chip.label, chip.value) for chip in found.chips] == [
        ("いずれか", f"（{text}）、または{words['known']}"),
        ("除く", f"{words['friend']}、または（{text}）"),
    ]


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("c=x", "読み取れません"), ("c=", "読み取れません"), ("link=x", "読み取れません"),
        ("s=gone", "見つかりません"),
        (urlencode({"c": '{"field":"tag","op":"has_none","value":["gone"]}'}), "見つかりません"),
        (urlencode({"c": '{"not":{"field":"email","op":"in_list","value":"gone"}}'}), "見つかりません"),
    ],
)  # fmt: skip
def test_an_unusable_filter_finds_nobody_and_says_so(
    cast: Cast, aiko: Client, query: str, word: str
) -> None:
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="a")
    answer = aiko.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.context["page"].rows) == (200, [])
    assert (
        word in answer.context["filter"].problem
        and answer.context["filter"].problem in answer.content.decode()
    )


def test_a_tag_of_another_shop_is_unknown_here(cast: Cast, aiko: Client) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = get_or_create_tag("他店").public_id
    answer = aiko.get(
        LIST, {"c": f'{{"field":"tag","op":"has_none","value":["{foreign}"]}}'}
    )
    assert not answer.context["filter"].usable
    assert "他店" not in answer.content.decode()


def test_addresses_for_other_pages(cast: Cast, aiko: Client) -> None:
    with open_tenant_scope(cast.sakura):
        Member.objects.create(name="a", line_state="friend", link_state="known")
        Member.objects.create(name="b", line_state="friend")
        with override_settings(ROOT_URLCONF="config.urls_console"):
            url = build_list_url(
                build_leaf("line_state", "in", ["friend"]), link="known"
            )
    assert [
        member.name for member in aiko.get(f"/t/sakura{url}").context["page"].rows
    ] == ["a"]
