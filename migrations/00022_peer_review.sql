-- +goose Up

-- Who reviews (review.md, Peer review; accounts.md, Roles at the secretariat). The role is in staff_roles; this is what
-- the person says of themself, and what suggestions go by.
CREATE TABLE reviewers (
    user_id    bigint NOT NULL CONSTRAINT reviewers_user_fkey REFERENCES users (id),
    side       text NOT NULL,
    works_for  text NOT NULL DEFAULT '',
    objectives int[] NOT NULL DEFAULT '{}',
    languages  text[] NOT NULL DEFAULT '{}',
    regions    text[] NOT NULL DEFAULT '{}',
    countries  text[] NOT NULL DEFAULT '{}', -- whose nationals they are, or for whose government they work: the wall
    capacity   int NOT NULL DEFAULT 2,       -- assignments a year
    active     boolean NOT NULL DEFAULT true,
    version    int NOT NULL DEFAULT 1,
    invited_by bigint CONSTRAINT reviewers_invited_by_fkey REFERENCES users (id),
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT reviewers_pkey PRIMARY KEY (user_id),
    CONSTRAINT reviewers_side_known CHECK (side IN ('un', 'external')),
    CONSTRAINT reviewers_languages_known CHECK (languages <@ ARRAY['ar', 'zh', 'en', 'fr', 'ru', 'es']),
    CONSTRAINT reviewers_capacity_sane CHECK (capacity BETWEEN 0 AND 50)
);

-- By which a kind is judged. An edited set is a new version, so that open reviews keep theirs.
CREATE TABLE review_criteria_sets (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    kind       text NOT NULL,
    version    int NOT NULL,
    created_by bigint CONSTRAINT review_criteria_sets_created_by_fkey REFERENCES users (id),
    created_at timestamptz NOT NULL,
    CONSTRAINT review_criteria_sets_pkey PRIMARY KEY (id),
    CONSTRAINT review_criteria_sets_once UNIQUE (kind, version)
);
CREATE TABLE review_criteria (
    set_id bigint NOT NULL CONSTRAINT review_criteria_set_fkey REFERENCES review_criteria_sets (id),
    n      int NOT NULL,
    weight int NOT NULL,
    names  jsonb NOT NULL, -- {"en": …, "ar": …}
    levels jsonb NOT NULL, -- what 1 to 5 mean: {"en": [five], "ar": [five]}
    CONSTRAINT review_criteria_pkey PRIMARY KEY (set_id, n),
    CONSTRAINT review_criteria_weight_sane CHECK (weight BETWEEN 0 AND 100)
);

-- What holds for the rounds of a kind that are opened from now on.
CREATE TABLE review_settings (
    kind            text NOT NULL,
    enabled         boolean NOT NULL DEFAULT false,
    visibility      text NOT NULL DEFAULT 'after_own',
    redacted        text[] NOT NULL DEFAULT '{}', -- ids of questions; @author and @office
    days            int NOT NULL DEFAULT 21,      -- that a reviewer has
    un_needed       int NOT NULL DEFAULT 1,
    external_needed int NOT NULL DEFAULT 2,
    steps_apart     int NOT NULL DEFAULT 2,
    means_apart     numeric(3, 1) NOT NULL DEFAULT 1.5,
    version         int NOT NULL DEFAULT 1,
    changed_by      bigint CONSTRAINT review_settings_changed_by_fkey REFERENCES users (id),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT review_settings_pkey PRIMARY KEY (kind),
    CONSTRAINT review_settings_visibility_known CHECK (visibility IN ('never', 'after_own', 'always')),
    CONSTRAINT review_settings_days_sane CHECK (days BETWEEN 3 AND 180),
    CONSTRAINT review_settings_needed_sane CHECK (un_needed BETWEEN 0 AND 9 AND external_needed BETWEEN 0 AND 9 AND un_needed + external_needed > 0),
    CONSTRAINT review_settings_steps_sane CHECK (steps_apart BETWEEN 1 AND 3),
    CONSTRAINT review_settings_means_sane CHECK (means_apart BETWEEN 0.1 AND 4)
);

