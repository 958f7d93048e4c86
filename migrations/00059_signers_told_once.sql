-- +goose Up

-- Who has signed is told once that the text has changed, or that the note does not name them any more: when nobody has
-- written for a while, and not with each saving. A party can be named by another spelling and is the same then.
ALTER TABLE note_signatures ADD COLUMN untold boolean NOT NULL DEFAULT false; -- of its being reopened or void
CREATE INDEX note_signatures_untold ON note_signatures (id) WHERE untold;
ALTER TABLE note_signature_events
    DROP CONSTRAINT note_signature_events_action_known,
    ADD CONSTRAINT note_signature_events_action_known CHECK (action IN ('asked', 'reminded', 'signed', 'reopened', 'restored', 'declined', 'void', 'back', 'renamed'));
