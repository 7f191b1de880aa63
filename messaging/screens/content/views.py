"""The phone beside the editor: the message as the chosen member would see it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.models import Member
from messaging.content.bubbles import Bubble
from messaging.content.line import list_bubbles
from messaging.content.merge import fill_fields
from messaging.content.render import list_attachable_forms
from messaging.models import Content
from messaging.screens.content.blocks import read_rows
from operators.masking import is_masked
from operators.rights import ShopRequest, require_right
from operators.roles import SEND

SAMPLE_LINK = "https://liff.line.me/…"


@require_right(SEND)
@require_POST
def preview(request: ShopRequest) -> HttpResponse:
    """Show what the page holds, filled in for a member or for a made-up one; nothing is saved."""
    rows, _wrong = read_rows(request.POST, {}, list_attachable_forms())
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    content = Content(
        text=text, form_id=request.POST.get("form_id", "")[:12], bubbles=rows.read()
    )
    values = {**choose_sample(request.POST.get("sample", "")), "form": SAMPLE_LINK}
    bubbles = [fill_bubble(each, values) for each in list_bubbles(content)]
    return render(request, "messaging/content/bubbles.html", {"bubbles": bubbles})


def choose_sample(public_id: str) -> dict[str, str]:
    found = None
    if public_id and not is_masked():
        found = Member.objects.filter(public_id=public_id, deleted_at=None).first()
    name = found.name if found else _("山田 花子")
    line_name = found.line_name if found else _("はな")
    return {"name": name or line_name, "line_name": line_name or name}


def fill_bubble(part: Any, values: dict[str, str]) -> Any:
    """Return the bubble with its title and texts filled in."""
    filled: Bubble = dict(part)
    for name in ("title", "text"):
        if name in filled:
            filled[name] = fill_fields(filled[name], values)
    if "columns" in filled:
        filled["columns"] = [fill_bubble(each, values) for each in filled["columns"]]
    return filled
