-- +goose Up

-- The record chained (review.md, Audit): each committed row of audit_log once, in the order in which the chain took it in,
-- which is its own: rows may commit later than others with a greater id. docs/audit.md says what is hashed.
CREATE TABLE audit_chain (
    seq        bigint NOT NULL,      -- 1, 2, 3 … without gaps
    log_id     bigint NOT NULL,      -- no foreign key: a row that is gone is for the verification to find
    salt       bytea NOT NULL,       -- blinds the actor, so that what is shown of the entry does not tell who it was
    hash       bytea NOT NULL,       -- of the hash before and of the entry
    chained_at timestamptz NOT NULL,
    CONSTRAINT audit_chain_pkey PRIMARY KEY (seq),
    CONSTRAINT audit_chain_log_id_key UNIQUE (log_id),
    CONSTRAINT audit_chain_seq_from_one CHECK (seq > 0),
    CONSTRAINT audit_chain_lengths CHECK (octet_length(salt) = 16 AND octet_length(hash) = 32)
);
CREATE INDEX audit_chain_chained_at ON audit_chain (chained_at);
CREATE TRIGGER audit_chain_append_only BEFORE UPDATE OR DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_chain_no_truncate BEFORE TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The public keys that digests were signed with; an old one stays, since old digests are checked with it.
CREATE TABLE audit_keys (
    id            text NOT NULL, -- the beginning of the key's SHA-256, in hexadecimal
    public_key    bytea NOT NULL,
    first_used_at timestamptz NOT NULL,
    CONSTRAINT audit_keys_pkey PRIMARY KEY (id),
    CONSTRAINT audit_keys_length CHECK (octet_length(public_key) = 32)
);
CREATE TRIGGER audit_keys_append_only BEFORE UPDATE OR DELETE ON audit_keys FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_keys_no_truncate BEFORE TRUNCATE ON audit_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A signed digest each night: what the chain had come to, and the root of the tree over the entries since the one before.
CREATE TABLE audit_digests (
    number    int NOT NULL, -- 1, 2, 3 … without gaps
    day       date NOT NULL, -- UTC
    first_seq bigint NOT NULL,
    last_seq  bigint NOT NULL, -- first_seq - 1 when there was nothing new
    head      bytea NOT NULL, -- hash of the entry last_seq
    root      bytea NOT NULL,
    previous  bytea NOT NULL, -- SHA-256 of the statement of the digest before
    subtrees  bytea NOT NULL, -- roots over each 1,024 entries in a row, 32 bytes each, from which proofs are made
    key_id    text NOT NULL CONSTRAINT audit_digests_key_fkey REFERENCES audit_keys (id),
    made_at   timestamptz NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_digests_pkey PRIMARY KEY (number),
    CONSTRAINT audit_digests_day_key UNIQUE (day),
    CONSTRAINT audit_digests_number_from_one CHECK (number > 0),
    CONSTRAINT audit_digests_range CHECK (first_seq > 0 AND last_seq >= first_seq - 1)
);
CREATE INDEX audit_digests_last_seq ON audit_digests (last_seq);
CREATE TRIGGER audit_digests_append_only BEFORE UPDATE OR DELETE ON audit_digests FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_digests_no_truncate BEFORE TRUNCATE ON audit_digests FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_digests_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_digests
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER audit_keys_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON audit_keys
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
