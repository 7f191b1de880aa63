from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from members.signals import members_tagged
        from messaging.enrolling import newly_tagged

        members_tagged.connect(newly_tagged, dispatch_uid="messaging.newly_tagged")
