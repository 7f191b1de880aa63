"""会員情報 on the member's page: the shop's own items with their values, edited in place."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from members.attributes import definitions
from members.attributes.cells import build_cell_rows
from members.models import Member
from members.screens.profile.registry import Panel
from operators.roles import EDIT


def build_attributes_context(request: HttpRequest, member: Member) -> dict[str, Any]:
    seat = request.seat  # type: ignore[attr-defined]
    cells = build_cell_rows([member], definitions.list_detail_attributes())[member.pk]
    return {"cells": cells, "may_edit": seat.can(EDIT) and not member.deleted_at}


PANEL = Panel(
    15,
    "attributes",
    gettext_lazy("会員情報"),
    "members/attributes/panel.html",
    build_attributes_context,
)
