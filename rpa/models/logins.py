"""With which login the robot uses a cart's admin site."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from cartsync.models import Cart
from tenants.models import TenantModel
from tenants.secrets import SecretJsonField


class RobotLogin(TenantModel):
    """What the shop gives a recipe: address and login. Of a cart at most one; its requests then go by browser.

    ``trouble``: why the robot waits, a code of rpa/robot/troubles.py, with the words of the page. A new one rehearses.
    """

    cart = models.ForeignKey(
        Cart, on_delete=models.CASCADE, related_name="robot_logins"
    )
    recipe = models.CharField(_("管理画面の種類"), max_length=40)
    url = models.CharField(_("管理画面のURL"), max_length=200)
    # {"login", "password", "totp"}
    secrets = SecretJsonField(default=dict)
    is_on = models.BooleanField(_("この管理画面で実行する"), default=True)
    is_live = models.BooleanField(_("本番で実行する"), default=False)
    trouble = models.CharField(max_length=20, blank=True)
    trouble_words = models.CharField(max_length=300, blank=True)
    trouble_at = models.DateTimeField(null=True)
    # ログインを試す: when it was asked for, and when the login last worked.
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "cart"], name="robotlogin_once")
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def credentials(self) -> dict[str, Any]:
        return {
            name: str(self.secrets.get(name, ""))
            for name in ("login", "password", "totp")
        }
