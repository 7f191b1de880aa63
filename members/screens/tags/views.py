"""会員 › タグ: the list, one tag with what it does, making and changing it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.pager import paginate_rows
from jobs.views import announce_job
from members.conditions.url import encode_condition
from members.listing.confirm_count import CountForm
from members.models import Tag, TagFolder
from members.screens.tags.batch_filters import TagBatchFilters
from members.screens.tags.filters import TagFilters
from members.screens.tags.forms import NO_FOLDER, SORTS, TagForm
from members.tags.names import change_tag, get_or_create_tag
from members.usage.delete_tag import start_tag_deletion
from members.usage.tags import find_tag_usage
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW

MOST_SHOWN = 500
SHOWN_BATCHES = 20


@require_right(VIEW)
@require_safe
def tags(request: ShopRequest) -> HttpResponse:
    filters = TagFilters(request, Tag.objects.select_related("folder").with_counts())
    order = SORTS.get(request.GET.get("sort", ""), SORTS["name"])
    found = list(filters.qs.order_by(*order)[: MOST_SHOWN + 1])
    rows = found[:MOST_SHOWN]
    uses = find_tag_usage(rows)
    for tag in rows:
        tag.uses = uses[tag.pk]
    context = {
        "tags": rows,
        "more": len(found) > MOST_SHOWN,
        "most": MOST_SHOWN,
        "filters": filters,
        "tabs": list_folder_tabs(filters),
        "form": TagForm(),
        "may_edit": request.seat.can(EDIT),
    }
    return render(request, "members/tags/list.html", context)


def list_folder_tabs(filters: TagFilters) -> list[dict[str, object]]:
    """Return all tags, each folder, and those in none, with the number of tags; nothing while there is no folder."""
    folders = list(TagFolder.objects.with_tag_counts().order_by("position", "pk"))
    if not folders:
        return []
    total = Tag.objects.count()
    inside = sum(folder.tag_count for folder in folders)
    chosen = filters.chosen.get("folder", "")
    rows = [
        ("", _("すべて"), total),
        *((f.public_id, f.name, f.tag_count) for f in folders),
    ]
    rows += [(NO_FOLDER, _("フォルダなし"), total - inside)]
    return [
        {
            "label": label,
            "count": n,
            "current": key == chosen,
            "url": filters.url_with(folder=key),
        }
        for key, label, n in rows
    ]


@require_right(VIEW)
@require_safe
def tag(request: ShopRequest, public_id: str) -> HttpResponse:
    tag = get_object_or_404(
        Tag.objects.select_related("folder").with_counts(), public_id=public_id
    )
    filters = TagBatchFilters(request, tag.batches.select_related("operator", "job"))
    context = {
        "tag": tag,
        "uses": find_tag_usage([tag])[tag.pk],
        "list_url": build_tag_list_url(tag),
        "filters": filters,
        "page": paginate_rows(filters.qs, request.GET, ["-at"], size=SHOWN_BATCHES),
        "others": Tag.objects.exclude(pk=tag.pk).exists(),
        "may_edit": request.seat.can(EDIT),
    }
    return render(request, "members/tags/detail.html", context)


def build_tag_list_url(tag: Tag) -> str:
    """Return the URL of the member list, narrowed to those who have the tag."""
    condition = encode_condition(
        {"all": [{"field": "tag", "op": "has_all", "value": [tag.pk]}]}
    )
    return f"{reverse('members:list')}?{urlencode({'c': condition})}"


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag_new(request: ShopRequest) -> HttpResponse:
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tag = get_or_create_tag(**form.cleaned_data)
        messages.success(
            request, _("タグ「%(tag)s」を作成しました。") % {"tag": tag.name}
        )
        return redirect("members:tags")
    return render(
        request,
        "members/tags/form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag_edit(request: ShopRequest, public_id: str) -> HttpResponse:
    tag = get_object_or_404(Tag.objects.select_related("folder"), public_id=public_id)
    form = TagForm(request.POST or None, tag=tag, initial=TagForm.initial_of(tag))
    if request.method == "POST" and form.is_valid():
        change_tag(tag, **form.cleaned_data)
        messages.success(
            request, _("タグ「%(tag)s」を保存しました。") % {"tag": tag.name}
        )
        return redirect("members:tag", public_id)
    context = {"form": form, "tag": tag}
    return render(
        request, "members/tags/form.html", context, status=422 if form.is_bound else 200
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tag_delete(request: ShopRequest, public_id: str) -> HttpResponse:
    """Delete a tag: refused with the list of its uses, else confirmed by the number of tagged members."""
    tag = get_object_or_404(Tag.objects.with_counts(), public_id=public_id)
    uses = find_tag_usage([tag])[tag.pk]
    form = CountForm(request.POST or None, count=tag.tagged_count)
    if request.method == "POST" and not uses and form.is_valid():
        announce_job(request, start_tag_deletion(tag, request.user, tag.tagged_count))
        return redirect("members:tags")
    context = {
        "tag": tag,
        "uses": uses,
        "form": form,
        "list_url": build_tag_list_url(tag),
    }
    return render(
        request,
        "members/tags/delete.html",
        context,
        status=422 if request.method == "POST" else 200,
    )
