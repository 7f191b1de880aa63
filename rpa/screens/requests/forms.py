"""A request that an operator enters for a customer."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.models import Cart
from console.forms import DateInput
from members.normalize.emails import clean_email
from members.normalize.phones import clean_phone
from rpa.models import CancellationRequest, RpaSettings, SearchKey
from rpa.requests.plan import can_serve

Kind = CancellationRequest.Kind


class RequestForm(forms.Form):
    cart = forms.ChoiceField(label=_("カート"))
    kind = forms.ChoiceField(label=_("種類"), choices=Kind.choices)
    name = forms.CharField(label=_("氏名"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("電話番号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "data-width": "m"}),
    )
    email = forms.CharField(
        label=_("メールアドレス"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "data-width": "l"}),
    )
    product = forms.CharField(
        label=_("商品名"),
        max_length=200,
        required=False,
        help_text=_("空欄のときは、続いている定期が1つだけの顧客に限って進めます。"),
    )
    product_code = forms.CharField(
        label=_("商品コード"), max_length=100, required=False
    )
    wanted_date = forms.DateField(
        label=_("希望日"),
        required=False,
        widget=DateInput,
        help_text=_("「次回お届け日の変更」のときに入れてください。"),
    )
    every_days = forms.IntegerField(
        label=_("周期・お休みの日数（日）"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_(
            "「お届け周期の変更」のときに入れてください。日付を動かす「休止」では、空欄なら基本設定の日数です。"
        ),
    )
    reason = forms.CharField(label=_("理由"), max_length=200, required=False)

    groups = (
        (_("申請の内容"), ("cart", "kind", "product", "product_code", "wanted_date", "every_days", "reason")),
        (_("お客様"), ("name", "phone", "email")),
    )  # fmt: skip

    def __init__(self, *args: Any, settings: RpaSettings, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.settings = settings
        self.carts = {
            each.public_id: each for each in Cart.objects.active().order_by("name")
        }
        self.fields["cart"].choices = [  # type: ignore[attr-defined]
            (key, each.name) for key, each in self.carts.items()
        ]

    def clean_cart(self) -> Cart:
        return self.carts[self.cleaned_data["cart"]]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return clean_email(self.cleaned_data["email"])

    def clean_wanted_date(self) -> Any:
        day = self.cleaned_data["wanted_date"]
        if day and day <= timezone.localdate():
            raise ValidationError(
                gettext("今日までの日付です。明日からの日付を入れてください。")
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, cart = cleaned.get("kind"), cleaned.get("cart")
        if kind and cart and not can_serve(cart, kind, self.settings):
            self.add_error(
                "kind",
                gettext(
                    "このカートは「%(kind)s」に対応していません。別の種類を選ぶか、カートの管理画面で操作してください。"
                )
                % {"kind": Kind(kind).label},
            )
        if kind == Kind.NEXT_DATE and not cleaned.get("wanted_date"):
            self.require(
                "wanted_date",
                gettext("希望日が入力されていません。日付を入れてください。"),
            )
        if kind == Kind.CHANGE_CYCLE and not cleaned.get("every_days"):
            self.require(
                "every_days",
                gettext("周期が入力されていません。日数を入れてください。"),
            )
        searched = self.settings.conditions
        if not any(cleaned.get(key) or key in self.errors for key in searched):
            labels = gettext("、").join(str(SearchKey(key).label) for key in searched)
            self.require(
                searched[0],
                gettext(
                    "検索に使う項目（%(keys)s）がどれも入力されていません。1つ以上入れてください。"
                )
                % {"keys": labels},
            )
        return cleaned

    def require(self, field: str, text: str) -> None:
        if field not in self.errors:
            self.add_error(field, text)

    @property
    def values(self) -> dict[str, Any]:
        """Return what receive_request takes."""
        cleaned = dict(self.cleaned_data)
        if cleaned["kind"] != Kind.NEXT_DATE:
            cleaned["wanted_date"] = None
        given = {key: cleaned.pop(key) for key in SearchKey.values}
        return {**cleaned, "given": given}


class CloseForm(forms.Form):
    """How a person ends a request."""

    how = forms.ChoiceField(
        label=_("終え方"),
        choices=[("done", _("カートで手作業で対応した")), ("not", _("対応しない"))],
        widget=forms.RadioSelect,
        initial="done",
    )
    note = forms.CharField(label=_("メモ"), max_length=300, required=False)
