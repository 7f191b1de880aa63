"""Visits and sessions, exact whatever comes late, twice or at once."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from members.conditions.sql import filter_members
from members.identity.visits import VisitEvent, record_visits
from members.merge.merge import merge_members
from members.merge.unmerge import unmerge_members
from members.models import Member, MemberChange, Visit
from tenants.models import Tenant
from tenants.scope import open_tenant_scope
from tests.conftest import Cast, make_cast

START = dt.datetime(2026, 11, 20, 5, 30, tzinfo=dt.UTC)


def seen(member: Member, minutes: float, kind: str = "message") -> VisitEvent:
    return VisitEvent(
        member.pk, START + dt.timedelta(minutes=minutes), kind, f"{member.pk}:{minutes}"
    )


def counts(member: Member) -> tuple[int, int, float | None]:
    member.refresh_from_db()
    last = (
        (member.last_seen_at - START).total_seconds() / 60
        if member.last_seen_at
        else None
    )
    return member.visits, member.sessions, last


def test_a_return_within_thirty_minutes_is_the_same_session(sakura: Tenant) -> None:
    member, other = Member.objects.create(), Member.objects.create()
    record_visits(
        [seen(member, 0), seen(member, 30), seen(member, 60.5), seen(other, 10)]
    )
    assert (counts(member), counts(other)) == ((3, 2, 60.5), (1, 1, 10))
    # The missing one between, late, joins the two sessions; news again change nothing.
    record_visits([seen(member, 45), seen(member, 0), seen(other, 10)])
    assert (counts(member), counts(other)) == ((4, 1, 60.5), (1, 1, 10))
    assert not MemberChange.objects.exists()


def test_one_statement_for_one_and_for_many(
    sakura: Tenant, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    members = Member.objects.bulk_create(Member() for _ in range(50))
    for some in (members[:1], members):
        with django_assert_num_queries(
            5
        ):  # the lock, the two statements, and the transaction's two
            record_visits([seen(member, 1) for member in some])


def test_joined_and_parted_again(sakura: Tenant, cast: Cast) -> None:
    stays, goes = (
        Member.objects.create(name="花子"),
        Member.objects.create(name="はなこ"),
    )
    record_visits([seen(stays, 0), seen(goes, 20), seen(goes, 90)])
    merged = merge_members(stays, [goes], {}, cast.ed)
    assert (counts(stays), counts(goes)[:2]) == ((3, 2, 90), (0, 0))
    record_visits([seen(stays, 45)])
    assert unmerge_members(merged, cast.ed) == 0
    assert (counts(stays)[:2], counts(goes)) == ((2, 2), (2, 2, 90))


def test_asked_shown_and_sorted_into_columns(sakura: Tenant, aiko: Client) -> None:
    member, _other = (
        Member.objects.create(name="花子"),
        Member.objects.create(name="太郎"),
    )
    record_visits([seen(member, 0), seen(member, 10), seen(member, 100)])
    for field, value, found in (
        ("visits", 3, [member]),
        ("visits", 4, []),
        ("sessions", 2, [member]),
    ):
        assert (
            list(
                filter_members(
                    Member.objects.all(),
                    {"field": field, "op": "at_least", "value": value},
                )
            )
            == found
        )
    html = aiko.get(f"/t/sakura/members/{member.public_id}/").content.decode()
    assert "訪問 3回 ／ セッション 2回" in html and "同じセッションに数えます" in html
    aiko.post("/t/sakura/members/columns/", {"column": ["visits", "sessions"]})
    html = aiko.get("/t/sakura/members/").content.decode()
    assert html.count('<td role="cell" class="num wide-only">') == 4


@pytest.mark.django_db(transaction=True)
def test_visits_at_the_same_moment_are_all_counted() -> None:
    with transaction.atomic():
        shop = make_cast().sakura
    with open_tenant_scope(shop), transaction.atomic():
        member = Member.objects.create()

    def come(number: int) -> None:
        try:
            with open_tenant_scope(shop), transaction.atomic():
                record_visits([seen(member, number)])
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open_tenant_scope(shop), transaction.atomic():
        assert counts(member) == (8, 1, 7)
        assert Visit.objects.count() == 8
