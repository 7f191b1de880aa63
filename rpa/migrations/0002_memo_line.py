"""A line in the cart's own memo, where the shop wants it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rpa", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="rpasettings",
            name="writes_memo",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="カートのメモに記録する"
            ),
        ),
    ]
