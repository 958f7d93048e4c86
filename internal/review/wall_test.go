package review_test

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/workflow"
)

// Whoever has, or had, a post in the office, or wrote on the submission, does not see it at the desk by any path.
func TestTheConflictWall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hidden := w.reviewed("Hidden from some")
	open := w.elsewhere("Open to all")
	mail := value[int64](w, `SELECT coalesce(max(id), 0) FROM outbox`)
	if err := w.desk.Message(t.Context(), w.Officer.User, hidden, "A letter about it"); err != nil {
		t.Fatal(err)
	}
	mail = value[int64](w, `SELECT min(id) FROM outbox WHERE id > $1`, mail)
	author := w.draft(w.pledge, w.Member.User, w.Office, complete("By an author who became an officer"))
	w.step(author, w.Member.User, workflow.Submit, "")
	became := w.person("author who became an officer", "Became", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, author, became.User.ID)
	if _, err := w.desk.Open(t.Context(), became.User, author); !errors.Is(err, problem.NotFound) {
		t.Errorf("an author opens their own at the desk: %v", err)
	}
	if _, err := w.desk.Open(t.Context(), became.User, hidden); err != nil {
		t.Errorf("but not another: %v", err)
	}
	w.exec(`UPDATE submissions SET state = 'withdrawn' WHERE id = $1`, author)

	for _, p := range w.walled() {
		who := p.User
		ids, page := w.queue(who, review.Filter{})
		if !slices.Equal(ids, []workflow.ID{open}) || page.Total().N != 1 || page.Waiting != 1 || page.Counts[review.ToDo].N != 1 || page.Counts[review.Closed].N != 0 && p.Kind != w.Scribe.Kind {
			t.Errorf("%s: queue %v, %+v", p.Kind, ids, page.Counts)
		}
		if rows, err := w.export(who, review.Filter{}); err != nil || len(rows) != 1 || rows[0].ID != open {
			t.Errorf("%s: export %v, %v", p.Kind, rows, err)
		}
		if ids, _ := w.queue(who, w.search("Hidden")); len(ids) != 0 {
			t.Errorf("%s: search finds %v", p.Kind, ids)
		}
		d := review.Decision{Action: workflow.Publish, Version: w.version(hidden)}
		for name, err := range map[string]error{
			"open":    second(w.desk.Open(t.Context(), who, hidden)),
			"place":   second(w.desk.Place(t.Context(), who, review.Filter{}, hidden)),
			"assign":  w.desk.Assign(t.Context(), who, hidden, who.ID, d.Version),
			"note":    w.desk.Note(t.Context(), who, hidden, "Words"),
			"message": w.desk.Message(t.Context(), who, hidden, "Words"),
			"check":   w.desk.Check(t.Context(), who, hidden, d),
			"preview": second(w.desk.Preview(t.Context(), who, hidden, d)),
			"decide":  w.desk.Decide(t.Context(), who, hidden, d),
		} {
			if !errors.Is(err, problem.NotFound) {
				t.Errorf("%s, %s: %v, want not found", p.Kind, name, err)
			}
		}
		if _, _, _, err := w.desk.Compare(t.Context(), who, hidden, 0, 0); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s, compare: %v", p.Kind, err)
		}
		if _, _, err := w.desk.History(t.Context(), who, hidden, 0, 10); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s, history: %v", p.Kind, err)
		}
		c, err := w.desk.Open(t.Context(), who, open)
		if err != nil {
			t.Fatal(err)
		}
		for _, colleague := range c.Colleagues {
			if colleague.Load != 0 {
				t.Errorf("%s is told that %s has %d at hand", p.Kind, colleague.Name, colleague.Load)
			}
		}
		for _, path := range []string{"/en/desk/outbox", fmt.Sprintf("/en/desk/outbox?about=%d", hidden)} {
			if body := string(p.In(t).Get(path).Want(200).Body); strings.Contains(body, "Hidden from some") || strings.Contains(body, fmt.Sprintf("/desk/outbox/%d\"", mail)) {
				t.Errorf("%s: %s tells of a letter", p.Kind, path)
			}
		}
		p.In(t).Get(fmt.Sprintf("/en/desk/outbox/%d", mail)).Want(404)
		p.In(t).Post(fmt.Sprintf("/en/desk/outbox/%d/sending", mail), nil).Want(404)
	}
	for _, colleague := range w.open(hidden).Colleagues {
		for _, p := range w.walled() {
			if colleague.ID == p.User.ID {
				t.Errorf("it can be assigned to the %s", p.Kind)
			}
		}
	}
	if w.state(hidden) != workflow.InReview {
		t.Errorf("it is %s", w.state(hidden))
	}
	w.Officer.In(t).Get(fmt.Sprintf("/en/desk/outbox/%d", mail)).Want(200)
}

func second[T any](_ T, err error) error { return err }

