-- +goose Up

-- Practices are published when their peers have reviewed them (review.md, Peer review: at least one UN and two external
-- reviewers per practice). A desk that decides without that says why.
ALTER TABLE review_settings
    ADD COLUMN required boolean NOT NULL DEFAULT false;

UPDATE review_settings SET required = true WHERE kind = 'practice';

ALTER TABLE pending_decisions
    ADD COLUMN exception text NOT NULL DEFAULT '';
