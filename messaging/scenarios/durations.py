"""Lengths of time as text."""

from datetime import timedelta

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def describe_duration(length: timedelta) -> str:
    """Describe a length of time: 2時間30分, 3日; under a minute it is すぐ."""
    minutes = int(length.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [
        ngettext("%(n)d日", "%(n)d日", days) % {"n": days} if days else "",
        ngettext("%(n)d時間", "%(n)d時間", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d分", "%(n)d分", minutes) % {"n": minutes} if minutes else "",
    ]
    between = "" if (get_language() or "ja").startswith("ja") else " "
    return between.join(filter(None, parts)) or _("すぐ")


def describe_delay(delay: timedelta) -> str:
    """Describe when a step goes out: 2時間後, すぐに."""
    return (
        _("%(length)s後") % {"length": describe_duration(delay)}
        if delay >= timedelta(minutes=1)
        else _("すぐに")
    )
