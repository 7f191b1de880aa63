"""`manage.py delete_shop SLUG --sure SLUG`: delete a shop for good, now."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from administration.shops.erase import WAKEUP, begin_erasing, erase_shop
from tenants.models import ClosedReason, Tenant, Wakeup
from tenants.wakeups import wake

TAKEN_OVER = timedelta(hours=1)


class Command(BaseCommand):
    help = "Delete everything of a shop but the ids in its audit log. There is no way back but a backup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--sure", required=True, help="the slug once more")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Tenant.objects.filter(slug=options["slug"]).first()
        if not shop or options["sure"] != options["slug"]:
            raise CommandError("there is no such shop, or --sure names another one")
        if shop.closed_reason == ClosedReason.MOVING:
            raise CommandError("it is on its way to another cell: end the move first")
        begin_erasing(shop)
        # A worker ends it where this command is killed.
        wake(shop, WAKEUP, at=timezone.now() + TAKEN_OVER)
        rows = erase_shop(shop)
        Wakeup.objects.filter(tenant=shop).delete()
        self.stdout.write(f"{rows:,} rows deleted")
