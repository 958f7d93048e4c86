-- +goose Up

-- The statistics of requests read all of a kind.
CREATE INDEX submissions_kind ON submissions (kind, id);

-- E-mails that staff have filed as requests of those who wrote them: the same mail is not filed twice.
CREATE TABLE request_mails (
    message_id    text NOT NULL,               -- as the mail names itself (RFC 5322), without brackets
    submission_id bigint NOT NULL CONSTRAINT request_mails_submission_fkey REFERENCES submissions (id),
    filed_by      bigint NOT NULL CONSTRAINT request_mails_filed_by_fkey REFERENCES users (id),
    filed_at      timestamptz NOT NULL,
    CONSTRAINT request_mails_pkey PRIMARY KEY (message_id)
);
CREATE INDEX request_mails_submission ON request_mails (submission_id);
CREATE INDEX request_mails_filed_by ON request_mails (filed_by);
