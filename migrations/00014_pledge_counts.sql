-- +goose Up

-- The read model of the public list: who has which value, as bits, so that totals and counts of any combination of
-- filters are exact and cost no look at the pledges. A published pledge has a number of its own, its ordinal, and with it
-- a place in the bitmaps: bit (ordinal mod 8192) of chunk (ordinal / 8192). Triggers keep all of it in the transaction
-- that publishes, revises or takes down, whoever writes; `portal rebuild` makes it anew, `portal doctor` compares it with
-- the pledges.

ALTER TABLE pledges ADD COLUMN ordinal int;
CREATE SEQUENCE pledge_ordinals AS int MINVALUE 0 OWNED BY pledges.ordinal;
UPDATE pledges p SET ordinal = o.ordinal
  FROM (SELECT id, nextval('pledge_ordinals') AS ordinal
          FROM (SELECT DISTINCT id, first_published_at FROM pledges ORDER BY first_published_at, id) of) o
 WHERE o.id = p.id;
ALTER TABLE pledges ALTER COLUMN ordinal SET NOT NULL;
ALTER TABLE pledges ADD CONSTRAINT pledges_ordinal_not_negative CHECK (ordinal >= 0);

-- +goose StatementBegin
CREATE FUNCTION pledge_take_ordinal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ordinal IS NULL THEN
        SELECT p.ordinal INTO NEW.ordinal FROM pledges p WHERE p.id = NEW.id LIMIT 1;
        NEW.ordinal := coalesce(NEW.ordinal, nextval('pledge_ordinals'));
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledges_take_ordinal BEFORE INSERT ON pledges FOR EACH ROW EXECUTE FUNCTION pledge_take_ordinal();

