-- +goose Up

-- What each partner of a common pledge or a partnership was asked, and what they answered (pledges.md, II a). A row is one
-- question: who takes part in what, asked at which address. Its key is made of these, so that moving rows about in the form
-- keeps the answers, and a changed part or address is a new question. Rows stay, since older published versions show them.
CREATE TABLE pledge_partners (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    submission_id     bigint NOT NULL CONSTRAINT pledge_partners_submission_fkey REFERENCES submissions (id),
    key               text NOT NULL,
    name              text NOT NULL,
    country           text NOT NULL,
    part              text NOT NULL,             -- as the office wrote it
    email             text NOT NULL,             -- private
    since_revision    int NOT NULL,              -- the first revision handed in that has it
    until_revision    int,                       -- the first one that has it no longer; NULL while the last one has it
    state             text NOT NULL DEFAULT 'waiting',
    own_part          text NOT NULL DEFAULT '',  -- the partner's own words, when amended
    asked_at          timestamptz,               -- NULL: not yet, since nobody vouches for the office
    expires_at        timestamptz,               -- of the links
    reminders         int NOT NULL DEFAULT 0,
    reminded_at       timestamptz,
    answered_at       timestamptz,
    -- Who answered, and why they declined: for the office and the desk only. Blank when erased.
    answered_by       text NOT NULL DEFAULT '',
    answered_position text NOT NULL DEFAULT '',
    reason            text NOT NULL DEFAULT '',
    CONSTRAINT pledge_partners_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_partners_once UNIQUE (submission_id, key),
    CONSTRAINT pledge_partners_state_known CHECK (state IN ('waiting', 'asked', 'confirmed', 'amended', 'declined', 'withdrawn')),
    CONSTRAINT pledge_partners_asked CHECK (state = 'waiting' OR (asked_at IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT pledge_partners_answered CHECK ((state IN ('waiting', 'asked')) = (answered_at IS NULL)),
    CONSTRAINT pledge_partners_amended CHECK ((state = 'amended') = (own_part <> ''))
);
CREATE INDEX pledge_partners_open ON pledge_partners (state, expires_at) WHERE state IN ('waiting', 'asked') AND until_revision IS NULL;

-- The answers show on the page of the pledge, in lists and in exports; reminders do not.
CREATE TRIGGER pledge_partners_content AFTER INSERT OR UPDATE OF state, own_part, since_revision, until_revision OR DELETE OR TRUNCATE ON pledge_partners
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- Links with which a partner answers without an account, by the hash of their token. Each acts once.
CREATE TABLE pledge_partner_links (
    hash       bytea NOT NULL,
    partner_id bigint NOT NULL CONSTRAINT pledge_partner_links_partner_fkey REFERENCES pledge_partners (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT pledge_partner_links_pkey PRIMARY KEY (hash)
);
CREATE INDEX pledge_partner_links_partner ON pledge_partner_links (partner_id);

-- For similar pledges of the same country: those whose entity is of the country. (Those carried out in it have an index.)
CREATE INDEX pledges_entity_country ON pledges (country, first_published_at DESC) WHERE until IS NULL;
