from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members import tagging
from members.models import Member, Tag
from tenants.models import AuditEntry, Tenant

TAGS = "/t/sakura/members/tags/"


def test_list_with_counts(sakura: Tenant, vic: Client) -> None:
    Member.objects.create()
    tagging.tag(tagging.tag_named("A"), Member.objects.all(), "operator")
    tagging.tag_named("B")
    answer = vic.get(TAGS)
    assert [(tag.name, tag.carriers) for tag in answer.context["tags"]] == [("A", 1), ("B", 0)]
    assert "タグを作成" not in answer.content.decode()


def test_the_same_queries_for_one_and_three_rows(sakura: Tenant, aiko: Client) -> None:
    counts = []
    for names in ("a", "bc"):
        for name in names:
            tagging.tag_named(name)
        with CaptureQueriesContext(connection) as queries:
            aiko.get(TAGS)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_make(sakura: Tenant, ed: Client) -> None:
    data = {"name": " 〇 定期（3回目） ", "color": "purple", "description": "説明"}
    assert ed.post(f"{TAGS}new/", data).headers["Location"] == TAGS
    tag = Tag.objects.get()
    assert (tag.name, tag.color, tag.description) == ("〇 定期（3回目）", "purple", "説明")
    assert AuditEntry.objects.get().action == "tag.made"


def test_a_name_is_taken_in_any_width(sakura: Tenant, ed: Client) -> None:
    tag = tagging.tag_named("定期ABC")
    answer = ed.post(f"{TAGS}new/", {"name": "定期ａｂｃ", "color": "grey", "description": "d"})
    assert answer.status_code == 422 and "同じ名前のタグ「定期ABC」があります" in answer.content.decode()
    assert ed.post(f"{TAGS}{tag.public_id}/", {"name": "定期ａｂｃ", "color": "red"}).status_code == 302
    tag.refresh_from_db()
    assert (tag.name, tag.color) == ("定期ａｂｃ", "red")
    assert AuditEntry.objects.latest("id").action == "tag.changed"


def test_empty(sakura: Tenant, aiko: Client) -> None:
    assert "タグはまだありません" in aiko.get(TAGS).content.decode()
