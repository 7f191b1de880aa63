from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        from messaging.channels.line.sdk_needs import provide_sdk_needs

        provide_sdk_needs()
        from jobs.extension import extend_jobs
        from members.extension import extend_members
        from members.signals import members_tagged
        from messaging.extension import extend_messaging
        from messaging.extensions import JOBS, MEMBERS, OPERATORS, OWN
        from messaging.triggers.tagged import enrol_tagged_members
        from operators.extension import extend_operators

        extend_jobs(JOBS)
        extend_members(MEMBERS)
        extend_messaging(OWN)
        extend_operators(OPERATORS)
        members_tagged.connect(
            enrol_tagged_members, dispatch_uid="messaging.newly_tagged"
        )
