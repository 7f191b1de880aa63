"""`manage.py make_shop SLUG NAME --owner LOGIN_ID`: open a shop; a new owner's password is printed once."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction

from administration.shops.forms import ShopForm
from operators import audit
from operators.models import Operator, Seat
from operators.roles import Role
from tenants.models import Plan
from tenants.scope import open_tenant_scope
from tenants.shops.open import open_shop


class Command(BaseCommand):
    help = "Open a shop with an owner and, where it is named, a plan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, help="login ID")
        parser.add_argument("--plan", help="code of a plan; without it nothing limits")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        named = ShopForm({"slug": options["slug"], "name": options["name"]})
        if not named.is_valid() or named.cleaned_data["slug"] != options["slug"]:
            raise CommandError(
                "an ID has 3 to 40 letters a-z, digits and hyphens between them;"
                " a name has at most 100 characters"
            )
        plan = Plan.objects.filter(code=options["plan"]).first()
        if options["plan"] and not plan:
            raise CommandError(f"there is no plan {options['plan']!r}")
        try:
            with transaction.atomic():
                shop = open_shop(options["slug"], options["name"])
        except IntegrityError as taken:
            raise CommandError(f"the ID {options['slug']!r} is taken") from taken
        shop.plan = plan
        shop.save(update_fields=["plan"])
        owner = Operator.objects.filter(login_id=options["owner"]).first()
        if not owner:
            password = secrets.token_urlsafe(15)
            owner = Operator.objects.create_operator(
                options["owner"], password, name=options["owner"], made_by=shop
            )
            self.stdout.write(f"password of {owner.login_id}: {password}")
        with open_tenant_scope(shop):
            seat = Seat.objects.create(operator=owner, role=Role.OWNER)
            audit.record_action("shop.opened", seat)
        self.stdout.write(f"/t/{shop.slug}/")
