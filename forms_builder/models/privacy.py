"""個人情報の利用目的: what every public form says about the personal data that it asks for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel


class PrivacyNotice(TenantModel):
    """The one notice of a shop: what it uses the data for, and where its privacy policy stands."""

    purpose = models.TextField(_("個人情報の利用目的"), max_length=2000, blank=True)
    policy_url = models.CharField(
        _("プライバシーポリシーのURL"), max_length=500, blank=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="privacynotice_once")
        ]

    def __str__(self) -> str:
        return self.purpose[:60]

    @property
    def is_complete(self) -> bool:
        return bool(self.purpose and self.policy_url)

    @classmethod
    def load(cls) -> "PrivacyNotice":
        """Return the shop's notice, an empty one while nothing is stored."""
        return cls.objects.first() or cls()
