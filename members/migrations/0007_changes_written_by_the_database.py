"""The history of members, written by the database: every statement that changes a tracked column leaves one row for
each member it changed, whatever wrote it.

Statement-level, with transition tables: a row-level trigger costs a call for each row. PostgreSQL takes no column list
for a trigger with transition tables, so a second one, BEFORE UPDATE OF the tracked columns, says whether the statement
names any of them at all; the mass updates of link_state never start the comparison. The plan of a statement inside a
function is kept for the session: without ``enable_nestloop = off`` the plan of a first update of one row would join a
later million row by row.
"""

from django.db import migrations

MEMBER = (
    "name", "email", "phone", "birthday", "birth_md", "line_optout_at", "mail_optout_at", "deleted_at",
    "merged_into_id",
)  # fmt: skip
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public {settings} AS $body$
BEGIN
{body}
    RETURN NULL;
END $body$;
REVOKE ALL ON FUNCTION {name}() FROM PUBLIC;
"""
INSERT = """
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT {tenant}, {member}, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
           coalesce(current_setting('app.source', true), ''), {before}, {after}
    FROM {rows};
"""
SETTINGS = "SET enable_nestloop = off SET work_mem = '64MB'"
RECORDED = "current_setting('app.history', true) IS DISTINCT FROM 'off'"
NAMED = "coalesce(current_setting('app.tracked', true), '') = 'on'"


def changed_columns(side):
    """A JSON object of the columns that differ, as they are on this side. Put together as text: a tenth of the time of
    joining JSON objects."""
    parts = ", ".join(
        f"CASE WHEN o.{column} IS DISTINCT FROM n.{column}"
        f" THEN '\"{column}\":' || coalesce(to_json({side}.{column})::text, 'null') END"
        for column in MEMBER
    )
    return f"('{{' || concat_ws(',', {parts}) || '}}')::jsonb"


def value(side):
    """An attribute's value, by the attribute's id; the column in use goes by the attribute's kind. NULL for no row."""
    return f"jsonb_build_object('attr:' || attribute_id, {side})"


def shown(row):
    return f"coalesce(to_jsonb({row}.number), to_jsonb({row}.date), to_jsonb({row}.text))"


def functions():
    old, new = (", ".join(f"{side}.{column}" for column in MEMBER) for side in "on")
    yield "members_name_tracked", "", "    PERFORM set_config('app.tracked', 'on', true);"
    yield "members_note_member", SETTINGS, "    PERFORM set_config('app.tracked', '', true);" + INSERT.format(
        tenant="n.tenant_id", member="n.id", before=changed_columns("o"), after=changed_columns("n"),
        rows=f"old_rows o JOIN new_rows n ON n.id = o.id WHERE ({old}) IS DISTINCT FROM ({new})",
    )  # fmt: skip
    of_value = {"tenant": "tenant_id", "member": "member_id"}
    yield (
        "members_note_value_new",
        SETTINGS,
        INSERT.format(**of_value, before=value("NULL"), after=value(shown("n")), rows="new_rows n"),
    )
    yield (
        "members_note_value_gone",
        SETTINGS,
        INSERT.format(**of_value, before=value(shown("o")), after=value("NULL"), rows="old_rows o"),
    )
    # A value that moves to another member is gone from the one and new on the other.
    joined = "old_rows o FULL JOIN new_rows n USING (tenant_id, member_id, attribute_id)"
    differ = "(o.text, o.number, o.date) IS DISTINCT FROM (n.text, n.number, n.date)"
    yield (
        "members_note_value",
        SETTINGS,
        INSERT.format(**of_value, before=value(shown("o")), after=value(shown("n")), rows=f"{joined} WHERE {differ}"),
    )


TRIGGERS = f"""
CREATE TRIGGER name_tracked BEFORE UPDATE OF {", ".join(MEMBER)} ON members_member
    FOR EACH STATEMENT EXECUTE FUNCTION members_name_tracked();
CREATE TRIGGER note_changes AFTER UPDATE ON members_member
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN ({NAMED} AND {RECORDED}) EXECUTE FUNCTION members_note_member();
CREATE TRIGGER note_new AFTER INSERT ON members_attributevalue REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN ({RECORDED}) EXECUTE FUNCTION members_note_value_new();
CREATE TRIGGER note_changes AFTER UPDATE ON members_attributevalue
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT WHEN ({RECORDED}) EXECUTE FUNCTION members_note_value();
CREATE TRIGGER note_gone AFTER DELETE ON members_attributevalue REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT WHEN ({RECORDED}) EXECUTE FUNCTION members_note_value_gone();
"""
DROP = """
DROP TRIGGER name_tracked ON members_member; DROP TRIGGER note_changes ON members_member;
DROP TRIGGER note_new ON members_attributevalue; DROP TRIGGER note_changes ON members_attributevalue;
DROP TRIGGER note_gone ON members_attributevalue;
"""


def install(apps, schema_editor):
    for name, settings, body in functions():
        schema_editor.execute(FUNCTION.format(name=name, settings=settings, body=body))
    schema_editor.execute(TRIGGERS)


def remove(apps, schema_editor):
    schema_editor.execute(DROP)
    for name, _settings, _body in functions():
        schema_editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("members", "0006_member_history")]
    operations = [migrations.RunPython(install, remove)]
