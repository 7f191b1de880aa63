import datetime as dt
from dataclasses import replace

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from members.extension import extensions
from members.identity.answers import record_answer
from members.models import IdentityRecord, Member, MemberTag, Note, Tag
from members.screens.profile.registry import Panel
from members.tags import assign, names
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.extensions import hand_in_only

FORM = IdentityRecord.Source.FORM
DAY = dt.datetime(2026, 11, 20, 5, 30, tzinfo=dt.UTC)


def url(member: Member, rest: str = "") -> str:
    return f"/t/sakura/members/{member.public_id}/{rest}"


def answered(**fields: str) -> Member:
    member = Member.objects.create(line_name="はなこ")
    record_answer(member, FORM, received_at=DAY, origin="本人確認フォーム", **fields)
    return member


def test_shows_the_newest_answer_and_both_in_the_history(
    sakura: Tenant, vic: Client
) -> None:
    member = answered(email="a@example.jp", phone="090-1111-1111")
    record_answer(
        member, FORM, received_at=DAY + dt.timedelta(days=1), phone="090-2222-2222"
    )
    html = vic.get(url(member)).content.decode()
    assert "最新の回答（2回目" in html and "2026/11/21 14:30" in html
    answer = vic.get(url(member), {"tab": "answers"})
    html = answer.content.decode()
    assert "2回目の回答" in html and "本人確認フォーム" in html
    assert [
        (a.number, [(c.before, c.after) for c in a.changes])
        for a in answer.context["answers"]
    ] == [
        (2, [("090-1111-1111", "090-2222-2222")]),
        (1, [("", "a@example.jp"), ("", "090-1111-1111")]),
    ]
    assert "この回答に戻す" not in html and "タグを付ける" not in html


def test_the_same_queries_for_one_and_three_answers(
    sakura: Tenant, aiko: Client
) -> None:
    member, counts = answered(email="a@example.jp"), []
    for more in (0, 2):
        for number in range(more):
            record_answer(member, FORM, received_at=DAY, email=f"{number}@example.jp")
            assign.tag_members(
                names.get_or_create_tag(str(number)), Member.objects.all(), "operator"
            )
        for tab in ("basic", "answers", "tags", "changes", "all"):
            with CaptureQueriesContext(connection) as queries:
                aiko.get(url(member), {"tab": tab})
            counts.append(len(queries))
    assert counts[:5] == counts[5:]


def test_a_tab_asks_only_for_what_it_shows(sakura: Tenant, aiko: Client) -> None:
    member = answered(email="a@example.jp")
    asked = {}
    for tab in ("basic", "notes", "messages", "all"):
        with CaptureQueriesContext(connection) as queries:
            aiko.get(url(member), {"tab": tab})
        rows = [query["sql"] for query in queries if " COUNT(" not in query["sql"]]
        asked[tab] = [
            name
            for name in ("note", "delivery")
            if any(f'_{name}"."id"' in sql for sql in rows)
        ]
    assert asked == {
        "basic": [],
        "notes": ["note"],
        "messages": ["delivery"],
        "all": ["note", "delivery"],
    }


def test_tabs_with_nothing_in_them_are_left_out(sakura: Tenant, aiko: Client) -> None:
    member = Member.objects.create(line_name="はなこ")
    shown = [(tab.label, tab.count) for tab in aiko.get(url(member)).context["tabs"]]
    assert ("メモ", None) in shown and "フォーム回答" not in [
        label for label, _count in shown
    ]
    record_answer(member, FORM, received_at=DAY, email="a@example.jp")
    assign.tag_members(names.get_or_create_tag("A"), Member.objects.all(), "operator")
    shown = [(tab.label, tab.count) for tab in aiko.get(url(member)).context["tabs"]]
    assert (
        ("本人確認データ", 1) in shown
        and ("タグ履歴", 1) in shown
        and ("変更履歴", 1) in shown
    )


