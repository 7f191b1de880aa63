"""テンプレート: the shop's own kept messages, and the gallery of ready ones."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from console.pager import paginate_rows
from messaging.content import templates
from messaging.content.gallery import READY, find_ready_message
from messaging.models import MessageTemplate, Way
from messaging.scenarios.ready import list_ready_scenarios
from messaging.screens.content.fields import ContentFields
from messaging.screens.content.filters import TemplateFilters
from messaging.screens.content.written import read_content_fields
from operators.rights import ShopRequest, require_right
from operators.roles import SEND, VIEW


class TemplateForm(ContentFields):
    name = forms.CharField(
        label=gettext_lazy("テンプレート名"),
        max_length=100,
        help_text=gettext_lazy("お客さまには表示されません。"),
    )
    ways = (Way.LINE, Way.MAIL)
    field_order = ("name", "way", "text", "subject", "mail_text", "mobile", "html")

    def __init__(self, *args: Any, template: MessageTemplate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template = template

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.check_content(cleaned)
        taken = MessageTemplate.objects.filter(name=cleaned.get("name"))
        if taken.exclude(pk=self.template.pk).exists():
            self.add_error(
                "name",
                _("同じ名前のテンプレートがあります。別の名前にしてください。"),
            )
        return cleaned


@require_right(VIEW)
@require_safe
def template_list(request: ShopRequest) -> HttpResponse:
    rows = MessageTemplate.objects.select_related("content")
    filters = TemplateFilters(request, rows)
    context = {
        "filters": filters,
        "page": paginate_rows(filters.qs, request.GET, order=["-changed_at"]),
        "gallery": READY,
        "ready_scenarios": list_ready_scenarios(),
        "may_send": request.seat.can(SEND),
    }
    return render(request, "messaging/templates/list.html", context)


@require_right(SEND)
def new_template(request: ShopRequest) -> HttpResponse:
    """Make a template; ``?ready=review`` begins with that message of the gallery."""
    ready = find_ready_message(request.GET.get("ready", ""))
    initial = {"name": ready.name, "text": ready.text} if ready else {}
    return answer_template_form(request, MessageTemplate(), initial)


@require_right(SEND)
def template(request: ShopRequest, public_id: str) -> HttpResponse:
    found = get_template_or_404(public_id)
    content = found.content
    initial = {"name": found.name, **read_content_fields(content)}
    return answer_template_form(request, found, initial)


def get_template_or_404(public_id: str) -> MessageTemplate:
    rows = MessageTemplate.objects.select_related("content")
    return get_object_or_404(rows, public_id=public_id)


def answer_template_form(
    request: ShopRequest, found: MessageTemplate, initial: dict[str, Any]
) -> HttpResponse:
    changing = "edit" in request.POST
    form = TemplateForm(
        None if changing else request.POST or None,
        initial=initial,
        template=found,
    )
    form.take_content(request, found.content if found.pk else None)
    if form.is_valid():
        found.name = form.cleaned_data["name"]
        templates.save_template(found, form.written)
        messages.success(request, _("テンプレートを保存しました。"))
        return redirect("messaging:templates")
    return render(
        request,
        "messaging/templates/form.html",
        {"form": form, "template": found if found.pk else None},
        status=422 if form.is_bound else 200,
    )


@require_right(SEND)
@require_POST
def delete_template(request: ShopRequest, public_id: str) -> HttpResponse:
    templates.delete_template(get_template_or_404(public_id))
    messages.success(request, _("テンプレートを削除しました。"))
    return redirect("messaging:templates")
