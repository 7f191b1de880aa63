-- What the search box finds by the customers that members are linked with; see members/sql/search.sql.

CREATE INDEX link_names ON cartsync_link USING gin (members_pairs(tenant_id, customer_names) COLLATE "C")
    WHERE ended_at IS NULL AND customer_names <> '';

-- At most about ``most`` numbers of members for each way; more would not be shown anyway.
CREATE FUNCTION cartsync_search(by_name text, by_email text, by_phone text, most int)
RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    shop bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    last text := chr(1114111);
    pairs text[];
    found bigint[];
BEGIN
    IF shop IS NULL THEN
        RAISE EXCEPTION 'No shop is set.';
    END IF;
    pairs := (members_pairs(shop, by_name))[2:];
    SELECT array_agg(id) INTO found FROM (
        (SELECT l.member_id AS id FROM cartsync_link l
         WHERE length(by_name) > 1 AND l.ended_at IS NULL AND l.customer_names <> ''
         AND members_pairs(l.tenant_id, l.customer_names) COLLATE "C" @> pairs
         AND strpos(l.customer_names, by_name) > 0 AND l.tenant_id = shop LIMIT most)
        UNION
        (SELECT l.member_id FROM cartsync_cart k
         JOIN cartsync_cartcustomer c ON c.tenant_id = shop AND c.cart_id = k.id
              AND c.email_key >= by_email AND c.email_key < by_email || last
         JOIN cartsync_link l ON l.tenant_id = shop AND l.customer_id = c.id AND l.ended_at IS NULL
         WHERE by_email <> '' AND k.tenant_id = shop LIMIT most)
        UNION
        (SELECT l.member_id FROM cartsync_cart k
         JOIN cartsync_cartcustomer c ON c.tenant_id = shop AND c.cart_id = k.id
              AND c.phone_e164 >= by_phone AND c.phone_e164 < by_phone || last
         JOIN cartsync_link l ON l.tenant_id = shop AND l.customer_id = c.id AND l.ended_at IS NULL
         WHERE by_phone <> '' AND k.tenant_id = shop LIMIT most)
    ) every_way;
    RETURN coalesce(found, '{}');
END $$;
REVOKE ALL ON FUNCTION cartsync_search(text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cartsync_search(text, text, text, int) TO @app_role@;
