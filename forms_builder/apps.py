from django.apps import AppConfig


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from forms_builder.answers.check_tags import handle_decided_records
        from forms_builder.extensions import MEMBERS, MESSAGING, OPERATORS
        from members.extension import extend_members
        from members.signals import records_decided
        from messaging.extension import extend_messaging
        from operators.extension import extend_operators

        records_decided.connect(
            handle_decided_records, dispatch_uid="forms_builder.check_tags"
        )
        extend_members(MEMBERS)
        extend_messaging(MESSAGING)
        extend_operators(OPERATORS)
