"""What messages say, of every kind."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel


class Way(models.TextChoices):
    """By which channel a message of a step or a broadcast goes."""

    LINE = "line", _("LINE")
    MAIL = "mail", _("メール")
    # LINE for whom it reaches now, mail for the others.
    EITHER = "either", _("届くほう（LINEが先）")


class Content(TenantModel):
    """What a message says, one row per version. A version never changes: what was booked is what is sent."""

    class Kind(models.TextChoices):
        LINE = "line", _("LINE")
        MAIL = "mail", _("メール")

    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.LINE)
    # The first bubble of a LINE message; blank where it begins with another kind.
    text = models.TextField(_("本文"), max_length=5000)
    # The bubbles after it: messaging/content/bubbles.py.
    bubbles = models.JSONField(default=list, db_default=[])
    # Its links lead through our own redirect, one address a person.
    counts_links = models.BooleanField(default=False, db_default=False)
    # Of a mail: {"subject", "text", "mobile", "html"}; mobile and html may be blank.
    mail = models.JSONField(default=dict)
    # The public id of an attached form; forms live above.
    form_id = models.CharField(max_length=12, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
