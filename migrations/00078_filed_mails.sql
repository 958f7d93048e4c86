-- +goose Up

-- E-mails that staff have filed, of every kind: what was sent to a desk in another way than by the form is written down in one
-- place now.
ALTER TABLE request_mails RENAME TO filed_mails;
ALTER TABLE filed_mails RENAME CONSTRAINT request_mails_pkey TO filed_mails_pkey;
ALTER TABLE filed_mails RENAME CONSTRAINT request_mails_submission_fkey TO filed_mails_submission_fkey;
ALTER TABLE filed_mails RENAME CONSTRAINT request_mails_filed_by_fkey TO filed_mails_filed_by_fkey;
ALTER INDEX request_mails_submission RENAME TO filed_mails_submission;
ALTER INDEX request_mails_filed_by RENAME TO filed_mails_filed_by;
