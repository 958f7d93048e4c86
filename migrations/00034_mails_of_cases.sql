-- +goose Up

-- Who has to do with the office that is interested, or with the pledge that it concerns: beside the conflicts of the
-- pledge itself, these keep a case from a person at the desk (review.md, Conflict wall).
CREATE VIEW pledge_interest_conflicts AS
    SELECT i.id AS interest_id, c.user_id FROM pledge_interests i JOIN submission_conflicts c ON c.submission_id = i.own_pledge_id
    UNION ALL
    SELECT i.id, t.user_id FROM pledge_interests i JOIN posts t ON t.office_id = i.office_id AND t.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT i.id, d.user_id FROM pledge_interests i JOIN declared_interests d ON d.office_id = i.office_id WHERE d.ended_at IS NULL
    UNION ALL
    SELECT i.id, d.user_id FROM pledge_interests i JOIN offices o ON o.id = i.office_id AND o.country <> ''
      JOIN declared_interests d ON d.country = o.country WHERE d.ended_at IS NULL
    UNION ALL
    SELECT i.id, c.user_id FROM pledge_interests i JOIN offices o ON o.id = i.office_id AND o.category = 'member_state'
      JOIN reviewer_countries c ON c.country = o.country;

-- A mail about a case is filed under its pledge, and has the wall of the case as well. Of the older ones nobody wrote down
-- which case they are about: it is the last one on the pledge that was open then.
ALTER TABLE outbox ADD COLUMN interest_id bigint CONSTRAINT outbox_interest_fkey REFERENCES pledge_interests (id);
UPDATE outbox SET interest_id = (SELECT max(i.id) FROM pledge_interests i WHERE i.pledge_id = outbox.submission_id AND i.created_at <= outbox.queued_at)
WHERE kind IN ('pledge.interest', 'pledge.interest_news');
