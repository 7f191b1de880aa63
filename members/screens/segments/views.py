"""会員 › 保存した条件: the page of all of them, and what is done to one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from console.pager import paginate_rows
from members.conditions.presets import list_presets
from members.conditions.sentences import describe_condition
from members.conditions.tree import BadCondition
from members.listing.list_filter import ListFilter
from members.models import Segment
from members.screens.segments.filters import SegmentFilters
from members.screens.segments.forms import SegmentForm
from members.screens.segments.toolbar import (
    SegmentGroup,
    build_segment_url,
    count_segment,
    describe_overwrite,
    describe_segment_problem,
    group_by_place,
    list_segment_groups,
    parse_sort_order,
)
from members.segments import manage
from members.segments.membership_log import select_moved_members
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, SEND, VIEW

METHODS = ["GET", "HEAD", "POST"]


@require_right(VIEW)
@require_safe
def segments(request: ShopRequest) -> HttpResponse:
    filters = SegmentFilters(request, Segment.objects.seen_by(request.seat))
    context = {
        "places": group_by_place(filters.qs, request.seat),
        "filters": filters,
        "samples": list_presets(),
    }
    return render(request, "members/segments/list.html", context)


@require_right(VIEW)
@require_safe
def segment(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show one saved condition (詳細)."""
    segment = get_segment_or_404(request, public_id)
    context = {
        "segment": segment,
        "sentence": describe_condition(segment.condition),
        "problem": describe_segment_problem(segment),
        "may_change": segment.changeable_by(request.seat),
        "uses": manage.find_segment_usage(segment),
        **(
            {
                "joined": select_moved_members(segment, True).count(),
                "left": select_moved_members(segment, False).count(),
            }
            if segment.watched_since
            else {}
        ),
    }
    return render(request, "members/segments/detail.html", context)


@require_right(VIEW)
@require_safe
def segment_moved(request: ShopRequest, public_id: str, joined: bool) -> HttpResponse:
    """Show 先週からの増減: who joined, or who left."""
    segment = get_segment_or_404(request, public_id)
    rows = select_moved_members(segment, joined)
    page = paginate_rows(rows, request.GET, ["-created_at"], total=rows.count())
    return render(
        request,
        "members/segments/moved.html",
        {"segment": segment, "joined": joined, "page": page},
    )


@require_right(VIEW)
@require_safe
def segment_open(request: ShopRequest, public_id: str) -> HttpResponse:
    """Open the member list with what the condition finds today."""
    segment = get_segment_or_404(request, public_id)
    try:
        return redirect(build_segment_url(segment))
    except BadCondition:
        return redirect("members:segment", public_id)


