from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from messaging.content import Attachable


class FormsBuilderConfig(AppConfig):
    name = "forms_builder"

    def ready(self) -> None:
        from messaging import content

        content.attachables.append(open_forms)


def open_forms() -> "Iterable[Attachable]":
    """The forms a message can link to."""
    from forms_builder.models import Form
    from messaging.content import Attachable

    for form in Form.objects.filter(is_open=True).prefetch_related("fields").order_by("name", "pk"):
        yield Attachable(form.public_id, form.name, [field.kind for field in form.fields.all()])
