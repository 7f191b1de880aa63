"""Versions of a form: what it asks is stored whenever it changes, so that an open page can still be answered."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from forms_builder.models import Form, FormVersion
from forms_builder.questions.question import Question


def store_version(form: Form) -> FormVersion:
    """Return the version of what the form asks now, stored if it differs from the newest one."""
    content = {
        "title": form.title,
        "intro": form.intro,
        "questions": [
            field.as_question().to_json() for field in form.fields.in_order()
        ],
    }
    newest = form.versions.order_by("-number").first()
    if newest and newest.content == content:
        return newest
    number = newest.number + 1 if newest else 1
    return FormVersion.objects.create(form=form, number=number, content=content)


def get_current_version(form: Form) -> FormVersion:
    """Return the newest version. Raise FormVersion.DoesNotExist for a form that was never stored whole."""
    return form.versions.latest("number")


def find_version(form: Form, number: int) -> FormVersion:
    """Return that version of the form, the newest where there is none of that number."""
    try:
        stored = (
            load_version(form.tenant_id, form.public_id, number) if number else None
        )
    except FormVersion.DoesNotExist:
        stored = None
    if not stored:
        return get_current_version(form)
    version = FormVersion(
        pk=stored.pk,
        tenant_id=form.tenant_id,
        form=form,
        number=number,
        content=stored.content,
    )
    version.questions = stored.questions
    return version


@dataclass(frozen=True)
class StoredVersion:
    """What a version says, which never changes; nobody writes to it."""

    pk: int
    content: dict[str, Any]
    questions: list[Question]


@lru_cache(maxsize=200)
def load_version(tenant_id: int, form_id: str, number: int) -> StoredVersion:
    """Return that version, read once by each process. Raise FormVersion.DoesNotExist. ``form_id``: its public id."""
    row = FormVersion.objects.get(
        tenant=tenant_id, form__public_id=form_id, number=number
    )
    return StoredVersion(row.pk, row.content, row.questions)