-- A round of reviews of one revision. It keeps what held when it was opened.
CREATE TABLE review_rounds (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    submission_id   bigint NOT NULL CONSTRAINT review_rounds_submission_fkey REFERENCES submissions (id),
    revision        int NOT NULL,
    number          int NOT NULL,
    set_id          bigint NOT NULL CONSTRAINT review_rounds_set_fkey REFERENCES review_criteria_sets (id),
    visibility      text NOT NULL,
    redacted        text[] NOT NULL,
    un_needed       int NOT NULL,
    external_needed int NOT NULL,
    steps_apart     int NOT NULL,
    means_apart     numeric(3, 1) NOT NULL,
    due_on          date NOT NULL,
    opened_by       bigint NOT NULL CONSTRAINT review_rounds_opened_by_fkey REFERENCES users (id),
    opened_at       timestamptz NOT NULL,
    complete_at     timestamptz, -- when the rule had all it asks for; NULL again when it asks for more
    lacks           text NOT NULL DEFAULT '', -- the rule called for somebody and nobody matches: un, external or third
    closed_by       bigint CONSTRAINT review_rounds_closed_by_fkey REFERENCES users (id),
    closed_at       timestamptz,
    version         int NOT NULL DEFAULT 1,
    CONSTRAINT review_rounds_pkey PRIMARY KEY (id),
    CONSTRAINT review_rounds_once UNIQUE (submission_id, number),
    CONSTRAINT review_rounds_visibility_known CHECK (visibility IN ('never', 'after_own', 'always')),
    CONSTRAINT review_rounds_lacks_known CHECK (lacks IN ('', 'un', 'external', 'third'))
);
CREATE UNIQUE INDEX review_rounds_open ON review_rounds (submission_id) WHERE closed_at IS NULL;
CREATE INDEX review_rounds_complete ON review_rounds (complete_at) WHERE closed_at IS NULL AND complete_at IS NOT NULL;

-- Who is asked to review what, why, and how far they are.
CREATE TABLE review_assignments (
    id             bigint GENERATED ALWAYS AS IDENTITY,
    round_id       bigint NOT NULL CONSTRAINT review_assignments_round_fkey REFERENCES review_rounds (id),
    submission_id  bigint NOT NULL CONSTRAINT review_assignments_submission_fkey REFERENCES submissions (id),
    reviewer_id    bigint NOT NULL CONSTRAINT review_assignments_reviewer_fkey REFERENCES users (id),
    side           text NOT NULL, -- of the reviewer, on that day
    state          text NOT NULL DEFAULT 'asked',
    cause          text NOT NULL, -- why: chosen by the desk, or called in by the rule
    apart          numeric(4, 2), -- how far the others were apart, when that is why
    asked_by       bigint CONSTRAINT review_assignments_asked_by_fkey REFERENCES users (id), -- NULL is the portal itself
    asked_at       timestamptz NOT NULL,
    due_on         date NOT NULL,
    answered_at    timestamptz,
    decline_reason text NOT NULL DEFAULT '',
    suggestion     text NOT NULL DEFAULT '', -- whom else to ask, by who declined
    read_at        timestamptz, -- when they first opened the text
    ended_at       timestamptz,
    reminders      int NOT NULL DEFAULT 0,
    reminded_at    timestamptz,
    CONSTRAINT review_assignments_pkey PRIMARY KEY (id),
    CONSTRAINT review_assignments_once UNIQUE (round_id, reviewer_id),
    CONSTRAINT review_assignments_side_known CHECK (side IN ('un', 'external')),
    CONSTRAINT review_assignments_state_known CHECK (state IN ('asked', 'accepted', 'submitted', 'declined', 'withdrawn', 'set_aside')),
    CONSTRAINT review_assignments_cause_known CHECK (cause IN ('desk', 'steps_apart', 'means_apart'))
);
CREATE INDEX review_assignments_reviewer ON review_assignments (reviewer_id, state, due_on);
CREATE INDEX review_assignments_submission ON review_assignments (submission_id, reviewer_id);
CREATE INDEX review_assignments_open ON review_assignments (due_on) WHERE state IN ('asked', 'accepted');

