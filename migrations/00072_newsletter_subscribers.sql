-- +goose Up

-- Readers of the newsletter (publishing.md, Newsletter). They have no account: all that is known of them is here, and they
-- change, take along or delete it by the link in each mail.
CREATE TABLE newsletter_subscribers (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    email          text NOT NULL,              -- as it was typed
    email_key      text NOT NULL,              -- the same in one spelling, by which it is found
    lang           text NOT NULL,
    themes         int[] NOT NULL DEFAULT '{}',  -- empty is all
    regions        text[] NOT NULL DEFAULT '{}', -- empty is all
    sector         text NOT NULL DEFAULT '',     -- what the reader is; empty is unknown
    frequency      text NOT NULL,
    state          text NOT NULL,
    consent_source text NOT NULL,              -- 'form', or for what was imported, the words of the list
    consented_on   date,                       -- when the reader agreed
    bounces        int NOT NULL DEFAULT 0,     -- issues that came back for good since one arrived
    created_at     timestamptz NOT NULL,
    confirmed_at   timestamptz,
    token_hash     bytea,                      -- of the link that confirms
    token_until    timestamptz,
    CONSTRAINT newsletter_subscribers_pkey PRIMARY KEY (id),
    CONSTRAINT newsletter_subscribers_once UNIQUE (email_key),
    CONSTRAINT newsletter_subscribers_token UNIQUE (token_hash),
    CONSTRAINT newsletter_subscribers_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT newsletter_subscribers_frequency_known CHECK (frequency IN ('monthly', 'quarterly')),
    CONSTRAINT newsletter_subscribers_state_known CHECK (state IN ('unconfirmed', 'confirmed')),
    CONSTRAINT newsletter_subscribers_by_consent CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL AND consented_on IS NOT NULL)
);
-- The audience of an issue is counted from this index alone.
CREATE INDEX newsletter_subscribers_audience ON newsletter_subscribers (id) INCLUDE (lang, themes, regions, sector, frequency) WHERE state = 'confirmed';
CREATE INDEX newsletter_subscribers_unconfirmed ON newsletter_subscribers (created_at) WHERE state = 'unconfirmed';

-- Addresses that no issue goes to, whoever asks, until their reader confirms anew or the desk lets them go. Who has left is
-- here by a keyed hash alone, so that an old list does not bring them back.
CREATE TABLE newsletter_suppressions (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    address_hash  bytea NOT NULL,
    address       text NOT NULL DEFAULT '',    -- empty for those who have left
    reason        text NOT NULL,
    since         timestamptz NOT NULL,
    added_by      bigint CONSTRAINT newsletter_suppressions_added_by_fkey REFERENCES users (id),
    lifted_at     timestamptz,
    lifted_by     bigint CONSTRAINT newsletter_suppressions_lifted_by_fkey REFERENCES users (id),
    lifted_reason text NOT NULL DEFAULT '',
    CONSTRAINT newsletter_suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT newsletter_suppressions_once UNIQUE (address_hash),
    CONSTRAINT newsletter_suppressions_reason_known CHECK (reason IN ('left', 'bounced', 'complained', 'desk'))
);
CREATE INDEX newsletter_suppressions_listed ON newsletter_suppressions (since DESC, id DESC) WHERE lifted_at IS NULL;
CREATE INDEX newsletter_suppressions_added_by ON newsletter_suppressions (added_by) WHERE added_by IS NOT NULL;
CREATE INDEX newsletter_suppressions_lifted_by ON newsletter_suppressions (lifted_by) WHERE lifted_by IS NOT NULL;

-- Lists that were read and wait for the word of who brought them; they are dropped after a day.
CREATE TABLE newsletter_imports (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    imported_by bigint NOT NULL CONSTRAINT newsletter_imports_imported_by_fkey REFERENCES users (id),
    file_name   text NOT NULL,
    created_at  timestamptz NOT NULL,
    content     jsonb NOT NULL,
    CONSTRAINT newsletter_imports_pkey PRIMARY KEY (id)
);
CREATE INDEX newsletter_imports_imported_by ON newsletter_imports (imported_by);
