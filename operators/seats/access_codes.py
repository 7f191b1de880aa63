"""Codes that let somebody in once: made, found and used up. Stored is their hash alone."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.urls import get_script_prefix, reverse, set_script_prefix
from django.utils import timezone

from operators.models import AccessCode
from tenants.models import Tenant

# No letter that is read as another: 16 of 32 letters are 80 bits.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH, GROUP = 16, 4
LIFETIMES = {
    AccessCode.Kind.INVITE: timedelta(days=7),
    AccessCode.Kind.RESET: timedelta(hours=24),
}


def make_code(kind: AccessCode.Kind, **values: Any) -> tuple[AccessCode, str]:
    """Store a new code of the open shop and return (its row, the code itself), which nobody can read again."""
    text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    row = AccessCode.objects.create(
        kind=kind,
        digest=hash_code(text),
        expires_at=timezone.now() + LIFETIMES[kind],
        **values,
    )
    return row, format_code(text)


def format_code(text: str) -> str:
    """Return it in groups of four, as it is read aloud: ABCD-EFGH-JKLM-NPQR."""
    return "-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def hash_code(text: str) -> str:
    """Hash what was typed, in any case and with or without its hyphens."""
    letters = "".join(sign for sign in text.upper() if sign.isalnum())
    return hashlib.sha256(letters.encode()).hexdigest()


def find_code(text: str, lock: bool = False) -> AccessCode | None:
    """Return the open shop's code if it can still be used."""
    rows = AccessCode.objects.select_for_update() if lock else AccessCode.objects.all()
    return rows.filter(
        digest=hash_code(text), ended_at=None, expires_at__gt=timezone.now()
    ).first()


def build_code_path(tenant: Tenant, code: str) -> str:
    """Return the address under which the code needs no typing; it lies in no shop's realm."""
    before = get_script_prefix()
    set_script_prefix("/")
    try:
        return reverse("join_link", args=[tenant.slug, code], urlconf="config.urls")
    finally:
        set_script_prefix(before)
