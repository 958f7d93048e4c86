-- +goose Up

-- What the public saw on a past day (?as-of=, pledges.md, Public dashboard): revisions that were current then and are
-- still, by when they came, and those that were replaced or taken down since, by when they went. Few are.
CREATE INDEX pledges_current_since ON pledges (published_at) INCLUDE (id, ordinal) WHERE until IS NULL;
CREATE INDEX pledges_past ON pledges (until) INCLUDE (published_at, id, ordinal) WHERE until IS NOT NULL;
CREATE INDEX pledges_past_words ON pledges USING gin (words) WHERE until IS NOT NULL;
