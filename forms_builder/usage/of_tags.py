"""Usage of tags: those that an answer to a form puts on or takes off."""

from collections.abc import Collection, Iterable

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from forms_builder.models import FormTag
from members.models import Tag
from members.usage.registry import TagUsageSource, Usage


def find_tag_usage(ids: Collection[int]) -> Iterable[tuple[int, Usage]]:
    for row in (
        FormTag.objects.filter(tag__in=ids)
        .select_related("form")
        .order_by("form__name", "pk")
    ):
        kind = (
            _("フォームの回答で外すタグ")
            if row.removes
            else _("フォームの回答で付けるタグ")
        )
        yield (
            row.tag_id,
            Usage(
                kind,
                row.form.name,
                reverse_lazy("forms_builder:form", args=[row.form.public_id]),
            ),
        )


def replace_tag(olds: Collection[int], new: Tag) -> None:
    """Replace the tags in all forms; a form that would both put the tag on and take it off puts it on."""
    rows = FormTag.objects.filter(tag__in=[*olds, new.pk])
    removes: dict[int, bool] = {}
    for row in rows.order_by("pk"):
        removes[row.form_id] = removes.get(row.form_id, True) and row.removes
    rows.delete()
    FormTag.objects.bulk_create(
        FormTag(form_id=pk, tag=new, removes=off) for pk, off in sorted(removes.items())
    )


TAG_USER = TagUsageSource(find_tag_usage, replace_tag)
