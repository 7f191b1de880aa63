"""The kinds of filters that lists have: a search, a choice, one of the operators, a period."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import RangeField
from django_filters.widgets import SuffixedMultiWidget

from console.forms import DateInput
from console.templatetags.kit import format_moment
from operators.models import Seat

Choices = Iterable[tuple[str, str | Promise]]
EARLIEST, LATEST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
LONGEST_SEARCH = 200
ME, NOBODY = "me", "none"
NOT_OFFERED = gettext_lazy("選択肢にない値です。選択肢から選び直してください。")
NOT_A_DATE = gettext_lazy(
    "日付として読み取れません。2026-12-01のように入力してください。"
)
NOT_A_YEAR = gettext_lazy(
    "1900年から2999年までの日付ではありません。日付を入力し直してください。"
)
WRONG_WAY_ROUND = gettext_lazy(
    "開始日が終了日より後です。開始日を終了日以前の日付にしてください。"
)
FULL_WIDTH = {"data-width": "full"}


class SearchFilter(django_filters.CharFilter):
    """Rows with a text in one of ``columns``. It stands in the URL: never for customers' names and numbers."""

    # Whether the text is sent by POST and saved, so that the URL carries a key in its place.
    is_posted = False

    def __init__(self, *columns: str, label: str | Promise, **options: Any) -> None:
        options.setdefault("max_length", LONGEST_SEARCH)
        super().__init__(label=label, **options)
        self.columns = columns

    def filter(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        if not text:
            return rows
        return rows.filter(self.find(text))

    def find(self, text: str) -> Q:
        """Return the condition on the rows that have ``text``, without regard to case."""
        found = Q()
        for column in self.columns:
            found |= Q((f"{column}__icontains", text))
        return found

    def describe(self, text: str) -> str:
        return text


class SelectFilter(django_filters.ChoiceFilter):
    """One of a few. ``choices`` are known beforehand, or ``offer`` reads them for the request, once a page.

    ``queries``: the condition on the rows for each choice; without it the column holds the choice itself.
    """

    def __init__(
        self,
        column: str = "",
        *,
        label: str | Promise,
        offer: Callable[[HttpRequest], Choices] | None = None,
        queries: Mapping[str, Q] | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("empty_label", gettext_lazy("すべて"))
        options["error_messages"] = {"invalid_choice": NOT_OFFERED}
        options["widget"] = forms.Select(attrs=FULL_WIDTH)
        super().__init__(column or None, label=label, **options)
        self.offer = offer
        self.queries = queries

    def read_choices(self, request: HttpRequest) -> None:
        """Ask once for what is offered: the check of a value and the control both go through it."""
        if self.offer:
            self.extra["choices"] = list(self.offer(request))

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        if self.queries is not None:
            return rows.filter(self.queries[value])
        return rows.filter((self.field_name, value))

    def describe(self, value: str) -> str:
        return str(dict(self.field.choices)[value])


class OperatorFilter(SelectFilter):
    """One of the shop's operators: "me", the number of one, or "none" where ``nobody`` gives that a label."""

    def __init__(
        self, column: str, *, label: str | Promise, nobody: str | Promise = ""
    ) -> None:
        super().__init__(column, label=label)
        self.nobody = nobody

    def read_choices(self, request: HttpRequest) -> None:
        self.own_id = request.user.pk
        seats = Seat.objects.filter(expires_at=None).exclude(operator=self.own_id)
        seats = seats.select_related("operator")
        others = [
            (str(seat.operator_id), seat.operator.name)
            for seat in seats.order_by("operator__name", "pk")
        ]
        nobody = [(NOBODY, self.nobody)] if self.nobody else []
        self.extra["choices"] = [(ME, _("自分")), *others, *nobody]

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == NOBODY:
            return rows.filter((self.field_name, None))
        return super().filter(rows, str(self.own_id) if value == ME else value)


class PeriodInput(SuffixedMultiWidget):
    """Two days: ``<name>_from`` and ``<name>_until``."""

    template_name = "kit/period.html"
    suffixes = ("from", "until")
    use_fieldset = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__((DateInput(), DateInput()), {**FULL_WIDTH, **(attrs or {})})

    def decompress(self, value: slice | None) -> list[dt.date | None]:
        return [value.start, value.stop] if value else [None, None]


class PeriodField(RangeField):
    """A slice of two days, either of which may be open; None for no period."""

    widget = PeriodInput

    def __init__(self, *args: Any, **options: Any) -> None:
        days = [forms.DateField(error_messages={"invalid": NOT_A_DATE}) for _ in "ab"]
        super().__init__(days, *args, **options)

    def compress(self, days: list[dt.date | None]) -> slice | None:
        period: slice | None = super().compress(days)
        if period is None:
            return None
        if any(day and not EARLIEST <= day <= LATEST for day in days):
            raise ValidationError(NOT_A_YEAR, code="year")
        if period.start and period.stop and period.start > period.stop:
            raise ValidationError(WRONG_WAY_ROUND, code="order")
        return period if period.start or period.stop else None


class PeriodFilter(django_filters.RangeFilter):
    """From one day to another, both included; days of the shop's zone where the column holds moments."""

    field_class = PeriodField

    def __init__(self, column: str, *, label: str | Promise) -> None:
        super().__init__(column, label=label)

    def filter(self, rows: QuerySet[Any], period: slice | None) -> QuerySet[Any]:
        if not period:
            return rows
        moments = isinstance(rows.model._meta.get_field(self.field_name), DateTimeField)
        if period.start:
            start = begin_day(period.start) if moments else period.start
            rows = rows.filter((f"{self.field_name}__gte", start))
        if period.stop:
            stop = begin_day(period.stop + dt.timedelta(1)) if moments else None
            until = ("lt", stop) if moments else ("lte", period.stop)
            rows = rows.filter((f"{self.field_name}__{until[0]}", until[1]))
        return rows

    def describe(self, period: slice) -> str:
        start, end = (
            format_moment(day, "date") if day else ""
            for day in (period.start, period.stop)
        )
        return _("%(start)s〜%(end)s") % {"start": start, "end": end}


def begin_day(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


class SwitchFilter(SelectFilter):
    """A column of yes and no; "on" and "off" in the URL."""

    def __init__(
        self,
        column: str,
        *,
        label: str | Promise,
        on: str | Promise,
        off: str | Promise,
    ) -> None:
        choices = [("on", on), ("off", off)]
        queries = {"on": Q((column, True)), "off": Q((column, False))}
        super().__init__(column, label=label, choices=choices, queries=queries)
