-- Who works in one shop alone was made by it.
UPDATE operators_operator
SET made_by_id = only_seat.tenant_id
FROM (
    SELECT operator_id, min(tenant_id) AS tenant_id
    FROM operators_seat
    GROUP BY operator_id
    HAVING count(*) = 1
) AS only_seat
WHERE only_seat.operator_id = operators_operator.id
