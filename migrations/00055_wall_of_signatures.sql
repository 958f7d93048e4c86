-- +goose Up

-- The wall at 200,000 signatures: who signs by a link is found by their address in the index of those that there are, and not
-- by reading all signatures (5,000 notes of 40: a list of the desk took 120 ms for this alone).
CREATE OR REPLACE VIEW submission_conflicts AS
    SELECT submission_id, user_id, reason FROM submission_own_conflicts
    UNION ALL
    SELECT a.submission_id, c.user_id, c.reason FROM submission_subjects a JOIN submission_own_conflicts c ON c.submission_id = a.subject_id
    UNION ALL
    SELECT g.submission_id, p.user_id, 'partner' FROM note_signatures g JOIN posts p ON p.office_id = g.office_id AND p.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT g.submission_id, u.id, 'partner' FROM note_signatures g JOIN users u ON lower(u.email) = lower(g.contact_email) WHERE g.contact_email <> '';

-- Titles as the desk searches them, folded once and not at each search.
ALTER TABLE programmes ADD COLUMN title_folded text NOT NULL GENERATED ALWAYS AS (fold_name(title)) STORED;
