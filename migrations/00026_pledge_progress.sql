-- +goose Up

-- What became of pledges (pledges.md, Follow-up). An update is a dated entry that is public from published_at on; none is
-- ever overwritten or removed. One that somebody has to look at first is a submission until it is published.
CREATE TABLE pledge_updates (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    pledge_id      bigint NOT NULL CONSTRAINT pledge_updates_pledge_fkey REFERENCES submissions (id),
    revision       int NOT NULL,               -- published revision whose indicators and milestones it speaks of
    submission_id  bigint CONSTRAINT pledge_updates_submission_fkey REFERENCES submissions (id), -- NULL: nobody had to look at it first
    means          text NOT NULL,              -- how it came in
    status         text NOT NULL,
    superseded_by  text NOT NULL DEFAULT '',   -- public ID
    on_day         date NOT NULL,              -- that the status is of
    lang           text NOT NULL,              -- of the texts
    evidence       text NOT NULL DEFAULT '',   -- Markdown
    link           text NOT NULL DEFAULT '',
    obstacles      text NOT NULL DEFAULT '',   -- Markdown
    support        text NOT NULL DEFAULT '',   -- that is wanted, Markdown
    progress       jsonb NOT NULL DEFAULT '[]', -- [{"indicator": what, "value": as typed}]
    milestones     jsonb NOT NULL DEFAULT '[]', -- [{"milestone": what, "reached": day}]
    next_report_on date,                       -- NULL: none is due any more
    office_name    text NOT NULL,              -- as it was on that day
    author_id      bigint CONSTRAINT pledge_updates_author_fkey REFERENCES users (id), -- NULL is the portal itself
    published_at   timestamptz NOT NULL,
    CONSTRAINT pledge_updates_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_updates_means_known CHECK (means IN ('page', 'mail', 'sheet', 'desk')),
    CONSTRAINT pledge_updates_status_known CHECK (status IN ('planned', 'in_progress', 'fulfilled', 'fulfilled_late', 'delayed', 'withdrawn', 'superseded')),
    CONSTRAINT pledge_updates_superseded_by CHECK ((status = 'superseded') = (superseded_by <> '')),
    CONSTRAINT pledge_updates_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT pledge_updates_next_report CHECK ((next_report_on IS NULL) = (status IN ('fulfilled', 'fulfilled_late', 'withdrawn', 'superseded')))
);
CREATE INDEX pledge_updates_pledge ON pledge_updates (pledge_id, published_at DESC, id DESC);
CREATE INDEX pledge_updates_newest ON pledge_updates (published_at DESC, id DESC);
CREATE TRIGGER pledge_updates_append_only BEFORE UPDATE OR DELETE ON pledge_updates FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pledge_updates_no_truncate BEFORE TRUNCATE ON pledge_updates FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pledge_updates_content AFTER INSERT OR UPDATE OR DELETE ON pledge_updates FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- How a pledge stands, from when until when: as its last update says. The first standing begins with the first publication
-- and says nothing but when the first report is due, a year on. Only triggers write here.
CREATE TABLE pledge_standings (
    pledge_id      bigint NOT NULL CONSTRAINT pledge_standings_pledge_fkey REFERENCES submissions (id),
    since          timestamptz NOT NULL,
    until          timestamptz,
    update_id      bigint CONSTRAINT pledge_standings_update_fkey REFERENCES pledge_updates (id),
    status         text NOT NULL DEFAULT 'none', -- none: nobody ever said
    next_report_on date,                         -- NULL: none is due any more
    CONSTRAINT pledge_standings_pkey PRIMARY KEY (pledge_id, since),
    CONSTRAINT pledge_standings_order CHECK (until > since),
    CONSTRAINT pledge_standings_status_known CHECK (status IN ('none', 'planned', 'in_progress', 'fulfilled', 'fulfilled_late', 'delayed', 'withdrawn', 'superseded')),
    CONSTRAINT pledge_standings_update CHECK ((status = 'none') = (update_id IS NULL)),
    CONSTRAINT pledge_standings_next_report CHECK ((next_report_on IS NULL) = (status IN ('fulfilled', 'fulfilled_late', 'withdrawn', 'superseded')))
);
CREATE UNIQUE INDEX pledge_standings_current ON pledge_standings (pledge_id) INCLUDE (status, next_report_on) WHERE until IS NULL;
CREATE INDEX pledge_standings_next_report ON pledge_standings (next_report_on, pledge_id) WHERE until IS NULL;

