"""設定 › メンバーグループ管理: which operators share with each other."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from administration.filters import GroupFilters
from operators import groups as grouping
from operators.models import OperatorGroup, Seat
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE

METHODS = ["GET", "HEAD", "POST"]


class GroupForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("グループ名"),
        max_length=60,
        widget=forms.TextInput(attrs={"data-width": "l"}),
    )
    seats: "forms.ModelMultipleChoiceField[Seat]" = forms.ModelMultipleChoiceField(
        None,
        label=gettext_lazy("オペレーター"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "このグループのメンバーだけが、グループで共有した検索条件を呼び出せます。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["seats"]
        field.queryset = (
            Seat.objects.filter(expires_at=None)
            .select_related("operator")
            .order_by("operator__name", "pk")
        )
        field.label_from_instance = lambda seat: (
            f"{seat.operator.name}（{seat.get_role_display()}）"
        )

    def done(self, verb: Callable[..., Any], *args: Any) -> bool:
        """Return whether the verb accepted what was typed; show a refusal at the name."""
        if not self.is_valid():
            return False
        try:
            verb(*args, self.cleaned_data["name"], self.cleaned_data["seats"])
        except ValidationError as refused:
            self.add_error("name", refused)
        return not self.errors


@require_right(MANAGE)
@require_safe
def list_groups(request: ShopRequest) -> HttpResponse:
    filters = GroupFilters(request, grouping.list_groups_with_sizes())
    return render(
        request,
        "administration/groups/list.html",
        {"groups": filters.qs, "filters": filters, "form": GroupForm()},
    )


@require_right(MANAGE)
@require_http_methods(METHODS)
def add_group(request: ShopRequest) -> HttpResponse:
    form = GroupForm(request.POST or None)
    if form.is_bound and form.done(grouping.make_group):
        messages.success(
            request, _("グループ「%(name)s」を作成しました。") % form.cleaned_data
        )
        return redirect("administration:groups")
    return render(
        request,
        "administration/groups/group.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_right(MANAGE)
@require_http_methods(METHODS)
def edit_group(request: ShopRequest, public_id: str) -> HttpResponse:
    group = get_group_or_404(public_id)
    now = {"name": group.name, "seats": [seat.pk for seat in group.seats.all()]}
    form = GroupForm(request.POST or None, initial=now)
    if form.is_bound and form.done(grouping.change_group, group):
        messages.success(
            request, _("グループ「%(name)s」を保存しました。") % form.cleaned_data
        )
        return redirect("administration:groups")
    return render(
        request,
        "administration/groups/group.html",
        {"form": form, "group": group},
        status=422 if form.is_bound else 200,
    )


@require_right(MANAGE)
@require_http_methods(METHODS)
def delete_group(request: ShopRequest, public_id: str) -> HttpResponse:
    """Ask first, showing what is shared with the group and whose it will be."""
    group = get_group_or_404(public_id)
    if request.method == "POST":
        grouping.delete_group(group)
        messages.success(
            request, _("グループ「%(name)s」を削除しました。") % {"name": group.name}
        )
        return redirect("administration:groups")
    lines = grouping.list_belongings(group)
    context = {"group": group, "items": lines[:10], "more": max(len(lines) - 10, 0)}
    return render(request, "administration/groups/delete.html", context)


def get_group_or_404(public_id: str) -> OperatorGroup:
    return get_object_or_404(OperatorGroup.objects, public_id=public_id)
