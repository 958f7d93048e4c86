-- +goose Up

-- Issues of the newsletter, from the first words to the last delivery (publishing.md, Newsletter).
CREATE TABLE newsletter_issues (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    number      int NOT NULL,
    month       date NOT NULL,                 -- its first day
    state       text NOT NULL,
    version     int NOT NULL DEFAULT 1,        -- of what is sent: each change of a word counts
    created_by  bigint NOT NULL CONSTRAINT newsletter_issues_created_by_fkey REFERENCES users (id),
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    approved_by bigint CONSTRAINT newsletter_issues_approved_by_fkey REFERENCES users (id),
    approved_at timestamptz,
    send_at     timestamptz,
    started_at  timestamptz,
    finished_at timestamptz,
    journal     text NOT NULL DEFAULT '',      -- the name of the file in which the process that sends it marks what it hands over
    left_since  int NOT NULL DEFAULT 0,        -- readers who left by it; nobody is named
    complained  int NOT NULL DEFAULT 0,
    CONSTRAINT newsletter_issues_pkey PRIMARY KEY (id),
    CONSTRAINT newsletter_issues_number UNIQUE (number),
    CONSTRAINT newsletter_issues_state_known CHECK (state IN ('draft', 'proposed', 'approved', 'scheduled', 'sending', 'paused', 'sent', 'cancelled')),
    CONSTRAINT newsletter_issues_approved CHECK (state NOT IN ('approved', 'scheduled', 'sending', 'paused', 'sent') OR approved_by IS NOT NULL),
    CONSTRAINT newsletter_issues_month_first CHECK (extract(day FROM month) = 1)
);
CREATE INDEX newsletter_issues_due ON newsletter_issues (send_at) WHERE state IN ('scheduled', 'sending');
CREATE INDEX newsletter_issues_created_by ON newsletter_issues (created_by);
CREATE INDEX newsletter_issues_approved_by ON newsletter_issues (approved_by) WHERE approved_by IS NOT NULL;
CREATE TRIGGER newsletter_issues_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON newsletter_issues
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- Who has written in an issue: they do not approve it.
CREATE TABLE newsletter_issue_authors (
    issue_id bigint NOT NULL CONSTRAINT newsletter_issue_authors_issue_fkey REFERENCES newsletter_issues (id) ON DELETE CASCADE,
    user_id  bigint NOT NULL CONSTRAINT newsletter_issue_authors_user_fkey REFERENCES users (id),
    CONSTRAINT newsletter_issue_authors_pkey PRIMARY KEY (issue_id, user_id)
);
CREATE INDEX newsletter_issue_authors_user ON newsletter_issue_authors (user_id);

CREATE TABLE newsletter_issue_texts (
    issue_id bigint NOT NULL CONSTRAINT newsletter_issue_texts_issue_fkey REFERENCES newsletter_issues (id) ON DELETE CASCADE,
    lang     text NOT NULL,
    title    text NOT NULL,
    intro    text NOT NULL DEFAULT '',
    CONSTRAINT newsletter_issue_texts_pkey PRIMARY KEY (issue_id, lang),
    CONSTRAINT newsletter_issue_texts_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es'))
);
CREATE TRIGGER newsletter_issue_texts_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON newsletter_issue_texts
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- The items of an issue. One with a segment goes to those readers only whose interests meet it.
CREATE TABLE newsletter_items (
    id       bigint GENERATED ALWAYS AS IDENTITY,
    issue_id bigint NOT NULL CONSTRAINT newsletter_items_issue_fkey REFERENCES newsletter_issues (id) ON DELETE CASCADE,
    section  text NOT NULL,
    position int NOT NULL,
    link     text NOT NULL DEFAULT '',         -- a path of the portal without the language, or a whole address
    source   text NOT NULL DEFAULT '',         -- what it was drafted from
    themes   int[] NOT NULL DEFAULT '{}',
    regions  text[] NOT NULL DEFAULT '{}',
    sectors  text[] NOT NULL DEFAULT '{}',
    version  int NOT NULL DEFAULT 1,
    CONSTRAINT newsletter_items_pkey PRIMARY KEY (id),
    CONSTRAINT newsletter_items_section_known CHECK (section IN ('news', 'pledges', 'practices', 'talks', 'champions', 'members'))
);
CREATE INDEX newsletter_items_issue ON newsletter_items (issue_id, section, position, id);
CREATE UNIQUE INDEX newsletter_items_source ON newsletter_items (issue_id, source) WHERE source <> '';
CREATE TRIGGER newsletter_items_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON newsletter_items
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

CREATE TABLE newsletter_item_texts (
    item_id bigint NOT NULL CONSTRAINT newsletter_item_texts_item_fkey REFERENCES newsletter_items (id) ON DELETE CASCADE,
    lang    text NOT NULL,
    title   text NOT NULL,
    text    text NOT NULL DEFAULT '',
    CONSTRAINT newsletter_item_texts_pkey PRIMARY KEY (item_id, lang),
    CONSTRAINT newsletter_item_texts_lang_known CHECK (lang IN ('ar', 'zh', 'en', 'fr', 'ru', 'es'))
);
CREATE TRIGGER newsletter_item_texts_content AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON newsletter_item_texts
    FOR EACH STATEMENT EXECUTE FUNCTION content_changed();

-- A reader to whom mails came back, or who has complained, gets nothing more; the address is on the list of those kept away.
ALTER TABLE newsletter_subscribers DROP CONSTRAINT newsletter_subscribers_state_known,
    ADD CONSTRAINT newsletter_subscribers_state_known CHECK (state IN ('unconfirmed', 'confirmed', 'away'));

-- One row a reader of an issue, made when its sending begins. Room is left in each page, since every row changes twice.
CREATE TABLE newsletter_deliveries (
    issue_id      bigint NOT NULL CONSTRAINT newsletter_deliveries_issue_fkey REFERENCES newsletter_issues (id),
    subscriber_id bigint NOT NULL CONSTRAINT newsletter_deliveries_subscriber_fkey REFERENCES newsletter_subscribers (id) ON DELETE CASCADE,
    state         text NOT NULL DEFAULT 'queued',
    attempts      int NOT NULL DEFAULT 0,
    next_at       timestamptz,                 -- when to try again what the server has put off
    reply         text NOT NULL DEFAULT '',    -- digits of the server's reply, never its words
    done_at       timestamptz,
    CONSTRAINT newsletter_deliveries_pkey PRIMARY KEY (issue_id, subscriber_id),
    CONSTRAINT newsletter_deliveries_state_known CHECK (state IN ('queued', 'handing', 'sent', 'bounced', 'failed', 'unsure'))
) WITH (fillfactor = 60);
CREATE INDEX newsletter_deliveries_subscriber ON newsletter_deliveries (subscriber_id);
