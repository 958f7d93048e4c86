-- +goose Up

-- Workbooks with reports on many pledges that were uploaded and wait for their confirmation (pledges.md, Many at once): the
-- rows as they were read. What they change is worked out anew each time that they are looked at.
CREATE TABLE pledge_sheets (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    user_id      bigint NOT NULL CONSTRAINT pledge_sheets_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    office_id    bigint NOT NULL CONSTRAINT pledge_sheets_office_fkey REFERENCES offices (id) ON DELETE CASCADE,
    name         text NOT NULL,   -- of the file, as it was sent
    lang         text NOT NULL,   -- of the texts
    rows         jsonb,           -- NULL once it is confirmed
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    CONSTRAINT pledge_sheets_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_sheets_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT pledge_sheets_confirmed_is_empty CHECK ((confirmed_at IS NULL) = (rows IS NOT NULL)),
    CONSTRAINT pledge_sheets_expires_after_created CHECK (expires_at > created_at)
);
CREATE INDEX pledge_sheets_expires ON pledge_sheets (expires_at);
CREATE INDEX pledge_sheets_user ON pledge_sheets (user_id);
