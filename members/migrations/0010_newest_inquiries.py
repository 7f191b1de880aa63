from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0001_jobs"),
        ("members", "0009_search"),
        ("tenants", "0005_export_password_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="inquiry",
            index=models.Index(fields=["tenant", "-created_at", "-id"], name="inquiry_newest"),
        ),
    ]
