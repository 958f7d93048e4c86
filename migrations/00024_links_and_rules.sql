-- +goose Up

-- What belongs together: related submissions, and duplicates that were merged into another.
CREATE TABLE submission_links (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    from_id  bigint NOT NULL CONSTRAINT submission_links_from_fkey REFERENCES submissions (id), -- the duplicate
    to_id    bigint NOT NULL CONSTRAINT submission_links_to_fkey REFERENCES submissions (id),   -- the one that stays
    kind     text NOT NULL,
    reason   text NOT NULL,
    made_by  bigint NOT NULL CONSTRAINT submission_links_made_by_fkey REFERENCES users (id),
    made_at  timestamptz NOT NULL,
    CONSTRAINT submission_links_pkey PRIMARY KEY (id),
    CONSTRAINT submission_links_kind_known CHECK (kind IN ('related', 'duplicate')),
    CONSTRAINT submission_links_two CHECK (from_id <> to_id),
    CONSTRAINT submission_links_reason_not_blank CHECK (reason <> '')
);
CREATE UNIQUE INDEX submission_links_once ON submission_links (least(from_id, to_id), greatest(from_id, to_id));
CREATE UNIQUE INDEX submission_links_one_survivor ON submission_links (from_id) WHERE kind = 'duplicate';
CREATE INDEX submission_links_from ON submission_links (from_id);
CREATE INDEX submission_links_to ON submission_links (to_id);
-- The address of a duplicate leads to what stays.
CREATE TRIGGER submission_links_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON submission_links
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- To whom what is handed in is given: the first rule of the desk, by position, that fits and has somebody who may.
CREATE TABLE assignment_rules (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    desk      text NOT NULL,
    position  int NOT NULL,
    kind      text NOT NULL DEFAULT '', -- '' is any, as in the next ones
    country   text NOT NULL DEFAULT '',
    region    text NOT NULL DEFAULT '',
    lang      text NOT NULL DEFAULT '',
    objective int, -- NULL is any
    CONSTRAINT assignment_rules_pkey PRIMARY KEY (id),
    CONSTRAINT assignment_rules_desk_known CHECK (desk IN ('hub', 'pledges', 'fund', 'communications', 'network')),
    CONSTRAINT assignment_rules_objective_known CHECK (objective BETWEEN 1 AND 23)
);
CREATE INDEX assignment_rules_desk ON assignment_rules (desk, position, id);

CREATE TABLE assignment_rule_officers (
    rule_id bigint NOT NULL CONSTRAINT assignment_rule_officers_rule_fkey REFERENCES assignment_rules (id) ON DELETE CASCADE,
    user_id bigint NOT NULL CONSTRAINT assignment_rule_officers_user_fkey REFERENCES users (id),
    CONSTRAINT assignment_rule_officers_pkey PRIMARY KEY (rule_id, user_id)
);
CREATE INDEX assignment_rule_officers_user ON assignment_rule_officers (user_id);

-- What the rules made of a submission when it was handed in last: for its page. No foreign keys to rules, which come and go.
CREATE TABLE assignment_outcomes (
    submission_id bigint NOT NULL CONSTRAINT assignment_outcomes_submission_fkey REFERENCES submissions (id),
    at            timestamptz NOT NULL,
    rule          int NOT NULL,   -- place of the rule that was used, from 1; 0 when none was
    nobody        int[] NOT NULL, -- places of rules that fit, but had nobody who may
    CONSTRAINT assignment_outcomes_pkey PRIMARY KEY (submission_id)
);
