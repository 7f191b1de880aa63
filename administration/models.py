"""What the platform keeps of its shops. Outside row-level security: read over all shops, no data of any customer."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from operators.models import Operator
from tenants.models import Plan, Tenant


class Application(models.Model):
    """正式利用の申し込み: an owner asks for a plan; somebody of the platform accepts or declines it."""

    class State(models.TextChoices):
        OPEN = "open", _("審査中")
        ACCEPTED = "accepted", _("承認済み")
        DECLINED = "declined", _("見送り")

    shop = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    plan = models.ForeignKey(
        Plan, verbose_name=_("プラン"), on_delete=models.PROTECT, related_name="+"
    )
    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    company = models.CharField(_("会社名・屋号"), max_length=100)
    contact = models.CharField(_("ご担当者名"), max_length=100)
    email = models.EmailField(_("連絡先メールアドレス"))
    phone = models.CharField(_("電話番号"), max_length=40, blank=True)
    note = models.TextField(_("ご要望"), max_length=1000, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    # What was told to the shop with the decision.
    answer = models.TextField(_("ショップへの返事"), max_length=1000, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        Operator, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop"],
                name="application_one_open",
                condition=models.Q(state="open"),
            )
        ]
        indexes = [
            models.Index(fields=["state", "-made_at"], name="application_newest")
        ]


class ShopDay(models.Model):
    """What one shop held and sent on one day, written by its own nightly job: counts alone."""

    shop = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    members = models.PositiveIntegerField()
    friends = models.PositiveIntegerField()
    operators = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "day"], name="shopday_once")
        ]


class ShopMove(models.Model):
    """One move of a shop out of this cell: how far it came. Written by the command (administration/cells/progress.py).

    It stays where the shop was: neither the command's addresses nor anything of a customer stands in it.
    """

    class Outcome(models.TextChoices):
        UNDER_WAY = "", _("移動中")
        MOVED = "moved", _("移動済み")
        STAYED = "stayed", _("このセルに残りました")

    shop = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="moves")
    # The last of administration.cells.move.STEPS that was reached, "" before the first.
    step = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=6, choices=Outcome.choices, blank=True)
    # Why it stayed.
    note = models.CharField(max_length=300, blank=True)
    begun_at = models.DateTimeField()
    step_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shop"],
                name="shopmove_one_under_way",
                condition=models.Q(outcome=""),
            )
        ]
        indexes = [models.Index(fields=["shop", "-begun_at"], name="shopmove_newest")]


class PlanChange(models.Model):
    """What somebody of the platform changed of a plan, for every shop that has it."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="changes")
    operator = models.ForeignKey(
        Operator, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Field → [before, after].
    values = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["plan", "-at"], name="planchange_newest"),
        ]
