"""Filters of the message pages."""

from django import template
from django.urls import NoReverseMatch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.attributes.personal import mask_personal
from messaging.accounts.stop_all import find_open_stop
from messaging.content.bubbles import Bubble, describe_bubbles
from messaging.content.events import list_event_fields
from messaging.content.html import read_text
from messaging.content.images import build_image_url
from messaging.content.line import list_bubbles
from messaging.content.mail import compose_mail
from messaging.content.render import render_text
from messaging.models import (
    Content,
    Delivery,
    Sender,
    SendingStop,
    Step,
    Trigger,
    Way,
)
from messaging.scenarios.durations import describe_delay
from messaging.triggers.kinds import get_trigger_kind
from operators.masking import is_masked
from tenants.models import Tenant
from tenants.scope import get_current_tenant_id

register = template.Library()
register.filter("after", describe_delay)


@register.simple_tag
def find_stop() -> SendingStop | None:
    """Return the stop of all sends that holds now."""
    return find_open_stop()


@register.filter
def step_after(step: Step) -> str:
    """Describe when a step goes out: 3日後 10:00, 1か月後."""
    after = describe_delay(step.delay)
    if step.months:
        after = ngettext("%(n)dか月後", "%(n)dか月後", step.months) % {"n": step.months}
    elif step.at_time and not step.delay:
        after = _("当日")
    return f"{after} {step.at_time:%H:%M}" if step.at_time else after


@register.filter
def trigger_label(trigger: Trigger) -> str:
    """Return what kind of event a trigger is, without what it is about."""
    return str(get_trigger_kind(trigger.kind).label)


# The counts of a message in the order of its bar.
BARS = ("sent", "waiting", "held", "skipped", "failed", "unknown")


@register.filter
def count_bars(counts: dict[str, int]) -> list[tuple[str, float, float]]:
    """Return the parts of a bar as (name, where it begins, how wide it is), of 100; [] where nothing is counted."""
    total = sum(counts.get(name, 0) for name in BARS)
    bars, start = [], 0.0
    for name in BARS if total else ():
        if width := round(100 * counts.get(name, 0) / total, 2):
            bars.append((name, start, width))
            start = round(start + width, 2)
    return bars


@register.filter
def list_of(thing: object) -> list[object]:
    """Wrap one thing in a list, for a part of a page that wants a list."""
    return [thing]


@register.filter
def delivered_text(delivery: Delivery) -> str:
    """Return the text as it went out, or would go out now; a seat that sees people masked sees them so here too.

    A mail that was written for one person has what they answered in its own text, so that it is not shown at all then.
    """
    if is_masked() and delivery.content.mail.get("to"):
        return _("（この方の回答を含むメールのため、表示できません）")
    member = delivery.member
    values = {
        **dict.fromkeys(list_event_fields(), ""),
        **getattr(delivery, "event_values", {}),
        "name": member.name if member else "",
        "line_name": member.line_name if member else "",
        **((delivery.call and delivery.call.values) or {}),
    }
    if is_masked():
        values = {name: mask_personal(text) for name, text in values.items() if text}
    if delivery.content.kind == Content.Kind.MAIL:
        mail = compose_mail(delivery.content, values, find_address(delivery))
        return f"{mail.subject}\n\n{mail.text}"
    text = render_text(
        delivery.content,
        delivery.sender.account,
        values.get("name", ""),
        values.get("line_name", ""),
        values,
    )
    return "\n\n".join(filter(None, (text, describe_bubbles(delivery.content.bubbles))))


def find_address(delivery: Delivery) -> str:
    """Return where the mail goes or went, which decides between its texts."""
    if delivery.call and delivery.call.to:
        return str(delivery.call.to[0])
    return delivery.address or (delivery.member.email if delivery.member else "")


@register.filter
def origin_label(delivery: Delivery) -> str:
    """Return what sent it and by which channel, for a row among many."""
    source = Delivery.Source(delivery.source).label
    return f"{source}・{Sender.Kind(delivery.channel).label}"


@register.filter
def way_label(way: str) -> str:
    """Return what a way of sending is called."""
    return str(Way(way).label)


@register.filter
def described(content: Content) -> str:
    """Return the message in plain words, its merge fields as they were written."""
    if content.kind == Content.Kind.MAIL:
        return f"{content.mail.get('subject', '')}\n\n{mail_text(content)}"
    return " ".join(filter(None, (content.text, describe_bubbles(content.bubbles))))


@register.filter
def mail_text(content: Content) -> str:
    """Return the text of a mail as it was written; of one that is HTML alone, the text in it."""
    return content.mail.get("text") or read_text(content.mail.get("html", ""))


@register.filter
def bubbles_of(content: Content) -> list[Bubble]:
    """Return all bubbles of the content, its text first, for messaging/content/bubbles.html."""
    return list_bubbles(content)


@register.filter
def image_url(token: str) -> str:
    """Return the address of a picture of the shop that is shown; "" for a token that no picture can have."""
    tenant = Tenant.objects.get(pk=get_current_tenant_id())
    try:
        return build_image_url(tenant, token, small=True)
    except NoReverseMatch:
        return ""
