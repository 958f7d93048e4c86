-- +goose Up

-- Of which States a public talk is (champions.md, country pages): its own, and those of its organizers' offices. What can be worked
-- out from talks and talk_organizers is kept, so that the page of a country counts few rows however many talks there are.
CREATE TABLE talk_countries (
    country text NOT NULL,
    talk_id bigint NOT NULL CONSTRAINT talk_countries_talk_fkey REFERENCES talks (id),
    CONSTRAINT talk_countries_pkey PRIMARY KEY (country, talk_id)
);
CREATE INDEX talk_countries_talk ON talk_countries (talk_id);
INSERT INTO talk_countries (country, talk_id)
    SELECT t.country, t.id FROM talks t WHERE t.state IN ('announced', 'cancelled') AND t.country <> ''
    UNION SELECT o.country, t.id FROM talks t JOIN talk_organizers g ON g.talk_id = t.id JOIN offices o ON o.id = g.office_id
        WHERE t.state IN ('announced', 'cancelled') AND o.country <> '';
CREATE TRIGGER talk_countries_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON talk_countries FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE INDEX talks_region ON talks (region) WHERE state IN ('announced', 'cancelled');

-- Requests that were accepted and that the office lets country pages show: a row a request, under its number. Nothing else of a
-- request is public.
CREATE TABLE shown_requests (
    id      bigint NOT NULL CONSTRAINT shown_requests_submission_fkey REFERENCES submissions (id),
    kind    text NOT NULL,
    title   text NOT NULL,
    lang    text NOT NULL,
    country text NOT NULL DEFAULT '',
    region  text NOT NULL DEFAULT '',
    at      timestamptz NOT NULL, -- when it was accepted
    CONSTRAINT shown_requests_pkey PRIMARY KEY (id),
    CONSTRAINT shown_requests_somewhere CHECK (country <> '' OR region <> '')
);
CREATE INDEX shown_requests_country ON shown_requests (country, at DESC);
CREATE INDEX shown_requests_region ON shown_requests (region, at DESC);
CREATE TRIGGER shown_requests_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON shown_requests FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
