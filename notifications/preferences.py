"""What an operator prefers, and the quiet hours of the shop."""

from collections.abc import Mapping
from datetime import time

from django.db import transaction

from notifications.models import Preference, QuietWindow
from operators import audit
from operators.models import Operator, Seat
from operators.notify import NoticeKind, list_notice_kinds, notify

TEST = "notice.test"
SWITCHES = ("bell", "mail", "line", "digest")


def list_kinds_of_seat(seat: Seat) -> list[NoticeKind]:
    """Return the kinds that this seat can be told of."""
    kinds = [kind for kind in list_notice_kinds() if kind.name != TEST]
    return [kind for kind in kinds if not kind.right or seat.can(kind.right)]


@transaction.atomic
def save_preferences(
    operator: Operator, wanted: Mapping[str, Mapping[str, bool]]
) -> None:
    """Save {kind: {switch: on}} of one operator."""
    for kind, switches in wanted.items():
        Preference.objects.update_or_create(
            operator=operator, kind=kind, defaults=dict(switches)
        )
    audit.record_action(
        "notice.preferences",
        operator,
        on={
            kind: [switch for switch in SWITCHES if switches.get(switch)]
            for kind, switches in wanted.items()
        },
    )


@transaction.atomic
def save_quiet_window(begins: time | None, ends: time | None) -> None:
    """Save the hours without mail and LINE notices; both empty for none."""
    QuietWindow.objects.update_or_create(defaults={"begins": begins, "ends": ends})
    audit.record_action(
        "notice.quiet_window",
        begins=begins.isoformat("minutes") if begins else "",
        ends=ends.isoformat("minutes") if ends else "",
    )


@transaction.atomic
def notify_for_test(operator: Operator, way: str) -> None:
    """Send a notice by one way to who asks for it."""
    audit.record_action("notice.tested", operator, way=way)
    notify(TEST, operator=operator, ways=[way])
