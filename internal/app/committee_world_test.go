package app

import (
	"errors"
	"net/http"
	"testing"

	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// board is a portal with the people of a Steering Committee's meeting.
type board struct {
	*App
	db   *database.DB
	cast *webtest.Cast
	// officer and lead are of the fund desk, second is another lead.
	officer, lead, second webtest.Person
	writers               map[workflow.ID]identity.User
}

func newBoard(t *testing.T) *board {
	t.Helper()
	portal, db := newPortal(t)
	b := &board{App: portal, db: db, cast: webtest.NewCast(t, db, portal.router), writers: map[workflow.ID]identity.User{}}
	b.officer = b.cast.OtherOfficer
	role := identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}
	b.lead = webtest.SignedIn(t, b.cast.Visitor.Client, portal.router, "lead of the fund desk", webtest.NewUser(t, db, "Lead of the fund", nil, role))
	b.second = webtest.SignedIn(t, b.cast.Visitor.Client, portal.router, "second lead of the fund desk", webtest.NewUser(t, db, "Second lead of the fund", nil, role))
	return b
}

// note is a concept note that was sent in and is in review.
func (b *board) note(t *testing.T, title string, change form.Answers) workflow.ID {
	t.Helper()
	who := agency(t, b.db, "Agency of "+title)
	// Each office is that of the Resident Coordinator while its note is sent in.
	mustExec(t, b.db, `UPDATE rc_offices SET closed_at = now()`)
	mustExec(t, b.db, `WITH rc AS (INSERT INTO rc_offices (name, office_id) VALUES ($2, $1) RETURNING id)
		INSERT INTO rc_office_countries (rc_office_id, country) SELECT id, 'KE' FROM rc`, who.Posts[0].OfficeID, "Coordinator of "+title)
	id, err := b.areas.submissions.Start(t.Context(), who, conceptnote.KindName, who.Posts[0].OfficeID)
	if err != nil {
		t.Fatal(err)
	}
	answers := noteAnswers()
	answers["title"] = []string{title}
	for name, values := range change {
		answers[name] = values
	}
	for _, step := range b.areas.notes.Kind().Form.Steps {
		if only := pick(step, answers); len(only) > 0 {
			if _, err := b.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{}, only); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.writers[id] = who
	b.send(t, id)
	return id
}

// send hands the note in and takes it for review.
func (b *board) send(t *testing.T, id workflow.ID) {
	t.Helper()
	mustExec(t, b.db, `UPDATE rc_offices SET closed_at = CASE WHEN office_id = $1 THEN NULL ELSE now() END`, b.writers[id].Posts[0].OfficeID)
	signNote(t, b.App, b.writers[id], id)
	if err := b.areas.submissions.Submit(t.Context(), b.writers[id], id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	if err := b.areas.desk.Assign(t.Context(), b.officer.User, id, b.officer.User.ID, caseOf(t, b.App, b.officer.User, id).Version); err != nil {
		t.Fatal(err)
	}
}

// begin lets a meeting begin.
func (b *board) begin(t *testing.T, meeting committee.MeetingID) {
	t.Helper()
	mustExec(t, b.db, `UPDATE fund_meetings SET at = now() - interval '1 hour' WHERE id = $1`, meeting)
}

func (b *board) list(t *testing.T, who webtest.Person, meeting committee.MeetingID) committee.Shortlist {
	t.Helper()
	l, err := b.areas.committee.Shortlist(t.Context(), who.User, meeting)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (b *board) add(t *testing.T, meeting committee.MeetingID, notes ...workflow.ID) {
	t.Helper()
	for _, id := range notes {
		if err := b.areas.committee.Add(t.Context(), b.officer.User, meeting, id); err != nil {
			t.Fatal(err)
		}
	}
}

// release lets all that the fund desk has decided leave.
func (b *board) release(t *testing.T) {
	t.Helper()
	pile, err := b.areas.desk.Pile(t.Context(), b.lead.User, identity.FundDesk)
	if err != nil {
		t.Fatal(err)
	}
	c := review.Chosen{Desk: pile.Desk, Wording: pile.Wording}
	for _, it := range pile.Ready {
		c.Pending = append(c.Pending, it.Pending.ID)
	}
	id, err := b.areas.desk.Release(t.Context(), b.lead.User, c)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, b.db, `UPDATE releases SET goes_at = now() - interval '1 second' WHERE id = $1`, id)
	if err := b.areas.desk.GoRelease(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// meanwhile does something while another transaction has written the statement, about the table, which ends once the something
// stands before what it has locked.
func (b *board) meanwhile(t *testing.T, table, sql string, args []any, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	err := b.db.InTx(t.Context(), func(tx database.Tx) error {
		if _, err := tx.Exec(t.Context(), sql, args...); err != nil {
			return err
		}
		go func() { done <- do() }()
		for waits := false; !waits; {
			var err error
			if waits, err = database.Value[bool](t.Context(), b.db.Read(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
				AND wait_event_type = 'Lock' AND strpos(query, $1) > 0)`, table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return <-done
}

func shortlistOf(meeting committee.MeetingID) string {
	return "/en" + committee.ShortlistPath(meeting)
}

// refusedAs is the status with which a page answers the error; 0 for another.
func refusedAs(err error) int {
	switch {
	case errors.Is(err, problem.NotFound):
		return http.StatusNotFound
	case errors.Is(err, problem.Forbidden):
		return http.StatusForbidden
	case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
		return http.StatusConflict
	}
	return 0
}
