from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from console.extension import extend_console
        from jobs.extension import extend_jobs
        from members.attributes.definitions import store_shop_attributes
        from members.extension import extend_members
        from members.extensions import CONSOLE, JOBS, OPERATORS, OWN
        from operators.extension import extend_operators
        from tenants.signals import shop_opened

        shop_opened.connect(store_shop_attributes, dispatch_uid="members.system_items")
        extend_members(OWN)
        extend_console(CONSOLE)
        extend_jobs(JOBS)
        extend_operators(OPERATORS)
