"""Who opens a form: LINE itself gives the LINE user id for the ID token; it never comes from a field."""

import secrets

from django.db import transaction
from django.utils import timezone

from forms_builder.models import Form
from forms_builder.public.tickets import UNKNOWN
from members.identity.friendship import find_survivor
from members.identity.visits import VisitEvent, record_visits
from members.models import Member, Visit
from messaging.channels.line.errors import TokenRefused
from messaging.channels.line.tokens import Claims, verify_id_token
from tenants.scope import leave_transaction

LONGEST_TOKEN = 10_000


def get_member_by_token(form: Form, id_token: str, is_test: bool = False) -> Member:
    """Return the member who holds the ID token, made when new.

    Raise TokenRefused, or TryLater when LINE cannot be asked.
    """
    with leave_transaction():
        claims = verify_id_token(form.account, id_token)
    return record_opening(claims, is_test)


def ask_who_is_logged_in(form: Form, id_token: str, holder: Member) -> str:
    """Return "" where LINE says that the holder is logged in, else the public id of who is, or tickets.UNKNOWN.

    Nobody is made a member by it. Raise TokenRefused, or TryLater when LINE cannot be asked.
    """
    if not 1 <= len(id_token) <= LONGEST_TOKEN:
        raise TokenRefused("invalid")
    with leave_transaction():
        claims = verify_id_token(form.account, id_token)
    found = Member.objects.filter(line_user_id=claims.sub).first()
    person = find_survivor(found) if found else None
    if person and person.pk == holder.pk:
        return ""
    return person.public_id if person else UNKNOWN


@transaction.atomic
def record_opening(claims: Claims, is_test: bool = False) -> Member:
    """Return the member who opened the form, made when new, and record the visit; a test is no visit.

    Opening a form makes a member, not a friend: the friendship stays as the webhook recorded it. Name and picture are
    those of the LINE account; whoever was merged into another member is there, and answers, as that one.
    """
    seen = Member(
        line_user_id=claims.sub, line_name=claims.name, line_picture=claims.picture
    )
    shown = [name for name in ("line_name", "line_picture") if getattr(seen, name)]
    Member.objects.bulk_create(
        [seen],
        update_conflicts=bool(shown),
        ignore_conflicts=not shown,
        unique_fields=["tenant", "line_user_id"] if shown else None,
        update_fields=shown or None,
    )
    person = find_survivor(Member.objects.get(line_user_id=claims.sub))
    if not is_test:
        record_visits(
            [
                VisitEvent(
                    person.pk, timezone.now(), Visit.Kind.FORM, secrets.token_hex(16)
                )
            ]
        )
        person.refresh_from_db()
    return person