-- A review. It is the reviewer's and the desk's: administrators do not read it.
CREATE TABLE reviews (
    assignment_id  bigint NOT NULL CONSTRAINT reviews_assignment_fkey REFERENCES review_assignments (id),
    version        int NOT NULL,
    scores         jsonb NOT NULL DEFAULT '{}', -- 1 to 5 by the number of the criterion
    to_submitter   text NOT NULL DEFAULT '',
    to_staff       text NOT NULL DEFAULT '',
    recommendation text NOT NULL DEFAULT '',
    page           text NOT NULL DEFAULT '', -- token of the page it was saved from, and whether that saved by itself:
    quiet          boolean NOT NULL DEFAULT false, -- as in submission_steps
    saved_at       timestamptz NOT NULL,
    submitted_at   timestamptz,
    CONSTRAINT reviews_pkey PRIMARY KEY (assignment_id),
    CONSTRAINT reviews_recommendation_known CHECK (recommendation IN ('', 'decline', 'major', 'minor', 'accept')),
    CONSTRAINT reviews_submitted_whole CHECK (submitted_at IS NULL OR recommendation <> '')
);

-- What was said about one person and one submission: by the person, or by staff. The log keeps what was said before.
CREATE TABLE conflict_declarations (
    user_id       bigint NOT NULL CONSTRAINT conflict_declarations_user_fkey REFERENCES users (id),
    submission_id bigint NOT NULL CONSTRAINT conflict_declarations_submission_fkey REFERENCES submissions (id),
    source        text NOT NULL,
    conflict      boolean NOT NULL,
    reason        text NOT NULL DEFAULT '',
    by_id         bigint NOT NULL CONSTRAINT conflict_declarations_by_fkey REFERENCES users (id),
    at            timestamptz NOT NULL,
    CONSTRAINT conflict_declarations_pkey PRIMARY KEY (user_id, submission_id, source),
    CONSTRAINT conflict_declarations_source_known CHECK (source IN ('person', 'staff')),
    CONSTRAINT conflict_declarations_staff_reason CHECK (source = 'person' OR reason <> '')
);
CREATE INDEX conflict_declarations_submission ON conflict_declarations (submission_id);

