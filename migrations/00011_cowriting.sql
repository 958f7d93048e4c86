-- +goose Up

-- Drafts that nobody touches are put away, and erased in the end (README rule 1). While a draft is written, changed_at is
-- when it was last touched; while it is put away, it is when that was done. A warning that is older than changed_at was
-- about an earlier time of rest.
ALTER TABLE submissions
    ADD COLUMN first_warned_at timestamptz,
    ADD COLUMN last_warned_at  timestamptz,
    DROP CONSTRAINT submissions_state_known,
    ADD CONSTRAINT submissions_state_known CHECK (state IN ('draft', 'submitted', 'in_review', 'changes_requested',
        'approved', 'published', 'declined', 'withdrawn', 'archived', 'put_away', 'erased'));
CREATE INDEX submissions_resting ON submissions (state, changed_at, id) WHERE state IN ('draft', 'put_away');

-- Who was invited to one draft, as what and until when (accounts.md). user_id is set when the invitation is accepted, by
-- the person whose proven address is the invited one; it then gives access until the day, or until somebody ends it. The
-- rows stay: who has once had a hand in a submission never judges it.
CREATE TABLE draft_invitations (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT draft_invitations_submission_fkey REFERENCES submissions (id),
    email         text NOT NULL,
    rights        text NOT NULL,
    until_on      date NOT NULL,
    token_hash    bytea NOT NULL,
    invited_by    bigint NOT NULL CONSTRAINT draft_invitations_invited_by_fkey REFERENCES users (id),
    created_at    timestamptz NOT NULL,
    user_id       bigint CONSTRAINT draft_invitations_user_fkey REFERENCES users (id),
    accepted_at   timestamptz,
    ended_at      timestamptz,
    ended_by      bigint CONSTRAINT draft_invitations_ended_by_fkey REFERENCES users (id),
    CONSTRAINT draft_invitations_pkey PRIMARY KEY (id),
    CONSTRAINT draft_invitations_token_key UNIQUE (token_hash),
    CONSTRAINT draft_invitations_rights_known CHECK (rights IN ('view', 'comment', 'edit')),
    CONSTRAINT draft_invitations_accepted CHECK ((user_id IS NULL) = (accepted_at IS NULL)),
    CONSTRAINT draft_invitations_ended CHECK (ended_by IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX draft_invitations_once ON draft_invitations (submission_id, lower(email)) WHERE ended_at IS NULL;
CREATE INDEX draft_invitations_user ON draft_invitations (user_id, submission_id) WHERE user_id IS NOT NULL;
CREATE INDEX draft_invitations_email ON draft_invitations (lower(email)) WHERE user_id IS NULL AND ended_at IS NULL;

-- Who has which step open. It is true for minutes only, so it need not survive a crash.
CREATE UNLOGGED TABLE step_presence (
    submission_id bigint NOT NULL,
    step          text NOT NULL,
    user_id       bigint NOT NULL CONSTRAINT step_presence_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    opened_at     timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    CONSTRAINT step_presence_pkey PRIMARY KEY (submission_id, step, user_id)
);
CREATE INDEX step_presence_seen ON step_presence (seen_at);

-- What the people who write a draft say to each other about it: threads at a question, or ('') about the whole.
CREATE TABLE draft_threads (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT draft_threads_submission_fkey REFERENCES submissions (id),
    field         text NOT NULL DEFAULT '',
    resolved_at   timestamptz,
    resolved_by   bigint CONSTRAINT draft_threads_resolved_by_fkey REFERENCES users (id),
    CONSTRAINT draft_threads_pkey PRIMARY KEY (id),
    CONSTRAINT draft_threads_resolved CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);
CREATE INDEX draft_threads_submission ON draft_threads (submission_id, id);
CREATE TABLE draft_comments (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    thread_id bigint NOT NULL CONSTRAINT draft_comments_thread_fkey REFERENCES draft_threads (id) ON DELETE CASCADE,
    author_id bigint NOT NULL CONSTRAINT draft_comments_author_fkey REFERENCES users (id),
    body      text NOT NULL,
    at        timestamptz NOT NULL,
    CONSTRAINT draft_comments_pkey PRIMARY KEY (id),
    CONSTRAINT draft_comments_body_not_blank CHECK (body <> '')
);
CREATE INDEX draft_comments_thread ON draft_comments (thread_id, id);

-- A registration of somebody who is invited to one draft: they need no office for that.
ALTER TABLE registrations ADD COLUMN invited boolean NOT NULL DEFAULT false;

-- Whoever was let into a draft must not judge it, also when that is over.
CREATE OR REPLACE VIEW submission_conflicts AS
    SELECT s.id AS submission_id, s.author_id AS user_id FROM submissions s
    UNION
    SELECT s.id, p.user_id FROM submissions s JOIN posts p ON p.office_id = s.office_id AND p.state IN ('pending', 'approved', 'ended')
    UNION
    SELECT t.submission_id, t.saved_by FROM submission_steps t
    UNION
    SELECT i.submission_id, i.user_id FROM draft_invitations i WHERE i.user_id IS NOT NULL;

-- As before, with the people who are invited to one draft: they stand on the owner's side in a role of their own.
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
    SELECT i.submission_id, i.user_id, 'owner', CASE i.rights WHEN 'edit' THEN 'editor' WHEN 'comment' THEN 'commenter' ELSE 'guest' END
      FROM draft_invitations i
     WHERE i.user_id IS NOT NULL AND i.ended_at IS NULL AND i.until_on >= current_date
    UNION ALL
    SELECT s.id, r.user_id, 'desk', r.role
      FROM submissions s
      JOIN staff_roles r ON r.desk = s.desk AND r.role IN ('officer', 'lead')
     WHERE s.submitted_revision IS NOT NULL
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = r.user_id);
