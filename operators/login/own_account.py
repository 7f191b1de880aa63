"""What operators change of their own login: name, login ID, and the email, which is theirs when they have read it."""

import json

from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from operators.login.email_proof import EMAIL_LIFETIME, compute_login_digest
from operators.login.record import record_change
from operators.models import Operator
from tenants.secrets import get_cipher


@transaction.atomic
def change_own_login(
    operator: Operator, name: str, login_id: str, address: str | None
) -> bool:
    """Set the own name and login ID; return whether anything differs. Raise ValidationError where it is taken."""
    row, changed = store_login(operator.pk, name, login_id)
    if changed:
        record_change(row, "login.id_changed", address, fields=changed)
    return bool(changed)


def store_login(pk: int, name: str, login_id: str) -> tuple[Operator, list[str]]:
    """Set name and login ID in the caller's transaction; return the locked row and which of the two differ.

    Raise ValidationError where the login ID is taken.
    """
    row = Operator.objects.select_for_update().get(pk=pk)
    if Operator.objects.exclude(pk=row.pk).filter(login_id=login_id).exists():
        raise ValidationError(
            {
                "login_id": _(
                    "このログインIDは使われています。別のログインIDを入力してください。"
                )
            }
        )
    changed = [
        field
        for field, value in (("name", name), ("login_id", login_id))
        if getattr(row, field) != value
    ]
    if changed:
        row.name, row.login_id = name, login_id
        row.save(update_fields=changed)
    return row, changed


def change_own_email(
    operator: Operator, token: str, address: str | None
) -> tuple[str, str]:
    """Set the address that the token proves and return (the one before, the new one).

    Raise ValidationError where the link is another operator's, used, too old, or somebody has the address.
    """
    gone = ValidationError(
        _(
            "このURLは使えません。期限が切れているか、使用済みです。もう一度、確認メールを送ってください。"
        )
    )
    try:
        padded = token + "=" * (-len(token) % 4)
        text = get_cipher().decrypt(padded.encode(), ttl=EMAIL_LIFETIME)
        pk, email, digest = json.loads(text)
    except (InvalidToken, ValueError) as error:
        raise gone from error
    if pk != operator.pk or digest != compute_login_digest(operator):
        raise gone
    try:
        return _save_email(operator, email, address)
    except IntegrityError as error:
        raise ValidationError(
            _(
                "このメールアドレスは、ほかの方が使っています。別のメールアドレスを入力してください。"
            )
        ) from error


@transaction.atomic
def _save_email(operator: Operator, email: str, address: str | None) -> tuple[str, str]:
    before = operator.email
    operator.email = email
    operator.save(update_fields=["email"])
    record_change(operator, "login.email_changed", address, email=before)
    return before, email


@transaction.atomic
def remove_own_email(operator: Operator, address: str | None) -> str:
    """Take the address away and return it."""
    before, operator.email = operator.email, ""
    operator.save(update_fields=["email"])
    record_change(operator, "login.email_changed", address, email=before)
    return before
