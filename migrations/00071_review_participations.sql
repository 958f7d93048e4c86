-- +goose Up

-- Which States took part in which regional review or review forum of the Global Compact (champions.md, country pages), as the network
-- desk keeps it; where nothing is known, nothing is shown. A document of it stands elsewhere.
CREATE TABLE review_participations (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    country  text NOT NULL CONSTRAINT review_participations_country_fkey REFERENCES countries (iso2),
    review   text NOT NULL,
    region   text NOT NULL DEFAULT '', -- of a regional review
    since    int NOT NULL,             -- the year in which the review began, and until the one in which it ended
    until    int NOT NULL,
    url      text NOT NULL DEFAULT '',
    added_at timestamptz NOT NULL,
    CONSTRAINT review_participations_pkey PRIMARY KEY (id),
    CONSTRAINT review_participations_once UNIQUE (country, review, region, since),
    CONSTRAINT review_participations_review_known CHECK (review IN ('regional', 'forum')),
    CONSTRAINT review_participations_region_of_regional CHECK ((review = 'regional') = (region <> '')),
    CONSTRAINT review_participations_years CHECK (since BETWEEN 2018 AND 2200 AND until BETWEEN since AND since + 1),
    CONSTRAINT review_participations_url_form CHECK (url = '' OR url ~ '^https?://')
);
CREATE INDEX review_participations_region ON review_participations (region, since) WHERE region <> '';
CREATE TRIGGER review_participations_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON review_participations
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
