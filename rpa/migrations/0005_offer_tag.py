"""The tag of who takes the offer."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial"), ("rpa", "0004_offer_after_search")]

    operations = [
        migrations.AddField(
            model_name="rpasettings",
            name="offer_tag",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="members.tag",
            ),
        ),
    ]
