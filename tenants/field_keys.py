"""Whether FIELD_KEYS are those that the stored secrets were written with: asked as a process starts."""

from cryptography.fernet import InvalidToken
from django.db import transaction

from tenants.models import FieldKeyProof
from tenants.secrets import get_cipher
from tenants.signing_key import compute_fingerprint

WORDS = b"tsunagi"


def can_read_secrets() -> bool:
    """Return whether the keys open what was stored; the first process of all writes the proof."""
    with transaction.atomic():
        found = FieldKeyProof.objects.first()
        if found is None:
            prove_field_keys()
            return True
    try:
        return get_cipher().decrypt(found.proof.encode()) == WORDS
    except InvalidToken:
        return False


def prove_field_keys() -> None:
    """Write the proof under the newest key."""
    proof = get_cipher().encrypt(WORDS).decode()
    FieldKeyProof.objects.update_or_create(pk=1, defaults={"proof": proof})


def refuse_wrong_field_keys() -> None:
    """Raise SystemExit where the keys are not those of the stored secrets; else write down who signs here."""
    if not can_read_secrets():
        raise SystemExit(
            "tenants.E004: FIELD_KEYS do not open the secrets in this database. Give the keys they were written with, "
            "newest first; add a new one in front of them (docs/operations.md)."
        )
    record_signing_key()


def record_signing_key() -> None:
    """Write down which SECRET_KEY this cell signs with now; nothing is written where that is known."""
    told = compute_fingerprint()
    FieldKeyProof.objects.filter(pk=1).exclude(signing_key=told).update(
        signing_key=told
    )
