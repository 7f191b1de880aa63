-- The history of members, written by the database: every statement that changes a tracked column leaves one row for
-- each member it changed, whatever wrote it.
--
-- Statement-level, with transition tables: a row-level trigger costs a call for each row. PostgreSQL takes no column
-- list for a trigger with transition tables, so a second one, BEFORE UPDATE OF the tracked columns, says whether the
-- statement names any of them at all; the mass updates of link_state never start the comparison. The plan of a
-- statement inside a function is kept for the session: without ``enable_nestloop = off`` the plan of a first update of
-- one row would join a later million row by row. The JSON is put together as text: a tenth of the time of joining JSON
-- objects.

CREATE FUNCTION members_name_tracked() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $body$
BEGIN
    SET LOCAL app.tracked = 'on';
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION members_name_tracked() FROM PUBLIC;

CREATE FUNCTION members_note_member() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public SET enable_nestloop = off SET work_mem = '64MB' AS $body$
BEGIN
    SET LOCAL app.tracked = '';
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT n.tenant_id, n.id, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
        coalesce(current_setting('app.source', true), ''), 
        ('{' || concat_ws(',',
            CASE WHEN o.name IS DISTINCT FROM n.name
                THEN '"name":' || coalesce(to_json(o.name)::text, 'null') END,
            CASE WHEN o.email IS DISTINCT FROM n.email
                THEN '"email":' || coalesce(to_json(o.email)::text, 'null') END,
            CASE WHEN o.phone IS DISTINCT FROM n.phone
                THEN '"phone":' || coalesce(to_json(o.phone)::text, 'null') END,
            CASE WHEN o.birthday IS DISTINCT FROM n.birthday
                THEN '"birthday":' || coalesce(to_json(o.birthday)::text, 'null') END,
            CASE WHEN o.birth_md IS DISTINCT FROM n.birth_md
                THEN '"birth_md":' || coalesce(to_json(o.birth_md)::text, 'null') END,
            CASE WHEN o.line_optout_at IS DISTINCT FROM n.line_optout_at
                THEN '"line_optout_at":' || coalesce(to_json(o.line_optout_at)::text, 'null') END,
            CASE WHEN o.mail_optout_at IS DISTINCT FROM n.mail_optout_at
                THEN '"mail_optout_at":' || coalesce(to_json(o.mail_optout_at)::text, 'null') END,
            CASE WHEN o.deleted_at IS DISTINCT FROM n.deleted_at
                THEN '"deleted_at":' || coalesce(to_json(o.deleted_at)::text, 'null') END,
            CASE WHEN o.merged_into_id IS DISTINCT FROM n.merged_into_id
                THEN '"merged_into_id":' || coalesce(to_json(o.merged_into_id)::text, 'null') END,
            CASE WHEN o.line_user_id IS DISTINCT FROM n.line_user_id
                THEN '"line_user_id":' || coalesce(to_json(o.line_user_id)::text, 'null') END) || '}')::jsonb, 
        ('{' || concat_ws(',',
            CASE WHEN o.name IS DISTINCT FROM n.name
                THEN '"name":' || coalesce(to_json(n.name)::text, 'null') END,
            CASE WHEN o.email IS DISTINCT FROM n.email
                THEN '"email":' || coalesce(to_json(n.email)::text, 'null') END,
            CASE WHEN o.phone IS DISTINCT FROM n.phone
                THEN '"phone":' || coalesce(to_json(n.phone)::text, 'null') END,
            CASE WHEN o.birthday IS DISTINCT FROM n.birthday
                THEN '"birthday":' || coalesce(to_json(n.birthday)::text, 'null') END,
            CASE WHEN o.birth_md IS DISTINCT FROM n.birth_md
                THEN '"birth_md":' || coalesce(to_json(n.birth_md)::text, 'null') END,
            CASE WHEN o.line_optout_at IS DISTINCT FROM n.line_optout_at
                THEN '"line_optout_at":' || coalesce(to_json(n.line_optout_at)::text, 'null') END,
            CASE WHEN o.mail_optout_at IS DISTINCT FROM n.mail_optout_at
                THEN '"mail_optout_at":' || coalesce(to_json(n.mail_optout_at)::text, 'null') END,
            CASE WHEN o.deleted_at IS DISTINCT FROM n.deleted_at
                THEN '"deleted_at":' || coalesce(to_json(n.deleted_at)::text, 'null') END,
            CASE WHEN o.merged_into_id IS DISTINCT FROM n.merged_into_id
                THEN '"merged_into_id":' || coalesce(to_json(n.merged_into_id)::text, 'null') END,
            CASE WHEN o.line_user_id IS DISTINCT FROM n.line_user_id
                THEN '"line_user_id":' || coalesce(to_json(n.line_user_id)::text, 'null') END) || '}')::jsonb
    FROM old_rows o JOIN new_rows n ON n.id = o.id
    WHERE (o.name, o.email, o.phone, o.birthday, o.birth_md,
        o.line_optout_at, o.mail_optout_at, o.deleted_at, o.merged_into_id, o.line_user_id)
        IS DISTINCT FROM (n.name, n.email, n.phone, n.birthday, n.birth_md,
        n.line_optout_at, n.mail_optout_at, n.deleted_at, n.merged_into_id, n.line_user_id);
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION members_note_member() FROM PUBLIC;

