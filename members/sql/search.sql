-- The names that are searched, their index over pairs of letters, and the one function that searches.
--
-- Under the policies no operator for parts of a text may use an index, because none is leakproof. The function runs as
-- the owner of the tables, reads the shop from the transaction itself, and gives numbers of that shop's members only.

-- members/normalize/keys.py: name_key, for LINE names, which have no column of their own for it.
CREATE FUNCTION members_name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog AS $$
SELECT left(translate(regexp_replace(normalize(translate(lower(normalize(regexp_replace(
    regexp_replace(name, '(?<=[ぁ-ゖァ-ヺーｦ-ﾟ])[－−―—─]', 'ー', 'g'), '[@invisible@]+', '', 'g'), NFKC)), '@hiragana@', '@katakana@'), NFKC),
    '[\s・･.,''’‐-]+', '', 'g'), '@variants@', '@usual_kanji@'), 200)
$$;

-- '1:高', '1:高橋', '1:橋花', …: the first letter alone, so that one letter finds the names that begin with it.
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
END $$;
CREATE INDEX membername_pairs ON members_membername USING gin (members_pairs(tenant_id, text) COLLATE "C");
CREATE INDEX member_phone_end ON members_member (tenant_id, reverse(phone_e164)) WHERE phone_e164 <> '';

-- Most imported members have no LINE name: nothing is made of nothing, without the eight functions that find it out.
CREATE FUNCTION members_keep_names() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        UPDATE members_membername SET text = NEW.name_key || E'\n'
            || CASE WHEN NEW.line_name = '' THEN '' ELSE members_name_key(NEW.line_name) END
        WHERE tenant_id = NEW.tenant_id AND member_id = NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM members_membername n USING gone WHERE n.tenant_id = gone.tenant_id AND n.member_id = gone.id;
    ELSE
        INSERT INTO members_membername (tenant_id, member_id, text)
        SELECT tenant_id, id, name_key || E'\n' || CASE WHEN line_name = '' THEN '' ELSE members_name_key(line_name) END
        FROM come;
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

-- Every part that is not '' looks into its own index. NULL: more than ``most`` were found by one of them, or by all.
-- Temporary tables come last on the search path: left unnamed they would come first.
CREATE FUNCTION members_search(by_name text, by_email text, by_phone text, by_end text, by_code text, most int)
RETURNS bigint[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    shop bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    last text := chr(1114111);
    pairs text[];
    found bigint[];
BEGIN
    IF shop IS NULL THEN
        RAISE EXCEPTION 'No shop is set.';
    END IF;
    pairs := CASE WHEN length(by_name) = 1 THEN ARRAY[shop || ':' || by_name, shop || E':\n' || by_name]
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
         WHERE by_code <> '' AND m.tenant_id = shop
         AND m.public_id >= lower(by_code) AND m.public_id < lower(by_code) || last LIMIT most + 1)
        UNION
        (SELECT m.id FROM members_member m
         WHERE by_code <> '' AND m.tenant_id = shop
         AND m.line_user_id >= by_code AND m.line_user_id < by_code || last LIMIT most + 1)
    ) every_way LIMIT most + 1;
    RETURN CASE WHEN cardinality(found) > most THEN NULL ELSE coalesce(found, '{}') END;
END $$;

REVOKE ALL ON FUNCTION members_search(text, text, text, text, text, int), members_pairs(bigint, text),
    members_name_key(text), members_keep_names() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION members_search(text, text, text, text, text, int), members_pairs(bigint, text),
    members_name_key(text), members_keep_names() TO @app_role@;
