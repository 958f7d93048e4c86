-- +goose Up

-- Who has registered for an event of the portal, without an account: by an address that a link from a mail has proven. The link is the
-- key to the registration; only its hash is here.
CREATE TABLE event_registrations (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    event_id   bigint NOT NULL CONSTRAINT event_registrations_event_fkey REFERENCES events (id),
    email      text NOT NULL,                 -- as it was typed
    email_key  text NOT NULL,                 -- in small letters, by which it is found
    name       text NOT NULL,
    lang       text NOT NULL,
    state      text NOT NULL DEFAULT 'asked',
    token_hash bytea NOT NULL,
    asked_at   timestamptz NOT NULL,
    placed_at  timestamptz,                   -- when the address was proven: the order of the waiting list
    CONSTRAINT event_registrations_pkey PRIMARY KEY (id),
    CONSTRAINT event_registrations_once UNIQUE (event_id, email_key),
    CONSTRAINT event_registrations_token UNIQUE (token_hash),
    CONSTRAINT event_registrations_state_known CHECK (state IN ('asked', 'registered', 'waiting', 'left')),
    CONSTRAINT event_registrations_placed CHECK (state = 'asked' OR placed_at IS NOT NULL)
);
CREATE INDEX event_registrations_order ON event_registrations (event_id, state, placed_at, id);
CREATE INDEX event_registrations_key ON event_registrations (email_key);
