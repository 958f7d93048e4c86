-- +goose Up

-- An office that was closed, by whom and why, or into which other it went.
ALTER TABLE offices
    ADD COLUMN merged_into  bigint CONSTRAINT offices_merged_into_fkey REFERENCES offices (id),
    ADD COLUMN closed_at    timestamptz,
    ADD COLUMN closed_by    bigint CONSTRAINT offices_closed_by_fkey REFERENCES users (id),
    ADD COLUMN close_reason text NOT NULL DEFAULT '',
    ADD CONSTRAINT offices_merged_is_closed CHECK (merged_into IS NULL OR state = 'closed' AND merged_into <> id);
CREATE INDEX offices_merged_into ON offices (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX offices_country ON offices (country, state);

-- Names that an office had, and those of offices that went into it: found by search, and shown with their last day.
CREATE TABLE office_names (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    office_id bigint NOT NULL CONSTRAINT office_names_office_fkey REFERENCES offices (id),
    name      text NOT NULL,
    folded    text NOT NULL GENERATED ALWAYS AS (fold_name(name)) STORED,
    until_at  timestamptz NOT NULL,
    CONSTRAINT office_names_pkey PRIMARY KEY (id)
);
CREATE INDEX office_names_office ON office_names (office_id, id);

-- A post may stand in for another one for some days. A post without a last day is one a person and office; those with
-- one may overlap it.
ALTER TABLE posts
    ADD COLUMN stands_for bigint CONSTRAINT posts_stands_for_fkey REFERENCES posts (id),
    ADD CONSTRAINT posts_stand_in_ends CHECK (stands_for IS NULL OR until_on IS NOT NULL),
    ADD CONSTRAINT posts_days_in_order CHECK (until_on IS NULL OR until_on >= from_on OR state = 'ended');
DROP INDEX posts_one_each;
CREATE UNIQUE INDEX posts_one_each ON posts (user_id, office_id) WHERE state IN ('pending', 'approved') AND until_on IS NULL;
CREATE INDEX posts_stands_for ON posts (stands_for) WHERE stands_for IS NOT NULL;

-- Posts that are offered by e-mail: to a newcomer, to a successor, to somebody who stands in. Address and message are
-- erased when the offer is over.
CREATE TABLE post_offers (
    id            bigint GENERATED ALWAYS AS IDENTITY,
    kind          text NOT NULL,
    state         text NOT NULL,
    office_id     bigint NOT NULL CONSTRAINT post_offers_office_fkey REFERENCES offices (id),
    post_id       bigint CONSTRAINT post_offers_post_fkey REFERENCES posts (id), -- handed over, or stood in for
    role          text NOT NULL,
    email         text NOT NULL,
    message       text NOT NULL,
    from_on       date, -- first day of who stands in
    until_on      date, -- last day of who leaves, or of who stands in
    keeps_reading boolean NOT NULL DEFAULT false, -- who leaves
    by_desk       boolean NOT NULL DEFAULT false,
    offered_by    bigint NOT NULL CONSTRAINT post_offers_offered_by_fkey REFERENCES users (id),
    offered_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    token_hash    bytea, -- of the link; NULL until it is mailed
    decided_at    timestamptz,
    decided_by    bigint CONSTRAINT post_offers_decided_by_fkey REFERENCES users (id),
    CONSTRAINT post_offers_pkey PRIMARY KEY (id),
    CONSTRAINT post_offers_token_key UNIQUE (token_hash),
    CONSTRAINT post_offers_kind_known CHECK (kind IN ('invitation', 'handover', 'delegation')),
    CONSTRAINT post_offers_state_known CHECK (state IN ('asked', 'open', 'accepted', 'declined', 'withdrawn')),
    CONSTRAINT post_offers_role_known CHECK (role IN ('head', 'contributor', 'viewer')),
    CONSTRAINT post_offers_post_of_kind CHECK ((kind = 'invitation') = (post_id IS NULL)),
    CONSTRAINT post_offers_days_of_kind CHECK ((kind <> 'invitation') = (until_on IS NOT NULL) AND (kind = 'delegation') = (from_on IS NOT NULL)),
    CONSTRAINT post_offers_over_is_empty CHECK (state IN ('asked', 'open') OR (email = '' AND message = ''))
);
CREATE UNIQUE INDEX post_offers_one_invitation ON post_offers (office_id, lower(email)) WHERE kind = 'invitation' AND state IN ('asked', 'open');
CREATE UNIQUE INDEX post_offers_one_handover ON post_offers (post_id) WHERE kind = 'handover' AND state IN ('asked', 'open');
CREATE INDEX post_offers_office ON post_offers (office_id, id);
CREATE INDEX post_offers_email ON post_offers (lower(email)) WHERE state = 'open';
CREATE INDEX post_offers_post ON post_offers (post_id) WHERE post_id IS NOT NULL;

-- The history of an office, for its own people and the desk: ids only, names are looked up. Append-only.
CREATE TABLE office_events (
    id        bigint GENERATED ALWAYS AS IDENTITY,
    office_id bigint NOT NULL CONSTRAINT office_events_office_fkey REFERENCES offices (id),
    act       text NOT NULL,
    actor_id  bigint, -- NULL is the portal itself
    person_id bigint, -- whom it concerns
    role      text NOT NULL DEFAULT '',
    other_id  bigint CONSTRAINT office_events_other_fkey REFERENCES offices (id), -- the other office of a merger
    name_id   bigint CONSTRAINT office_events_name_fkey REFERENCES office_names (id), -- the name until then
    at        timestamptz NOT NULL,
    CONSTRAINT office_events_pkey PRIMARY KEY (id)
);
CREATE INDEX office_events_office ON office_events (office_id, id);
CREATE TRIGGER office_events_append_only BEFORE UPDATE OR DELETE ON office_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER office_events_no_truncate BEFORE TRUNCATE ON office_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who waited for an office that was refused keeps sight of what they wrote: nobody decided on them.
UPDATE posts p SET state = 'pending' FROM offices o WHERE o.id = p.office_id AND o.state = 'refused' AND p.state = 'refused'
    AND p.id = (SELECT max(last.id) FROM posts last WHERE last.user_id = p.user_id AND last.office_id = p.office_id);

-- What there is begins the history.
INSERT INTO office_events (office_id, act, actor_id, at) SELECT id, 'propose', proposed_by, created_at FROM offices;
INSERT INTO office_events (office_id, act, actor_id, at)
    SELECT id, CASE state WHEN 'approved' THEN 'approve' ELSE 'refuse' END, decided_by, decided_at FROM offices
    WHERE decided_at IS NOT NULL AND state IN ('approved', 'refused');
INSERT INTO office_events (office_id, act, actor_id, person_id, role, at)
    SELECT office_id, 'post.approve', decided_by, user_id, role, decided_at FROM posts WHERE state = 'approved' AND decided_at IS NOT NULL ORDER BY decided_at, id;
