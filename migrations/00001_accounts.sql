-- +goose Up

-- People. The address is unique without regard to case; it is private (README rule 3).
CREATE TABLE users (
    id                bigint GENERATED ALWAYS AS IDENTITY,
    email             text NOT NULL,
    name              text NOT NULL,
    position          text NOT NULL DEFAULT '',
    country           text NOT NULL DEFAULT '',
    lang              text NOT NULL DEFAULT 'en',
    interests         int[] NOT NULL DEFAULT '{}',
    password_hash     text NOT NULL DEFAULT '',
    email_verified_at timestamptz,
    terms_version     text NOT NULL DEFAULT '',
    terms_accepted_at timestamptz,
    -- Raised by a new password: every session that carries an older number is signed out.
    session_epoch     int NOT NULL DEFAULT 1,
    created_at        timestamptz NOT NULL,
    closed_at         timestamptz,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_not_blank CHECK (email <> ''),
    CONSTRAINT users_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es'))
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_name ON users (lower(name), id);

-- A name as it is looked for and compared: small letters, without accents, vowel marks and tatweel; Arabic alef,
-- teh marbuta and yeh in one form each.
-- +goose StatementBegin
CREATE FUNCTION fold_name(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT translate(regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036F\u0610-\u061A\u064B-\u065F\u0670\u0640]', '', 'g'), 'ةى', 'هي')
$$;
-- +goose StatementEnd

-- Offices: a ministry's focal point, a mission, an organization. Submissions belong to them (accounts.md).
CREATE TABLE offices (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    name        text NOT NULL,
    folded      text NOT NULL GENERATED ALWAYS AS (fold_name(name)) STORED,
    category    text NOT NULL,
    country     text NOT NULL DEFAULT '',
    state       text NOT NULL DEFAULT 'proposed',
    heads_only  boolean NOT NULL DEFAULT false, -- contributors may not submit
    proposed_by bigint CONSTRAINT offices_proposed_by_fkey REFERENCES users (id),
    created_at  timestamptz NOT NULL,
    decided_at  timestamptz,
    decided_by  bigint CONSTRAINT offices_decided_by_fkey REFERENCES users (id),
    CONSTRAINT offices_pkey PRIMARY KEY (id),
    CONSTRAINT offices_name_not_blank CHECK (name <> ''),
    CONSTRAINT offices_state_known CHECK (state IN ('proposed', 'approved', 'refused', 'closed'))
);
CREATE UNIQUE INDEX offices_name_key ON offices (folded, country) WHERE state IN ('proposed', 'approved');
CREATE INDEX offices_state ON offices (state, created_at);

-- A post: who acts for which office, as what, from a day to a day.
CREATE TABLE posts (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    user_id    bigint NOT NULL CONSTRAINT posts_user_fkey REFERENCES users (id),
    office_id  bigint NOT NULL CONSTRAINT posts_office_fkey REFERENCES offices (id),
    role       text NOT NULL,
    state      text NOT NULL DEFAULT 'pending',
    from_on    date NOT NULL,
    until_on   date,
    created_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by bigint CONSTRAINT posts_decided_by_fkey REFERENCES users (id),
    reason     text NOT NULL DEFAULT '', -- of a refusal, for the person
    CONSTRAINT posts_pkey PRIMARY KEY (id),
    CONSTRAINT posts_role_known CHECK (role IN ('head', 'contributor', 'viewer')),
    CONSTRAINT posts_state_known CHECK (state IN ('pending', 'approved', 'refused', 'ended'))
);
CREATE UNIQUE INDEX posts_one_each ON posts (user_id, office_id) WHERE state IN ('pending', 'approved');
CREATE INDEX posts_office ON posts (office_id, state);
CREATE INDEX posts_user ON posts (user_id); -- for the conflict wall, which looks at all posts that somebody ever had

-- Registrations whose address is not proven yet. Nothing of them is anywhere else, so that nobody is shown an office or
-- a person that does not exist; the account begins when the link from the mail is used. What is not used is removed
-- when it expires.
CREATE TABLE registrations (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    form_id         text NOT NULL, -- of the form: sent twice, it is one registration
    email           text NOT NULL,
    name            text NOT NULL,
    position        text NOT NULL,
    country         text NOT NULL,
    lang            text NOT NULL,
    interests       int[] NOT NULL,
    office_id       bigint CONSTRAINT registrations_office_fkey REFERENCES offices (id), -- NULL: the office is proposed
    office_name     text NOT NULL,
    office_category text NOT NULL,
    office_country  text NOT NULL,
    terms_version   text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    mailed_at       timestamptz,
    token_hash      bytea, -- of the link; NULL until it is mailed
    confirmed_at    timestamptz,
    CONSTRAINT registrations_pkey PRIMARY KEY (id),
    CONSTRAINT registrations_form_key UNIQUE (form_id, email),
    CONSTRAINT registrations_token_key UNIQUE (token_hash)
);
CREATE INDEX registrations_expired ON registrations (expires_at);

-- Roles at the secretariat: per desk for officers and leads, none for reviewers and administrators.
CREATE TABLE staff_roles (
    user_id    bigint NOT NULL CONSTRAINT staff_roles_user_fkey REFERENCES users (id),
    role       text NOT NULL,
    desk       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    CONSTRAINT staff_roles_pkey PRIMARY KEY (user_id, role, desk),
    CONSTRAINT staff_roles_role_known CHECK (role IN ('officer', 'lead', 'reviewer', 'administrator')),
    CONSTRAINT staff_roles_desk_known CHECK (desk IN ('', 'hub', 'pledges', 'fund', 'communications', 'network')),
    CONSTRAINT staff_roles_desk_of_role CHECK ((role IN ('officer', 'lead')) = (desk <> ''))
);

-- One-purpose links from mails. The token itself is never stored. next is the page that the person wanted to see.
CREATE TABLE tokens (
    hash       bytea NOT NULL,
    purpose    text NOT NULL,
    user_id    bigint NOT NULL CONSTRAINT tokens_user_fkey REFERENCES users (id),
    next       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT tokens_purpose_known CHECK (purpose IN ('sign_in', 'reset', 'set_up'))
);
CREATE INDEX tokens_expired ON tokens (expires_at);
CREATE INDEX tokens_user ON tokens (user_id, purpose);

-- Links that somebody has asked for, until a job has looked whether the address is known: asking does not tell. The job
-- removes the row.
CREATE TABLE link_requests (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    purpose    text NOT NULL,
    email      text NOT NULL,
    next       text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    CONSTRAINT link_requests_pkey PRIMARY KEY (id),
    CONSTRAINT link_requests_purpose_known CHECK (purpose IN ('sign_in', 'reset'))
);

-- Sessions (scs). The token is stored hashed.
CREATE TABLE sessions (
    token_hash   bytea NOT NULL,
    data         bytea NOT NULL,
    user_id      bigint CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    user_agent   text NOT NULL DEFAULT '',
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX sessions_expired ON sessions (expires_at);
CREATE INDEX sessions_user ON sessions (user_id);

-- What was typed into a form whose session had ended, kept until the person has signed in again (README rule 1).
CREATE TABLE held_posts (
    token_hash bytea NOT NULL,
    path       text NOT NULL,
    form       jsonb NOT NULL,
    user_id    bigint CONSTRAINT held_posts_user_fkey REFERENCES users (id) ON DELETE CASCADE, -- whose session it was; NULL: not known
    expires_at timestamptz NOT NULL,
    CONSTRAINT held_posts_pkey PRIMARY KEY (token_hash)
);
CREATE INDEX held_posts_expired ON held_posts (expires_at);

-- Counters of attempts, per account or network; keys are hashed.
CREATE TABLE rate_limits (
    key        bytea NOT NULL,
    window_end timestamptz NOT NULL,
    attempts   int NOT NULL,
    CONSTRAINT rate_limits_pkey PRIMARY KEY (key)
);
CREATE INDEX rate_limits_expired ON rate_limits (window_end);

-- Who did what and when. Ids and field names only; nobody can change or remove a row (README rule 5).
CREATE TABLE audit_log (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL,
    actor_id   bigint, -- no foreign key: the log outlives the person; NULL is the portal itself
    act        text NOT NULL,
    subject    text NOT NULL,
    subject_id bigint NOT NULL,
    fields     text[] NOT NULL DEFAULT '{}',
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_subject ON audit_log (subject, subject_id, id);
CREATE INDEX audit_log_actor ON audit_log (actor_id, id);

-- +goose StatementBegin
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Facts about this installation: whether it carries demonstration data, for one.
CREATE TABLE settings (
    name  text NOT NULL,
    value text NOT NULL,
    CONSTRAINT settings_pkey PRIMARY KEY (name)
);
