"""営業日カレンダー: on which days a shop works, and until when an order counts for the same day."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel

MOST_SHIPPING_DAYS = 60


class BusinessCalendar(TenantModel):
    """The rules of the shop's one calendar. Days of their own stand in ``CalendarDay``."""

    # Digits of the weekdays without work, Monday is 0.
    closed_weekdays = models.CharField(
        _("休みの曜日"), max_length=7, blank=True, default="56"
    )
    closed_on_holidays = models.BooleanField(_("祝日を休みにする"), default=True)
    # None: an order counts for the day on which it came, whenever that was.
    cutoff = models.TimeField(_("締め時間"), null=True, default=None)
    count_from_closed_day = models.BooleanField(
        _("休業日に届いた注文は、休業日から数える"), default=False
    )
    shipping_days = models.PositiveSmallIntegerField(
        _("出荷日（営業日）"),
        default=1,
        validators=[MaxValueValidator(MOST_SHIPPING_DAYS)],
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="businesscalendar_one")
        ]


class CalendarDay(TenantModel):
    """A day on which the shop works, or doesn't, against the rules."""

    day = models.DateField()
    is_open = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "day"], name="calendarday_once")
        ]
