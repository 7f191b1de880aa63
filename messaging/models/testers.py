"""The people on whom a shop tries out its messages."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member
from tenants.fields import PublicIdField
from tenants.models import TenantModel


class Tester(TenantModel):
    """A member, or an operator's mail address."""

    public_id = PublicIdField()
    member = models.ForeignKey(
        Member, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    label = models.CharField(_("名前"), max_length=60, blank=True)
    mail_address = models.EmailField(_("メールアドレス"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="tester_public_id"
            ),
            models.UniqueConstraint(fields=["tenant", "member"], name="tester_member"),
            models.UniqueConstraint(
                fields=["tenant", "mail_address"],
                name="tester_address",
                condition=~Q(mail_address=""),
            ),
            models.CheckConstraint(
                condition=Q(member__isnull=False, mail_address="")
                | Q(member__isnull=True) & ~Q(mail_address=""),
                name="tester_one_recipient",
            ),
        ]

    def can_get(self, channel: str) -> bool:
        """Return whether a message of this channel ("line" or "mail") can reach the tester at all."""
        if not self.member:
            return channel == "mail"
        if channel == "mail":
            return bool(self.member.email)
        friend = self.member.line_state == Member.LineState.FRIEND
        return bool(friend and self.member.line_user_id)
