"""Stored secrets: encrypted with FIELD_KEYS, newest first, so that keys can be rotated."""

import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


@lru_cache(maxsize=4)
def _build_cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def get_cipher() -> MultiFernet:
    return _build_cipher(tuple(settings.FIELD_KEYS))


class UnreadableSecret(str):
    """A stored secret that none of FIELD_KEYS opens: blank to whoever uses it, and written back as it was found."""

    stored: str

    def __new__(cls, stored: str) -> "UnreadableSecret":
        made = super().__new__(cls, "")
        made.stored = stored
        return made


class SecretField(models.TextField):
    """Text that is readable in Python and unreadable in the database and its backups."""

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, UnreadableSecret):
            return value.stored
        return get_cipher().encrypt(value.encode()).decode() if value else value

    def from_db_value(self, value: str | None, *args: object) -> str | None:
        if not value:
            return value
        try:
            return get_cipher().decrypt(value.encode()).decode()
        except InvalidToken:
            # A list must not break because of one of its rows.
            return UnreadableSecret(value)


class UnreadableSecrets(dict[str, Any]):
    """Stored values that none of FIELD_KEYS opens: none to whoever uses them, and written back as they were found."""

    def __init__(self, stored: str) -> None:
        super().__init__()
        self.stored = stored


class SecretJsonField(SecretField):
    """A dict of plain values, encrypted as a whole."""

    _pyi_private_set_type: dict[str, Any]  # type: ignore[assignment]
    _pyi_private_get_type: dict[str, Any]  # type: ignore[assignment]

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, UnreadableSecrets):
            return value.stored
        return super().get_prep_value(json.dumps(value, ensure_ascii=False))

    def from_db_value(self, value: str | None, *args: object) -> Any:
        found = super().from_db_value(value, *args)
        if isinstance(found, UnreadableSecret):
            return UnreadableSecrets(found.stored)
        return json.loads(found) if found else {}


def check_sendable(token: str) -> None:
    """Check what is sent in a header: a letter that HTTP cannot carry would only fail when it is used."""
    if not (token.isascii() and token.isprintable()):
        raise ValidationError(
            _(
                "使えない文字（全角文字や改行など）が含まれています。発行した画面からコピーし直してください。"
            ),
            code="unsendable",
        )
