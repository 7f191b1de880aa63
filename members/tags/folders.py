"""Folders of tags: made, renamed, put in order, filled, and deleted without their tags."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max, QuerySet

from members.models import Tag, TagFolder
from operators import audit


@transaction.atomic
def make_folder(name: str) -> TagFolder:
    """Make a folder behind the others. The caller has checked that the name is free."""
    last = TagFolder.objects.aggregate(last=Max("position"))["last"]
    folder = TagFolder.objects.create(
        name=name, position=0 if last is None else last + 1
    )
    audit.record_action("tag_folder.made", folder)
    return folder


@transaction.atomic
def rename_folder(folder: TagFolder, name: str) -> None:
    folder.name = name
    folder.save(update_fields=["name"])
    audit.record_action("tag_folder.renamed", folder)


@transaction.atomic
def delete_folder(folder: TagFolder) -> None:
    """Delete the folder. Its tags stay, in no folder."""
    audit.record_action("tag_folder.deleted", folder, tags=folder.tags.count())
    folder.delete()


@transaction.atomic
def reorder_folders(public_ids: Sequence[str]) -> None:
    """Put the folders in this order; those that are not named follow as they stood."""
    folders = list(
        TagFolder.objects.select_for_update(no_key=True).order_by("position", "pk")
    )
    place = {key: number for number, key in enumerate(public_ids)}
    folders.sort(key=lambda folder: place.get(folder.public_id, len(place)))
    for number, folder in enumerate(folders):
        folder.position = number
    TagFolder.objects.bulk_update(folders, ["position"])
    audit.record_action("tag_folder.ordered", count=len(folders))


@transaction.atomic
def move_tags(tags: QuerySet[Tag], folder: TagFolder | None) -> int:
    """Put tags into a folder, or into none. Return how many."""
    moved = tags.order_by().update(folder=folder)
    audit.record_action("tag.moved", folder, count=moved)
    return moved