-- An attribute's value goes by the attribute's id; the column in use goes by the attribute's kind.
CREATE FUNCTION members_note_value_new() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public SET enable_nestloop = off SET work_mem = '64MB' AS $body$
BEGIN
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT tenant_id, member_id, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
        coalesce(current_setting('app.source', true), ''), jsonb_build_object('attr:' || attribute_id, NULL), 
        jsonb_build_object('attr:' || attribute_id, coalesce(to_jsonb(n.number), to_jsonb(n.date), to_jsonb(n.text)))
    FROM new_rows n;
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION members_note_value_new() FROM PUBLIC;

CREATE FUNCTION members_note_value_gone() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public SET enable_nestloop = off SET work_mem = '64MB' AS $body$
BEGIN
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT tenant_id, member_id, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
        coalesce(current_setting('app.source', true), ''), 
        jsonb_build_object('attr:' || attribute_id, coalesce(to_jsonb(o.number), to_jsonb(o.date), to_jsonb(o.text))), 
        jsonb_build_object('attr:' || attribute_id, NULL)
    FROM old_rows o;
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION members_note_value_gone() FROM PUBLIC;

-- A value that moves to another member is gone from the one and new on the other.
CREATE FUNCTION members_note_value() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public SET enable_nestloop = off SET work_mem = '64MB' AS $body$
BEGIN
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT tenant_id, member_id, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
        coalesce(current_setting('app.source', true), ''), 
        jsonb_build_object('attr:' || attribute_id, coalesce(to_jsonb(o.number), to_jsonb(o.date), to_jsonb(o.text))), 
        jsonb_build_object('attr:' || attribute_id, coalesce(to_jsonb(n.number), to_jsonb(n.date), to_jsonb(n.text)))
    FROM old_rows o FULL JOIN new_rows n USING (tenant_id, member_id, attribute_id)
    WHERE (o.text, o.number, o.date) IS DISTINCT FROM (n.text, n.number, n.date);
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION members_note_value() FROM PUBLIC;

CREATE TRIGGER name_tracked BEFORE UPDATE OF
    name, email, phone, birthday, birth_md,
    line_optout_at, mail_optout_at, deleted_at, merged_into_id, line_user_id ON members_member
    FOR EACH STATEMENT EXECUTE FUNCTION members_name_tracked();
CREATE TRIGGER note_changes AFTER UPDATE ON members_member
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    WHEN (coalesce(current_setting('app.tracked', true), '') = 'on' AND current_setting('app.history', true) IS DISTINCT FROM 'off')
    EXECUTE FUNCTION members_note_member();
CREATE TRIGGER note_new AFTER INSERT ON members_attributevalue REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    WHEN (current_setting('app.history', true) IS DISTINCT FROM 'off') EXECUTE FUNCTION members_note_value_new();
CREATE TRIGGER note_changes AFTER UPDATE ON members_attributevalue
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    WHEN (current_setting('app.history', true) IS DISTINCT FROM 'off') EXECUTE FUNCTION members_note_value();
CREATE TRIGGER note_gone AFTER DELETE ON members_attributevalue REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT
    WHEN (current_setting('app.history', true) IS DISTINCT FROM 'off') EXECUTE FUNCTION members_note_value_gone();
