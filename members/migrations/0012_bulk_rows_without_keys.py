"""Rows that come by the million lose their foreign keys: the database checks each key of each row by a query."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tenants.fields
import tenants.scope


def tenant(model: str) -> migrations.AlterField:
    key = tenants.fields.TenantKey(
        db_constraint=False, db_index=False, default=tenants.scope.current_tenant_id, editable=False,
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant",
    )  # fmt: skip
    return migrations.AlterField(model, "tenant", key)


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0011_keys_with_ids"),
        ("tenants", "0005_export_password_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        *map(tenant, ("attributevalue", "identityrecord", "importrow", "membertag")),
        migrations.AlterField(
            "identityrecord",
            "member",
            models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE,
                related_name="identity_records", to="members.member",
            ),
        ),
        migrations.AlterField(
            "identityrecord",
            "operator",
            models.ForeignKey(
                db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT,
                related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]  # fmt: skip
