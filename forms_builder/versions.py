"""Versions of a form: what it asks is stored whenever it changes, so that an open page can still be answered."""

from forms_builder.models import Form, FormVersion


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
    found = form.versions.filter(number=number).first() if number else None
    return found or get_current_version(form)
