package app

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/workflow"
)

// scaleBatch is how many submissions are made and written at a time.
const scaleBatch = 4000

// rowsOf collects the rows of one table.
type rowsOf struct {
	table   string
	columns []string
	rows    [][]any
}

func (t *rowsOf) add(values ...any) { t.rows = append(t.rows, values) }

func (t *rowsOf) copy(ctx context.Context, tx database.Tx) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
		return fmt.Errorf("copy %s in: %w", t.table, err)
	}
	t.rows = t.rows[:0]
	return nil
}

// batches makes n submissions in another goroutine, in order.
func (s *scaler) batches(ctx context.Context, n int, invent func(i int) scaled) <-chan []scaled {
	made := make(chan []scaled, 1)
	go func() {
		defer close(made)
		for from := 0; from < n; from += scaleBatch {
			var batch []scaled
			for i := from; i < min(from+scaleBatch, n); i++ {
				batch = append(batch, invent(i))
			}
			select {
			case made <- batch:
			case <-ctx.Done():
				return
			}
		}
	}()
	return made
}

// copySubmissions writes the submissions with their text, events and record, and puts those that are published before
// the public.
func (s *scaler) copySubmissions(ctx context.Context, tx database.Tx) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	bulk, err := s.app.areas.pledges.Bulk(ctx, tx)
	if err != nil {
		return err
	}
	tables := newScaledTables()
	for batch := range s.batches(ctx, s.all(), s.make) {
		var publications []pledge.Publication
		var handedIn []pledge.HandedIn
		var updates []pledge.Reported
		for _, x := range batch {
			publications = append(publications, s.publications(x)...)
			updates = append(updates, x.updates...)
			if x.submitted > 0 {
				handedIn = append(handedIn, pledge.HandedIn{ID: x.id, Revision: 1, At: x.sent, Answers: x.answers[0], Replies: x.replies})
			}
		}
		if err := tables.write(ctx, tx, s, batch); err != nil {
			return err
		}
		if err := bulk.Ask(ctx, handedIn, s.today.In(i18n.Geneva)); err != nil {
			return err
		}
		if err := bulk.Add(ctx, publications); err != nil {
			return err
		}
		if err := bulk.Report(ctx, updates); err != nil {
			return err
		}
	}
	for _, sql := range references {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	if err := bulk.Finish(ctx); err != nil {
		return err
	}
	return bulk.Remind(ctx, s.today)
}

// scaledTables are the rows of submissions of any kind, with their text, events and record.
type scaledTables struct{ submissions, steps, events, audit *rowsOf }

func newScaledTables() scaledTables {
	return scaledTables{
		submissions: &rowsOf{table: "submissions", columns: []string{
			"id", "kind", "desk", "title", "country", "lang", "state", "version", "office_id", "author_id", "assigned_to", "revision", "submitted_revision",
			"submitted_title", "published_revision", "public_id", "created_at", "changed_at", "submitted_at", "decided_at",
		}},
		steps:  &rowsOf{table: "submission_steps", columns: []string{"submission_id", "revision", "step", "version", "answers", "saved_by", "saved_at"}},
		events: &rowsOf{table: "submission_events", columns: []string{"submission_id", "revision", "action", "from_state", "to_state", "actor_id", "at"}},
		audit:  &rowsOf{table: "audit_log", columns: []string{"at", "actor_id", "act", "subject", "subject_id", "fields"}},
	}
}

