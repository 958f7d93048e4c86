-- +goose Up

-- The order by title is read from its index alone, which takes a column and not an expression; the start of a title is
-- enough, and a whole one may be too long for an index. Of few pledges the titles are found with their ordinals and sorted.
ALTER TABLE pledges ADD COLUMN title_start text NOT NULL GENERATED ALWAYS AS (left(title, 200)) STORED;
DROP INDEX pledges_ordinal, pledges_title_ar, pledges_title_zh, pledges_title_en, pledges_title_fr, pledges_title_ru, pledges_title_es;
CREATE UNIQUE INDEX pledges_ordinal ON pledges (ordinal) INCLUDE (first_published_at, id, title_start) WHERE until IS NULL;
CREATE INDEX pledges_title_ar ON pledges (title_start COLLATE "ar-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_zh ON pledges (title_start COLLATE "zh-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_en ON pledges (title_start COLLATE "en-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_fr ON pledges (title_start COLLATE "fr-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_ru ON pledges (title_start COLLATE "ru-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
CREATE INDEX pledges_title_es ON pledges (title_start COLLATE "es-x-icu", id) INCLUDE (ordinal) WHERE until IS NULL;
