from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_moving_shops")]

    operations = [
        migrations.AddField(
            model_name="fieldkeyproof",
            name="signing_key",
            field=models.CharField(blank=True, default="", max_length=64),
        )
    ]
