"""Rows that would give a second living member an address, where the shop does not let them share it."""

from typing import Any

from members.identity.shared_emails import LEFT_STATE, Rule, load_email_rule
from members.models import MemberImport
from tenants.scope import get_current_tenant_id

# A row that leaves the address as it is changes nothing about who shares it.
REFUSE = """
WITH rows AS MATERIALIZED (
    SELECT r.number, r.email_key, r.member_id FROM members_importrow r
    LEFT JOIN members_member m ON m.tenant_id = {tenant} AND m.id = r.member_id AND r.verdict <> 'new'
    WHERE r.tenant_id = {tenant} AND r.source_id = {source} AND r.verdict IN ('new', 'changed') AND r.email_key <> ''
      AND m.email_key IS DISTINCT FROM r.email_key AND ({left} = '' OR m.cart_state IS DISTINCT FROM {left})),
firsts AS (SELECT email_key, min(number) AS first FROM rows GROUP BY email_key),
refused AS (
    SELECT r.number, CASE WHEN EXISTS (
            SELECT FROM members_member o WHERE o.tenant_id = {tenant} AND o.email_key = r.email_key
            AND o.deleted_at IS NULL AND o.id IS DISTINCT FROM r.member_id AND ({left} = '' OR o.cart_state <> {left}))
        THEN 'shared' WHEN f.first < r.number THEN 'shared_row:' || f.first END AS conflict
    FROM rows r JOIN firsts f USING (email_key))
UPDATE members_importrow r SET verdict = 'wrong', conflict = v.conflict
FROM refused v
WHERE r.tenant_id = {tenant} AND r.source_id = {source} AND r.number = v.number AND v.conflict IS NOT NULL
"""


def refuse_shared_rows(cursor: Any, source: MemberImport) -> None:
    """Make the rows wrong that the shop's rule about shared addresses does not allow."""
    rule = load_email_rule()
    if rule == Rule.ALLOW:
        return
    left = f"'{LEFT_STATE}'" if rule == Rule.LEFT else "''"
    cursor.execute(
        REFUSE.format(
            tenant=int(get_current_tenant_id()), source=int(source.pk), left=left
        )
    )
