"""What a shop decides about its members as a whole."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import TenantModel


class MemberSettings(TenantModel):
    """One row for each shop that changed a setting."""

    class SharedEmails(models.TextChoices):
        """メールアドレスの重複: whether several living members may have one address."""

        DENY = "deny", _("許可しない")
        LEFT = "left", _("退会のみ重複可")
        ALLOW = "allow", _("許可する")

    shared_emails = models.CharField(
        _("メールアドレスの重複"),
        max_length=5,
        choices=SharedEmails.choices,
        default=SharedEmails.ALLOW,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="membersettings_once")
        ]
