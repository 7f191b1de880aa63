"""`manage.py verify_audit`: whether the audit log of every shop is what was sealed; ends with 1 where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from operators.audit_seals import verify_seals
from operators.models import AuditSeal
from tenants.models import ClosedReason, Tenant
from tenants.scope import open_tenant_scope


class Command(BaseCommand):
    help = "Compare the audit log of every shop with its seals."

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        # The log of a shop that has moved goes on in its new cell; what is left here is an old copy.
        shops = Tenant.objects.exclude(closed_reason=ClosedReason.MOVED)
        for tenant in shops.order_by("pk"):
            with transaction.atomic(), open_tenant_scope(tenant):
                last = AuditSeal.objects.order_by("-pk").first()
                for line in verify_seals():
                    wrong += 1
                    self.stderr.write(f"{tenant.slug}: {line}")
            self.stdout.write(f"{tenant.slug}: {last.digest if last else 'no seal'}")
        if wrong:
            raise CommandError(f"{wrong} problems in the audit log")
