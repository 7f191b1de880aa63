import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forms_builder.models import Form, FormTag
from members.identity import delete
from members.models import Member, MemberTag, Segment, Tag, TagFolder
from members.tags import assign, folders
from members.tags import names as labels
from messaging.models import LineAccount
from operators.models import AuditEntry
from tenants.models import Tenant
from tests.conftest import Cast

TAGS = "/t/sakura/members/tags/"


def named(client: Client, query: str = "") -> list[str]:
    return [tag.name for tag in client.get(TAGS + query).context["tags"]]


def use_in_a_form(tag: Tag, name: str = "ご本人確認") -> Form:
    account = LineAccount.objects.create(
        name="公式", channel_id=name, channel_secret="s"
    )
    form = Form.objects.create(name=name, account=account, title="t")
    FormTag.objects.create(form=form, tag=tag)
    return form


def test_list_with_counts(sakura: Tenant, vic: Client) -> None:
    for _ in range(2):
        Member.objects.create()
    assign.tag_members(labels.get_or_create_tag("A"), Member.objects.all(), "operator")
    delete.delete_members_softly(
        Member.objects.filter(pk=Member.objects.order_by("pk").values("pk")[:1])
    )
    use_in_a_form(labels.get_or_create_tag("B"))
    answer = vic.get(TAGS)
    rows = [
        (tag.name, tag.tagged_count, [use.name for use in tag.uses])
        for tag in answer.context["tags"]
    ]
    assert rows == [("A", 1, []), ("B", 0, ["ご本人確認"])]
    assert "タグを作成" not in answer.content.decode()


def test_the_same_queries_for_one_and_three_rows(sakura: Tenant, aiko: Client) -> None:
    counts = []
    for names in ("a", "bc"):
        for name in names:
            labels.get_or_create_tag(name, folder=folders.make_folder(name))
        with CaptureQueriesContext(connection) as queries:
            aiko.get(TAGS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_search_folder_and_order(sakura: Tenant, vic: Client) -> None:
    folder = folders.make_folder("定期")
    Member.objects.create()
    labels.get_or_create_tag("定期３回目", folder=folder)
    assign.tag_members(
        labels.get_or_create_tag("定期1回目", folder=folder),
        Member.objects.all(),
        "operator",
    )
    labels.get_or_create_tag("休眠")
    assert named(vic) == ["休眠", "定期1回目", "定期３回目"]
    assert named(vic, "?q=ﾃｲ") == []
    assert named(vic, "?q=定期3") == ["定期３回目"]
    assert named(vic, f"?folder={folder.public_id}&sort=-name") == [
        "定期３回目",
        "定期1回目",
    ]
    assert named(vic, "?folder=none") == ["休眠"]
    assert named(vic, "?sort=-tagged_count")[0] == "定期1回目"
    assert named(vic, "?sort=nonsense&folder=gone") == []
    tabs = vic.get(f"{TAGS}?folder=none").context["tabs"]
    assert [(tab["label"], tab["count"], tab["current"]) for tab in tabs] == [
        ("すべて", 3, False),
        ("定期", 2, False),
        ("フォルダなし", 1, True),
    ]


def test_make(sakura: Tenant, ed: Client) -> None:
    folder = folders.make_folder("定期")
    data = {
        "name": " 〇 定期（3回目） ",
        "color": "purple",
        "description": "説明",
        "folder": folder.public_id,
    }
    assert ed.post(f"{TAGS}new/", data).headers["Location"] == TAGS
    tag = Tag.objects.get()
    assert (tag.name, tag.color, tag.description, tag.folder) == (
        "〇 定期（3回目）",
        "purple",
        "説明",
        folder,
    )
    assert AuditEntry.objects.latest("pk").action == "tag.made"


@pytest.mark.parametrize("name", ["〇", "○×[] ()", "あ" * 100, "a  b", "𠮷野家"])
def test_names_stay_as_they_are(sakura: Tenant, ed: Client, name: str) -> None:
    ed.post(f"{TAGS}new/", {"name": name, "color": "grey"})
    assert Tag.objects.get().name == " ".join(name.split())


def test_a_name_is_taken_in_any_width(sakura: Tenant, ed: Client) -> None:
    tag = labels.get_or_create_tag("定期ABC")
    answer = ed.post(
        f"{TAGS}new/", {"name": "定期ａｂｃ", "color": "grey", "description": "d"}
    )
    assert (
        answer.status_code == 422
        and "同じ名前のタグ「定期ABC」があります" in answer.content.decode()
    )
    page = f"{TAGS}{tag.public_id}/"
    assert (
        ed.post(f"{page}edit/", {"name": "定期ａｂｃ", "color": "red"}).headers[
            "Location"
        ]
        == page
    )
    tag.refresh_from_db()
    assert (tag.name, tag.color) == ("定期ａｂｃ", "red")
    assert AuditEntry.objects.latest("id").action == "tag.changed"


def test_one_tag_with_what_it_does(sakura: Tenant, vic: Client, cast: Cast) -> None:
    Member.objects.create()
    tag = labels.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.all(), "operator", cast.ed)
    form = use_in_a_form(tag)
    Segment.objects.create(
        name="保存A",
        owner=cast.aiko,
        condition={
            "any": [{"not": {"field": "tag", "op": "has_all", "value": [tag.pk]}}]
        },
    )
    answer = vic.get(f"{TAGS}{tag.public_id}/")
    assert {(str(use.kind), use.name) for use in answer.context["uses"]} == {
        ("フォームの回答で付けるタグ", "ご本人確認"),
        ("個人用の保存した条件", "店長 愛子"),
    }
    html = answer.content.decode()
    assert f"/liff/{form.public_id}/" in html or form.public_id in html
    assert [
        (batch.action, batch.count, batch.operator)
        for batch in answer.context["page"].rows
    ] == [("add", 1, cast.ed)]
    found = vic.get(answer.context["list_url"])
    assert len(found.context["page"].rows) == 1
    assert "編集" not in html.partition("<main")[2]


