-- +goose Up

CREATE SEQUENCE pledge_numbers; -- of the permanent public ID, GCM-P-0001; given at first publication

-- Published revisions of pledges, as typed values: what lists, pages, exports and figures read. A row is added when a
-- revision is published and closed (until) when the next one is, or when the pledge is taken down. Rows are never removed.
CREATE TABLE pledges (
    id                 bigint NOT NULL CONSTRAINT pledges_submission_fkey REFERENCES submissions (id),
    revision           int NOT NULL,
    public_id          text NOT NULL,
    first_published_at timestamptz NOT NULL,
    published_at       timestamptz NOT NULL,
    until              timestamptz,
    office_id          bigint NOT NULL CONSTRAINT pledges_office_fkey REFERENCES offices (id),
    office_name        text NOT NULL,             -- as it was on that day
    country            text NOT NULL DEFAULT '',  -- of the entity
    entity             text NOT NULL,             -- who pledges, as shown
    category           text NOT NULL,
    title              text NOT NULL,
    lang               text NOT NULL,
    langs              text[] NOT NULL,           -- lang and those of the other language versions
    type               text NOT NULL,
    matches            text NOT NULL DEFAULT '',  -- public ID of the pledge that it matches
    countries          text[] NOT NULL DEFAULT '{}', -- of implementation, ISO 3166-1 alpha-2
    global             boolean NOT NULL DEFAULT false,
    regions            text[] NOT NULL DEFAULT '{}',
    natures            text[] NOT NULL,
    objectives         int[] NOT NULL,            -- main, one to three
    related            int[] NOT NULL DEFAULT '{}',
    principles         int[] NOT NULL DEFAULT '{}',
    due_on             date,                      -- the last day that an indicator or a milestone names
    content            jsonb NOT NULL,            -- the public answers of the form, for pages and exports
    words              tsvector NOT NULL,         -- of search.Fold
    CONSTRAINT pledges_pkey PRIMARY KEY (id, revision),
    CONSTRAINT pledges_title_not_blank CHECK (title <> ''),
    CONSTRAINT pledges_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT pledges_type_known CHECK (type IN ('individual', 'common', 'in_partnership', 'matching')),
    CONSTRAINT pledges_natures_known CHECK (natures <@ ARRAY['policy_oriented', 'process_oriented', 'financial_contribution',
        'human_resources', 'other']),
    CONSTRAINT pledges_objectives_one_to_three CHECK (cardinality(objectives) BETWEEN 1 AND 3)
);
-- One row a pledge is the current one.
CREATE UNIQUE INDEX pledges_current ON pledges (id) WHERE until IS NULL;
CREATE UNIQUE INDEX pledges_current_public_id ON pledges (public_id) WHERE until IS NULL;
CREATE UNIQUE INDEX pledges_history ON pledges (public_id, revision);
CREATE INDEX pledges_newest ON pledges (first_published_at DESC, id DESC) WHERE until IS NULL;
CREATE INDEX pledges_words ON pledges USING gin (words) WHERE until IS NULL;
CREATE INDEX pledges_objectives ON pledges USING gin (objectives) WHERE until IS NULL;
CREATE INDEX pledges_principles ON pledges USING gin (principles) WHERE until IS NULL;
CREATE INDEX pledges_countries ON pledges USING gin (countries) WHERE until IS NULL;
CREATE INDEX pledges_regions ON pledges USING gin (regions) WHERE until IS NULL;
CREATE INDEX pledges_natures ON pledges USING gin (natures) WHERE until IS NULL;
CREATE INDEX pledges_langs ON pledges USING gin (langs) WHERE until IS NULL;
CREATE INDEX pledges_category ON pledges (category, first_published_at DESC) WHERE until IS NULL;
CREATE INDEX pledges_type ON pledges (type, first_published_at DESC) WHERE until IS NULL;
CREATE INDEX pledges_matches ON pledges (matches) WHERE until IS NULL AND matches <> '';
-- By title in the alphabet of the reader. The start of a title is enough, and a whole one may be too long for an index.
CREATE INDEX pledges_title_ar ON pledges (left(title, 200) COLLATE "ar-x-icu", id) WHERE until IS NULL;
CREATE INDEX pledges_title_zh ON pledges (left(title, 200) COLLATE "zh-x-icu", id) WHERE until IS NULL;
CREATE INDEX pledges_title_en ON pledges (left(title, 200) COLLATE "en-x-icu", id) WHERE until IS NULL;
CREATE INDEX pledges_title_fr ON pledges (left(title, 200) COLLATE "fr-x-icu", id) WHERE until IS NULL;
CREATE INDEX pledges_title_ru ON pledges (left(title, 200) COLLATE "ru-x-icu", id) WHERE until IS NULL;
CREATE INDEX pledges_title_es ON pledges (left(title, 200) COLLATE "es-x-icu", id) WHERE until IS NULL;
