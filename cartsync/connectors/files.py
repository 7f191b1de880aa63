"""A cart whose data come as CSV files that an operator uploads; which column is what stays saved with the cart."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cartsync.connectors.base import Connector, Page, Resource, Window
from cartsync.connectors.forms import CustomerPageForm
from cartsync.connectors.generic.settings import ALLOWED, read_mapping

# What a file cannot do without: the time of the change is that of the upload where no column tells it. An order without
# its own time would look new and start step messages, however old it is.
NEEDED = {
    "customers": ("external_id",),
    "orders": ("external_id", "customer_id", "ordered_at"),
    "subscriptions": ("external_id", "customer_id"),
}
HELP = _(
    "1行に1つ、「項目 = CSVの見出し」の形で入れます。2つの列をつなぐときは + で区切ります。空欄のときは取り込みません。"
)


def make_columns_field(label: Any, initial: str) -> forms.CharField:
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


class FilesSettings(CustomerPageForm):
    """Which column of the shop's files is what."""

    customers_fields = make_columns_field(
        _("顧客の列"),
        "external_id = 顧客ID\nname = 氏名\nemail = メールアドレス\nphone = 電話番号",
    )
    orders_fields = make_columns_field(
        _("受注の列"),
        "external_id = 受注番号\ncustomer_id = 顧客ID\nnumber = 受注番号\nstate = 入金状況\ntotal = 合計金額\n"
        "ordered_at = 受注日時",
    )
    subscriptions_fields = make_columns_field(_("定期の列"), "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, needed in NEEDED.items():
            mapping = read_mapping(cleaned.get(f"{name}_fields", ""))
            if not mapping:
                continue
            allowed = ALLOWED[name][0]
            if unknown := [field for field in mapping if field not in allowed]:
                words = gettext(
                    "項目「%(field)s」はありません。使える項目：%(allowed)s"
                )
                values = {"field": unknown[0], "allowed": "、".join(allowed)}
                self.add_error(f"{name}_fields", ValidationError(words, params=values))
            if missing := [field for field in needed if not mapping.get(field)]:
                words = gettext(
                    "項目「%(field)s」が指定されていません。CSVの見出しを入れてください。"
                )
                values = {"field": missing[0]}
                self.add_error(f"{name}_fields", ValidationError(words, params=values))
        return cleaned


class Files(Connector):
    """Nothing is read from anywhere: a poll only links what the files brought."""

    label = _("ファイル（CSV）")
    needs = _(
        "APIのないカートから書き出したCSVファイルを取り込みます。接続は必要ありません。"
    )
    doc = "connectors.md"
    settings_form = FilesSettings
    capabilities = frozenset()
    secret_fields = frozenset()
    keys = ()
    knows_line_id = True
    takes_files = True
    sold_words = _("「売上完了」に当たる言葉の受注（この画面で選びます）")

    def read(self, resource: Resource, window: Window, cursor: str) -> Page:
        return Page((), "", complete=True)

    def check(self) -> int | None:
        return None
