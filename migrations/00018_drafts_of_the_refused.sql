-- +goose Up

-- As before, with the drafts of a newcomer whom the office has refused. What was sent in speaks for the office, and is the
-- office's from then on.
CREATE OR REPLACE VIEW submission_access AS
    SELECT s.id AS submission_id, p.user_id, 'owner' AS side, p.role
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.state = 'approved' AND p.from_on <= current_date
           AND (p.until_on IS NULL OR p.until_on >= current_date)
    UNION ALL
    -- The author before the office has approved them: they may write and submit (accounts.md, Offices).
    SELECT s.id, p.user_id, 'owner', 'contributor'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'pending'
    UNION ALL
    -- The author whom a head of the office has refused: their draft stays theirs to read, and to take to another office.
    SELECT s.id, p.user_id, 'owner', 'author'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'refused'
     WHERE s.submitted_revision IS NULL
    UNION ALL
    SELECT i.submission_id, i.user_id, 'owner', CASE i.rights WHEN 'edit' THEN 'editor' WHEN 'comment' THEN 'commenter' ELSE 'guest' END
      FROM draft_invitations i
     WHERE i.user_id IS NOT NULL AND i.ended_at IS NULL AND i.until_on >= current_date
    UNION ALL
    SELECT s.id, r.user_id, 'desk', r.role
      FROM submissions s
      JOIN staff_roles r ON r.desk = s.desk AND r.role IN ('officer', 'lead')
     WHERE s.submitted_revision IS NOT NULL
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = r.user_id);
