from django.db import migrations

# What cartsync/stating.py keeps from now on, for the links that are there.
FILL = """
UPDATE members_member m SET cart_state = s.state
FROM (
    SELECT l.tenant_id, l.member_id,
           (array_agg(c.state ORDER BY array_position(
               ARRAY['member', 'provisional', 'guest', 'left', 'visitor']::text[], c.state::text)))[1] AS state
    FROM cartsync_link l
    JOIN cartsync_cartcustomer c ON c.tenant_id = l.tenant_id AND c.id = l.customer_id
    WHERE l.ended_at IS NULL
    GROUP BY l.tenant_id, l.member_id
) s
WHERE m.tenant_id = s.tenant_id AND m.id = s.member_id
"""


class Migration(migrations.Migration):
    dependencies = [("cartsync", "0001_initial"), ("members", "0003_members_at_a_million")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
