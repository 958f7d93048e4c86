-- +goose Up

-- Filled Word files between upload and confirmation: what was understood of them, for the person who uploaded them alone.
-- Nothing of it is in a draft before it is confirmed; the file itself is not kept.
CREATE TABLE imports (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    user_id       bigint NOT NULL CONSTRAINT imports_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    kind          text NOT NULL,
    office_id     bigint CONSTRAINT imports_office_fkey REFERENCES offices (id) ON DELETE CASCADE, -- for which a draft will be begun, or NULL
    submission_id bigint CONSTRAINT imports_submission_fkey REFERENCES submissions (id) ON DELETE CASCADE, -- the draft; NULL until it is begun
    name          text NOT NULL, -- of the file, as it was sent
    reading       jsonb,         -- NULL once it is confirmed
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    confirmed_at  timestamptz,
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_has_target CHECK (office_id IS NOT NULL OR submission_id IS NOT NULL),
    CONSTRAINT imports_confirmed_is_empty CHECK ((confirmed_at IS NULL) = (reading IS NOT NULL)),
    CONSTRAINT imports_confirmed_has_draft CHECK (confirmed_at IS NULL OR submission_id IS NOT NULL),
    CONSTRAINT imports_expires_after_created CHECK (expires_at > created_at)
);
CREATE INDEX imports_expires ON imports (expires_at);
CREATE INDEX imports_user ON imports (user_id);
CREATE INDEX imports_submission ON imports (submission_id) WHERE submission_id IS NOT NULL;
