-- +goose Up

-- GCM Talks that were accepted (requests.md): a row an accepted request, under its number. Day and times are as they were written,
-- on the clock of the zone; the instants are worked out from them, and again when a zone changes its rules.
CREATE TABLE talks (
    id             bigint NOT NULL CONSTRAINT talks_submission_fkey REFERENCES submissions (id),
    number         int,                        -- of the public ID; NULL until it is announced
    version        int NOT NULL DEFAULT 1,
    sequence       int NOT NULL DEFAULT 0,     -- of calendars (RFC 5545, SEQUENCE)
    state          text NOT NULL DEFAULT 'accepted',
    title          text NOT NULL,
    lang           text NOT NULL,
    purpose        text NOT NULL,
    expected       text NOT NULL,
    level          text NOT NULL,
    region         text NOT NULL DEFAULT '',
    country        text NOT NULL DEFAULT '',
    feeds          text NOT NULL DEFAULT '',
    objectives     int[] NOT NULL,
    principles     int[] NOT NULL,
    format         text NOT NULL,
    place          text NOT NULL DEFAULT '',
    audience       text[] NOT NULL,
    interpretation text[] NOT NULL,
    accessibility  text NOT NULL DEFAULT '',
    speakers       jsonb NOT NULL DEFAULT '[]',
    day            date NOT NULL,
    starts         int NOT NULL,               -- minutes after midnight, as ends
    ends           int NOT NULL,
    zone           text NOT NULL,              -- of the time zone database: Africa/Nairobi
    at             timestamptz NOT NULL,
    until          timestamptz NOT NULL,
    moved_from     timestamptz,                -- when it was to be before it was moved last
    registration   text NOT NULL DEFAULT '',
    reason         text NOT NULL DEFAULT '',   -- why it was cancelled, public
    recording      text NOT NULL DEFAULT '',
    report         text NOT NULL DEFAULT '',
    summary        text NOT NULL DEFAULT '',
    pledges        text[] NOT NULL DEFAULT '{}', -- public IDs of what came of it
    practices      text[] NOT NULL DEFAULT '{}',
    announced_at   timestamptz,
    asked_at       timestamptz,                -- when the organizers were asked what came of it
    changed_at     timestamptz NOT NULL,
    CONSTRAINT talks_pkey PRIMARY KEY (id),
    CONSTRAINT talks_number_key UNIQUE (number),
    CONSTRAINT talks_state_known CHECK (state IN ('accepted', 'announced', 'cancelled', 'withdrawn')),
    CONSTRAINT talks_level_known CHECK (level IN ('global', 'regional', 'national')),
    CONSTRAINT talks_format_known CHECK (format IN ('online', 'hybrid', 'in_person')),
    CONSTRAINT talks_clock_range CHECK (starts BETWEEN 0 AND 1439 AND ends BETWEEN 1 AND 1439 AND ends > starts AND until > at),
    CONSTRAINT talks_announced_has_number CHECK (state NOT IN ('announced', 'cancelled') OR number IS NOT NULL AND announced_at IS NOT NULL),
    CONSTRAINT talks_cancelled_with_reason CHECK (state <> 'cancelled' OR reason <> '')
);
CREATE INDEX talks_at ON talks (at, id) WHERE number IS NOT NULL;
CREATE INDEX talks_to_ask ON talks (until) WHERE state = 'announced' AND asked_at IS NULL;
CREATE SEQUENCE talk_numbers;

-- Who organizes a talk, in the order of the request. An office of the portal is shown under its present name.
CREATE TABLE talk_organizers (
    talk_id   bigint NOT NULL CONSTRAINT talk_organizers_talk_fkey REFERENCES talks (id),
    place     int NOT NULL,
    name      text NOT NULL,
    role      text NOT NULL,
    office_id bigint CONSTRAINT talk_organizers_office_fkey REFERENCES offices (id),
    CONSTRAINT talk_organizers_pkey PRIMARY KEY (talk_id, place),
    CONSTRAINT talk_organizers_role_known CHECK (role IN ('lead', 'co_lead', 'organizer'))
);
CREATE INDEX talk_organizers_office ON talk_organizers (office_id) WHERE office_id IS NOT NULL;

CREATE TRIGGER talks_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON talks FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER talk_organizers_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON talk_organizers FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
-- An organizer's office that is renamed.
CREATE TRIGGER offices_content AFTER UPDATE OF name ON offices FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
