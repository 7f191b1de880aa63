import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("administration", "0003_shop_figures"),
        ("tenants", "0003_signing_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(blank=True, max_length=12)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "移動中"), ("moved", "移動済み"), ("stayed", "このセルに残りました")],
                        max_length=6,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("begun_at", models.DateTimeField()),
                ("step_at", models.DateTimeField()),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="tenants.tenant"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["shop", "-begun_at"], name="shopmove_newest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "")), fields=("shop",), name="shopmove_one_under_way"
                    )
                ],
            },
        ),
    ]
