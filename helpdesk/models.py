"""The one help desk of a shop."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.kinds import KINDS, HelpDeskKind
from tenants.models import TenantModel


class HelpDesk(TenantModel):
    """Which help desk the shop uses, with one inbox of it for tests and one for real.

    ``members_seen_at`` and ``orders_seen_at``: when an operator last came from there, since the values changed.
    """

    kind = models.CharField(_("サービス"), max_length=12, default="relation")
    is_active = models.BooleanField(_("有効"), default=False)
    is_live = models.BooleanField(_("本番の値を使う"), default=False)
    test_base = models.CharField(_("テスト用接続先URL"), max_length=200, blank=True)
    test_inbox = models.CharField(_("テスト用受信箱ID"), max_length=10, blank=True)
    live_base = models.CharField(_("接続先URL"), max_length=200, blank=True)
    live_inbox = models.CharField(_("受信箱ID"), max_length=10, blank=True)
    link_template = models.CharField(
        _("受信箱のURLの形"), max_length=300, default="{base}"
    )
    parameter = models.CharField(_("パラメータのキー"), max_length=40, default="email")
    members_seen_at = models.DateTimeField(null=True)
    orders_seen_at = models.DateTimeField(null=True)
    # What the last test of the connection failed with (outbound/errors.py); "" once it answered.
    trouble = models.CharField(max_length=30, blank=True, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="helpdesk_once")]

    @classmethod
    def load(cls) -> "HelpDesk":
        """Return the shop's help desk; an unset one while nothing is stored."""
        return cls.objects.first() or cls()

    @property
    def product(self) -> HelpDeskKind:
        return KINDS.get(self.kind) or KINDS["relation"]

    @property
    def base(self) -> str:
        return self.live_base if self.is_live else self.test_base

    @property
    def inbox(self) -> str:
        return self.live_inbox if self.is_live else self.test_inbox

    @property
    def is_shown(self) -> bool:
        """Say whether members' pages lead there: it is on, and both values of the environment in use are set."""
        return self.is_active and bool(self.base and self.inbox)

    @property
    def is_checked(self) -> bool:
        """Say whether an operator came from there by both look-ups since the values changed."""
        return bool(self.members_seen_at and self.orders_seen_at)
