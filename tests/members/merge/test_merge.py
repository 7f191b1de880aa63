"""Joining members: everything moves, nothing is lost, and all of it can be taken back."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from cartsync.models import Cart, CartCustomer, Link
from cartsync.screens.member.panels import update_states_after_merge
from forms_builder.public.open_form import record_opening
from members.extension import extensions
from members.identity.answers import apply_newest_answers, record_answer
from members.identity.delete import delete_members
from members.identity.edit import set_member_birthday
from members.identity.friendship import apply_friend_event
from members.identity.visits import count_visits
from members.merge.merge import MergeRefused, merge_members
from members.merge.references import list_member_references
from members.merge.unmerge import unmerge_members
from members.models import Attribute, AttributeValue, Member, MemberChange, Merge, Note
from members.normalize.birthdays import build_birthday
from members.screens.merge.forms import build_merge_rows
from members.tags import assign, names
from messaging.channels.line.tokens import Claims
from messaging.models import Content, Delivery, Enrollment, LineAccount, Scenario
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast
from tests.walls.world import build, make_world, tenant_models

DAY = dt.datetime(2026, 11, 20, 5, 30, tzinfo=dt.UTC)
# Logs, which only grow.
LOGS = {"AuditEntry", "Merge", "MemberChange"}


def member(name: str, **values: Any) -> Member:
    answered = {key: values.pop(key) for key in ("email", "phone") if key in values}
    row = Member.objects.create(**values)
    record_answer(row, "form", received_at=DAY, name=name, **answered)
    return row


def everything() -> dict[str, list[str]]:
    with connection.cursor() as cursor:
        found = {}
        for model in tenant_models():
            if model.__name__ not in LOGS:
                cursor.execute(
                    f"SELECT t::text FROM {model._meta.db_table} t ORDER BY 1"
                )
                found[model.__name__] = [text for (text,) in cursor.fetchall()]
        return found


def test_every_reference_to_a_member_has_its_rule() -> None:
    """A new table must say what becomes of its rows: ``merge_rules`` in what its app hands in."""
    ruled = [name for each in extensions.values() for name in each.merge_rules]
    assert sorted(reference.name for reference in list_member_references()) == sorted(
        ruled
    )


def test_rows_move_and_the_newest_answer_shows(sakura: Tenant, cast: Cast) -> None:
    stays, goes = (
        member("花子", email="a@example.jp"),
        member("はなこ", phone="090-1111-2222"),
    )
    Note.objects.create(member=goes, text="x", at=DAY)
    assign.tag_members(
        names.get_or_create_tag("両方"), Member.objects.all(), "operator"
    )
    assign.tag_members(
        names.get_or_create_tag("片方"), Member.objects.filter(pk=goes.pk), "operator"
    )
    record_answer(
        goes, "form", received_at=DAY + dt.timedelta(days=1), email="b@example.jp"
    )
    merge_members(stays, [goes], {}, cast.ed)
    assert (stays.name, stays.email, stays.phone_e164) == (
        "はなこ",
        "b@example.jp",
        "+819011112222",
    )
    assert sorted(stays.member_tags.values_list("tag__name", flat=True)) == [
        "両方",
        "片方",
    ]
    assert (
        stays.notes.count(),
        stays.identity_records.count(),
        goes.identity_records.count(),
    ) == (1, 3, 0)
    goes.refresh_from_db()
    assert goes.deleted_at and goes.merged_into == stays


def test_what_is_chosen_field_by_field(sakura: Tenant, cast: Cast) -> None:
    stays = member(
        "花子",
        email="a@example.jp",
        line_user_id="U1",
        line_name="はな",
        line_state="friend",
    )
    goes = member(
        "佐藤花子",
        email="b@example.jp",
        line_user_id="U2",
        line_name="さとう",
        line_state="blocked",
    )
    set_member_birthday(goes, build_birthday(dt.date(1990, 1, 2)))
    Member.objects.filter(pk=goes.pk).update(
        mail_optout_at=DAY, mail_optout_by="operator"
    )
    size = Attribute.objects.create(name="サイズ", name_key="サイズ")
    for owner, text in ((stays, "M"), (goes, "L")):
        AttributeValue.objects.create(attribute=size, member=owner, text=text)
    wanted = ("birthday", "line", "mail_optout", f"attr:{size.pk}")
    merge_members(
        stays,
        [goes],
        {**dict.fromkeys(wanted, goes.pk), "name": stays.pk, "email": goes.pk},
        cast.ed,
    )
    assert (stays.name, stays.email) == ("花子", "b@example.jp")
    assert (
        stays.birth_md,
        stays.mail_optout_at,
        stays.line_user_id,
        stays.line_state,
    ) == (102, DAY, "U2", "blocked")
    assert stays.attribute_values.get().text == "L"
    goes.refresh_from_db()
    assert (goes.line_user_id, goes.line_name) == ("U1", "はな")


def test_taking_it_back_leaves_every_table_as_it_was(
    sakura: Tenant, cast: Cast
) -> None:
    """Rows of every table of the models for two members, joined and parted again."""
    world = make_world(sakura, cast.aiko)
    stays = world[Member]
    Member.objects.filter(pk=stays.pk).update(
        deleted_at=None, line_user_id="U1", email="a@example.jp"
    )
    goes = member("はなこ", email="b@example.jp", line_user_id="U2")
    second = {
        **world,
        Member: goes,
        Cart: Cart.objects.create(
            name="別店", kind="ecforce", settings={"base_url": "x", "token": "t"}
        ),
    }
    for reference in list_member_references():
        if (
            reference.rule.moves
            and not reference.rows.filter(**{reference.field.attname: goes.pk}).exists()
        ):
            row = build(reference.model, second, cast.aiko)
            if reference.model is Link:
                row.customer = CartCustomer.objects.create(
                    cart=second[Cart], external_id="x", changed_at=DAY, seen_at=DAY
                )
                row.ended_at = None
            if reference.model is Delivery:
                row.enrollment = Enrollment.objects.get(member=goes)
            row.save()
    size = Attribute.objects.create(name="サイズ", name_key="サイズ")
    AttributeValue.objects.create(attribute=size, member=goes, text="L")
    apply_newest_answers([stays.pk, goes.pk])
    count_visits([stays.pk, goes.pk])
    update_states_after_merge(
        [stays.pk, goes.pk]
    )  # the world's rows agree by chance only
    before = everything()
    choices = {
        "name": stays.pk,
        "email": goes.pk,
        "line": goes.pk,
        f"attr:{size.pk}": goes.pk,
    }
    merged = merge_members(Member.objects.get(pk=stays.pk), [goes], choices, cast.ed)
    assert everything() != before
    unmerge_members(Merge.objects.get(pk=merged.pk), cast.ed)
    after = everything()
    for table in before:
        if table != "Wakeup":
            assert after[table] == before[table], table


def test_what_came_since_stays_and_is_told(sakura: Tenant, cast: Cast) -> None:
    stays, goes = (
        member("花子", email="a@example.jp"),
        member("はなこ", phone="090-1111-2222"),
    )
    note = Note.objects.create(member=goes, text="x", at=DAY)
    merged = merge_members(stays, [goes], {}, cast.ed)
    note.delete()
    record_answer(stays, "form", received_at=timezone.now(), phone="090-3333-4444")
    assert unmerge_members(merged, cast.ed) == 2
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.phone, goes.phone, goes.deleted_at) == (
        "090-3333-4444",
        "090-1111-2222",
        None,
    )
    with pytest.raises(MergeRefused):
        unmerge_members(merged, cast.ed)


def test_of_two_runs_through_a_scenario_one_goes_on(sakura: Tenant, cast: Cast) -> None:
    account = LineAccount.objects.create(
        name="a",
        channel_id="1",
        channel_secret="s",
        access_token="t",
        login_channel_id="2",
        liff_id="l",
    )
    scenario = Scenario.objects.create(account=account, name="定期", condition={})
    content = Content.objects.create(text="こんにちは")
    stays, goes = member("花子"), member("はなこ")
    for key, owner in (("tag:1", stays), ("tag:2", goes)):
        run = Enrollment.objects.create(
            scenario=scenario, member=owner, trigger_key=key, triggered_at=DAY
        )
        for state in (0, 2):
            Delivery.objects.create(
                sender=account.sender,
                enrollment=run,
                member=owner,
                content=content,
                state=state,
                planned_at=DAY,
                due_at=DAY,
            )
    merge_members(stays, [goes], {}, cast.ed)
    assert sorted(stays.deliveries.values_list("state", flat=True)) == [0, 2, 2]
    assert list(goes.deliveries.values_list("state", flat=True)) == [0]


def test_two_customers_of_one_cart_are_settled_first(
    sakura: Tenant, cast: Cast
) -> None:
    cart = Cart.objects.create(
        name="本店",
        kind="ecforce",
        settings={"base_url": "http://127.0.0.1:9", "token": "t"},
    )
    people = [member("花子"), member("はなこ")]
    for number, owner in enumerate(people):
        customer = CartCustomer.objects.create(
            cart=cart,
            external_id=str(number),
            number=f"C{number}",
            changed_at=DAY,
            seen_at=DAY,
        )
        Link.objects.create(
            cart=cart,
            member=owner,
            customer=customer,
            matched_by="email",
            linked_at=DAY,
        )
    with pytest.raises(MergeRefused, match="C0、C1"):
        merge_members(people[0], people[1:], {}, cast.ed)
    Link.objects.filter(member=people[0]).update(ended_at=DAY)
    merge_members(people[0], people[1:], {}, cast.ed)
    assert (
        people[0].link_state == "linked"
        and people[0].links.current().get().customer.number == "C1"
    )


def test_news_of_a_joined_line_id_land_on_who_stayed(
    sakura: Tenant, cast: Cast
) -> None:
    stays, goes = (
        member("花子", line_user_id="U1"),
        member("はなこ", line_user_id="U2", line_state="friend"),
    )
    merge_members(stays, [goes], {}, cast.ed)
    assert apply_friend_event("U2", "blocked", DAY) == stays
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert (stays.line_state, goes.line_state) == ("none", "blocked")
    assert record_opening(Claims("U2", "さとう", "")) == stays
    seen = {each: each.last_seen_at for each in Member.objects.all()}
    assert seen[stays] and seen[goes] is None


def test_joined_twice_comes_apart_in_order_only(sakura: Tenant, cast: Cast) -> None:
    one, two, three = member("一"), member("二"), member("三")
    first = merge_members(two, [three], {}, cast.ed)
    second = merge_members(one, [two], {}, cast.ed)
    with pytest.raises(MergeRefused, match="先にその統合"):
        unmerge_members(first, cast.ed)
    assert (unmerge_members(second, cast.ed), unmerge_members(first, cast.ed)) == (0, 0)
    assert Member.objects.filter(deleted_at=None).count() == 3


def test_merges_of_one_survivor_are_taken_back_newest_first(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    """Out of order one's address went to another, and two met in the unique index of LINE ids."""
    stays, first, second = (
        member(name, email=f"{letter}@example.jp", line_user_id=f"U{letter}")
        for name, letter in (("一", "a"), ("二", "b"), ("三", "c"))
    )
    older = merge_members(
        stays, [first], {"email": first.pk, "line": first.pk}, cast.ed
    )
    newer = merge_members(
        stays, [second], {"email": second.pk, "line": second.pk}, cast.ed
    )
    entries = ed.get(
        f"/t/sakura/members/{stays.public_id}/?tab=changes"
    ).content.decode()
    assert (
        f"merges/{newer.public_id}/undo/" in entries
        and f"merges/{older.public_id}/undo/" not in entries
    )
    with pytest.raises(MergeRefused, match="あとの統合を先に元に戻してください"):
        unmerge_members(older, cast.ed)
    assert list(
        Member.objects.order_by("pk").values_list(
            "email", "line_user_id", "merged_into"
        )
    ) == [
        ("c@example.jp", "Uc", None),
        ("b@example.jp", "Ua", stays.pk),
        ("c@example.jp", "Ub", stays.pk),
    ]
    assert (unmerge_members(newer, cast.ed), unmerge_members(older, cast.ed)) == (0, 0)
    assert list(
        Member.objects.order_by("pk").values_list(
            "email", "line_user_id", "merged_into"
        )
    ) == [
        ("a@example.jp", "Ua", None),
        ("b@example.jp", "Ub", None),
        ("c@example.jp", "Uc", None),
    ]


