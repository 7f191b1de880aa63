import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0015_keys_of_deleted_rows"),
        ("messaging", "0002_visits_of_events"),
    ]

    operations = [
        migrations.AddField(
            model_name="scenario",
            name="segment",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.segment"
            ),
        ),
    ]
