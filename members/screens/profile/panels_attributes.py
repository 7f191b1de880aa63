"""会員情報 on the member's page: the shop's own items with their values, edited in place."""

from typing import Any

from django.http import HttpRequest

from members.attributes import definitions
from members.attributes.cells import rows_of_cells
from members.models import Member
from operators.roles import EDIT


def context(request: HttpRequest, member: Member) -> dict[str, Any]:
    seat = request.seat  # type: ignore[attr-defined]
    cells = rows_of_cells([member], definitions.detailed())[member.pk]
    return {"cells": cells, "may_edit": seat.can(EDIT) and not member.deleted_at}
