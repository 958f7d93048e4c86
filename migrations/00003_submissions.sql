-- +goose Up

-- What people send us, of every kind. Only internal/workflow writes the state.
CREATE TABLE submissions (
    id                 bigint GENERATED ALWAYS AS IDENTITY,
    kind               text NOT NULL,
    desk               text NOT NULL,
    title              text NOT NULL DEFAULT '',
    country            text NOT NULL DEFAULT '', -- of the office, for lists
    lang               text NOT NULL DEFAULT 'en', -- of the text
    state              text NOT NULL DEFAULT 'draft',
    version            int NOT NULL DEFAULT 1,   -- counts steps of the plan; a decision names the one it was read at
    office_id          bigint NOT NULL CONSTRAINT submissions_office_fkey REFERENCES offices (id),
    author_id          bigint NOT NULL CONSTRAINT submissions_author_fkey REFERENCES users (id),
    assigned_to        bigint CONSTRAINT submissions_assigned_to_fkey REFERENCES users (id),
    revision           int NOT NULL DEFAULT 1,
    submitted_revision int, -- the last one handed in: what the desk reads
    submitted_title    text NOT NULL DEFAULT '', -- of that one: what the owner writes since is not the desk's business
    published_revision int,
    public_id          text,
    created_at         timestamptz NOT NULL,
    changed_at         timestamptz NOT NULL, -- last step of the plan, or last saved text
    submitted_at       timestamptz,          -- of the revision under review
    decided_at         timestamptz,
    CONSTRAINT submissions_pkey PRIMARY KEY (id),
    CONSTRAINT submissions_public_id_key UNIQUE (public_id),
    CONSTRAINT submissions_desk_known CHECK (desk IN ('hub', 'pledges', 'fund', 'communications', 'network')),
    CONSTRAINT submissions_state_known CHECK (state IN ('draft', 'submitted', 'in_review', 'changes_requested',
        'approved', 'published', 'declined', 'withdrawn', 'archived')),
    CONSTRAINT submissions_published_has_id CHECK (published_revision IS NULL OR public_id IS NOT NULL)
);
CREATE INDEX submissions_queue ON submissions (desk, state, submitted_at, id);
CREATE INDEX submissions_office ON submissions (office_id, changed_at DESC, id DESC);
CREATE INDEX submissions_author ON submissions (author_id, changed_at DESC, id DESC);
CREATE INDEX submissions_assigned ON submissions (assigned_to, state) WHERE assigned_to IS NOT NULL;

-- Everything typed, step by step and revision by revision, also when it is wrong. Frozen once the revision is submitted.
CREATE TABLE submission_steps (
    submission_id bigint NOT NULL CONSTRAINT submission_steps_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL,
    step          text NOT NULL,
    version       int NOT NULL,
    answers       jsonb NOT NULL,
    saved_by      bigint NOT NULL CONSTRAINT submission_steps_saved_by_fkey REFERENCES users (id),
    saved_at      timestamptz NOT NULL,
    page          text NOT NULL DEFAULT '', -- token of the page it was saved from: a page does not conflict with itself
    quiet         boolean NOT NULL DEFAULT false, -- saved by the page itself, while somebody was typing
    CONSTRAINT submission_steps_pkey PRIMARY KEY (submission_id, revision, step)
);
CREATE INDEX submission_steps_saved_by ON submission_steps (saved_by, submission_id); -- for the conflict wall

-- What is written about a submission: letters and notes, each for one audience. Personal text lives here, where it can
-- be erased; events and the audit log carry ids only.
CREATE TABLE submission_notes (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT submission_notes_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL,
    shown_to      text NOT NULL,
    author_id     bigint NOT NULL CONSTRAINT submission_notes_author_fkey REFERENCES users (id),
    body          text NOT NULL,
    at            timestamptz NOT NULL,
    CONSTRAINT submission_notes_pkey PRIMARY KEY (id),
    CONSTRAINT submission_notes_shown_to_known CHECK (shown_to IN ('submitter', 'staff')),
    CONSTRAINT submission_notes_body_not_blank CHECK (body <> '')
);
CREATE INDEX submission_notes_submission ON submission_notes (submission_id, id);

-- What the desk asked to be changed, at which question.
CREATE TABLE change_requests (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT change_requests_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL, -- the revision that was read
    field         text NOT NULL,
    author_id     bigint NOT NULL CONSTRAINT change_requests_author_fkey REFERENCES users (id),
    body          text NOT NULL,
    at            timestamptz NOT NULL,
    CONSTRAINT change_requests_pkey PRIMARY KEY (id),
    CONSTRAINT change_requests_body_not_blank CHECK (body <> ''),
    CONSTRAINT change_requests_once UNIQUE (submission_id, revision, field)
);

-- Each step of the plan that was taken. Append-only.
CREATE TABLE submission_events (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT submission_events_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL,
    action        text NOT NULL,
    from_state    text NOT NULL,
    to_state      text NOT NULL,
    actor_id      bigint, -- NULL is the portal itself
    note_id       bigint CONSTRAINT submission_events_note_fkey REFERENCES submission_notes (id),
    at            timestamptz NOT NULL,
    CONSTRAINT submission_events_pkey PRIMARY KEY (id)
);
CREATE INDEX submission_events_submission ON submission_events (submission_id, id);
CREATE TRIGGER submission_events_append_only BEFORE UPDATE OR DELETE ON submission_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER submission_events_no_truncate BEFORE TRUNCATE ON submission_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who must not judge what: computed from posts and authorship (review.md, conflict wall).
CREATE VIEW submission_conflicts AS
    SELECT s.id AS submission_id, s.author_id AS user_id FROM submissions s
    UNION
    SELECT s.id, p.user_id FROM submissions s JOIN posts p ON p.office_id = s.office_id AND p.state IN ('pending', 'approved', 'ended')
    UNION
    SELECT t.submission_id, t.saved_by FROM submission_steps t;

-- The one answer to: who may see which submission, and on which side of the table. Every list, count, search, export,
-- mail and address joins it. side: 'owner' (the office's people and the author) or 'desk' (staff without a conflict;
-- a draft is no desk's business).
CREATE VIEW submission_access AS
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
    SELECT s.id, r.user_id, 'desk', r.role
      FROM submissions s
      JOIN staff_roles r ON r.desk = s.desk AND r.role IN ('officer', 'lead')
     WHERE s.submitted_revision IS NOT NULL
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = r.user_id);
