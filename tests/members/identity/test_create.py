import datetime as dt

from django.db import connection
from django.test import Client

from members.identity.create import find_similar_members
from members.identity.member_limit import LOCK_CLASS
from members.models import Member, Note, Tag
from members.normalize.typos import list_domain_typos, suggest_domain
from members.tags import names
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.plans import limit_members

PATH = "/t/sakura/members/new/"


def test_a_new_member_is_known_at_once(sakura: Tenant, cast: Cast, ed: Client) -> None:
    old = names.get_or_create_tag("常連")
    data = {
        "name": "山田　花子", "email": "Hanako@Example.jp", "phone": "０９０１１１１２２２２", "birthday": "11/22",
        "tags": [old.public_id], "new_tag": "電話受付", "note": "店頭で登録",
    }  # fmt: skip
    answer = ed.post(PATH, data)
    member = Member.objects.get()
    assert answer.headers["Location"] == f"/t/sakura/members/{member.public_id}/"
    assert (member.name, member.email_key, member.phone_e164) == (
        "山田 花子",
        "hanako@example.jp",
        "+819011112222",
    )
    assert (member.birthday, member.birth_md, member.known_by, member.link_state) == (
        None,
        1122,
        "operator",
        "known",
    )
    assert sorted(member.member_tags.values_list("tag__name", flat=True)) == [
        "常連",
        "電話受付",
    ]
    assert (Note.objects.get().text, Note.objects.get().operator) == (
        "店頭で登録",
        cast.ed,
    )
    assert "member.added" in AuditEntry.objects.values_list("action", flat=True)


def test_what_is_wrong_is_said_and_kept(sakura: Tenant, ed: Client) -> None:
    for data, words in (
        ({"name": "", "note": "電話あり"}, "どれか一つは入力してください"),
        ({"email": "hanako"}, "メールアドレスの形式が正しくありません"),
        ({"phone": "090"}, "市外局番から"),
        ({"name": "花子", "birthday": "2999/1/1"}, "未来か、古すぎる日付"),
        ({"email": "hanako@gmial.com"}, "hanako@gmail.com"),
    ):
        answer = ed.post(PATH, data)
        assert answer.status_code == 422 and words in answer.content.decode()
    assert (
        "電話あり" in ed.post(PATH, {"name": "", "note": "電話あり"}).content.decode()
    )
    assert not Member.objects.exists()


def test_who_is_alike_is_shown_before_anything_is_saved(
    sakura: Tenant, ed: Client
) -> None:
    there = Member.objects.create(
        name="高橋花子",
        name_key="高橋花子",
        email="a@example.jp",
        email_key="a@example.jp",
    )
    gone = Member.objects.create(
        name="消えた人", phone_e164="+819011112222", deleted_at=dt.datetime.now(dt.UTC)
    )
    data = {
        "name": "髙橋 花子",
        "email": "A@example.jp",
        "phone": "090-1111-2222",
        "note": "x",
    }
    answer = ed.post(PATH, data)
    html = answer.content.decode()
    assert (
        answer.status_code == 422
        and "すでに似た会員がいます" in html
        and 'value="髙橋 花子"' in html
    )
    assert [(each.member, each.why) for each in answer.context["similar"]] == [
        (there, ["同じメールアドレス", "同じ氏名"]),
        (gone, ["同じ電話番号"]),
    ]
    assert Member.objects.count() == 2
    sure = answer.context["form"]["sure"].value()
    assert (
        ed.post(PATH, {**data, "sure": sure}).status_code == 302
        and Member.objects.count() == 3
    )


def test_somebody_alike_who_came_meanwhile_is_shown_too(
    sakura: Tenant, ed: Client
) -> None:
    Member.objects.create(name="花子", name_key="花子", email_key="a@example.jp")
    data = {"email": "a@example.jp"}
    sure = ed.post(PATH, data).context["form"]["sure"].value()
    Member.objects.create(name="花子", email_key="a@example.jp")
    answer = ed.post(PATH, {**data, "sure": sure})
    assert answer.status_code == 422 and len(answer.context["similar"]) == 2


