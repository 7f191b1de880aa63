from typing import Any

from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "operators"

    def ready(self) -> None:
        from operators.extensions import TENANTS
        from operators.login.record import connect_login_signals
        from operators.login.sessions import connect_session_signals
        from tenants.extension import extend_tenants
        from tenants.signals import shop_opened

        extend_tenants(TENANTS)
        connect_login_signals()
        connect_session_signals()
        shop_opened.connect(begin_sealing, dispatch_uid="operators.begin_sealing")


def begin_sealing(tenant: Any, **_: Any) -> None:
    """Seal the audit log of a new shop, each minute from now on."""
    from tenants.wakeups import wake  # models are not loaded when this module is

    wake(tenant, "operators.seal_audit")
