-- +goose Up

-- The page of a region sorts all talks of its States: it reads when they are from an index, and not from the talks.
DROP INDEX talks_region;
CREATE INDEX talks_region ON talks (region, id) WHERE state IN ('announced', 'cancelled');
CREATE INDEX talks_public ON talks (id) INCLUDE (at, until) WHERE state IN ('announced', 'cancelled');
