package pledge_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/pledge"
	"portal/internal/problem"
)

// A case has two offices: an officer who has to do with the one that is interested is not to read what the desk says of it
// any more than one who has to do with the pledge's.
func TestTheWallOfTheInterestedOffice(t *testing.T) {
	t.Parallel()
	for name, conflict := range map[string]string{
		"works there":     `INSERT INTO posts (office_id, user_id, role, state, from_on, created_at) VALUES ($1, $2, 'viewer', 'approved', '2026-01-01', now())`,
		"worked there":    `INSERT INTO posts (office_id, user_id, role, state, from_on, created_at) VALUES ($1, $2, 'viewer', 'ended', '2026-01-01', now())`,
		"has declared it": `INSERT INTO declared_interests (office_id, user_id, reason, declared_at) VALUES ($1, $2, 'A friend', now())`,
		"has done with its own pledge": `INSERT INTO conflict_declarations (submission_id, user_id, by_id, conflict, source, reason, at)
			SELECT own_pledge_id, $2, $2, true, 'person', 'A friend', now() FROM pledge_interests WHERE office_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, _, interest := opened(t, w)
			own, err := w.start(t.Context(), w.OtherMember.User, w.OtherOffice)
			if err != nil {
				t.Fatal(err)
			}
			w.send(t, own, w.OtherMember.User, with(form.Answers{}))
			if _, err := w.db.Read().Exec(t.Context(), `UPDATE pledge_interests SET own_pledge_id = $2 WHERE id = $1`, interest, own); err != nil {
				t.Fatal(err)
			}
			if _, err := w.db.Read().Exec(t.Context(), conflict, w.OtherOffice, w.Officer.User.ID); err != nil {
				t.Fatal(err)
			}
			who := w.Officer.User
			if all, err := w.service.DeskInterests(t.Context(), who, pledge.CaseFilter{}); err != nil || len(all.Cases) != 0 || all.Total != 0 || len(all.Counts) != 0 {
				t.Errorf("sees %d cases, %v, %v", len(all.Cases), all.Counts, err)
			}
			if _, _, err := w.service.DeskInterest(t.Context(), who, interest); !errors.Is(err, problem.NotFound) {
				t.Errorf("reads the case: %v", err)
			}
			if err := w.service.NoteInterest(t.Context(), who, interest, "A note", "en"); !errors.Is(err, problem.NotFound) {
				t.Errorf("writes a note: %v", err)
			}
			if all, err := w.service.DeskInterests(t.Context(), w.Lead.User, pledge.CaseFilter{}); err != nil || len(all.Cases) != 1 || all.Total != 1 || all.Counts[pledge.Interested] != 1 {
				t.Errorf("the lead sees %d cases, %v, %v", len(all.Cases), all.Counts, err)
			}
			for _, c := range []struct {
				who  identity.User
				sees bool
			}{{who, false}, {w.Lead.User, true}} {
				if listed, counted := mailsOfCases(t, w, c.who); (listed > 0) != c.sees || (counted > 0) != c.sees {
					t.Errorf("%s finds %d mails of the case, and the count has %d", c.who.Name, listed, counted)
				}
			}
		})
	}
}

// mailsOfCases is how many mails about cases between offices a person finds in the outbox, and how many it counts for them.
func mailsOfCases(t *testing.T, w *world, who identity.User) (listed, counted int) {
	t.Helper()
	counts, err := mail.Count(t.Context(), w.db.Read(), who)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range counts {
		counted += n
	}
	all, err := mail.List(t.Context(), w.db.Read(), who, mail.Filter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if strings.HasPrefix(m.Kind, "pledge.interest") {
			listed++
		} else {
			counted--
		}
	}
	return listed, counted
}

// The people of an office that was closed read its cases, and do nothing in its name any more; nobody writes to them.
func TestAClosedOfficeHasNoSayInCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, interest := opened(t, w)
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET state = 'closed' WHERE id = $1`, w.OtherOffice); err != nil {
		t.Fatal(err)
	}
	if i, _, err := w.service.Interest(t.Context(), w.OtherMember.User, interest); err != nil || i.Writes {
		t.Errorf("they write: %t, %v", i.Writes, err)
	}
	if err := w.service.Act(t.Context(), w.OtherMember.User, interest, pledge.ActMessage, "Hello", "en"); !errors.Is(err, problem.Forbidden) {
		t.Errorf("they write a message: %v", err)
	}
	mails := w.number(t, `SELECT count(*)::int FROM outbox`)
	if err := w.service.Act(t.Context(), w.Head.User, interest, pledge.ActNotPursued, "There is nobody.", "en"); err != nil {
		t.Fatal(err)
	}
	if n := w.number(t, `SELECT count(*)::int FROM outbox`) - mails; n != 0 {
		t.Errorf("%d mails go to a closed office", n)
	}
}

// Who says that their office is interested where it has an open case gets back what they wrote, in the case; a second click does not.
func TestWhatWasWrittenIntoAnOpenCaseIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID, _ := opened(t, w)
	for _, c := range []struct{ text, back string }{{"We can send two.", ""}, {"We have three more.", "We have three more."}} { // the first is a second click
		page := w.OtherMember.In(t).Post("/en/pledges/"+publicID+"/interest", url.Values{"support": {"needed"}, "office": {fmt.Sprint(w.OtherOffice)}, "text": {c.text}}).
			Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
		if got := page.Text("textarea[name=text]"); got != c.back {
			t.Errorf("%q is given back as %q", c.text, got)
		}
	}
}
