from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "helpdesk"

    def ready(self) -> None:
        from helpdesk.extensions import MEMBERS, MESSAGING
        from members.extension import extend_members
        from messaging.extension import extend_messaging

        extend_members(MEMBERS)
        extend_messaging(MESSAGING)
