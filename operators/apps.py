from typing import Any

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "operators"

    def ready(self) -> None:
        from operators.login.record import connect_login_signals
        from operators.models import Seat
        from tenants.scope import readable_across_shops
        from tenants.signals import shop_opened

        readable_across_shops.add(Seat._meta.db_table)
        connect_login_signals()
        shop_opened.connect(begin_sealing, dispatch_uid="operators.begin_sealing")


def begin_sealing(tenant: Any, **_: Any) -> None:
    """Seal the audit log of a new shop, each minute from now on."""
    from tenants.wakeups import wake

    wake(tenant, "operators.seal_audit")
