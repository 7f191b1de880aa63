"""A member as it was: for a question about the past that the same conditions answer which decided then.

What has a history is put back (the columns that MemberChange tracks, attribute values, tags, the link state of an app
above); everything else stays as it is now. It happens in rows, inside a savepoint that is always rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from members.extension import extensions
from members.models import (
    Attribute,
    AttributeValue,
    Member,
    MemberChange,
    MemberTag,
    PastTag,
)
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from members.normalize.phones import normalize_phone

# Columns of the history that are put back, and those that follow from one of them. Who somebody is (the LINE account,
# being merged or deleted) stays: it may belong to somebody else by now.
COLUMNS = (
    "name",
    "email",
    "phone",
    "birthday",
    "birth_md",
    "line_optout_at",
    "mail_optout_at",
)
DERIVED = {
    "name": ("name_key", normalize_name),
    "email": ("email_key", normalize_email),
    "phone": ("phone_e164", normalize_phone),
}
# What of a condition's fields has a history; and every attribute, which is named "attr:…".
TRACKED = {
    "tag",
    "link_state",
    "name",
    "email",
    "phone",
    "birthday",
    "line_optout_at",
    "mail_optout_at",
}


def has_history(name: str) -> bool:
    """Return whether a condition's field is put back by ``rewind_member``."""
    return name in TRACKED or name.startswith("attr:")


@contextmanager
def rewind_member(member: Member, at: datetime) -> Iterator[None]:
    """Let the member's rows be as they were at ``at`` within the block; nothing of it stays."""
    with transaction.atomic():
        try:
            connection.tell(history="off")  # type: ignore[attr-defined]
            before = collect_old_values(member, at)
            put_columns_back(member, before, at)
            put_attributes_back(member, before)
            put_tags_back(member, at)
            yield
        finally:
            transaction.set_rollback(True)


def collect_old_values(member: Member, at: datetime) -> dict[str, Any]:
    """Return what has changed since, each key with its value at that moment."""
    changes = MemberChange.objects.filter(member=member, at__gt=at)
    old: dict[str, Any] = {}
    for before in changes.order_by("-at", "-pk").values_list("before", flat=True):
        old |= before
    return old


def put_columns_back(member: Member, old: dict[str, Any], at: datetime) -> None:
    values: dict[str, Any] = {}
    for name in COLUMNS:
        if name in old:
            column: Any = Member._meta.get_field(name)
            values[name] = column.to_python(old[name])
            if name in DERIVED:
                key, normalize = DERIVED[name]
                values[key] = normalize(old[name] or "")
    was_linked = [
        each.was_linked(member.pk, at)
        for each in extensions.values()
        if each.was_linked
    ]
    if was_linked:
        state = Member.LinkState
        if any(was_linked):
            values["link_state"] = state.LINKED
        elif member.link_state == state.LINKED:
            values["link_state"] = state.KNOWN
    if values:
        Member.objects.filter(pk=member.pk).update(**values)


def put_attributes_back(member: Member, old: dict[str, Any]) -> None:
    ids = [int(key[5:]) for key in old if key.startswith("attr:")]
    for attribute in Attribute.objects.filter(pk__in=ids):
        AttributeValue.objects.filter(attribute=attribute, member=member).delete()
        value = old[f"attr:{attribute.pk}"]
        if value is not None:
            column = attribute.kind if attribute.kind in ("number", "date") else "text"
            AttributeValue.objects.create(
                attribute=attribute, member=member, **{column: value}
            )


def put_tags_back(member: Member, at: datetime) -> None:
    MemberTag.objects.filter(member=member, batch__at__gt=at).delete()
    had = PastTag.objects.filter(member=member, batch__at__lte=at, ended_by__at__gt=at)
    MemberTag.objects.bulk_create(
        (
            MemberTag(member=member, tag_id=row.tag_id, batch_id=row.batch_id)
            for row in had
        ),
        ignore_conflicts=True,
    )
