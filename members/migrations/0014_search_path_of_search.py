"""The function that runs as the owner of the tables looks into temporary tables last: left unnamed they come first."""

from django.db import migrations

SIGNATURE = "members_search(text, text, text, text, text, int)"


class Migration(migrations.Migration):
    dependencies = [("members", "0013_blank_line_names")]
    operations = [
        migrations.RunSQL(
            f"ALTER FUNCTION {SIGNATURE} SET search_path = pg_catalog, public, pg_temp",
            f"ALTER FUNCTION {SIGNATURE} SET search_path = public",
        )
    ]
