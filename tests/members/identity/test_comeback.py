"""Who was deleted and comes back by themselves is there again, and marked so."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from members.identity.comeback import find_comeback
from members.identity.delete import delete_members_softly, restore_members
from members.identity.friendship import apply_friend_event
from members.models import Member
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import act_as
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
USER = "U" + "c" * 32
MINUTE = timedelta(minutes=1)


@pytest.fixture
def deleted(sakura: Tenant, cast: Cast) -> Member:
    member = Member.objects.create(line_user_id=USER, name="花子")
    with act_as(cast.ed, "console"):
        delete_members_softly(Member.objects.filter(pk=member.pk))
    member.refresh_from_db()
    return member


@pytest.mark.parametrize(
    ("state", "minutes", "is_back"),
    [("friend", 1, True), ("friend", -1, False), ("blocked", 1, False)],
)
def test_a_later_follow_brings_back(
    deleted: Member, state: str, minutes: int, is_back: bool
) -> None:
    assert deleted.deleted_at
    with act_as(None, "line"):
        apply_friend_event(USER, state, deleted.deleted_at + minutes * MINUTE)
    deleted.refresh_from_db()
    assert (deleted.deleted_at is None) == is_back
    assert (find_comeback(deleted) is not None) == is_back
    assert AuditEntry.objects.filter(action="member.restored").count() == is_back


def test_the_page_marks_who_came_back(deleted: Member, ed: Client) -> None:
    page = f"/t/sakura/members/{deleted.public_id}/"
    with act_as(None, "line"):
        apply_friend_event(USER, "friend", timezone.now() + MINUTE)
    assert "削除後に戻った会員" in ed.get(page).content.decode()


def test_whom_an_operator_restored_did_not_come_back(
    deleted: Member, cast: Cast
) -> None:
    with act_as(cast.ed, "console"):
        restore_members(Member.objects.filter(pk=deleted.pk))
    assert find_comeback(deleted) is None
