"""検索条件設定: by what a customer is searched at the cart, and how sure that must be."""

from django.db import models
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from members.models import Tag
from members.models.fields import LazyText, UsedKey
from tenants.models import TenantModel


class SearchKey(models.TextChoices):
    """By what a customer is searched; the names of the form's ticks and of a request's values."""

    NAME = "name", _("氏名")
    PHONE = "phone", _("電話番号")
    EMAIL = "email", _("メールアドレス")


def build_default_order() -> list[str]:
    return [SearchKey.EMAIL, SearchKey.PHONE, SearchKey.NAME]


def build_default_ticks() -> list[str]:
    return [SearchKey.EMAIL]


class PauseBase(models.TextChoices):
    """From which delivery the days of a 休止 are counted; "" for the cart's own 停止."""

    CART = "", _("カートの「停止」にする")
    NEXT = "next", _("次回のお届け日に、選ばれた日数を足す")
    PREVIOUS = "previous", _("前回のお届け日に、選ばれた日数を足す")


class RpaSettings(TenantModel):
    """The one search setting of a shop. ``order`` holds all three keys, ``ticked`` those that count."""

    class Mode(models.TextChoices):
        ALL = "all", _("すべて")
        ANY = "any", _("いずれか")

    order = models.JSONField(default=build_default_order)
    ticked = models.JSONField(default=build_default_ticks)
    mode = models.CharField(max_length=3, choices=Mode.choices, default=Mode.ANY)
    compares_product_name = models.BooleanField(_("商品名を照合する"), default=True)
    compares_product_code = models.BooleanField(_("商品コードを照合する"), default=True)

    # 試行: everything but the change itself. Live only by somebody with that right.
    is_live = models.BooleanField(_("本番で実行する"), default=False)
    # 強制停止: nothing new is sent to any cart; what waits goes on with スタート.
    stopped_at = models.DateTimeField(null=True)
    days_before = models.PositiveSmallIntegerField(
        _("次回お届け日の何日前まで受け付けるか"), default=0
    )
    respects_obligation = models.BooleanField(_("定期縛りを守る"), default=True)
    refuses_in_shipment = models.BooleanField(
        _("発送準備中は受け付けない"), default=True
    )
    opens_at = models.TimeField(_("実行を始める時刻"), null=True)
    closes_at = models.TimeField(_("実行を終える時刻"), null=True)
    # The customer hears each turn by LINE or mail; never in a rehearsal.
    tells_customers = models.BooleanField(_("お客様へ経過を知らせる"), default=True)
    # A line at the end of the cart's own memo, where its API has one.
    writes_memo = models.BooleanField(
        _("カートのメモに記録する"), default=False, db_default=False
    )
    # What customers choose as a reason → its id at the cart: {"cancel": [["余っている", "3"], …], "pause": …}.
    reason_ids = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )
    # 休止 and スキップ: the cart's own, or another date of the next delivery.
    pauses_from = models.CharField(
        _("休止のしかた"),
        max_length=8,
        choices=PauseBase.choices,
        blank=True,
        default="",
        db_default="",
    )
    pause_days = models.PositiveSmallIntegerField(
        _("休止の日数"), default=30, db_default=30
    )
    skips_by_interval = models.BooleanField(
        _("スキップを前回のお届け間隔で行う"), default=False, db_default=False
    )
    # 引き止め: what is offered instead of cancelling, kinds of a request; [] for no such screen.
    offers = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )
    offer_text = models.TextField(
        _("ご案内の文"), max_length=500, blank=True, default="", db_default=""
    )
    # 抑止: put on the member who takes the offer; None for no tag.
    offer_tag = UsedKey(
        Tag,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        used_as=_("解約の前の案内を選んだときのタグ"),
    )
    # How else a customer can cancel: on every page and in every message.
    contact_phone = models.CharField(
        _("お電話での受付"), max_length=40, blank=True, default="", db_default=""
    )
    contact_hours = models.CharField(
        _("電話の受付時間"), max_length=60, blank=True, default="", db_default=""
    )
    contact_url = models.CharField(
        _("Webでの受付"), max_length=300, blank=True, default="", db_default=""
    )
    # A product a line: of these nothing is done by the robot.
    refused_products = models.TextField(
        _("受け付けない商品"), max_length=2000, blank=True, default="", db_default=""
    )
    # The shop's own words to the customer, by the code of the refusal.
    refusal_texts = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField())
    )
    evidence_days = models.PositiveSmallIntegerField(_("記録を残す日数"), default=180)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="rpasettings_once")
        ]

    def usage_name(self) -> str:
        return gettext("RPAの基本設定")

    def usage_url(self) -> LazyText:
        return reverse_lazy("rpa:settings")

    @property
    def conditions(self) -> list[str]:
        """The ticked keys in their order: 第1条件, 第2条件, 第3条件."""
        return [key for key in self.order if key in self.ticked]

    @classmethod
    def load(cls) -> "RpaSettings":
        """Return the shop's settings; those that every shop begins with while nothing is stored."""
        return cls.objects.first() or cls()
