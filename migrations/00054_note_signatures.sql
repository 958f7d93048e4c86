-- +goose Up

-- Who signs a concept note, in what order and with what quorum (fund.md, Sign-off chain), as the fund desk's lead sets it for a
-- type of note. A version is never changed: a sign-off keeps the one under which it was opened last.
CREATE TABLE signoff_chains (
    note_type text NOT NULL,
    version   int NOT NULL,
    stations  jsonb NOT NULL,   -- in order: {"party": "organizations", "quorum": 0}, where 0 is all
    set_by    bigint CONSTRAINT signoff_chains_set_by_fkey REFERENCES users (id), -- NULL: as the portal came
    set_at    timestamptz NOT NULL,
    CONSTRAINT signoff_chains_pkey PRIMARY KEY (note_type, version),
    CONSTRAINT signoff_chains_type_known CHECK (note_type IN ('national', 'multi')),
    CONSTRAINT signoff_chains_version_positive CHECK (version > 0),
    CONSTRAINT signoff_chains_stations_list CHECK (jsonb_typeof(stations) = 'array' AND jsonb_array_length(stations) > 0)
);
CREATE TRIGGER signoff_chains_append_only BEFORE UPDATE OR DELETE ON signoff_chains FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER signoff_chains_no_truncate BEFORE TRUNCATE ON signoff_chains FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
INSERT INTO signoff_chains (note_type, version, stations, set_at)
SELECT t, 1, '[{"party": "organizations", "quorum": 0}, {"party": "governments", "quorum": 1}, {"party": "coordinators", "quorum": 0}]', now()
  FROM unnest(ARRAY['national', 'multi']) t;

-- The sign-off of a note, from the first time that its office has asked for signatures.
CREATE TABLE note_signoffs (
    submission_id bigint NOT NULL CONSTRAINT note_signoffs_submission_fkey REFERENCES submissions (id),
    note_type     text NOT NULL,
    version       int NOT NULL,      -- of the chain
    asked_by      bigint NOT NULL CONSTRAINT note_signoffs_asked_by_fkey REFERENCES users (id),
    asked_at      timestamptz NOT NULL,  -- the last time
    settled_at    timestamptz NOT NULL,  -- when the signatures were last compared with the text
    complete_at   timestamptz,           -- since when all stations are complete; NULL while one is not
    CONSTRAINT note_signoffs_pkey PRIMARY KEY (submission_id),
    CONSTRAINT note_signoffs_chain_fkey FOREIGN KEY (note_type, version) REFERENCES signoff_chains (note_type, version)
);

