-- How the webhooks and the carts of all open shops are doing, for the figures of the installation: one row, in which
-- no shop can be told from another. Read shop by shop, a thousand of them would take a dozen seconds.
--
-- No index knows when a webhook was handled: the newest ``few`` of each shop tell whether to look at ``most`` of them.
-- ``handling``: for each of ``shares`` the seconds from arrival to end that this share of the recent ones does not
-- exceed. ``sync_age``: seconds since the newest complete reading of the cart whose own is the oldest.
CREATE FUNCTION administration_shop_figures(
    recent interval, few int, most int, shares double precision[],
    OUT handled bigint, OUT handling double precision[], OUT unhandled bigint, OUT carts bigint,
    OUT sync_age double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
WITH shops AS MATERIALIZED (SELECT id FROM tenants_tenant WHERE closed_at IS NULL),
ended AS (
    SELECT extract(epoch FROM e.handled_at - e.received_at)::double precision AS seconds FROM shops s
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE n.received_at >= now() - recent) = few AS busy FROM (
            SELECT w.received_at FROM messaging_webhookevent w
            WHERE w.tenant_id = s.id AND w.handled_at IS NOT NULL ORDER BY w.id DESC LIMIT few) n) f
    CROSS JOIN LATERAL (
        SELECT w.received_at, w.handled_at FROM messaging_webhookevent w
        WHERE w.tenant_id = s.id AND w.handled_at IS NOT NULL ORDER BY w.id DESC
        LIMIT CASE WHEN f.busy THEN most ELSE few END) e
    WHERE e.received_at >= now() - recent),
ages AS (
    SELECT extract(epoch FROM now() - coalesce(r.started_at, c.created_at))::double precision AS age
    FROM cartsync_cart c JOIN shops s ON s.id = c.tenant_id
    LEFT JOIN LATERAL (
        SELECT n.started_at FROM cartsync_syncrun n
        WHERE n.tenant_id = c.tenant_id AND n.cart_id = c.id AND n.outcome = 'success'
        ORDER BY n.started_at DESC LIMIT 1) r ON true
    WHERE c.is_active AND c.kind <> '@order_mail@')
SELECT (SELECT count(*) FROM ended),
       (SELECT percentile_disc(shares) WITHIN GROUP (ORDER BY seconds) FROM ended),
       (SELECT count(*) FROM messaging_webhookevent w JOIN shops s ON s.id = w.tenant_id WHERE w.handled_at IS NULL),
       (SELECT count(*) FROM ages),
       coalesce((SELECT max(age) FROM ages), 0)
$$;
REVOKE ALL ON FUNCTION administration_shop_figures(interval, int, int, double precision[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION administration_shop_figures(interval, int, int, double precision[]) TO @app_role@;
