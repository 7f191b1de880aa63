from django.apps import AppConfig


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from forms_builder.extensions import MEMBERS, MESSAGING
        from members.extension import extend_members
        from messaging.extension import extend_messaging

        extend_members(MEMBERS)
        extend_messaging(MESSAGING)
