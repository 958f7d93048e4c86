-- +goose Up

-- Where a desk sits: its days begin and end in this zone, and it rests on this weekend.
CREATE TABLE duty_stations (
    id      text NOT NULL,
    names   jsonb NOT NULL,
    zone    text NOT NULL,  -- of the time zone database: Europe/Zurich
    weekend int[] NOT NULL, -- 0 Sunday … 6 Saturday
    CONSTRAINT duty_stations_pkey PRIMARY KEY (id),
    CONSTRAINT duty_stations_english CHECK (names ->> 'en' <> ''),
    CONSTRAINT duty_stations_weekend_known CHECK (weekend <@ ARRAY[0, 1, 2, 3, 4, 5, 6] AND cardinality(weekend) <= 3)
);
INSERT INTO duty_stations (id, names, zone, weekend) VALUES
    ('geneva', '{"en": "Geneva", "ar": "جنيف"}', 'Europe/Zurich', '{6,0}'),
    ('new-york', '{"en": "New York", "ar": "نيويورك"}', 'America/New_York', '{6,0}'),
    ('nairobi', '{"en": "Nairobi", "ar": "نيروبي"}', 'Africa/Nairobi', '{6,0}'),
    ('addis-ababa', '{"en": "Addis Ababa", "ar": "أديس أبابا"}', 'Africa/Addis_Ababa', '{6,0}'),
    ('bangkok', '{"en": "Bangkok", "ar": "بانكوك"}', 'Asia/Bangkok', '{6,0}'),
    ('santiago', '{"en": "Santiago", "ar": "سانتياغو"}', 'America/Santiago', '{6,0}'),
    ('cairo', '{"en": "Cairo", "ar": "القاهرة"}', 'Africa/Cairo', '{5,6}'),
    ('amman', '{"en": "Amman", "ar": "عمّان"}', 'Asia/Amman', '{5,6}');

-- What the leads of a desk set for it.
CREATE TABLE desk_settings (
    desk            text NOT NULL,
    duty_station    text NOT NULL DEFAULT 'geneva' CONSTRAINT desk_settings_duty_station_fkey REFERENCES duty_stations (id),
    unassigned_days int NOT NULL DEFAULT 2,  -- working days without anybody in charge, then the radar shows it
    stuck_days      int NOT NULL DEFAULT 15, -- working days of waiting for the submitter, then the radar shows it
    CONSTRAINT desk_settings_pkey PRIMARY KEY (desk),
    CONSTRAINT desk_settings_desk_known CHECK (desk IN ('hub', 'pledges', 'fund', 'communications', 'network')),
    CONSTRAINT desk_settings_days_range CHECK (unassigned_days BETWEEN 1 AND 250 AND stuck_days BETWEEN 1 AND 250)
);
INSERT INTO desk_settings (desk) VALUES ('hub'), ('pledges'), ('fund'), ('communications'), ('network');

-- Days on which a duty station does not work, beside its weekend. Only what is the same everywhere and every year is here
-- from the start; each desk's leads know the others.
CREATE TABLE holidays (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    duty_station text CONSTRAINT holidays_duty_station_fkey REFERENCES duty_stations (id), -- NULL is all
    day          date NOT NULL,
    yearly       boolean NOT NULL DEFAULT false, -- from that day on each year on the same day
    names        jsonb NOT NULL,
    CONSTRAINT holidays_pkey PRIMARY KEY (id),
    CONSTRAINT holidays_once UNIQUE NULLS NOT DISTINCT (duty_station, day),
    CONSTRAINT holidays_english CHECK (names ->> 'en' <> '')
);
INSERT INTO holidays (day, yearly, names) VALUES
    ('2018-12-25', true, '{"en": "Christmas Day", "ar": "عيد الميلاد"}'),
    ('2019-01-01', true, '{"en": "New Year’s Day", "ar": "رأس السنة الميلادية"}');

