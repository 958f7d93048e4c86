-- +goose Up

-- That the fund desk has found a concept note complete, as it was sent in (fund.md, Review: the completeness check comes before
-- the technical review). A revision is checked once.
CREATE TABLE committee_checks (
    note_id    bigint NOT NULL CONSTRAINT committee_checks_note_fkey REFERENCES submissions (id),
    revision   int NOT NULL,
    checked_by bigint NOT NULL CONSTRAINT committee_checks_checked_by_fkey REFERENCES users (id),
    checked_at timestamptz NOT NULL,
    CONSTRAINT committee_checks_pkey PRIMARY KEY (note_id, revision),
    CONSTRAINT committee_checks_revision_positive CHECK (revision > 0)
);
CREATE TRIGGER committee_checks_append_only BEFORE UPDATE OR DELETE ON committee_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
