"""Typed columns for the rows of an import. The table has held nothing yet: it is made anew."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tenants.fields
import tenants.scope

VERDICTS = [
    ("new", "新規"), ("changed", "更新"), ("same", "変更なし"), ("wrong", "エラー"), ("left", "対象外"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("members", "0003_members_at_a_million"), ("tenants", "0004_operator_groups")]
    operations = [
        migrations.DeleteModel("ImportRow"),
        migrations.CreateModel(
            name="ImportRow",
            fields=[
                ("pk", models.CompositePrimaryKey("tenant_id", "source_id", "number", blank=True, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("verdict", models.CharField(blank=True, choices=VERDICTS, max_length=8)),
                ("errors", models.TextField(blank=True)),
                ("conflict", models.CharField(blank=True, max_length=40)),
                ("fresh_id", models.CharField(blank=True, max_length=12)),
                ("key_kind", models.CharField(blank=True, max_length=6)),
                ("key", models.CharField(blank=True, max_length=254)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("name_key", models.CharField(blank=True, max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("email_key", models.CharField(blank=True, max_length=254)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("phone_e164", models.CharField(blank=True, max_length=20)),
                ("line_user_id", models.CharField(blank=True, max_length=40)),
                ("birthday", models.DateField(null=True)),
                ("birth_md", models.PositiveSmallIntegerField(null=True)),
                ("line_optout", models.BooleanField(null=True)),
                ("mail_optout", models.BooleanField(null=True)),
                ("tags", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), default=None, null=True, size=None)),
                ("extras", models.JSONField(null=True)),
                ("before", models.JSONField(null=True)),
                ("member", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="members.member")),
                ("tenant", tenants.fields.TenantKey(db_index=False, default=tenants.scope.current_tenant_id, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant")),
                ("source", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="members.memberimport")),
            ],
            options={"abstract": False},
        ),
    ]  # fmt: skip
