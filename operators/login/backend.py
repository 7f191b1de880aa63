"""Who logs in: found by login ID or by email, with exactly one hash for every try, whether there is somebody or not."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest

from operators.models import Operator


def find_operator(name: str) -> Operator | None:
    """Return the operator with this login ID or, where nobody has it, with this email in any case."""
    found = Operator.objects.alias(lowered=Lower("email")).filter(
        Q(login_id=name) | Q(lowered=name.lower(), lowered__gt="")
    )
    return next(iter(sorted(found, key=lambda one: one.login_id != name)), None)


class OperatorBackend(BaseBackend):
    """One look and one hash: how long an answer takes tells nobody who is registered."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str = "",
        email: str = "",
        password: str = "",
        **credentials: Any,
    ) -> Operator | None:
        operator = find_operator(username or email)
        if operator is None:
            make_password(password)
            return None
        right = operator.check_password(password)
        return operator if right and operator.is_active else None

    def get_user(self, user_id: int) -> Operator | None:
        return Operator.objects.filter(pk=user_id, is_active=True).first()
