-- +goose Up

-- Meetings of the Steering Committee of the Migration MPTF (fund.md, Steering Committee calendar). None is ever deleted: one
-- that does not take place is cancelled, for a reason that everybody may read.
CREATE TABLE fund_meetings (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    version      int NOT NULL DEFAULT 1,
    name_en      text NOT NULL DEFAULT '',     -- '' is "Steering Committee meeting"
    name_ar      text NOT NULL DEFAULT '',
    at           timestamptz NOT NULL,
    zone         text NOT NULL,                -- where it takes place: its day is counted there
    state        text NOT NULL DEFAULT 'planned',
    moved_from   timestamptz,                  -- when it was to be before it was moved last
    cancelled_at timestamptz,
    reason       text NOT NULL DEFAULT '',     -- why it was cancelled, public
    changed_at   timestamptz NOT NULL,
    CONSTRAINT fund_meetings_pkey PRIMARY KEY (id),
    CONSTRAINT fund_meetings_state_known CHECK (state IN ('planned', 'cancelled')),
    CONSTRAINT fund_meetings_zone_known CHECK (zone IN ('Europe/Zurich', 'America/New_York', 'Africa/Nairobi', 'Africa/Addis_Ababa', 'Asia/Bangkok', 'Asia/Beirut', 'America/Santiago', 'Europe/Vienna', 'Europe/Rome', 'UTC')),
    CONSTRAINT fund_meetings_cancelled_with_reason CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL AND reason <> ''))
);
-- No two meetings at once; it is also what makes a form that is sent twice one meeting.
CREATE UNIQUE INDEX fund_meetings_planned ON fund_meetings (at) WHERE state = 'planned';
CREATE TRIGGER fund_meetings_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON fund_meetings
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- Offices of Resident Coordinators (fund.md, Sign-off chain): each covers one or several countries, and a country may have
-- several.
CREATE TABLE rc_offices (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    version   int NOT NULL DEFAULT 1,
    name      text NOT NULL,
    office_id bigint CONSTRAINT rc_offices_office_fkey REFERENCES offices (id), -- its heads are then the RC; NULL while there is none
    invented  boolean NOT NULL DEFAULT false,  -- of the demonstration
    closed_at timestamptz,
    CONSTRAINT rc_offices_pkey PRIMARY KEY (id),
    CONSTRAINT rc_offices_name_not_blank CHECK (name <> '')
);
CREATE UNIQUE INDEX rc_offices_name ON rc_offices (lower(name)) WHERE closed_at IS NULL;
CREATE INDEX rc_offices_office ON rc_offices (office_id) WHERE office_id IS NOT NULL;

CREATE TABLE rc_office_countries (
    rc_office_id bigint NOT NULL CONSTRAINT rc_office_countries_office_fkey REFERENCES rc_offices (id),
    country      text NOT NULL CONSTRAINT rc_office_countries_country_fkey REFERENCES countries (iso2),
    CONSTRAINT rc_office_countries_pkey PRIMARY KEY (rc_office_id, country)
);
CREATE INDEX rc_office_countries_country ON rc_office_countries (country);

-- Who may file is a question of the public pages of the fund, which read the register.
CREATE TRIGGER rc_offices_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON rc_offices
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
CREATE TRIGGER rc_office_countries_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON rc_office_countries
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();
