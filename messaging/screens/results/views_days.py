"""配信の推移: what went out day by day, as a chart for each channel with its numbers behind."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from console.forms import DateInput
from messaging.results.per_day import LONGEST, count_days, draw_channel
from operators.rights import ShopRequest, require_right
from operators.roles import VIEW

USUAL = 14


class PeriodForm(forms.Form):
    first = forms.DateField(label=_("開始日"), widget=DateInput)
    last = forms.DateField(label=_("終了日"), widget=DateInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if not first or not last:
            return cleaned
        if first > last:
            self.add_error(
                "first",
                gettext(
                    "開始日が終了日より後です。開始日を終了日以前の日付にしてください。"
                ),
            )
        elif (last - first).days >= LONGEST or not 2000 <= first.year <= 2100:
            text = gettext("期間は%(n)s日までです。短くしてください。")
            self.add_error("last", text % {"n": LONGEST})
        return cleaned


@require_right(VIEW)
@require_safe
def days(request: ShopRequest) -> HttpResponse:
    """Show the chosen period, the last two weeks by default."""
    today = timezone.localdate()
    usual = {"first": today - timedelta(USUAL - 1), "last": today}
    asked = "first" in request.GET or "last" in request.GET
    form = PeriodForm(request.GET if asked else None, initial=usual)
    period = form.cleaned_data if form.is_bound and form.is_valid() else usual
    wrong = form.is_bound and not form.is_valid()
    channels = [] if wrong else list_channels(period["first"], period["last"])
    context = {"form": form, "channels": channels, "wrong": wrong}
    return render(
        request, "messaging/results/days.html", context, status=422 if wrong else 200
    )


def list_channels(first: date, last: date) -> list[dict[str, Any]]:
    return [
        {"found": found, "chart": draw_channel(found)}
        for found in count_days(first, last)
    ]
