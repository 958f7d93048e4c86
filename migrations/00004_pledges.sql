-- +goose Up

CREATE SEQUENCE pledge_numbers; -- of the permanent public ID, GCM-P-0001; given at first publication

-- Published revisions of pledges, as typed values: what lists, pages, exports and figures read. A row is added when a
-- revision is published and closed (until) when the next one is, or when the pledge is taken down.
CREATE TABLE pledges (
    id            bigint NOT NULL CONSTRAINT pledges_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL,
    published_at  timestamptz NOT NULL,
    until         timestamptz,
    first_published_at timestamptz NOT NULL,
    public_id     text NOT NULL,
    title         text NOT NULL,
    lang          text NOT NULL,
    office_id     bigint NOT NULL CONSTRAINT pledges_office_fkey REFERENCES offices (id),
    entity        text NOT NULL,             -- who pledges, as shown
    category      text NOT NULL,
    category_other text NOT NULL DEFAULT '',
    type          text NOT NULL,
    mirror        boolean NOT NULL DEFAULT false,
    countries     text[] NOT NULL DEFAULT '{}', -- ISO 3166-1 alpha-2
    global        boolean NOT NULL DEFAULT false,
    regions       text[] NOT NULL DEFAULT '{}',
    natures       text[] NOT NULL DEFAULT '{}',
    objectives    int[] NOT NULL,            -- main, one to three
    related       int[] NOT NULL DEFAULT '{}',
    principles    int[] NOT NULL DEFAULT '{}',
    description   text NOT NULL,             -- Markdown as typed
    due_on        date,                      -- the last milestone or indicator
    content       jsonb NOT NULL,            -- the public answers of the form, for the page and exports
    words         tsvector NOT NULL,         -- of search.Fold
    CONSTRAINT pledges_pkey PRIMARY KEY (id, revision),
    CONSTRAINT pledges_type_known CHECK (type IN ('individual', 'common', 'partnership', 'matching')),
    CONSTRAINT pledges_objectives_one_to_three CHECK (cardinality(objectives) BETWEEN 1 AND 3),
    CONSTRAINT pledges_title_not_blank CHECK (title <> '')
);
-- One row a pledge is the current one.
CREATE UNIQUE INDEX pledges_current ON pledges (id) WHERE until IS NULL;
CREATE UNIQUE INDEX pledges_current_public_id ON pledges (public_id) WHERE until IS NULL;
CREATE INDEX pledges_newest ON pledges (first_published_at DESC, id DESC) WHERE until IS NULL;
CREATE INDEX pledges_words ON pledges USING gin (words) WHERE until IS NULL;
CREATE INDEX pledges_objectives ON pledges USING gin (objectives) WHERE until IS NULL;
CREATE INDEX pledges_principles ON pledges USING gin (principles) WHERE until IS NULL;
CREATE INDEX pledges_countries ON pledges USING gin (countries) WHERE until IS NULL;
CREATE INDEX pledges_regions ON pledges USING gin (regions) WHERE until IS NULL;
CREATE INDEX pledges_natures ON pledges USING gin (natures) WHERE until IS NULL;
CREATE INDEX pledges_category ON pledges (category, first_published_at DESC) WHERE until IS NULL;
CREATE INDEX pledges_type ON pledges (type, first_published_at DESC) WHERE until IS NULL;
