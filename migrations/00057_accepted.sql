-- +goose Up

-- What is decided and not published ends at a state of its own (workflow.Accepted): "approved" waits for the approval of an
-- office, and the desk goes on to have it before it.
ALTER TABLE submissions
    DROP CONSTRAINT submissions_state_known,
    ADD CONSTRAINT submissions_state_known CHECK (state IN ('draft', 'submitted', 'in_review', 'changes_requested',
        'approved', 'published', 'accepted', 'declined', 'withdrawn', 'archived', 'put_away', 'erased'));
UPDATE submissions SET state = 'accepted' WHERE state = 'approved' AND kind = 'concept_note';
DROP INDEX submissions_over;
CREATE INDEX submissions_over ON submissions (desk, submitted_at, id) INCLUDE (state, kind, country, assigned_to, office_id)
    WHERE submitted_revision IS NOT NULL AND state IN ('published', 'accepted', 'declined', 'withdrawn', 'archived', 'erased');
