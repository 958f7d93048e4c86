-- +goose Up

-- The registry of Champion countries (champions.md): the entries that the vocabulary has held so far become data that the
-- network desk keeps, with the history of each, the terms of co-chairs, and documents.
ALTER TABLE champions
    ADD COLUMN version        int NOT NULL DEFAULT 1,
    ADD COLUMN ended          text,                         -- as exactly as it is known, like since
    ADD COLUMN focal_office   text NOT NULL DEFAULT '',     -- the name of an office of the government; never of a person
    ADD COLUMN statement      text NOT NULL DEFAULT '',
    ADD COLUMN statement_lang text NOT NULL DEFAULT 'en',
    ADD COLUMN submission_id  bigint CONSTRAINT champions_submission_fkey REFERENCES submissions (id), -- by which it joined
    ADD COLUMN changed_at     timestamptz NOT NULL DEFAULT now(),
    DROP CONSTRAINT champions_status_known,
    ADD CONSTRAINT champions_status_known CHECK (status IN ('unconfirmed', 'invited', 'expressed', 'confirmed', 'paused', 'ended')),
    ADD CONSTRAINT champions_statement_lang_known CHECK (statement_lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh')),
    ADD CONSTRAINT champions_ended_form CHECK (ended ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    ADD CONSTRAINT champions_ended_is_over CHECK (ended IS NULL OR status = 'ended'),
    -- What is known of both days in common says that the end is not before the start.
    ADD CONSTRAINT champions_end_after_start CHECK (left(ended, length(since)) COLLATE "C" >= left(since, length(ended)) COLLATE "C");

-- What has become of an entry, by whom and why. The reasons are the desk's; the public reads the days and the statuses.
CREATE TABLE champion_events (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    country       text NOT NULL CONSTRAINT champion_events_country_fkey REFERENCES champions (iso2),
    act           text NOT NULL,
    from_status   text,
    to_status     text NOT NULL,
    reason        text NOT NULL DEFAULT '',
    fields        text[] NOT NULL DEFAULT '{}', -- what was changed, by the names of the form
    submission_id bigint CONSTRAINT champion_events_submission_fkey REFERENCES submissions (id),
    actor_id      bigint CONSTRAINT champion_events_actor_fkey REFERENCES users (id), -- NULL is the portal
    at            timestamptz NOT NULL,
    CONSTRAINT champion_events_pkey PRIMARY KEY (id),
    CONSTRAINT champion_events_act_known CHECK (act IN ('add', 'status', 'details', 'chair', 'document'))
);
CREATE INDEX champion_events_country ON champion_events (country, id);
CREATE TRIGGER champion_events_append_only BEFORE UPDATE OR DELETE ON champion_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER champion_events_no_truncate BEFORE TRUNCATE ON champion_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER champion_events_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champion_events
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- Terms of co-chairs of the Champion countries; without an end it goes on.
CREATE TABLE champion_chairs (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    country text NOT NULL CONSTRAINT champion_chairs_country_fkey REFERENCES champions (iso2),
    since   text NOT NULL,
    until   text,
    CONSTRAINT champion_chairs_pkey PRIMARY KEY (id),
    CONSTRAINT champion_chairs_once UNIQUE (country, since),
    CONSTRAINT champion_chairs_since_form CHECK (since ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    CONSTRAINT champion_chairs_until_form CHECK (until ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    CONSTRAINT champion_chairs_end_after_start CHECK (left(until, length(since)) COLLATE "C" >= left(since, length(until)) COLLATE "C")
);
CREATE TRIGGER champion_chairs_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champion_chairs
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
INSERT INTO champion_chairs (country, since, until) VALUES ('SV', '2023', '2023'), ('MA', '2023', '2023');

-- What a Champion country has committed to, by objective.
CREATE TABLE champion_commitments (
    country   text NOT NULL CONSTRAINT champion_commitments_country_fkey REFERENCES champions (iso2),
    objective int NOT NULL CONSTRAINT champion_commitments_objective_fkey REFERENCES objectives (n),
    text      text NOT NULL,
    lang      text NOT NULL,
    CONSTRAINT champion_commitments_pkey PRIMARY KEY (country, objective),
    CONSTRAINT champion_commitments_text_not_blank CHECK (text <> ''),
    CONSTRAINT champion_commitments_lang_known CHECK (lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh'))
);
CREATE TRIGGER champion_commitments_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champion_commitments
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- Documents of a Champion country, or of all of them together. None is public before it is released, a note verbale least of
-- all; none is deleted: one that was taken off stays in the history.
CREATE TABLE champion_documents (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    country       text CONSTRAINT champion_documents_country_fkey REFERENCES champions (iso2), -- NULL: of all
    kind          text NOT NULL,
    title         text NOT NULL,
    lang          text NOT NULL,
    reference     text NOT NULL DEFAULT '', -- of a note verbale
    dated         text,                     -- as exactly as it is known
    url           text NOT NULL DEFAULT '', -- of one that stands elsewhere
    attachment_id bigint CONSTRAINT champion_documents_attachment_fkey REFERENCES attachments (id),
    released_at   timestamptz,
    removed_at    timestamptz,
    added_at      timestamptz NOT NULL,
    CONSTRAINT champion_documents_pkey PRIMARY KEY (id),
    CONSTRAINT champion_documents_kind_known CHECK (kind IN ('note', 'statement', 'letter', 'summary', 'recommendations', 'other')),
    CONSTRAINT champion_documents_lang_known CHECK (lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh')),
    CONSTRAINT champion_documents_title_not_blank CHECK (title <> ''),
    CONSTRAINT champion_documents_note_of_country CHECK (kind <> 'note' OR country IS NOT NULL),
    CONSTRAINT champion_documents_dated_form CHECK (dated ~ '^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'),
    CONSTRAINT champion_documents_url_form CHECK (url = '' OR url ~ '^https?://')
);
CREATE INDEX champion_documents_country ON champion_documents (country, id) WHERE removed_at IS NULL;
CREATE TRIGGER champion_documents_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champion_documents
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- A file of the registry belongs to its document.
ALTER TABLE attachments
    ADD COLUMN document_id bigint CONSTRAINT attachments_document_fkey REFERENCES champion_documents (id),
    DROP CONSTRAINT attachments_of_one,
    ADD CONSTRAINT attachments_of_one CHECK (num_nonnulls(submission_id, meeting_id, document_id) = 1);
CREATE INDEX attachments_document ON attachments (document_id) WHERE document_id IS NOT NULL;

-- How many there were, as it was reported before the registry was kept (reference/champion_countries.json). Figures that leave
-- a region out are not among them.
CREATE TABLE champion_figures (
    month  text NOT NULL,
    n      int NOT NULL,
    names  jsonb NOT NULL, -- what the figure says, by language
    source text NOT NULL,
    CONSTRAINT champion_figures_pkey PRIMARY KEY (month),
    CONSTRAINT champion_figures_month_form CHECK (month ~ '^[0-9]{4}-[0-9]{2}$'),
    CONSTRAINT champion_figures_n_positive CHECK (n > 0)
);
CREATE TRIGGER champion_figures_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON champion_figures
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
INSERT INTO champion_figures (month, n, names, source) VALUES
    ('2020-07', 18, '{"en": "First identified", "ar": "أول من حُددت"}', 'https://dailyasianage.com/news/236192/bangladesh-identified-as-champion-country-for-gcm-implementation'),
    ('2021-02', 19, '{"en": "Eighteen countries and Iraq", "ar": "ثمانية عشر بلداً والعراق"}', 'https://iraq.iom.int/ar/node/107836'),
    ('2021-03', 20, '{"en": "At the briefing of March", "ar": "في إحاطة آذار/مارس"}', 'https://migrationnetwork.un.org/statements/coordinators-briefing-24-june-2021'),
    ('2021-06', 23, '{"en": "With Egypt, Iraq and Kenya", "ar": "مع مصر والعراق وكينيا"}', 'https://migrationnetwork.un.org/statements/coordinators-briefing-24-june-2021'),
    ('2023-04', 33, '{"en": "Official figure of the Network", "ar": "الرقم الرسمي للشبكة"}', '');
