-- +goose Up

-- A practice is a living record (practices.md, Public): once a year its office is asked whether it is still true. What is
-- published or confirmed is vouched for from that moment on. An office that takes its own practice down says why, in public.
ALTER TABLE practices ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN retired_why text NOT NULL DEFAULT '',   -- as typed; '' for what the secretariat took down
    ADD COLUMN retired_lang text NOT NULL DEFAULT '';
UPDATE practices SET confirmed_at = published_at;
ALTER TABLE practices ALTER COLUMN confirmed_at SET NOT NULL,
    ADD CONSTRAINT practices_retired_lang_known CHECK (retired_lang IN ('', 'ar', 'zh', 'en', 'fr', 'ru', 'es')),
    ADD CONSTRAINT practices_retired_whole CHECK ((retired_why = '') = (retired_lang = '') AND (retired_why = '' OR until IS NOT NULL)),
    ADD CONSTRAINT practices_confirmed_after CHECK (confirmed_at >= published_at);
CREATE INDEX practices_confirmed ON practices (confirmed_at DESC, id DESC) INCLUDE (ordinal) WHERE until IS NULL;

-- Who was asked, and what they answered: one link a person and year.
CREATE TABLE practice_reminders (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    practice_id bigint NOT NULL CONSTRAINT practice_reminders_practice_fkey REFERENCES submissions (id),
    asked_on    date NOT NULL,              -- the anniversary of what was last vouched for
    user_id     bigint NOT NULL CONSTRAINT practice_reminders_user_fkey REFERENCES users (id),
    hash        bytea NOT NULL,
    sent_at     timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    answer      text NOT NULL DEFAULT '',   -- '': none through this link
    CONSTRAINT practice_reminders_pkey PRIMARY KEY (id),
    CONSTRAINT practice_reminders_once UNIQUE (practice_id, asked_on, user_id),
    CONSTRAINT practice_reminders_hash UNIQUE (hash),
    CONSTRAINT practice_reminders_answer_known CHECK (answer IN ('', 'confirm', 'update', 'retire')),
    CONSTRAINT practice_reminders_answered CHECK ((used_at IS NULL) = (answer = ''))
);
CREATE INDEX practice_reminders_user ON practice_reminders (user_id);
