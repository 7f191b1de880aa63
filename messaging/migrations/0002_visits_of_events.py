"""Messages and taps of before are visits of whoever the LINE account belongs to now."""

from django.db import migrations

KEEP = """
WITH RECURSIVE whose AS (
    SELECT tenant_id, line_user_id, id, merged_into_id FROM members_member WHERE line_user_id IS NOT NULL
    UNION ALL
    SELECT w.tenant_id, w.line_user_id, m.id, m.merged_into_id
    FROM whose w JOIN members_member m ON m.tenant_id = w.tenant_id AND m.id = w.merged_into_id)
INSERT INTO members_visit (tenant_id, member_id, at, kind, key)
SELECT e.tenant_id, w.id, e.occurred_at, CASE e.kind WHEN 'postback' THEN 'tap' ELSE 'message' END,
       e.account_id || ':' || e.event_id
FROM messaging_webhookevent e
JOIN whose w ON w.tenant_id = e.tenant_id AND w.line_user_id = e.user_id AND w.merged_into_id IS NULL
WHERE e.kind IN ('message', 'postback') AND e.user_id <> '' AND e.handled_at IS NOT NULL
ON CONFLICT DO NOTHING
"""
COUNT = """
UPDATE members_member m SET visits = c.visits, sessions = c.sessions
FROM (
    SELECT tenant_id, member_id, count(*) AS visits,
           count(*) FILTER (WHERE since IS NULL OR since > interval '30 minutes') AS sessions
    FROM (SELECT tenant_id, member_id, at - lag(at) OVER (PARTITION BY tenant_id, member_id ORDER BY at) AS since
          FROM members_visit) v
    GROUP BY tenant_id, member_id) c
WHERE m.tenant_id = c.tenant_id AND m.id = c.member_id
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("members", "0017_visits")]
    operations = [
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
