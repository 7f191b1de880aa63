-- The rows of an import are made again from their file whenever they are lost, so they need no write-ahead log.
ALTER TABLE members_importrow SET UNLOGGED;
-- Checking and comparing write a row twice: room on its page keeps the second time away from the index.
ALTER TABLE members_importrow SET (fillfactor = 50, autovacuum_enabled = false);
-- The serving role may refresh the statistics, without which the planner takes a million fresh rows for one.
GRANT MAINTAIN ON members_importrow, members_valuelistmember TO @app_role@;
-- Long lists of values are read whole and in one piece: compressing them only costs time.
ALTER TABLE members_valuelisttext ALTER keys SET STORAGE EXTERNAL, ALTER missing SET STORAGE EXTERNAL;
