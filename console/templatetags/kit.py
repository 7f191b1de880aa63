"""The words that templates use: icons, times, numbers, badges, and the parts of a screen that hold other parts."""

import datetime as dt
from typing import Any

from django import forms, template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils import dateformat, timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from console.forms import choose_field_width, find_need, group_fields
from console.icons import draw_icon

register = template.Library()
register.filter("field_width", choose_field_width)
register.filter("field_groups", group_fields)
register.filter("field_need", find_need)

KINDS = {"ok", "warn", "bad", "info", "neutral", "busy"}
COLOURS = {"grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"}
KIND_ICONS = {
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "info": "info",
    "neutral": "circle",
}
# Django's message levels in the kit's words.
MESSAGE_KINDS = {
    "success": "ok",
    "warning": "warn",
    "error": "bad",
    "info": "info",
    "debug": "info",
}


# ---------------------------------------------------------------- icons, badges, tags
@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of Lucide. It is decoration: the text beside it, or a visually-hidden span, says the same."""
    return draw_icon(str(name))


@register.filter
def kind_icon(kind: str) -> str:
    return KIND_ICONS.get(kind, "info")


@register.filter
def message_kind(level: str) -> str:
    return MESSAGE_KINDS.get(level, "info")


@register.simple_tag
def badge(kind: str, text: object) -> SafeString:
    """Show a state as a dot and a word. ``kind``: ok, warn, bad, info, neutral, busy."""
    return format_html(
        '<span class="badge {}">{}</span>', kind if kind in KINDS else "neutral", text
    )


@register.simple_tag
def tag_pill(name: str, colour: str = "grey", href: str = "") -> SafeString:
    """Show a member's tag in its colour; the title holds the whole name in case it is cut."""
    colour = colour if colour in COLOURS else "grey"
    if href:
        return format_html(
            '<a class="tag {}" href="{}" title="{}">{}</a>', colour, href, name, name
        )
    return format_html('<span class="tag {}" title="{}">{}</span>', colour, name, name)


@register.simple_tag
def tick(value: str, name: object) -> SafeString:
    """Show the box that selects a row of a list; ``name``: what the row is called."""
    return format_html(
        '<label><input type="checkbox" class="row-check" name="ids" value="{}">'
        '<span class="visually-hidden">{}</span></label>',
        value,
        _("%(name)sを選択") % {"name": name},
    )


# ---------------------------------------------------------------- numbers and times
@register.filter
def count(number: int | None) -> str:
    """Format 12480 as 12,480. None stays blank."""
    return "" if number is None else f"{number:,}"


@register.filter
def yen(amount: int | None) -> str:
    """Format 12800 as ¥12,800. None stays blank."""
    if amount is None:
        return ""
    return f"-¥{-amount:,}" if amount < 0 else f"¥{amount:,}"


@register.simple_tag
def when(moment: dt.datetime | dt.date | None, style: str = "") -> SafeString | str:
    """Show a time in the shop's zone.

    ``style``: "" for date and time, "date", "time", or "ago" (with the time in the title).
    """
    if not moment:
        return ""
    if not isinstance(moment, dt.datetime):
        day = format_moment(moment, "date")
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), day)
    local = timezone.localtime(moment)
    if style == "ago":
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            local.isoformat(),
            format_moment(local),
            format_age(moment),
        )
    return format_html(
        '<time datetime="{}">{}</time>',
        local.isoformat(timespec="minutes"),
        format_moment(local, style),
    )


def format_moment(moment: dt.datetime | dt.date, style: str = "") -> str:
    """Return a moment, or by ``style`` its "date" or "time", in the language and the time zone of the page."""
    if isinstance(moment, dt.datetime):
        moment = timezone.localtime(moment)
    japanese = (translation.get_language() or "ja").startswith("ja")
    day, clock = ("Y/m/d" if japanese else "M j, Y"), "H:i"
    pattern = {"date": day, "time": clock}.get(style, f"{day} {clock}")
    return dateformat.format(moment, pattern)


