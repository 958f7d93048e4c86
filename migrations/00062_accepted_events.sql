-- +goose Up

-- Notes that were approved before there was the state "accepted" tell it of their steps as well: a clock that is counted by the
-- steps took them to wait for an office. What happened stays as it was; the state has another name.
ALTER TABLE submission_events DISABLE TRIGGER submission_events_append_only;
UPDATE submission_events e SET from_state = CASE e.from_state WHEN 'approved' THEN 'accepted' ELSE e.from_state END,
    to_state = CASE e.to_state WHEN 'approved' THEN 'accepted' ELSE e.to_state END
  FROM submissions s WHERE s.id = e.submission_id AND s.kind = 'concept_note' AND 'approved' IN (e.from_state, e.to_state);
ALTER TABLE submission_events ENABLE TRIGGER submission_events_append_only;
UPDATE submissions SET waiting_for = '', waiting_since = NULL WHERE kind = 'concept_note' AND state = 'accepted' AND waiting_for <> '';
