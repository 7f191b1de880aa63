"""設定 › 営業日カレンダー: the year, its rules, and what they make of an order."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from messaging.calendar.manage import (
    clear_days,
    load_business_days,
    save_calendar,
    set_day,
)
from messaging.calendar.year import draw_year
from messaging.screens.calendar.forms import (
    FIRST_YEAR,
    LAST_YEAR,
    DayForm,
    RulesForm,
    YearForm,
)
from operators.rights import ShopRequest, require_right
from operators.roles import MANAGE, VIEW


@require_right(VIEW)
@require_safe
def calendar(request: ShopRequest) -> HttpResponse:
    year = read_year(request.GET.get("year"))
    return render(request, "messaging/calendar/page.html", build_context(request, year))


def read_year(text: str | None) -> int:
    """Return the year asked for, this year when none is. Raise Http404 for one that the calendar does not have."""
    form = YearForm({"year": text or timezone.localdate().year})
    if not form.is_valid():
        raise Http404
    year: int = form.cleaned_data["year"]
    return year


def build_context(
    request: ShopRequest, year: int, form: RulesForm | None = None, **more: Any
) -> dict[str, Any]:
    days = load_business_days()
    return {
        "year": draw_year(year, days, timezone.localdate()),
        "form": form or RulesForm(initial=RulesForm.initial_of(days)),
        "days": days,
        "may_change": request.seat.can(MANAGE),
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < LAST_YEAR else None,
        **more,
    }


@require_right(MANAGE)
@require_POST
def rules(request: ShopRequest) -> HttpResponse:
    """Store the rules; a refusal is shown at the form with everything that was typed."""
    year, form = read_year(request.POST.get("year")), RulesForm(request.POST)
    if form.is_valid():
        try:
            save_calendar(*form.list_values())
        except ValidationError as refused:
            form.add_error("weekdays", refused)
        else:
            messages.success(
                request,
                _(
                    "営業日カレンダーを保存しました。予約済みの配信の日時は変わりません。"
                ),
            )
            return redirect_to_year(year)
    context = build_context(request, year, form)
    return render(request, "messaging/calendar/page.html", context, status=422)


def redirect_to_year(year: int) -> HttpResponse:
    return redirect(f"{reverse('messaging:calendar')}?year={year}")


@require_right(MANAGE)
@require_POST
def day(request: ShopRequest) -> HttpResponse:
    form = DayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("日付を確かめてください。"))
        return redirect("messaging:calendar")
    chosen, is_open = form.cleaned_data["day"]
    refused = ""
    try:
        set_day(chosen, is_open)
    except ValidationError as error:
        refused = error.messages[0]
    if request.htmx:
        context = build_context(request, chosen.year, refused=refused)
        return render(request, "messaging/calendar/year.html", context)
    if refused:
        messages.error(request, refused)
    return redirect_to_year(chosen.year)


@require_right(MANAGE)
@require_POST
def clear(request: ShopRequest) -> HttpResponse:
    year = read_year(request.POST.get("year"))
    try:
        count = clear_days(year)
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    else:
        messages.success(
            request,
            _("個別に設定した%(n)s日を、曜日と祝日の設定に戻しました。") % {"n": count},
        )
    return redirect_to_year(year)