-- The day on which the first report on a pledge is due.
-- +goose StatementBegin
CREATE FUNCTION pledge_first_report(first_published_at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT ((first_published_at AT TIME ZONE 'Europe/Zurich')::date + interval '1 year')::date
$$;
-- +goose StatementEnd

-- The light of a pledge on a day: the same as internal/pledge, LightOn.
-- +goose StatementBegin
CREATE FUNCTION pledge_light(next_report_on date, on_day date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN next_report_on IS NULL THEN 'closed'
                WHEN next_report_on - on_day > 60 THEN 'fresh'
                WHEN next_report_on >= on_day THEN 'due'
                WHEN (next_report_on + interval '1 year')::date >= on_day THEN 'late'
                ELSE 'silent' END
$$;
-- +goose StatementEnd

INSERT INTO pledge_standings (pledge_id, since, next_report_on)
SELECT DISTINCT id, first_published_at, pledge_first_report(first_published_at) FROM pledges;

-- +goose StatementBegin
CREATE FUNCTION pledge_standing_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pledge_standings (pledge_id, since, next_report_on)
    SELECT DISTINCT p.id, p.first_published_at, pledge_first_report(p.first_published_at) FROM added p
     WHERE NOT EXISTS (SELECT FROM pledge_standings s WHERE s.pledge_id = p.id);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledges_begin_standing AFTER INSERT ON pledges REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_standing_begin();

-- Two updates at the same instant follow each other all the same.
-- +goose StatementBegin
CREATE FUNCTION pledge_standing_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    at timestamptz;
BEGIN
    PERFORM pledge_model_lock();
    UPDATE pledge_standings SET until = greatest(NEW.published_at, since + interval '1 microsecond')
     WHERE pledge_id = NEW.pledge_id AND until IS NULL RETURNING until INTO STRICT at;
    INSERT INTO pledge_standings (pledge_id, since, update_id, status, next_report_on)
    VALUES (NEW.pledge_id, at, NEW.id, NEW.status, NEW.next_report_on);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_updates_standing AFTER INSERT ON pledge_updates FOR EACH ROW EXECUTE FUNCTION pledge_standing_next();
CREATE TRIGGER pledge_standings_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pledge_standings
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The read model of the list (00014) has two facets more: status, and the day on which the next report is due, of which a
-- process makes the lights of the day.
-- +goose StatementBegin
CREATE FUNCTION pledge_standing_facets(status text, next_report_on date) RETURNS TABLE (facet text, value text) LANGUAGE sql IMMUTABLE AS $$
    VALUES ('status', status), ('report', coalesce(to_char(next_report_on, 'YYYY-MM-DD'), 'closed'))
$$;
-- +goose StatementEnd
DROP FUNCTION pledge_facets(int[], text[], text[], text, text[], text, int[], timestamptz, text[]);
-- +goose StatementBegin
CREATE FUNCTION pledge_facets(pledge bigint, objectives int[], regions text[], countries text[], category text, natures text[], type text, principles int[],
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
    UNION SELECT f.facet, f.value FROM pledge_standings s, pledge_standing_facets(s.status, s.next_report_on) f WHERE s.pledge_id = pledge AND s.until IS NULL
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_model_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    IF TG_OP <> 'INSERT' THEN
        UPDATE pledge_bitmaps b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
          FROM (SELECT p.ordinal >> 13 AS chunk, f.facet, f.value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                  FROM gone p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
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
          FROM added p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
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
      FROM pledges p, pledge_facets(p.id, p.objectives, p.regions, p.countries, p.category, p.natures, p.type, p.principles, p.first_published_at, p.langs) f
     WHERE p.until IS NULL GROUP BY 1, 2, 3;
    INSERT INTO pledge_words (word) SELECT DISTINCT l.lexeme FROM pledges p, unnest(p.words) l WHERE p.until IS NULL;
    INSERT INTO pledge_actors (actor, n) SELECT pledge_actor(p.entity, p.country), count(*) FROM pledges p WHERE p.until IS NULL GROUP BY 1;
    INSERT INTO pledge_chunks AS c (chunk, version) SELECT DISTINCT p.ordinal >> 13, 1 FROM pledges p
        ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
END
$$;
-- +goose StatementEnd

-- A pledge that is public moves from one status and day to the next in the transaction of its update.
-- +goose StatementBegin
CREATE FUNCTION pledge_standing_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    IF TG_OP = 'UPDATE' THEN
        UPDATE pledge_bitmaps b SET bits = b.bits & ~x.bits, n = bit_count(b.bits & ~x.bits)
          FROM (SELECT p.ordinal >> 13 AS chunk, f.facet, f.value, bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1)) AS bits
                  FROM gone s JOIN pledges p ON p.id = s.pledge_id AND p.until IS NULL, pledge_standing_facets(s.status, s.next_report_on) f
                 WHERE s.until IS NULL GROUP BY 1, 2, 3) x
         WHERE b.chunk = x.chunk AND b.facet = x.facet COLLATE "C" AND b.value = x.value COLLATE "C";
    END IF;
    INSERT INTO pledge_bitmaps AS b (chunk, facet, value, n, bits)
    SELECT p.ordinal >> 13, f.facet, f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
      FROM added s JOIN pledges p ON p.id = s.pledge_id AND p.until IS NULL, pledge_standing_facets(s.status, s.next_report_on) f
     WHERE s.until IS NULL GROUP BY 1, 2, 3
        ON CONFLICT ON CONSTRAINT pledge_bitmaps_pkey DO UPDATE SET bits = b.bits | excluded.bits, n = bit_count(b.bits | excluded.bits);
    INSERT INTO pledge_chunks AS c (chunk, version)
    SELECT DISTINCT p.ordinal >> 13, 1 FROM added s JOIN pledges p ON p.id = s.pledge_id AND p.until IS NULL
        ON CONFLICT ON CONSTRAINT pledge_chunks_pkey DO UPDATE SET version = c.version + 1;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_standings_follow_insert AFTER INSERT ON pledge_standings REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_standing_follow();
CREATE TRIGGER pledge_standings_follow_update AFTER UPDATE ON pledge_standings REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_standing_follow();
CREATE TRIGGER pledge_standings_no_delete BEFORE DELETE ON pledge_standings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER pledge_standings_no_truncate BEFORE TRUNCATE ON pledge_standings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

INSERT INTO pledge_bitmaps (chunk, facet, value, n, bits)
SELECT p.ordinal >> 13, f.facet, f.value, count(*), bit_or(set_bit(0::bit(8192), p.ordinal & 8191, 1))
  FROM pledges p JOIN pledge_standings s ON s.pledge_id = p.id AND s.until IS NULL, pledge_standing_facets(s.status, s.next_report_on) f
 WHERE p.until IS NULL GROUP BY 1, 2, 3;
UPDATE pledge_chunks SET version = version + 1;
