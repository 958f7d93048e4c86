-- +goose Up

-- Every mail, written in the transaction that caused it and handed over at most once (internal/mail tells how). The
-- address and the text live here only, where they can be erased; what was sent to whom and when stays.
CREATE TABLE outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    message_key     text NOT NULL,                -- the random part of the Message-ID, which every attempt shares
    kind            text NOT NULL,
    lang            text NOT NULL,
    to_address      text NOT NULL,
    to_user         bigint CONSTRAINT outbox_to_user_fkey REFERENCES users (id) ON DELETE SET NULL,
    submission_id   bigint CONSTRAINT outbox_submission_fkey REFERENCES submissions (id),
    subject         text NOT NULL,
    html            text NOT NULL,
    body            text NOT NULL,                -- the same as plain text
    secret          boolean NOT NULL DEFAULT false, -- carries a one-time link: no staff reads it
    state           text NOT NULL DEFAULT 'queued',
    attempts        int NOT NULL DEFAULT 0,
    last_error      text NOT NULL DEFAULT '',
    queued_at       timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    give_up_at      timestamptz NOT NULL,
    lease_until     timestamptz,                  -- a sender that has not reported by then is gone
    finished_at     timestamptz,
    erased_at       timestamptz,
    CONSTRAINT outbox_pkey PRIMARY KEY (id),
    CONSTRAINT outbox_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT outbox_state_known CHECK (state IN ('queued', 'sending', 'sent', 'caught', 'unsure', 'failed')),
    CONSTRAINT outbox_lease_while_sending CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
    CONSTRAINT outbox_finished_at_end CHECK ((state IN ('queued', 'sending')) = (finished_at IS NULL)),
    CONSTRAINT outbox_erased_is_empty CHECK (erased_at IS NULL OR (html = '' AND body = ''))
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE state = 'queued';
CREATE INDEX outbox_leases ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_attention ON outbox (state, id) WHERE state IN ('unsure', 'failed');
CREATE INDEX outbox_submission ON outbox (submission_id, id) WHERE submission_id IS NOT NULL;
CREATE INDEX outbox_to_user ON outbox (to_user, id) WHERE to_user IS NOT NULL;
CREATE INDEX outbox_kept ON outbox (queued_at) WHERE erased_at IS NULL;
