"""メールアドレスの重複: who is refused where, what is listed, and how the rule is changed."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.bulk.members import RESTORE
from members.identity.answers import record_answer
from members.identity.comeback import restore_returning_member
from members.identity.create import add_member
from members.identity.delete import restore_members
from members.identity.shared_emails import (
    list_shared_emails,
    load_email_rule,
    select_shared_keys,
    set_email_rule,
)
from members.merge.merge import MergeRefused, merge_members
from members.merge.unmerge import unmerge_members
from members.models import IdentityRecord, Member
from operators.models import AuditEntry, Operator
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
EMAIL = "hana@example.jp"
URL = "/t/sakura/members/emails/"


def make(email: str = EMAIL, **values: Any) -> Member:
    return Member.objects.create(
        name="花子",
        email=email,
        email_key=email.lower(),
        known_at=timezone.now(),
        link_state="known",
        **values,
    )


@pytest.fixture
def operator(cast: Cast, sakura: object) -> Operator:
    return cast.aiko


def add(operator: Operator, email: str = EMAIL) -> Member:
    return add_member(operator, name="太郎", email=email)


def test_everybody_may_share_until_the_shop_decides(operator: Operator) -> None:
    make()
    assert load_email_rule() == "allow"
    assert add(operator).email == EMAIL


@pytest.mark.parametrize(
    ("rule", "other", "refused"),
    [
        ("deny", {}, True),
        ("deny", {"cart_state": "left"}, True),
        ("deny", {"deleted_at": timezone.now()}, False),
        ("left", {}, True),
        ("left", {"cart_state": "left"}, False),
        ("allow", {}, False),
    ],
)
def test_a_second_living_member_is_refused(
    operator: Operator, rule: str, other: dict[str, Any], refused: bool
) -> None:
    first = make(**other)
    set_email_rule(rule)
    count = Member.objects.count()
    if refused:
        with pytest.raises(ValidationError, match=first.public_id):
            add(operator, "HANA@example.jp")
    else:
        add(operator, "HANA@example.jp")
    assert Member.objects.count() == count + (not refused)


def test_a_members_own_address_can_be_corrected_and_answered_again(
    operator: Operator,
) -> None:
    member = make()
    make()  # shares it since before
    set_email_rule("deny")
    for email in (EMAIL, "HANA@example.jp", "other@example.jp"):
        record_answer(
            member,
            IdentityRecord.Source.OPERATOR,
            received_at=timezone.now(),
            operator=operator,
            email=email,
        )
    assert member.email == "other@example.jp"


def test_what_a_customer_answers_is_always_taken_and_listed(
    operator: Operator,
) -> None:
    first, second = make(), make("second@example.jp")
    set_email_rule("deny")
    assert select_shared_keys("deny").count() == 0
    record_answer(
        second, IdentityRecord.Source.FORM, received_at=timezone.now(), email=EMAIL
    )
    assert second.email == EMAIL
    ((shared,), _total) = list_shared_emails("deny", 10)
    assert ([member.pk for member in shared.members], shared.count) == (
        [first.pk, second.pk],
        2,
    )


@pytest.mark.parametrize(
    ("rule", "living", "back", "restored"),
    [
        ("deny", {}, [{}], 0),
        ("deny", {"email": "other@example.jp"}, [{}], 1),
        ("deny", {"email": "other@example.jp"}, [{}, {}], 1),
        ("left", {}, [{"cart_state": "left"}], 1),
        ("left", {"cart_state": "left"}, [{}], 1),
        ("left", {}, [{}], 0),
        ("allow", {}, [{}, {}], 2),
    ],
)
def test_who_would_share_is_not_restored(
    sakura: object,
    rule: str,
    living: dict[str, Any],
    back: list[dict[str, Any]],
    restored: int,
) -> None:
    make(**living)
    gone = [make(**values, deleted_at=timezone.now()) for values in back]
    set_email_rule(rule)
    rows = Member.objects.filter(pk__in=[member.pk for member in gone])
    assert restore_members(rows) == restored
    alive = rows.filter(deleted_at=None).order_by("pk")
    assert list(alive) == gone[:restored]


def test_who_comes_back_by_themselves_is_taken_and_listed(sakura: object) -> None:
    make()
    gone = make(deleted_at=timezone.now())
    set_email_rule("deny")
    assert restore_returning_member(gone, timezone.now())
    assert select_shared_keys("deny").count() == 1


def test_the_page_says_why_somebody_is_not_restored(
    aiko: Client, sakura: object
) -> None:
    there, gone = make(), make(deleted_at=timezone.now())
    set_email_rule("deny")
    path = f"/t/sakura/members/{gone.public_id}/undelete/"
    page = aiko.post(path, follow=True).content.decode()
    assert f"同じメールアドレスの会員（会員ID {there.public_id}）がいるため" in page
    said = RESTORE.left_out(Member.objects.filter(pk=gone.pk), None)
    assert said == ["1名は、同じメールアドレスの会員がいるため、戻りません。"]
    gone.refresh_from_db()
    assert gone.deleted_at


def test_a_merge_is_not_undone_while_they_would_share(operator: Operator) -> None:
    first, second = make(), make()
    merged = merge_members(first, [second], {}, operator)
    set_email_rule("deny")
    with pytest.raises(MergeRefused, match=first.public_id):
        unmerge_members(merged, operator)
    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    record_answer(
        first,
        IdentityRecord.Source.OPERATOR,
        received_at=timezone.now(),
        operator=operator,
        email="changed@example.jp",
    )
    unmerge_members(merged, operator)
    second.refresh_from_db()
    assert (second.merged_into_id, second.email) == (None, EMAIL)


def test_those_who_left_do_not_count_where_they_may_share(sakura: object) -> None:
    make(), make(cart_state="left")
    assert [row["n"] for row in select_shared_keys("deny")] == [2]
    assert list(select_shared_keys("left")) == []
    make()
    ((shared,), _total) = list_shared_emails("left", 10)
    assert shared.count == 2


def test_the_forms_say_who_has_it(aiko: Client, sakura: object) -> None:
    first, second = make(), make("second@example.jp")
    set_email_rule("deny")
    added = aiko.post("/t/sakura/members/new/", {"name": "太郎", "email": EMAIL})
    assert added.status_code == 422 and first.public_id in added.content.decode()
    edited = aiko.post(
        f"/t/sakura/members/{second.public_id}/edit/",
        {"name": "花子", "email": EMAIL, "phone": "", "birthday": ""},
    )
    assert edited.status_code == 422 and first.public_id in edited.content.decode()
    second.refresh_from_db()
    assert second.email == "second@example.jp"


def test_going_back_to_an_older_answer_is_refused_with_words(
    aiko: Client, sakura: object
) -> None:
    member = make("mine@example.jp")
    record = record_answer(
        member, IdentityRecord.Source.FORM, received_at=timezone.now(), email=EMAIL
    )
    record_answer(
        member,
        IdentityRecord.Source.FORM,
        received_at=timezone.now(),
        email="new@example.jp",
    )
    make()
    set_email_rule("deny")
    page = aiko.post(
        f"/t/sakura/members/answers/{record.public_id}/restore/", follow=True
    )
    assert "このメールアドレスの会員がすでにいます" in page.content.decode()
    member.refresh_from_db()
    assert member.email == "new@example.jp"


def test_a_change_is_shown_first_and_leaves_a_line(
    aiko: Client, sakura: object
) -> None:
    first, second = make(), make()
    shown = aiko.post(URL, {"rule": "deny"})
    assert load_email_rule() == "allow"
    assert shown.context["waiting"] == 1
    assert "今は1件のメールアドレスが重複しています" in shown.content.decode()
    aiko.post(URL, {"rule": "deny", "confirm": "1"})
    assert load_email_rule() == "deny"
    entry = AuditEntry.objects.get(action="members.email_rule_changed")
    assert (entry.data, entry.operator.login_id) == ({"rule": "deny"}, "aiko")
    page = aiko.get(URL).content.decode()
    for member in (first, second):
        assert f'value="{member.public_id}"' in page, "merging is offered"


def test_who_may_not_change_settings_is_refused(ed: Client, sakura: object) -> None:
    assert ed.get(URL).status_code == 403
    assert ed.post(URL, {"rule": "deny", "confirm": "1"}).status_code == 403
    assert load_email_rule() == "allow"


def test_an_unknown_rule_is_wrong(aiko: Client, sakura: object) -> None:
    assert aiko.post(URL, {"rule": "x", "confirm": "1"}).status_code == 422
    assert load_email_rule() == "allow"


def test_of_many_only_the_first_are_loaded(sakura: object) -> None:
    members = [make() for _number in range(7)]
    with CaptureQueriesContext(connection) as queries:
        ((shared,), total) = list_shared_emails("allow", 10)
    assert ([member.pk for member in shared.members], shared.count) == (
        [member.pk for member in members[:5]],
        7,
    )
    assert "ROW_NUMBER" in queries[-1]["sql"]
    assert (total, len(queries)) == (1, 2)


def test_all_are_counted_where_some_are_shown(aiko: Client, sakura: object) -> None:
    for name in ("a", "b", "c"):
        make(f"{name}@example.jp"), make(f"{name}@example.jp")
    shown, total = list_shared_emails("deny", 2)
    assert (len(shown), total) == (2, 3)
    with CaptureQueriesContext(connection) as queries:
        page = aiko.post(URL, {"rule": "deny"})
    assert (page.context["total"], page.context["waiting"]) == (3, 3)
    assert sum("HAVING" in query["sql"] for query in queries) == 1


def test_the_lock_of_addresses_comes_before_those_of_members(
    operator: Operator,
) -> None:
    member = make("second@example.jp")
    set_email_rule("deny")
    with CaptureQueriesContext(connection) as queries:
        record_answer(
            member,
            IdentityRecord.Source.OPERATOR,
            received_at=timezone.now(),
            operator=operator,
            email=EMAIL,
        )
    locks = [
        word
        for query in queries
        for word in ("pg_advisory_xact_lock", "FOR NO KEY UPDATE")
        if word in query["sql"]
    ]
    assert locks[:2] == ["pg_advisory_xact_lock", "FOR NO KEY UPDATE"]
