"""How the public pages are rendered, and the pages that only say why a form cannot be answered."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from forms_builder.extension import list_notes


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"sdk_url": settings.LIFF_SDK_URL, **context}
    if form := context.get("form"):
        context["notes"] = list_notes(form)
    response = render(
        request, f"forms_builder/public/{template}.html", context, status=status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def render_message(
    request: HttpRequest, kind: str, title: str, text: str, status: int
) -> HttpResponse:
    response = render(
        request,
        "public/message.html",
        {"kind": kind, "title": title, "text": text},
        status=status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_closed(request: HttpRequest) -> HttpResponse:
    text = _(
        "このフォームは現在受け付けていません。ご用の方は、ショップへお問い合わせください。"
    )
    return render_message(request, "neutral", _("受付を停止しています"), text, 200)


def answer_wrong_test_key(request: HttpRequest) -> HttpResponse:
    text = _("管理画面のフォームのページから、テスト用URLを開き直してください。")
    return render_message(
        request, "warn", _("テスト用URLが正しくありません"), text, 404
    )


def is_longer(request: HttpRequest, most: int | None) -> bool:
    """Return whether the body is longer; asked before it is read, so nothing of an upload reaches the disk."""
    given = str(request.META.get("CONTENT_LENGTH") or "0")
    return not given.isdigit() or int(given) > (most or 0)


def answer_too_big(request: HttpRequest) -> HttpResponse:
    text = _(
        "入力が大きすぎるため、受け取れませんでした。前の画面に戻り、短くしてから送信してください。"
    )
    return render_message(request, "warn", _("送信できませんでした"), text, 413)
