"""受付の条件 and the robot's hours as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Switch, TimeInput


class RulesForm(forms.Form):
    days_before = forms.IntegerField(
        label=_("次回お届け日の何日前まで受け付けるか"),
        min_value=0,
        max_value=60,
        help_text=_("0のときは、日数では断りません。"),
    )
    respects_obligation = forms.BooleanField(
        label=_("お約束の回数（定期縛り）が残っているときは受け付けない"),
        required=False,
        widget=Switch,
    )
    refuses_in_shipment = forms.BooleanField(
        label=_("発送を準備している注文があるときは受け付けない"),
        required=False,
        widget=Switch,
    )
    opens_at = forms.TimeField(
        label=_("実行を始める時刻"),
        required=False,
        widget=TimeInput,
        help_text=_("空欄のときは、いつでも実行します。"),
    )
    closes_at = forms.TimeField(
        label=_("実行を終える時刻"), required=False, widget=TimeInput
    )
    tells_customers = forms.BooleanField(
        label=_("お客様へ経過を知らせる"),
        required=False,
        widget=Switch,
        help_text=_(
            "受付、完了、お断り、担当者の確認のたびに、LINEの友だちにはLINEで、それ以外の方にはメールで送ります。試行では送りません。"
        ),
    )
    evidence_days = forms.IntegerField(
        label=_("記録を残す日数"),
        min_value=30,
        max_value=1825,
        help_text=_("過ぎた記録と、申請に書かれた連絡先を消します。結果は残ります。"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if bool(opens) != bool(closes) and not self.errors:
            self.add_error(
                "closes_at" if opens else "opens_at",
                gettext("始める時刻と終える時刻の片方だけです。両方入れるか、両方空欄にしてください。"),
            )  # fmt: skip
        return cleaned
