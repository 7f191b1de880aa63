"""The states of a member as badges and in words. A list has them in every row, so each is made without a template."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from console.templatetags.kit import badge, when
from members.models import Member

LINK_KINDS = {"linked": "ok", "review": "bad", "known": "warn"}
LINE_KINDS = {"friend": "ok", "blocked": "bad"}


def draw_link_badge(member: Member) -> SafeString:
    return badge(
        LINK_KINDS.get(member.link_state, "neutral"),
        Member.LinkState(member.link_state).label,
    )


def draw_line_badge(member: Member) -> SafeString:
    return badge(
        LINE_KINDS.get(member.line_state, "neutral"),
        Member.LineState(member.line_state).label,
    )


def explain_link(member: Member, reason: str = "") -> SafeString | str:
    """Return why the member is not linked, or "" where there is nothing to say.

    ``reason``: what the apps above know.
    """
    if reason:
        return reason
    if member.link_state == Member.LinkState.UNANSWERED:
        return _("電話・メール未回答")
    if member.link_state == Member.LinkState.KNOWN and member.known_at:
        return format_html(
            _("%(since)s %(by)s") % {"since": "{}", "by": "{}"},
            when(member.known_at, "date"),
            member.get_known_by_display(),
        )
    return ""
