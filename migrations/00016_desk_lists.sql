-- +goose Up

-- The desk's queue at a hundred thousand submissions: counted and walked in indexes, searched in a column that is folded
-- once and not at every search.
ALTER TABLE submissions ADD COLUMN submitted_folded text NOT NULL GENERATED ALWAYS AS (fold_name(submitted_title)) STORED;
CREATE INDEX submissions_desk ON submissions (desk, submitted_at, id) INCLUDE (state, country, kind, assigned_to) WHERE submitted_revision IS NOT NULL;
-- The start of a title is enough, and a whole one may be too long for an index.
CREATE INDEX submissions_desk_title ON submissions (desk, left(submitted_title, 200) COLLATE "und-x-icu", id) WHERE submitted_revision IS NOT NULL;
