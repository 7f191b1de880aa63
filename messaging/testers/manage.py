"""Name the shop's testers."""

from django.db import transaction
from django.db.models import Q, QuerySet

from members.models import Member
from messaging.models import Tester
from operators import audit

# A test is for a handful of people; more would be a broadcast that no rule looks at.
MOST = 20


class TooManyTesters(Exception):
    """The shop has MOST testers already."""


def list_testers() -> QuerySet[Tester]:
    """Return the testers, the first named first; a deleted member is none."""
    rows = Tester.objects.select_related("member").order_by("pk")
    return rows.filter(Q(member=None) | Q(member__deleted_at=None))


@transaction.atomic
def add_tester(
    member: Member | None = None, mail_address: str = "", label: str = ""
) -> bool:
    """Name a member, or a mail address of an operator; return False when it is one already. Raise TooManyTesters."""
    if list_testers().count() >= MOST:
        raise TooManyTesters
    address = mail_address.strip().lower()
    who = {"member": member} if member else {"mail_address": address}
    tester, made = Tester.objects.get_or_create(
        **who, defaults={"label": "" if member else label}
    )
    if made:
        audit.record_action("tester.made", tester)
    return made


@transaction.atomic
def remove_tester(tester: Tester) -> None:
    audit.record_action("tester.deleted", tester)
    tester.delete()
