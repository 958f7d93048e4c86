-- +goose Up

-- Who writes to the Network for no office: their submissions have an author, and nobody else on the owner's side. What
-- speaks for an office (pledges, practices, concept notes, the joining of a country) always has one.
ALTER TABLE submissions
    ALTER COLUMN office_id DROP NOT NULL,
    ADD CONSTRAINT submissions_office_of_kind CHECK (office_id IS NOT NULL
        OR kind IN ('contact', 'talk', 'guidance', 'support', 'capacity', 'statement', 'social', 'partnership', 'asset'));

-- As before, and: who has written for no office sees what they have written.
CREATE OR REPLACE VIEW submission_access AS
    SELECT s.id AS submission_id, p.user_id, 'owner' AS side, p.role
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.state = 'approved' AND p.from_on <= current_date
           AND (p.until_on IS NULL OR p.until_on >= current_date)
    UNION ALL
    -- The author before the office has approved them: they may write and submit (accounts.md, Offices).
    SELECT s.id, p.user_id, 'owner', 'contributor'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'pending'
    UNION ALL
    -- The author whom a head of the office has refused: their draft stays theirs to read, and to take to another office.
    SELECT s.id, p.user_id, 'owner', 'author'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'refused'
     WHERE s.submitted_revision IS NULL
    UNION ALL
    SELECT s.id, s.author_id, 'owner', 'contributor'
      FROM submissions s
     WHERE s.office_id IS NULL
    UNION ALL
    SELECT i.submission_id, i.user_id, 'owner', CASE i.rights WHEN 'edit' THEN 'editor' WHEN 'comment' THEN 'commenter' ELSE 'guest' END
      FROM draft_invitations i
     WHERE i.user_id IS NOT NULL AND i.ended_at IS NULL AND i.until_on >= current_date
    UNION ALL
    SELECT s.id, r.user_id, 'desk', r.role
      FROM submissions s
      JOIN staff_roles r ON r.desk = s.desk AND r.role IN ('officer', 'lead')
     WHERE s.submitted_revision IS NOT NULL
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = r.user_id)
    UNION ALL
    SELECT s.id, a.reviewer_id, 'reviewer', CASE WHEN a.state = 'asked' OR round.closed_at IS NOT NULL THEN 'asked' ELSE 'reviewer' END
      FROM review_assignments a
      JOIN review_rounds round ON round.id = a.round_id
      JOIN submissions s ON s.id = a.submission_id
      JOIN staff_roles r ON r.user_id = a.reviewer_id AND r.role = 'reviewer'
     WHERE a.state IN ('asked', 'accepted', 'submitted') AND s.state NOT IN ('withdrawn', 'put_away', 'erased')
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = a.reviewer_id);
CREATE INDEX submissions_of_nobodys_office ON submissions (author_id) WHERE office_id IS NULL; -- for that branch of the view
CREATE INDEX submissions_of_nobodys_office_done ON submissions (decided_at) WHERE office_id IS NULL AND erased_at IS NULL; -- for their retention

-- Links by which somebody without a password opens what they have written, from the mails about it. The token itself is
-- never stored; a link works once.
CREATE TABLE guest_links (
    hash          bytea NOT NULL,
    user_id       bigint NOT NULL CONSTRAINT guest_links_user_fkey REFERENCES users (id),
    next          text NOT NULL, -- the page that it opens, without the language
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    CONSTRAINT guest_links_pkey PRIMARY KEY (hash)
);
CREATE INDEX guest_links_user ON guest_links (user_id);
CREATE INDEX guest_links_expired ON guest_links (expires_at);

-- What somebody has written who has not signed in, until they prove their address by the link that is mailed to it:
-- nobody reads it before. What is not proven is removed when it runs out; of what was, the text is moved, not kept.
CREATE TABLE unproven_requests (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL,
    topic         text NOT NULL DEFAULT '', -- of a message
    office_id     bigint CONSTRAINT unproven_requests_office_fkey REFERENCES offices (id), -- for which a request is begun
    email         text NOT NULL,
    name          text NOT NULL,
    lang          text NOT NULL,
    title         text NOT NULL DEFAULT '',
    body          text NOT NULL DEFAULT '',
    digest        bytea NOT NULL,           -- of all of the above: sent twice, it is one
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    mailed_at     timestamptz,
    token_hash    bytea,                    -- of the link; NULL until it is mailed
    submission_id bigint CONSTRAINT unproven_requests_submission_fkey REFERENCES submissions (id), -- as which it has gone on
    CONSTRAINT unproven_requests_pkey PRIMARY KEY (id),
    CONSTRAINT unproven_requests_once UNIQUE (digest),
    CONSTRAINT unproven_requests_token_key UNIQUE (token_hash),
    CONSTRAINT unproven_requests_gone_on_is_empty CHECK (submission_id IS NULL OR (email = '' AND name = '' AND title = '' AND body = ''))
);
CREATE INDEX unproven_requests_expired ON unproven_requests (expires_at);
CREATE INDEX unproven_requests_office ON unproven_requests (office_id);
CREATE INDEX unproven_requests_submission ON unproven_requests (submission_id);
