-- +goose Up

-- The desk's queue at a million submissions: every list is walked in the order that it is asked for, every search looked
-- up, and what there is is counted when it changes and not at every look.

-- The words of the title as package search folds them (search.Fold); here, of what is there already, nearly so.
ALTER TABLE submissions ADD COLUMN submitted_words tsvector NOT NULL DEFAULT '';
UPDATE submissions SET submitted_words = to_tsvector('simple', submitted_folded) WHERE submitted_revision IS NOT NULL;
ALTER TABLE submissions DROP COLUMN submitted_folded;

DROP INDEX submissions_queue, submissions_desk, submissions_desk_title;

-- What is open: some ten thousands, counted and sorted in small indexes of their own.
CREATE INDEX submissions_open ON submissions (desk, submitted_at, id)
    INCLUDE (state, kind, country, assigned_to, waiting_for, due_on, office_id)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_due ON submissions (desk, coalesce(due_on, 'infinity'::date), id)
    INCLUDE (state, kind, country, assigned_to, waiting_for, due_on, office_id, submitted_at)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_waiting ON submissions (desk, coalesce(waiting_since, 'infinity'::timestamptz), id)
    INCLUDE (state, kind, country, assigned_to, waiting_for, due_on, office_id, submitted_at)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_office ON submissions (office_id)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');
CREATE INDEX submissions_open_words ON submissions USING gin (submitted_words)
    WHERE submitted_revision IS NOT NULL AND state IN ('submitted', 'in_review', 'approved', 'changes_requested', 'draft', 'put_away');

-- Everything that was ever handed in. The start of a title is enough, and a whole one may be too long for an index.
CREATE INDEX submissions_desk ON submissions (desk, submitted_at, id) INCLUDE (state, kind, country, assigned_to, office_id) WHERE submitted_revision IS NOT NULL;
CREATE INDEX submissions_desk_due ON submissions (desk, coalesce(due_on, 'infinity'::date), id) INCLUDE (state, kind, country, assigned_to, office_id) WHERE submitted_revision IS NOT NULL;
CREATE INDEX submissions_desk_waiting ON submissions (desk, coalesce(waiting_since, 'infinity'::timestamptz), id) INCLUDE (state, kind, country, assigned_to, office_id) WHERE submitted_revision IS NOT NULL;
CREATE INDEX submissions_desk_title ON submissions (desk, left(submitted_title, 200) COLLATE "und-x-icu", id) INCLUDE (state, kind, country, assigned_to, office_id) WHERE submitted_revision IS NOT NULL;
CREATE INDEX submissions_desk_country ON submissions (desk, country, submitted_at, id) INCLUDE (state, kind, assigned_to, office_id) WHERE submitted_revision IS NOT NULL;
-- Few things are decided by nobody.
CREATE INDEX submissions_desk_unassigned ON submissions (desk, submitted_at, id) INCLUDE (state, kind, country, office_id) WHERE submitted_revision IS NOT NULL AND assigned_to IS NULL;
-- For what is counted and behind somebody's wall.
CREATE INDEX submissions_counted ON submissions (id) INCLUDE (desk, state, kind, country, assigned_to) WHERE submitted_revision IS NOT NULL;
CREATE INDEX submissions_words ON submissions USING gin (submitted_words) WHERE submitted_revision IS NOT NULL;

-- How many submissions each desk has: by state, kind, country and assignee, and by state alone in lines of no kind. Each
-- change adds lines, so that two people who decide at once do not wait for each other; a job adds the lines up (package
-- review). Read with sum(n).
CREATE TABLE desk_counts (
    desk        text NOT NULL,
    state       text NOT NULL,
    kind        text NOT NULL,
    country     text NOT NULL,
    assigned_to bigint,
    n           int NOT NULL
);
CREATE INDEX desk_counts_desk ON desk_counts (desk, state, kind, country, assigned_to) INCLUDE (n) WHERE kind <> '';
CREATE INDEX desk_counts_states ON desk_counts (desk, state) INCLUDE (n) WHERE kind = '';

-- +goose StatementBegin
CREATE FUNCTION count_for_desk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.submitted_revision IS NOT NULL THEN
        INSERT INTO desk_counts (desk, state, kind, country, assigned_to, n)
            VALUES (OLD.desk, OLD.state, OLD.kind, OLD.country, OLD.assigned_to, -1), (OLD.desk, OLD.state, '', '', NULL, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.submitted_revision IS NOT NULL THEN
        INSERT INTO desk_counts (desk, state, kind, country, assigned_to, n)
            VALUES (NEW.desk, NEW.state, NEW.kind, NEW.country, NEW.assigned_to, 1), (NEW.desk, NEW.state, '', '', NULL, 1);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER submissions_count_new AFTER INSERT OR DELETE ON submissions FOR EACH ROW EXECUTE FUNCTION count_for_desk();
CREATE TRIGGER submissions_count_changed AFTER UPDATE OF desk, state, kind, country, assigned_to, submitted_revision ON submissions FOR EACH ROW
    WHEN ((OLD.desk, OLD.state, OLD.kind, OLD.country, OLD.assigned_to, OLD.submitted_revision IS NULL) IS DISTINCT FROM (NEW.desk, NEW.state, NEW.kind, NEW.country, NEW.assigned_to, NEW.submitted_revision IS NULL))
    EXECUTE FUNCTION count_for_desk();
INSERT INTO desk_counts (desk, state, kind, country, assigned_to, n)
    SELECT desk, state, kind, country, assigned_to, count(*) FROM submissions WHERE submitted_revision IS NOT NULL GROUP BY desk, state, kind, country, assigned_to
    UNION ALL SELECT desk, state, '', '', NULL, count(*) FROM submissions WHERE submitted_revision IS NOT NULL GROUP BY desk, state;

-- Searches of the queue that somebody has kept under a name: for themselves, or for everybody at a desk.
CREATE TABLE desk_views (
    id         bigint GENERATED ALWAYS AS IDENTITY,
    owner_id   bigint NOT NULL CONSTRAINT desk_views_owner_fkey REFERENCES users (id), -- who made it
    desk       text NOT NULL DEFAULT '', -- whose leads have it in hand; '' for the owner's own
    name       text NOT NULL,
    search     text NOT NULL, -- in the language of the search
    place      int NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT desk_views_pkey PRIMARY KEY (id),
    CONSTRAINT desk_views_desk_known CHECK (desk IN ('', 'hub', 'pledges', 'fund', 'communications', 'network')),
    CONSTRAINT desk_views_name_not_blank CHECK (name <> '')
);
CREATE UNIQUE INDEX desk_views_own ON desk_views (owner_id, lower(name)) WHERE desk = '';
CREATE UNIQUE INDEX desk_views_shared ON desk_views (desk, lower(name)) WHERE desk <> '';
-- The view with which somebody begins.
CREATE TABLE desk_view_defaults (
    user_id bigint NOT NULL CONSTRAINT desk_view_defaults_user_fkey REFERENCES users (id),
    view_id bigint NOT NULL CONSTRAINT desk_view_defaults_view_fkey REFERENCES desk_views (id) ON DELETE CASCADE,
    CONSTRAINT desk_view_defaults_pkey PRIMARY KEY (user_id)
);
CREATE INDEX desk_view_defaults_view ON desk_view_defaults (view_id);