// write writes a batch.
func (t scaledTables) write(ctx context.Context, tx database.Tx, s *scaler, batch []scaled) error {
	for _, x := range batch {
		s.addSubmission(t.submissions, x)
		s.addSteps(t.steps, x)
		s.addEvents(t.events, t.audit, x)
	}
	for _, rows := range []*rowsOf{t.submissions, t.steps, t.events, t.audit} {
		if err := rows.copy(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// dropReferences drops what makes each row look up others, and returns the statements that put it back: then all rows are
// held against it at once.
func dropReferences(ctx context.Context, tx database.Tx) (back []string, err error) {
	type reference struct{ Drop, Back string }
	all, err := database.Rows[reference](ctx, tx, `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
			format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS back
		FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('submissions'::regclass, 'submission_steps'::regclass, 'submission_events'::regclass,
			'pledge_partners'::regclass, 'pledge_updates'::regclass, 'pledge_standings'::regclass)`)
	for _, r := range all {
		if _, err := tx.Exec(ctx, r.Drop); err != nil {
			return nil, err
		}
		back = append(back, r.Back)
	}
	return back, err
}

func (s *scaler) officer(x scaled) int64 { return s.officers[x.id%int64(len(s.officers))] }

func (s *scaler) addSubmission(t *rowsOf, x scaled) {
	var assigned, submitted, published, publicID, sent, decided any
	submittedTitle, version, changed := "", 1, x.created
	if x.submitted > 0 {
		submitted, sent, submittedTitle, version, changed = x.submitted, x.sent, x.title, 2, x.sent
	}
	switch x.state {
	case workflow.InReview, workflow.ChangesRequested:
		assigned, version, changed = s.officer(x), version+1, x.taken
	case workflow.Declined, workflow.Accepted:
		assigned, decided, version, changed = s.officer(x), x.public, version+2, x.public
	case workflow.Published:
		assigned, decided, version, changed = s.officer(x), x.public, version+2, x.public
		published, publicID = x.revision, s.publicID(x.number)
		if !x.revised.IsZero() {
			sent, decided, version, changed = x.revised.AddDate(0, 0, -3), x.revised, version+4, x.revised
		}
	case workflow.Archived:
		assigned, decided, version, changed, publicID = s.officer(x), x.public, version+3, x.down, s.publicID(x.number)
	}
	t.add(x.id, s.kind, string(s.desk), x.title, x.office.country, x.lang, string(x.state), version, x.office.id, x.office.contributor.id, assigned,
		x.revision, submitted, submittedTitle, published, publicID, x.created, changed, sent, decided)
}

func (s *scaler) addSteps(t *rowsOf, x scaled) {
	for n, answers := range x.answers {
		for i, step := range s.app.areas.kinds[s.kind].Form.Steps {
			if x.state == workflow.Draft && i > 6 {
				break
			}
			if only := pick(step, answers); len(only) > 0 {
				t.add(x.id, n+1, step.ID, 1, only, x.office.contributor.id, x.created)
			}
		}
	}
}

func (s *scaler) addEvents(events, audit *rowsOf, x scaled) {
	step := func(revision int, action workflow.Action, from, to workflow.State, actor int64, at time.Time) {
		events.add(x.id, revision, string(action), string(from), string(to), actor, at)
		audit.add(at, actor, string(action), "submission", x.id, []string{})
	}
	owner, officer := x.office.contributor.id, s.officer(x)
	audit.add(x.created, owner, "start", "submission", x.id, []string{})
	if x.submitted == 0 {
		return
	}
	step(1, workflow.Submit, workflow.Draft, workflow.Submitted, owner, x.sent)
	switch x.state {
	case workflow.Submitted:
		return
	case workflow.Withdrawn:
		step(1, workflow.Withdraw, workflow.Submitted, workflow.Withdrawn, owner, x.taken)
		return
	}
	step(1, workflow.Take, workflow.Submitted, workflow.InReview, officer, x.taken)
	switch x.state {
	case workflow.ChangesRequested:
		step(1, workflow.RequestChanges, workflow.InReview, workflow.ChangesRequested, officer, x.taken.Add(time.Hour))
	case workflow.Declined:
		step(1, workflow.Decline, workflow.InReview, workflow.Declined, officer, x.public)
	case workflow.Accepted:
		step(1, workflow.Approve, workflow.InReview, workflow.Accepted, officer, x.public)
	case workflow.Published, workflow.Archived:
		step(1, workflow.Publish, workflow.InReview, workflow.Published, officer, x.public)
	}
	if !x.down.IsZero() {
		step(1, workflow.Archive, workflow.Published, workflow.Archived, officer, x.down)
	}
	if !x.revised.IsZero() {
		at := x.revised.AddDate(0, 0, -5)
		step(1, workflow.Revise, workflow.Published, workflow.Draft, owner, at)
		step(2, workflow.Submit, workflow.Draft, workflow.Submitted, owner, x.revised.AddDate(0, 0, -3))
		step(2, workflow.Take, workflow.Submitted, workflow.InReview, officer, x.revised.AddDate(0, 0, -2))
		step(2, workflow.Publish, workflow.InReview, workflow.Published, officer, x.revised)
	}
}

// publications are the revisions of the submission that were published.
func (s *scaler) publications(x scaled) []pledge.Publication {
	if x.number == 0 {
		return nil
	}
	var all []pledge.Publication
	for n, answers := range x.answers {
		p := pledge.Publication{OfficeID: x.office.id, Ordinal: s.base.ordinal + x.number - s.base.number - 1, Record: pledge.Record{
			ID: x.id, Revision: n + 1, PublicID: pledge.FormatID(x.number), FirstPublishedAt: x.public, PublishedAt: x.public,
			OfficeName: x.office.name, Country: x.office.country, Content: answers,
		}}
		if n == 1 {
			p.PublishedAt = x.revised
		} else if !x.revised.IsZero() {
			p.Until = &x.revised
		}
		if !x.down.IsZero() {
			p.Until = &x.down
		}
		all = append(all, p)
	}
	return all
}
