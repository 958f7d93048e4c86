-- +goose Up

-- Items that offices propose for the newsletter (publishing.md, Newsletter): a row a submission that the desk has accepted, under its
-- number, until an issue carries it and after. It waits for the first issue of its month or later.
CREATE TABLE newsletter_proposals (
    id             bigint NOT NULL CONSTRAINT newsletter_proposals_submission_fkey REFERENCES submissions (id),
    not_before     date,                       -- the first day on which it may be in an issue; NULL for the next one
    link           text NOT NULL,
    themes         int[] NOT NULL,
    regions        text[] NOT NULL,
    sectors        text[] NOT NULL,
    texts          jsonb NOT NULL,             -- title and text by language
    accepted_at    timestamptz NOT NULL,
    taken_back_at  timestamptz,                -- by its office or by the desk
    taken_out_of   bigint CONSTRAINT newsletter_proposals_issue_fkey REFERENCES newsletter_issues (id), -- the issue in the making from which that took it
    CONSTRAINT newsletter_proposals_pkey PRIMARY KEY (id)
);
CREATE INDEX newsletter_proposals_waiting ON newsletter_proposals (accepted_at, id) WHERE taken_back_at IS NULL;
CREATE INDEX newsletter_proposals_taken_out ON newsletter_proposals (taken_out_of) WHERE taken_out_of IS NOT NULL;

-- Which office an item comes from, as it was called then; '' for what the desk has written.
ALTER TABLE newsletter_items ADD COLUMN credit text NOT NULL DEFAULT '';
CREATE INDEX newsletter_items_of ON newsletter_items (source) WHERE source <> '';

INSERT INTO service_times (kind, answer_days, decision_days) VALUES ('newsletter_item', 2, 5);
