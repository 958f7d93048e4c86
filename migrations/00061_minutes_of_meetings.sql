-- +goose Up

-- The minutes of a meeting of the Steering Committee as files, beside typed ones: a file belongs to the revisions of a
-- submission or to a meeting. One that was taken out stays, as the history does: it is removed from revision 1 on.
ALTER TABLE attachments
    ALTER COLUMN submission_id DROP NOT NULL,
    ADD COLUMN meeting_id bigint CONSTRAINT attachments_meeting_fkey REFERENCES fund_meetings (id),
    ADD CONSTRAINT attachments_of_one CHECK (num_nonnulls(submission_id, meeting_id) = 1);
CREATE INDEX attachments_meeting ON attachments (meeting_id, id) WHERE meeting_id IS NOT NULL;

-- Minutes are typed, or a file.
ALTER TABLE committee_sessions DROP CONSTRAINT committee_sessions_minutes_not_blank;
