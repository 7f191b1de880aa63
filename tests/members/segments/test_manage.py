"""The page 保存した条件, the list's control, and what is done to one of them."""

import html
import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

import time_machine
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from members.conditions.search import save_search_text
from members.conditions.sentences import describe_condition
from members.conditions.url import encode_condition
from members.listing.counts import Count
from members.listing.list_filter import ListFilter
from members.models import Member, SearchText, Segment, Tag, ValueList
from members.screens.segments.toolbar import count_segment
from members.segments import manage
from members.tags.assign import tag_members
from members.tags.names import get_or_create_tag
from members.valuelists.lists import make_value_list
from messaging.models import LineAccount, Scenario
from operators import groups
from operators.models import AuditEntry, Operator, OperatorGroup, Seat
from tenants.models import Tenant
from tests.conftest import Cast

PAGE = "/t/sakura/members/segments/"
FRIENDS: dict[str, Any] = {"field": "line_state", "op": "in", "value": ["friend"]}
LINKED: dict[str, Any] = {"field": "link_state", "op": "in", "value": ["linked"]}


def seat_of(operator: Operator) -> Seat:
    return Seat.objects.get(operator=operator)


def group_of(*operators: Operator, name: str = "販促") -> OperatorGroup:
    return groups.make_group(name, [seat_of(operator) for operator in operators])


def saved(
    owner: Operator,
    group: OperatorGroup | None = None,
    name: str = "友だち",
    *leaves: dict[str, Any],
) -> Segment:
    return manage.save_segment(name, {"all": list(leaves or [FRIENDS])}, owner, group)


def url(segment: Segment, what: str = "") -> str:
    return f"{PAGE}{segment.public_id}/{what}"


def query_of(*leaves: dict[str, Any], **more: str) -> str:
    return "?" + urlencode({"c": encode_condition({"all": list(leaves)}), **more})


# ---------------------------------------------------------------- saving
def test_the_list_s_whole_condition_is_saved(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    text = save_search_text("山田")
    query = query_of(FRIENDS, link="linked", s=text, sort="-seen")
    answer = ed.post(
        f"{PAGE}new/{query}", {"name": "連携済みの山田さん", "for_delivery": "on"}
    )
    segment = Segment.objects.get()
    said = {"field": "text", "op": "contains", "value": text}
    assert segment.condition == {"all": [FRIENDS, said, LINKED]}
    assert (segment.name, segment.owner, segment.group, segment.sort) == (
        "連携済みの山田さん",
        cast.ed,
        None,
        "-seen",
    )
    assert segment.for_delivery is True
    there = parse_qs(urlparse(answer.headers["Location"]).query)
    assert (there["v"], there["sort"]) == ([segment.public_id], ["-seen"])
    assert (
        ListFilter(QueryDict(urlparse(answer.headers["Location"]).query)).condition
        == segment.condition
    )
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.data) == (
        "segment.saved",
        {"group": None, "for_delivery": True},
    )


def test_into_one_of_one_s_own_groups(sakura: Tenant, ed: Client, cast: Cast) -> None:
    own, strange = group_of(cast.ed), group_of(cast.vic, name="CS")
    page = ed.get(f"{PAGE}new/{query_of(FRIENDS)}").content.decode()
    assert re.findall(r'<option value="(\w*)"', page) == ["", own.public_id]
    assert (
        ed.post(
            f"{PAGE}new/{query_of(FRIENDS)}", {"name": "A", "group": strange.public_id}
        ).status_code
        == 422
    )
    ed.post(f"{PAGE}new/{query_of(FRIENDS)}", {"name": "A", "group": own.public_id})
    assert [(row.name, row.group) for row in Segment.objects.all()] == [("A", own)]


def test_one_name_once_in_a_place(sakura: Tenant, ed: Client, cast: Cast) -> None:
    saved(cast.ed, name="A")
    saved(cast.vic, name="B")
    answer = ed.post(f"{PAGE}new/{query_of(FRIENDS)}", {"name": "A"})
    assert (
        answer.status_code == 422
        and "同じ保存先に「A」があります" in answer.content.decode()
    )
    assert ed.post(f"{PAGE}new/{query_of(FRIENDS)}", {"name": "B"}).status_code == 302


def test_what_cannot_be_read_is_not_saved(sakura: Tenant, ed: Client) -> None:
    assert (
        ed.post(f"{PAGE}new/?c=nonsense", {"name": "A"}).headers["Location"]
        == "/t/sakura/members/"
    )
    assert not Segment.objects.exists()


