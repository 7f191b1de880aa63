-- An operator chooses among the shops where they have a seat: the one read that crosses shops.
CREATE POLICY own_seats ON operators_seat FOR SELECT
USING (operator_id = nullif(current_setting('app.operator_id', true), '')::bigint);
