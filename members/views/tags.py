"""会員 › タグ."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from members.forms import TagForm
from members.labels import change_tag, tag_named
from members.models import Tag
from tenants.access import EDIT, VIEW, ShopRequest, needs


@needs(VIEW)
@require_safe
def tags(request: ShopRequest) -> HttpResponse:
    rows = Tag.objects.with_counts().order_by("name", "pk")
    context = {"tags": rows, "form": TagForm(), "may_edit": request.seat.can(EDIT)}
    return render(request, "members/tags.html", context)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag_new(request: ShopRequest) -> HttpResponse:
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tag = tag_named(form.cleaned_data["name"], form.cleaned_data["color"], form.cleaned_data["description"])
        messages.success(request, _("タグ「%(tag)s」を作成しました。") % {"tag": tag.name})
        return redirect("members:tags")
    return render(request, "members/tag.html", {"form": form}, status=422 if form.is_bound else 200)


@needs(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag(request: ShopRequest, public_id: str) -> HttpResponse:
    tag = get_object_or_404(Tag.objects, public_id=public_id)
    now = {"name": tag.name, "color": tag.color, "description": tag.description}
    form = TagForm(request.POST or None, tag=tag, initial=now)
    if request.method == "POST" and form.is_valid():
        change_tag(tag, **form.cleaned_data)
        messages.success(request, _("タグ「%(tag)s」を保存しました。") % {"tag": tag.name})
        return redirect("members:tags")
    return render(request, "members/tag.html", {"form": form, "tag": tag}, status=422 if form.is_bound else 200)
