"""会員 › 会員情報項目."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from jobs.views import announce_job
from members.attributes import definitions as verbs
from members.listing.confirm_count import CountForm
from members.models import Attribute
from members.screens.attributes.forms import AttributeForm
from members.screens.tags.views_folders import move_key
from members.usage import archive_attribute
from members.usage.attributes import find_attribute_usage
from operators.rights import ShopRequest, require_right
from operators.roles import EDIT, VIEW


def get_attribute_or_404(public_id: str) -> Attribute:
    attribute = verbs.find_attribute(public_id)
    if attribute is None:
        raise Http404
    return attribute


def get_stored_attribute(public_id: str) -> Attribute:
    """Return the attribute for a change; a system attribute that has no row yet is stored first."""
    get_attribute_or_404(public_id)
    attribute = verbs.find_stored_attribute(public_id)
    assert attribute
    return attribute


@require_right(VIEW)
@require_safe
def attributes(request: ShopRequest) -> HttpResponse:
    rows = verbs.list_attributes()
    uses = find_attribute_usage(rows)
    for row in rows:
        row.uses = uses[verbs.get_attribute_key(row)]  # type: ignore[attr-defined]
        row.fixed = row.system in verbs.IDENTITY  # type: ignore[attr-defined]
    context = {
        "attributes": [row for row in rows if not row.archived_at],
        "form": AttributeForm(),
        "archived": [row for row in rows if row.archived_at],
        "may_edit": request.seat.can(EDIT),
    }
    return render(request, "members/attributes/list.html", context)


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_new(request: ShopRequest) -> HttpResponse:
    form = AttributeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attribute = verbs.make_attribute(**form.cleaned_data)
        messages.success(
            request, _("項目「%(name)s」を作成しました。") % {"name": attribute.name}
        )
        return redirect("members:attributes")
    return render(
        request,
        "members/attributes/form.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute(request: ShopRequest, public_id: str) -> HttpResponse:
    """Edit an attribute of the shop's own; a system attribute has nothing to edit."""
    attribute = get_attribute_or_404(public_id)
    if attribute.system:
        return redirect("members:attributes")
    form = AttributeForm(
        request.POST or None,
        attribute=attribute,
        initial=AttributeForm.initial_of(attribute),
    )
    if request.method == "POST" and form.is_valid():
        try:
            verbs.change_attribute(attribute, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(
                request,
                _("項目「%(name)s」を保存しました。") % {"name": attribute.name},
            )
            return redirect("members:attributes")
    context = {"form": form, "attribute": attribute}
    return render(
        request,
        "members/attributes/form.html",
        context,
        status=422 if form.is_bound else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attributes_order(request: ShopRequest) -> HttpResponse:
    if request.method == "POST":
        verbs.reorder_attributes(
            move_key(request.POST.getlist("order"), request.POST.get("move", ""))
        )
    return redirect("members:attributes")


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_show(request: ShopRequest, public_id: str) -> HttpResponse:
    """Switch where an attribute is shown; ``show`` is "in_list:1", "in_detail:0" …"""
    get_attribute_or_404(public_id)
    place, _colon, on = request.POST.get("show", "").partition(":")
    if request.method == "POST" and place in verbs.PLACES:
        verbs.show_attribute(get_stored_attribute(public_id), **{place: on == "1"})
    return redirect("members:attributes")


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_archive(request: ShopRequest, public_id: str) -> HttpResponse:
    """Archive an attribute, after showing where it is used and what archiving means, or what still needs it."""
    attribute = get_attribute_or_404(public_id)
    needed = archive_attribute.list_archive_blockers(attribute)
    if request.method == "POST" and not needed:
        archive_attribute.archive_attribute(get_stored_attribute(public_id))
        messages.success(
            request, _("項目「%(name)s」を保管しました。") % {"name": attribute.label}
        )
        return redirect("members:attributes")
    uses = find_attribute_usage([attribute])[verbs.get_attribute_key(attribute)]
    context = {
        "attribute": attribute,
        "uses": uses,
        "count": verbs.count_attribute_values(attribute),
        "blockers": needed,
    }
    return render(
        request,
        "members/attributes/archive.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_restore(request: ShopRequest, public_id: str) -> HttpResponse:
    attribute = get_attribute_or_404(public_id)
    if request.method == "POST" and attribute.archived_at:
        archive_attribute.restore_attribute(attribute)
        messages.success(
            request,
            _("項目「%(name)s」を復元しました。値も元のとおりです。")
            % {"name": attribute.label},
        )
    return redirect("members:attributes")


@require_right(EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def attribute_delete(request: ShopRequest, public_id: str) -> HttpResponse:
    attribute = get_attribute_or_404(public_id)
    if attribute.system or not attribute.archived_at:
        messages.error(
            request, _("削除できるのは、保管した項目だけです。先に保管してください。")
        )
        return redirect("members:attributes")
    count = verbs.count_attribute_values(attribute)
    form = CountForm(request.POST or None, count=count)
    if request.method == "POST" and form.is_valid():
        announce_job(
            request,
            archive_attribute.start_attribute_deletion(attribute, request.user, count),
        )
        return redirect("members:attributes")
    uses = find_attribute_usage([attribute])[verbs.get_attribute_key(attribute)]
    context = {"attribute": attribute, "form": form, "count": count, "uses": uses}
    return render(
        request,
        "members/attributes/delete.html",
        context,
        status=422 if form.is_bound else 200,
    )
