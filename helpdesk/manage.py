"""Change the shop's help desk, and write down that a look-up arrived."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from forms_builder.models import HelpDeskInbox
from helpdesk.models import HelpDesk
from operators import audit

# With another of these, what was checked before is no proof any more.
PROVEN_BY = ("kind", "test_base", "test_inbox", "live_base", "live_inbox", "parameter")


@transaction.atomic
def change_help_desk(inbox_address: str, **values: Any) -> HelpDesk:
    """Store the values; the caller has cleaned them. Changed ones are to be checked again.

    ``inbox_address``: where the copies of the forms' mails go, a setting of the forms.
    """
    desk = HelpDesk.load()
    changed = [name for name, value in values.items() if getattr(desk, name) != value]
    if HelpDeskInbox.load().address != inbox_address:
        HelpDeskInbox.objects.update_or_create(defaults={"address": inbox_address})
        changed.append("inbox_address")
    if any(name in PROVEN_BY for name in changed):
        values |= {"members_seen_at": None, "orders_seen_at": None, "trouble": ""}
    desk, _made = HelpDesk.objects.update_or_create(defaults=values)
    audit.record_action("helpdesk.changed", desk, fields=changed)
    return desk


@transaction.atomic
def switch_help_desk(is_active: bool) -> HelpDesk:
    desk, _made = HelpDesk.objects.update_or_create(defaults={"is_active": is_active})
    audit.record_action("helpdesk.switched", desk, on=is_active)
    return desk


@transaction.atomic
def switch_environment(is_live: bool, *, is_confirmed: bool = False) -> HelpDesk | None:
    """Use the values for real, or those for tests; None where that was neither checked nor confirmed."""
    desk = HelpDesk.load()
    if is_live and not (desk.is_checked or is_confirmed):
        return None
    desk, _made = HelpDesk.objects.update_or_create(
        defaults={"is_live": is_live, "trouble": ""}
    )
    audit.record_action(
        "helpdesk.environment_changed", desk, live=is_live, checked=desk.is_checked
    )
    return desk


@transaction.atomic
def store_trouble(desk: HelpDesk, code: str) -> None:
    """Store what a test of the connection failed with, "" for nothing; values that changed meanwhile have none yet."""
    same = {name: getattr(desk, name) for name in ("kind", "test_base", "live_base")}
    HelpDesk.objects.filter(pk=desk.pk, is_live=desk.is_live, **same).update(
        trouble=code
    )


@transaction.atomic
def mark_seen(what: str) -> None:
    """Write down that an operator came by this look-up ("members" or "orders")."""
    HelpDesk.objects.update(**{f"{what}_seen_at": timezone.now()})
