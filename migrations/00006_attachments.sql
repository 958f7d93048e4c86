-- +goose Up

-- Uploaded documents. A file belongs to the revisions from first_revision until before removed_revision, so that what
-- was submitted keeps the files that it was submitted with.
CREATE TABLE attachments (
    id               bigint GENERATED ALWAYS AS IDENTITY,
    submission_id    bigint NOT NULL CONSTRAINT attachments_submission_fkey REFERENCES submissions (id),
    field            text NOT NULL,             -- the question it answers
    name             text NOT NULL,             -- cleaned; different from the others of its revision
    format           text NOT NULL,             -- what its bytes are
    media_type       text NOT NULL,
    size             bigint NOT NULL,
    sha256           bytea NOT NULL,
    scan_state       text NOT NULL DEFAULT 'not_scanned',
    scanned_at       timestamptz,
    uploaded_by      bigint NOT NULL CONSTRAINT attachments_uploaded_by_fkey REFERENCES users (id),
    uploaded_at      timestamptz NOT NULL,
    first_revision   int NOT NULL,
    removed_revision int,
    CONSTRAINT attachments_pkey PRIMARY KEY (id),
    CONSTRAINT attachments_name_not_blank CHECK (name <> ''),
    CONSTRAINT attachments_format_known CHECK (format IN ('txt', 'rtf', 'pdf', 'doc', 'docx', 'odt', 'ppt', 'pptx', 'odp', 'xls', 'xlsx', 'ods')),
    CONSTRAINT attachments_size_range CHECK (size BETWEEN 1 AND 26214400),
    CONSTRAINT attachments_sha256_length CHECK (octet_length(sha256) = 32),
    CONSTRAINT attachments_scan_state_known CHECK (scan_state IN ('not_scanned', 'clean', 'infected')),
    CONSTRAINT attachments_scanned_at_known CHECK ((scan_state = 'not_scanned') = (scanned_at IS NULL)),
    CONSTRAINT attachments_removed_after_first CHECK (removed_revision > first_revision)
);
CREATE INDEX attachments_submission ON attachments (submission_id, id);
CREATE INDEX attachments_not_scanned ON attachments (id) WHERE scan_state = 'not_scanned';

-- Their bytes, in pieces of 256 KB so that neither end holds a whole file in memory.
CREATE TABLE attachment_chunks (
    attachment_id bigint NOT NULL CONSTRAINT attachment_chunks_attachment_fkey REFERENCES attachments (id) ON DELETE CASCADE,
    n             int NOT NULL,
    bytes         bytea NOT NULL,
    CONSTRAINT attachment_chunks_pkey PRIMARY KEY (attachment_id, n),
    CONSTRAINT attachment_chunks_size_range CHECK (octet_length(bytes) BETWEEN 1 AND 262144)
);
ALTER TABLE attachment_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL; -- most formats are compressed already
