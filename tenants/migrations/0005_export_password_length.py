from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0004_operator_groups")]

    operations = [
        migrations.AddField("tenant", "export_password_length", models.PositiveSmallIntegerField(default=12)),
    ]
