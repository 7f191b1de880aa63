from django.apps import AppConfig


class OperatorsConfig(AppConfig):
    name = "operators"

    def ready(self) -> None:
        from operators.models import Seat
        from tenants.scope import readable_across_shops

        readable_across_shops.add(Seat._meta.db_table)
