from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rpa", "0006_offers")]

    operations = [
        migrations.AddField(
            model_name="rpasettings",
            name="pauses_from",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "カートの「停止」にする"),
                    ("next", "次回のお届け日に、選ばれた日数を足す"),
                    ("previous", "前回のお届け日に、選ばれた日数を足す"),
                ],
                db_default="",
                default="",
                max_length=8,
                verbose_name="休止のしかた",
            ),
        ),
        migrations.AddField(
            model_name="rpasettings",
            name="pause_days",
            field=models.PositiveSmallIntegerField(db_default=30, default=30, verbose_name="休止の日数"),
        ),
        migrations.AddField(
            model_name="rpasettings",
            name="skips_by_interval",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="スキップを前回のお届け間隔で行う"
            ),
        ),
    ]
