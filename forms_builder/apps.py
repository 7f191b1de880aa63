from django.apps import AppConfig


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from forms_builder.extensions import MEMBERS, MESSAGING, OPERATORS
        from members.extension import extend_members
        from messaging.extension import extend_messaging
        from operators.extension import extend_operators

        extend_members(MEMBERS)
        extend_messaging(MESSAGING)
        extend_operators(OPERATORS)
