-- +goose Up

-- Calls for practices (practices.md): the desk makes them, practices answer them, and after the deadline each becomes a page
-- of results. Whether a call is open or closed is a matter of the clock; closed_at only tells the pages that are kept.
CREATE TABLE calls (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    version      int NOT NULL DEFAULT 1,
    state        text NOT NULL DEFAULT 'draft',
    lang         text NOT NULL,                 -- of the text that was written first
    deadline_at  timestamptz NOT NULL,          -- the last instant in time
    objectives   int[] NOT NULL,
    sectors      text[] NOT NULL DEFAULT '{}',  -- categories of actors that may answer; none is all
    languages    text[] NOT NULL DEFAULT '{}',  -- in which practices are taken; none is all
    contact      text NOT NULL DEFAULT '',      -- a desk's address; '' is the secretariat's
    opened_at    timestamptz,
    closed_at    timestamptz,                   -- when the portal noticed that the deadline had passed
    featured_at  timestamptz,                   -- when the results came before the public
    withdrawn_at timestamptz,
    reason       text NOT NULL DEFAULT '',      -- of the withdrawal, public
    CONSTRAINT calls_pkey PRIMARY KEY (id),
    CONSTRAINT calls_state_known CHECK (state IN ('draft', 'open', 'withdrawn')),
    CONSTRAINT calls_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT calls_objectives_some CHECK (cardinality(objectives) > 0),
    CONSTRAINT calls_opened CHECK (state = 'draft' OR opened_at IS NOT NULL),
    CONSTRAINT calls_withdrawn_with_reason CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL AND reason <> ''))
);
CREATE INDEX calls_public ON calls (deadline_at, id) WHERE state = 'open';

CREATE TABLE call_texts (
    call_id  bigint NOT NULL CONSTRAINT call_texts_call_fkey REFERENCES calls (id) ON DELETE CASCADE,
    lang     text NOT NULL,
    title    text NOT NULL,
    theme    text NOT NULL,
    who      text NOT NULL,
    criteria text NOT NULL,
    body     text NOT NULL,
    intro    text NOT NULL DEFAULT '', -- of the page of results
    CONSTRAINT call_texts_pkey PRIMARY KEY (call_id, lang),
    CONSTRAINT call_texts_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT call_texts_title_not_blank CHECK (title <> '')
);

-- Practices that are written for a call, or have answered it: one call a practice. A call with any cannot be deleted.
CREATE TABLE call_practices (
    submission_id bigint NOT NULL CONSTRAINT call_practices_submission_fkey REFERENCES submissions (id),
    call_id       bigint NOT NULL CONSTRAINT call_practices_call_fkey REFERENCES calls (id),
    standing      text NOT NULL DEFAULT 'tied',
    tied_at       timestamptz NOT NULL,
    reminded_of   timestamptz,              -- the deadline of which its people were reminded last
    late_reason   text NOT NULL DEFAULT '', -- why the desk took it although it was late; not public
    place         int,                      -- on the page of results; NULL comes last, by publication
    CONSTRAINT call_practices_pkey PRIMARY KEY (submission_id),
    CONSTRAINT call_practices_standing_known CHECK (standing IN ('tied', 'entered', 'late', 'accepted')),
    CONSTRAINT call_practices_accepted_with_reason CHECK (standing <> 'accepted' OR late_reason <> '')
);
CREATE INDEX call_practices_of_call ON call_practices (call_id, standing);

CREATE TABLE call_takeaways (
    submission_id bigint NOT NULL CONSTRAINT call_takeaways_practice_fkey REFERENCES call_practices (submission_id) ON DELETE CASCADE,
    lang          text NOT NULL,
    text          text NOT NULL,
    CONSTRAINT call_takeaways_pkey PRIMARY KEY (submission_id, lang),
    CONSTRAINT call_takeaways_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT call_takeaways_not_blank CHECK (text <> '')
);

CREATE TRIGGER calls_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON calls FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER call_texts_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON call_texts FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER call_practices_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON call_practices FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER call_takeaways_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON call_takeaways FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
