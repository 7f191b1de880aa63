"""会員を追加: add a member, after a look for members who are alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.conditions.search import build_search_q
from members.db import skip_history
from members.identity.answers import record_answer
from members.identity.change_history import record_member_addition
from members.identity.member_limit import MemberLimitReached, describe_limit_excess
from members.identity.notes import add_note
from members.models import IdentityRecord, Member, Tag, TagBatch
from members.normalize.birthdays import NO_BIRTHDAY, Birthday
from members.normalize.emails import normalize_email
from members.normalize.names import normalize_name
from members.normalize.near_keys import (
    DIGIT,
    SWAPPED,
    generate_email_slips,
    generate_phone_slips,
)
from members.normalize.phones import normalize_phone
from members.tags import assign
from operators import audit
from operators.masking import is_masked
from operators.models import Operator

MOST_SIMILAR = 10


@dataclass
class SimilarMember:
    """A member who may be the same person, and the reasons: 同じメールアドレス …"""

    member: Member
    why: list[str] = field(default_factory=list)
    is_near: bool = False


def find_similar_members(
    name: str = "", email: str = "", phone: str = "", besides: Iterable[int] = ()
) -> list[SimilarMember]:
    """Return members with the same email, phone or name in any spelling, or one slip away, most alike first.

    Deleted members are among them. Each question is answered by its own index, the name by that of the search
    (members/conditions/search.py).
    """
    asked = (
        ("email_key", normalize_email(email), _("同じメールアドレス")),
        ("phone_e164", normalize_phone(phone), _("同じ電話番号")),
        ("name_key", normalize_name(name), _("同じ氏名")),
    )
    found: dict[int, SimilarMember] = {}
    for column, key, why in asked:
        if not key:
            continue
        among = build_search_q(name) if column == "name_key" else Q()
        same = Member.objects.filter(
            Q((column, key)) & among, merged_into=None
        ).exclude(pk__in=list(besides))
        for member in same.order_by("-pk")[:MOST_SIMILAR]:
            found.setdefault(member.pk, SimilarMember(member)).why.append(why)
    # Who sees people masked finds them by whole values alone.
    near = (
        ()
        if is_masked()
        else _find_mistyped_members(normalize_email(email), normalize_phone(phone))
    )
    for member, why in near:
        if member.pk not in besides:
            found.setdefault(member.pk, SimilarMember(member, is_near=True)).why.append(
                why
            )
    return sorted(
        found.values(), key=lambda each: (-len(each.why), each.is_near, each.member.pk)
    )[:MOST_SIMILAR]


def _find_mistyped_members(email: str, phone: str) -> Iterator[tuple[Member, str]]:
    """Yield members whose email or phone is one of those that a slip makes of this one, each with the reason.

    Without LIMIT: few are ever found, but PostgreSQL would expect many and look through the members in their order.
    """
    phones: dict[str, list[str]] = {SWAPPED: [], DIGIT: []}
    for key, kind in generate_phone_slips(phone):
        phones[kind].append(key)
    emails = list(generate_email_slips(email))
    slips = (
        ("email_key", emails, _("メールアドレスのドメインが似ている")),
        ("phone_e164", phones[DIGIT], _("電話番号が1桁違い")),
        ("phone_e164", phones[SWAPPED], _("電話番号の2桁が入れ替わっている")),
    )
    for column, keys, why in slips:
        # The exclusion is the condition of the partial index.
        near = Member.objects.filter(
            **{f"{column}__among": keys}, merged_into=None
        ).exclude(**{column: ""})
        newest = (
            sorted(near.values_list("pk", flat=True), reverse=True)[:MOST_SIMILAR]
            if keys
            else []
        )
        yield from ((member, why) for member in Member.objects.in_bulk(newest).values())


@transaction.atomic
def add_member(
    operator: Operator,
    *,
    name: str = "",
    email: str = "",
    phone: str = "",
    birthday: Birthday = NO_BIRTHDAY,
    tags: Iterable[Tag] = (),
    note: str = "",
) -> Member:
    """Create a member, who is known at once when the operator gives a usable email or phone.

    Raises MemberLimitReached.
    """
    if numbers := describe_limit_excess(1, for_adding=True):
        raise MemberLimitReached(
            _(
                "会員数の上限（%(limit)s名）に達しているため、追加できません。今の会員は%(there)s名です。プランを変更するか、不要な会員を削除してから、もう一度追加してください。"
            )
            % numbers
        )
    member = Member.objects.create(
        birthday=birthday.birthday, birth_md=birthday.birth_md
    )
    audit.record_action("member.added", member)
    with skip_history():  # what the member begins with is one line of the history
        record_answer(
            member,
            IdentityRecord.Source.OPERATOR,
            received_at=timezone.now(),
            operator=operator,
            name=name,
            email=email,
            phone=phone,
        )
    record_member_addition(member, operator)
    for tag in tags:
        assign.tag_members(
            tag, Member.objects.filter(pk=member.pk), TagBatch.Source.OPERATOR, operator
        )
    if note:
        add_note(member, operator, note)
    return member
