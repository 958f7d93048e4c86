-- +goose Up

CREATE SEQUENCE programme_numbers; -- of the permanent public ID, GCM-JP-0001; given when the note is endorsed

-- Joint programmes of the fund's pipeline (fund.md, Review): the concept notes that were endorsed, with what the public may
-- read of them, taken from the revision that was endorsed. A row is never removed; one whose endorsement was taken back has
-- left the pipeline (until), and its address says so.
CREATE TABLE programmes (
    id            bigint NOT NULL CONSTRAINT programmes_submission_fkey REFERENCES submissions (id), -- the concept note
    revision      int NOT NULL,
    version       int NOT NULL DEFAULT 1,       -- of what the fund desk has changed since
    public_id     text NOT NULL,
    endorsed_at   timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,         -- of the last change that the public sees
    until         timestamptz,
    stage         text NOT NULL DEFAULT 'pipeline',
    stage_on      date NOT NULL,                -- since when it has been at that stage
    funded        bigint,                       -- what the fund has granted, in cents of a US dollar; NULL before
    starts_on     date,
    ends_on       date,
    title         text NOT NULL,
    title_start   text NOT NULL GENERATED ALWAYS AS (left(title, 200)) STORED,
    purpose       text NOT NULL,
    lang          text NOT NULL,                -- of title, purpose and names
    scope         text NOT NULL,
    months        int NOT NULL,
    budget        bigint NOT NULL,              -- what is asked of the fund, indirect costs among it, in cents
    areas         text[] NOT NULL,              -- thematic areas, by their ids in the fund's configuration
    countries     text[] NOT NULL,              -- ISO 3166-1 alpha-2
    regions       text[] NOT NULL,              -- of the regional reviews
    organizations text[] NOT NULL,              -- of the United Nations, by name, the one that convenes first
    objectives    int[] NOT NULL,
    sdgs          int[] NOT NULL,
    facts         jsonb NOT NULL,               -- all that pages show of the note, parts and partners among it
    ordinal       int NOT NULL,
    facets        text[] NOT NULL,
    words         tsvector NOT NULL,
    CONSTRAINT programmes_pkey PRIMARY KEY (id),
    CONSTRAINT programmes_public_id_key UNIQUE (public_id),
    CONSTRAINT programmes_stage_known CHECK (stage IN ('pipeline', 'funded', 'running', 'closed')),
    CONSTRAINT programmes_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT programmes_title_not_blank CHECK (title <> ''),
    CONSTRAINT programmes_budget_not_negative CHECK (budget >= 0),
    CONSTRAINT programmes_funded_positive CHECK (funded > 0),
    CONSTRAINT programmes_funded_when CHECK ((stage = 'pipeline') = (funded IS NULL)),
    CONSTRAINT programmes_started_when CHECK (stage NOT IN ('running', 'closed') OR starts_on IS NOT NULL),
    CONSTRAINT programmes_ended_when CHECK (stage <> 'closed' OR ends_on IS NOT NULL),
    CONSTRAINT programmes_ends_after_start CHECK (ends_on > starts_on),
    CONSTRAINT programmes_ordinal_not_negative CHECK (ordinal >= 0),
    CONSTRAINT programmes_facets_all CHECK ('all=' = ANY (facets))
);
CREATE SEQUENCE programme_ordinals AS int MINVALUE 0 OWNED BY programmes.ordinal;

-- At which stages a programme has been, since when, and who has said so: never changed. Of each stage the last row counts; a
-- stage to which a programme has not come, or not come again, is not shown.
CREATE TABLE programme_stages (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    programme_id bigint NOT NULL CONSTRAINT programme_stages_programme_fkey REFERENCES programmes (id),
    stage        text NOT NULL,
    since        date NOT NULL,
    note         text NOT NULL DEFAULT '',      -- for the secretariat
    actor_id     bigint CONSTRAINT programme_stages_actor_fkey REFERENCES users (id), -- NULL is the portal itself
    at           timestamptz NOT NULL,
    CONSTRAINT programme_stages_pkey PRIMARY KEY (id),
    CONSTRAINT programme_stages_stage_known CHECK (stage IN ('pipeline', 'funded', 'running', 'closed'))
);
CREATE INDEX programme_stages_programme ON programme_stages (programme_id, id);
CREATE TRIGGER programme_stages_append_only BEFORE UPDATE OR DELETE ON programme_stages FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER programme_stages_no_truncate BEFORE TRUNCATE ON programme_stages FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER programme_stages_content AFTER INSERT ON programme_stages FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The index of the pipeline (migration 00039).
CREATE TABLE programme_chunks (
    chunk   int NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT programme_chunks_pkey PRIMARY KEY (chunk)
);
CREATE TABLE programme_bitmaps (
    chunk int NOT NULL,
    facet text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT programme_bitmaps_pkey PRIMARY KEY (chunk, facet, value),
    CONSTRAINT programme_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);
CREATE TABLE programme_words (
    word   text COLLATE "C" NOT NULL,
    common boolean NOT NULL DEFAULT false,
    CONSTRAINT programme_words_pkey PRIMARY KEY (word)
);
CREATE INDEX programme_words_near ON programme_words USING gin (word gin_trgm_ops) WHERE ascii(word) <> 223;
CREATE TABLE programme_word_bitmaps (
    word  text COLLATE "C" NOT NULL CONSTRAINT programme_word_bitmaps_word_fkey REFERENCES programme_words (word),
    chunk int NOT NULL,
    n     int NOT NULL,
    bits  bit(8192) NOT NULL,
    CONSTRAINT programme_word_bitmaps_pkey PRIMARY KEY (word, chunk),
    CONSTRAINT programme_word_bitmaps_counted CHECK (n = bit_count(bits))
) WITH (fillfactor = 70);

CREATE TRIGGER programmes_take_ordinal BEFORE INSERT ON programmes FOR EACH ROW EXECUTE FUNCTION search_take_ordinal('programme');
CREATE TRIGGER programmes_follow_insert AFTER INSERT ON programmes REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('programme');
CREATE TRIGGER programmes_follow_update AFTER UPDATE ON programmes REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('programme');
CREATE TRIGGER programmes_follow_delete AFTER DELETE ON programmes REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION search_follow('programme');
CREATE TRIGGER programmes_no_truncate BEFORE TRUNCATE ON programmes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER programmes_content AFTER INSERT OR UPDATE OR DELETE ON programmes FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER programme_chunks_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON programme_chunks FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER programme_words_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON programme_words FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER programme_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON programme_bitmaps FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER programme_word_bitmaps_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON programme_word_bitmaps FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The orders of the list, each with the ordinal in it: a filter is looked up in its bitmap while the index is walked. The
-- amounts stand beside the ordinal, since every list adds them up.
CREATE UNIQUE INDEX programmes_ordinal ON programmes (ordinal) INCLUDE (budget, funded) WHERE until IS NULL;
CREATE INDEX programmes_newest ON programmes (endorsed_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX programmes_changed ON programmes (changed_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX programmes_budget ON programmes (budget DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX programmes_title_ar ON programmes (title_start COLLATE "ar-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX programmes_title_en ON programmes (title_start COLLATE "en-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX programmes_words ON programmes USING gin (words) WHERE until IS NULL;