def test_an_order_that_is_none_is_not_kept(sakura: Tenant, ed: Client) -> None:
    query = query_of(FRIENDS, sort="a\0")
    ed.post(f"{PAGE}new/{query}", {"name": "A"})
    assert Segment.objects.get().sort == ""


def test_a_viewer_keeps_personal_ones(sakura: Tenant, vic: Client, cast: Cast) -> None:
    group = group_of(cast.vic)
    page = vic.get(f"{PAGE}new/").content.decode()
    assert 'name="group"' not in page and 'name="for_delivery"' not in page
    vic.post(
        f"{PAGE}new/{query_of(FRIENDS)}",
        {"name": "A", "group": group.public_id, "for_delivery": "on"},
    )
    assert [
        (row.owner, row.group, row.for_delivery) for row in Segment.objects.all()
    ] == [(cast.vic, None, False)]


# ---------------------------------------------------------------- who sees and who changes
def test_who_sees_what(
    sakura: Tenant, aiko: Client, ed: Client, vic: Client, oscar: Client, cast: Cast
) -> None:
    group = group_of(cast.ed, cast.vic)
    personal, shared = saved(cast.ed, name="P"), saved(cast.ed, group, name="S")

    def statuses(client: Client, segment: Segment) -> list[int]:
        return [
            client.get(url(segment, what)).status_code
            for what in ("", "count/", "open/", "edit/", "delete/")
        ]

    assert statuses(ed, personal) == statuses(ed, shared) == [200, 200, 302, 200, 200]
    assert statuses(vic, personal) == [404] * 5
    assert statuses(vic, shared) == [200, 200, 302, 403, 403]
    assert statuses(aiko, personal) == statuses(aiko, shared) == [404] * 5
    assert statuses(oscar, shared) == [404] * 5
    assert vic.post(url(personal, "duplicate/")).status_code == 404
    assert vic.post(url(shared, "overwrite/")).status_code == 403


