-- +goose Up

-- The desk's search at a million submissions. Each desk looks up words in an index of its own, since nobody asks for those
-- of a desk that is not theirs: of a word of many titles that is a fifth of the work. Nothing waits in these indexes to be
-- sorted in later (fastupdate): every search would go through all that waits, and at a desk more is read than written.
DROP INDEX submissions_words;
CREATE INDEX submissions_words_hub ON submissions USING gin (submitted_words) WITH (fastupdate = off) WHERE submitted_revision IS NOT NULL AND desk = 'hub';
CREATE INDEX submissions_words_pledges ON submissions USING gin (submitted_words) WITH (fastupdate = off) WHERE submitted_revision IS NOT NULL AND desk = 'pledges';
CREATE INDEX submissions_words_fund ON submissions USING gin (submitted_words) WITH (fastupdate = off) WHERE submitted_revision IS NOT NULL AND desk = 'fund';
CREATE INDEX submissions_words_communications ON submissions USING gin (submitted_words) WITH (fastupdate = off) WHERE submitted_revision IS NOT NULL AND desk = 'communications';
CREATE INDEX submissions_words_network ON submissions USING gin (submitted_words) WITH (fastupdate = off) WHERE submitted_revision IS NOT NULL AND desk = 'network';
ALTER INDEX submissions_open_words SET (fastupdate = off);
ALTER INDEX submissions_objectives SET (fastupdate = off);
ALTER INDEX submissions_open_objectives SET (fastupdate = off);

-- What some offices have at a desk, in some states: to count without walking past everybody else's.
CREATE INDEX submissions_desk_office ON submissions (desk, office_id, state, id) WHERE submitted_revision IS NOT NULL;
