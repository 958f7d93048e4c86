-- +goose Up

-- The objectives of the Compact that the text that was handed in last names, for the desk's search: package workflow writes
-- them with the title's words.
ALTER TABLE submissions ADD COLUMN submitted_objectives int[] NOT NULL DEFAULT '{}';
UPDATE submissions s SET submitted_objectives = o.numbers FROM (
    SELECT t.submission_id, t.revision, array_agg(DISTINCT v.n::int ORDER BY v.n::int) AS numbers
      FROM submission_steps t CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof(t.answers -> 'objectives') WHEN 'array' THEN t.answers -> 'objectives' ELSE '[]' END) AS v (n)
     WHERE v.n ~ '^([1-9]|1[0-9]|2[0-3])$' GROUP BY t.submission_id, t.revision) o
 WHERE o.submission_id = s.id AND o.revision = s.submitted_revision;
ALTER TABLE submissions ADD CONSTRAINT submissions_objectives_known
    CHECK (submitted_objectives <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]);

CREATE INDEX submissions_open_objectives ON submissions USING gin (submitted_objectives)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_objectives ON submissions USING gin (submitted_objectives) WHERE submitted_revision IS NOT NULL;
