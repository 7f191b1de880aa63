from django.db import migrations

CREATE = """
CREATE POLICY own_seats ON tenants_seat FOR SELECT
USING (operator_id = nullif(current_setting('app.operator_id', true), '')::bigint)
"""


class Migration(migrations.Migration):
    """An operator chooses among the shops where they have a seat: the one read that crosses shops."""

    dependencies = [("tenants", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP POLICY own_seats ON tenants_seat")]
