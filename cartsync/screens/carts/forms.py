"""The settings of a cart: our own, and those its connector asks for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.kinds import get_connector_class
from cartsync.matching.match import check_line_ids
from cartsync.matching.preview import preview_matching_change
from cartsync.models import Cart, CartSubscription, CartTagRule
from console.forms import Need, SegmentedSelect, Switch, mark_needs
from members.attributes.definitions import get_archived_keys
from members.tags.names import clean_tag_name

TAG_INPUT = {"list": "tag-names", "autocomplete": "off", "data-width": "m"}


def clean_optional_tag(name: str) -> str:
    return clean_tag_name(name) if name.strip() else ""


class CartForm(forms.Form):
    name = forms.CharField(
        label=_("カート名"),
        max_length=60,
        help_text=_("この画面で見分けるための名前です。"),
    )
    frequency = forms.IntegerField(
        label=_("連携頻度（分）"),
        min_value=1,
        max_value=1440,
        initial=60,
        help_text=_("この間隔でカートの変更を読み込みます。1〜1440分で指定できます。"),
    )
    match_key = forms.ChoiceField(
        label=_("照合に使う項目"),
        choices=Cart.MatchKey.choices,
        widget=SegmentedSelect,
        initial=Cart.MatchKey.EMAIL,
        help_text=_("会員とカートの顧客で、この項目が1対1で一致したときに連携します。"),
    )
    uses_line_id = forms.BooleanField(
        label=_("LINE IDでも連携する"),
        required=False,
        widget=Switch,
        help_text=_(
            "カートが顧客のLINE IDを知っているとき、ほかの項目より先にLINE IDで連携します。"
            "カートのLINEログインが、このショップのLINEと同じプロバイダーのときだけ使えます。"
        ),
    )
    needs_order = forms.BooleanField(
        label=_("注文のある顧客だけを連携する"),
        required=False,
        widget=Switch,
        help_text=_(
            "オフのときは、注文のない顧客（会員登録だけの人など）も連携します。"
        ),
    )
    accepts_change = forms.BooleanField(
        label=_("内容を確かめたうえで、照合の設定を変える"), required=False
    )
    lock_days = forms.IntegerField(
        label=_("お届け日変更の締切（日前）"),
        min_value=0,
        max_value=60,
        required=False,
        help_text=_(
            "お届けの何日前まで次回お届け日を変更できるかです。空欄のときは締切を表示しません。"
        ),
    )
    tag = forms.CharField(
        label=_("連携したときに付けるタグ"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs=TAG_INPUT),
        help_text=_(
            "連携1回につき1度だけ付けます。まだない名前を入れると、新しいタグを作ります。"
        ),
    )
    untag_on_end = forms.BooleanField(
        label=_("連携が終わったらタグを外す"),
        required=False,
        widget=Switch,
        initial=True,
    )

    secrets: tuple[str, ...] = ()  # those of the connector that it cannot do without

    def __init__(self, *args: Any, cart: Cart | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cart = cart
        own = tuple(name for name in self.fields if name not in CartForm.base_fields)
        self.groups = (
            (_("接続"), ("name", *own)),
            (
                _("連携"),
                (
                    "frequency",
                    "match_key",
                    "uses_line_id",
                    "needs_order",
                    "accepts_change",
                    "lock_days",
                ),
            ),
            (_("タグ"), ("tag", "untag_on_end")),
        )
        if not cart:
            for name in self.secrets:
                self.ask_for_secret(self.fields[name])
        # There are no ids to compare before the cart was read.
        if not cart or not get_connector_class(cart.kind).knows_line_id:
            del self.fields["uses_line_id"]
        if not self.list_matching_changes():
            del self.fields["accepts_change"]

    @staticmethod
    def ask_for_secret(field: forms.Field) -> None:
        """Require a secret: of a new cart nothing is stored that could stay."""
        field.required = True
        field.help_text = _(
            "カートの管理画面で発行した値です。保存したあとは表示しません。"
        )
        field.error_messages["required"] = gettext(
            "%(label)sが入力されていません。カートの管理画面で発行して入れてください。"
        ) % {"label": field.label}

    def list_matching_changes(self) -> dict[str, Any]:
        """Return those of the settings that decide who is linked which the form changes, as it has them."""
        if not self.cart or not self.is_bound:
            return {}
        given: dict[str, Any] = {
            name: bool(self.data.get(name))
            for name in ("uses_line_id", "needs_order")
            if name in self.fields
        }
        if self.data.get("match_key") in Cart.MatchKey.values:
            given["match_key"] = self.data["match_key"]
        return {
            name: value
            for name, value in given.items()
            if value != getattr(self.cart, name)
        }

    def clean_tag(self) -> str:
        return clean_optional_tag(self.cleaned_data["tag"])

    def clean_match_key(self) -> str:
        key: str = self.cleaned_data["match_key"]
        if key in get_archived_keys() and key != (self.cart and self.cart.match_key):
            words = gettext(
                "「%(name)s」は会員情報項目で保管されています。復元してから選んでください。"
            )
            raise ValidationError(words % {"name": Cart.MatchKey(key).label})
        return key

    def clean_accepts_change(self) -> bool:
        """Refuse a change of who is linked until its numbers were shown and accepted."""
        if not self.cleaned_data["accepts_change"] and self.cart:
            change = preview_matching_change(self.cart, **self.list_matching_changes())
            raise ValidationError(
                gettext(
                    "変えると、新しく%(added)s件が連携します。いまの連携%(kept)s件は新しい設定でも一致し、"
                    "%(unsupported)s件は一致しませんが、連携はどちらも続きます。よければチェックを入れて保存してください。"
                ),
                params={
                    "added": f"{change.added:,}",
                    "kept": f"{change.kept:,}",
                    "unsupported": f"{change.unsupported:,}",
                },
            )
        return True

    def clean_uses_line_id(self) -> bool:
        """Refuse LINE ids of another provider: none of them is a friend's."""
        wanted = bool(self.cleaned_data["uses_line_id"])
        if not wanted or not self.cart or self.cart.uses_line_id:
            return wanted
        found = check_line_ids(self.cart)
        if not found.ours:
            raise ValidationError(
                gettext(
                    "カートのLINE ID %(known)s件のうち、このショップの友だちと同じものがありません。"
                    "カートのLINEログインのチャネルが、同じプロバイダーのものかを確かめてください。"
                ),
                params={"known": found.known},
            )
        return True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        # A stored secret goes where it was meant for: whoever may change the address must not learn it.
        moved = self.cart and cleaned.get("base_url") not in (None, self.cart.base_url)
        for name in self.secrets if moved else ():
            if not cleaned.get(name) and name not in self.errors:
                message = gettext(
                    "接続先URLを変えるときは、%(label)sも必要です。新しい接続先の値を入れてください。"
                )
                self.add_error(name, message % {"label": self.fields[name].label})
        return cleaned


