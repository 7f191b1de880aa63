"""キーワード応答: words in what customers write, and what they set off."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from messaging.inbound import keywords
from messaging.models import Keyword
from messaging.screens.talk.filters import KeywordFilters
from messaging.screens.talk.forms import KeywordForm
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


@require_right(VIEW)
@require_safe
def keyword_list(request: ShopRequest) -> HttpResponse:
    rows = Keyword.objects.select_related("tag", "content")
    filters = KeywordFilters(request, rows)
    context = {
        "filters": filters,
        "page": paginate_rows(filters.qs, request.GET, order=["word_key"]),
        "may_send": request.seat.can(SEND),
    }
    return render(request, "messaging/keywords/list.html", context)


@require_right(SEND)
def new_keyword(request: ShopRequest) -> HttpResponse:
    return answer_keyword_form(request, Keyword(), {})


@require_right(SEND)
def keyword(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_keyword_or_404(public_id)
    initial = {
        "word": found.word,
        "match": found.match,
        "tag": found.tag and found.tag.public_id,
        "text": found.content.text if found.content else "",
        "form_id": found.content.form_id if found.content else "",
    }
    return answer_keyword_form(request, found, initial)


def get_keyword_or_404(public_id: str) -> Keyword:
    rows = Keyword.objects.select_related("tag", "content")
    return get_object_or_404(rows, public_id=public_id)


def answer_keyword_form(
    request: ShopRequest, found: Keyword, initial: dict[str, Any]
) -> HttpResponse:
    changing = "edit" in request.POST
    form = KeywordForm(
        None if changing else request.POST or None, initial=initial, keyword=found
    )
    form.take_content(request, found.content)
    if form.is_valid():
        given = form.cleaned_data
        found.word, found.match = given["word"], given["match"]
        said = given["text"], given["form_id"], given["bubbles"]
        try:
            keywords.save_keyword(found, given["tag"], *said)
        except keywords.TooManyKeywords:
            limit = _("キーワードは%(n)s件までです。使わないものを削除してください。")
            messages.error(request, limit % {"n": keywords.MOST})
        else:
            messages.success(request, _("キーワードを保存しました。"))
        return redirect("messaging:keywords")
    return render(
        request,
        "messaging/keywords/form.html",
        {"form": form, "keyword": found if found.pk else None},
        status=422 if form.is_bound else 200,
    )


@require_right(SEND)
@require_POST
def switch_keyword(request: ShopRequest, public_id: str) -> HttpResponse:
    """Switch the keyword; ``on`` is "1" or "0"."""
    keywords.switch_keyword(
        get_keyword_or_404(public_id), request.POST.get("on") == "1"
    )
    return redirect("messaging:keywords")


@require_right(SEND)
@require_POST
def delete_keyword(request: ShopRequest, public_id: str) -> HttpResponse:
    keywords.delete_keyword(get_keyword_or_404(public_id))
    messages.success(request, _("キーワードを削除しました。"))
    return redirect("messaging:keywords")
