"""The friends who are the shop's own staff: they are nobody's audience, and stand in no figure about customers."""

from django.db.models import Q

from messaging.extension import extensions


def build_staff_q() -> Q:
    """Return the Q on Member for staff; one that nobody fits where no app above knows of any."""
    found = Q(pk__in=())
    for each in extensions.values():
        if each.staff:
            found |= Q(line_user_id__in=each.staff())
    return found
