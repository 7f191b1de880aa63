"""Whom somebody or something has touched since an import made them: they are not taken back."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.apps import apps
from django.db.models import ForeignKey

from members.models import IdentityRecord, Member, MemberChange

Reached = Callable[[Collection[int]], Iterable[int]]
# Rows that come with every import or are drawn from the member itself; any other says that somebody touched it.
OWN = {
    f"members.{name}"
    for name in (
        "IdentityRecord", "AttributeValue", "ImportRow", "MemberChange", "PastTag", "MemberName", "ValueListMember",
        "SegmentMember", "SegmentChange",
    )
}  # fmt: skip
# Tables of which not every row touches its member: model → whom of these members it did. Apps above register theirs.
REACHED: dict[str, Reached] = {}


def register_reached(label: str, reached: Reached) -> None:
    REACHED[label] = reached


def touched_since(members: Collection[int], at: datetime) -> set[int]:
    """Those with a row of any table that points at members, or an answer or a change that is not the import's."""
    records = IdentityRecord.objects.filter(member__in=members)
    found = set(records.exclude(source="import").values_list("member", flat=True))
    found |= set(records.filter(received_at__gt=at).values_list("member", flat=True))
    changes = MemberChange.objects.filter(member__in=members, at__gt=at).exclude(
        source__in=["import", ""]
    )
    found |= set(changes.values_list("member", flat=True))
    for model in apps.get_models():
        label = model._meta.label
        if label in REACHED:
            found |= set(REACHED[label](members))
        elif label not in OWN:
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.related_model is Member:
                    rows = model._default_manager.filter(
                        **{f"{field.name}__in": members}
                    )
                    found |= set(
                        rows.order_by().values_list(field.attname, flat=True).distinct()
                    )
    return found