def test_one_slip_away(sakura: Tenant, ed: Client) -> None:
    """One digit of the number, or the domain of the address, in either direction."""
    digit = Member.objects.create(name="一桁", phone_e164="+819011112223")
    right = Member.objects.create(name="正", email_key="hanako@gmail.com")
    wrong = Member.objects.create(name="誤", email_key="hanako@gmial.com")
    twice = Member.objects.create(
        name="両方", phone_e164="+819011112922", email_key="hanako@gmail.co.jp"
    )
    for other in ("+819011112233", "+81901111222", "+829011112222"):
        Member.objects.create(
            name="遠い", phone_e164=other, email_key="hanako@example.jp"
        )
    near_phone, near_mail = "電話番号が1桁違い", "メールアドレスのドメインが似ている"
    found = find_similar_members(email="Hanako@gmail.com", phone="090-1111-2222")
    assert [(each.member, each.why) for each in found] == [
        (twice, [near_mail, near_phone]),
        (right, ["同じメールアドレス"]),
        (digit, [near_phone]),
        (wrong, [near_mail]),
    ]
    assert [each.member for each in find_similar_members(email="hanako@gmai.com")] == [
        right,
        wrong,
        twice,
    ]
    assert [
        each.member
        for each in find_similar_members(
            email="hanako@example.com", phone="03-1234-5678"
        )
    ] == []
    assert [
        each.member
        for each in find_similar_members(phone="090-1111-2222", besides=[digit.pk])
    ] == [twice]
    answer = ed.post(PATH, {"phone": "090-1111-2222"})
    assert answer.status_code == 422 and near_phone in answer.content.decode()


def test_the_slips_are_those_that_are_suggested() -> None:
    assert {
        domain: suggest_domain(domain) for domain in list_domain_typos("gmail.com")
    } == dict.fromkeys(list_domain_typos("gmail.com"), "gmail.com")
    typed = {"gmial.com", "gmai.com", "gmaill.com", "gnail.com", "gmail.co.jp"}
    assert (
        typed - list_domain_typos("gmail.com"),
        {"gmail.com", "ymail.com"} & list_domain_typos("gmail.com"),
    ) == (set(), set())
    assert list_domain_typos("example.jp") == frozenset()


def test_at_the_limit_nobody_is_added(sakura: Tenant, ed: Client) -> None:
    limit_members(sakura, 2)
    Member.objects.create(name="一")
    Member.objects.create(name="消えた人", deleted_at=dt.datetime.now(dt.UTC))
    assert ed.post(PATH, {"name": "二"}).status_code == 302
    answer = ed.post(PATH, {"name": "三", "new_tag": "新しい"})
    words = (
        "会員数の上限（2名）に達しているため、追加できません。今の会員は2名です。"
        "プランを変更するか、不要な会員を削除してから、もう一度追加してください。"
    )
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (
        422,
        [words],
    )
    assert (Member.objects.filter(name="三").exists(), Tag.objects.exists()) == (
        False,
        False,
    )
    assert 'value="三"' in answer.content.decode()
    # Two at once: the second waits for the first one's end, and counts after it.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND pid = pg_backend_pid()",
            [LOCK_CLASS],
        )
        assert cursor.fetchall() == [(sakura.pk,)]


def test_other_shops_members_are_like_nobody(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        Member.objects.create(email_key="a@example.jp")
    with open_tenant_scope(cast.sakura):
        assert find_similar_members(email="a@example.jp") == []


def test_a_viewer_adds_nobody(sakura: Tenant, vic: Client) -> None:
    assert (
        vic.post(PATH, {"name": "花子"}).status_code == 403
        and not Member.objects.exists()
    )
