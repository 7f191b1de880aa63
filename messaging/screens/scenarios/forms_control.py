"""When the whole series may go out, and what a second event does: fields of the form of a step message."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.models import Scenario, ScenarioGroup


class ControlFields(forms.Form):
    """When the whole series may go out, and what another event does."""

    send_from = forms.TimeField(
        label=_("送信を始める時刻"),
        required=False,
        widget=forms.TimeInput(
            attrs={"type": "time", "data-width": "s"}, format="%H:%M"
        ),
    )
    send_until = forms.TimeField(
        label=_("送信を終える時刻"),
        required=False,
        widget=forms.TimeInput(
            attrs={"type": "time", "data-width": "s"}, format="%H:%M"
        ),
    )
    counts_from = forms.ChoiceField(
        label=_("日数を数え始める日"),
        choices=Scenario.CountsFrom.choices,
        required=False,
        widget=forms.Select(attrs={"data-width": "l"}),
        help_text=_(
            "出荷日は、注文（注文メールのときは受信）の日時から、営業日カレンダーと締め時間で計算します。きっかけが「注文があったとき」のときに選びます。"
        ),
    )
    second_event = forms.ChoiceField(
        label=_("2回目のきっかけ"),
        choices=Scenario.SecondEvent.choices,
        required=False,
        widget=forms.Select(attrs={"data-width": "l"}),
        help_text=_(
            "同じ会員に、もう一度きっかけが起きたときの動きです。グループに入れると、グループ全体で数えます。"
        ),
    )
    max_runs = forms.IntegerField(
        label=_("1名あたりの上限回数"),
        required=False,
        min_value=1,
        max_value=999,
        widget=forms.NumberInput(attrs={"data-width": "xs"}),
        help_text=_("この回数より多くは始まりません。空欄なら、上限はありません。"),
    )
    group_name = forms.CharField(
        label=_("グループ"),
        required=False,
        max_length=60,
        widget=forms.TextInput(
            attrs={"data-width": "m", "list": "scenario-groups", "autocomplete": "off"}
        ),
        help_text=_(
            "同じグループのステップメッセージは、1名に同時に1つだけ実行します。新しい名前を入力すると、グループを作成します。"
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("send_from")) != bool(cleaned.get("send_until")):
            self.add_error(
                "send_until",
                gettext(
                    "送信時間帯の片方だけが入力されています。両方を入力するか、両方を空欄にしてください。"
                ),
            )
        return cleaned

    def fill_control(self, scenario: Scenario) -> None:
        values = self.cleaned_data
        scenario.send_from, scenario.send_until = (
            values["send_from"],
            values["send_until"],
        )
        scenario.counts_from = values["counts_from"] or Scenario.CountsFrom.EVENT
        scenario.second_event = values["second_event"] or Scenario.SecondEvent.EVERY
        scenario.max_runs = values["max_runs"]
        name = values["group_name"].strip()
        scenario.group = (
            ScenarioGroup.objects.get_or_create(name=name)[0] if name else None
        )

    @staticmethod
    def control_initial(scenario: Scenario) -> dict[str, Any]:
        return {
            "send_from": scenario.send_from,
            "send_until": scenario.send_until,
            "counts_from": scenario.counts_from,
            "second_event": scenario.second_event,
            "max_runs": scenario.max_runs,
            "group_name": scenario.group.name if scenario.group else "",
        }

    @property
    def group_names(self) -> list[str]:
        rows = ScenarioGroup.objects.filter(scenarios__deleted_at=None)
        return list(rows.order_by("name").values_list("name", flat=True).distinct())
