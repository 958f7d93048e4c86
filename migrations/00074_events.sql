-- +goose Up

-- Events of the calendar (publishing.md): a row a published submission, under its number. Days and times are as they were written, on
-- the clock of the zone; the instants are worked out from them. Of whole days, zone is '' and the instants are midnights in UTC.
CREATE TABLE events (
    id             bigint NOT NULL CONSTRAINT events_submission_fkey REFERENCES submissions (id),
    number         int NOT NULL,               -- of the public ID
    version        int NOT NULL DEFAULT 1,
    sequence       int NOT NULL DEFAULT 0,     -- of calendars (RFC 5545, SEQUENCE)
    hidden         boolean NOT NULL DEFAULT false, -- taken down; only calendars that have it are told
    type           text NOT NULL,
    title          text NOT NULL,
    lang           text NOT NULL,
    text           text NOT NULL,
    whole          boolean NOT NULL,
    first          date NOT NULL,
    last           date NOT NULL,
    starts         int NOT NULL,               -- minutes after midnight of first
    ends           int NOT NULL,               -- minutes after midnight of last
    zone           text NOT NULL,              -- of the time zone database: Africa/Nairobi
    at             timestamptz NOT NULL,
    until          timestamptz NOT NULL,       -- the first instant after it
    format         text NOT NULL,
    place          text NOT NULL,
    country        text NOT NULL,
    region         text NOT NULL,
    audience       text[] NOT NULL,
    interpretation text[] NOT NULL,
    accessibility  text NOT NULL,
    objectives     int[] NOT NULL,
    workstream     text NOT NULL,
    review         text NOT NULL,
    talk           text NOT NULL,              -- public ID of a GCM Talk
    registration   text NOT NULL,
    link           text NOT NULL,
    opens          date,
    closes         date,
    capacity       int NOT NULL DEFAULT 0,
    documents      jsonb NOT NULL,
    recordings     jsonb NOT NULL,
    outcome        text NOT NULL,
    cancelled_at   timestamptz,
    reason         text NOT NULL DEFAULT '',
    published_at   timestamptz NOT NULL,
    changed_at     timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id),
    CONSTRAINT events_number_key UNIQUE (number),
    CONSTRAINT events_type_known CHECK (type IN ('meeting', 'consultation', 'conference', 'review', 'training', 'webinar', 'launch', 'deadline')),
    CONSTRAINT events_format_known CHECK (format IN ('online', 'hybrid', 'in_person')),
    CONSTRAINT events_registration_known CHECK (registration IN ('none', 'link', 'here')),
    CONSTRAINT events_span CHECK (last >= first AND until > at AND starts BETWEEN 0 AND 1439 AND ends BETWEEN 0 AND 1439),
    CONSTRAINT events_zone CHECK (whole = (zone = '')),
    CONSTRAINT events_capacity CHECK ((capacity > 0) = (registration = 'here')),
    CONSTRAINT events_cancelled_with_reason CHECK ((cancelled_at IS NULL) = (reason = ''))
);
CREATE INDEX events_at ON events (at, id) WHERE NOT hidden;
CREATE SEQUENCE event_numbers;

-- Who organizes an event, in the order of the form. An office of the portal is shown under its present name.
CREATE TABLE event_organizers (
    event_id  bigint NOT NULL CONSTRAINT event_organizers_event_fkey REFERENCES events (id),
    place     int NOT NULL,
    name      text NOT NULL,
    role      text NOT NULL,
    office_id bigint CONSTRAINT event_organizers_office_fkey REFERENCES offices (id),
    CONSTRAINT event_organizers_pkey PRIMARY KEY (event_id, place),
    CONSTRAINT event_organizers_role_known CHECK (role IN ('lead', 'co_lead', 'organizer'))
);
CREATE INDEX event_organizers_office ON event_organizers (office_id) WHERE office_id IS NOT NULL;

CREATE TRIGGER events_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER event_organizers_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON event_organizers FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