@require_right(VIEW)
@require_safe
def segment_count(request: ShopRequest, public_id: str) -> HttpResponse:
    """Show the number alone; the page asks for it when it scrolls into view."""
    segment = get_segment_or_404(request, public_id)
    return render(
        request,
        "members/segments/count.html",
        {"segment": segment, "count": count_segment(segment)},
    )


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_new(request: ShopRequest) -> HttpResponse:
    """Save the condition in the query (「条件を保存」)."""
    chosen = ListFilter(request.GET)
    if not chosen.usable:
        return refuse_unreadable_condition(request)
    form = SegmentForm(request.POST or None, seat=request.seat)
    if request.method == "POST" and form.is_valid():
        segment = manage.save_segment(
            form.cleaned_data["name"],
            chosen.condition,
            request.user,
            form.cleaned_data["group"],
            parse_sort_order(request.GET),
            form.cleaned_data["for_delivery"],
            form.cleaned_data["watched"],
        )
        messages.success(
            request, _("条件「%(name)s」を保存しました。") % {"name": segment.name}
        )
        return redirect(build_segment_url(segment))
    context = {"form": form, "sentence": describe_condition(chosen.condition)}
    return render(
        request,
        "members/segments/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_edit(request: ShopRequest, public_id: str) -> HttpResponse:
    """Edit the name, whose it is, and its use."""
    segment = get_changeable_segment(request, public_id)
    form = SegmentForm(request.POST or None, seat=request.seat, segment=segment)
    if request.method == "POST" and form.is_valid():
        manage.change_segment(segment, **form.cleaned_data)
        messages.success(
            request, _("条件「%(name)s」を保存しました。") % {"name": segment.name}
        )
        return redirect("members:segments")
    context = {
        "form": form,
        "segment": segment,
        "sentence": describe_condition(segment.condition),
    }
    return render(
        request,
        "members/segments/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_overwrite(request: ShopRequest, public_id: str) -> HttpResponse:
    """Overwrite the saved condition (上書き), after showing the old one beside the new one."""
    segment = get_changeable_segment(request, public_id)
    chosen, sort = ListFilter(request.GET), parse_sort_order(request.GET)
    if not chosen.usable:
        return refuse_unreadable_condition(request)
    if request.method == "POST":
        manage.overwrite_segment(segment, chosen.condition, sort)
        messages.success(
            request, _("条件「%(name)s」を上書きしました。") % {"name": segment.name}
        )
        return redirect(build_segment_url(segment))
    context = {
        "segment": segment,
        "items": describe_overwrite(segment, chosen.condition, sort),
    }
    return render(request, "members/segments/overwrite.html", context)


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_duplicate(request: ShopRequest, public_id: str) -> HttpResponse:
    segment = get_segment_or_404(request, public_id)
    if request.method == "POST":
        copy = manage.duplicate_segment(segment, request.user)
        messages.success(
            request, _("個人用に「%(name)s」を作成しました。") % {"name": copy.name}
        )
        return redirect("members:segments")
    return redirect("members:segment", public_id)


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_delete(request: ShopRequest, public_id: str) -> HttpResponse:
    segment = get_changeable_segment(request, public_id)
    if request.method == "POST" and manage.delete_segment(segment):
        messages.success(
            request, _("条件「%(name)s」を削除しました。") % {"name": segment.name}
        )
        return redirect("members:segments")
    context = {"segment": segment, "uses": manage.find_segment_usage(segment)}
    return render(request, "members/segments/delete.html", context)


@require_right(VIEW, changes=True)
@require_http_methods(METHODS)
def segment_order(request: ShopRequest) -> HttpResponse:
    """Reorder one list (並び替え): ``?group=``, "" for the operator's own.

    ``order``: all ids as they stand; ``move``: "up:id" or "down:id", without scripts.
    """
    place = find_ordered_group(request)
    if request.method == "POST":
        keys = move_segment(request.POST.getlist("order"), request.POST.get("move", ""))
        manage.reorder_segments(request.user, place.group, keys)
        if "move" not in request.POST:
            messages.success(request, _("並び順を保存しました。"))
            return redirect("members:segments")
        return redirect(f"{reverse('members:segment_order')}?group={place.key}")
    return render(request, "members/segments/order.html", {"place": place})


def refuse_unreadable_condition(request: ShopRequest) -> HttpResponse:
    messages.error(
        request,
        _(
            "この条件は読み取れないため保存できません。会員リストで条件を選び直してください。"
        ),
    )
    return redirect("members:list")


def find_ordered_group(request: ShopRequest) -> SegmentGroup:
    """Return the operator's own list, or that of one of their groups.

    All operators of a group see its order, so that changing it needs the right to edit.
    """
    key = request.GET.get("group", "")
    place = next(
        (place for place in list_segment_groups(request.seat) if place.key == key), None
    ) or SegmentGroup("", None, [])
    if place.key != key:
        raise Http404
    if place.group and not request.seat.can(EDIT):
        raise PermissionDenied(
            _(
                "グループの並び順の変更には、編集の権限が必要です。オーナーか店長に権限の変更を依頼してください。"
            )
        )
    return place


def move_segment(keys: list[str], move: str) -> list[str]:
    way, _colon, key = move.partition(":")
    if key not in keys:
        return keys
    at = keys.index(key)
    to = min(max(at + (-1 if way == "up" else 1), 0), len(keys) - 1)
    keys.insert(to, keys.pop(at))
    return keys


def get_segment_or_404(request: ShopRequest, public_id: str) -> Segment:
    """Return the saved condition; one that the operator may not see is a 404."""
    return get_object_or_404(Segment.objects.seen_by(request.seat), public_id=public_id)


def get_changeable_segment(request: ShopRequest, public_id: str) -> Segment:
    segment = get_segment_or_404(request, public_id)
    if segment.for_delivery and not request.seat.can(SEND):
        raise PermissionDenied(
            _(
                "配信の対象に使う条件の変更には、配信の権限が必要です。オーナーか店長に権限の変更を依頼してください。"
            )
        )
    if not segment.changeable_by(request.seat):
        raise PermissionDenied(
            _(
                "共有の条件を変更できるのは、作成者の%(name)sさんとオーナー・店長だけです。複製すると、自分用に変更できます。"
            )
            % {"name": segment.owner.name}
        )
    return segment
