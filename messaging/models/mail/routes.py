"""Which mail account writes to which addresses: the shop's rules, by the recipient's domain."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from messaging.models.senders import MailAccount
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class MailRoute(TenantModel):
    """送信元の振り分け: mails to the domain and to those below it go out from the account; of several the first."""

    public_id = PublicIdField()
    domain = models.CharField(_("宛先のドメイン"), max_length=253)
    account = models.ForeignKey(
        MailAccount, on_delete=models.CASCADE, related_name="routes"
    )
    position = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="mailroute_public_id"
            ),
            models.UniqueConstraint(fields=["tenant", "domain"], name="mailroute_once"),
        ]

    def __str__(self) -> str:
        return self.domain
