from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forms_builder", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="is_signed",
            field=models.BooleanField(db_default=False, default=False),
        )
    ]
