-- +goose Up

-- A closed account is nobody, whoever closes it and whatever is written to its row afterwards: the id stays, for the
-- record of what was done, and nothing else. The name becomes the mark that pages show as "former user" (identity.Former).
-- +goose StatementBegin
CREATE FUNCTION forget_closed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := 'closed-' || NEW.id; -- no address, and different from all others: the address is free again
    NEW.name := '[…]';
    NEW.position := '';
    NEW.country := '';
    NEW.lang := 'en';
    NEW.interests := '{}';
    NEW.password_hash := '';
    NEW.email_verified_at := NULL;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER users_closed_are_nobody BEFORE INSERT OR UPDATE ON users FOR EACH ROW WHEN (NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION forget_closed_user();

-- Changes of the address of an account. The new address proves itself by a link; the old one is told, and its links stop
-- the change or take it back. Addresses live here until the change can no longer be taken back.
CREATE TABLE email_changes (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    user_id      bigint NOT NULL CONSTRAINT email_changes_user_fkey REFERENCES users (id),
    old_email    text NOT NULL,
    new_email    text NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL, -- until then the new address may prove itself
    undo_until   timestamptz NOT NULL, -- until then the old address may stop it or take it back
    mailed_at    timestamptz,          -- when a job has written to the new address
    confirm_hash bytea,                -- of the link to the new address; NULL until it is mailed
    stop_hash    bytea NOT NULL,       -- of the link in the first mail to the old address
    undo_hash    bytea,                -- of the link in the second, when it is done
    confirmed_at timestamptz,
    ended_at     timestamptz,          -- stopped, taken back, or overtaken by another one
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_confirm_key UNIQUE (confirm_hash),
    CONSTRAINT email_changes_stop_key UNIQUE (stop_hash),
    CONSTRAINT email_changes_undo_key UNIQUE (undo_hash)
);
CREATE INDEX email_changes_user ON email_changes (user_id);
CREATE INDEX email_changes_over ON email_changes (undo_until);

-- How often a person is written to about what. No row is "at once". The topics are in internal/mail.
CREATE TABLE notification_choices (
    user_id bigint NOT NULL CONSTRAINT notification_choices_user_fkey REFERENCES users (id),
    topic   text NOT NULL,
    pace    text NOT NULL,
    CONSTRAINT notification_choices_pkey PRIMARY KEY (user_id, topic),
    CONSTRAINT notification_choices_pace_known CHECK (pace IN ('daily', 'weekly', 'never'))
);

-- Mails that wait for the digest of their recipient are in the outbox like all others, with the day of the digest as
-- next_attempt_at; when it goes out they are "bundled" and name it.
ALTER TABLE outbox
    ADD COLUMN digest_id bigint CONSTRAINT outbox_digest_fkey REFERENCES outbox (id),
    ADD COLUMN farewell boolean NOT NULL DEFAULT false, -- the address goes with the text, as soon as it is sent
    DROP CONSTRAINT outbox_state_known,
    ADD CONSTRAINT outbox_state_known CHECK (state IN ('queued', 'collected', 'sending', 'sent', 'bundled', 'caught', 'unsure', 'failed')),
    DROP CONSTRAINT outbox_finished_at_end,
    ADD CONSTRAINT outbox_finished_at_end CHECK ((state IN ('queued', 'sending', 'collected')) = (finished_at IS NULL)),
    ADD CONSTRAINT outbox_bundled_in_digest CHECK ((state = 'bundled') = (digest_id IS NOT NULL));
CREATE INDEX outbox_collected ON outbox (next_attempt_at, to_user) WHERE state = 'collected';
CREATE INDEX outbox_digest ON outbox (digest_id) WHERE digest_id IS NOT NULL;
-- An address is kept no longer than the text, also when the text went first.
DROP INDEX outbox_kept;
CREATE INDEX outbox_kept ON outbox (queued_at) WHERE to_address <> '';

-- Which version of the terms and the privacy notice a person has accepted, and when; users.terms_version is the last.
CREATE TABLE terms_acceptances (
    user_id     bigint NOT NULL CONSTRAINT terms_acceptances_user_fkey REFERENCES users (id),
    version     text NOT NULL,
    accepted_at timestamptz NOT NULL,
    CONSTRAINT terms_acceptances_pkey PRIMARY KEY (user_id, version),
    CONSTRAINT terms_acceptances_version_not_blank CHECK (version <> '')
);
INSERT INTO terms_acceptances (user_id, version, accepted_at)
    SELECT id, terms_version, terms_accepted_at FROM users WHERE terms_version <> '' AND terms_accepted_at IS NOT NULL;
ALTER TABLE users DROP COLUMN terms_accepted_at;

-- When the text of a declined submission was erased (quality.md, retention).
ALTER TABLE submissions ADD COLUMN erased_at timestamptz;
CREATE INDEX submissions_declined ON submissions (decided_at) WHERE state = 'declined' AND erased_at IS NULL;