def build_cart_form(kind: str, *args: Any, **kwargs: Any) -> CartForm:
    """Build the form for a cart of this kind: our fields and the connector's."""
    connector = get_connector_class(kind)
    needed = connector.secret_fields - connector.optional_secrets
    secrets = tuple(
        name for name in connector.settings_form.base_fields if name in needed
    )
    made: type[CartForm] = type(
        "CartForm", (CartForm, connector.settings_form), {"secrets": secrets}
    )
    return made(*args, **kwargs)


def build_cart_initial(cart: Cart) -> dict[str, Any]:
    """Return what the form shows of a cart; never its secrets."""
    shown = (
        "name",
        "frequency",
        "match_key",
        "uses_line_id",
        "needs_order",
        "lock_days",
        "untag_on_end",
    )
    hidden = get_connector_class(cart.kind).secret_fields
    own = {name: value for name, value in cart.settings.items() if name not in hidden}
    return {name: getattr(cart, name) for name in shown} | {
        "tag": str(cart.linked_tag or ""),
        **own,
    }


class RuleForm(forms.Form):
    """One of the three counts, compared with a value of its own kind."""

    measure = forms.ChoiceField(
        label=_("数えるもの"), choices=CartTagRule.Measure.choices
    )
    op = forms.ChoiceField(label=_("条件"), choices=CartTagRule.Op.choices)
    number = forms.IntegerField(
        label=_("回数"),
        min_value=0,
        max_value=9999,
        required=False,
        help_text=_("購入回数と定期回数のときに使います。"),
    )
    state = forms.ChoiceField(
        label=_("定期の状態"),
        choices=CartSubscription.State.choices,
        required=False,
        help_text=_("数えるものが「定期の状態」のときに使います。"),
    )
    tag = forms.CharField(
        label=_("付けるタグ"), max_length=100, widget=forms.TextInput(attrs=TAG_INPUT)
    )
    takes_off = forms.BooleanField(
        label=_("当てはまらなくなったらタグを外す"),
        required=False,
        widget=Switch,
        initial=True,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of the two is asked for; the help says when.
        mark_needs(self, number=Need.SILENT, state=Need.SILENT)

    def clean_tag(self) -> str:
        return clean_optional_tag(self.cleaned_data["tag"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("measure") == CartTagRule.Measure.SUBSCRIPTION_STATE:
            if not cleaned.get("state"):
                self.add_error(
                    "state",
                    gettext("定期の状態が選ばれていません。1つ選んでください。"),
                )
            cleaned["op"], cleaned["value"] = (
                CartTagRule.Op.EXACTLY,
                cleaned.get("state", ""),
            )
        else:
            if cleaned.get("number") is None and "number" not in self.errors:
                self.add_error(
                    "number",
                    gettext("回数が入力されていません。0〜9999の数を入れてください。"),
                )
            cleaned["value"] = str(cleaned.get("number"))
        return cleaned
