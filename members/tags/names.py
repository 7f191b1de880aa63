"""Tags themselves: found by name or made, and changed. Two tags never have the same name."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Tag, TagFolder
from members.normalize.names import normalize_label
from operators import audit

COLOURS = ("grey", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")


@transaction.atomic
def get_or_create_tag(
    name: str,
    color: str = COLOURS[0],
    description: str = "",
    folder: TagFolder | None = None,
) -> Tag:
    """Return the tag of this name, and make it when there is none; width and case do not count.

    Raise ValidationError when the name is empty or too long.
    """
    shown = clean_tag_name(name)
    new = {"name": shown, "color": color, "description": description, "folder": folder}
    tag, made = Tag.objects.get_or_create(name_key=normalize_label(shown), defaults=new)
    if made:
        audit.record_action("tag.made", tag)
    return tag


@transaction.atomic
def change_tag(
    tag: Tag, name: str, color: str, description: str, folder: TagFolder | None
) -> None:
    """Rename or recolour the tag; members keep it. The caller has checked that the name is free."""
    tag.name, tag.name_key, tag.color, tag.description = (
        name,
        normalize_label(name),
        color,
        description,
    )
    tag.folder = folder
    tag.save(update_fields=["name", "name_key", "color", "description", "folder"])
    audit.record_action("tag.changed", tag)


def clean_tag_name(name: str) -> str:
    """Return the name as it is shown; 〇, brackets and single blanks inside it stay.

    Raise ValidationError when it is empty or too long.
    """
    shown = " ".join(name.replace("\0", "").split())
    if not normalize_label(shown):
        raise ValidationError(
            _("タグ名が入力されていません。タグ名を入力してください。"), code="required"
        )
    if len(shown) > 100:
        raise ValidationError(
            _("タグ名が長すぎます。100文字以内で入力してください。"), code="max_length"
        )
    return shown
