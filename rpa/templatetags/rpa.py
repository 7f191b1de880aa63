"""Words of the RPA screens."""

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _

from cartsync.models import CartSubscription
from rpa.models import SearchKey
from rpa.requests.reason_texts import WHYS
from rpa.search.products import LIVING

register = template.Library()


@register.filter
def key_label(key: str) -> str:
    """Return what a search key is called on the screens."""
    return str(SearchKey(key).label)


STATE_KINDS = {
    "verified": "ok",
    "refused": "bad",
    "person": "warn",
    "rehearsed": "neutral",
    "closed": "neutral",
}


@register.filter
def state_kind(state: str) -> str:
    """Return the kind of badge for a request's state."""
    return STATE_KINDS.get(state, "info")


@register.filter
def subscription_state(state: str) -> str:
    """Return a subscription's state in words."""
    return str(dict(CartSubscription.State.choices).get(state, state))


@register.filter
def is_living(state: str) -> bool:
    return state in LIVING


@register.filter
def why_cause(why: str) -> str:
    return str(WHYS[why][0]) if why in WHYS else ""


@register.filter
def why_remedy(why: str) -> str:
    return str(WHYS[why][1]) if why in WHYS else ""


@register.filter
def parse_moment(text: str | None) -> datetime | None:
    """Return the time that a snapshot holds as text."""
    return datetime.fromisoformat(text) if text else None


@register.filter
def hours_minutes(time: timedelta | None) -> str:
    """Format a length of time as 「1時間5分」; less than a minute is 「1分未満」."""
    if time is None:
        return ""
    minutes = int(time.total_seconds() // 60)
    if not minutes:
        return _("1分未満")
    told = {"hours": minutes // 60, "minutes": minutes % 60}
    return (
        _("%(hours)s時間%(minutes)s分") % told
        if told["hours"]
        else _("%(minutes)s分") % told
    )
