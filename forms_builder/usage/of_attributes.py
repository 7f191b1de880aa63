"""Usage of system attributes: a form stops asking for one while it is archived."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from forms_builder.models import Field
from members.attributes.definitions import get_attribute_key
from members.models import Attribute
from members.usage.archive_attribute import CONTACTS
from members.usage.registry import LazyText, Usage


def find_questions(
    attributes: Collection[Attribute], kind: LazyText, **which: bool
) -> Iterable[tuple[str, Usage]]:
    keys = {each.system: get_attribute_key(each) for each in attributes if each.system}
    rows = (
        Field.objects.filter(kind__in=keys, **which)
        .select_related("form")
        .order_by("form__name", "pk")
    )
    for row in rows:
        yield (
            keys[row.kind],
            Usage(
                kind,
                row.form.name,
                reverse_lazy("forms_builder:form", args=[row.form.public_id]),
            ),
        )


def find_attribute_usage(
    attributes: Collection[Attribute],
) -> Iterable[tuple[str, Usage]]:
    return find_questions(attributes, _("フォームの質問"))


def find_attribute_blockers(
    attributes: Collection[Attribute],
) -> Iterable[tuple[str, Usage]]:
    """Return the open forms that ask for phone or email: linking lives by these, so they stay while a form is open."""
    contacts = [each for each in attributes if each.system in CONTACTS]
    return find_questions(contacts, _("受付中のフォームの質問"), form__is_open=True)
