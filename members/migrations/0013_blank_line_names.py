"""Most imported members have no LINE name: nothing is made of nothing, without the eight functions that find it out."""

from django.db import migrations

KEY = "CASE WHEN {row}line_name = '' THEN '' ELSE members_name_key({row}line_name) END"
KEEP = """
CREATE OR REPLACE FUNCTION members_keep_names() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE members_membername SET text = NEW.name_key || E'\\n' || {of_new}
        WHERE tenant_id = NEW.tenant_id AND member_id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM members_membername n USING gone WHERE n.tenant_id = gone.tenant_id AND n.member_id = gone.id;
    ELSE
        INSERT INTO members_membername (tenant_id, member_id, text)
        SELECT tenant_id, id, name_key || E'\\n' || {of_come} FROM come;
    END IF;
    RETURN NULL;
END $$;
"""


def keep(apps, schema_editor):
    schema_editor.execute(KEEP.format(of_new=KEY.format(row="NEW."), of_come=KEY.format(row="")), None)


def before(apps, schema_editor):
    key = "members_name_key({row}line_name)"
    schema_editor.execute(KEEP.format(of_new=key.format(row="NEW."), of_come=key.format(row="")), None)


class Migration(migrations.Migration):
    dependencies = [("members", "0012_bulk_rows_without_keys")]
    operations = [migrations.RunPython(keep, before)]
