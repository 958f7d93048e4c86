-- +goose Up

-- What a submission is about, where it is about others: a report is about a pledge. All are of the same office.
CREATE TABLE submission_subjects (
    submission_id bigint NOT NULL CONSTRAINT submission_subjects_submission_fkey REFERENCES submissions (id),
    subject_id    bigint NOT NULL CONSTRAINT submission_subjects_subject_fkey REFERENCES submissions (id),
    CONSTRAINT submission_subjects_pkey PRIMARY KEY (submission_id, subject_id),
    CONSTRAINT submission_subjects_other CHECK (submission_id <> subject_id)
);
CREATE INDEX submission_subjects_subject ON submission_subjects (subject_id, submission_id);

-- The wall: a conflict with something is one with all that is about it.
CREATE VIEW submission_own_conflicts AS
    SELECT s.id AS submission_id, s.author_id AS user_id, 'author' AS reason FROM submissions s
    UNION ALL
    SELECT s.id, p.user_id, 'office' FROM submissions s JOIN posts p ON p.office_id = s.office_id AND p.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT t.submission_id, t.saved_by, 'writer' FROM submission_steps t
    UNION ALL
    SELECT i.submission_id, i.user_id, 'invited' FROM draft_invitations i WHERE i.user_id IS NOT NULL
    UNION ALL
    SELECT s.id, c.user_id, 'country' FROM reviewer_countries c
      JOIN submissions s ON s.country = c.country AND s.country <> ''
      JOIN offices o ON o.id = s.office_id AND o.category = 'member_state'
    UNION ALL
    SELECT q.submission_id, q.user_id, 'partner' FROM partner_people q
    UNION ALL
    SELECT s.id, d.user_id, 'interest' FROM declared_interests d JOIN submissions s ON s.office_id = d.office_id WHERE d.ended_at IS NULL
    UNION ALL
    SELECT s.id, d.user_id, 'interest' FROM declared_interests d JOIN submissions s ON s.country = d.country AND s.country <> '' WHERE d.ended_at IS NULL
    UNION ALL
    SELECT c.submission_id, c.user_id, CASE c.source WHEN 'staff' THEN 'staff' ELSE 'declared' END FROM conflict_declarations c WHERE c.conflict;

CREATE OR REPLACE VIEW submission_conflicts AS
    SELECT submission_id, user_id, reason FROM submission_own_conflicts
    UNION ALL
    SELECT a.submission_id, c.user_id, c.reason FROM submission_subjects a JOIN submission_own_conflicts c ON c.submission_id = a.subject_id;

INSERT INTO service_times (kind, answer_days, decision_days) VALUES ('pledge_update', 5, 10), ('pledge_sheet', 5, 10);

-- Whether the reports of an office are published without being looked at first (pledges.md, Follow-up): as the last row
-- says; none is like false.
CREATE TABLE office_trust (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    office_id bigint NOT NULL CONSTRAINT office_trust_office_fkey REFERENCES offices (id),
    trusted   boolean NOT NULL,
    reason    text NOT NULL,
    by_id     bigint NOT NULL CONSTRAINT office_trust_by_fkey REFERENCES users (id),
    at        timestamptz NOT NULL,
    CONSTRAINT office_trust_pkey PRIMARY KEY (id),
    CONSTRAINT office_trust_reason CHECK (reason <> '')
);
CREATE INDEX office_trust_last ON office_trust (office_id, id DESC);
CREATE TRIGGER office_trust_append_only BEFORE UPDATE OR DELETE ON office_trust FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER office_trust_no_truncate BEFORE TRUNCATE ON office_trust FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
CREATE FUNCTION office_trusted(office bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT t.trusted FROM office_trust t WHERE t.office_id = office ORDER BY t.id DESC LIMIT 1), false)
$$;
-- +goose StatementEnd

-- The reports of offices that the desk has published as they were sent in, by which it is proposed to trust an office.
CREATE INDEX submissions_accepted_reports ON submissions (office_id, decided_at) WHERE kind = 'pledge_update' AND published_revision = 1;

-- The mails that remind of a report, each with a link by which one person answers for one pledge and one day. Links are kept
-- as hashes.
CREATE TABLE pledge_reminders (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    pledge_id  bigint NOT NULL CONSTRAINT pledge_reminders_pledge_fkey REFERENCES submissions (id),
    report_on  date NOT NULL, -- the day on which the report is due
    stage      text NOT NULL,
    user_id    bigint NOT NULL CONSTRAINT pledge_reminders_user_fkey REFERENCES users (id),
    hash       bytea NOT NULL,
    sent_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    submission_id bigint CONSTRAINT pledge_reminders_submission_fkey REFERENCES submissions (id), -- what the desk looks at; NULL: published at once
    CONSTRAINT pledge_reminders_pkey PRIMARY KEY (id),
    CONSTRAINT pledge_reminders_hash_key UNIQUE (hash),
    CONSTRAINT pledge_reminders_once UNIQUE (pledge_id, report_on, stage, user_id),
    CONSTRAINT pledge_reminders_stage_known CHECK (stage IN ('early', 'soon', 'late')),
    CONSTRAINT pledge_reminders_expiry CHECK (expires_at > sent_at)
);
CREATE INDEX pledge_reminders_submission ON pledge_reminders (submission_id) WHERE submission_id IS NOT NULL;
CREATE INDEX pledge_reminders_user ON pledge_reminders (user_id);

-- Standings follow many updates of one statement at once: thousands come in with a workbook. Two at the same instant follow
-- each other all the same.
DROP TRIGGER pledge_updates_standing ON pledge_updates;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION pledge_standing_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pledge_model_lock();
    UPDATE pledge_standings s SET until = greatest(x.published_at, s.since + interval '1 microsecond')
      FROM (SELECT DISTINCT ON (pledge_id) pledge_id, published_at FROM added ORDER BY pledge_id, id) x
     WHERE s.pledge_id = x.pledge_id AND s.until IS NULL;
    INSERT INTO pledge_standings (pledge_id, since, until, update_id, status, next_report_on)
    SELECT pledge_id, since, lead(since) OVER (PARTITION BY pledge_id ORDER BY id), id, status, next_report_on
      FROM (SELECT a.*, greatest(max(a.published_at) OVER story, e.until) + (row_number() OVER story - 1) * interval '1 microsecond' AS since
              FROM added a JOIN LATERAL (SELECT until FROM pledge_standings WHERE pledge_id = a.pledge_id ORDER BY pledge_standings.since DESC LIMIT 1) e ON true
            WINDOW story AS (PARTITION BY a.pledge_id ORDER BY a.id)) x;
    IF EXISTS (SELECT FROM added a WHERE NOT EXISTS (SELECT FROM pledge_standings s WHERE s.pledge_id = a.pledge_id AND s.update_id = a.id)) THEN
        RAISE EXCEPTION 'an update of a pledge that was never published';
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_updates_standing AFTER INSERT ON pledge_updates REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION pledge_standing_next();
CREATE INDEX pledge_standings_update ON pledge_standings (update_id);
CREATE INDEX pledge_updates_submission ON pledge_updates (submission_id) WHERE submission_id IS NOT NULL;
CREATE INDEX pledge_updates_author ON pledge_updates (author_id);
