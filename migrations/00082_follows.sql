-- +goose Up

-- Whoever follows public lists by mail (opendata.md, Follow anything), with or without an account. Their address is all that is
-- known of them; it is written to after they have opened a link from a mail, and they see, change, take along or delete it by the
-- link in each mail.
CREATE TABLE follow_readers (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    email      text NOT NULL,             -- as it was typed
    email_key  text NOT NULL,             -- the same in one spelling, by which it is found
    lang       text NOT NULL,             -- of the mails
    asked_at   timestamptz NOT NULL,      -- when they last asked for something
    CONSTRAINT follow_readers_pkey PRIMARY KEY (id),
    CONSTRAINT follow_readers_once UNIQUE (email_key),
    CONSTRAINT follow_readers_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es'))
);
CREATE INDEX follow_readers_asked ON follow_readers (asked_at);

-- A list with a filter that somebody follows: asked once for all who do.
CREATE TABLE follow_watches (
    id    bigint GENERATED ALWAYS AS IDENTITY,
    list  text NOT NULL,
    query text NOT NULL,                  -- the filter in its one spelling
    told  bigint NOT NULL,                -- up to which row of follow_news its followers have theirs
    CONSTRAINT follow_watches_pkey PRIMARY KEY (id),
    CONSTRAINT follow_watches_once UNIQUE (list, query),
    CONSTRAINT follow_watches_query_short CHECK (length(query) <= 2000)
);
CREATE INDEX follow_watches_behind ON follow_watches (list, told);

CREATE TABLE follows (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    reader_id    bigint NOT NULL CONSTRAINT follows_reader_fkey REFERENCES follow_readers (id) ON DELETE CASCADE,
    watch_id     bigint NOT NULL CONSTRAINT follows_watch_fkey REFERENCES follow_watches (id),
    frequency    text NOT NULL,
    languages    text[] NOT NULL,         -- that the reader reads, the one they like best first
    since        bigint NOT NULL DEFAULT 0, -- the last row of follow_news before they followed
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,             -- null until the reader has opened the link
    CONSTRAINT follows_pkey PRIMARY KEY (id),
    CONSTRAINT follows_once UNIQUE (reader_id, watch_id),
    CONSTRAINT follows_frequency_known CHECK (frequency IN ('at_once', 'daily', 'weekly')),
    CONSTRAINT follows_languages_known CHECK (cardinality(languages) > 0 AND languages <@ ARRAY['ar', 'zh', 'en', 'fr', 'ru', 'es'])
);
CREATE INDEX follows_watch ON follows (watch_id) WHERE confirmed_at IS NOT NULL;
CREATE INDEX follows_watch_unconfirmed ON follows (watch_id) WHERE confirmed_at IS NULL;
CREATE INDEX follows_unconfirmed ON follows (created_at) WHERE confirmed_at IS NULL;

-- When each list was asked last.
CREATE TABLE follow_lists (
    list     text NOT NULL,
    asked_at timestamptz NOT NULL,
    known_from timestamptz NOT NULL, -- what was published before is not new
    CONSTRAINT follow_lists_pkey PRIMARY KEY (list)
);

-- What has come into a list, each thing once, in the order in which the portal has noticed it.
CREATE TABLE follow_news (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    list         text NOT NULL,
    key          text NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT follow_news_pkey PRIMARY KEY (id),
    CONSTRAINT follow_news_once UNIQUE (list, key)
);
CREATE INDEX follow_news_in_order ON follow_news (list, id);

-- What a reader is to be told, and has been: nobody is told of a thing twice, in whatever list it is.
CREATE TABLE follow_told (
    reader_id bigint NOT NULL CONSTRAINT follow_told_reader_fkey REFERENCES follow_readers (id) ON DELETE CASCADE,
    key       text NOT NULL,
    follow_id bigint NOT NULL CONSTRAINT follow_told_follow_fkey REFERENCES follows (id) ON DELETE CASCADE,
    due_at    timestamptz NOT NULL,
    mailed_at timestamptz,
    CONSTRAINT follow_told_pkey PRIMARY KEY (reader_id, key)
);
CREATE INDEX follow_told_due ON follow_told (due_at, reader_id) WHERE mailed_at IS NULL;
CREATE INDEX follow_told_follow ON follow_told (follow_id);
CREATE INDEX follow_told_old ON follow_told (mailed_at) WHERE mailed_at IS NOT NULL;

-- Where the one click of RFC 8058 goes that ends such mails; empty for mails that nobody has subscribed to.
ALTER TABLE outbox ADD COLUMN stop_link text NOT NULL DEFAULT '';
