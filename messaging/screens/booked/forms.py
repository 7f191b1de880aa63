"""When booked messages go out instead."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from console.forms import DateTimeInput, Need, SegmentedSelect, mark_needs

LONGEST = timedelta(days=366)
PAST = _("新しい予定が過去の日時です。これからの日時を入力してください。")
TOO_FAR = _("新しい予定が先すぎます。366日以内の日時にしてください。")
UNITS = [("minutes", _("分単位")), ("hours", _("時間単位")), ("days", _("日単位"))]


class WhenField(forms.DateTimeField):
    """A moment to come, in the shop's zone, within a year."""

    def __init__(self, **options: Any) -> None:
        options["error_messages"] = {
            "invalid": _(
                "日時として読み取れません。2026-12-01 10:00のように入力してください。"
            )
        }
        super().__init__(widget=DateTimeInput, **options)

    def validate(self, value: datetime | None) -> None:
        super().validate(value)
        if value is None:
            return
        now = timezone.now()
        # A browser gives whole minutes.
        if value < now - timedelta(minutes=1):
            raise ValidationError(PAST, code="past")
        if value > now + LONGEST:
            raise ValidationError(TOO_FAR, code="far")


class MoveForm(forms.Form):
    """The new time of one message, and whether the rest of its series moves along."""

    at = WhenField(label=_("新しい予定"))
    whole = forms.ChoiceField(
        label=_("変更する範囲"),
        choices=[
            ("", _("この1通だけ")),
            ("1", _("シリーズの残りも同じだけずらす")),
        ],
        required=False,
        widget=SegmentedSelect,
    )

    def __init__(self, *args: Any, has_series: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_series:
            del self.fields["whole"]

    @property
    def is_whole(self) -> bool:
        return bool(self.cleaned_data.get("whole"))


class MoveManyForm(forms.Form):
    """How far many messages are shifted, or the time to which all of them are set."""

    way = forms.ChoiceField(
        label=_("変更のしかた"),
        choices=[
            ("later", _("遅らせる")),
            ("earlier", _("早める")),
            ("at", _("同じ日時にする")),
        ],
        initial="later",
        widget=SegmentedSelect,
    )
    number = forms.IntegerField(
        label=_("ずらす時間"),
        min_value=1,
        max_value=366 * 24 * 60,
        initial=1,
        required=False,
        widget=forms.NumberInput(attrs={"data-width": "xs"}),
        help_text=_("「遅らせる」「早める」を選んだときに使います。"),
    )
    unit = forms.ChoiceField(
        label=_("ずらす時間の単位"),
        choices=UNITS,
        initial="days",
        required=False,
        widget=SegmentedSelect,
    )
    at = WhenField(
        label=_("新しい予定"),
        required=False,
        help_text=_("「同じ日時にする」を選んだときに使います。"),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("way") == "at":
            if not data.get("at") and "at" not in self.errors:
                self.add_error("at", _("新しい予定の日時を入力してください。"))
            return data
        if not data.get("number"):
            if "number" not in self.errors:
                self.add_error("number", _("ずらす時間を数字で入力してください。"))
        elif abs(self.measure_shift(data)) > LONGEST:
            self.add_error("number", _("366日以内でずらしてください。"))
        return data

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of the two is asked for; the help says when.
        mark_needs(self, number=Need.SILENT, unit=Need.SILENT, at=Need.SILENT)

    @staticmethod
    def measure_shift(data: dict[str, Any]) -> timedelta:
        """Return how far each is shifted; nothing where all are set to one time."""
        if data["way"] == "at":
            return timedelta()
        by = timedelta(**{data.get("unit") or "days": data["number"]})
        return -by if data["way"] == "earlier" else by
