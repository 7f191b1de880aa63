from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import Member
from members.opting import opt_in, opt_out
from tenants.models import AuditEntry, Tenant


def states() -> list[tuple[str, bool, str, bool]]:
    rows = Member.objects.order_by("pk")
    return [(m.name, m.line_optout_at is not None, m.line_optout_by, m.mail_optout_at is not None) for m in rows]


def test_out_and_in_by_channel(sakura: Tenant) -> None:
    for name in "AB":
        Member.objects.create(name=name)
    assert opt_out(Member.objects.filter(name="A"), "line") == 1
    assert opt_out(Member.objects.all(), "mail", "import") == 2
    assert states() == [("A", True, "operator", True), ("B", False, "", True)]
    assert opt_in(Member.objects.all(), "line") == 1
    assert states() == [("A", False, "", True), ("B", False, "", True)]
    assert [(e.action, e.data["channel"], e.data["count"]) for e in AuditEntry.objects.order_by("id")] == [
        ("member.opted_out", "line", 1), ("member.opted_out", "mail", 2), ("member.opted_in", "line", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("channel", ["line", "mail"])
def test_the_first_time_stays(sakura: Tenant, channel: str) -> None:
    Member.objects.create(name="A")
    first = timezone.now() - timedelta(days=9)
    opt_out(Member.objects.all(), channel, "form", first)
    assert opt_out(Member.objects.all(), channel) == 0
    member = Member.objects.get()
    assert (getattr(member, f"{channel}_optout_at"), getattr(member, f"{channel}_optout_by")) == (first, "form")
