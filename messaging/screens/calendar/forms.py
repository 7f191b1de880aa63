"""The rules of the calendar, one day of it, and the calculator."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms import Switch
from messaging.calendar.business_days import BusinessDays
from messaging.models import Scenario
from messaging.models.calendars import MOST_SHIPPING_DAYS

FIRST_YEAR, LAST_YEAR = 2020, 2060
# Sunday first, as the calendar is drawn; Monday is 0.
WEEKDAYS = (
    (6, _("日曜日")), (0, _("月曜日")), (1, _("火曜日")), (2, _("水曜日")), (3, _("木曜日")), (4, _("金曜日")),
    (5, _("土曜日")),
)  # fmt: skip
CLOCK = {"type": "time", "data-width": "s"}


class RulesForm(forms.Form):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("休みにする曜日"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    on_holidays = forms.BooleanField(
        label=_("祝日を休みにする"),
        required=False,
        widget=Switch,
        help_text=_("振替休日と国民の休日も含みます。"),
    )
    cutoff = forms.TimeField(
        label=_("締め時間"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs=CLOCK),
        help_text=_(
            "この時刻までに届いた注文（ちょうどの注文を含む）は当日の受注、あとの注文は翌日の受注として扱います。"
            "空欄のときは、その日のうちはすべて当日です。"
        ),
    )
    from_closed_day = forms.ChoiceField(
        label=_("休業日に届いた注文"),
        choices=(
            ("", _("次の営業日から数える")),
            ("closed", _("休業日の当日から数える")),
        ),
        required=False,
        widget=forms.RadioSelect,
    )
    shipping_days = forms.IntegerField(
        label=_("出荷日（何営業日後か）"),
        min_value=0,
        max_value=MOST_SHIPPING_DAYS,
        widget=forms.NumberInput(attrs={"data-width": "s"}),
        help_text=_(
            "注文確認メールを受信してから何営業日後に出荷するかです。0は当日です。"
        ),
    )

    @staticmethod
    def initial_of(days: BusinessDays) -> dict[str, Any]:
        return {
            "weekdays": sorted(days.closed_weekdays),
            "on_holidays": days.closed_on_holidays,
            "cutoff": days.cutoff,
            "from_closed_day": "closed" if days.count_from_closed_day else "",
            "shipping_days": days.shipping_days,
        }

    def list_values(self) -> tuple[set[int], bool, time | None, bool, int]:
        """Return the values in the order of ``save_calendar``."""
        given = self.cleaned_data
        return (
            set(given["weekdays"]),
            given["on_holidays"],
            given["cutoff"],
            given["from_closed_day"] == "closed",
            given["shipping_days"],
        )


class YearForm(forms.Form):
    year = forms.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)


class DayForm(forms.Form):
    """One button of the calendar: the day and how it is to be, such as ``2026-12-30:closed``."""

    day = forms.RegexField(r"^\d{4}-\d{2}-\d{2}:(?:open|closed)$")

    def clean_day(self) -> tuple[date, bool]:
        text, _colon, state = self.cleaned_data["day"].partition(":")
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError(_("日付を確かめてください。")) from error
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("日付を確かめてください。"))
        return day, state == "open"


class CalculatorForm(forms.Form):
    by = forms.ChoiceField(
        label=_("基準"),
        choices=(
            ("order", _("注文確認メール")),
            ("shipped", _("出荷完了メール")),
        ),
        widget=forms.RadioSelect,
    )
    received = forms.DateTimeField(
        label=_("メールを受信した日時"),
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "data-width": "m"}
        ),
        help_text=_("注文の日時ではなく、メールがメールボックスに届いた日時です。"),
    )
    again = forms.DateTimeField(
        label=_("2回目の注文のメールを受信した日時"),
        required=False,
        widget=forms.DateTimeInput(
            format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "data-width": "m"}
        ),
        help_text=_(
            "入力すると、同じお客さまがもう一度注文したときに、4つの設定のそれぞれでどのメールが届くかを並べます。"
        ),
    )
    steps = forms.RegexField(
        r"^\s*\d{1,3}(?:\s*[,、，\s]\s*\d{1,3}){0,9}\s*$",
        label=_("出荷日から何日後に送るか"),
        required=False,
        help_text=_("カンマで区切って10通まで入力できます。例：3, 10, 25"),
        error_messages={
            "invalid": _(
                "日数を、カンマで区切って10通まで入力してください。例：3, 10, 25"
            )
        },
    )
    at = forms.TimeField(
        label=_("送信する時刻"),
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs=CLOCK),
    )
    scenario: Any = forms.ModelChoiceField(
        None,
        label=_("ステップメッセージ"),
        to_field_name="public_id",
        required=False,
        empty_label=_("選ばない（上の日数と時刻で計算する）"),
        help_text=_(
            "選ぶと、そのステップメッセージに設定した日数・時刻・送信時間帯で計算します。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["scenario"]
        kinds = ("order", "shipped")
        field.queryset = (
            Scenario.objects.filter(deleted_at=None, triggers__kind__in=kinds)
            .distinct()
            .order_by("name", "pk")
        )

    def clean_received(self) -> datetime:
        received: datetime = self.cleaned_data["received"]
        if not FIRST_YEAR <= received.year < LAST_YEAR:
            raise forms.ValidationError(_("日付を確かめてください。"))
        return received

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        received, again = given.get("received"), given.get("again")
        if received and again and not received < again:
            self.add_error("again", _("1回目より後の日時を入力してください。"))
        if (
            not given.get("scenario")
            and "at" not in self.errors
            and not given.get("at")
        ):
            self.add_error("at", _("入力してください。"))
        if again and not FIRST_YEAR <= again.year < LAST_YEAR:
            self.add_error("again", _("日付を確かめてください。"))
        return given

    def clean_steps(self) -> list[timedelta]:
        text = self.cleaned_data["steps"]
        for mark in ",、，":
            text = text.replace(mark, " ")
        return [timedelta(days=int(number)) for number in text.split()]
