"""One row of every tenant table, built from the models alone: a new table needs no line here."""

import itertools
import uuid
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone

from tenants.fields import PublicIdField, TenantKey
from tenants.models import Tenant
from tenants.pg.schema import find_tenant_field
from tenants.scope import open_tenant_scope

serial = itertools.count(1)
World = dict[type[models.Model], models.Model]


def tenant_models() -> list[type[models.Model]]:
    """Every model of a tenant table, parents before children."""
    found = [model for model in apps.get_models() if find_tenant_field(model)]
    ordered: list[type[models.Model]] = []
    while len(ordered) < len(found):
        ready = [
            m for m in found if m not in ordered and required_parents(m) <= set(ordered)
        ]
        assert ready, "a circle of required references"
        ordered += ready
    return ordered


def required_parents(model: type[models.Model]) -> set[type[models.Model]]:
    return {
        field.related_model
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and find_tenant_field(field.related_model)
        and field.related_model != model
    }


# Where any text would do for the table but not for the code that reads it.
EXAMPLES: dict[str, Any] = {
    "forms_builder.Field.kind": "text",
    "forms_builder.Form.opens_at": None,
    "forms_builder.Form.closes_at": None,
    # What takes an answer in could not be archived.
    "forms_builder.Field.attribute": None,
    "forms_builder.FormVersion.content": {"title": "題", "intro": "", "questions": []},
    "members.Attribute.system": "",
    "operators.AuditEntry.address": "192.0.2.1",
    "operators.Seat.expires_at": None,
    "cartsync.Cart.kind": "ecforce",
    "cartsync.Cart.settings": {"base_url": "http://127.0.0.1:9", "token": "t"},
    "messaging.Content.text": "{name}様、{line_name}様",
    "messaging.Delivery.address": "",
    "helpdesk.HelpDesk.is_active": True,
    "messaging.Tester.mail_address": "",
    "messaging.Scenario.deleted_at": None,
    "messaging.Scenario.max_runs": 3,
    "messaging.LineAccount.channel_secret": "secret",
    "messaging.LineAccount.access_token": "token",
}


def value_for(field: models.Field, world: World, operator: models.Model) -> Any:
    n = next(serial)
    if str(field) in EXAMPLES:
        return EXAMPLES[str(field)]
    if isinstance(field, models.ForeignKey):
        return world.get(field.related_model) or (
            operator if field.related_model is type(operator) else None
        )
    if field.choices:
        return field.choices[0][0]
    samples = {
        models.URLField: f"https://example.jp/{n}",
        models.CharField: f"文{n}"[: field.max_length or 20],
        models.TextField: f"文{n}",
        models.BooleanField: False,
        models.DateTimeField: timezone.now(),
        models.DateField: timezone.now().date(),
        models.TimeField: timezone.now().time(),
        models.DurationField: timedelta(minutes=n),
        models.JSONField: {},
        models.IntegerField: n % 30000,
        models.FloatField: float(n),
        models.UUIDField: uuid.uuid4(),
        models.BinaryField: b"data",
    }
    found = [sample for kind, sample in samples.items() if isinstance(field, kind)]
    assert found, f"no sample for {field}"
    return found[0]


def wants_value(field: models.Field) -> bool:
    if (
        isinstance(field, (TenantKey, PublicIdField, models.CompositePrimaryKey))
        or field.primary_key
    ):
        return False
    if isinstance(field, models.ForeignKey):
        return True
    return not field.has_default() and not getattr(field, "auto_now_add", False)


def build(
    model: type[models.Model], world: World, operator: models.Model
) -> models.Model:
    """A new row of the model for the open scope, pointing at the rows of ``world``."""
    fields = [field for field in model._meta.concrete_fields if wants_value(field)]
    return model(**{field.name: value_for(field, world, operator) for field in fields})


def make_world(tenant: Tenant, operator: models.Model) -> World:
    world: World = {}
    with open_tenant_scope(tenant), transaction.atomic():
        for model in tenant_models():
            row = model._default_manager.filter().first() or build(
                model, world, operator
            )
            row.save()
            world[model] = row
    return world
