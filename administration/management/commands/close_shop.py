"""`manage.py close_shop SLUG [--open]`: close a shop (it is read, nothing is sent), or open it again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from administration.shops.erase import TRIAL_WAKEUP
from messaging.accounts.stop_all import stop_all_sends
from operators import audit
from tenants.models import ClosedReason, Tenant
from tenants.scope import open_tenant_scope
from tenants.shops.closed import close_shop, reopen_shop
from tenants.wakeups import wake


class Command(BaseCommand):
    help = "Close a shop: its pages can be read and exported, nothing is changed, sent or fetched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--open", action="store_true", help="open it again")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        shop = Tenant.objects.filter(slug=options["slug"]).first()
        if not shop:
            raise CommandError(f"there is no shop {options['slug']!r}")
        with open_tenant_scope(shop):
            if options["open"]:
                if shop.closed_reason == ClosedReason.TRIAL:
                    raise CommandError(
                        "its trial is over: give it a plan on /platform/"
                    )
                changed = reopen_shop(shop)
                wake(shop, TRIAL_WAKEUP)
            elif changed := close_shop(shop, ClosedReason.DISABLED):
                stop_all_sends(shop)
            state = "reopened" if options["open"] else "closed"
            if changed:
                audit.record_action(f"shop.{state}", shop)
        self.stdout.write(f"{shop.slug}: {state if changed else 'nothing to do'}")
