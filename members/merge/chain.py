"""Who was merged into a member: directly, or into somebody who was merged in turn."""

from members.models import Merge


def list_merges_into(member_id: int) -> list[Merge]:
    """Return every merge that led to the member, newest first, undone ones too; one query for each level."""
    found: dict[int, Merge] = {}
    level = [member_id]
    while level:
        merges = Merge.objects.filter(survivor__in=level).exclude(pk__in=list(found))
        new = {
            merge.pk: merge
            for merge in merges.select_related("operator", "undone_by", "survivor")
        }
        found |= new
        level = list_merged_ids(list(new.values()))
    return sorted(found.values(), key=lambda merge: merge.pk, reverse=True)


def list_merged_ids(merges: list[Merge]) -> list[int]:
    """Return the ids of those who are still merged."""
    return [
        pk
        for merge in merges
        if not merge.undone_at
        for pk in merge.record.get("members", [])
    ]


def list_ids_with_merged(member_id: int) -> list[int]:
    """Return the ids of the member and of all who were merged into it."""
    return [member_id, *list_merged_ids(list_merges_into(member_id))]