def test_a_maker_who_left_the_group_still_has_it(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    group = group_of(cast.ed, cast.vic)
    segment = saved(cast.ed, group)
    groups.change_group(group, "販促", [seat_of(cast.vic)])
    assert ed.get(url(segment)).status_code == 200
    assert (
        ed.post(url(segment, "edit/"), {"name": "新", "group": ""}).status_code == 302
    )
    segment.refresh_from_db()
    assert (segment.name, segment.group) == ("新", None)


def test_managers_change_what_is_shared_with_them(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    segment = saved(cast.ed, group_of(cast.ed, cast.aiko))
    assert (
        "個人用（作成者：江戸 次郎）"
        in aiko.get(url(segment, "edit/")).content.decode()
    )
    aiko.post(url(segment, f"overwrite/{query_of(LINKED)}"))
    segment.refresh_from_db()
    assert (segment.condition, segment.owner) == ({"all": [LINKED]}, cast.ed)


# ---------------------------------------------------------------- changing
def test_the_pencil(sakura: Tenant, ed: Client, cast: Cast) -> None:
    group = group_of(cast.ed)
    segment = saved(cast.ed)
    answer = ed.post(
        url(segment, "edit/"),
        {"name": "新しい名前", "group": group.public_id, "for_delivery": "on"},
    )
    assert answer.headers["Location"] == PAGE
    segment.refresh_from_db()
    assert (segment.name, segment.group, segment.for_delivery) == (
        "新しい名前",
        group,
        True,
    )
    assert segment.condition == {"all": [FRIENDS]}
    assert AuditEntry.objects.latest("id").data == {
        "group": group.pk,
        "moved": True,
        "for_delivery": True,
    }


def test_overwriting_asks_first(sakura: Tenant, ed: Client, cast: Cast) -> None:
    segment = saved(cast.ed, group_of(cast.ed))
    page = ed.get(url(segment, f"overwrite/{query_of(LINKED)}")).content.decode()
    assert "条件「友だち」を上書きしますか？" in page
    assert (
        f"いまの条件：{describe_condition(FRIENDS)}<" in page
        and f"新しい条件：{describe_condition(LINKED)}<" in page
    )
    assert "グループ「販促」のオペレーター全員の条件が変わります。" in page
    page = ed.get(
        url(segment, f"overwrite/{query_of(FRIENDS, sort='seen')}")
    ).content.decode()
    assert "会員（登録日の新しい順）" in page and "会員（最終反応の古い順）" in page
    segment.refresh_from_db()
    assert segment.condition == {"all": [FRIENDS]}
    ed.post(url(segment, f"overwrite/{query_of(LINKED, sort='seen')}"))
    segment.refresh_from_db()
    assert (segment.condition, segment.sort) == ({"all": [LINKED]}, "seen")
    assert AuditEntry.objects.latest("id").action == "segment.overwritten"


def test_nothing_unreadable_overwrites(sakura: Tenant, ed: Client, cast: Cast) -> None:
    segment = saved(cast.ed)
    ed.post(url(segment, "overwrite/?c=nonsense"))
    segment.refresh_from_db()
    assert segment.condition == {"all": [FRIENDS]}


def test_duplicate(sakura: Tenant, vic: Client, cast: Cast) -> None:
    segment = saved(cast.ed, group_of(cast.ed, cast.vic))
    vic.post(url(segment, "duplicate/"))
    copy = Segment.objects.get(owner=cast.vic)
    assert (copy.name, copy.group, copy.condition) == (
        "友だちのコピー",
        None,
        segment.condition,
    )


def test_delete_asks_says_where_it_is_used_and_does(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    segment = saved(cast.ed)
    account = LineAccount.objects.create(
        name="公式", channel_id="1", channel_secret="s"
    )
    scenario = Scenario.objects.create(name="お礼", account=account, segment=segment)
    page = ed.get(url(segment, "delete/")).content.decode()
    assert (
        "条件「友だち」は使われているため、削除できません" in page
        and "ステップメッセージ「お礼」の絞り込み" in page
    )
    ed.post(url(segment, "delete/"), {"yes": "1"})
    assert Segment.objects.get() == segment
    scenario.delete()
    assert (
        "条件「友だち」を削除しますか？"
        in ed.get(url(segment, "delete/")).content.decode()
    )
    ed.post(url(segment, "delete/"), {"yes": "1"})
    assert not Segment.objects.exists()
    assert AuditEntry.objects.latest("id").action == "segment.deleted"


# ---------------------------------------------------------------- order
def names(owner: Operator, group: OperatorGroup | None = None) -> list[str]:
    return [segment.name for segment in Segment.objects.in_place(owner.pk, group)]


def test_put_in_order(sakura: Tenant, ed: Client, cast: Cast) -> None:
    a, b, c = (saved(cast.ed, name=name) for name in "ABC")
    assert names(cast.ed) == ["A", "B", "C"]
    ed.post(f"{PAGE}order/", {"order": [c.public_id, a.public_id, b.public_id]})
    assert names(cast.ed) == ["C", "A", "B"]
    ed.post(
        f"{PAGE}order/",
        {
            "order": [c.public_id, a.public_id, b.public_id],
            "move": f"down:{c.public_id}",
        },
    )
    assert names(cast.ed) == ["A", "C", "B"]
    ed.post(
        f"{PAGE}order/",
        {"order": [a.public_id, c.public_id, b.public_id], "move": f"up:{a.public_id}"},
    )
    assert names(cast.ed) == ["A", "C", "B"]
    ed.post(f"{PAGE}order/", {"order": ["nobody", b.public_id]})
    assert names(cast.ed) == ["B", "A", "C"]


def test_a_group_s_order_is_everybody_s(
    sakura: Tenant, ed: Client, vic: Client, cast: Cast
) -> None:
    group = group_of(cast.ed, cast.vic)
    a, b = saved(cast.ed, group, "A"), saved(cast.vic, group, "B")
    path = f"{PAGE}order/?group={group.public_id}"
    assert vic.post(path, {"order": [b.public_id, a.public_id]}).status_code == 403
    ed.post(path, {"order": [b.public_id, a.public_id]})
    assert names(cast.ed, group) == ["B", "A"]
    assert AuditEntry.objects.latest("id").data == {"group": group.pk, "count": 2}


def test_a_strange_group_is_not_put_in_order(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    group = group_of(cast.aiko)
    a, b = saved(cast.aiko, group, "A"), saved(cast.aiko, group, "B")
    assert (
        ed.post(
            f"{PAGE}order/?group={group.public_id}",
            {"order": [b.public_id, a.public_id]},
        ).status_code
        == 404
    )
    assert names(cast.aiko, group) == ["A", "B"]


# ---------------------------------------------------------------- the group ends
def test_a_group_s_conditions_go_to_their_makers(
    sakura: Tenant, aiko: Client, cast: Cast
) -> None:
    group = group_of(cast.ed, cast.vic)
    own, shared, gone = (
        saved(cast.ed, name="own"),
        saved(cast.ed, group, "S"),
        saved(cast.oscar, group, "left the shop"),
    )
    page = aiko.get(
        f"/t/sakura/settings/groups/{group.public_id}/delete/"
    ).content.decode()
    assert "検索条件「S」は江戸 次郎さんの個人用になります。" in page
    aiko.post(f"/t/sakura/settings/groups/{group.public_id}/delete/", {"yes": "1"})
    assert names(cast.ed) == ["own", "S"]
    assert names(cast.aiko) == ["left the shop"]
    assert Segment.objects.filter(group=None).count() == 3 and {
        own.pk,
        shared.pk,
        gone.pk,
    }


# ---------------------------------------------------------------- the page
def test_the_page(sakura: Tenant, ed: Client, cast: Cast) -> None:
    empty = ed.get(PAGE)
    assert "保存した条件はまだありません" in empty.content.decode()
    group = group_of(cast.ed)
    saved(cast.ed, name="A"), saved(cast.ed, group, "B"), saved(cast.vic, name="C")
    answer = ed.get(PAGE)
    found = [
        (place.label, [segment.name for segment in place.segments])
        for place in answer.context["places"]
    ]
    assert found == [("個人用", ["A"]), ("販促", ["B"])]
    assert answer.content.decode().count(describe_condition(FRIENDS)) == 2


def test_the_ready_made_ones_open_the_list(sakura: Tenant, vic: Client) -> None:
    samples = vic.get(PAGE).context["samples"]
    assert len(samples) == 10
    for sample in samples:
        chosen = ListFilter(
            QueryDict(urlencode({"c": encode_condition(sample.condition)}))
        )
        assert (chosen.usable, chosen.condition) == (True, sample.condition), (
            sample.name
        )


def test_the_count(sakura: Tenant, vic: Client, cast: Cast) -> None:
    Member.objects.create(line_state="friend")
    Member.objects.create(line_state="blocked")
    segment = saved(cast.vic)
    assert (
        re.sub(r"<[^>]+>", "", vic.get(url(segment, "count/")).content.decode()).strip()
        == "1名"
    )


def test_relative_days_stay_relative(sakura: Tenant, cast: Cast) -> None:
    born = timezone.make_aware(datetime(2026, 11, 1, 12))
    Member.objects.filter(pk=Member.objects.create().pk).update(created_at=born)
    recent = {"field": "created_at", "op": "from", "value": {"days": -7}}
    segment = saved(cast.ed, None, "この7日間に登録", recent)
    found = []
    for day in (1, 8, 9):
        with time_machine.travel(born.replace(day=day), tick=False):
            segment.refresh_from_db()
            found.append(count_segment(segment))
    assert found == [Count(1), Count(1), Count(0)]
    assert segment.condition == {"all": [recent]}


def test_a_condition_whose_tag_is_gone_says_so(
    sakura: Tenant, vic: Client, cast: Cast
) -> None:
    lost = get_or_create_tag("消えるタグ")
    segment = saved(
        cast.vic, None, "S", {"field": "tag", "op": "has_none", "value": [lost.pk]}
    )
    Tag.objects.filter(pk=lost.pk).delete()
    Member.objects.create()
    page = vic.get(url(segment)).content.decode()
    assert "この条件は使えません" in page and "削除されたタグ" in page
    assert "使えません" in vic.get(url(segment, "count/")).content.decode()
    assert vic.get(url(segment, "open/")).headers["Location"] == url(segment)


def test_a_condition_whose_tag_is_gone_is_made_anew_under_its_name(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    lost, other = get_or_create_tag("消えるタグ"), get_or_create_tag("残るタグ")
    leaves = [
        {"field": "tag", "op": "has_none", "value": [tag.pk]} for tag in (lost, other)
    ]
    segment = saved(cast.ed, None, "S", *leaves)
    Tag.objects.filter(pk=lost.pk).delete()
    there = f"/t/sakura/members/filter/?again=1&v={segment.public_id}"
    page = ed.get(url(segment)).content.decode()
    assert "条件を作り直す" in page and f'href="{html.escape(there)}"' in page
    builder = ed.get(there).context["builder"]
    assert [bool(row.error) for row in builder.root.parts] == [True, False]
    assert builder.root.parts[1].ticked == [other.public_id]
    data = {
        "node": ["0:0:group", "1:0:row"],
        "field-1": "line_state",
        "was-1": "line_state",
        "value-1-many": "friend",
    }
    back = ed.post(there, data).headers["Location"]
    assert f"v={segment.public_id}" in back and "again" not in back
    assert "変更あり" in ed.get(back).content.decode()
    foreign = saved(cast.vic, None, "T", LINKED)
    assert (
        ed.get(f"/t/sakura/members/filter/?again=1&v={foreign.public_id}")
        .context["builder"]
        .default_filter.usual
    )


def test_every_changeable_one_can_be_overwritten_from_the_list(
    sakura: Tenant, vic: Client, cast: Cast
) -> None:
    own, shared = (
        saved(cast.vic, None, "私の"),
        saved(cast.ed, group_of(cast.ed, cast.vic), "共有"),
    )
    page = vic.get(f"/t/sakura/members/{query_of(LINKED)}").content.decode()
    assert (
        page.count("現在の条件で上書き 私の"),
        page.count("現在の条件で上書き 共有"),
    ) == (1, 0)
    there = html.unescape(
        re.search(r'href="([^"]+)"\s+title="現在の条件で上書き"', page)[1]
    )  # type: ignore[index]
    assert there.startswith(url(own, "overwrite/?c="))
    vic.post(there)
    own.refresh_from_db()
    shared.refresh_from_db()
    assert (own.condition, shared.condition) == ({"all": [LINKED]}, {"all": [FRIENDS]})
    assert (
        "現在の条件で上書き" not in vic.get("/t/sakura/members/?c=x").content.decode()
    )


# ---------------------------------------------------------------- on the list


def test_the_one_looked_at_is_a_tab(sakura: Tenant, ed: Client, cast: Cast) -> None:
    segment = saved(cast.ed, name="私の友だち")
    there = ed.get(url(segment, "open/")).headers["Location"]
    page = ed.get(there).content.decode()
    assert re.findall(r'class="tab"[^>]*>\s*([^<]+?)\s*<', page)[:3] == [
        "すべて",
        "私の友だち",
        "未回答",
    ]
    assert "変更あり" not in page and "条件を保存" not in page.replace(
        "検索条件を保存", ""
    )
    assert "変更あり" not in ed.get(f"{there}&link=known").content.decode()
    for changed in (
        f"{query_of(LINKED)}&v={segment.public_id}",
        f"{urlparse(there).query}&sort=seen",
    ):
        page = ed.get(f"/t/sakura/members/?{changed.lstrip('?')}").content.decode()
        assert "変更あり" in page and "上書き保存" in page and "別名で保存" in page


def test_the_same_in_another_shape_is_no_change(
    sakura: Tenant, ed: Client, cast: Cast
) -> None:
    segment = saved(cast.ed, None, "A", FRIENDS, {"all": [LINKED]})
    page = ed.get(
        f"/t/sakura/members/{query_of(LINKED, FRIENDS, v=segment.public_id)}"
    ).content.decode()
    assert "変更あり" not in page


def test_somebody_else_s_is_not_named(sakura: Tenant, vic: Client, cast: Cast) -> None:
    segment = saved(cast.ed, name="エドの条件")
    page = vic.get(
        f"/t/sakura/members/{query_of(FRIENDS, v=segment.public_id)}"
    ).content.decode()
    assert "エドの条件" not in page and "条件を保存" in page


def test_only_who_may_is_offered_to_overwrite(
    sakura: Tenant, vic: Client, cast: Cast
) -> None:
    segment = saved(cast.ed, group_of(cast.ed, cast.vic), "共有")
    page = vic.get(
        f"/t/sakura/members/{query_of(LINKED, v=segment.public_id)}"
    ).content.decode()
    assert "変更あり" in page and "上書き保存" not in page and "別名で保存" in page


# ---------------------------------------------------------------- what they name is kept
def kept(*rows: Any) -> list[bool]:
    for row in rows:
        row.refresh_from_db()
    return [row.kept for row in rows]


def test_lists_and_texts_stay_while_somebody_names_them(
    sakura: Tenant, cast: Cast
) -> None:
    values = ValueList.objects.get(pk=make_value_list("a@example.jp").pk)
    text = SearchText.objects.get(public_id=save_search_text("山田"))
    listed = {"field": "email", "op": "in_list", "value": values.public_id}
    said = {"field": "text", "op": "contains", "value": text.public_id}
    first = saved(cast.ed, None, "A", listed, {"any": [said, FRIENDS]})
    second = saved(cast.vic, None, "B", {"not": listed})
    assert kept(values, text) == [True, True]
    manage.delete_segment(first)
    assert kept(values, text) == [True, False]
    manage.overwrite_segment(second, {"all": [said]})
    assert kept(values, text) == [False, True]


def test_tags_are_found_by_their_uses(sakura: Tenant, cast: Cast) -> None:
    vip = get_or_create_tag("VIP")
    tag_members(vip, Member.objects.none(), "operator")
    segment = saved(
        cast.ed, None, "A", {"field": "tag", "op": "has_any", "value": [vip.pk]}
    )
    assert (
        describe_condition(segment.condition) == "次のタグ「VIP」を含む会員（いずれか）"
    )
