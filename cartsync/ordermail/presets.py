"""The malls and carts of which a mask can be begun. None is proven: each is 未検証 until it read a real mail.

Names: the systems that follow-mail services of this market list. The anchors are what their ordinary templates are
known to say (EC-CUBE's from its public source); a shop edits its mails, so each is a beginning and no promise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cartsync.ordermail.values import MailField

F = MailField
Anchors = Mapping[MailField, tuple[str, str]]
BRACKETS: Anchors = {
    F.NUMBER: ("[受注番号]", ""),
    F.ORDERED_AT: ("[日時]", ""),
    F.NAME: ("[注文者]", "様"),
    F.EMAIL: ("メールアドレス", ""),
    F.PRODUCTS: ("[商品]", "小計"),
    F.TOTAL: ("支払い金額", ""),
}
COLONS: Anchors = {
    F.NUMBER: ("ご注文番号：", ""),
    F.ORDERED_AT: ("ご注文日時：", ""),
    F.NAME: ("お名前：", "様"),
    F.EMAIL: ("メールアドレス：", ""),
    F.PHONE: ("電話番号：", ""),
    F.PRODUCTS: ("商品名：", ""),
    F.TOTAL: ("お支払い合計：", ""),
}
PLAIN: Anchors = {
    F.NUMBER: ("注文番号：", ""),
    F.ORDERED_AT: ("注文日時：", ""),
    F.NAME: ("注文者名：", "様"),
    F.EMAIL: ("メールアドレス：", ""),
    F.PHONE: ("電話番号：", ""),
    F.PRODUCTS: ("商品名：", ""),
    F.TOTAL: ("合計金額：", ""),
}
SHIPPED: Anchors = {
    F.NUMBER: ("注文番号：", ""),
    F.NAME: ("お名前：", "様"),
    F.EMAIL: ("メールアドレス：", ""),
}


@dataclass(frozen=True)
class MaskPreset:
    """What a new mask begins with. ``note`` says what to know before using it."""

    key: str
    label: str | Promise
    kind: str = "order"
    subject_part: str = ""
    anchors: Anchors = field(default_factory=lambda: PLAIN)
    note: str | Promise = ""


PRESETS = (
    MaskPreset("rakuten", _("楽天市場"), subject_part="注文内容ご確認", anchors=BRACKETS,
               note=_("お客さまのアドレスは、あんしんメルアドのまま読み取ります。返信には楽天に登録したメールアカウントが必要です。")),
    MaskPreset("gnavi", _("ぐるなび食市場"), subject_part="注文"),
    MaskPreset("dena", _("DeNAショッピング"), subject_part="注文"),
    MaskPreset("yahoo", _("Yahoo!ショッピング"), subject_part="注文確認", anchors=PLAIN),
    MaskPreset("amazon", _("Amazon"), kind="shipped", subject_part="発送", anchors=SHIPPED,
               note=_("Amazonの注文メールには、お客さまのアドレスがありません。受注一括処理システムなどから送る出荷完了メールで使います。")),
    MaskPreset("shopserve", _("ショップサーブ"), subject_part="注文", anchors=COLONS),
    MaskPreset("makeshop", _("メイクショップ"), subject_part="注文", anchors=PLAIN),
    MaskPreset("colorme", _("カラーミーショップ"), subject_part="注文", anchors=PLAIN),
    MaskPreset("futureshop", _("FutureShop"), subject_part="注文", anchors=COLONS),
    MaskPreset("ochanoko", _("おちゃのこネット"), subject_part="注文", anchors=PLAIN),
    MaskPreset("kishindo", _("喜信堂ネットリンク"), subject_part="注文"),
    MaskPreset("iship", _("アイシップ"), subject_part="注文"),
    MaskPreset("eshops2", _("e-shopsカート2"), subject_part="注文"),
    MaskPreset("eccube", _("EC-CUBE"), subject_part="注文", anchors=COLONS),
)  # fmt: skip
BY_KEY = {preset.key: preset for preset in PRESETS}
