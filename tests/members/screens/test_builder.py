"""The builder without scripts: every button posts the whole form and gets it back, nothing typed is lost."""

import html
import re
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.test import Client

from members.conditions.kinds.base import DELETED_MESSAGE
from members.conditions.registry import get_condition_field
from members.conditions.search import save_search_text
from members.conditions.url import decode_condition, encode_condition
from members.listing.list_filter import DEFAULT_FILTER, build_leaf
from members.models import Attribute, Member, SearchText, Tag, ValueList
from members.screens.builder.form import Builder
from members.tags.names import get_or_create_tag
from tenants.models import Tenant
from tests.conftest import Cast

LIST = "/t/sakura/members/"
FILTER = f"{LIST}filter/"
INPUT = re.compile(r'<input([^>]*name="([^"]+)"[^>]*)>')


def way(builder: Builder, number: int) -> Any:
    node = next(node for node in builder.root if node.id == number)
    assert node.way
    return node.way.op, node.way.kind.template


def posted(
    *rows: tuple[str, int, dict[str, Any]],
    words: dict[int, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A form with rows (field, number of its way, values) under the outermost group."""
    data: dict[str, Any] = {"node": ["0:0:group"], "do": "apply"}
    for number, (field, way_number, values) in enumerate(rows, 1):
        data["node"].append(f"{number}:0:row")
        data |= {
            f"field-{number}": field,
            f"was-{number}": field,
            f"way-{number}": str(way_number),
        }
        data |= {f"value-{number}-{name}": value for name, value in values.items()}
    data |= {f"word-{number}": word for number, word in (words or {}).items()}
    return data | more


def applied(client: Client, data: dict[str, Any], query: str = "") -> Any:
    answer = client.post(FILTER + query, data)
    assert answer.status_code == 302, answer.context["builder"].errors
    return decode_condition(
        parse_qs(answer.headers["Location"].partition("?")[2]).get("c", ["{}"])[0]
    )


def numbered(field: str, op: str, template: str, client: Client) -> int:
    ways = get_condition_field(field).ways
    return next(
        n for n, way in enumerate(ways) if (way.op, way.kind.template) == (op, template)
    )


def test_there_and_back(sakura: Tenant) -> None:
    label = get_or_create_tag("A")
    tree = {
        "all": [
            build_leaf("tag", "lacks_any", [label.pk]),
            {
                "any": [
                    build_leaf("last_seen_at", "from", {"days": -7}),
                    {"not": build_leaf("link_state", "in", ["known"])},
                ]
            },
            {
                "not": {
                    "any": [
                        build_leaf("birthday", "md_between", ["12-20", "01-10"]),
                        build_leaf("deleted", "only", True),
                    ]
                }
            },
            build_leaf("known_at", "between", [{"days": -30}, {"days": 0}]),
            build_leaf("created_at", "between", [{"days": -30}, {"days": -7}]),
            build_leaf("line_optout_at", "between", ["2026-01-01", "2026-01-31"]),
        ]
    }
    assert Builder.of(tree).read() == tree
    for other in (
        {"any": tree["all"][:2]},
        {"not": {"any": tree["all"][:2]}},
        {"not": tree["all"][0]},
    ):
        assert Builder.of(other).read() == other
    assert Builder.of({}).read() == {"all": []}
    assert Builder.of(tree["all"][0]).read() == {"all": [tree["all"][0]]}


def test_what_stands_above_holds_whatever_the_outermost_group_says(
    sakura: Tenant,
) -> None:
    """Inside of an “any” it found nearly everybody, and that could be tagged."""
    usual, deleted = (
        build_leaf("usual", "is", True),
        build_leaf("deleted", "include", True),
    )
    one, two = (
        build_leaf("link_state", "in", ["known"]),
        build_leaf("line_state", "in", ["friend"]),
    )
    builder = Builder.of(DEFAULT_FILTER)
    assert (builder.default_filter.usual, builder.default_filter.deleted) == (
        True,
        "exclude",
    )
    assert [(node.word, node.field) for node in builder.root] == [
        ("all", None),
        ("", None),
    ]
    for group in ({"any": [one, two]}, {"not": {"any": [one, two]}}, {"not": one}):
        tree = {"all": [usual, deleted, group]}
        builder = Builder.of(tree)
        assert (builder.root.word, len(builder.root.parts)) in [
            ("any", 2),
            ("none", 2),
            ("none", 1),
        ]
        assert builder.read() == tree
    assert Builder.of({"all": [one, usual, two]}).read() == {"all": [usual, one, two]}
    assert Builder.of(
        {"all": [build_leaf("deleted", "exclude", True), one]}
    ).read() == {"all": [one]}
    assert Builder.of({"any": [usual, one]}).read() == {"any": [usual, one]}


def test_an_or_of_two_tags_finds_who_has_one_of_them(
    sakura: Tenant, vic: Client
) -> None:
    tags = [get_or_create_tag("A"), get_or_create_tag("B")]
    rows = [("tag", 1, {"many": [tag.public_id]}) for tag in tags]
    tree = applied(vic, posted(*rows, words={0: "any"}, usual="1", deleted="exclude"))
    either = {"any": [build_leaf("tag", "has_any", [tag.pk]) for tag in tags]}
    assert tree == {"all": [build_leaf("usual", "is", True), either]}
    only = applied(vic, posted(*rows, words={0: "none"}, deleted="only"))
    assert only == {
        "all": [build_leaf("deleted", "only", True), {"not": {"any": either["any"]}}]
    }
    assert applied(vic, posted(*rows[:1], deleted="x")) == {"all": [either["any"][0]]}


def test_a_chip_leads_to_its_place(sakura: Tenant, vic: Client) -> None:
    known, friend = (
        build_leaf("link_state", "in", ["known"]),
        build_leaf("line_state", "in", ["friend"]),
    )
    either = encode_condition(
        {"all": [build_leaf("usual", "is", True), {"any": [known, friend]}]}
    )
    for row, where in (("0", ("usual", "")), ("1", ("", "field"))):
        builder = vic.get(FILTER, {"c": either, "row": row}).context["builder"]
        assert (builder.default_filter.focus, builder.root.parts[0].focus) == where
    both = encode_condition(
        {"all": [known, build_leaf("deleted", "only", True), friend]}
    )
    builder = vic.get(FILTER, {"c": both, "row": "2"}).context["builder"]
    assert [node.focus for node in builder.root.parts] == ["", "field"]


def test_a_row_that_is_not_offered_any_more_stays(sakura: Tenant, vic: Client) -> None:
    tree = {
        "any": [
            build_leaf("usual", "is", True),
            build_leaf("text", "contains", save_search_text("花")),
        ]
    }
    body = vic.get(FILTER, {"c": encode_condition(tree)}).content.decode()
    assert (
        '<option value="usual" selected>' in body
        and '<option value="text" selected>' in body
    )


def test_the_page_shows_the_condition_of_the_list(sakura: Tenant, vic: Client) -> None:
    answer = vic.get(FILTER)
    assert answer.status_code == 200
    assert answer.context["builder"].default_filter.usual
    body = answer.content.decode()
    assert re.search(r'name="usual"\s+value="1"\s+checked', body)
    assert (
        "条件を追加" in body
        and "グループを追加" in body
        and "この条件で絞り込む" in body
    )


def test_buttons_add_and_take_away_and_keep_what_was_typed(
    sakura: Tenant, vic: Client
) -> None:
    typed = posted(("name", 0, {"text": "高橋 <花>"}), words={0: "any"})
    answer = vic.post(FILTER, typed | {"do": "group:0"})
    builder = answer.context["builder"]
    assert [(node.id, node.parent, node.word) for node in builder.root] == [
        (0, 0, "any"),
        (1, 0, ""),
        (2, 0, "all"),
        (3, 2, ""),
    ]
    assert html.escape("高橋 <花>") in answer.content.decode()
    assert (
        'id="field-3"' in answer.content.decode()
        and answer.content.decode().count("autofocus") == 1
    )
    again = typed | {
        "node": ["0:0:group", "1:0:row", "2:0:group", "3:2:row"],
        "word-2": "none",
    }
    left = vic.post(FILTER, again | {"do": "remove:1"}).context["builder"]
    assert [(node.id, node.word, node.focus) for node in left.root] == [
        (0, "any", "add"),
        (2, "none", ""),
        (3, "", ""),
    ]


def test_another_field_begins_anew(sakura: Tenant, vic: Client) -> None:
    data = posted(("name", 1, {"text": "花子"})) | {
        "field-1": "known_at",
        "do": "update",
    }
    builder = vic.post(FILTER, data).context["builder"]
    assert (way(builder, 1), dict(builder.root.parts[0].values)) == (
        ("from", "day"),
        {},
    )


def test_what_is_typed_goes_behind_keys(sakura: Tenant, vic: Client) -> None:
    number = Attribute.objects.create(
        name="来店回数", name_key="来店回数", kind="number"
    )
    file = SimpleUploadedFile("a.csv", b"c@example.jp")
    past = numbered("last_seen_at", "between", "within", vic)
    ahead = numbered("birthday", "md_between", "within", vic)
    tree = applied(
        vic,
        posted(
            ("name", 0, {"text": "花子"}),
            (
                "email",
                0,
                {"text": "a@example.jp、B@example.jp a@example.jp", "file": file},
            ),
            ("last_seen_at", past, {"days": "３０"}),
            ("birthday", ahead, {"days": "7"}),
            (f"attr:{number.public_id}", 0, {"number": "１，２００"}),
            ("link_state", 1, {"many": ["known", "linked"]}),
        ),
        "?link=known&after=x",
    )
    text, values = SearchText.objects.get(), ValueList.objects.get()
    assert tree == {
        "all": [
            build_leaf("name", "contains", text.public_id),
            build_leaf("email", "in_list", values.public_id),
            build_leaf("last_seen_at", "between", [{"days": -30}, {"days": 0}]),
            build_leaf("birthday", "md_between", [{"days": 0}, {"days": 7}]),
            build_leaf(f"attr:{number.public_id}", "at_least", 1200),
            build_leaf("link_state", "not_in", ["known", "linked"]),
        ]
    }
    assert (text.text, values.given, values.duplicate) == ("花子", 4, 1)


def test_a_table_uploaded_in_a_row_gives_its_column(
    sakura: Tenant, vic: Client
) -> None:
    file = SimpleUploadedFile(
        "a.csv",
        "氏名,メール\r\n花子,a@example.jp\r\n太郎,b@example.jp\r\n".encode("cp932"),
    )
    applied(vic, posted(("email", 0, {"file": file})))
    values = ValueList.objects.latest("pk")
    assert (values.given, values.invalid, values.usable) == (3, 1, 2)
    plain = SimpleUploadedFile("a.txt", "山田 佐藤\n鈴木".encode())
    applied(
        vic,
        posted(
            (
                "name",
                numbered("name", "in_list", "values", vic),
                {"file": plain, "blanks": "1"},
            )
        ),
    )
    assert ValueList.objects.latest("pk").given == 3


def test_a_list_that_stands_there_is_kept_unless_another_is_given(
    sakura: Tenant, vic: Client
) -> None:
    first = applied(vic, posted(("email", 0, {"text": "a@example.jp"})))
    key = first["all"][0]["value"]
    assert applied(vic, posted(("email", 1, {"key": key}))) == {
        "all": [build_leaf("email", "not_in_list", key)]
    }
    other = applied(vic, posted(("email", 0, {"key": key, "text": "b@example.jp"})))
    assert other["all"][0]["value"] != key


@pytest.mark.parametrize(
    ("field", "op", "template", "values"),
    [
        ("tag", "has_all", "tags", {}), ("name", "contains", "text", {"text": " "}), ("email", "in_list", "values", {}),
        ("email", "in_list", "values", {"text": "山田", "key": "gone"}), ("known_at", "from", "day", {"day": "11/22"}),
        ("known_at", "between", "day_range", {"from": "2026-11-22", "until": "2026-11-21"}),
        ("known_at", "from", "days", {"days": "-1"}), ("known_at", "between", "within", {"days": "0"}),
        ("birthday", "md", "month_day", {"day": "2/30"}), ("link_state", "in", "choices", {"many": ["x"]}),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_comes_back_with_a_word(
    sakura: Tenant,
    vic: Client,
    field: str,
    op: str,
    template: str,
    values: dict[str, Any],
) -> None:
    answer = vic.post(
        FILTER, posted((field, numbered(field, op, template, vic), values))
    )
    (error,) = answer.context["builder"].errors
    body = answer.content.decode()
    assert (answer.status_code, error.id) == (422, 1)
    assert (
        error.error.count("。") >= 2 and error.error in body and "data-errors" in body
    )


@pytest.mark.parametrize("kind", ["tag", "choice"])
def test_a_choice_that_went_away_meanwhile_widens_nothing(
    sakura: Tenant, vic: Client, kind: str
) -> None:
    """「いずれでもない：A・B」 without B shows those who have B."""
    size = Attribute.objects.create(
        name="サイズ", name_key="サイズ", kind="choice", choices=["S", "M"]
    )
    keys = (
        [get_or_create_tag("A").public_id, get_or_create_tag("B").public_id]
        if kind == "tag"
        else ["S", "M"]
    )
    data = posted(
        ("tag" if kind == "tag" else f"attr:{size.public_id}", 1, {"many": keys})
    )
    applied(vic, data)
    Tag.objects.filter(name="B").delete()
    Attribute.objects.update(choices=["S"])
    answer = vic.post(FILTER, data)
    (error,) = answer.context["builder"].errors
    assert (answer.status_code, error.error) == (422, str(DELETED_MESSAGE))
    applied(
        vic,
        posted(
            (
                "tag" if kind == "tag" else f"attr:{size.public_id}",
                1,
                {"many": keys[:1]},
            )
        ),
    )


def test_the_same_words_keep_their_key(sakura: Tenant, vic: Client) -> None:
    """Else a saved condition that was only looked at has 変更あり."""
    tree = {"all": [build_leaf("name", "contains", save_search_text("花子"))]}
    body = vic.get(FILTER, {"c": encode_condition(tree)}).content.decode()
    key = tree["all"][0]["value"]
    assert f'<input type="hidden" name="value-1-key" value="{key}">' in body
    assert applied(vic, posted(("name", 0, {"text": " 花子", "key": key}))) == tree
    other = applied(vic, posted(("name", 0, {"text": "花江", "key": key})))
    assert other["all"][0]["value"] != key
    assert [row.text for row in SearchText.objects.order_by("pk")] == ["花子", "花江"]


def test_a_row_without_a_field_says_nothing(sakura: Tenant, vic: Client) -> None:
    assert applied(vic, posted(("", 0, {}))) == {"all": []}


def test_what_is_gone_is_asked_for_anew(sakura: Tenant, vic: Client) -> None:
    answer = vic.get(FILTER, {"c": '{"field":"tag","op":"has_none","value":["gone"]}'})
    assert answer.status_code == 200
    builder = Builder.of(build_leaf("tag", "has_none", [999]))
    assert [bool(node.error) for node in builder.root] == [
        False,
        True,
    ] and builder.read() is None


def test_the_count_before_applying_keeps_nothing(
    cast: Cast, sakura: Tenant, vic: Client
) -> None:
    for name in ("花子", "花江", "太郎"):
        Member.objects.create(name=name, name_key=name)
    answer = vic.post(f"{FILTER}count/", posted(("name", 0, {"text": "花"})))
    assert "該当 2名" in answer.content.decode()
    assert not SearchText.objects.exists()
    assert (
        "該当 0名" in vic.post(f"{FILTER}count/?link=known", posted()).content.decode()
    )
    unfinished = vic.post(f"{FILTER}count/", posted(("known_at", 0, {})))
    assert (unfinished.status_code, "途中" in unfinished.content.decode()) == (
        200,
        True,
    )


def test_a_long_list_is_counted_when_it_is_applied(sakura: Tenant, vic: Client) -> None:
    """The page leaves it out: a form of three million signs is refused."""
    data = posted(("email", 0, {"late": "1"}))
    answer = vic.post(f"{FILTER}count/", data)
    assert (answer.status_code, answer.content.decode().strip()) == (
        200,
        "リストは適用時に数えます。",
    )
    rows = vic.post(f"{FILTER}rows/", data | {"do": "row:0"}).content.decode()
    assert re.search(r'data-as-file="value-1-file"\s+hx-preserve\s*></textarea>', rows)
    again = vic.post(f"{FILTER}rows/", posted(("email", 0, {}))).content.decode()
    assert not re.search(r"hx-preserve\s*></textarea>", again)


def test_a_tag_made_where_it_is_chosen(sakura: Tenant, vic: Client, ed: Client) -> None:
    old = get_or_create_tag("旧")
    data = posted(("tag", 1, {"many": [old.public_id], "new": " 新  しい "}))
    assert "該当 0名" in ed.post(f"{FILTER}count/", data).content.decode()
    assert not Tag.objects.filter(name="新 しい").exists()
    broken = {
        "node": [*data["node"], "2:0:row"],
        "field-2": "known_at",
        "was-2": "known_at",
        "way-2": "0",
    }
    answer = ed.post(FILTER, data | broken)
    assert (
        answer.status_code,
        [error.id for error in answer.context["builder"].errors],
    ) == (422, [2])
    assert (
        'value=" 新  しい "' in answer.content.decode()
        and not Tag.objects.filter(name="新 しい").exists()
    )
    tree = applied(ed, data)
    assert tree == {
        "all": [
            build_leaf("tag", "has_any", [old.pk, Tag.objects.get(name="新 しい").pk])
        ]
    }
    assert applied(ed, posted(("tag", 1, {"new": "旧"}))) == {
        "all": [build_leaf("tag", "has_any", [old.pk])]
    }
    assert vic.post(FILTER, posted(("tag", 1, {"new": "見るだけ"}))).status_code == 422
    assert not Tag.objects.filter(name="見るだけ").exists()
    assert (
        "新しいタグ"
        not in vic.post(f"{FILTER}rows/", posted(("tag", 1, {}))).content.decode()
    )


def test_the_rows_alone(sakura: Tenant, vic: Client) -> None:
    answer = vic.post(f"{FILTER}rows/", posted() | {"do": "row:0"})
    assert answer.headers["HX-Trigger"] and "<html" not in answer.content.decode()
    assert 'id="field-1"' in answer.content.decode()


@pytest.mark.parametrize(
    "node",
    ["x", "1:9:row", "1:0:row:x", "0:0:row", "-1:0:row", "999999:0:row", "1::row"],
)
def test_no_form_breaks_it(sakura: Tenant, vic: Client, node: str) -> None:
    data = {
        "node": ["0:0:group", node, node],
        "field-1": "name",
        "way-1": "9" * 9,
        "do": "row:9",
        "word-0": "x",
    }
    assert vic.post(FILTER, data).status_code == 200


def test_never_more_than_can_be_read(sakura: Tenant) -> None:
    data = QueryDict(mutable=True)
    data.setlist(
        "node",
        ["0:0:group"] + [f"{n}:{n - 1}:group" for n in range(1, 50)] + ["50:49:row"],
    )
    data.update({"field-50": "deleted", "do": "apply"})
    builder = Builder.posted(data)
    assert builder.read() is None and builder.problem


@pytest.mark.parametrize("ugly", ["\0", "9" * 30, "-1", "x😀１２' OR 1=1 --\r\nX: y"])
@pytest.mark.parametrize(
    "field",
    [
        "tag",
        "name",
        "email",
        "phone",
        "line_name",
        "known_at",
        "birthday",
        "link_state",
        "buy_total",
        "form",
        "cart",
    ],
)
def test_no_value_breaks_it(sakura: Tenant, vic: Client, field: str, ugly: str) -> None:
    parts = [
        "text",
        "many",
        "find",
        "day",
        "days",
        "way",
        "from",
        "from_way",
        "until",
        "until_way",
        "number",
        "key",
        "kept",
    ]
    for number, _way in enumerate(get_condition_field(field).ways):
        data = posted((field, number, dict.fromkeys(parts, ugly)))
        assert vic.post(f"{FILTER}count/", data).status_code == 200
        assert vic.post(FILTER, data | {"do": "update"}).status_code == 200
        assert vic.post(FILTER, data).status_code in (302, 422)
    assert (
        vic.get(FILTER, {"c": ugly, "row": ugly, "s": ugly, "link": ugly}).status_code
        == 200
    )
