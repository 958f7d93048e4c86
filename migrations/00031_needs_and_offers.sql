-- +goose Up

-- The needs and offers board (pledges.md, Follow-up): what published pledges need and offer is a facet of the read model.
ALTER TABLE pledges ADD COLUMN support text[] NOT NULL GENERATED ALWAYS AS (array_remove(ARRAY[
    CASE WHEN coalesce(content -> 'support_needed' ->> 0, '') <> '' THEN 'needed' END,
    CASE WHEN coalesce(content -> 'support_offered' ->> 0, '') <> '' THEN 'offered' END], NULL)) STORED;

DROP FUNCTION pledge_facets(bigint, int[], text[], text[], text, text[], text, int[], timestamptz, text[]);
-- +goose StatementBegin
CREATE FUNCTION pledge_facets(pledge bigint, objectives int[], regions text[], countries text[], category text, natures text[], type text, principles int[],
    first_published_at timestamptz, langs text[], support text[]) RETURNS TABLE (facet text, value text) LANGUAGE sql STABLE AS $$
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
    UNION SELECT 'support', unnest(support)
    UNION SELECT f.facet, f.value FROM pledge_standings s, pledge_standing_facets(s.status, s.next_report_on) f WHERE s.pledge_id = pledge AND s.until IS NULL
    UNION SELECT 'reported', pledge_quarter(u.published_at) FROM pledge_updates u WHERE u.pledge_id = pledge
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_model_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    IF TG_OP <> 'INSERT' THEN
        UPDATE pledge_bitmaps b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
          FROM (SELECT p.ordinal >> 13 AS chunk, f.facet, f.value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                  FROM gone p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
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
          FROM added p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
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
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_model_rebuild() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    DELETE FROM pledge_bitmaps;
    DELETE FROM pledge_word_bitmaps;
    DELETE FROM pledge_words;
    DELETE FROM pledge_actors;
    INSERT INTO pledge_bitmaps (chunk, facet, value, n, bits)
    SELECT p.ordinal >> 13, f.facet, f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
      FROM pledges p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs, p.support) f
     WHERE p.until IS NULL GROUP BY 1, 2, 3;
    INSERT INTO pledge_words (word) SELECT DISTINCT l.lexeme FROM pledges p, unnest(p.words) l WHERE p.until IS NULL;
    INSERT INTO pledge_actors (actor, n) SELECT pledge_actor(p.entity, p.country), count(*) FROM pledges p WHERE p.until IS NULL GROUP BY 1;
    INSERT INTO pledge_chunks AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM pledges p
        ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
END
$$;
-- +goose StatementEnd

INSERT INTO pledge_bitmaps (chunk, facet, value, n, bits)
SELECT p.ordinal >> 13, 'support', f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
  FROM pledges p, unnest(p.support) AS f (value) WHERE p.until IS NULL GROUP BY 1, 2, 3;
UPDATE pledge_chunks SET version = version + 1;

-- The interest of an office in what the pledge of another one needs or offers: a case that both offices and the desk see.
CREATE TABLE pledge_interests (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    pledge_id      bigint NOT NULL CONSTRAINT pledge_interests_pledge_fkey REFERENCES submissions (id),
    support        text NOT NULL,              -- in what the pledge needs, or in what it offers
    office_id      bigint NOT NULL CONSTRAINT pledge_interests_office_fkey REFERENCES offices (id), -- that is interested
    own_pledge_id  bigint CONSTRAINT pledge_interests_own_pledge_fkey REFERENCES submissions (id), -- that it concerns; NULL: none
    state          text NOT NULL DEFAULT 'interested',
    created_at     timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    CONSTRAINT pledge_interests_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_interests_support_known CHECK (support IN ('needed', 'offered')),
    CONSTRAINT pledge_interests_state_known CHECK (state IN ('interested', 'in_contact', 'agreed', 'not_pursued', 'closed')),
    CONSTRAINT pledge_interests_order CHECK (changed_at >= created_at)
);
CREATE UNIQUE INDEX pledge_interests_open ON pledge_interests (pledge_id, support, office_id) WHERE state IN ('interested', 'in_contact');
CREATE INDEX pledge_interests_office ON pledge_interests (office_id, changed_at DESC, id DESC);
CREATE INDEX pledge_interests_pledge ON pledge_interests (pledge_id, changed_at DESC, id DESC);
CREATE INDEX pledge_interests_newest ON pledge_interests (changed_at DESC, id DESC);

-- What happened in a case: nothing is overwritten or removed, but a message may be emptied when its author's account is closed.
CREATE TABLE pledge_interest_events (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    interest_id bigint NOT NULL CONSTRAINT pledge_interest_events_interest_fkey REFERENCES pledge_interests (id),
    action      text NOT NULL,
    side        text NOT NULL,                 -- on whose behalf: the office that is interested, the pledge's, the desk, or the portal itself
    author_id   bigint CONSTRAINT pledge_interest_events_author_fkey REFERENCES users (id), -- NULL is the portal itself
    body        text NOT NULL DEFAULT '',      -- as typed; blank when erased
    at          timestamptz NOT NULL,
    CONSTRAINT pledge_interest_events_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_interest_events_action_known CHECK (action IN ('interested', 'message', 'in_contact', 'agreed', 'not_pursued', 'closed', 'note')),
    CONSTRAINT pledge_interest_events_side_known CHECK (side IN ('asking', 'asked', 'desk', 'portal')),
    CONSTRAINT pledge_interest_events_author CHECK ((side = 'portal') = (author_id IS NULL)),
    CONSTRAINT pledge_interest_events_note CHECK ((side = 'desk') = (action = 'note'))
);
CREATE INDEX pledge_interest_events_interest ON pledge_interest_events (interest_id, id);
CREATE INDEX pledge_interest_events_author ON pledge_interest_events (author_id) WHERE author_id IS NOT NULL;

-- +goose StatementBegin
CREATE FUNCTION pledge_interest_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.body = '' AND (NEW.id, NEW.interest_id, NEW.action, NEW.side, NEW.at) = (OLD.id, OLD.interest_id, OLD.action, OLD.side, OLD.at)
        AND NEW.author_id IS NOT DISTINCT FROM OLD.author_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_interest_events_append_only BEFORE UPDATE OR DELETE ON pledge_interest_events FOR EACH ROW EXECUTE FUNCTION pledge_interest_event_kept();
CREATE TRIGGER pledge_interest_events_no_truncate BEFORE TRUNCATE ON pledge_interest_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