def format_age(moment: dt.datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        return _("たった今")
    if seconds > 6 * 24 * 3600:
        return format_moment(moment, "date")
    return _("%(time)s前") % {"time": timesince(moment, depth=1)}


@register.filter
def masked(value: str | None) -> str:
    """Mask a value for operators without the right to see it.

    090-4512-1420 becomes 090-****-1420, hanako@example.jp becomes ha***@example.jp.
    """
    if not value:
        return ""
    name, at, host = value.partition("@")
    if at:
        return f"{name[:2] if len(name) > 2 else ''}***@{host}"
    digits = "".join(c for c in value if c.isdigit())
    digits = "0" + digits[2:] if value.strip().startswith("+81") else digits
    return f"{digits[:3]}-****-{digits[-4:]}" if len(digits) >= 10 else "****"


@register.filter
def names(error: object, label: object) -> bool:
    """Return whether a message itself names the field that it is about."""
    return str(label) in str(error)


@register.filter
def initial(name: str | None) -> str:
    """Return the first letter of a name, for the round picture."""
    return (str(name or "").strip() or "？")[0].upper()


# ---------------------------------------------------------------- links that keep the rest of the query
@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: object) -> str:
    """Return ``?…`` of this page with some parameters changed; None or "" drops one.

    Going to another page of the list keeps the rest.
    """
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def th(
    context: Context, label: str, sort: str = "", default: str = "", classes: str = ""
) -> SafeString:
    """Show the head of a column, which sorts the list.

    ``sort``: the name in ``?sort=``, reversed on a second click.
    ``default``: the list's own order, such as "-last_seen".
    """
    if not sort:
        return format_html(
            '<th scope="col" role="columnheader" class="{}">{}</th>', classes, label
        )
    active = context["request"].GET.get("sort") or default
    state = {sort: "ascending", f"-{sort}": "descending"}.get(active, "none")
    turned = f"-{sort}" if active == sort else sort
    url = query_with(context, sort=turned, after=None, before=None, at=None)
    arrow = {
        "ascending": "arrow-up",
        "descending": "arrow-down",
        "none": "chevrons-up-down",
    }[state]
    return format_html(
        '<th scope="col" role="columnheader" class="{}" aria-sort="{}"><a href="{}">{}{}</a></th>',
        classes,
        state,
        url,
        label,
        draw_icon(arrow),
    )


# ---------------------------------------------------------------- parts that hold other parts
@register.simple_block_tag(takes_context=True)
def page_header(
    context: Context,
    content: str,
    title: str,
    note: str = "",
    crumbs: Any = (),
    state: Any = "",
) -> SafeString:
    """Show the heading of a page; inside go at most three buttons.

    ``crumbs``: pairs (label, url) of the pages above this one.
    """
    values = {
        "title": title,
        "note": note,
        "crumbs": crumbs,
        "state": state,
        "actions": content.strip(),
    }
    return render_block("kit/page_header.html", context, values)


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context, content: str, id: str, title: str, wide: bool = False
) -> SafeString:
    """Show a <dialog>, opened by ``data-dialog="id"`` on a link to the page that does the same without JavaScript."""
    return render_block(
        "kit/dialog.html",
        context,
        {"id": id, "title": title, "wide": wide, "content": content},
    )


@register.simple_block_tag(takes_context=True)
def bulk_bar(
    context: Context,
    content: str,
    noun: str = "",
    shown: int = 0,
    total: int | None = None,
    people: bool = False,
    at_least: int = 0,
) -> SafeString:
    """Show the bar over a list while rows are ticked.

    Inside go the everyday buttons, and in a ``<span class="bulk-danger">`` the one that destroys.
    ``people``: whether the rows are counted as people. ``shown``: rows on this page; ``total``: rows of the whole list,
    None hides "select all of the list"; ``at_least``: nobody counted further than this. The form then sends
    ``scope=all`` beside the ticked ``ids``.
    """
    values = {
        "content": content,
        "noun": noun or _("行"),
        "shown": shown,
        "total": total,
        "people": people,
        "at_least": at_least,
    }
    return render_block("kit/bulk_bar.html", context, values)


@register.simple_tag(takes_context=True)
def error_summary(context: Context, form: forms.BaseForm) -> SafeString:
    """List what is wrong with a form, with a link to each field; for screens that place the fields one by one."""
    return render_block("kit/errors.html", context, {"form": form})


def render_block(name: str, context: Context, values: dict[str, Any]) -> SafeString:
    request: HttpRequest | None = context.get("request")
    return render_to_string(name, values, request)
