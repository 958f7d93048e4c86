-- +goose Up

-- What is written in a case has a language; of what was written before nobody has said it.
ALTER TABLE pledge_interest_events ADD COLUMN lang text NOT NULL DEFAULT '',
    ADD CONSTRAINT pledge_interest_events_lang_known CHECK (lang IN ('', 'ar', 'en', 'es', 'fr', 'ru', 'zh'));
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_interest_event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.body = '' AND (NEW.id, NEW.interest_id, NEW.action, NEW.side, NEW.at, NEW.lang) = (OLD.id, OLD.interest_id, OLD.action, OLD.side, OLD.at, OLD.lang)
        AND NEW.author_id IS NOT DISTINCT FROM OLD.author_id THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd

-- The cases about the pledges of an office, and the pledges themselves, are found by the office.
CREATE INDEX pledges_office ON pledges (office_id, id);
-- The desk looks at the cases of one state.
CREATE INDEX pledge_interests_state ON pledge_interests (state, changed_at DESC, id DESC);
