"""Values pasted or uploaded into the member list, and those of them that found nobody."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from jobs.request_size import accept_file
from members.conditions.registry import find_field
from members.conditions.tree import list_condition_parts
from members.listing.list_filter import ListFilter, build_leaf, build_list_url
from members.models import ValueList, ValueListText
from members.screens.list.forms_paste import PasteForm
from members.valuelists.lists import make_value_list, report_value_list
from operators import audit
from operators.rights import ShopRequest, refuse_masked, require_right
from operators.roles import VIEW


@accept_file
@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: ShopRequest) -> HttpResponse:
    form = PasteForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            values = make_value_list(
                form.cleaned_data["text"], form.cleaned_data["field"]
            )
        except ValidationError as error:
            form.add_error("text", error)
        else:
            chosen = ListFilter(request.GET)
            pasted = build_leaf(values.field, "in_list", values.public_id)
            return redirect(
                reverse("members:list")
                + chosen.where({"all": [*list_condition_parts(chosen.own), pasted]})
            )
    return render(
        request,
        "members/list/paste.html",
        {"form": form},
        status=422 if form.is_bound else 200,
    )


@require_right(VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def rest(request: ShopRequest, public_id: str, which: str) -> HttpResponse:
    """Return the pasted values that no member has, or those that are invalid, as text."""
    values = get_object_or_404(ValueList.objects, public_id=public_id)
    report_value_list(values)
    if request.method != "POST":
        # Numbers and texts are values of an attribute, and the list does not know which.
        pasted = (
            [build_leaf(values.field, "in_list", values.public_id)]
            if find_field(values.field)
            else []
        )
        return redirect(build_list_url(*pasted))
    refuse_masked()  # a saved condition may name the list that somebody else pasted
    audit.record_action("value_list.rest_read", values, which=which)
    column = {"not-found": "missing", "invalid": "wrong"}[which]
    text = (
        ValueListText.objects.filter(list=values).values_list(column, flat=True).get()
    )
    lines = f"{text}\n".replace("\n", "\r\n") if text else ""
    response = HttpResponse(lines, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{which}.txt"'
    return response
