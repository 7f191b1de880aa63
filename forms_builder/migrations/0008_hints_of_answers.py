from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forms_builder", "0007_defaults_of_answers")]

    operations = [
        migrations.AddField(
            model_name="submission",
            name="hints",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
