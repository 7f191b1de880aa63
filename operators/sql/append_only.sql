-- What was done is never changed nor deleted, not by the owner of the tables either.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON operators_auditentry
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON operators_auditentry
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON operators_auditseal
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON operators_auditseal
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Every shop that is there begins to seal.
INSERT INTO tenants_wakeup (tenant_id, kind, subject, due_at, failures, last_error)
SELECT id, 'operators.seal_audit', 0, now(), 0, '' FROM tenants_tenant
ON CONFLICT DO NOTHING
