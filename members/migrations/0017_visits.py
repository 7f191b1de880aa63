"""When members were there, and how often. What was said before is counted from LINE's events by messaging's migration."""

import django.db.models.deletion
import tenants.fields
import tenants.scope
from django.db import migrations, models

COUNTS = (("visits", "訪問回数"), ("sessions", "セッション数"))


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0016_who_changed_what"),
        ("tenants", "0005_export_password_length"),
    ]
    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id", "kind", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("message", "メッセージ"), ("tap", "タップ"), ("form", "フォームを開いた")],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                (
                    "member",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE,
                        related_name="all_visits", to="members.member",
                    ),
                ),
                (
                    "tenant",
                    tenants.fields.TenantKey(
                        db_constraint=False, db_index=False, default=tenants.scope.current_tenant_id, editable=False,
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["tenant", "member", "at"], name="visit_of_member")]},
        ),
        *(
            migrations.AddField("member", name, models.IntegerField(db_default=0, default=0, verbose_name=label))
            for name, label in COUNTS
        ),
        *(
            migrations.AddIndex(
                "member",
                models.Index(fields=["tenant", name], name=f"member_{name}", condition=models.Q((f"{name}__gt", 0))),
            )
            for name, _label in COUNTS
        ),
    ]  # fmt: skip
