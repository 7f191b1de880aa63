"""How far the friends got, day by day, and why those who are not linked are not."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member
from tenants.models import TenantModel


class FunnelDay(TenantModel):
    """The friends of one day, by how far they got: counted each hour, and the last count of a day stays."""

    day = models.DateField()
    counted_at = models.DateTimeField()
    friends = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "day"], name="funnelday_once")
        ]


class UnlinkedReason(TenantModel):
    """Why a known member is not linked, as it was found last: for counting and finding, not for the member's page.

    ``base`` is what a set-based statement finds; ``code`` is what is shown: a near miss or a mistyped address, which
    are looked up one by one, or the base.
    """

    class Code(models.IntegerChoices):
        """Of several carts' reasons the lowest counts: the one that asks most of a person."""

        CUSTOMERS = 1, _("カートに同じ顧客が2人以上")
        TAKEN = 2, _("顧客は別の会員と連携済み")
        MEMBERS = 3, _("同じ会員が2人以上")
        NEAR = 4, _("惜しい一致がある")
        GONE = 5, _("カートの顧客が退会・ビジター")
        ENDED = 6, _("一度連携を終えた顧客")
        TYPO = 7, _("メールアドレスの書き間違いらしい")
        NO_KEY = 8, _("照合に使う項目が未回答")
        DOWN = 9, _("カートが応答していない")
        WAITING = 10, _("連携待ち")
        NOT_FOUND = 11, _("カートに同じ顧客がいない")
        NO_CART = 12, _("カートが登録されていない")

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    base = models.PositiveSmallIntegerField(choices=Code.choices)
    code = models.PositiveSmallIntegerField(choices=Code.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member"], name="unlinkedreason_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "code", "member"], name="unlinkedreason_code"
            )
        ]