// What lists of a whole desk are worked out from is what the view of access says, for everybody.
func TestTheDesksListsAreTheViewOfAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.reviewed("Of the office")
	w.elsewhere("Of another office")
	w.published("Published")
	written := w.draft(w.pledge, w.Member.User, w.Office, complete("Not handed in"))
	author := w.sent("By one who became an officer")
	became := w.person("author who became an officer", "Became", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	w.exec(`UPDATE submissions SET author_id = $2 WHERE id = $1`, author, became.User.ID)
	seen := 0
	for _, p := range append(w.everybody(), became) {
		if without := values[workflow.ID](w, `SELECT s.id FROM submissions s WHERE `+workflow.OnDesk, pgx.NamedArgs{"who": p.User.ID, "staff": false}); len(without) > 0 {
			t.Errorf("%s: without a second factor the list has %v", p.Kind, without)
		}
		args := pgx.NamedArgs{"who": p.User.ID, "staff": p.User.IsStaff()}
		list := values[workflow.ID](w, `SELECT s.id FROM submissions s WHERE `+workflow.OnDesk+` ORDER BY s.id`, args)
		view := values[workflow.ID](w, `SELECT DISTINCT a.submission_id FROM submission_access a WHERE a.user_id = @who AND a.side = 'desk' AND @staff::boolean ORDER BY 1`, args)
		if !slices.Equal(list, view) || slices.Contains(list, written) {
			t.Errorf("%s: the list has %v, the view %v", p.Kind, list, view)
		}
		seen += len(list)
	}
	if seen == 0 {
		t.Error("nobody sees anything")
	}
}

// behindTheWall puts somebody behind the wall for a submission: they have written on it.
func (w *world) behindTheWall(id workflow.ID, who identity.User) {
	w.Helper()
	w.exec(`UPDATE submission_steps SET saved_by = $2 WHERE submission_id = $1 AND step = 'files'`, id, who.ID)
}

// The record of a submission does not tell of another one that it was linked with, or merged with, whom the wall keeps from
// the other.
func TestTheRecordDoesNotTellOfTheOtherEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hidden, open := w.reviewed("Hidden from some"), w.elsewhere("Open to all")
	record := func(who identity.User) []string {
		t.Helper()
		_, lines, err := w.desk.History(t.Context(), who, open, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, l := range lines {
			if l.Act != "read" {
				all = append(all, fmt.Sprint(l.Act, l.Fields))
			}
		}
		return all
	}
	before := map[string][]string{}
	for _, p := range w.walled() {
		before[p.Kind] = record(p.User)
	}
	if err := w.desk.LinkTo(t.Context(), w.Officer.User, open, fmt.Sprint(hidden), "The same border posts"); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Unlink(t.Context(), w.Officer.User, open, w.links(open, w.Officer.User)[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.Merge(t.Context(), w.Officer.User, hidden, review.Merger{Into: fmt.Sprint(open), Version: w.version(hidden), Note: "Sent twice."}); err != nil {
		t.Fatal(err)
	}
	for _, p := range w.walled() {
		if got := record(p.User); !slices.Equal(got, before[p.Kind]) {
			t.Errorf("%s reads %v, and before it %v", p.Kind, got, before[p.Kind])
		}
		page := p.In(t).Post(fmt.Sprintf("/en/desk/submissions/%d/assignment", open), url.Values{"to": {"me"}, "version": {"99"}}).Want(409)
		if text := page.Text("#errors"); strings.Contains(text, "erged") || strings.Contains(text, "inked") {
			t.Errorf("%s is told what was done last: %s", p.Kind, text)
		}
	}
	if got, want := record(w.Officer.User)[:3], []string{fmt.Sprintf("merge[#%d]", hidden), fmt.Sprintf("unlink[#%d]", hidden), fmt.Sprintf("link[#%d]", hidden)}; !slices.Equal(got, want) {
		t.Errorf("an officer without a conflict reads %v, want %v", got, want)
	}
}

// A release is not there for a lead who sees nothing in it, nor is it theirs to undo; and it is not counted for them in the
// mail about what stayed behind.
func TestAReleaseBehindTheWall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lead, other := w.withLeads()
	id := w.reviewed("Behind the wall")
	w.held(id, review.Decision{Action: workflow.Publish})
	release := w.release(lead.User)
	w.behindTheWall(id, other.User)
	there, none := fmt.Sprintf("/en/desk/release/%d/stop", release), "/en/desk/release/999999/stop"
	if got, want := other.In(t).Post(there, nil), other.In(t).Post(none, nil); got.Status != want.Status || got.Status != 404 {
		t.Errorf("a lead behind the wall undoes it: %d; one that there is not: %d", got.Status, want.Status)
	}
	if value[bool](w, `SELECT stopped_at IS NOT NULL FROM releases WHERE id = $1`, release) {
		t.Error("it is undone by who must not know of it")
	}
	w.behindTheWall(id, lead.User)
	w.later(6 * time.Minute)
	if err := w.desk.GoReleases(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.state(id) != workflow.InReview {
		t.Errorf("it has left although who released it has a conflict: %s", w.state(id))
	}
	if n := value[int](w, `SELECT count(*)::int FROM outbox WHERE kind = 'review.release_left'`); n != 0 {
		t.Error("who released it is told of it, from behind the wall")
	}
}
