-- What the planner knows of a cart's tables: the serving role may refresh it (cartsync/sync/statistics.py), and it learns
-- that a cart belongs to one shop, instead of multiplying their shares of the table.
GRANT MAINTAIN ON cartsync_cartcustomer, cartsync_cartorder, cartsync_cartsubscription TO @app_role@;
CREATE STATISTICS cartsync_cartcustomer_shop (dependencies) ON tenant_id, cart_id FROM cartsync_cartcustomer;
CREATE STATISTICS cartsync_cartorder_shop (dependencies) ON tenant_id, cart_id FROM cartsync_cartorder;
CREATE STATISTICS cartsync_cartsubscription_shop (dependencies) ON tenant_id, cart_id FROM cartsync_cartsubscription;
