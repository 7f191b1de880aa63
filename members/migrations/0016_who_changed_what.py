"""Who took a merge back, who corrected a note; and the history follows the LINE user id as well (0007 has the rest)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BEFORE = (
    "name", "email", "phone", "birthday", "birth_md", "line_optout_at", "mail_optout_at", "deleted_at",
    "merged_into_id",
)  # fmt: skip
NOW = (*BEFORE, "line_user_id")
FUNCTION = """
CREATE OR REPLACE FUNCTION members_note_member() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
SET enable_nestloop = off SET work_mem = '64MB' AS $body$
BEGIN
    PERFORM set_config('app.tracked', '', true);
    INSERT INTO public.members_memberchange (tenant_id, member_id, at, operator_id, source, before, after)
    SELECT n.tenant_id, n.id, statement_timestamp(), nullif(current_setting('app.actor', true), '')::bigint,
           coalesce(current_setting('app.source', true), ''), {before}, {after}
    FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE ({old}) IS DISTINCT FROM ({new});
    RETURN NULL;
END $body$;
DROP TRIGGER name_tracked ON members_member;
CREATE TRIGGER name_tracked BEFORE UPDATE OF {columns} ON members_member
    FOR EACH STATEMENT EXECUTE FUNCTION members_name_tracked();
"""


def changed(columns, side):
    """A JSON object of the columns that differ, as they are on this side, put together as text."""
    parts = ", ".join(
        f"CASE WHEN o.{column} IS DISTINCT FROM n.{column}"
        f" THEN '\"{column}\":' || coalesce(to_json({side}.{column})::text, 'null') END"
        for column in columns
    )
    return f"('{{' || concat_ws(',', {parts}) || '}}')::jsonb"


def track(columns):
    def run(apps, schema_editor):
        old, new = (", ".join(f"{side}.{column}" for column in columns) for side in "on")
        schema_editor.execute(
            FUNCTION.format(
                before=changed(columns, "o"), after=changed(columns, "n"), old=old, new=new, columns=", ".join(columns)
            )
        )

    return run


def who():
    return models.ForeignKey(
        null=True, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+",
        to=settings.AUTH_USER_MODEL,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("members", "0015_keys_of_deleted_rows"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField("merge", "undone_by", who()),
        migrations.AddField("note", "changed_by", who()),
        migrations.RunPython(track(NOW), track(BEFORE)),
    ]
