-- +goose Up

-- Public profiles of experts, which people make of themselves and take back at once (practices.md, Experts). A profile is for
-- its person alone until they have agreed to its publication. Addresses are not in it: who writes to an expert does so
-- through the portal.
CREATE TABLE experts (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    user_id       bigint NOT NULL CONSTRAINT experts_user_fkey REFERENCES users (id),
    state         text NOT NULL,
    version       int NOT NULL DEFAULT 1,
    name          text NOT NULL,
    organization  text NOT NULL DEFAULT '',
    lang          text NOT NULL,
    text          text NOT NULL DEFAULT '',
    objectives    int[] NOT NULL DEFAULT '{}',
    languages     text[] NOT NULL DEFAULT '{}',
    regions       text[] NOT NULL DEFAULT '{}',
    countries     text[] NOT NULL DEFAULT '{}',
    links         text[] NOT NULL DEFAULT '{}',
    indexed       boolean NOT NULL DEFAULT true,
    words         tsvector NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    consented_at  timestamptz,
    withdrawn_at  timestamptz,
    hidden_at     timestamptz,
    hidden_by     bigint CONSTRAINT experts_hidden_by_fkey REFERENCES users (id),
    hidden_reason text NOT NULL DEFAULT '',
    picture       text NOT NULL DEFAULT '',
    picture_alt   text NOT NULL DEFAULT '',
    picture_width int NOT NULL DEFAULT 0,
    picture_height int NOT NULL DEFAULT 0,
    CONSTRAINT experts_pkey PRIMARY KEY (id),
    CONSTRAINT experts_one_each UNIQUE (user_id),
    CONSTRAINT experts_state_known CHECK (state IN ('private', 'public', 'hidden')),
    CONSTRAINT experts_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT experts_public_by_consent CHECK (state <> 'public' OR consented_at IS NOT NULL),
    CONSTRAINT experts_hidden_by_somebody CHECK ((state = 'hidden') = (hidden_at IS NOT NULL AND hidden_by IS NOT NULL)),
    CONSTRAINT experts_picture_has_words CHECK (picture = '' OR picture_alt <> '')
);
CREATE INDEX experts_listed ON experts (id) WHERE state = 'public';
CREATE INDEX experts_words ON experts USING gin (words) WHERE state = 'public';
CREATE INDEX experts_desk ON experts (changed_at DESC, id) WHERE state <> 'private';
CREATE INDEX experts_hidden_by ON experts (hidden_by) WHERE hidden_by IS NOT NULL;
CREATE TRIGGER experts_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON experts
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The bytes are apart, so that lists do not read them.
CREATE TABLE expert_pictures (
    expert_id bigint NOT NULL CONSTRAINT expert_pictures_expert_fkey REFERENCES experts (id) ON DELETE CASCADE,
    bytes     bytea NOT NULL,
    CONSTRAINT expert_pictures_pkey PRIMARY KEY (expert_id)
);

-- Where the answer to a mail goes, if not to the secretariat: what somebody writes to an expert is answered to them.
ALTER TABLE outbox ADD COLUMN reply_to text NOT NULL DEFAULT '';
CREATE INDEX outbox_reply_to ON outbox (lower(reply_to)) WHERE reply_to <> '';