def test_a_later_merge_that_cannot_come_apart_holds_the_earlier_ones(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    stays, first, second = member("一"), member("二"), member("三")
    older = merge_members(stays, [first], {}, cast.ed)
    merge_members(stays, [second], {}, cast.ed)
    delete_members(Member.objects.filter(pk=second.pk))
    with pytest.raises(MergeRefused, match="あとの統合を元に戻せないため"):
        unmerge_members(older, cast.ed)
    assert (
        "/undo/"
        not in ed.get(
            f"/t/sakura/members/{stays.public_id}/?tab=changes"
        ).content.decode()
    )


def test_taken_back_everybody_shows_the_newest_of_their_answers(
    sakura: Tenant, cast: Cast
) -> None:
    stays, goes = (
        member("花子", email="a@example.jp"),
        member("はなこ", email="b@example.jp"),
    )
    merged = merge_members(stays, [goes], {"email": goes.pk}, cast.ed)
    # They answer with the very address that the merge had chosen: it is theirs now.
    record_answer(stays, "form", received_at=timezone.now(), email="b@example.jp")
    assert unmerge_members(merged, cast.ed) == 0
    stays.refresh_from_db()
    assert (stays.name, stays.email, stays.email_key) == (
        "花子",
        "b@example.jp",
        "b@example.jp",
    )


def test_the_history_follows_a_chain_of_merges(
    sakura: Tenant, cast: Cast, ed: Client
) -> None:
    one, two, three = member("一"), member("二"), member("三")
    Member.objects.filter(pk=three.pk).update(
        birthday=dt.date(1990, 1, 2), birth_md=102
    )
    first = merge_members(two, [three], {}, cast.ed)
    second = merge_members(one, [two], {}, cast.ed)
    page = ed.get(f"/t/sakura/members/{one.public_id}/?tab=changes")
    shown = page.context["panels"][0].content
    assert "生年月日を変更" in shown and "統合前の会員 三" in shown
    assert (
        shown.count("会員を統合"),
        shown.count("統合を元に戻す"),
        f"merges/{first.public_id}" in shown,
    ) == (
        2,
        1,
        False,
    )
    tab = next(tab for tab in page.context["tabs"] if tab.current)
    assert (
        tab.count == MemberChange.objects.filter(member__in=[one, two, three]).count()
    )
    unmerge_members(second, cast.aiko)
    second.refresh_from_db()
    assert second.undone_by == cast.aiko
    shown = (
        ed.get(f"/t/sakura/members/{one.public_id}/?tab=changes")
        .context["panels"][0]
        .content
    )
    assert "元に戻しました：店長 愛子 20" in shown and "生年月日を変更" not in shown


def test_two_line_accounts_of_one_name_can_be_chosen(
    sakura: Tenant, cast: Cast
) -> None:
    people = [
        member("花子", line_user_id=f"U{n}" + "0" * 31, line_name="はな")
        for n in (1, 2)
    ]
    row = next(row for row in build_merge_rows(people) if row.key == "line")
    assert (row.values, row.differs) == (
        ["はな（U10000000…）", "はな（U20000000…）"],
        True,
    )


def test_each_value_is_at_first_that_of_who_stays(sakura: Tenant) -> None:
    """Not the newest one: the member who stays is linked by what they said."""
    other = member("山田 太郎", email="old@example.jp", phone="090-1111-2222")
    stays = member("山田 花子", email="a@example.jp")
    stays.link_state = Member.LinkState.LINKED
    later = DAY + dt.timedelta(days=1)
    record_answer(
        other, "form", received_at=later, name="山田 花", email="new@example.jp"
    )
    rows = build_merge_rows([other, stays])
    assert {row.key: row.default for row in rows if any(row.values)} == {
        "name": stays.pk,
        "email": stays.pk,
        "phone": other.pk,
    }


def test_values_stand_in_the_table_as_elsewhere(sakura: Tenant) -> None:
    people = [member("花子"), member("花子")]
    kinds = {
        kind: Attribute.objects.create(name=kind, name_key=kind, kind=kind)
        for kind in ("number", "date")
    }
    AttributeValue.objects.create(
        attribute=kinds["number"], member=people[0], number=12000
    )
    AttributeValue.objects.create(
        attribute=kinds["date"], member=people[1], date=dt.date(2026, 11, 22)
    )
    assert [row.values for row in build_merge_rows(people)[-2:]] == [
        ["12,000", ""],
        ["", "2026/11/22"],
    ]


def test_other_shops_members_are_never_among_them(cast: Cast, ed: Client) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = member("他店")
    with open_tenant_scope(cast.sakura):
        ours = member("花子")
        answer = ed.post(
            "/t/sakura/members/merge/",
            {"ids": [ours.public_id, foreign.public_id], "confirm": "1"},
        )
        assert answer.status_code == 302 and not Merge.objects.exists()


def test_on_screen(sakura: Tenant, cast: Cast, ed: Client, vic: Client) -> None:
    stays, goes = (
        member("山田花子", email="a@example.jp"),
        member("山田花子", email="b@example.jp"),
    )
    shop = "/t/sakura/members/"
    similar = ed.get(f"{shop}{stays.public_id}/merge/").context["similar"]
    assert [each.member for each in similar] == [goes]
    ids = {"ids": [stays.public_id, goes.public_id]}
    page = ed.post(f"{shop}merge/", ids)
    assert [
        (str(row.label), row.values, row.differs, row.default)
        for row in page.context["form"].rows
    ] == [
        ("氏名", ["山田花子", "山田花子"], False, stays.pk),
        ("メールアドレス", ["a@example.jp", "b@example.jp"], True, stays.pk),
    ]
    assert Member.objects.filter(deleted_at=None).count() == 2
    assert ed.post(f"{shop}merge/", {**ids, "confirm": "1"}).status_code == 422
    chosen = {**ids, "confirm": "1", "survivor": str(stays.pk), "email": str(stays.pk)}
    assert vic.post(f"{shop}merge/", chosen).status_code == 403
    assert (
        ed.post(f"{shop}merge/", chosen).headers["Location"]
        == f"{shop}{stays.public_id}/"
    )
    assert (
        ed.get(f"{shop}{goes.public_id}/").headers["Location"]
        == f"{shop}{stays.public_id}/"
    )
    html = ed.get(f"{shop}{stays.public_id}/?tab=changes").content.decode()
    merged = Merge.objects.get()
    assert (
        f"merges/{merged.public_id}/undo/" in html
        and "江戸 次郎" in html
        and "別の会員に統合" in html
    )
    ed.post(f"{shop}merges/{merged.public_id}/undo/")
    goes.refresh_from_db()
    assert goes.merged_into is None and goes.email == "b@example.jp"
    assert (
        "undo/" not in ed.get(f"{shop}{stays.public_id}/?tab=changes").content.decode()
    )
