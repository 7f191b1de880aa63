"""The cart's own reasons, by what customers choose."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rpa", "0002_memo_line")]

    operations = [
        migrations.AddField(
            model_name="rpasettings",
            name="reason_ids",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict
            ),
        ),
    ]
