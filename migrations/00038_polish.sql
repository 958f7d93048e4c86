-- +goose Up

-- Other wordings that a desk proposes for a text that it reads. They are no part of the text until its office takes them over.
CREATE TABLE edit_proposals (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    submission_id bigint NOT NULL CONSTRAINT edit_proposals_submission_fkey REFERENCES submissions (id),
    revision      int NOT NULL, -- the one that the desk read
    answers       jsonb NOT NULL, -- the proposed ones, by control
    note          text NOT NULL DEFAULT '',
    proposed_by   bigint NOT NULL CONSTRAINT edit_proposals_proposed_by_fkey REFERENCES users (id),
    proposed_at   timestamptz NOT NULL,
    outcome       text NOT NULL DEFAULT '',
    answered_by   bigint CONSTRAINT edit_proposals_answered_by_fkey REFERENCES users (id),
    answered_at   timestamptz,
    CONSTRAINT edit_proposals_pkey PRIMARY KEY (id),
    CONSTRAINT edit_proposals_outcome_known CHECK (outcome IN ('', 'accepted', 'amended', 'refused', 'replaced')),
    CONSTRAINT edit_proposals_answered_whole CHECK ((outcome = '') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX edit_proposals_open ON edit_proposals (submission_id) WHERE answered_at IS NULL;
