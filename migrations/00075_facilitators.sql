-- +goose Up

-- The roster of facilitators (requests.md): people with an account who help those who have asked for guidance, support or capacity
-- building. The network desk keeps it. Nobody is shown to the public before they agree themselves.
CREATE TABLE facilitators (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    user_id      bigint NOT NULL CONSTRAINT facilitators_user_fkey REFERENCES users (id),
    version      int NOT NULL DEFAULT 1,
    name         text NOT NULL,      -- as the public reads it
    languages    text[] NOT NULL,
    regions      text[] NOT NULL,    -- ids of regions; none is every region
    consented_at timestamptz,        -- to the publication; NULL is never or no longer
    left_at      timestamptz,        -- the roster
    added_at     timestamptz NOT NULL,
    CONSTRAINT facilitators_pkey PRIMARY KEY (id),
    CONSTRAINT facilitators_one_each UNIQUE (user_id),
    CONSTRAINT facilitators_name_not_blank CHECK (name <> ''),
    CONSTRAINT facilitators_languages_some CHECK (cardinality(languages) > 0),
    CONSTRAINT facilitators_public_on_roster CHECK (consented_at IS NULL OR left_at IS NULL)
);
CREATE TRIGGER facilitators_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON facilitators FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- When a facilitator is away, both days included.
CREATE TABLE facilitator_absences (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    facilitator_id bigint NOT NULL CONSTRAINT facilitator_absences_facilitator_fkey REFERENCES facilitators (id) ON DELETE CASCADE,
    since          date NOT NULL,
    until          date NOT NULL,
    CONSTRAINT facilitator_absences_pkey PRIMARY KEY (id),
    CONSTRAINT facilitator_absences_once UNIQUE (facilitator_id, since, until),
    CONSTRAINT facilitator_absences_end_after_start CHECK (until >= since)
);

-- Which facilitator has which request; it is theirs until it is ended. By a rule of the desk (its place then), or by somebody there.
CREATE TABLE facilitations (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    submission_id  bigint NOT NULL CONSTRAINT facilitations_submission_fkey REFERENCES submissions (id),
    facilitator_id bigint NOT NULL CONSTRAINT facilitations_facilitator_fkey REFERENCES facilitators (id) ON DELETE CASCADE,
    rule           int NOT NULL DEFAULT 0,  -- 0 is by somebody at the desk
    at             timestamptz NOT NULL,
    ended_at       timestamptz,
    CONSTRAINT facilitations_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX facilitations_one_each ON facilitations (submission_id) WHERE ended_at IS NULL;
CREATE INDEX facilitations_facilitator ON facilitations (facilitator_id, at) WHERE ended_at IS NULL;

-- The Facilitator's Guide: documents that stand elsewhere, one a language.
CREATE TABLE facilitator_guides (
    lang     text NOT NULL,
    title    text NOT NULL,
    url      text NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT facilitator_guides_pkey PRIMARY KEY (lang),
    CONSTRAINT facilitator_guides_lang_known CHECK (lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh')),
    CONSTRAINT facilitator_guides_title_not_blank CHECK (title <> ''),
    CONSTRAINT facilitator_guides_url_form CHECK (url ~ '^https?://')
);
CREATE TRIGGER facilitator_guides_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON facilitator_guides FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- A rule may also give what it fits to a facilitator of the roster, beside its officers or in place of them.
ALTER TABLE assignment_rules ADD COLUMN facilitated boolean NOT NULL DEFAULT false;
