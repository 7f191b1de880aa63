"""Lets the serving role refresh the planner's statistics of pasted lists: right after a million values came in, the
planner took them for one and joined row by row."""

from django.conf import settings
from django.db import migrations


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.APP_ROLE)
    schema_editor.execute(f"GRANT MAINTAIN ON members_valuelistentry TO {role}")


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]
    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