-- The orders of the list, each with the ordinal in it: a filter is looked up in its bitmap while the index is walked.
CREATE UNIQUE INDEX pledges_ordinal ON pledges (ordinal) INCLUDE (first_published_at, id) WHERE until IS NULL;
DROP INDEX pledges_newest, pledges_title_ar, pledges_title_zh, pledges_title_en, pledges_title_fr, pledges_title_ru, pledges_title_es;
CREATE INDEX pledges_newest ON pledges (first_published_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_ar ON pledges (left(title, 200) COLLATE "ar-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_zh ON pledges (left(title, 200) COLLATE "zh-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_en ON pledges (left(title, 200) COLLATE "en-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_fr ON pledges (left(title, 200) COLLATE "fr-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_ru ON pledges (left(title, 200) COLLATE "ru-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_es ON pledges (left(title, 200) COLLATE "es-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
-- Filters are bitmaps now; objectives and countries are still looked up for related pledges.
DROP INDEX pledges_principles, pledges_regions, pledges_natures, pledges_langs, pledges_category, pledges_type;

-- A chunk's version is raised whenever anything in it changes: a process may keep what it has read of it.
CREATE TABLE pledge_chunks (
    chunk   int NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT pledge_chunks_pkey PRIMARY KEY (chunk)
);

-- Which published pledges have a value of a facet; facet 'all', value '' are all of them.
CREATE TABLE pledge_bitmaps (
    chunk int NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT pledge_bitmaps_pkey PRIMARY KEY (chunk, facet, value),
    CONSTRAINT pledge_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);

-- Every word that a published pledge has, or once had. One that many have is common and has bitmaps; the index of words
-- finds the others quickly enough. Which are common only decides how fast a search is, never what it finds.
CREATE TABLE pledge_words (
    word   text COLLATE "C" NOT NULL,
    common boolean NOT NULL DEFAULT false,
    CONSTRAINT pledge_words_pkey PRIMARY KEY (word)
);
CREATE TABLE pledge_word_bitmaps (
    word  text COLLATE "C" NOT NULL CONSTRAINT pledge_word_bitmaps_word_fkey REFERENCES pledge_words (word),
    chunk int NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT pledge_word_bitmaps_pkey PRIMARY KEY (word, chunk),
    CONSTRAINT pledge_word_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);

-- Who pledges, for the number of actors.
CREATE TABLE pledge_actors (
    actor text COLLATE "C" NOT NULL, -- name in small letters, and country
    n     int NOT NULL,              -- published pledges of theirs
    CONSTRAINT pledge_actors_pkey PRIMARY KEY (actor),
    CONSTRAINT pledge_actors_counted CHECK (n >= 0)
);

-- +goose StatementBegin
CREATE FUNCTION pledge_facets(objectives int[], regions text[], countries text[], category text, natures text[], type text, principles int[],
    first_published_at timestamptz, langs text[]) RETURNS TABLE (facet text, value text) LANGUAGE sql STABLE AS $$
    SELECT 'all', ''
    UNION SELECT 'objective', unnest(objectives)::text
    UNION SELECT 'region', unnest(regions)
    UNION SELECT 'country', unnest(countries)
    UNION SELECT 'category', category
    UNION SELECT 'nature', unnest(natures)
    UNION SELECT 'type', type
    UNION SELECT 'principle', unnest(principles)::text
    UNION SELECT 'year', extract(year FROM first_published_at AT TIME ZONE 'Europe/Zurich')::int::text
    UNION SELECT 'language', unnest(langs)
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION pledge_actor(entity text, country text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(entity) || chr(31) || country
$$;
-- +goose StatementEnd

-- One transaction at a time changes the model, so that no two wait for each other's rows.
-- +goose StatementBegin
CREATE FUNCTION pledge_model_lock() RETURNS void LANGUAGE sql AS $$ SELECT pg_advisory_xact_lock(7014) $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION pledge_model_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    IF TG_OP <> 'INSERT' THEN
        UPDATE pledge_bitmaps b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
          FROM (SELECT p.ordinal >> 13 AS chunk, f.facet, f.value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                  FROM gone p, pledge_facets(p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
                 WHERE p.until IS NULL GROUP BY 1, 2, 3) x
         WHERE b.chunk = x.chunk AND b.facet = x.facet COLLATE "C" AND b.value = x.value COLLATE "C";
        UPDATE pledge_word_bitmaps b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
          FROM (SELECT l.lexeme AS word, p.ordinal >> 13 AS chunk, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                  FROM gone p, unnest(p.words) l WHERE p.until IS NULL GROUP BY 1, 2) x
         WHERE b.word = x.word COLLATE "C" AND b.chunk = x.chunk;
        UPDATE pledge_actors a SET n = a.n - x.n
          FROM (SELECT pledge_actor(p.entity, p.country) AS actor, count(*)::int AS n FROM gone p WHERE p.until IS NULL GROUP BY 1) x
         WHERE a.actor = x.actor COLLATE "C";
        INSERT INTO pledge_chunks AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM gone p WHERE p.until IS NULL
            ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO pledge_bitmaps AS b (chunk, facet, value, n, bits)
        SELECT p.ordinal >> 13, f.facet, f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
          FROM added p, pledge_facets(p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
         WHERE p.until IS NULL GROUP BY 1, 2, 3
            ON CONFLICT ON CONSTRAINT pledge_bitmaps_pkey DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits);
        INSERT INTO pledge_words (word) SELECT DISTINCT l.lexeme FROM added p, unnest(p.words) l WHERE p.until IS NULL
            ON CONFLICT ON CONSTRAINT pledge_words_pkey DO NOTHING;
        INSERT INTO pledge_word_bitmaps AS b (word, chunk, n, bits)
        SELECT w.word, p.ordinal >> 13, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
          FROM added p, unnest(p.words) l JOIN pledge_words w ON w.word = l.lexeme COLLATE "C" AND w.common
         WHERE p.until IS NULL GROUP BY 1, 2
            ON CONFLICT ON CONSTRAINT pledge_word_bitmaps_pkey DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits);
        INSERT INTO pledge_actors AS a (actor, n) SELECT pledge_actor(p.entity, p.country), count(*) FROM added p WHERE p.until IS NULL GROUP BY 1
            ON CONFLICT ON CONSTRAINT pledge_actors_pkey DO UPDATE SET n = a.n + excluded.n;
        INSERT INTO pledge_chunks AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM added p WHERE p.until IS NULL
            ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledges_follow_insert AFTER INSERT ON pledges REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_model_follow();
CREATE TRIGGER pledges_follow_update AFTER UPDATE ON pledges REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_model_follow();
CREATE TRIGGER pledges_follow_delete AFTER DELETE ON pledges REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_model_follow();
CREATE TRIGGER pledges_no_truncate BEFORE TRUNCATE ON pledges FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Makes the facets, the actors and the list of words anew from the pledges. The bitmaps of common words are made by the
-- program, which chooses them.
-- +goose StatementBegin
CREATE FUNCTION pledge_model_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    DELETE FROM pledge_bitmaps;
    DELETE FROM pledge_word_bitmaps;
    DELETE FROM pledge_words;
    DELETE FROM pledge_actors;
    INSERT INTO pledge_bitmaps (chunk, facet, value, n, bits)
    SELECT p.ordinal >> 13, f.facet, f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
      FROM pledges p, pledge_facets(p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
     WHERE p.until IS NULL GROUP BY 1, 2, 3;
    INSERT INTO pledge_words (word) SELECT DISTINCT l.lexeme FROM pledges p, unnest(p.words) l WHERE p.until IS NULL;
    INSERT INTO pledge_actors (actor, n) SELECT pledge_actor(p.entity, p.country), count(*) FROM pledges p WHERE p.until IS NULL GROUP BY 1;
    INSERT INTO pledge_chunks AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM pledges p
        ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
END
$$;
-- +goose StatementEnd
SELECT pledge_model_rebuild();