def test_tags_put_on_and_taken_off_are_told_with_who_and_by_what(
    sakura: Tenant, cast: Cast, vic: Client
) -> None:
    member, other = answered(email="a@example.jp"), Member.objects.create()
    tag = names.get_or_create_tag("定期")
    assign.tag_members(tag, Member.objects.all(), "operator", cast.ed)
    assign.untag_members(tag, Member.objects.filter(pk=member.pk), "link")
    assign.tag_members(tag, Member.objects.filter(pk=member.pk), "form")
    entries = vic.get(url(member), {"tab": "tags"}).context["entries"]
    assert [
        (entry.title, str(entry.source), entry.who, entry.text) for entry in entries
    ] == [
        ("タグ「定期」を付与", "フォーム", "", ""),
        ("タグ「定期」を解除", "カート連携", "", ""),
        ("タグ「定期」を付与", "オペレーター", "江戸 次郎", "2名の一括処理"),
    ]
    assert len(vic.get(url(other), {"tab": "tags"}).context["entries"]) == 1


def test_changes_are_told_with_who_before_and_after(
    sakura: Tenant, ed: Client, vic: Client
) -> None:
    member = answered(name="花", email="a@example.jp", phone="090-1111-1111")
    ed.post(
        url(member, "edit/"),
        {"name": "花", "email": "", "phone": "090-2222-2222", "birthday": "1990/1/2"},
    )
    page = vic.get(url(member), {"tab": "changes"})
    told = [
        (e.title, e.who, str(e.source), [(c.before, c.after) for c in e.changes])
        for e in page.context["entries"]
    ]
    assert told[:2] == [
        ("生年月日を変更", "江戸 次郎", "管理画面", [("", "1990/01/02")]),
        (
            "電話番号を変更",
            "江戸 次郎",
            "管理画面",
            [("090-1111-1111", "090-2222-2222")],
        ),
    ]
    assert "090-1111-1111</del>" in page.content.decode()


def test_the_birthday_is_set_and_taken_back(sakura: Tenant, ed: Client) -> None:
    member = answered(email="a@example.jp")
    for typed, kept in (
        ("11月22日", (None, 1122)),
        ("1990-01-02", (dt.date(1990, 1, 2), 102)),
        ("", (None, None)),
    ):
        assert (
            ed.post(
                url(member, "edit/"), {"email": "a@example.jp", "birthday": typed}
            ).status_code
            == 302
        )
        member.refresh_from_db()
        assert (member.birthday, member.birth_md) == kept
    assert ed.post(url(member, "edit/"), {"birthday": "1990/2/30"}).status_code == 422


def test_a_change_made_meanwhile_is_shown_before_it_is_written_over(
    sakura: Tenant, aiko: Client, ed: Client
) -> None:
    member = answered(email="a@example.jp", phone="090-1111-1111")
    opened = aiko.get(url(member, "edit/")).context["form"]["version"].value()
    ed.post(url(member, "edit/"), {"email": "ed@example.jp"})
    mine = {"email": "aiko@example.jp", "phone": "090-1111-1111", "version": opened}
    answer = aiko.post(url(member, "edit/"), mine)
    html = answer.content.decode()
    assert (
        answer.status_code == 422
        and "江戸 次郎による変更がありました" in html
        and 'value="aiko@example.jp"' in html
    )
    assert "「a@example.jp」→「ed@example.jp」" in html
    aiko.post(
        url(member, "edit/"),
        {**mine, "version": answer.context["form"]["version"].value()},
    )
    member.refresh_from_db()
    assert member.email == "aiko@example.jp"


def test_deleting_asks_hides_and_can_be_taken_back(
    sakura: Tenant, cast: Cast, ed: Client, vic: Client
) -> None:
    member = answered(name="花", email="a@example.jp")
    assert "いつでも復元できます" in ed.get(url(member, "delete/")).content.decode()
    ed.post(url(member, "delete/"))
    member.refresh_from_db()
    html = vic.get(url(member)).content.decode()
    assert (
        member.deleted_at
        and "江戸 次郎さんが削除しました" in html
        and "undelete/" not in html
    )
    page = ed.get(url(member)).content.decode()
    assert "undelete/" in page and "/edit/" not in page
    ed.post(url(member, "undelete/"))
    member.refresh_from_db()
    assert (
        member.deleted_at is None
        and "削除しました" not in vic.get(url(member)).content.decode()
    )


