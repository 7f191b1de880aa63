"""`manage.py delete_shop SLUG --sure SLUG`: delete a shop for good, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from administration.shops.erase import erase_shop
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Delete everything of a shop but the ids in its audit log. There is no way back but a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--sure", required=True, help="the slug once more")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Tenant.objects.filter(slug=options["slug"]).first()
        if not shop or options["sure"] != options["slug"]:
            raise CommandError("there is no such shop, or --sure names another one")
        self.stdout.write(f"{erase_shop(shop):,} rows deleted")
