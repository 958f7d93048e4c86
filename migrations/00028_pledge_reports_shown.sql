-- +goose Up

-- Pledges whose place another one has taken, for the page of that one.
CREATE INDEX pledge_updates_superseded ON pledge_updates (superseded_by) WHERE superseded_by <> '';

-- With which revision of its submission an update came in: the one whose documents are public.
ALTER TABLE pledge_updates ADD COLUMN submission_revision int;
ALTER TABLE pledge_updates DISABLE TRIGGER pledge_updates_append_only;
UPDATE pledge_updates u SET submission_revision = s.submitted_revision FROM submissions s WHERE s.id = u.submission_id;
ALTER TABLE pledge_updates ENABLE TRIGGER pledge_updates_append_only;
ALTER TABLE pledge_updates ADD CONSTRAINT pledge_updates_submission_revision CHECK ((submission_id IS NULL) = (submission_revision IS NULL));
