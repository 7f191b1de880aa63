"""`manage.py export_shop SLUG FILE.zip`: all rows and files of one shop."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from administration.shops.export import export_shop
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Write all tables and files of a shop into a zip. It holds customers' data in clear: mind where it lies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Tenant.objects.filter(slug=options["slug"]).first()
        if not shop:
            raise CommandError(f"there is no shop {options['slug']!r}")
        if options["path"].exists():
            raise CommandError(f"{options['path']} is there already")
        rows = export_shop(shop, options["path"])
        self.stdout.write(f"{sum(rows.values()):,} rows of {len(rows)} tables")
