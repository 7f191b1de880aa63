"""The names that are searched, their index over pairs of letters, and the one function that searches.

Under the policies no operator for parts of a text may use an index, because none is leakproof. The function runs as the
owner of the tables, reads the shop from the transaction itself, and gives numbers of that shop's members only.
"""

from django.conf import settings
from django.db import migrations

from members.normalising import KATAKANA
from members.variants import VARIANTS

INVISIBLE = (
    r"\uFE00-\uFE0F\U000E0100-\U000E01EF\u180B-\u180E\u00AD\uFEFF\u200B-\u200F\u202A-\u202E\u2060-\u206F"
)


def letters(codes) -> str:
    return "".join(chr(code) if isinstance(code, int) else code for code in codes)


# members.normalising.name_key, for LINE names, which have no column of their own for it.
KEY = f"""
CREATE FUNCTION members_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
SELECT left(translate(regexp_replace(normalize(translate(lower(normalize(regexp_replace(
    name, '[{INVISIBLE}]+', '', 'g'), NFKC)), '{letters(KATAKANA)}', '{letters(KATAKANA.values())}'), NFKC),
    '[\\s・･.,''’‐-]+', '', 'g'), '{letters(VARIANTS)}', '{letters(VARIANTS.values())}'), 200)
$$
"""
# '1:高', '1:高橋', '1:橋花', …: the first letter alone, so that one letter finds the names that begin with it.
PAIRS = """
CREATE FUNCTION members_pairs(shop bigint, names text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
DECLARE
    pairs text[] := '{}';
    head text := shop || ':';
BEGIN
    FOR place IN 0 .. length(names) - 1 LOOP
        pairs := pairs || (head || substr(names, place, 2));
    END LOOP;
    RETURN pairs;
END $$
"""
INDEXES = """
CREATE INDEX membername_pairs ON members_membername USING gin (members_pairs(tenant_id, text) COLLATE "C");
CREATE INDEX member_phone_end ON members_member (tenant_id, reverse(phone_e164)) WHERE phone_e164 <> '';
"""
FILL = """
INSERT INTO members_membername (tenant_id, member_id, text)
SELECT tenant_id, id, name_key || E'\\n' || members_name_key(line_name) FROM members_member
"""
KEEP = f"""
CREATE FUNCTION members_keep_names() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE members_membername SET text = NEW.name_key || E'\\n' || members_name_key(NEW.line_name)
        WHERE tenant_id = NEW.tenant_id AND member_id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM members_membername n USING gone WHERE n.tenant_id = gone.tenant_id AND n.member_id = gone.id;
    ELSE
        {FILL.replace("FROM members_member", "FROM come")};
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_named AFTER INSERT ON members_member REFERENCING NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION members_keep_names();
CREATE TRIGGER members_unnamed AFTER DELETE ON members_member REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION members_keep_names();
-- By row, so that a statement that changes no name costs nothing: a trigger by statement would compare all its rows.
CREATE TRIGGER members_renamed AFTER UPDATE OF name_key, line_name ON members_member FOR EACH ROW
    WHEN (OLD.name_key IS DISTINCT FROM NEW.name_key OR OLD.line_name IS DISTINCT FROM NEW.line_name)
    EXECUTE FUNCTION members_keep_names();
"""
# Every part that is not '' looks into its own index. NULL: more than ``most`` were found by one of them, or by all.
SEARCH = """
CREATE FUNCTION members_search(by_name text, by_email text, by_phone text, by_end text, by_code text, most int)
RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    shop bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    last text := chr(1114111);
    pairs text[];
    found bigint[];
BEGIN
    IF shop IS NULL THEN
        RAISE EXCEPTION 'No shop is set.';
    END IF;
    pairs := CASE WHEN length(by_name) = 1 THEN ARRAY[shop || ':' || by_name, shop || E':\\n' || by_name]
                  ELSE (members_pairs(shop, by_name))[2:] END;
    SELECT array_agg(id) INTO found FROM (
        (SELECT n.member_id AS id FROM members_membername n
         WHERE length(by_name) = 1 AND members_pairs(n.tenant_id, n.text) COLLATE "C" && pairs
         AND n.tenant_id = shop LIMIT most + 1)
        UNION
        (SELECT n.member_id FROM members_membername n
         WHERE length(by_name) > 1 AND members_pairs(n.tenant_id, n.text) COLLATE "C" @> pairs
         AND strpos(n.text, by_name) > 0 AND n.tenant_id = shop LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_email <> '' AND m.tenant_id = shop AND m.email_key >= by_email AND m.email_key < by_email || last
         AND m.email_key <> '' LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_phone <> '' AND m.tenant_id = shop AND m.phone_e164 >= by_phone AND m.phone_e164 < by_phone || last
         AND m.phone_e164 <> '' LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_end <> '' AND m.tenant_id = shop AND m.phone_e164 <> ''
         AND reverse(m.phone_e164) >= by_end AND reverse(m.phone_e164) < by_end || last LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_code <> '' AND m.tenant_id = shop AND m.public_id >= lower(by_code) AND m.public_id < lower(by_code) || last
         LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_code <> '' AND m.tenant_id = shop
         AND m.line_user_id >= by_code AND m.line_user_id < by_code || last LIMIT most + 1)
    ) every_way LIMIT most + 1;
    RETURN CASE WHEN cardinality(found) > most THEN NULL ELSE coalesce(found, '{}') END;
END $$
"""
DROP = """
DROP FUNCTION members_search, members_pairs, members_name_key, members_keep_names CASCADE;
DROP INDEX member_phone_end;
"""


def make(apps, schema_editor):
    role = schema_editor.quote_name(settings.APP_ROLE)
    for statement in (KEY, PAIRS, INDEXES, KEEP, SEARCH, FILL):
        schema_editor.execute(statement, None)
    arguments = {
        "members_search": "text, text, text, text, text, int", "members_pairs": "bigint, text",
        "members_name_key": "text", "members_keep_names": "",
    }  # fmt: skip
    for name, types in arguments.items():
        schema_editor.execute(f"REVOKE ALL ON FUNCTION {name}({types}) FROM PUBLIC")
        schema_editor.execute(f"GRANT EXECUTE ON FUNCTION {name}({types}) TO {role}")
    schema_editor.execute(f"GRANT MAINTAIN ON members_valuelistmember TO {role}")
    schema_editor.execute("ALTER TABLE members_valuelisttext ALTER keys SET STORAGE EXTERNAL, ALTER missing SET STORAGE EXTERNAL")


def drop(apps, schema_editor):
    schema_editor.execute(DROP, None)


class Migration(migrations.Migration):
    dependencies = [("members", "0008_value_list_texts")]
    operations = [migrations.RunPython(make, drop)]
