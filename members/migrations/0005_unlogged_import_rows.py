"""The rows of an import are made anew from their file whenever they are lost, so they need no write-ahead log; and the
serving role may refresh their statistics, without which the planner takes a million fresh rows for one."""

from django.conf import settings
from django.db import migrations


def stage(apps, schema_editor):
    schema_editor.execute("ALTER TABLE members_importrow SET UNLOGGED")
    # Checking and judging write a row twice: room on its page keeps the second time away from the index.
    schema_editor.execute("ALTER TABLE members_importrow SET (fillfactor = 50, autovacuum_enabled = false)")
    role = schema_editor.quote_name(settings.APP_ROLE)
    schema_editor.execute(f"GRANT MAINTAIN ON members_importrow TO {role}")


class Migration(migrations.Migration):
    dependencies = [("members", "0004_import_rows")]
    operations = [migrations.RunPython(stage, migrations.RunPython.noop)]
