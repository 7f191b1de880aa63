"""`manage.py rotate_secrets`: every stored secret under the newest of FIELD_KEYS, so that the older ones may go."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from tenants.extension import extensions
from tenants.field_keys import prove_field_keys
from tenants.models import Tenant
from tenants.pg.schema import find_tenant_field
from tenants.scope import open_tenant_scope
from tenants.secrets import SecretField

Model = type[models.Model]


class Command(BaseCommand):
    help = "Encrypt every stored secret with the newest key of FIELD_KEYS. Safe to run at any time, and again."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        prove_field_keys()
        for tenant in Tenant.objects.order_by("pk"):
            with open_tenant_scope(tenant), transaction.atomic():
                count += sum(
                    rotate_rows(model, fields) for model, fields in find_secret_fields()
                )
        for app in extensions.values():
            count += sum(rotate() for rotate in app.rotations)
        self.stdout.write(f"{count} rows are under the newest key.")


def find_secret_fields() -> list[tuple[Model, list[str]]]:
    found = []
    for model in apps.get_models():
        fields = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, SecretField)
        ]
        if fields and find_tenant_field(model):
            found.append((model, fields))
    return found


def rotate_rows(model: Model, fields: list[str]) -> int:
    """Read with any key and write with the newest; what no key opens stays as it is. Return how many rows."""
    rows = list(model._default_manager.select_for_update())
    for row in rows:
        row.save(update_fields=fields)
    return len(rows)
