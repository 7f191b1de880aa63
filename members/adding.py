"""会員を追加: after a look at those who are already there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import tagging
from members.answering import record_answer
from members.birthdays import NO_BIRTHDAY, Birthday
from members.changing import record_addition, unrecorded
from members.models import IdentityRecord, Member, Tag, TagBatch
from members.normalising import email_key, name_key, phone_e164
from members.noting import add_note
from members.searching import matching
from tenants import audit
from tenants.models import Operator

MOST_ALIKE = 10


@dataclass
class Alike:
    """A member who may be the same person, and by what: 同じメールアドレス …"""

    member: Member
    why: list[str] = field(default_factory=list)


def alike(name: str = "", email: str = "", phone: str = "", besides: Iterable[int] = ()) -> list[Alike]:
    """Members, the deleted ones too, with the same address, number or name in any writing; most alike first.

    Each question is answered by its own index, the name by that of the search (members/searching.py).
    """
    asked = (
        ("email_key", email_key(email), _("同じメールアドレス")),
        ("phone_e164", phone_e164(phone), _("同じ電話番号")),
        ("name_key", name_key(name), _("同じ氏名")),
    )
    found: dict[int, Alike] = {}
    for column, key, why in asked:
        if not key:
            continue
        among = matching(name) if column == "name_key" else Q()
        same = Member.objects.filter(Q((column, key)) & among, merged_into=None).exclude(pk__in=list(besides))
        for member in same.order_by("-pk")[:MOST_ALIKE]:
            found.setdefault(member.pk, Alike(member)).why.append(why)
    return sorted(found.values(), key=lambda each: (-len(each.why), each.member.pk))[:MOST_ALIKE]


@transaction.atomic
def add_member(
    operator: Operator, *, name: str = "", email: str = "", phone: str = "", birthday: Birthday = NO_BIRTHDAY,
    tags: Iterable[Tag] = (), note: str = "",
) -> Member:  # fmt: skip
    """A new member, known at once by the operator's answer when there is a usable address or number."""
    member = Member.objects.create(birthday=birthday.birthday, birth_md=birthday.birth_md)
    audit.record("member.added", member)
    with unrecorded():  # what they begin with is told as one line
        record_answer(
            member, IdentityRecord.Source.OPERATOR, received_at=timezone.now(), operator=operator,
            name=name, email=email, phone=phone,
        )  # fmt: skip
    record_addition(member, operator)
    for tag in tags:
        tagging.tag(tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, operator)
    if note:
        add_note(member, operator, note)
    return member
