"""Beside the editor: the message as the chosen member would see it on the phone, or as a mail."""

from typing import Any

from csp.decorators import csp
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.models import Member
from messaging.content.bubbles import Bubble
from messaging.content.events import build_sample_values
from messaging.content.html import LONGEST_HTML, clean_html
from messaging.content.line import list_bubbles
from messaging.content.mail import compose_mail
from messaging.content.merge import fill_fields
from messaging.content.render import list_attachable_forms
from messaging.models import Content, Way
from messaging.screens.content.blocks import read_rows
from messaging.screens.content.written import MAIL_FIELDS
from operators.masking import is_masked
from operators.rights import ShopRequest, require_right
from operators.roles import SEND

SAMPLE_LINK = "https://liff.line.me/…"
SAMPLE_PERSONAL_LINK = "https://…/f/…"
# What an HTML mail may do in the preview: show itself and its pictures.
SEALED = {
    "default-src": ["'none'"],
    "img-src": ["https:", "data:"],
    "style-src": ["'unsafe-inline'"],
    "sandbox": [""],
    "frame-ancestors": ["'none'"],
}


@require_right(SEND)
@require_POST
def preview(request: ShopRequest) -> HttpResponse:
    """Show what the page holds, filled in for a member or for a made-up one; nothing is saved."""
    sample = choose_sample(request.POST.get("sample", ""))
    values = {**build_sample_values(), **sample}
    context: dict[str, Any] = {"way": request.POST.get("way") or Way.LINE}
    if context["way"] != Way.MAIL:
        context["bubbles"] = [
            fill_bubble(each, {**values, "form": SAMPLE_LINK})
            for each in list_bubbles(read_line(request))
        ]
    if context["way"] != Way.LINE:
        context |= build_mail_preview(read_mail(request), values)
    return render(request, "messaging/content/preview.html", context)


def read_line(request: ShopRequest) -> Content:
    rows, _wrong = read_rows(request.POST, {}, list_attachable_forms())
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    form_id = request.POST.get("form_id", "")[:12]
    return Content(text=text, form_id=form_id, bubbles=rows.read())


def read_mail(request: ShopRequest) -> Content:
    mail = {part: request.POST.get(name, "") for part, name in MAIL_FIELDS.items()}
    mail["html"] = clean_html(mail["html"][:LONGEST_HTML])
    form_id = request.POST.get("form_id", "")[:12]
    return Content(kind=Content.Kind.MAIL, mail=mail, form_id=form_id)


def build_mail_preview(content: Content, values: dict[str, str]) -> dict[str, Any]:
    """Return the mail as a computer gets it, and the text for phones where there is one."""
    values = {**values, "form": SAMPLE_PERSONAL_LINK}
    mobile = compose_mail(content, values, "sample@docomo.ne.jp")
    return {
        "mail": compose_mail(content, values, "sample@example.jp"),
        "mobile": mobile.text if content.mail["mobile"].strip() else "",
    }


@require_right(SEND)
@require_POST
@csp(SEALED)  # type: ignore[arg-type]  # a view of a shop asks for more
def preview_html(request: ShopRequest) -> HttpResponse:
    """Show the HTML of the mail alone, in a page that may run, send and load nothing but pictures."""
    sample = choose_sample(request.POST.get("sample", ""))
    values = {**build_sample_values(), **sample, "form": SAMPLE_PERSONAL_LINK}
    html = compose_mail(read_mail(request), values, "sample@example.jp").html
    return HttpResponse(html or _("HTMLが入力されていません。"))


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
