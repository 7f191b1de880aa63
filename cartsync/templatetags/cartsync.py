"""Filters of the cart screens."""

from dataclasses import dataclass
from datetime import timedelta

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cartsync import errors
from cartsync.connectors.kinds import get_connector_class
from cartsync.models import CartSubscription, CartTagRule, Link, SyncRun
from members.attributes.personal import show_personal
from members.normalize.phones import format_national_phone

register = template.Library()
OUTCOME_KINDS = {
    "running": "busy",
    "success": "ok",
    "partial": "busy",
    "interrupted": "warn",
    "incomplete": "bad",
    "try_later": "bad",
    "fix_settings": "bad",
}


ORDER_KINDS = {
    "sold": "ok",
    "pending": "busy",
    "authorised": "busy",
    "cancelled": "neutral",
    "returned": "warn",
}
SUBSCRIPTION_KINDS = {"active": "ok", "suspended": "warn", "cancelled": "neutral"}


@register.filter
def customer_url(link: Link) -> str:
    """Return the address of the link's customer in its cart; "" where the cart has none."""
    connector = get_connector_class(link.cart.kind)
    customer = link.customer
    return connector.build_customer_url(
        link.cart.settings, customer.external_id, customer.number
    )


@register.filter
def order_kind(state: str) -> str:
    return ORDER_KINDS.get(state, "neutral")


@register.filter
def subscription_kind(state: str) -> str:
    return SUBSCRIPTION_KINDS.get(state, "neutral")


@register.filter
def span(length: timedelta) -> str:
    """Describe a length of time: 45分, 1時間30分; under a minute in seconds."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return ngettext("%(n)s秒", "%(n)s秒", seconds) % {"n": seconds}
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [ngettext("%(n)s時間", "%(n)s時間", hours) % {"n": hours}] if hours else []
    parts += (
        [ngettext("%(n)s分", "%(n)s分", minutes) % {"n": minutes}] if minutes else []
    )
    return (
        _("%(hours)s%(minutes)s") % {"hours": parts[0], "minutes": parts[1]}
        if len(parts) == 2
        else parts[0]
    )


@register.filter
def rough_span(length: timedelta) -> str:
    """Describe what is an estimate: in whole hours from two on, in whole minutes under it."""
    seconds = max(length.total_seconds(), 60)
    whole = 3600 if seconds >= 7200 else 60
    return span(timedelta(seconds=round(seconds / whole) * whole))


@register.filter
def duration(run: SyncRun) -> str:
    return span(run.finished_at - run.started_at) if run.finished_at else ""


@register.filter
def outcome_kind(outcome: str) -> str:
    return OUTCOME_KINDS.get(outcome, "neutral")


@register.filter
def trouble(code: str) -> errors.Trouble | None:
    return errors.get_trouble(code)


@register.filter
def sentence(rule: CartTagRule) -> str:
    """Describe a rule: 購入回数が3回以上."""
    if rule.measure == CartTagRule.Measure.SUBSCRIPTION_STATE:
        states = dict(CartSubscription.State.choices)
        return _("定期の状態が「%(state)s」") % {
            "state": states.get(rule.value, rule.value)
        }
    patterns = {
        "gte": _("%(measure)sが%(n)s回以上"),
        "eq": _("%(measure)sが%(n)s回"),
        "lte": _("%(measure)sが%(n)s回以下"),
    }
    return patterns[rule.op] % {"measure": rule.get_measure_display(), "n": rule.value}


@dataclass(frozen=True)
class Side:
    before: str
    now: str
    short: bool = False  # fits on one line of a phone


@dataclass(frozen=True)
class Row:
    label: str
    member: Side
    customer: Side


def _make_side(field: str, before: str, now: str, short: bool = False) -> Side:
    return Side(show_personal(before, field), show_personal(now, field), short)


@register.filter
def sides(link: Link) -> list[Row]:
    """Return both sides of a link, as they were when it was made and as they are now."""
    member, customer = link.member, link.customer
    return [
        Row(
            _("氏名"),
            _make_side("name", "", member.name),
            _make_side("name", "", customer.name),
        ),
        Row(
            _("電話番号"),
            _make_side(
                "phone",
                format_national_phone(link.member_phone),
                format_national_phone(member.phone_e164) or member.phone,
                True,
            ),
            _make_side(
                "phone",
                format_national_phone(link.customer_phone),
                format_national_phone(customer.phone_e164) or customer.phone,
                True,
            ),
        ),
        Row(
            _("メールアドレス"),
            _make_side("email", link.member_email, member.email_key or member.email),
            _make_side(
                "email", link.customer_email, customer.email_key or customer.email
            ),
        ),
    ]
