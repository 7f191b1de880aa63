"""Who a shop's advertising mails are from, as the law wants it said in each of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel


class MailFooter(TenantModel):
    """送信者の表示: name, postal address and contact at the end of every advertising mail (特定電子メール法 第4条)."""

    name = models.CharField(_("送信者の名前"), max_length=100)
    postal_address = models.CharField(_("送信者の住所"), max_length=200)
    contact = models.CharField(_("苦情・問い合わせの連絡先"), max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="mailfooter_one")
        ]
