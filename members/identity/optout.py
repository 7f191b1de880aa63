"""受信拒否: a member who opted out of a channel gets no messages by it, whatever else is asked.

Blocking on LINE is another thing. Stored are the time (``…_optout_at``) and the source (``…_optout_by``); who did it is
in the change history of the member.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from members.models import AnswerSource, Member
from operators import audit


class Channel(models.TextChoices):
    LINE = "line", gettext_lazy("LINE")
    MAIL = "mail", gettext_lazy("メール")


Verb = Callable[..., int]


@transaction.atomic
def opt_out(
    members: QuerySet[Member],
    channel: str,
    by: str = AnswerSource.OPERATOR,
    at: dt.datetime | None = None,
) -> int:
    """Opt the members out of messages by ``channel``, and return how many.

    A member who opted out before keeps that time. ``at``: one moment for all parts of a job.
    """
    values: dict[str, Any] = {
        f"{channel}_optout_at": at or timezone.now(),
        f"{channel}_optout_by": by,
    }
    audited = _identify_single_member(members)
    count = members.filter(**{f"{channel}_optout_at": None}).order_by().update(**values)
    audit.record_action(
        "member.opted_out", channel=channel, by=by, count=count, **audited
    )
    return count


@transaction.atomic
def opt_in(
    members: QuerySet[Member], channel: str, by: str = AnswerSource.OPERATOR
) -> int:
    """Opt the members in to messages by ``channel`` again, and return how many had opted out."""
    out = members.exclude(**{f"{channel}_optout_at": None})
    audited = _identify_single_member(out)
    count = out.order_by().update(
        **{f"{channel}_optout_at": None, f"{channel}_optout_by": ""}
    )
    audit.record_action(
        "member.opted_in", channel=channel, by=by, count=count, **audited
    )
    return count


def _identify_single_member(members: QuerySet[Member]) -> dict[str, Any]:
    """Return {"member": id} for the audit log when it is only one, else {}."""
    few = list(members.order_by("pk").values_list("pk", flat=True)[:2])
    return {"member": few[0]} if len(few) == 1 else {}
