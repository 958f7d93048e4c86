-- +goose Up

-- The desk's lists at a million submissions. What an index of the open ones is sorted by stands in its condition too: else the
-- planner takes all of it as the list of what is open, and reads 60,000 entries to find a hundred.
DROP INDEX submissions_open_objectives, submissions_open_words, submissions_open_office;
CREATE INDEX submissions_open_objectives ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_office ON submissions (office_id)
    WHERE office_id IS NOT NULL AND submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');

-- What is over, the newest first: without walking past all that is open, which is newer.
CREATE INDEX submissions_over ON submissions (desk, submitted_at, id) INCLUDE (state, kind, country, assigned_to, office_id)
    WHERE submitted_revision IS NOT NULL AND state IN ('published', 'declined', 'withdrawn', 'archived', 'erased');
