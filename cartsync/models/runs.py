"""The polls of a cart, one row each."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.models.carts import Cart
from cartsync.models.querysets import SyncRunQuerySet
from tenants.models import TenantManager, TenantModel


class SyncRun(TenantModel):
    """One poll: opened before the first call, closed after the last."""

    class Outcome(models.TextChoices):
        RUNNING = "running", _("実行中")
        SUCCESS = "success", _("成功")
        PARTIAL = "partial", _("途中まで（続けて読み込みます）")
        INTERRUPTED = "interrupted", _("中断（やり直します）")
        INCOMPLETE = "incomplete", _("不完全（読み直します）")
        TRY_LATER = "try_later", _("失敗（再試行します）")
        FIX_SETTINGS = "fix_settings", _("失敗（設定の確認が必要です）")

    FAILED = (Outcome.INCOMPLETE, Outcome.TRY_LATER, Outcome.FIX_SETTINGS)

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="runs", db_index=False
    )
    started_at = models.DateTimeField()
    # When the reading began that this run ends or continues: once it succeeds, everything that changed before is read.
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=12, choices=Outcome.choices, default=Outcome.RUNNING
    )
    customers = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    subscriptions = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects = TenantManager.from_queryset(SyncRunQuerySet)()  # type: ignore[misc]

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "cart", "-started_at"], name="syncrun_newest"
            )
        ]
