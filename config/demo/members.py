"""Friends of the demo shop, with answers, tags and visits."""

import os
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from members.identity.answers import apply_newest_answers, build_answer_columns
from members.identity.visits import VisitEvent, record_visits
from members.models import IdentityRecord, Member, Tag, TagBatch, Visit
from members.tags.assign import tag_members
from sandbox.people import Person, make_people

SEED, CART_SIZE = 1, 1500
MEMBERS = int(os.environ.get("DEMO_MEMBERS", "3000"))


def make_members(known: Tag) -> None:
    """Make friends of the last 300 days.

    Four of five have answered; one in eight of those mistyped the phone number.
    """
    dice, now = random.Random(SEED), timezone.now()  # noqa: S311  (made-up people)
    persons = list(
        make_people(SEED, MEMBERS, start=max(0, CART_SIZE - MEMBERS * 6 // 10))
    )
    dice.shuffle(persons)
    since = sorted(
        now - timedelta(minutes=dice.randrange(60, 300 * 24 * 60)) for _ in persons
    )
    print(f"{MEMBERS:,} members", flush=True)
    members = Member.objects.bulk_create(
        Member(
            line_user_id=person.line_user_id,
            line_name=person.line_name,
            line_state_at=at,
            last_seen_at=at,
            line_state=dice.choices(("friend", "blocked"), (9, 1))[0],
        )
        for person, at in zip(persons, since, strict=True)
    )
    for member, at in zip(members, since, strict=True):
        member.created_at = at
    Member.objects.bulk_update(members, ["created_at"], batch_size=1000)
    print("their answers", flush=True)
    rows = zip(members, persons, since, strict=True)
    answers = [
        make_answer(member, person, at, dice)
        for member, person, at in rows
        if dice.random() < 0.8
    ]
    IdentityRecord.objects.bulk_create(answers, batch_size=1000)
    apply_newest_answers([record.member_id for record in answers])
    print("their tags and visits", flush=True)
    tag_members(known, Member.objects.exclude(answered_at=None), TagBatch.Source.IMPORT)
    make_visits(members, since, dice)


def make_visits(
    members: Sequence[Member], since: Sequence[datetime], dice: random.Random
) -> None:
    """Add a few messages and taps for each member, some of them minutes apart."""
    seen: list[VisitEvent] = []
    for member, start in zip(members, since, strict=True):
        at = start
        for _visit in range(dice.choices((0, 1, 2, 3, 6), (40, 25, 15, 12, 8))[0]):
            at += timedelta(minutes=dice.choice((4, 11, 26, 60 * 24 * 3, 60 * 24 * 9)))
            seen.append(
                VisitEvent(
                    member.pk,
                    at,
                    dice.choice((Visit.Kind.MESSAGE, Visit.Kind.TAP)),
                    f"demo:{len(seen)}",
                )
            )
    record_visits([each for each in seen if each.at < timezone.now()])


def make_answer(
    member: Member, person: Person, at: datetime, dice: random.Random
) -> IdentityRecord:
    phone = (
        person.phone_raw
        if dice.random() > 0.12
        else person.phone[:-1] + str((int(person.phone[-1]) + 1) % 10)
    )
    email = person.email_raw if dice.random() < 0.6 else ""
    return IdentityRecord(
        member=member,
        source=IdentityRecord.Source.IMPORT,
        origin="デモデータ",
        received_at=at + timedelta(minutes=7),
        **build_answer_columns(person.name, email, phone),
    )
