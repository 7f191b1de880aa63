"""自動返信メール: the mail that a form sends to who answered it, and the help desk's copy."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from forms_builder.models.form import Form
from tenants.models import TenantModel


class FormMail(TenantModel):
    """The mail of one form. Its texts may name answers by the labels of their questions: {お名前}.

    ``mobile``: the text for carrier phones, which get ``text`` where it is blank. ``copies``: whether the shop's help
    desk gets the same mail.
    """

    form = models.OneToOneField(Form, on_delete=models.CASCADE, related_name="mail")
    is_on = models.BooleanField(_("自動返信メールを送る"), default=False)
    subject = models.CharField(_("件名"), max_length=200)
    text = models.TextField(_("本文"), max_length=5000)
    mobile = models.TextField(_("携帯電話向けの本文"), max_length=2000, blank=True)
    copies = models.BooleanField(_("ヘルプデスクにも送る"), default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "form"], name="formmail_once")
        ]

    def __str__(self) -> str:
        return self.subject


class HelpDeskInbox(TenantModel):
    """The shop's one address that gets the copies of all its forms' mails."""

    address = models.CharField(_("ヘルプデスクの受信アドレス"), max_length=254)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="helpdeskinbox_once")
        ]

    def __str__(self) -> str:
        return self.address

    @classmethod
    def load(cls) -> "HelpDeskInbox":
        """Return the shop's inbox, one without an address while nothing is stored."""
        return cls.objects.first() or cls()
