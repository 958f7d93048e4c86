-- +goose Up

-- The index of a public list, as pledges have one (migration 00014), for any table: its rows with "until IS NULL" are
-- public, and it has the columns ordinal (given by search_take_ordinal), facets ("objective=6", and "all=" in each) and
-- words. The triggers are told the name of the index, with which the names of its tables begin.

-- One transaction at a time changes the index of a list, so that no two wait for each other's rows.
-- +goose StatementBegin
CREATE FUNCTION search_lock(name text) RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7039, hashtext(name)) $$;
-- +goose StatementEnd

CREATE OR REPLACE FUNCTION pledge_model_lock() RETURNS void LANGUAGE sql AS $$ SELECT search_lock('pledge') $$;

-- All revisions of a document have one ordinal.
-- +goose StatementBegin
CREATE FUNCTION search_take_ordinal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordinal IS NULL THEN
        EXECUTE format('SELECT ordinal FROM %I WHERE id = $1 LIMIT 1', TG_TABLE_NAME) INTO NEW.ordinal USING NEW.id;
        NEW.ordinal := coalesce(NEW.ordinal, nextval(TG_ARGV[0] || '_ordinals'));
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION search_follow() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text := TG_ARGV[0];
BEGIN
    PERFORM search_lock(name);
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format($sql$
            UPDATE %1$I b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
              FROM (SELECT p.ordinal >> 13 AS chunk, split_part(f, '=', 1) AS facet, substr(f, strpos(f, '=') + 1) AS value,
                        bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                      FROM gone p, unnest(p.facets) f WHERE p.until IS NULL GROUP BY 1, 2, 3) x
             WHERE b.chunk = x.chunk AND b.facet = x.facet COLLATE "C" AND b.value = x.value COLLATE "C"$sql$, name || '_bitmaps');
        EXECUTE format($sql$
            UPDATE %1$I b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
              FROM (SELECT l.lexeme AS word, p.ordinal >> 13 AS chunk, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                      FROM gone p, unnest(p.words) l WHERE p.until IS NULL GROUP BY 1, 2) x
             WHERE b.word = x.word COLLATE "C" AND b.chunk = x.chunk$sql$, name || '_word_bitmaps');
        EXECUTE format($sql$
            INSERT INTO %1$I AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM gone p WHERE p.until IS NULL
                ON CONFLICT (chunk) DO UPDATE SET version = c.version + 1$sql$, name || '_chunks');
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format($sql$
            INSERT INTO %1$I AS b (chunk, facet, value, n, bits)
            SELECT p.ordinal >> 13, split_part(f, '=', 1), substr(f, strpos(f, '=') + 1), count(DISTINCT p.ordinal),
                bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
              FROM added p, unnest(p.facets) f WHERE p.until IS NULL GROUP BY 1, 2, 3
                ON CONFLICT (chunk, facet, value) DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits)$sql$, name || '_bitmaps');
        EXECUTE format($sql$
            INSERT INTO %1$I (word) SELECT DISTINCT l.lexeme FROM added p, unnest(p.words) l WHERE p.until IS NULL
                ON CONFLICT (word) DO NOTHING$sql$, name || '_words');
        EXECUTE format($sql$
            INSERT INTO %1$I AS b (word, chunk, n, bits)
            SELECT w.word, p.ordinal >> 13, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
              FROM added p, unnest(p.words) l JOIN %2$I w ON w.word = l.lexeme COLLATE "C" AND w.common
             WHERE p.until IS NULL GROUP BY 1, 2
                ON CONFLICT (word, chunk) DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits)$sql$,
            name || '_word_bitmaps', name || '_words');
        EXECUTE format($sql$
            INSERT INTO %1$I AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM added p WHERE p.until IS NULL
                ON CONFLICT (chunk) DO UPDATE SET version = c.version + 1$sql$, name || '_chunks');
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The index of practices.
ALTER TABLE practices ADD COLUMN ordinal int, ADD COLUMN facets text[];
CREATE SEQUENCE practice_ordinals AS int MINVALUE 0 OWNED BY practices.ordinal;
UPDATE practices p SET ordinal = o.ordinal
  FROM (SELECT id, nextval('practice_ordinals') AS ordinal FROM (SELECT DISTINCT id FROM practices ORDER BY id) of) o WHERE o.id = p.id;