def test_a_joined_members_page_leads_to_who_stayed(sakura: Tenant, vic: Client) -> None:
    last = Member.objects.create(name="花")
    middle = Member.objects.create(merged_into=last, deleted_at=DAY)
    first = Member.objects.create(merged_into=middle, deleted_at=DAY)
    assert vic.get(url(first)).headers["Location"] == url(last)


def said(client: Client, path: str, data: dict[str, str] | None = None) -> list[str]:
    return [
        str(each)
        for each in client.post(path, data or {}, follow=True).context["messages"]
    ]


def test_pages_left_open_change_nobody_who_is_gone(sakura: Tenant, ed: Client) -> None:
    member = answered(email="a@example.jp")
    note = Note.objects.create(member=member, text="そのまま", at=DAY)
    record = member.identity_records.get()
    Member.objects.update(deleted_at=DAY)
    gone = [
        "削除された会員は編集できません。会員の画面で復元してから編集してください。"
    ]
    shop = "/t/sakura/members/"
    assert said(ed, f"{shop}answers/{record.public_id}/restore/") == gone
    assert (
        said(
            ed, f"{shop}notes/{note.public_id}/edit/", {"kind": "memo", "text": "別の"}
        )
        == gone
    )
    assert said(ed, f"{shop}notes/{note.public_id}/delete/") == gone
    assert (member.identity_records.count(), Note.objects.get().text) == (1, "そのまま")
    assert said(ed, url(member, "delete/")) == ["この会員はすでに削除されています。"]
    assert said(ed, url(member, "undelete/")) == ["会員を復元しました。"]
    assert said(ed, url(member, "undelete/")) == ["この会員は削除されていません。"]
    stays = Member.objects.create(name="花")
    Member.objects.filter(pk=member.pk).update(merged_into=stays, deleted_at=DAY)
    assert said(ed, url(member, "undelete/"))[0].startswith(
        "別の会員に統合されているため、復元できません。"
    )


def test_an_operators_edit_is_an_answer_of_the_changed_fields(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    member = answered(name="花子", email="a@example.jp", phone="090-1111-1111")
    data = {"name": "花子", "email": "b@example.jp", "phone": ""}
    assert ed.post(url(member, "edit/"), data).headers["Location"] == url(member)
    record = member.identity_records.latest("pk")
    assert (
        record.source,
        record.operator,
        record.name,
        record.email,
        record.phone,
    ) == (
        "operator",
        cast.ed,
        "",
        "b@example.jp",
        "",
    )
    member.refresh_from_db()
    assert (member.name, member.email, member.phone) == (
        "花子",
        "b@example.jp",
        "090-1111-1111",
    )
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.operator, entry.data["fields"]) == (
        "member.answered",
        cast.ed,
        ["email"],
    )


def test_no_change_is_no_answer(sakura: Tenant, ed: Client) -> None:
    member = answered(email="a@example.jp")
    ed.post(url(member, "edit/"), {"email": "a@example.jp"})
    assert member.identity_records.count() == 1


def test_a_bad_edit_keeps_what_was_typed(sakura: Tenant, ed: Client) -> None:
    member = answered(email="a@example.jp")
    answer = ed.post(
        url(member, "edit/"), {"name": "新しい名", "email": "hanako", "phone": "090"}
    )
    html = answer.content.decode()
    assert answer.status_code == 422 and member.identity_records.count() == 1
    assert (
        "メールアドレスの形式が正しくありません" in html
        and "市外局番から" in html
        and 'value="新しい名"' in html
    )


