import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.identity import answers as answering
from members.identity.answer_history import build_answer_history
from members.identity.answers import record_answer, restore_answer
from members.models import IdentityRecord, Member
from members.signals import identity_changed
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast

FORM, OPERATOR = IdentityRecord.Source.FORM, IdentityRecord.Source.OPERATOR
DAY = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)


def day(number: int) -> dt.datetime:
    return DAY + dt.timedelta(days=number)


@pytest.fixture
def news() -> Iterator[list[dict[str, Any]]]:
    heard: list[dict[str, Any]] = []

    def hear(sender: object, **news: Any) -> None:
        news.pop("signal")
        heard.append(news)

    identity_changed.connect(hear)
    yield heard
    identity_changed.disconnect(hear)


def test_a_blank_field_erases_nothing(sakura: Tenant) -> None:
    member = Member.objects.create()
    record_answer(
        member,
        FORM,
        received_at=day(1),
        name="髙橋　花子",
        email="A@Example.jp",
        phone="０９０-1234-5678",
    )
    record_answer(member, FORM, received_at=day(2), phone="080-1111-2222")
    assert (member.name, member.name_key) == ("髙橋 花子", "高橋花子")
    assert (member.email, member.email_key) == ("A@Example.jp", "a@example.jp")
    assert (member.phone, member.phone_e164, member.phone_shown) == (
        "080-1111-2222",
        "+818011112222",
        "080-1111-2222",
    )


def test_an_answer_received_earlier_is_not_newer_because_it_came_later(
    sakura: Tenant,
) -> None:
    member = Member.objects.create()
    record_answer(member, OPERATOR, received_at=day(5), email="new@example.jp")
    record_answer(
        member, FORM, received_at=day(3), email="old@example.jp", phone="090-1234-5678"
    )
    assert (member.email, member.phone, member.answered_at) == (
        "new@example.jp",
        "090-1234-5678",
        day(5),
    )


def test_known_since_the_first_phone_or_email(sakura: Tenant) -> None:
    member = Member.objects.create()
    record_answer(member, FORM, received_at=day(1), name="花子")
    assert (member.known_at, member.known_by, member.link_state) == (
        None,
        "",
        "unanswered",
    )
    record_answer(member, OPERATOR, received_at=day(2), email="a@example.jp")
    record_answer(member, FORM, received_at=day(3), phone="090-1234-5678")
    assert (member.known_at, member.known_by, member.link_state) == (
        day(2),
        "operator",
        "known",
    )


@pytest.mark.parametrize("verdict", ["linked", "review"])
def test_an_answer_keeps_the_verdict_of_the_cart(sakura: Tenant, verdict: str) -> None:
    member = Member.objects.create(link_state=verdict)
    record_answer(member, FORM, received_at=day(1), email="a@example.jp")
    assert member.link_state == verdict


def test_what_is_told_and_recorded(sakura: Tenant, news: list[dict[str, Any]]) -> None:
    member = Member.objects.create()
    record = record_answer(
        member,
        FORM,
        received_at=day(1),
        email="a@example.jp",
        origin="本人確認フォーム",
    )
    assert news == [
        {"tenant": sakura, "member_ids": [member.pk], "record_ids": [record.pk]}
    ]
    entry = AuditEntry.objects.get(action="member.answered")
    assert entry.data == {"record": record.pk, "source": "form", "fields": ["email"]}
    record_answer(member, FORM, received_at=day(2), email="b@example.jp", links=False)
    assert len(news) == 1 and member.email == "b@example.jp"


def test_going_back_to_an_answer_adds_one_and_deletes_none(
    cast: Cast, sakura: Tenant
) -> None:
    member = Member.objects.create()
    first = record_answer(
        member, FORM, received_at=day(1), email="a@example.jp", phone="090-1234-5678"
    )
    record_answer(member, FORM, received_at=day(2), email="b@example.jp", name="花子")
    again = restore_answer(first, cast.aiko)
    assert (member.refresh_from_db(), member.email, member.phone, member.name) == (
        None,
        "a@example.jp",
        "090-1234-5678",
        "花子",
    )
    assert (again.source, again.operator, again.restored_from, again.name) == (
        "operator",
        cast.aiko,
        first,
        "",
    )
    assert member.identity_records.count() == 3