-- What each party of a note was asked to sign, and what came of it. Rows stay: one whose party is named no longer is void.
CREATE TABLE note_signatures (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    submission_id   bigint NOT NULL CONSTRAINT note_signatures_submission_fkey REFERENCES submissions (id),
    party           text NOT NULL,
    key             text NOT NULL,             -- tells the parties of a note apart: what they are and their name
    name            text NOT NULL,
    country         text NOT NULL DEFAULT '',  -- of a government
    office_id       bigint CONSTRAINT note_signatures_office_fkey REFERENCES offices (id), -- who signs in the portal
    contact_name    text NOT NULL DEFAULT '',  -- who signs by a link from a mail; private
    contact_email   text NOT NULL DEFAULT '',
    state           text NOT NULL,
    covered         jsonb NOT NULL DEFAULT '{}', -- digests of the steps that were signed
    asked_at        timestamptz,
    reminded_at     timestamptz,
    late_reminded   boolean NOT NULL DEFAULT false, -- that nobody had signed for some days
    meeting_reminded date,                          -- for which last safe day
    acted_at        timestamptz,               -- when it was signed or declined
    means           text NOT NULL DEFAULT '',
    signer_id       bigint CONSTRAINT note_signatures_signer_fkey REFERENCES users (id),
    signer_name     text NOT NULL DEFAULT '',  -- of a person without an account, as they wrote it
    signer_position text NOT NULL DEFAULT '',
    letter_id       bigint CONSTRAINT note_signatures_letter_fkey REFERENCES attachments (id) ON DELETE SET NULL,
    letter_on       date,
    reason          text NOT NULL DEFAULT '',  -- why it was declined
    changed_steps   text[] NOT NULL DEFAULT '{}', -- of a reopened one: what has changed since
    changed_by      bigint CONSTRAINT note_signatures_changed_by_fkey REFERENCES users (id),
    CONSTRAINT note_signatures_pkey PRIMARY KEY (id),
    CONSTRAINT note_signatures_once UNIQUE (submission_id, key),
    CONSTRAINT note_signatures_party_known CHECK (party IN ('organizations', 'governments', 'coordinators')),
    CONSTRAINT note_signatures_state_known CHECK (state IN ('new', 'waiting', 'asked', 'signed', 'reopened', 'declined', 'void')),
    CONSTRAINT note_signatures_means_known CHECK (means IN ('', 'portal', 'link', 'letter')),
    CONSTRAINT note_signatures_asked CHECK (state <> 'asked' OR asked_at IS NOT NULL),
    CONSTRAINT note_signatures_signed CHECK (state NOT IN ('signed', 'reopened') OR (acted_at IS NOT NULL AND means <> '' AND covered <> '{}')),
    CONSTRAINT note_signatures_declined CHECK (state <> 'declined' OR (acted_at IS NOT NULL AND reason <> '')),
    CONSTRAINT note_signatures_letter CHECK (means <> 'letter' OR state NOT IN ('signed', 'reopened') OR letter_on IS NOT NULL)
);
CREATE INDEX note_signatures_office ON note_signatures (office_id, submission_id) WHERE office_id IS NOT NULL;
CREATE INDEX note_signatures_contact ON note_signatures (lower(contact_email)) WHERE contact_email <> '';
CREATE INDEX note_signatures_asked_at ON note_signatures (asked_at) WHERE state = 'asked';
CREATE INDEX note_signatures_letter ON note_signatures (letter_id) WHERE letter_id IS NOT NULL;

-- What happened to each signature. Nobody can edit it.
CREATE TABLE note_signature_events (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    signature_id bigint NOT NULL CONSTRAINT note_signature_events_signature_fkey REFERENCES note_signatures (id),
    action       text NOT NULL,
    at           timestamptz NOT NULL,
    actor_id     bigint CONSTRAINT note_signature_events_actor_fkey REFERENCES users (id), -- NULL: the portal, or somebody without an account
    means        text NOT NULL DEFAULT '',
    steps        text[] NOT NULL DEFAULT '{}',
    CONSTRAINT note_signature_events_pkey PRIMARY KEY (id),
    CONSTRAINT note_signature_events_action_known CHECK (action IN ('asked', 'reminded', 'signed', 'reopened', 'restored', 'declined', 'void', 'back'))
);
CREATE INDEX note_signature_events_signature ON note_signature_events (signature_id, id);
CREATE TRIGGER note_signature_events_append_only BEFORE UPDATE OR DELETE ON note_signature_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Links with which a party signs without an account, by the hash of their token. Each acts once.
CREATE TABLE note_signature_links (
    hash         bytea NOT NULL,
    signature_id bigint NOT NULL CONSTRAINT note_signature_links_signature_fkey REFERENCES note_signatures (id),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    CONSTRAINT note_signature_links_pkey PRIMARY KEY (hash)
);
CREATE INDEX note_signature_links_signature ON note_signature_links (signature_id);

-- The wall: nobody judges a note that their office signs, or has been asked to.
CREATE OR REPLACE VIEW submission_conflicts AS
    SELECT submission_id, user_id, reason FROM submission_own_conflicts
    UNION ALL
    SELECT a.submission_id, c.user_id, c.reason FROM submission_subjects a JOIN submission_own_conflicts c ON c.submission_id = a.subject_id
    UNION ALL
    SELECT g.submission_id, p.user_id, 'partner' FROM note_signatures g JOIN posts p ON p.office_id = g.office_id AND p.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT g.submission_id, u.id, 'partner' FROM note_signatures g JOIN users u ON lower(u.email) = lower(g.contact_email);
