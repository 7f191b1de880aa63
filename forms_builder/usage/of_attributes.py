"""Usage of system attributes: a form stops asking for one while it is archived."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from forms_builder.models import Field
from members.attributes.definitions import key_of
from members.models import Attribute
from members.usage.archive_attribute import CONTACTS
from members.usage.registry import Use, Words


def asking(
    attributes: Collection[Attribute], kind: Words, **which: bool
) -> Iterable[tuple[str, Use]]:
    keys = {each.system: key_of(each) for each in attributes if each.system}
    rows = (
        Field.objects.filter(kind__in=keys, **which)
        .select_related("form")
        .order_by("form__name", "pk")
    )
    for row in rows:
        yield (
            keys[row.kind],
            Use(
                kind,
                row.form.name,
                reverse_lazy("forms_builder:form", args=[row.form.public_id]),
            ),
        )


def uses(attributes: Collection[Attribute]) -> Iterable[tuple[str, Use]]:
    return asking(attributes, _("フォームの質問"))


def blockers(attributes: Collection[Attribute]) -> Iterable[tuple[str, Use]]:
    """Return the open forms that ask for phone or email: linking lives by these, so they stay while a form is open."""
    contacts = [each for each in attributes if each.system in CONTACTS]
    return asking(contacts, _("受付中のフォームの質問"), form__is_open=True)
