from django.apps import AppConfig


class RpaConfig(AppConfig):
    name = "rpa"

    def ready(self) -> None:
        from forms_builder.extension import extend_forms
        from forms_builder.signals import answers_submitted
        from members.extension import extend_members
        from operators.extension import extend_operators
        from rpa.extensions import FORMS, MEMBERS, OPERATORS
        from rpa.fields.from_form import handle_submitted_answers

        extend_members(MEMBERS)
        extend_operators(OPERATORS)
        extend_forms(FORMS)
        answers_submitted.connect(
            handle_submitted_answers, dispatch_uid="rpa.fields.from_form"
        )
