"""The settings of a cart with a REST API: where its rows are, how they come page by page, and what its fields are."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.forms import ConnectorForm, SecretTextField, clean_origin

FIELDS: dict[str, str | Promise] = {
    "external_id": _("ID"), "customer_id": _("顧客ID"), "number": _("番号"), "name": _("氏名"), "kana": _("フリガナ"),
    "email": _("メールアドレス"), "phone": _("電話番号"), "state": _("状態"), "changed_at": _("更新日時"),
    "line_id": _("LINEのユーザーID"), "points": _("ポイント"), "total": _("合計"), "ordered_at": _("注文日時"),
    "times": _("定期回数"), "product": _("商品"), "sku": _("商品番号"), "shipped_at": _("発送日時"),
    "tracking_number": _("送り状番号"), "payment_method": _("決済方法"), "next_at": _("次回お届け"),
    "cycle": _("お届け周期"),
}  # fmt: skip
OF_CUSTOMERS = (
    "external_id", "number", "name", "kana", "email", "phone", "state", "changed_at", "line_id", "points",
)  # fmt: skip
OF_ORDERS = (
    "external_id", "customer_id", "number", "state", "changed_at", "ordered_at", "total", "times", "product", "sku",
    "shipped_at", "tracking_number", "payment_method",
)  # fmt: skip
OF_SUBSCRIPTIONS = (
    "external_id", "customer_id", "number", "state", "changed_at", "product", "times", "next_at", "cycle",
)  # fmt: skip
ALLOWED = {
    "customers": (OF_CUSTOMERS, ("external_id", "changed_at")),
    "orders": (OF_ORDERS, ("external_id", "customer_id", "changed_at")),
    "subscriptions": (OF_SUBSCRIPTIONS, ("external_id", "customer_id", "changed_at")),
}
HELP = _(
    "1行に1つ、「項目 = カートの項目」の形で入れます。入れ子は . で、2つをつなぐときは + で区切ります。"
)


def read_mapping(text: str) -> dict[str, str]:
    """Return {our field: the cart's path} of lines such as ``email = contact.mail``."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {ours.strip(): theirs.strip() for ours, _equals, theirs in pairs}


def make_path_field(label: Any, required: bool = False) -> forms.CharField:
    help_text = "" if required else _("空欄のときは読み込みません。")
    return forms.CharField(
        label=label, max_length=200, required=required, help_text=help_text
    )


def make_mapping_field(label: Any, initial: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=3000,
        required=False,
        initial=initial,
        help_text=HELP,
        widget=forms.Textarea(
            attrs={"rows": 6, "spellcheck": "false", "data-width": "full"}
        ),
    )


class GenericSettings(ConnectorForm):
    """What the shop knows of its cart from the cart's own reference."""

    field_order = ("base_url", "auth_header", "auth_prefix", "token")
    auth_header = forms.RegexField(
        r"\A[A-Za-z0-9-]{1,60}\Z",
        label=_("認証ヘッダー名"),
        initial="Authorization",
        help_text=_("例：Authorization、X-Api-Key"),
    )
    auth_prefix = forms.CharField(
        label=_("値の前に付ける言葉"),
        max_length=40,
        required=False,
        initial="Bearer",
        help_text=_("例：Bearer。何も付けないときは空欄にします。"),
    )
    token = SecretTextField(label=_("APIトークン"))
    customers_path = make_path_field(_("顧客のパス"), required=True)
    customers_fields = make_mapping_field(
        _("顧客の項目"),
        "external_id = id\nname = name\nemail = email\nphone = phone\nchanged_at = updated_at",
    )
    orders_path = make_path_field(_("受注のパス"))
    orders_fields = make_mapping_field(
        _("受注の項目"),
        "external_id = id\ncustomer_id = customer_id\nnumber = number\nchanged_at = updated_at",
    )
    subscriptions_path = make_path_field(_("定期のパス"))
    subscriptions_fields = make_mapping_field(
        _("定期の項目"),
        "external_id = id\ncustomer_id = customer_id\nstate = status\nchanged_at = updated_at",
    )
    rows_path = forms.CharField(
        label=_("行の入っている場所"),
        max_length=100,
        initial="data",
        help_text=_("応答のどこに行の一覧があるかです。例：data、result.list"),
    )
    total_path = forms.CharField(
        label=_("件数の入っている場所"),
        max_length=100,
        required=False,
        help_text=_(
            "全体の件数です。入れると、届いた件数と違うときに「不完全」と分かります。例：meta.total"
        ),
    )
    paging = forms.ChoiceField(
        label=_("ページ送り"),
        choices=[
            ("page", _("ページ番号（1から）")),
            ("offset", _("開始位置（0から）")),
            ("cursor", _("次のページの印（カーソル）")),
        ],
    )
    page_param = forms.CharField(
        label=_("ページ送りのパラメータ名"), max_length=60, initial="page"
    )
    cursor_path = forms.CharField(
        label=_("次のページの印の場所"),
        max_length=100,
        required=False,
        help_text=_("ページ送りがカーソルのときに使います。例：meta.next_cursor"),
    )
    size_param = forms.CharField(
        label=_("1ページの件数のパラメータ名"),
        max_length=60,
        required=False,
        initial="limit",
    )
    size = forms.IntegerField(
        label=_("1ページの件数"), min_value=1, max_value=1000, initial=100
    )
    since_param = forms.CharField(
        label=_("更新日時（から）のパラメータ名"),
        max_length=60,
        required=False,
        help_text=_("空欄のときは毎回すべて読み込み、期間に入るものだけを使います。"),
    )
    until_param = forms.CharField(
        label=_("更新日時（まで）のパラメータ名"), max_length=60, required=False
    )
    time_format = forms.ChoiceField(
        label=_("日時の形式"),
        choices=[
            ("iso", "2026-11-30T09:00:00+09:00"),
            ("slashes", "2026/11/30 09:00:00"),
        ],
    )

    def clean_base_url(self) -> str:
        """Return the address with its path: an API may lie below one."""
        address = self.cleaned_data["base_url"]
        return clean_origin(address) + urlsplit(address).path.rstrip("/")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ALLOWED:
            self._check_resource(name, cleaned)
        if cleaned.get("paging") == "cursor" and not cleaned.get("cursor_path"):
            words = gettext(
                "次のページの印の場所が入力されていません。例：meta.next_cursor"
            )
            self.add_error("cursor_path", words)
        return cleaned

    def _check_resource(self, name: str, cleaned: dict[str, Any]) -> None:
        """Check the path and the fields of one resource."""
        path = cleaned.get(f"{name}_path")
        if not path:
            return
        if not path.startswith("/") or any(c in path for c in "?# \\"):
            words = gettext("「/」で始まるパスではありません。例：/api/v1/customers")
            self.add_error(f"{name}_path", words)
        allowed, needed = ALLOWED[name]
        mapping = read_mapping(cleaned.get(f"{name}_fields", ""))
        if unknown := [field for field in mapping if field not in allowed]:
            words = gettext("項目「%(field)s」はありません。使える項目：%(allowed)s")
            values = {"field": unknown[0], "allowed": "、".join(allowed)}
            self.add_error(f"{name}_fields", ValidationError(words, params=values))
        if missing := [field for field in needed if not mapping.get(field)]:
            words = gettext(
                "項目「%(field)s」が指定されていません。カートの項目を入れてください。"
            )
            self.add_error(
                f"{name}_fields", ValidationError(words, params={"field": missing[0]})
            )
