"""The offer comes after the search: a request that waits for the customer's answer holds its subscription as well."""

from django.db import migrations, models

OPEN = [
    "identified",
    "allowed",
    "offered",
    "confirmed",
    "matched",
    "submitting",
    "submitted",
    "person",
]
# Until now it came first: who waits for an answer is searched when their time is over, by the same wakeup.
SEARCH_FIRST = """
UPDATE tenants_wakeup w SET kind = 'rpa.work' WHERE kind = 'rpa.offer' AND NOT EXISTS (
    SELECT FROM tenants_wakeup o WHERE o.tenant_id = w.tenant_id AND o.kind = 'rpa.work' AND o.subject = w.subject);
UPDATE rpa_cancellationrequest SET state = 'received' WHERE state = 'offered';
"""


class Migration(migrations.Migration):
    dependencies = [("rpa", "0003_reason_ids"), ("tenants", "0002_moving_shops")]

    operations = [
        migrations.RunSQL(SEARCH_FIRST, migrations.RunSQL.noop),
        migrations.RemoveConstraint("cancellationrequest", "request_open_once"),
        migrations.AddConstraint(
            "cancellationrequest",
            models.UniqueConstraint(
                fields=["tenant", "cart", "subscription_external_id"],
                name="request_open_once",
                condition=models.Q(state__in=OPEN)
                & ~models.Q(subscription_external_id=""),
            ),
        ),
        migrations.AlterField(
            model_name="cancellationrequest",
            name="state",
            field=models.CharField(
                choices=[
                    ("received", "受付"),
                    ("identified", "特定済み"),
                    ("allowed", "受付可"),
                    ("refused", "解約不可"),
                    ("offered", "ご案内中"),
                    ("confirmed", "確認済み"),
                    ("matched", "照合済み"),
                    ("submitting", "送信中"),
                    ("submitted", "送信済み"),
                    ("verified", "対応完了"),
                    ("person", "要確認"),
                    ("rehearsed", "試行済み"),
                    ("closed", "対応停止"),
                ],
                default="received",
                max_length=12,
            ),
        ),
    ]