def test_a_tag_in_use_is_not_deleted(sakura: Tenant, ed: Client) -> None:
    tag = labels.get_or_create_tag("A")
    use_in_a_form(tag)
    answer = ed.post(f"{TAGS}{tag.public_id}/delete/", {"expected": 0})
    assert answer.status_code == 422
    assert (
        "1か所で使われています" in answer.content.decode()
        and "ご本人確認" in answer.content.decode()
    )
    assert Tag.objects.get() == tag


def test_delete(sakura: Tenant, ed: Client) -> None:
    Member.objects.create()
    tag = labels.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.all(), "operator")
    path = f"{TAGS}{tag.public_id}/delete/"
    assert "会員1名" in ed.get(path).content.decode()
    answer = ed.post(path, {"expected": 0})
    assert answer.status_code == 422 and "1名に変わりました" in answer.content.decode()
    assert ed.post(path, {"expected": 1}).headers["Location"] == TAGS
    assert [str(message)[:13] for message in ed.get(TAGS).context["messages"]] == [
        "タグ「A」を削除しました。"
    ]
    assert (Tag.objects.count(), MemberTag.objects.count()) == (0, 0)
    assert [e.action for e in AuditEntry.objects.order_by("-pk")[:2]] == [
        "job.ended",
        "tag.deleted",
    ]


def test_many_carriers_are_typed(sakura: Tenant, ed: Client) -> None:
    Member.objects.bulk_create(Member() for _ in range(1001))
    tag = labels.get_or_create_tag("A")
    assign.tag_members(tag, Member.objects.all(), "operator")
    path = f"{TAGS}{tag.public_id}/delete/"
    assert ed.post(path, {"expected": 1001, "typed": "999"}).status_code == 422
    assert ed.post(path, {"expected": 1001, "typed": "１,００１"}).status_code == 302


def test_folders(sakura: Tenant, ed: Client) -> None:
    path = f"{TAGS}folders/"
    for name in ("一", "二", "三"):
        assert ed.post(path, {"name": f" {name}"}).headers["Location"] == path
    assert (
        "同じ名前のフォルダがあります" in ed.post(path, {"name": "一"}).content.decode()
    )
    one, two, three = TagFolder.objects.order_by("position")
    order = [folder.public_id for folder in (one, two, three)]
    ed.post(f"{path}order/", {"order": order, "move": f"up:{three.public_id}"})
    assert list(
        TagFolder.objects.order_by("position").values_list("name", flat=True)
    ) == ["一", "三", "二"]
    ed.post(f"{path}order/", {"order": [three.public_id, "gone"]})
    assert list(
        TagFolder.objects.order_by("position").values_list("name", flat=True)
    ) == ["三", "一", "二"]
    ed.post(f"{path}{one.public_id}/", {"name": "壱"})
    one.refresh_from_db()
    assert one.name == "壱"


def test_tags_into_folders_and_out(sakura: Tenant, ed: Client) -> None:
    tags = [labels.get_or_create_tag(name) for name in "ab"]
    ids = [tag.public_id for tag in tags]
    assert ed.post(f"{TAGS}move/", {"ids": ids}).context["tags"] == tags
    ed.post(f"{TAGS}move/", {"ids": ids, "confirm": 1, "new_folder": "新"})
    folder = TagFolder.objects.get()
    assert [tag.folder for tag in Tag.objects.all()] == [folder, folder]
    ed.post(f"{TAGS}folders/{folder.public_id}/", {"delete": 1})
    assert [tag.folder for tag in Tag.objects.all()] == [None, None]


def test_empty(sakura: Tenant, aiko: Client) -> None:
    assert "タグはまだありません" in aiko.get(TAGS).content.decode()
