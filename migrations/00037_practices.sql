-- +goose Up

-- Images are files like documents. Pages show a picture of them: scaled, upright, without what a camera wrote into it.
ALTER TABLE attachments DROP CONSTRAINT attachments_format_known,
    ADD CONSTRAINT attachments_format_known CHECK (format IN ('txt', 'rtf', 'pdf', 'doc', 'docx', 'odt', 'ppt', 'pptx', 'odp', 'xls', 'xlsx', 'ods',
        'jpg', 'png', 'webp')),
    ADD COLUMN width int NOT NULL DEFAULT 0,
    ADD COLUMN height int NOT NULL DEFAULT 0,
    ADD CONSTRAINT attachments_picture_whole CHECK ((width > 0) = (format IN ('jpg', 'png', 'webp')) AND (width > 0) = (height > 0));
CREATE TABLE attachment_pictures (
    attachment_id bigint NOT NULL CONSTRAINT attachment_pictures_attachment_fkey REFERENCES attachments (id) ON DELETE CASCADE,
    bytes         bytea NOT NULL,
    CONSTRAINT attachment_pictures_pkey PRIMARY KEY (attachment_id),
    CONSTRAINT attachment_pictures_size_range CHECK (octet_length(bytes) BETWEEN 1 AND 2097152)
);
ALTER TABLE attachment_pictures ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE SEQUENCE practice_numbers; -- of the permanent public ID, GCM-PR-0001; given at first publication

-- Published revisions of practices, as typed values: what lists, pages, exports and the index read. A row is added when a
-- revision is published and closed (until) when the next one is, or when the practice is taken down. Rows are never removed.
CREATE TABLE practices (
    id                 bigint NOT NULL CONSTRAINT practices_submission_fkey REFERENCES submissions (id),
    revision           int NOT NULL,
    public_id          text NOT NULL,
    first_published_at timestamptz NOT NULL,
    published_at       timestamptz NOT NULL,
    until              timestamptz,
    office_id          bigint NOT NULL CONSTRAINT practices_office_fkey REFERENCES offices (id),
    office_name        text NOT NULL,               -- as it was on that day
    title              text NOT NULL,
    summary            text NOT NULL,
    lang               text NOT NULL,
    langs              text[] NOT NULL,             -- lang and those of the other language versions
    type               text NOT NULL,
    implementer        text NOT NULL,
    implementer_type   text NOT NULL,               -- a category of actors
    completion         text NOT NULL,
    scope              text NOT NULL,
    countries          text[] NOT NULL DEFAULT '{}', -- ISO 3166-1 alpha-2
    regions            text[] NOT NULL DEFAULT '{}', -- of the regional reviews
    continents         text[] NOT NULL DEFAULT '{}', -- the other scheme of regions
    latitude           numeric(3, 1),               -- rounded: some ten kilometres
    longitude          numeric(4, 1),
    started_on         date NOT NULL,
    ended_on           date,
    year               int NOT NULL,                -- in which it began
    objectives         int[] NOT NULL,              -- primary, one to three
    related            int[] NOT NULL DEFAULT '{}', -- secondary
    principles         int[] NOT NULL DEFAULT '{}',
    sdgs               int[] NOT NULL DEFAULT '{}',
    blocks             int NOT NULL DEFAULT 0,      -- how many building blocks
    content            jsonb NOT NULL,              -- the public answers of the form, for pages and exports
    words              tsvector NOT NULL,           -- of search.Fold of titles and summaries, to find what looks alike
    CONSTRAINT practices_pkey PRIMARY KEY (id, revision),
    CONSTRAINT practices_title_not_blank CHECK (title <> ''),
    CONSTRAINT practices_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT practices_type_known CHECK (type IN ('project', 'policy', 'partnership', 'tool', 'campaign', 'research', 'service')),
    CONSTRAINT practices_completion_known CHECK (completion IN ('completed', 'mostly_completed', 'ongoing')),
    CONSTRAINT practices_scope_known CHECK (scope IN ('global', 'regional', 'national', 'subnational')),
    CONSTRAINT practices_objectives_one_to_three CHECK (cardinality(objectives) BETWEEN 1 AND 3),
    CONSTRAINT practices_place_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CONSTRAINT practices_place_range CHECK (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180),
    CONSTRAINT practices_ends_after_start CHECK (ended_on >= started_on)
);
-- One row a practice is the current one.
CREATE UNIQUE INDEX practices_current ON practices (id) WHERE until IS NULL;
CREATE UNIQUE INDEX practices_current_public_id ON practices (public_id) WHERE until IS NULL;
CREATE UNIQUE INDEX practices_history ON practices (public_id, revision);
CREATE INDEX practices_newest ON practices (first_published_at DESC, id DESC) WHERE until IS NULL;
CREATE INDEX practices_office ON practices (office_id, first_published_at DESC) WHERE until IS NULL;
CREATE INDEX practices_words ON practices USING gin (words) WHERE until IS NULL;
CREATE INDEX practices_objectives ON practices USING gin (objectives) WHERE until IS NULL;
CREATE TRIGGER practices_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practices
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
