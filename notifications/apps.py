from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from console.extension import extend_console
        from forms_builder.extension import extend_forms
        from messaging.extension import extend_messaging
        from notifications.extensions import CONSOLE, FORMS, MESSAGING, OPERATORS
        from operators.extension import extend_operators

        extend_console(CONSOLE)
        extend_forms(FORMS)
        extend_messaging(MESSAGING)
        extend_operators(OPERATORS)
