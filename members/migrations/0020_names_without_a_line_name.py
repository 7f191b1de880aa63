"""New members' names without working out the key of a LINE name that is not there: a call of that function costs three
microseconds, and an import's members have none."""

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION members_keep_names() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE members_membername SET text = NEW.name_key || E'\\n' || {renamed}
        WHERE tenant_id = NEW.tenant_id AND member_id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM members_membername n USING gone WHERE n.tenant_id = gone.tenant_id AND n.member_id = gone.id;
    ELSE
        INSERT INTO members_membername (tenant_id, member_id, text)
        SELECT tenant_id, id, name_key || E'\\n' || {new} FROM come;
    END IF;
    RETURN NULL;
END $$
"""
BEFORE = KEEP.format(renamed="members_name_key(NEW.line_name)", new="members_name_key(line_name)")
AFTER = KEEP.format(
    renamed="members_name_key(NEW.line_name)",
    new="CASE WHEN line_name = '' THEN '' ELSE members_name_key(line_name) END",
)


class Migration(migrations.Migration):
    dependencies = [("members", "0019_lighter_members")]
    operations = [migrations.RunSQL(AFTER, BEFORE)]
