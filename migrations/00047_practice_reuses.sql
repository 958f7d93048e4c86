-- +goose Up

-- The reuse ledger (practices.md, Public): anyone with an account records that a practice was reused; its office confirms, and
-- then it is public. The name of who has recorded it never is.
CREATE TABLE practice_reuses (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    practice_id  bigint NOT NULL CONSTRAINT practice_reuses_practice_fkey REFERENCES submissions (id),
    recorder_id  bigint CONSTRAINT practice_reuses_recorder_fkey REFERENCES users (id), -- NULL: the account is closed
    organization text NOT NULL,              -- as typed
    folded       text NOT NULL,              -- search.Fold of it
    country      text NOT NULL,              -- ISO 3166-1 alpha-2
    year         int NOT NULL,
    changed      text NOT NULL,              -- what was changed, as typed
    lang         text NOT NULL,              -- of that
    link         text NOT NULL DEFAULT '',
    state        text NOT NULL DEFAULT 'waiting',
    reason       text NOT NULL DEFAULT '',   -- why it was refused or taken down, for who has recorded it
    created_at   timestamptz NOT NULL,
    decided_by   bigint CONSTRAINT practice_reuses_decided_by_fkey REFERENCES users (id),
    decided_at   timestamptz,
    CONSTRAINT practice_reuses_pkey PRIMARY KEY (id),
    CONSTRAINT practice_reuses_organization_not_blank CHECK (organization <> '' AND folded <> ''),
    CONSTRAINT practice_reuses_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT practice_reuses_state_known CHECK (state IN ('waiting', 'confirmed', 'refused', 'removed')),
    CONSTRAINT practice_reuses_decided CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CONSTRAINT practice_reuses_reason CHECK ((state IN ('refused', 'removed')) = (reason <> ''))
);
-- The same organization in the same country and year is the same reuse.
CREATE UNIQUE INDEX practice_reuses_once ON practice_reuses (practice_id, folded, country, year) WHERE state IN ('waiting', 'confirmed');
CREATE INDEX practice_reuses_shown ON practice_reuses (practice_id, year DESC, id DESC) WHERE state = 'confirmed';
CREATE INDEX practice_reuses_recorder ON practice_reuses (recorder_id) WHERE recorder_id IS NOT NULL;
CREATE TRIGGER practice_reuses_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_reuses
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- How often a practice was reused, as confirmed: an order of the list, and a facet ("reused=yes").
ALTER TABLE practices ADD COLUMN reuses int NOT NULL DEFAULT 0,
    ADD CONSTRAINT practices_reuses_not_negative CHECK (reuses >= 0);
CREATE INDEX practices_reused ON practices (reuses DESC, first_published_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;
