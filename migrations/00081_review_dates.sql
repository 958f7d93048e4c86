-- +goose Up

-- The review cycle of the Global Compact: its review forums, regional reviews, dialogues, reports and meetings, with the days on which
-- they take place, as the network desk keeps them (publishing.md, Calendar: review-cycle dates are included). Of what has no day yet,
-- only the years are known; the calendar does not show it.
CREATE TABLE review_dates (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    version      int NOT NULL DEFAULT 1,
    kind         text NOT NULL,
    region       text NOT NULL DEFAULT '', -- of a regional review
    name_en      text NOT NULL DEFAULT '', -- '' is the usual name of the kind
    name_ar      text NOT NULL DEFAULT '',
    since        int NOT NULL,             -- the years in which it begins and ends
    until        int NOT NULL,
    first        date,                     -- the days, both of it
    last         date,
    place        text NOT NULL DEFAULT '',
    url          text NOT NULL DEFAULT '',
    cancelled_at timestamptz,
    reason       text NOT NULL DEFAULT '',
    added_at     timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    dated_at     timestamptz,              -- when its days became known: from then on it is in the calendar
    CONSTRAINT review_dates_pkey PRIMARY KEY (id),
    CONSTRAINT review_dates_once UNIQUE (kind, region, name_en, name_ar, since),
    CONSTRAINT review_dates_kind_known CHECK (kind IN ('forum', 'regional', 'report', 'dialogue', 'annual')),
    CONSTRAINT review_dates_region_of_regional CHECK ((kind = 'regional') = (region <> '')),
    CONSTRAINT review_dates_years CHECK (since BETWEEN 2018 AND 2100 AND until BETWEEN since AND since + 1),
    CONSTRAINT review_dates_days CHECK ((first IS NULL) = (last IS NULL) AND last >= first AND extract(year FROM first) = since AND extract(year FROM last) = until),
    CONSTRAINT review_dates_dated CHECK ((first IS NULL) = (dated_at IS NULL)),
    CONSTRAINT review_dates_url_form CHECK (url = '' OR url ~ '^https?://'),
    CONSTRAINT review_dates_cancelled_with_reason CHECK ((cancelled_at IS NULL) = (reason = ''))
);
CREATE TRIGGER review_dates_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON review_dates
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- What is known: the review forums every four years from 2022, and the two rounds of regional reviews before them. Where no day is
-- known here, the desk enters it.
INSERT INTO review_dates (kind, since, until, first, last, added_at, changed_at, dated_at) VALUES
    ('forum', 2022, 2022, NULL, NULL, now(), now(), NULL),
    ('forum', 2026, 2026, '2026-05-05', '2026-05-08', now(), now(), now());
INSERT INTO review_dates (kind, region, since, until, added_at, changed_at)
    SELECT 'regional', r.region, y.since, y.since + 1, now(), now()
    FROM unnest(ARRAY['africa', 'arab_states', 'asia_pacific', 'europe_north_america', 'latin_america_caribbean']) r(region), (VALUES (2020), (2024)) y(since);
