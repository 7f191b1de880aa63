"""The domains that a shop's mails come from: what their records said, and the key that we sign with."""

from typing import Any

from django.db import models

from tenants.fields import PublicIdField
from tenants.models import TenantModel
from tenants.secrets import SecretField


class SendingDomain(TenantModel):
    """One domain of the mail accounts' From addresses (送信ドメインの診断).

    ``findings``: {"spf": {"code": …, "value": …}, "dkim": …, "dmarc": …} as of ``checked_at``. With a key we sign, but
    only from ``signing_since`` on: the check has seen the record of just this key.
    """

    public_id = PublicIdField()
    domain = models.CharField(max_length=253)
    findings = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True)
    # A check that a person asked for and that has not been made.
    asked_at = models.DateTimeField(null=True)
    # Why the last check could not be made; blank after a good one.
    trouble = models.CharField(max_length=20, blank=True, default="")
    selector = models.CharField(max_length=40, blank=True, default="")
    public_key = models.TextField(blank=True, default="")
    private_key = SecretField(blank=True)
    signing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="sendingdomain_public_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "domain"], name="sendingdomain_once"
            ),
        ]

    def __str__(self) -> str:
        return self.domain

    @property
    def is_waiting(self) -> bool:
        """Whether a check that somebody asked for is still to come."""
        if not self.asked_at:
            return False
        return self.checked_at is None or self.checked_at < self.asked_at

    def find(self, kind: str) -> dict[str, Any]:
        return dict(self.findings.get(kind) or {})
