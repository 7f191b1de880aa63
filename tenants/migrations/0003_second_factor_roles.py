from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_field_key_proof")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="second_factor_roles",
            field=models.JSONField(default=list),
        ),
    ]
