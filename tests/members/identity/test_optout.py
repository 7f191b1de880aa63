from datetime import timedelta

import pytest
from django.utils import timezone

from members.identity.optout import Channel, opt_in, opt_out
from members.merge.merge import merge_members
from members.models import Member
from members.screens.profile.panels_care import find_optout_operator
from operators.models import AuditEntry
from tenants.models import Tenant
from tenants.scope import act_as
from tests.conftest import Cast


def states() -> list[tuple[str, bool, str, bool]]:
    rows = Member.objects.order_by("pk")
    return [
        (
            m.name,
            m.line_optout_at is not None,
            m.line_optout_by,
            m.mail_optout_at is not None,
        )
        for m in rows
    ]


def test_out_and_in_by_channel(sakura: Tenant) -> None:
    for name in "AB":
        Member.objects.create(name=name)
    assert opt_out(Member.objects.filter(name="A"), "line") == 1
    assert opt_out(Member.objects.all(), "mail", "import") == 2
    assert states() == [("A", True, "operator", True), ("B", False, "", True)]
    assert opt_in(Member.objects.all(), "line") == 1
    assert states() == [("A", False, "", True), ("B", False, "", True)]
    assert [
        (e.action, e.data["channel"], e.data["count"])
        for e in AuditEntry.objects.order_by("id")
    ] == [
        ("member.opted_out", "line", 1),
        ("member.opted_out", "mail", 2),
        ("member.opted_in", "line", 1),
    ]


@pytest.mark.parametrize("channel", ["line", "mail"])
def test_the_first_time_stays(sakura: Tenant, channel: str) -> None:
    Member.objects.create(name="A")
    first = timezone.now() - timedelta(days=9)
    opt_out(Member.objects.all(), channel, "form", first)
    assert opt_out(Member.objects.all(), channel) == 0
    member = Member.objects.get()
    assert (
        getattr(member, f"{channel}_optout_at"),
        getattr(member, f"{channel}_optout_by"),
    ) == (first, "form")


def test_after_a_merge_it_says_who_had_said_so(sakura: Tenant, cast: Cast) -> None:
    """Not who joined the two: the moment came along, and who set it stands in the other one's history."""
    stays, goes = (
        Member.objects.create(name="花子"),
        Member.objects.create(name="はなこ"),
    )
    with act_as(cast.aiko, "console"):
        opt_out(Member.objects.filter(pk=goes.pk), Channel.LINE)
    merge_members(stays, [goes], {"line_optout": goes.pk}, cast.ed)
    assert find_optout_operator(stays, Channel.LINE) == "店長 愛子"
    with act_as(cast.ed, "console"):
        opt_in(Member.objects.filter(pk=stays.pk), Channel.LINE)
        opt_out(Member.objects.filter(pk=stays.pk), Channel.LINE)
    stays.refresh_from_db()
    assert find_optout_operator(stays, Channel.LINE) == "江戸 次郎"
