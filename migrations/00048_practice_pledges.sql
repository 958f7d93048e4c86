-- +goose Up

-- Pledges that a practice serves (practices.md, Public), as its office says. The office of the pledge may refuse, which stays.
CREATE TABLE practice_pledges (
    practice_id bigint NOT NULL CONSTRAINT practice_pledges_practice_fkey REFERENCES submissions (id),
    pledge_id   bigint NOT NULL CONSTRAINT practice_pledges_pledge_fkey REFERENCES submissions (id),
    state       text NOT NULL,
    reason      text NOT NULL DEFAULT '',   -- why it was refused, for the practice's office
    changed_at  timestamptz NOT NULL,
    CONSTRAINT practice_pledges_pkey PRIMARY KEY (practice_id, pledge_id),
    CONSTRAINT practice_pledges_state_known CHECK (state IN ('named', 'taken_back', 'refused')),
    CONSTRAINT practice_pledges_reason CHECK ((state = 'refused') = (reason <> ''))
);
CREATE INDEX practice_pledges_pledge ON practice_pledges (pledge_id, practice_id) WHERE state = 'named';
CREATE TRIGGER practice_pledges_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON practice_pledges
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
