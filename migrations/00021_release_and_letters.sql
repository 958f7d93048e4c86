-- +goose Up

-- What an officer has decided and not said yet (review.md: decide quietly, release together). One a submission; a changed
-- one gets a new id, so that whoever has read the old one notices.
CREATE TABLE pending_decisions (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT pending_decisions_submission_fkey REFERENCES submissions (id),
    action        text NOT NULL,
    note          text NOT NULL DEFAULT '',
    changes       jsonb NOT NULL DEFAULT '[]', -- what is asked to be changed, by question
    revision      int NOT NULL,                -- what was read,
    event_id      bigint NOT NULL,             -- after which step,
    office_id     bigint NOT NULL,             -- from which office: what is otherwise now has moved on
    decided_by    bigint NOT NULL CONSTRAINT pending_decisions_decided_by_fkey REFERENCES users (id),
    decided_at    timestamptz NOT NULL,
    CONSTRAINT pending_decisions_pkey PRIMARY KEY (id),
    CONSTRAINT pending_decisions_once UNIQUE (submission_id)
);

-- Decisions that leave together. A release goes at goes_at unless it was stopped; each item goes in a transaction of its
-- own.
CREATE TABLE releases (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    desk        text NOT NULL,
    released_by bigint NOT NULL CONSTRAINT releases_released_by_fkey REFERENCES users (id),
    released_at timestamptz NOT NULL,
    goes_at     timestamptz NOT NULL,
    stopped_by  bigint CONSTRAINT releases_stopped_by_fkey REFERENCES users (id),
    stopped_at  timestamptz,
    began_at    timestamptz, -- from here on it cannot be stopped
    ended_at    timestamptz, -- every item has its outcome
    CONSTRAINT releases_pkey PRIMARY KEY (id),
    CONSTRAINT releases_stopped_or_begun CHECK (stopped_at IS NULL OR began_at IS NULL)
);
CREATE INDEX releases_desk ON releases (desk, id DESC);
CREATE INDEX releases_open ON releases (goes_at) WHERE ended_at IS NULL AND stopped_at IS NULL;

CREATE TABLE release_items (
    release_id    bigint NOT NULL CONSTRAINT release_items_release_fkey REFERENCES releases (id),
    submission_id bigint NOT NULL CONSTRAINT release_items_submission_fkey REFERENCES submissions (id),
    pending_id    bigint NOT NULL, -- the decision as it was read; its row is gone once it was taken
    action        text NOT NULL,
    decided_by    bigint NOT NULL CONSTRAINT release_items_decided_by_fkey REFERENCES users (id),
    outcome       text NOT NULL DEFAULT 'waiting',
    reason        text NOT NULL DEFAULT '', -- why it was left behind
    letters       int NOT NULL DEFAULT 0,
    at            timestamptz,              -- of the outcome
    CONSTRAINT release_items_pkey PRIMARY KEY (release_id, submission_id),
    CONSTRAINT release_items_outcome_known CHECK (outcome IN ('waiting', 'done', 'left', 'stopped'))
);
CREATE UNIQUE INDEX release_items_one_release ON release_items (pending_id) WHERE outcome = 'waiting';

-- How many minutes a desk has to undo a release; a desk without a row has five.
CREATE TABLE release_settings (
    desk         text NOT NULL,
    undo_minutes int NOT NULL,
    CONSTRAINT release_settings_pkey PRIMARY KEY (desk),
    CONSTRAINT release_settings_undo_minutes_range CHECK (undo_minutes BETWEEN 1 AND 60)
);

-- The letters of a desk in its own words. Each row is a version; the last one holds, and one without text holds for the
-- letter of the catalogue. kind '' is every kind of the desk.
CREATE TABLE letter_templates (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    desk     text NOT NULL,
    kind     text NOT NULL DEFAULT '',
    letter   text NOT NULL,
    lang     text NOT NULL,
    version  int NOT NULL,
    subject  text NOT NULL,
    body     text NOT NULL,
    saved_by bigint NOT NULL CONSTRAINT letter_templates_saved_by_fkey REFERENCES users (id),
    saved_at timestamptz NOT NULL,
    CONSTRAINT letter_templates_pkey PRIMARY KEY (id),
    CONSTRAINT letter_templates_version_key UNIQUE (desk, kind, letter, lang, version),
    CONSTRAINT letter_templates_lang_known CHECK (lang IN ('ar', 'en', 'es', 'fr', 'ru', 'zh')),
    CONSTRAINT letter_templates_whole CHECK ((subject = '') = (body = ''))
);
CREATE INDEX letter_templates_desk ON letter_templates (desk, letter, lang, kind, version DESC);

-- What was done with several submissions at once, item by item, for the page that says so. token is the form's: a form
-- sent twice is done once.
CREATE TABLE bulk_acts (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    token    text NOT NULL,
    act      text NOT NULL,
    actor_id bigint NOT NULL CONSTRAINT bulk_acts_actor_fkey REFERENCES users (id),
    at       timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT bulk_acts_pkey PRIMARY KEY (id),
    CONSTRAINT bulk_acts_token_key UNIQUE (actor_id, token)
);
CREATE TABLE bulk_items (
    bulk_id       bigint NOT NULL CONSTRAINT bulk_items_bulk_fkey REFERENCES bulk_acts (id),
    submission_id bigint NOT NULL CONSTRAINT bulk_items_submission_fkey REFERENCES submissions (id),
    reason        text NOT NULL DEFAULT '', -- why it was not done; '' for done
    CONSTRAINT bulk_items_pkey PRIMARY KEY (bulk_id, submission_id)
);
