"""`manage.py grant_platform LOGIN_ID`: let an operator work on the platform's own side, or no more."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operators.login.factors import has_second_factor
from operators.models import Operator


class Command(BaseCommand):
    help = "Let an operator see /platform/ (or, with --revoke, no more). They need a second factor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("login_id")
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = Operator.objects.filter(login_id=options["login_id"]).first()
        if not operator:
            raise CommandError(f"no operator has the login ID {options['login_id']!r}")
        operator.is_platform = not options["revoke"]
        operator.save(update_fields=["is_platform"])
        state = "may" if operator.is_platform else "may not"
        self.stdout.write(f"{operator.login_id} {state} see the platform's pages")
        if operator.is_platform and not has_second_factor(operator):
            self.stdout.write(
                "A second factor is missing: it is asked for at /account/."
            )
