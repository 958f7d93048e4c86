-- +goose Up

-- A session gets a number that may stand in a form, since when it is open, and how its person has shown who they are:
-- last at authenticated_at, with a second factor at factor_at (NULL: not in this session). Sessions from before have to
-- show it again.
ALTER TABLE sessions
    ADD COLUMN id               bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN created_at       timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT to_timestamp(0),
    ADD COLUMN factor_at        timestamptz,
    ADD CONSTRAINT sessions_id_key UNIQUE (id);
UPDATE sessions SET created_at = last_used_at;

-- The second factor of a person: the secret of their authenticator app (TOTP, RFC 6238), encrypted with the key that
-- key_id names. last_step is the last time step whose code was used: none at or before it counts again.
CREATE TABLE factors (
    user_id    bigint NOT NULL CONSTRAINT factors_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    secret     bytea NOT NULL,
    key_id     text NOT NULL,
    last_step  bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    CONSTRAINT factors_pkey PRIMARY KEY (user_id)
);

-- Codes for when the app is lost, each good once; stored hashed.
CREATE TABLE recovery_codes (
    user_id    bigint NOT NULL CONSTRAINT recovery_codes_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    hash       bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, hash)
);

-- Sign-ins that wait for the second factor, bound to one browser by a token of which only the hash is kept. They are no
-- sessions and give no rights. epoch is the person's when it began: a new password ends them.
CREATE TABLE pending_sign_ins (
    token_hash bytea NOT NULL,
    user_id    bigint NOT NULL CONSTRAINT pending_sign_ins_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    epoch      int NOT NULL,
    next       text NOT NULL,
    tries      int NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pending_sign_ins_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX pending_sign_ins_expired ON pending_sign_ins (expires_at);
