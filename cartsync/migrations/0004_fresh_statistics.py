"""What the planner knows of a cart's tables: the serving role may refresh it (cartsync/statistics.py), and it learns that
a cart belongs to one shop, instead of multiplying their shares of the table."""

from django.conf import settings
from django.db import migrations

TABLES = ("cartsync_cartcustomer", "cartsync_cartorder", "cartsync_cartsubscription")


def tell(apps, schema_editor):
    role = schema_editor.quote_name(settings.APP_ROLE)
    for table in TABLES:
        schema_editor.execute(f"GRANT MAINTAIN ON {table} TO {role}")
        schema_editor.execute(f"CREATE STATISTICS {table}_shop (dependencies) ON tenant_id, cart_id FROM {table}")


def forget(apps, schema_editor):
    role = schema_editor.quote_name(settings.APP_ROLE)
    for table in TABLES:
        schema_editor.execute(f"DROP STATISTICS {table}_shop")
        schema_editor.execute(f"REVOKE MAINTAIN ON {table} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [("cartsync", "0003_customers_by_number")]
    operations = [migrations.RunPython(tell, forget)]
