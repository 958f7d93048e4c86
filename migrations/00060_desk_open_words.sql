-- +goose Up

-- The desk's search in what is open: each desk looks up words and objectives in an index of its own (see 00042), and does not
-- read the rows of all other desks to leave them out.
DROP INDEX submissions_open_words, submissions_open_objectives;
CREATE INDEX submissions_open_words_hub ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'hub' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_objectives_hub ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'hub' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words_pledges ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'pledges' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_objectives_pledges ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'pledges' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words_fund ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'fund' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_objectives_fund ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'fund' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words_communications ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'communications' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_objectives_communications ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'communications' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words_network ON submissions USING gin (submitted_words) WITH (fastupdate = off)
    WHERE submitted_words IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'network' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_objectives_network ON submissions USING gin (submitted_objectives) WITH (fastupdate = off)
    WHERE submitted_objectives IS NOT NULL AND submitted_revision IS NOT NULL AND desk = 'network' AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
