-- +goose Up

-- The kinds of requests.md that had no service times yet; "contact" has no decision beside its answer.
INSERT INTO service_times (kind, answer_days, decision_days) VALUES
    ('capacity', 5, 20), ('social', 2, 5), ('asset', 5, 20), ('pledge_support', 5, 20);

-- Reminders that the desk has sent to those for whom it waits, so that nobody gets one after the other.
CREATE TABLE submission_chases (
    submission_id bigint NOT NULL CONSTRAINT submission_chases_submission_fkey REFERENCES submissions (id),
    at            timestamptz NOT NULL,
    chased_by     bigint NOT NULL CONSTRAINT submission_chases_chased_by_fkey REFERENCES users (id),
    CONSTRAINT submission_chases_pkey PRIMARY KEY (submission_id, at)
);
CREATE INDEX submission_chases_chased_by ON submission_chases (chased_by);
