package review_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/workflow"
)

func (w *world) links(id workflow.ID, who identity.User) []review.Link {
	w.Helper()
	_, links, err := w.desk.Links(w.Context(), who, id)
	if err != nil {
		w.Fatal(err)
	}
	return links
}

func TestRelatedSubmissionsAreLinkedFromBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, other := w.reviewed("One"), w.elsewhere("Other")
	wrong := func(name, typed, reason string, want ...string) {
		t.Helper()
		err := w.desk.LinkTo(t.Context(), w.Officer.User, one, typed, reason)
		fields, _ := problem.InvalidFields(err)
		var keys []string
		for _, f := range fields {
			keys = append(keys, f.Name+"="+f.Key)
		}
		if fmt.Sprint(keys) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	wrong("nothing at all", "", " ", "other=review.link.other.missing", "reason=review.link.reason.missing")
	wrong("a number that there is not", "999999", "Both", "other=review.link.other.unknown")
	wrong("hostile words", "1 OR 1=1; --", "Both", "other=review.link.other.unknown")
	wrong("itself", fmt.Sprint(one), "Both", "other=review.link.other.same")
	wrong("a reason without end", fmt.Sprint(other), strings.Repeat("é", 501), "reason=review.link.reason.long")
	wrong("another desk's", fmt.Sprint(w.draft(w.practice, w.Member.User, w.Office, complete("A practice"))), "Both", "other=review.link.other.unknown")
	for range 2 { // a form sent twice
		if err := w.desk.LinkTo(t.Context(), w.Officer.User, one, fmt.Sprintf(" #%d ", other), "The same border posts"); err != nil {
			t.Fatal(err)
		}
	}
	wrong("what is linked already, for another reason", fmt.Sprint(other), "Something else", "other=review.link.other.already")
	for id, to := range map[workflow.ID]workflow.ID{one: other, other: one} {
		links := w.links(id, w.Officer.User)
		if len(links) != 1 || links[0].OtherID != to || links[0].Kind != review.Related || links[0].Reason != "The same border posts" {
			t.Errorf("%d is linked to %+v", id, links)
		}
	}
	// Whoever has a conflict with one end is told nothing of it at the other.
	for _, p := range w.walled() {
		if links := w.links(other, p.User); len(links) != 0 {
			t.Errorf("%s sees %+v", p.Kind, links)
		}
		if body := string(p.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d/links", other)).Want(http.StatusOK).Body); strings.Contains(body, "border posts") {
			t.Errorf("%s reads the reason of the link", p.Kind)
		}
		for name, err := range map[string]error{
			"link":   w.desk.LinkTo(t.Context(), p.User, one, fmt.Sprint(other), "Mine"),
			"unlink": w.desk.Unlink(t.Context(), p.User, other, w.links(other, w.Officer.User)[0].ID),
			"merge":  w.desk.Merge(t.Context(), p.User, one, review.Merger{Into: fmt.Sprint(other), Version: w.version(one), Note: "x"}),
		} {
			if !errors.Is(err, problem.NotFound) {
				t.Errorf("%s, %s: %v", p.Kind, name, err)
			}
		}
		err := w.desk.LinkTo(t.Context(), p.User, other, fmt.Sprint(one), "Mine")
		if fields, _ := problem.InvalidFields(err); len(fields) != 1 || fields[0].Key != "review.link.other.unknown" {
			t.Errorf("%s is told of the other end: %v", p.Kind, err)
		}
	}
	page := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d", one)).Want(http.StatusOK)
	reads(t, page, "section[aria-labelledby=links]", "Other", "The same border posts")
	link := w.links(one, w.Officer.User)[0].ID
	w.Second.In(t).Post(fmt.Sprintf("/en/desk/submissions/%d/links/%d/removal", other, link), nil).Want(http.StatusSeeOther)
	w.Second.In(t).Post(fmt.Sprintf("/en/desk/submissions/%d/links/%d/removal", other, link), nil).Want(http.StatusNotFound)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act IN ('link', 'unlink') AND subject = 'submission' AND subject_id = ANY ($1)`, []int64{one, other}); n != 4 {
		t.Errorf("the record has %d entries", n)
	}
}

func TestADuplicateIsMerged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		make   func(w *world) workflow.ID
		state  workflow.State
		letter string
		events int
	}{
		{"what waits for the desk is declined", func(w *world) workflow.ID { return w.sent("Twice") }, workflow.Declined, "review.decline", 3},
		{"what is in review is declined", func(w *world) workflow.ID { return w.reviewed("Twice") }, workflow.Declined, "review.decline", 3},
		{"what is published is taken down", func(w *world) workflow.ID { return w.published("Twice") }, workflow.Archived, "review.archive", 4},
		{"what is published is taken down while its owner writes", func(w *world) workflow.ID {
			id := w.published("Twice")
			w.step(id, w.Member.User, workflow.Revise, "")
			return id
		}, workflow.Archived, "review.archive", 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			stays, id := w.published("Stays"), c.make(w)
			publicID := value[*string](w, `SELECT public_id FROM submissions WHERE id = $1`, id)
			m := review.Merger{Into: fmt.Sprintf("gcm-p-%04d", stays), Version: w.version(id), Note: "You have sent it twice."}
			before := w.version(stays)
			if p, err := w.desk.PrepareMerger(t.Context(), w.Officer.User, id, m); err != nil || p.Into.ID != stays || len(p.Letters) == 0 || w.state(id) == c.state {
				t.Fatalf("before: %+v, %v", p, err)
			}
			if err := w.desk.Merge(t.Context(), w.Officer.User, id, m); err != nil {
				t.Fatal(err)
			}
			if w.state(id) != c.state || w.state(stays) != workflow.Published || w.version(stays) != before {
				t.Errorf("it is %s, the other %s", w.state(id), w.state(stays))
			}
			if n := value[int](w, `SELECT count(*)::int FROM submission_events WHERE submission_id = $1`, id); n != c.events {
				t.Errorf("%d events, want %d", n, c.events)
			}
			if to := w.mails(id, c.letter); len(to) == 0 {
				t.Error("nobody was told")
			}
			if to := w.mails(stays, c.letter); len(to) != 0 {
				t.Errorf("the other's owner was told: %v", to)
			}
			if l := w.links(id, w.Officer.User); len(l) != 1 || !l[0].Merged || l[0].OtherID != stays || l[0].Reason != m.Note {
				t.Errorf("the duplicate points to %+v", l)
			}
			if l := w.links(stays, w.Officer.User); len(l) != 1 || l[0].Merged || l[0].Kind != review.Duplicate {
				t.Errorf("the other says %+v", l)
			}
			if publicID == nil {
				return
			}
			if next, err := w.desk.Successor(t.Context(), *publicID); err != nil || next != fmt.Sprintf("GCM-P-%04d", stays) {
				t.Errorf("its address leads to %q, %v", next, err)
			}
			// What stays is merged in turn: the addresses of both lead to the last.
			last := w.published("Last")
			if err := w.desk.Merge(t.Context(), w.Officer.User, stays, review.Merger{Into: fmt.Sprint(last), Version: w.version(stays), Note: "Thrice."}); err != nil {
				t.Fatal(err)
			}
			if next, err := w.desk.Successor(t.Context(), *publicID); err != nil || next != fmt.Sprintf("GCM-P-%04d", last) {
				t.Errorf("after the second merger its address leads to %q, %v", next, err)
			}
			if err := w.desk.Unlink(t.Context(), w.Officer.User, id, w.links(id, w.Officer.User)[0].ID); err != nil {
				t.Fatal(err)
			}
			if next, err := w.desk.Successor(t.Context(), *publicID); err != nil || next != "" || w.state(id) != c.state {
				t.Errorf("without the link its address leads to %q, %v; it is %s", next, err, w.state(id))
			}
		})
	}
}

func TestWhatCannotBeMerged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stays, id := w.reviewed("Stays"), w.reviewed("Twice")
	over := w.reviewed("Over")
	w.decide(over, review.Decision{Action: workflow.Decline, Note: "No."})
	asked := w.reviewed("Asked for changes")
	w.decide(asked, review.Decision{Action: workflow.RequestChanges, Note: "More."})
	for _, c := range []struct {
		name string
		id   workflow.ID
		m    review.Merger
		want error
		key  string
	}{
		{"into nothing", id, review.Merger{Note: "x"}, nil, "review.link.other.missing"},
		{"into itself", id, review.Merger{Into: fmt.Sprint(id), Note: "x"}, nil, "review.link.other.same"},
		{"into what is over", id, review.Merger{Into: fmt.Sprint(over), Note: "x"}, nil, "review.link.merge.ended"},
		{"without a word to the submitter", id, review.Merger{Into: fmt.Sprint(stays), Note: " "}, nil, "review.link.merge.note.missing"},
		{"what is over", over, review.Merger{Into: fmt.Sprint(stays), Note: "x"}, problem.NotAllowedNow, ""},
		{"what is with its owner", asked, review.Merger{Into: fmt.Sprint(stays), Note: "x"}, problem.NotAllowedNow, ""},
		{"what has moved on", id, review.Merger{Into: fmt.Sprint(stays), Note: "x", Version: -1}, problem.Stale, ""},
	} {
		m := c.m
		if m.Version == 0 {
			m.Version = w.version(c.id)
		}
		before := w.state(c.id)
		_, prepared := w.desk.PrepareMerger(t.Context(), w.Officer.User, c.id, m)
		for what, err := range map[string]error{"prepared": prepared, "done": w.desk.Merge(t.Context(), w.Officer.User, c.id, m)} {
			fields, _ := problem.InvalidFields(err)
			if c.key != "" && (len(fields) != 1 || fields[0].Key != c.key) || c.key == "" && !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %v", c.name, what, err)
			}
		}
		if w.state(c.id) != before {
			t.Errorf("%s: it is %s", c.name, w.state(c.id))
		}
	}
}

// A merger does not take the place of a colleague's pending decision unseen, and leaves none behind.
func TestAMergerShowsThePendingDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stays, id := w.published("Stays"), w.reviewed("Twice")
	pending := w.held(id, review.Decision{Action: workflow.Publish, Note: "Well done."})
	m := review.Merger{Into: fmt.Sprint(stays), Version: w.version(id), Note: "You have sent it twice."}
	if err := w.desk.Merge(t.Context(), w.Second.User, id, m); !errors.Is(err, problem.Stale) || w.state(id) != workflow.InReview {
		t.Fatalf("without having seen the pending decision: %v, it is %s", err, w.state(id))
	}
	page := w.Second.In(t).Post(at(id, "/merger"), url.Values{"into": {m.Into}, "version": {fmt.Sprint(m.Version)}, "note": {m.Note}}).Want(http.StatusOK)
	if !page.Contains("The merger takes its place") || page.One("input[name=pending]").Attr("value") != fmt.Sprint(pending) {
		t.Errorf("the page does not say that a decision is pending: %s", page.Text("main"))
	}
	page.Form("form[action*=merger]").Press("Merge and send the letters").Want(http.StatusSeeOther)
	if n := value[int](w, `SELECT count(*)::int FROM pending_decisions`); n != 0 || w.state(id) != workflow.Declined {
		t.Errorf("%d decisions are pending, it is %s", n, w.state(id))
	}
}

// Of two officers who do it at the same moment one wins, and the other is told who it was and when.
func TestTwoOfficersAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stays := w.published("Stays")
	for _, c := range []struct {
		name string
		make func() workflow.ID
		path string
		form url.Values
	}{
		{"take", func() workflow.ID { return w.sent("To take") }, "/assignment", url.Values{"to": {"me"}}},
		{"assign", func() workflow.ID { return w.reviewed("To assign") }, "/assignment", nil},
		{"merge", func() workflow.ID { return w.reviewed("To merge") }, "/merger", url.Values{"into": {fmt.Sprint(stays)}, "note": {"Twice."}, "step": {"confirmed"}}},
		{"decide", func() workflow.ID { return w.reviewed("To decide") }, "/decision", url.Values{"action": {"publish"}, "step": {"confirmed"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := c.make()
			version := fmt.Sprint(w.version(id))
			var both sync.WaitGroup
			statuses := make([]int, 2)
			bodies := make([]string, 2)
			for i, p := range []struct {
				who, to identity.User
			}{{w.Officer.User, w.Lead.User}, {w.Second.User, w.Second.User}} {
				form := url.Values{"version": {version}}
				for name, values := range c.form {
					form[name] = values
				}
				if c.form == nil { // each to another
					form["to"], form["colleague"] = []string{"colleague"}, []string{fmt.Sprint(p.to.ID)}
				}
				person := w.Officer
				if i == 1 {
					person = w.Second
				}
				both.Go(func() {
					page := person.In(t).Post(fmt.Sprintf("/en/desk/submissions/%d%s", id, c.path), form)
					statuses[i], bodies[i] = page.Status, string(page.Body)
				})
			}
			both.Wait()
			winner := 0
			if statuses[1] == http.StatusSeeOther {
				winner = 1
			}
			loser := 1 - winner
			name := []string{w.Officer.User.Name, w.Second.User.Name}[winner]
			if statuses[winner] != http.StatusSeeOther || statuses[loser] != http.StatusConflict {
				t.Fatalf("the answers are %v", statuses)
			}
			if !strings.Contains(bodies[loser], name) || !strings.Contains(bodies[loser], "24 November 2026") {
				t.Errorf("the other is not told that it was %s, and when", name)
			}
		})
	}
}