UPDATE practices SET words = search_stemmed(words, langs), facets = ARRAY['all='] || ARRAY(SELECT 'objective=' || n FROM unnest(objectives) n)
    || ARRAY(SELECT 'related=' || n FROM unnest(related) n) || ARRAY(SELECT 'principle=' || n FROM unnest(principles) n) || ARRAY(SELECT 'sdg=' || n FROM unnest(sdgs) n)
    || ARRAY(SELECT 'country=' || c FROM unnest(countries) c) || ARRAY(SELECT 'region=' || r FROM unnest(regions) r) || ARRAY(SELECT 'continent=' || c FROM unnest(continents) c)
    || ARRAY(SELECT 'language=' || l FROM unnest(langs) l) || ARRAY['type=' || type, 'organization=' || implementer_type, 'completion=' || completion,
        'scope=' || scope, 'year=' || year, 'blocks=' || CASE WHEN blocks > 0 THEN 'yes' ELSE 'no' END];
ALTER TABLE practices ALTER COLUMN ordinal SET NOT NULL, ALTER COLUMN facets SET NOT NULL,
    ADD CONSTRAINT practices_ordinal_not_negative CHECK (ordinal >= 0),
    ADD CONSTRAINT practices_facets_all CHECK ('all=' = ANY (facets)),
    ADD COLUMN title_start text NOT NULL GENERATED ALWAYS AS (left(title, 200)) STORED;

CREATE TABLE practice_chunks (
    chunk   int NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT practice_chunks_pkey PRIMARY KEY (chunk)
);
CREATE TABLE practice_bitmaps (
    chunk int NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT practice_bitmaps_pkey PRIMARY KEY (chunk, facet, value),
    CONSTRAINT practice_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);
CREATE TABLE practice_words (
    word   text COLLATE "C" NOT NULL,
    common boolean NOT NULL DEFAULT false,
    CONSTRAINT practice_words_pkey PRIMARY KEY (word)
);
CREATE INDEX practice_words_near ON practice_words USING gin (word gin_trgm_ops) WHERE ascii(word) <> 223;
CREATE TABLE practice_word_bitmaps (
    word  text COLLATE "C" NOT NULL CONSTRAINT practice_word_bitmaps_word_fkey REFERENCES practice_words (word),
    chunk int NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT practice_word_bitmaps_pkey PRIMARY KEY (word, chunk),
    CONSTRAINT practice_word_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);

CREATE TRIGGER practices_take_ordinal BEFORE INSERT ON practices FOR EACH ROW EXECUTE FUNCTION search_take_ordinal('practice');
CREATE TRIGGER practices_follow_insert AFTER INSERT ON practices REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('practice');
CREATE TRIGGER practices_follow_update AFTER UPDATE ON practices REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('practice');
CREATE TRIGGER practices_follow_delete AFTER DELETE ON practices REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('practice');
CREATE TRIGGER practices_no_truncate BEFORE TRUNCATE ON practices FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER practice_chunks_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_chunks FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER practice_words_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_words FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER practice_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_bitmaps FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER practice_word_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_word_bitmaps FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The orders of the list, each with the ordinal in it: a filter is looked up in its bitmap while the index is walked.
CREATE UNIQUE INDEX practices_ordinal ON practices (ordinal) INCLUDE (first_published_at, id) WHERE until IS NULL;
DROP INDEX practices_newest;
CREATE INDEX practices_newest ON practices (first_published_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_ar ON practices (title_start COLLATE "ar-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_zh ON practices (title_start COLLATE "zh-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_en ON practices (title_start COLLATE "en-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_fr ON practices (title_start COLLATE "fr-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_ru ON practices (title_start COLLATE "ru-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX practices_title_es ON practices (title_start COLLATE "es-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;

-- Makes the index of a list anew from its table. The bitmaps of common words are made by the program, which chooses them.
-- +goose StatementBegin
CREATE FUNCTION search_rebuild(name text, source text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_lock(name);
    EXECUTE format('DELETE FROM %I', name || '_bitmaps');
    EXECUTE format('DELETE FROM %I', name || '_word_bitmaps');
    EXECUTE format('DELETE FROM %I', name || '_words');
    EXECUTE format($sql$
        INSERT INTO %1$I (chunk, facet, value, n, bits)
        SELECT p.ordinal >> 13, split_part(f, '=', 1), substr(f, strpos(f, '=') + 1), count(DISTINCT p.ordinal),
            bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
          FROM %2$I p, unnest(p.facets) f WHERE p.until IS NULL GROUP BY 1, 2, 3$sql$, name || '_bitmaps', source);
    EXECUTE format('INSERT INTO %1$I (word) SELECT DISTINCT l.lexeme FROM %2$I p, unnest(p.words) l WHERE p.until IS NULL', name || '_words', source);
    EXECUTE format($sql$
        INSERT INTO %1$I AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM %2$I p
            ON CONFLICT (chunk) DO UPDATE SET version = c.version + 1$sql$, name || '_chunks', source);
END
$$;
-- +goose StatementEnd
SELECT search_rebuild('practice', 'practices');
