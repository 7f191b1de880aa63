"""The columns of the member list that this app has itself. A list has hundreds of cells: no template is rendered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.templatetags.kit import count, tag_pill, when
from members.attributes.cells import Cell
from members.listing.badges import draw_line_badge, draw_link_badge, explain_link
from members.listing.columns import ListColumn
from members.models import Member

TAGS_SHOWN = 4


def _load_each(
    show: Callable[[Any], Any],
) -> Callable[[Sequence[Member]], Mapping[int, Any]]:
    """Return a ``load`` for what a member's own row says."""
    return lambda members: {member.pk: show(member) for member in members}


def _show_contact(member: Any) -> list[Cell]:
    return [
        member.identity[key] for key in ("phone", "email") if key in member.identity
    ]


def _show_link(member: Any) -> SafeString:
    reason = explain_link(member, getattr(member, "reason", ""))
    note = format_html('<small class="wide-only">{}</small>', reason) if reason else ""
    return format_html("{}{}", draw_link_badge(member), note)


def _show_tags(member: Any) -> SafeString:
    tags = [link.tag for link in member.tag_links]
    pills = format_html_join(
        "", "{}", ((tag_pill(tag.name, tag.color),) for tag in tags[:TAGS_SHOWN])
    )
    rest = _("ほか%(n)s件") % {"n": len(tags) - TAGS_SHOWN}
    more = format_html('<span class="tag more">{}</span>', rest)
    return format_html(
        '<div class="tags">{}{}</div>', pills, more if len(tags) > TAGS_SHOWN else ""
    )


def _show_known(member: Member) -> SafeString | str:
    if not member.known_at:
        return ""
    return format_html(
        "{}<small>{}</small>",
        when(member.known_at, "date"),
        member.get_known_by_display(),
    )


COLUMNS = (
    ListColumn(
        "contact",
        gettext_lazy("連絡先"),
        _load_each(_show_contact),
        exported=("phone", "email"),
        place=10,
        cell="at-meta",
    ),
    ListColumn(
        "link",
        gettext_lazy("連携状態"),
        _load_each(_show_link),
        exported=("link_state",),
        place=20,
        cell="at-state",
    ),
    ListColumn(
        "line",
        gettext_lazy("友だち"),
        _load_each(draw_line_badge),
        exported=("line_state",),
        place=30,
    ),
    ListColumn(
        "tags",
        gettext_lazy("タグ"),
        _load_each(_show_tags),
        exported=("tags",),
        place=40,
        cell="at-tags",
    ),
    ListColumn(
        "known",
        gettext_lazy("認知済み"),
        _load_each(_show_known),
        is_usual=False,
        exported=("known_at", "known_by"),
        place=60,
        cell="nowrap wide-only",
    ),
    ListColumn(
        "seen",
        gettext_lazy("最終反応"),
        _load_each(lambda member: when(member.last_seen_at, "ago")),
        exported=("last_seen_at",),
        place=70,
        sort="seen",
        cell="nowrap",
    ),
    ListColumn(
        "visits",
        gettext_lazy("訪問回数"),
        _load_each(lambda member: count(member.visits)),
        is_usual=False,
        exported=("visits",),
        place=80,
        head="num",
        cell="num wide-only",
    ),
    ListColumn(
        "sessions",
        gettext_lazy("セッション数"),
        _load_each(lambda member: count(member.sessions)),
        is_usual=False,
        exported=("sessions",),
        place=90,
        head="num",
        cell="num wide-only",
    ),
    ListColumn(
        "created",
        gettext_lazy("登録日"),
        _load_each(lambda member: when(member.created_at, "date")),
        exported=("created_at",),
        place=100,
        sort="new",
        cell="at-end nowrap",
    ),
)