-- Offices and countries in which a person has an interest: they judge nothing of theirs.
CREATE TABLE declared_interests (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    user_id     bigint NOT NULL CONSTRAINT declared_interests_user_fkey REFERENCES users (id),
    office_id   bigint CONSTRAINT declared_interests_office_fkey REFERENCES offices (id),
    country     text NOT NULL DEFAULT '',
    reason      text NOT NULL,
    declared_at timestamptz NOT NULL,
    ended_at    timestamptz,
    CONSTRAINT declared_interests_pkey PRIMARY KEY (id),
    CONSTRAINT declared_interests_one CHECK ((office_id IS NULL) <> (country = '')),
    CONSTRAINT declared_interests_reason_not_blank CHECK (reason <> '' OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX declared_interests_office ON declared_interests (user_id, office_id) WHERE ended_at IS NULL AND office_id IS NOT NULL;
CREATE UNIQUE INDEX declared_interests_country ON declared_interests (user_id, country) WHERE ended_at IS NULL AND country <> '';

-- For the wall, which is asked for one person over all submissions, and for one submission over all people.
CREATE INDEX submissions_country ON submissions (country, office_id) INCLUDE (id) WHERE country <> '';

-- The countries for which somebody who reviews would be judge in their own cause: their own, those of the profile, and
-- those of the government offices in which they have or had a post. Kept by triggers.
CREATE TABLE reviewer_countries (
    user_id bigint NOT NULL CONSTRAINT reviewer_countries_user_fkey REFERENCES reviewers (user_id) ON DELETE CASCADE,
    country text NOT NULL,
    CONSTRAINT reviewer_countries_pkey PRIMARY KEY (user_id, country)
);
CREATE INDEX reviewer_countries_country ON reviewer_countries (country, user_id);
-- +goose StatementBegin
CREATE FUNCTION find_reviewer_countries(person bigint) RETURNS void LANGUAGE sql AS $$
    DELETE FROM reviewer_countries WHERE user_id = person;
    INSERT INTO reviewer_countries (user_id, country)
    SELECT r.user_id, u.country FROM reviewers r JOIN users u ON u.id = r.user_id WHERE r.user_id = person AND u.country <> ''
    UNION
    SELECT r.user_id, c.country FROM reviewers r, unnest(r.countries) AS c (country) WHERE r.user_id = person
    UNION
    SELECT r.user_id, o.country FROM reviewers r
      JOIN posts p ON p.user_id = r.user_id AND p.state IN ('pending', 'approved', 'ended')
      JOIN offices o ON o.id = p.office_id AND o.category = 'member_state' AND o.country <> ''
     WHERE r.user_id = person;
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION reviewer_countries_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM find_reviewer_countries(CASE WHEN TG_TABLE_NAME = 'users' THEN (to_jsonb(NEW) ->> 'id')::bigint ELSE (to_jsonb(NEW) ->> 'user_id')::bigint END);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER reviewers_countries AFTER INSERT OR UPDATE OF countries ON reviewers FOR EACH ROW EXECUTE FUNCTION reviewer_countries_follow();
CREATE TRIGGER users_reviewer_countries AFTER UPDATE OF country ON users FOR EACH ROW WHEN (OLD.country <> NEW.country) EXECUTE FUNCTION reviewer_countries_follow();
CREATE TRIGGER posts_reviewer_countries AFTER UPDATE OF office_id, state ON posts FOR EACH ROW EXECUTE FUNCTION reviewer_countries_follow();
-- +goose StatementBegin
CREATE FUNCTION reviewer_countries_follow_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM find_reviewer_countries(r.user_id) FROM reviewers r WHERE r.user_id IN (SELECT user_id FROM added);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER posts_reviewer_countries_added AFTER INSERT ON posts REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION reviewer_countries_follow_posts();

-- Who was asked to take part in a joint pledge, or is a colleague of whoever was, or of an office that bears the name of a
-- partner. Once so, always so: nobody judges what they might have had a part in. Kept by triggers.
CREATE INDEX pledge_partners_email ON pledge_partners (lower(email));
CREATE INDEX pledge_partners_name ON pledge_partners (fold_name(name));
CREATE VIEW partner_people_found AS
    SELECT q.submission_id, u.id AS user_id FROM users u JOIN pledge_partners q ON lower(q.email) = lower(u.email)
    UNION ALL
    SELECT q.submission_id, p.user_id FROM posts p
      JOIN posts colleague ON colleague.office_id = p.office_id AND colleague.state IN ('pending', 'approved', 'ended')
      JOIN users u ON u.id = colleague.user_id
      JOIN pledge_partners q ON lower(q.email) = lower(u.email)
     WHERE p.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT q.submission_id, p.user_id FROM posts p
      JOIN offices o ON o.id = p.office_id
      JOIN pledge_partners q ON fold_name(q.name) = o.folded AND (q.country = '' OR o.country = '' OR q.country = o.country)
     WHERE p.state IN ('pending', 'approved', 'ended')
    UNION ALL
    SELECT q.submission_id, p.user_id FROM posts p
      JOIN office_names n ON n.office_id = p.office_id
      JOIN offices o ON o.id = p.office_id
      JOIN pledge_partners q ON fold_name(q.name) = n.folded AND (q.country = '' OR o.country = '' OR q.country = o.country)
     WHERE p.state IN ('pending', 'approved', 'ended');
CREATE TABLE partner_people (
    user_id       bigint NOT NULL CONSTRAINT partner_people_user_fkey REFERENCES users (id),
    submission_id bigint NOT NULL CONSTRAINT partner_people_submission_fkey REFERENCES submissions (id),
    CONSTRAINT partner_people_pkey PRIMARY KEY (user_id, submission_id)
);
CREATE INDEX partner_people_submission ON partner_people (submission_id, user_id);
INSERT INTO partner_people (user_id, submission_id) SELECT DISTINCT user_id, submission_id FROM partner_people_found;
-- +goose StatementBegin
CREATE FUNCTION partner_people_of_partners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partner_people (user_id, submission_id)
    SELECT f.user_id, f.submission_id FROM partner_people_found f WHERE f.submission_id IN (SELECT a.submission_id FROM added a) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION partner_people_of_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partner_people (user_id, submission_id)
    SELECT f.user_id, f.submission_id FROM partner_people_found f WHERE f.user_id IN (SELECT a.id FROM added a) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION partner_people_of_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partner_people (user_id, submission_id)
    SELECT f.user_id, f.submission_id FROM partner_people_found f
     WHERE f.user_id IN (SELECT p.user_id FROM posts p WHERE p.office_id IN (SELECT a.office_id FROM added a)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION partner_people_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO partner_people (user_id, submission_id)
    SELECT f.user_id, f.submission_id FROM partner_people_found f
     WHERE f.user_id IN (SELECT p.user_id FROM posts p WHERE p.office_id IN (
        SELECT CASE TG_TABLE_NAME WHEN 'offices' THEN (to_jsonb(NEW) ->> 'id')::bigint WHEN 'posts' THEN (to_jsonb(NEW) ->> 'office_id')::bigint END
        UNION SELECT held.office_id FROM posts held WHERE TG_TABLE_NAME = 'users' AND held.user_id = (to_jsonb(NEW) ->> 'id')::bigint)
        UNION SELECT (to_jsonb(NEW) ->> 'id')::bigint WHERE TG_TABLE_NAME = 'users') ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER pledge_partners_people AFTER INSERT ON pledge_partners REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partner_people_of_partners();
CREATE TRIGGER users_partner_people AFTER INSERT ON users REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partner_people_of_users();
CREATE TRIGGER users_partner_people_renamed AFTER UPDATE OF email ON users FOR EACH ROW WHEN (lower(OLD.email) <> lower(NEW.email) AND NEW.closed_at IS NULL) EXECUTE FUNCTION partner_people_of_row();
CREATE TRIGGER posts_partner_people AFTER INSERT ON posts REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION partner_people_of_posts();
CREATE TRIGGER posts_partner_people_moved AFTER UPDATE OF office_id, state ON posts FOR EACH ROW
    WHEN (OLD.office_id <> NEW.office_id OR OLD.state = 'refused') EXECUTE FUNCTION partner_people_of_row();
CREATE TRIGGER offices_partner_people AFTER UPDATE OF name ON offices FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION partner_people_of_row();

-- Who must not judge what, and why (review.md, conflict wall). A person can be there for several reasons, and several
-- times for one; ask with EXISTS or IN. Every reason is a branch that an index answers from both ends.
CREATE OR REPLACE VIEW submission_conflicts AS
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

-- What is behind the wall for a person: the rows of submission_conflicts. A function, so that the statements of the desk, which
-- are planned for what is asked, need not plan the whole wall each time.
-- +goose StatementBegin
CREATE FUNCTION behind_wall(person bigint) RETURNS SETOF bigint LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 500 AS $$
BEGIN
    RETURN QUERY SELECT c.submission_id FROM submission_conflicts c WHERE c.user_id = person;
END
$$;
-- +goose StatementEnd

-- The one answer to: who may see which submission, and on which side of the table. Every list, count, search, export,
-- mail and address joins it. side: 'owner' (the office's people, the author, and who is invited to the draft), 'desk'
-- (staff without a conflict; a draft is no desk's business) or 'reviewer' (who was asked to review it and has no
-- conflict; the role says whether they may read the text: 'reviewer', or only what it is called: 'asked').
CREATE OR REPLACE VIEW submission_access AS
    SELECT s.id AS submission_id, p.user_id, 'owner' AS side, p.role
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.state = 'approved' AND p.from_on <= current_date
           AND (p.until_on IS NULL OR p.until_on >= current_date)
    UNION ALL
    -- The author before the office has approved them: they may write and submit (accounts.md, Offices).
    SELECT s.id, p.user_id, 'owner', 'contributor'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'pending'
    UNION ALL
    -- The author whom a head of the office has refused: their draft stays theirs to read, and to take to another office.
    SELECT s.id, p.user_id, 'owner', 'author'
      FROM submissions s
      JOIN posts p ON p.office_id = s.office_id AND p.user_id = s.author_id AND p.state = 'refused'
     WHERE s.submitted_revision IS NULL
    UNION ALL
    SELECT i.submission_id, i.user_id, 'owner', CASE i.rights WHEN 'edit' THEN 'editor' WHEN 'comment' THEN 'commenter' ELSE 'guest' END
      FROM draft_invitations i
     WHERE i.user_id IS NOT NULL AND i.ended_at IS NULL AND i.until_on >= current_date
    UNION ALL
    SELECT s.id, r.user_id, 'desk', r.role
      FROM submissions s
      JOIN staff_roles r ON r.desk = s.desk AND r.role IN ('officer', 'lead')
     WHERE s.submitted_revision IS NOT NULL
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = r.user_id)
    UNION ALL
    SELECT s.id, a.reviewer_id, 'reviewer', CASE WHEN a.state = 'asked' OR round.closed_at IS NOT NULL THEN 'asked' ELSE 'reviewer' END
      FROM review_assignments a
      JOIN review_rounds round ON round.id = a.round_id
      JOIN submissions s ON s.id = a.submission_id
      JOIN staff_roles r ON r.user_id = a.reviewer_id AND r.role = 'reviewer'
     WHERE a.state IN ('asked', 'accepted', 'submitted') AND s.state NOT IN ('withdrawn', 'put_away', 'erased')
       AND NOT EXISTS (SELECT FROM submission_conflicts c WHERE c.submission_id = s.id AND c.user_id = a.reviewer_id);

-- Seeded once; from then on the desk leads' (review.md, Peer review: the practice criteria by default).
INSERT INTO review_settings (kind, enabled) VALUES ('practice', true), ('concept_note', true), ('pledge', false);
INSERT INTO review_criteria_sets (kind, version, created_at) VALUES ('practice', 1, now()), ('concept_note', 1, now()), ('pledge', 1, now());
INSERT INTO review_criteria (set_id, n, weight, names, levels)
SELECT s.id, c.n, c.weight, c.names, c.levels FROM review_criteria_sets s CROSS JOIN (VALUES
    (1, 25, '{"en": "Quality", "ar": "الجودة"}'::jsonb, '{
        "en": ["It is not clear what is done or for whom.", "Parts are described; important parts are missing or unclear.", "What is done is clear; its results are only claimed.", "What is done, for whom and with what result is clear and convincing.", "Clear, complete and convincing in every part."],
        "ar": ["لا يتضح ما الذي يُنفَّذ ولا لمن.", "وُصفت أجزاء، وأجزاء مهمة ناقصة أو غير واضحة.", "ما يُنفَّذ واضح، أما نتائجه فمذكورة بلا إثبات.", "ما يُنفَّذ ولمن وبأي نتيجة واضح ومقنع.", "واضح ومكتمل ومقنع في كل أجزائه."]}'::jsonb),
    (2, 20, '{"en": "Transparent method", "ar": "شفافية المنهج"}', '{
        "en": ["No method is described.", "A method is named, but not how it was used.", "The main steps can be followed; choices are not explained.", "Steps, choices and their limits are explained.", "Everything is open: steps, choices, limits, costs and who decided."],
        "ar": ["لا يوجد وصف للمنهج.", "ذُكر منهج دون بيان كيفية تطبيقه.", "يمكن تتبّع الخطوات الرئيسية، لكن الخيارات غير مشروحة.", "الخطوات والخيارات وحدودها مشروحة.", "كل شيء مكشوف: الخطوات والخيارات والحدود والتكاليف ومن اتخذ القرار."]}'),
    (3, 25, '{"en": "Usability for the Compact", "ar": "الفائدة للاتفاق العالمي"}', '{
        "en": ["No link to an objective can be seen.", "An objective is named; the text does not serve it.", "It serves an objective in part.", "It clearly serves the objectives that it names and respects the guiding principles.", "It moves its objectives forward, and shows how it puts the guiding principles into practice."],
        "ar": ["لا تظهر صلة بأي هدف.", "ذُكر هدف، لكن النص لا يخدمه.", "يخدم هدفًا خدمة جزئية.", "يخدم بوضوح الأهداف التي يسميها ويحترم المبادئ التوجيهية.", "يدفع أهدافه إلى الأمام ويبيّن كيف يطبّق المبادئ التوجيهية."]}'),
    (4, 20, '{"en": "Replicability", "ar": "قابلية التكرار"}', '{
        "en": ["Bound to one place; nothing can be taken elsewhere.", "Others could take up an idea, but not how to carry it out.", "Parts can be taken up elsewhere with much adaptation.", "It can be taken up elsewhere; what it needs is said.", "It has been taken up elsewhere, or everything that this needs is at hand."],
        "ar": ["مرتبط بمكان واحد ولا يمكن نقل شيء منه.", "يمكن لآخرين أخذ فكرة منه، لا طريقة تنفيذها.", "يمكن نقل أجزاء منه بعد تكييف كبير.", "يمكن نقله، وما يتطلبه ذلك مذكور.", "سبق نقله إلى أماكن أخرى، أو كل ما يتطلبه النقل متاح."]}'),
    (5, 10, '{"en": "Evidence", "ar": "الأدلة"}', '{
        "en": ["None.", "Single stories or opinions.", "Own figures, without their source.", "Figures with sources, or an evaluation.", "An independent evaluation, or figures that others can check."],
        "ar": ["لا توجد أدلة.", "قصص أو آراء متفرقة.", "أرقام ذاتية دون مصدر.", "أرقام بمصادرها أو تقييم.", "تقييم مستقل أو أرقام يستطيع آخرون التحقق منها."]}')
    ) AS c (n, weight, names, levels);
