from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("helpdesk", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="helpdesk",
            name="trouble",
            field=models.CharField(blank=True, db_default="", max_length=30),
        ),
    ]
