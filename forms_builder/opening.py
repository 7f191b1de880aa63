"""Who opens a form: the LINE user id comes from LINE's own word about the ID token, never from a field."""

from django.db import transaction
from django.utils import timezone

from forms_builder.models import Form
from members.friending import survivor_of
from members.models import Member
from messaging.line.tokens import Claims, verify_id_token


def member_by_token(form: Form, id_token: str) -> Member:
    """The member who holds the ID token, made when new. Raises TokenRefused; Unavailable when LINE cannot be asked."""
    return see(verify_id_token(form.account, id_token))


@transaction.atomic
def see(claims: Claims) -> Member:
    """Opening a form makes a member, not a friend: the friendship stays as the webhook told it."""
    seen = Member(
        line_user_id=claims.sub, line_name=claims.name, line_picture=claims.picture, last_seen_at=timezone.now()
    )
    shown = [name for name in ("line_name", "line_picture") if getattr(seen, name)]
    Member.objects.bulk_create(
        [seen], update_conflicts=True, unique_fields=["tenant", "line_user_id"], update_fields=[*shown, "last_seen_at"]
    )
    # Whoever was joined to another member answers as that one.
    return survivor_of(Member.objects.get(line_user_id=claims.sub))
