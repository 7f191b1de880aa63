from django.apps import AppConfig


class RpaConfig(AppConfig):
    name = "rpa"

    def ready(self) -> None:
        from members.extension import extend_members
        from operators.extension import extend_operators
        from rpa.extensions import MEMBERS, OPERATORS

        extend_members(MEMBERS)
        extend_operators(OPERATORS)