def test_history_tells_what_each_answer_changed(sakura: Tenant) -> None:
    member = Member.objects.create()
    record_answer(
        member, FORM, received_at=day(1), email="a@example.jp", phone="090-1234-5678"
    )
    record_answer(
        member, FORM, received_at=day(2), email="b@example.jp", phone="090-1234-5678"
    )
    answers = build_answer_history(member.identity_records.all())
    assert [answer.number for answer in answers] == [2, 1]
    assert [(c.before, c.after) for c in answers[0].changes] == [
        ("a@example.jp", "b@example.jp")
    ]
    assert [(c.before, c.after) for c in answers[1].changes] == [
        ("", "a@example.jp"),
        ("", "090-1234-5678"),
    ]
    assert [answer.shown for answer in answers] == [["email", "phone"], []]


answers = st.lists(
    st.tuples(
        st.integers(0, 4),  # when, with ties
        st.sampled_from(["", "花子", "花 子"]),
        st.sampled_from(["", "a@example.jp", "B@example.jp", "壊れた"]),
        st.sampled_from(["", "090-1234-5678", "03-1234-5678", "なし"]),
        st.sampled_from(["form", "operator", "import"]),
    ),
    max_size=6,
)


def by_brute_force(given_: list[IdentityRecord]) -> tuple[object, ...]:
    shown = {"name": ("", ""), "email": ("", ""), "phone": ("", "")}
    keys = {"name": "name_key", "email": "email_key", "phone": "phone_e164"}
    order = sorted(given_, key=lambda r: (r.received_at, r.pk))
    for record in order:
        for field, key in keys.items():
            if getattr(record, field):
                shown[field] = (getattr(record, field), getattr(record, key))
    usable = [r for r in order if r.email_key or r.phone_e164]
    known = bool(shown["email"][1] or shown["phone"][1])
    return (
        *shown.values(),
        usable[0].received_at if known else None,
        usable[0].source if known else "",
        "known" if known else "unanswered",
        order[-1].received_at if order else None,
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(answers, min_size=1, max_size=4))
def test_newest_field_by_field_against_brute_force(
    sakura: Tenant, people: list[Any]
) -> None:
    members = [Member.objects.create() for _ in people]
    for member, given_ in zip(members, people, strict=True):
        for at, name, email, phone, source in given_:
            IdentityRecord.objects.create(
                member=member,
                source=source,
                received_at=day(at),
                **answering.build_answer_columns(name, email, phone),
            )
    changed = answering.apply_newest_answers([member.pk for member in members])
    for member in members:
        member.refresh_from_db()
        assert (
            (member.name, member.name_key),
            (member.email, member.email_key),
            (member.phone, member.phone_e164),
            member.known_at,
            member.known_by,
            member.link_state,
            member.answered_at,
        ) == by_brute_force(list(member.identity_records.all()))
    assert sorted(changed) == [m.pk for m in members if m.email_key or m.phone_e164]
    assert answering.apply_newest_answers([member.pk for member in members]) == []


def test_another_shops_members_are_out_of_reach(cast: Cast) -> None:
    with open_tenant_scope(cast.momiji):
        foreign = Member.objects.create()
        IdentityRecord.objects.create(
            member=foreign,
            source=FORM,
            received_at=day(1),
            **answering.build_answer_columns("", "a@b.jp", ""),
        )
    with open_tenant_scope(cast.sakura):
        assert answering.apply_newest_answers([foreign.pk]) == []
    with open_tenant_scope(cast.momiji):
        assert Member.objects.get(pk=foreign.pk).email == ""


@pytest.mark.django_db(transaction=True)
def test_two_answers_at_once_both_count() -> None:
    with transaction.atomic():
        cast = make_cast()
    with open_tenant_scope(cast.sakura), transaction.atomic():
        member = Member.objects.create()
    together = threading.Barrier(2)

    def answer(**given_: Any) -> None:
        try:
            with open_tenant_scope(cast.sakura):
                together.wait(10)
                record_answer(
                    Member(pk=member.pk, tenant=cast.sakura),
                    FORM,
                    received_at=day(1),
                    **given_,
                )
        finally:
            connection.close()

    for number in range(5):
        threads = [
            threading.Thread(target=answer, kwargs=given_)
            for given_ in (
                {"email": f"{number}@example.jp"},
                {"phone": f"090-1234-567{number}"},
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        with open_tenant_scope(cast.sakura), transaction.atomic():
            member.refresh_from_db()
            assert (member.email, member.phone) == (
                f"{number}@example.jp",
                f"090-1234-567{number}",
            )
