from django.db import migrations

from tenants.pg.sql import run_sql_file


class Migration(migrations.Migration):
    dependencies = [
        ("administration", "0002_planchange"),
        ("cartsync", "0001_initial"),
        ("messaging", "0003_mail_routes_and_domains"),
        ("tenants", "0002_moving_shops"),
    ]

    operations = [
        run_sql_file("administration", "shop_figures", order_mail="ordermail")
    ]
