-- +goose Up

-- What people look for in the public lists and do not find, for the editors (internal/missed). No row says who looked. Until
-- words have been missed a few times, counted once a day for each network, there is only a keyed digest of them. Counts are
-- kept for a year, those of rare words for 30 days (internal/missed, CleanUp), and there are never more rows than
-- internal/missed/store.go says.
CREATE TABLE missed_searches (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    list     text NOT NULL,
    lang     text NOT NULL,
    digest   bytea NOT NULL,
    words    text NOT NULL DEFAULT '',
    how      text NOT NULL,
    times    int NOT NULL,
    last_on  date NOT NULL,
    dealt_at timestamptz,
    dealt_by bigint CONSTRAINT missed_searches_dealt_by_fkey REFERENCES users (id),
    CONSTRAINT missed_searches_pkey PRIMARY KEY (id),
    CONSTRAINT missed_searches_once UNIQUE (digest, list, lang),
    CONSTRAINT missed_searches_list_known CHECK (list IN ('practice', 'pledge')),
    CONSTRAINT missed_searches_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es')),
    CONSTRAINT missed_searches_how_known CHECK (how IN ('nothing', 'some', 'corrected')),
    CONSTRAINT missed_searches_words_short CHECK (length(words) <= 60),
    CONSTRAINT missed_searches_times CHECK (times > 0),
    CONSTRAINT missed_searches_dealt_by_somebody CHECK ((dealt_at IS NULL) = (dealt_by IS NULL))
);
CREATE INDEX missed_searches_rare ON missed_searches (last_on DESC, times DESC, id) WHERE words = '';
CREATE INDEX missed_searches_shown ON missed_searches (last_on DESC, times DESC, id) WHERE words <> '';
CREATE INDEX missed_searches_dealt_by ON missed_searches (dealt_by) WHERE dealt_by IS NOT NULL;

CREATE TABLE missed_search_days (
    search_id bigint NOT NULL CONSTRAINT missed_search_days_search_fkey REFERENCES missed_searches (id) ON DELETE CASCADE,
    day       date NOT NULL,
    times     int NOT NULL,
    CONSTRAINT missed_search_days_pkey PRIMARY KEY (search_id, day),
    CONSTRAINT missed_search_days_times CHECK (times > 0)
);
CREATE INDEX missed_search_days_day ON missed_search_days (day);
