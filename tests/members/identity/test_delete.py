"""Deleted members are hidden and restored."""

from collections.abc import Iterator
from typing import Any

import pytest

from members.identity import delete
from members.models import Member
from members.signals import identity_changed
from operators.models import AuditEntry
from tenants.models import Tenant


@pytest.fixture
def may_be_linked() -> Iterator[list[list[int]]]:
    heard: list[list[int]] = []

    def hear(sender: object, member_ids: list[int], **_: Any) -> None:
        heard.append(member_ids)

    identity_changed.connect(hear)
    yield heard
    identity_changed.disconnect(hear)


def gone() -> list[str]:
    return sorted(
        Member.objects.exclude(deleted_at=None).values_list("name", flat=True)
    )


def test_hidden_and_restored(sakura: Tenant, may_be_linked: list[list[int]]) -> None:
    one, two, _three = (Member.objects.create(name=name) for name in "ABC")
    assert delete.delete_members_softly(Member.objects.filter(name__in="AB")) == 2
    assert delete.delete_members_softly(Member.objects.filter(name="A")) == 0
    assert gone() == ["A", "B"] and may_be_linked == []
    assert delete.restore_members(Member.objects.all()) == 2
    assert gone() == [] and may_be_linked == [[one.pk, two.pk]]
    assert [(e.action, e.data["count"]) for e in AuditEntry.objects.order_by("id")] == [
        ("member.deleted_softly", 2),
        ("member.deleted_softly", 0),
        ("member.restored", 2),
    ]


def test_who_was_joined_to_another_stays_gone(
    sakura: Tenant, may_be_linked: list[list[int]]
) -> None:
    survivor, joined = Member.objects.create(name="A"), Member.objects.create(name="B")
    Member.objects.filter(pk=joined.pk).update(merged_into=survivor)
    delete.delete_members_softly(Member.objects.filter(pk=joined.pk))
    assert delete.restore_members(Member.objects.all()) == 0
    assert gone() == ["B"] and may_be_linked == []
