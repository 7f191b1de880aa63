"""トーク on a member's page: what the member wrote, what the shop sent between, and the way to answer."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console.pager import paginate_rows
from members.attributes.cells import build_cell_rows
from members.attributes.definitions import list_talk_attributes
from members.models import Member
from members.screens.profile.registry import NEWEST, Panel, Tab, is_one_screen_view
from messaging.inbound.replies import find_reply_account
from messaging.inbound.reply_tokens import find_reply_deadline
from messaging.models import Delivery, InboundMessage
from messaging.screens.talk.forms import ReplyForm
from operators.roles import SEND

# So many messages of the shop stand between those of one page at most.
MOST_SENT = 100


@dataclass(frozen=True)
class TalkEntry:
    """One bubble: what the member wrote, or what the shop sent."""

    at: datetime
    message: InboundMessage | None = None
    delivery: Delivery | None = None


def build_heard_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the panel's context: the newest message at the bottom; pages lead back in time."""
    rows = InboundMessage.objects.filter(member=member)
    context: dict[str, Any] = {}
    if is_one_screen_view(request):
        newest = list(rows.order_by("-at", "-pk")[: NEWEST + 1])
        heard, more = newest[:NEWEST], len(newest) > NEWEST
        context |= {"talk": build_talk(member, heard, more, False), "more": more}
    else:
        page = paginate_rows(rows, request.GET, ["-at"], total=count_heard(member))
        more, later = bool(page.after), bool(page.before)
        context |= {"talk": build_talk(member, page.rows, more, later), "page": page}
    cells = build_cell_rows([member], list_talk_attributes())[member.pk]
    return {**context, "cells": cells, **build_reply_context(request, member)}


def build_talk(
    member: Member, heard: Sequence[InboundMessage], earlier: bool, later: bool
) -> list[TalkEntry]:
    """Return the messages of one page (newest first) with what was sent between them, oldest first.

    ``earlier``, ``later``: whether pages lie before and behind this one.
    """
    if not heard:
        return []
    sent = Delivery.objects.filter(member=member, channel="line").logged()
    replies = Q(source=Delivery.Source.REPLY) | Q(state=Delivery.State.SENT)
    sent = sent.filter(replies).order_by("-planned_at", "-pk")
    if earlier:
        sent = sent.filter(planned_at__gte=heard[-1].at)
    if later:
        behind = InboundMessage.objects.filter(member=member, at__gt=heard[0].at)
        if next_one := behind.order_by("at", "pk").first():
            sent = sent.filter(planned_at__lt=next_one.at)
    entries = [TalkEntry(message.at, message=message) for message in heard]
    entries += [TalkEntry(row.planned_at, delivery=row) for row in sent[:MOST_SENT]]
    return sorted(entries, key=lambda entry: entry.at)


def build_reply_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the form to answer by, and until when that is free; nothing where nobody can be answered."""
    may_send = request.seat.can(SEND)  # type: ignore[attr-defined]
    friend = member.line_state != Member.LineState.BLOCKED and not member.deleted_at
    account = find_reply_account(member) if may_send and friend else None
    if not account:
        return {"reply_form": None}
    form = ReplyForm(initial={"key": secrets.token_hex(8)})
    free_until = find_reply_deadline(member, account)
    return {"reply_form": form, "free_until": free_until, "account": account}


def count_heard(member: Member) -> int:
    return InboundMessage.objects.filter(member=member).count()


TAB = Tab(51, "heard", _("トーク"), count_heard)
PANEL = Panel(
    51,
    "heard",
    _("トーク"),
    "messaging/inbound/member_panel.html",
    build_heard_context,
    tab="heard",
)