def test_a_slip_in_the_domain_is_asked_about_once(sakura: Tenant, ed: Client) -> None:
    member = answered(phone="090-1111-1111")
    answer = ed.post(url(member, "edit/"), {"email": "hanako@gmial.com"})
    assert answer.status_code == 422 and "hanako@gmail.com" in answer.content.decode()
    ed.post(
        url(member, "edit/"),
        {
            "email": "hanako@gmial.com",
            "sure_of": answer.context["form"]["sure_of"].value(),
        },
    )
    member.refresh_from_db()
    assert member.email == "hanako@gmial.com"


def test_going_back_to_an_answer_asks_and_then_does(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    member = answered(email="a@example.jp")
    first = member.identity_records.get()
    record_answer(
        member, FORM, received_at=DAY + dt.timedelta(days=1), email="b@example.jp"
    )
    path = f"/t/sakura/members/answers/{first.public_id}/restore/"
    assert "1回目の回答" in ed.get(path).content.decode()
    assert ed.post(path).headers["Location"] == url(member)
    member.refresh_from_db()
    newest = member.identity_records.latest("pk")
    assert (member.email, newest.restored_from, newest.operator) == (
        "a@example.jp",
        first,
        cast.ed,
    )
    assert AuditEntry.objects.latest("id").operator == cast.ed


def test_tags_on_and_off(sakura: Tenant, ed: Client) -> None:
    member, other = answered(email="a@example.jp"), Member.objects.create()
    assert ed.post(url(member, "tags/add/"), {"new_tag": "定期"}).status_code == 302
    tag = Tag.objects.get()
    ed.post(f"/t/sakura/members/{other.public_id}/tags/add/", {"tag": tag.public_id})
    assert sorted(MemberTag.objects.values_list("member_id", flat=True)) == [
        member.pk,
        other.pk,
    ]
    ed.post(url(member, "tags/remove/"), {"tag": tag.public_id})
    assert list(MemberTag.objects.values_list("member_id", flat=True)) == [other.pk]
    assert [e.action for e in AuditEntry.objects.order_by("id")][1:] == [
        "tag.made",
        "member.tagged",
        "member.tagged",
        "member.untagged",
    ]


def test_a_tag_of_another_shop_is_refused(cast: Cast, ed: Client) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = names.get_or_create_tag("他店").public_id
    with open_tenant_scope(cast.sakura):
        member = Member.objects.create()
        for verb in ("add", "remove"):
            assert (
                ed.post(url(member, f"tags/{verb}/"), {"tag": foreign}).status_code
                == 422
            )
        assert not MemberTag.objects.exists()


def test_a_viewer_changes_nothing(sakura: Tenant, vic: Client) -> None:
    member = answered(email="a@example.jp")
    record = member.identity_records.get()
    for path in (
        url(member, "edit/"),
        url(member, "delete/"),
        url(member, "undelete/"),
        url(member, "tags/add/"),
        f"/t/sakura/members/answers/{record.public_id}/restore/",
    ):
        assert (
            vic.post(path, {"email": "b@example.jp", "new_tag": "A"}).status_code == 403
        )
    assert member.identity_records.count() == 1 and not Tag.objects.exists()


def test_apps_above_add_panels_and_reasons(
    sakura: Tenant, vic: Client, monkeypatch
) -> None:  # type: ignore[no-untyped-def]
    member = answered(email="a@example.jp")
    panel = Panel(
        1,
        "orders",
        "注文",
        "kit/alert.html",
        lambda request, member: {"kind": "info", "text": f"注文は{member.pk}件"},
    )
    shown = replace(
        extensions["members"],
        panels=(panel,),
        reasons=(lambda members: {m.pk: "番号が一致しません" for m in members},),
    )
    hand_in_only(monkeypatch, extensions, shown)
    html = vic.get(url(member)).content.decode()
    assert (
        "注文</h2>" in html
        and f"注文は{member.pk}件" in html
        and "番号が一致しません" in html
    )
    assert "番号が一致しません" in vic.get("/t/sakura/members/").content.decode()
