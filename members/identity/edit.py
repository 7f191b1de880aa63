"""An operator corrects what is known of a member."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from members.attributes.member_fields import FIELDS
from members.identity.answers import lock_members, record_answer
from members.models import IdentityRecord, Member, MemberChange
from members.models.attributes import COLUMNS
from members.normalize.birthdays import Birthday
from operators import audit
from operators.models import Operator

OPERATOR = IdentityRecord.Source.OPERATOR
EDITABLE_FIELDS = tuple(name for key in COLUMNS for name in FIELDS[key].columns)


@transaction.atomic
def edit_member(
    member: Member,
    answered: Mapping[str, str],
    birthday: Birthday | None,
    operator: Operator,
) -> list[str]:
    """Record what the operator corrected, and return the names of the fields that changed.

    ``answered`` (name, email, phone) becomes the operator's answer. The birthday is set as given, also to NO_BIRTHDAY;
    None leaves it.
    """
    changed = [name for name in answered if answered[name]]
    if changed:
        record_answer(
            member,
            OPERATOR,
            received_at=timezone.now(),
            operator=operator,
            name=answered.get("name", ""),
            email=answered.get("email", ""),
            phone=answered.get("phone", ""),
        )
    if birthday is not None and set_member_birthday(member, birthday):
        changed.append("birthday")
    return changed


def set_member_birthday(member: Member, birthday: Birthday) -> bool:
    """Set the birthday, and return whether it is another one than before."""
    if (member.birthday, member.birth_md) == (birthday.birthday, birthday.birth_md):
        return False
    Member.objects.filter(pk=member.pk).update(
        birthday=birthday.birthday, birth_md=birthday.birth_md
    )
    member.birthday, member.birth_md = birthday.birthday, birthday.birth_md
    audit.record_action("member.birthday_set", member)
    return True


def get_member_version(member: Member) -> int:
    """Return a number that changes whenever a field of the member does: the state that a form was filled in against."""
    return (
        MemberChange.objects.filter(member=member)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
        or 0
    )


def list_changes_since(
    member: Member, version: int, names: Iterable[str] = EDITABLE_FIELDS
) -> Sequence[MemberChange]:
    """Return what others changed in these fields since; the member is locked until the transaction ends."""
    lock_members([member.pk])
    rows = (
        MemberChange.objects.filter(member=member, id__gt=version)
        .select_related("operator")
        .order_by("id")
    )
    return [row for row in rows if set(row.after) & set(names)]
