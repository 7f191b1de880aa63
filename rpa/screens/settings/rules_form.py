"""受付の条件 and the robot's hours as a form."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.forms import Switch, TimeInput
from members.tags.names import clean_tag_name
from rpa.models import RpaSettings
from rpa.models.settings import PauseBase
from rpa.offers.denials import find_denial
from rpa.offers.patience import MINUTES
from rpa.requests.cart_reasons import parse_reasons, write_reasons

REFUSALS = ("too_late", "obliged", "in_shipment", "refused_product")
PAUSE_DAYS = 30
OFFERS = ("pause", "skip")
# Of these the cart has reasons.
WITH_REASONS = ("cancel", "pause")


def build_refusal_field(label: Any) -> forms.CharField:
    """Return the input for the shop's own words of one refusal."""
    return forms.CharField(
        label=label,
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("お客様へのお断りの文です。空欄のときは、決まった文を送ります。"),
    )


def build_reasons_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=3000,
        required=False,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "1行に1つ、「余っている＝3」のように、フォームの理由とカートの理由IDを入れます。"
            "ecforceにAPIで送るとき、その理由を付けます。"
        ),
    )


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
            "受付、ご案内、完了、お断り、担当者の確認のたびに、LINEの友だちにはLINEで、それ以外の方にはメールで送ります。試行では送りません。"
        ),
    )
    writes_memo = forms.BooleanField(
        label=_("カートのメモに1行で記録する"),
        required=False,
        widget=Switch,
        help_text=_(
            "日付、手続き、理由、申請の番号を、ecforceの定期受注の備考（memo01）の最後に書き足します。APIで対応するときだけです。"
        ),
    )
    refused_products = forms.CharField(
        label=_("受け付けない商品"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("1行に1つ、カートの商品名のとおりに入力します。"),
    )
    text_too_late = build_refusal_field(_("日数が足りないとき"))
    text_obliged = build_refusal_field(_("お約束の回数が残っているとき"))
    text_in_shipment = build_refusal_field(_("発送を準備しているとき"))
    text_refused_product = build_refusal_field(_("受け付けない商品のとき"))
    contact_phone = forms.CharField(
        label=_("お電話での受付"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "data-width": "m"}),
        help_text=_("解約受付フォームのすべての画面と、お客様へのお知らせに載せます。"),
    )
    contact_hours = forms.CharField(
        label=_("電話の受付時間"), max_length=60, required=False
    )
    contact_url = forms.URLField(
        label=_("Webでの受付"), max_length=300, required=False, assume_scheme="https"
    )
    reasons_cancel = build_reasons_field(_("解約理由のID"))
    reasons_pause = build_reasons_field(_("休止理由のID"))
    pauses_from = forms.ChoiceField(
        label=_("休止のしかた"),
        choices=PauseBase.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    pause_days = forms.IntegerField(
        label=_("休止の日数"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_("日付に足すとき、お客様が日数を選ばなかった場合の日数です。"),
    )
    skips_by_interval = forms.BooleanField(
        label=_("スキップを、前回のお届け間隔を次回に足して行う"),
        required=False,
        widget=Switch,
        help_text=_("切のときは、カートの「スキップ」を使います。"),
    )
    offers_pause = forms.BooleanField(
        label=_("解約の前に「お休み」を案内する"), required=False, widget=Switch
    )
    offers_skip = forms.BooleanField(
        label=_("解約の前に「スキップ」を案内する"),
        required=False,
        widget=Switch,
        help_text=format_lazy(
            _(
                "解約できるお客様だけに、1画面だけ案内します。「解約を続ける」がいちばん上に、ほかと同じ大きさで出ます。"
                "閉じたときは{minutes}分後に解約を進めます。"
            ),
            minutes=MINUTES,
        ),
    )
    offer_text = forms.CharField(
        label=_("ご案内の文"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("解約できないと思わせる文は書かないでください。"),
    )
    offer_tag = forms.CharField(
        label=_("案内を選んだ会員に付けるタグ"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "tag-names", "autocomplete": "off"}),
        help_text=_(
            "解約をやめた会員（抑止）に付けます。まだない名前を入れると、新しいタグを作ります。空欄のときは付けません。"
        ),
    )
    evidence_days = forms.IntegerField(
        label=_("記録を残す日数"),
        min_value=30,
        max_value=1825,
        help_text=_("過ぎた記録と、申請に書かれた連絡先を消します。結果は残ります。"),
    )

    def clean_reasons_cancel(self) -> list[list[str]]:
        return self.clean_reasons("reasons_cancel")

    def clean_reasons_pause(self) -> list[list[str]]:
        return self.clean_reasons("reasons_pause")

    def clean_reasons(self, name: str) -> list[list[str]]:
        found, wrong = parse_reasons(self.cleaned_data[name])
        if wrong:
            raise ValidationError(
                gettext(
                    "「%(line)s」に理由IDがありません。「余っている＝3」のように入れてください。"
                )
                % {"line": wrong[:60]}
            )
        return found

    def clean_offer_tag(self) -> str:
        name: str = self.cleaned_data["offer_tag"]
        return clean_tag_name(name) if name.strip() else ""

    def clean_offer_text(self) -> str:
        text: str = self.cleaned_data["offer_text"]
        if denial := find_denial(text):
            raise ValidationError(
                gettext(
                    "「%(words)s」は、解約できないと思わせる文です。お客様は必ず解約を続けられます。その部分を消してください。"
                )
                % {"words": denial}
            )
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if bool(opens) != bool(closes) and not self.errors:
            self.add_error(
                "closes_at" if opens else "opens_at",
                gettext(
                    "始める時刻と終える時刻の片方だけです。両方入れるか、両方空欄にしてください。"
                ),
            )
        return cleaned

    groups = (
        (
            _("受け付けない場合"),
            (
                "days_before",
                "respects_obligation",
                "refuses_in_shipment",
                "refused_products",
            ),
        ),
        (_("休止とスキップ"), ("pauses_from", "pause_days", "skips_by_interval")),
        (_("カートの理由"), ("reasons_cancel", "reasons_pause")),
        (_("お断りの文"), tuple(f"text_{why}" for why in REFUSALS)),
        (_("ほかの受付方法"), ("contact_phone", "contact_hours", "contact_url")),
        (
            _("解約の前の案内"),
            ("offers_pause", "offers_skip", "offer_text", "offer_tag"),
        ),
        (
            _("実行とお知らせ"),
            (
                "opens_at",
                "closes_at",
                "tells_customers",
                "writes_memo",
                "evidence_days",
            ),
        ),
    )

    @property
    def values(self) -> dict[str, Any]:
        """Return what change_rules takes."""
        given = dict(self.cleaned_data)
        given["pause_days"] = given["pause_days"] or PAUSE_DAYS
        texts = {why: given.pop(f"text_{why}") for why in REFUSALS}
        offers = [kind for kind in OFFERS if given.pop(f"offers_{kind}")]
        own = {why: text for why, text in texts.items() if text}
        ids = {kind: given.pop(f"reasons_{kind}") for kind in WITH_REASONS}
        return {**given, "refusal_texts": own, "offers": offers, "reason_ids": ids}


def build_rules_initial(stored: RpaSettings) -> dict[str, Any]:
    """Return what the inputs show for what is stored."""
    found = {
        name: getattr(stored, name)
        for name in RulesForm.base_fields
        if hasattr(stored, name)
    }
    texts = {f"text_{why}": text for why, text in stored.refusal_texts.items()}
    reasons = {
        f"reasons_{kind}": write_reasons(stored.reason_ids.get(kind, []))
        for kind in WITH_REASONS
    }
    offers = {f"offers_{kind}": True for kind in stored.offers}
    tag = {"offer_tag": str(stored.offer_tag or "")}
    return found | tag | texts | reasons | offers
