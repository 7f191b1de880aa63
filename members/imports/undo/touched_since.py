"""Members whom somebody or something has touched since an import made them: the undo leaves them."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from django.apps import apps
from django.db.models import ForeignKey

from members.extension import extensions
from members.models import IdentityRecord, Member, MemberChange

# Whom of these members an app's rows have touched.
TouchedBy = Callable[[Collection[int]], Iterable[int]]
# Tables whose rows come with every import or are derived from the member; a row of any other table means that somebody
# touched the member.
OWN_TABLES = {
    f"members.{name}"
    for name in (
        "IdentityRecord",
        "AttributeValue",
        "ImportRow",
        "MemberChange",
        "PastTag",
        "MemberName",
        "ValueListMember",
        "SegmentMember",
        "SegmentChange",
    )
}


def find_touched_members(members: Collection[int], at: datetime) -> set[int]:
    """Return those whom a row of any table refers to, or who have an answer or a change of another origin.

    Rows that every member has do not count, nor do the answers and changes of the import itself.
    """
    records = IdentityRecord.objects.filter(member__in=members)
    found = set(records.exclude(source="import").values_list("member", flat=True))
    found |= set(records.filter(received_at__gt=at).values_list("member", flat=True))
    changes = MemberChange.objects.filter(member__in=members, at__gt=at).exclude(
        source__in=["import", ""]
    )
    found |= set(changes.values_list("member", flat=True))
    touched_by = {
        label: touched
        for each in extensions.values()
        for label, touched in each.touched_by.items()
    }
    for model in apps.get_models():
        label = model._meta.label
        if label in touched_by:
            found |= set(touched_by[label](members))
        elif label not in OWN_TABLES:
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.related_model is Member:
                    rows = model._default_manager.filter(
                        **{f"{field.name}__in": members}
                    )
                    found |= set(
                        rows.order_by().values_list(field.attname, flat=True).distinct()
                    )
    return found