-- Within how many working days a kind is answered for the first time, and decided (review.md, Clocks).
CREATE TABLE service_times (
    kind          text NOT NULL,
    answer_days   int NOT NULL,
    decision_days int, -- NULL: there is nothing to decide
    CONSTRAINT service_times_pkey PRIMARY KEY (kind),
    CONSTRAINT service_times_days_range CHECK (answer_days BETWEEN 1 AND 250 AND decision_days BETWEEN answer_days AND 250)
);
INSERT INTO service_times (kind, answer_days, decision_days) VALUES
    ('pledge', 5, 10), ('practice', 5, 40), ('concept_note', 5, 30), ('champion', 3, 15), ('talk', 3, 10), ('guidance', 5, 20),
    ('support', 5, 20), ('statement', 1, 3), ('event', 2, 5), ('partnership', 5, 20), ('contact', 3, NULL);
-- The page on which a pledge is begun says how soon it is answered.
CREATE TRIGGER service_times_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON service_times
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The clock as lists read it. Package workflow writes it with each act, and again when the settings change.
ALTER TABLE submissions
    ADD COLUMN waiting_for text NOT NULL DEFAULT '', -- '' is nobody
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN answered_at timestamptz,     -- first answer to the present handing in: a message, a request for changes or a decision
    ADD COLUMN answer_due_on date,          -- NULL while it waits for the submitter, and after the end
    ADD COLUMN decision_due_on date,        -- the same
    ADD COLUMN due_on date GENERATED ALWAYS AS (LEAST(CASE WHEN answered_at IS NULL THEN answer_due_on END, decision_due_on)) STORED,
    ADD CONSTRAINT submissions_waiting_for_known CHECK (waiting_for IN ('', 'desk', 'submitter', 'reviewers', 'office'));

UPDATE submissions SET waiting_for = 'desk', waiting_since = submitted_at WHERE state IN ('submitted', 'in_review');
UPDATE submissions s SET waiting_for = 'submitter',
    waiting_since = coalesce((SELECT max(e.at) FROM submission_events e WHERE e.submission_id = s.id AND e.action = 'request_changes'), s.changed_at)
  WHERE s.state = 'changes_requested';
UPDATE submissions SET waiting_for = 'office', waiting_since = coalesce(decided_at, changed_at) WHERE state = 'approved';
UPDATE submissions s SET answered_at = LEAST(
    (SELECT min(n.at) FROM submission_notes n WHERE n.submission_id = s.id AND n.shown_to = 'submitter' AND n.at >= s.submitted_at
        AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = n.submission_id AND c.user_id = n.author_id)),
    (SELECT min(e.at) FROM submission_events e WHERE e.submission_id = s.id AND e.action IN ('request_changes', 'approve', 'publish', 'decline') AND e.at >= s.submitted_at))
  WHERE s.submitted_at IS NOT NULL;

-- What the radar looks for, and what is counted again when the settings change.
CREATE INDEX submissions_clock ON submissions (id) WHERE state IN ('submitted', 'in_review', 'changes_requested', 'approved');
CREATE INDEX submissions_due ON submissions (desk, due_on, id) WHERE due_on IS NOT NULL;
CREATE INDEX submissions_unassigned ON submissions (desk, waiting_since, id) WHERE waiting_for = 'desk' AND assigned_to IS NULL;
CREATE INDEX submissions_with_submitter ON submissions (desk, waiting_since, id) WHERE waiting_for = 'submitter';

-- Open clocks are counted again after each change of the settings, by a job; so that the leads can see what came of it.
-- The first row has the clocks counted of what was there before there were any.
CREATE TABLE clock_recounts (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    asked_by  bigint CONSTRAINT clock_recounts_asked_by_fkey REFERENCES users (id), -- NULL is the portal itself
    asked_at  timestamptz NOT NULL,
    done_at   timestamptz,
    clocks    int NOT NULL DEFAULT 0, -- how many were counted
    moved     int NOT NULL DEFAULT 0, -- on how many of them a due day is another now
    CONSTRAINT clock_recounts_pkey PRIMARY KEY (id)
);
CREATE INDEX clock_recounts_waiting ON clock_recounts (id) WHERE done_at IS NULL;
INSERT INTO clock_recounts (asked_at) VALUES (now());
