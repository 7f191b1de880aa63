"""Several tags at once: into a folder, or into one; and the folders themselves."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from jobs.views import announce_job
from members.models import Tag, TagFolder
from members.screens.tags.forms import FolderForm, TagMergeForm, TagMoveForm
from members.tags import folders as tag_folders
from members.usage.merge_tags import count_tagged_members, start_tag_merge
from members.usage.tags import find_tag_usage
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT


def list_chosen_tags(request: ShopRequest) -> list[Tag]:
    keys = set(request.POST.getlist("ids"))
    tags = Tag.objects.filter(public_id__in=keys).with_counts()
    return list(tags.order_by("-tagged_count", "name", "pk"))  # type: ignore[misc]


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tags_merge(request: ShopRequest) -> HttpResponse:
    """Merge the chosen tags: the first POST shows what it would do, the second, with ``confirm``, does it."""
    chosen = list_chosen_tags(request)
    if len(chosen) < 2:
        if request.method == "POST":
            messages.error(
                request,
                _(
                    "統合するタグが足りません。2つ以上のタグを選んで、もう一度実行してください。"
                ),
            )
        return redirect("members:tags")
    total, uses = count_tagged_members(chosen), find_tag_usage(chosen)
    form = TagMergeForm(
        request.POST if "confirm" in request.POST else None,
        tags=chosen,
        count=total,
        initial={
            "expected": total,
            "survivor": request.POST.get("survivor") or chosen[0].public_id,
        },
    )
    if form.is_bound and form.is_valid():
        announce_job(request, start_tag_merge(form.chosen, chosen, request.user, total))
        return redirect("members:tags")
    for tag in chosen:
        tag.uses = uses[tag.pk]  # type: ignore[attr-defined]
    several = sum(tag.tagged_count for tag in chosen) - total
    context = {"form": form, "tags": chosen, "total": total, "several": several}
    return render(
        request,
        "members/tags/merge.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def tags_move(request: ShopRequest) -> HttpResponse:
    """Move the chosen tags: the first POST asks for the folder, the second, with ``confirm``, moves."""
    chosen = list_chosen_tags(request)
    if not chosen:
        if request.method == "POST":
            messages.error(
                request,
                _(
                    "タグが選択されていません。タグを選択してから、もう一度実行してください。"
                ),
            )
        return redirect("members:tags")
    form = TagMoveForm(request.POST if "confirm" in request.POST else None)
    if form.is_bound and form.is_valid():
        name, folder = form.cleaned_data["new_folder"], form.cleaned_data["folder"]
        folder = (
            (
                TagFolder.objects.filter(name=name).first()
                or tag_folders.make_folder(name)
            )
            if name
            else folder
        )
        count = tag_folders.move_tags(
            Tag.objects.filter(pk__in=[tag.pk for tag in chosen]), folder
        )
        words = {"n": count, "folder": folder.name if folder else _("フォルダなし")}
        messages.success(
            request, _("タグ%(n)s件を「%(folder)s」に移しました。") % words
        )
        return redirect("members:tags")
    context = {"form": form, "tags": chosen}
    return render(
        request, "members/tags/move.html", context, status=422 if form.is_bound else 200
    )


# ---------------------------------------------------------------- folders
@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def folders(request: ShopRequest) -> HttpResponse:
    form = FolderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        folder = tag_folders.make_folder(form.cleaned_data["name"])
        messages.success(
            request,
            _("フォルダ「%(folder)s」を作成しました。") % {"folder": folder.name},
        )
        return redirect("members:tag_folders")
    rows = TagFolder.objects.with_tag_counts().order_by("position", "pk")
    context = {"form": form, "folders": rows}
    return render(
        request,
        "members/tags/folders.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def folders_order(request: ShopRequest) -> HttpResponse:
    if request.method == "POST":
        tag_folders.reorder_folders(
            move_key(request.POST.getlist("order"), request.POST.get("move", ""))
        )
    return redirect("members:tag_folders")


def move_key(keys: list[str], how: str) -> list[str]:
    """Return the keys after ``up:key`` or ``down:key``; unchanged when they were dragged."""
    verb, _colon, key = how.partition(":")
    at = keys.index(key) if key in keys else -1
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if at >= 0 and 0 <= to < len(keys):
        keys.insert(to, keys.pop(at))
    return keys


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def folder(request: ShopRequest, public_id: str) -> HttpResponse:
    """Rename the folder, or with ``delete`` delete it: its tags stay."""
    folder = get_object_or_404(TagFolder.objects, public_id=public_id)
    if request.method == "POST" and "delete" in request.POST:
        tag_folders.delete_folder(folder)
        messages.success(
            request,
            _("フォルダ「%(folder)s」を削除しました。タグは残っています。")
            % {"folder": folder.name},
        )
        return redirect("members:tag_folders")
    form = FolderForm(
        request.POST or None, folder=folder, initial={"name": folder.name}
    )
    if request.method == "POST" and form.is_valid():
        tag_folders.rename_folder(folder, form.cleaned_data["name"])
        messages.success(
            request,
            _("フォルダ「%(folder)s」を保存しました。") % {"folder": folder.name},
        )
        return redirect("members:tag_folders")
    context = {"form": form, "folder": folder, "count": folder.tags.count()}
    return render(
        request,
        "members/tags/folder.html",
        context,
        status=422 if form.is_bound else 200,
    )
