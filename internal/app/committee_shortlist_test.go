package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/committee"
	"portal/internal/review"
	"portal/internal/workflow"
)

// A note that its office takes back while it is on the shortlist, a meeting that is moved, and meetings that are cancelled.
func TestTheShortlistWhenThingsMove(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	officer := b.officer.In(t)
	first, second, third := planMeeting(t, b.db, 60).ID, planMeeting(t, b.db, 120).ID, planMeeting(t, b.db, 200).ID
	back, stays := b.note(t, "Taken back", nil), b.note(t, "Stays", nil)
	b.add(t, first, back, stays)
	page := shortlistOf(first)

	c := caseOf(t, b.App, b.officer.User, back)
	if err := b.areas.desk.Decide(t.Context(), b.officer.User, back, review.Decision{Action: workflow.RequestChanges, Note: "A page is missing.", Version: c.Version}); err != nil {
		t.Fatal(err)
	}
	if err := b.areas.submissions.Withdraw(t.Context(), b.writers[back], back); err != nil {
		t.Fatal(err)
	}
	if p := officer.Get(page).Want(http.StatusOK); !p.Contains("Taken back") || !p.Contains("Withdrawn") || !p.Contains("1 programme") || p.Contains("2 programmes") {
		t.Errorf("a note that was taken back: %s", p.Text("main"))
	}
	// The meeting is moved so that the note came too late for it: that is shown.
	mustExec(t, b.db, `UPDATE fund_meetings SET at = now() + interval '20 days', moved_from = at WHERE id = $1`, first)
	if p := officer.Get(page).Want(http.StatusOK); !p.Contains("Was to be on") || !p.Contains("Came after the last safe day") {
		t.Error("a meeting that was moved: it is not said what that means")
	}
	late := b.note(t, "Too late", nil)
	officer.Post(page+"/notes", url.Values{"note": {strconv.FormatInt(late, 10)}}).Want(http.StatusConflict)
	for _, hostile := range []string{"", "0", "-5", "x", "99999999999999999999", "1 OR 1=1", strconv.FormatInt(1<<62, 10)} {
		officer.Post(page+"/notes", url.Values{"note": {hostile}}).Want(http.StatusNotFound)
		officer.Post(page, url.Values{"entry": {hostile}, "above": {hostile}}).Want(http.StatusNotFound)
	}
	officer.Get(page + "?with='%20OR%201=1--").Want(http.StatusOK)
	officer.Get(page + "/notes?page=-1&q=%00%FF" + strings.Repeat("x", 3000)).Want(http.StatusOK)

	// By hand to the second meeting, with a form that is out of date, and then as it is.
	e := b.list(t, b.officer, first).Entries[1]
	entry := fmt.Sprintf("%s/%d", page, e.ID)
	b.lead.In(t).Post(entry, url.Values{"act": {"decide"}, "outcome": {"endorse"}, "version": {"1"}}).Want(http.StatusConflict)
	officer.Post(entry, url.Values{"act": {"move"}, "version": {"9"}, "to": {strconv.FormatInt(second, 10)}}).Want(http.StatusConflict)
	for _, to := range []string{"", "x", strconv.FormatInt(first, 10), "999999"} {
		if p := officer.Post(entry, url.Values{"act": {"move"}, "version": {"1"}, "to": {to}}).Want(http.StatusUnprocessableEntity); !p.Contains("Choose a coming meeting") {
			t.Errorf("moved to %q", to)
		}
	}
	officer.Get(entry).Want(http.StatusOK)
	officer.Post(entry, url.Values{"act": {"move"}, "version": {"1"}, "to": {strconv.FormatInt(second, 10)}}).WantRedirect(page)
	remove := fmt.Sprintf("%s/%d", page, b.list(t, b.officer, first).Entries[0].ID)
	officer.Post(remove, url.Values{"act": {"remove"}, "version": {"1"}}).WantRedirect(page)
	officer.Post(remove, url.Values{"act": {"remove"}, "version": {"1"}}).WantRedirect(page)
	officer.Post(remove, url.Values{"act": {"erase"}}).Want(http.StatusNotFound)

	// The second is cancelled: its shortlist goes to the third. That too: it stays, until there is a fourth.
	cancel := func(id committee.MeetingID) {
		t.Helper()
		m, err := b.areas.fund.DeskMeeting(t.Context(), b.lead.User, id)
		if err == nil {
			err = b.areas.fund.CancelMeeting(t.Context(), b.lead.User, id, m.Version, "No room.")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	cancel(second)
	if p := officer.Get(shortlistOf(second)).Want(http.StatusOK); !p.Contains("This meeting was cancelled") || !p.Contains("1 note was moved from here") {
		t.Errorf("the shortlist of a cancelled meeting: %s", p.Text("main"))
	}
	if l := b.list(t, b.officer, third); len(l.Entries) != 1 || l.Entries[0].Note.ID != stays || *l.Entries[0].FromMeeting != second {
		t.Fatalf("on the third shortlist: %+v", l.Entries)
	}
	cancel(third)
	if p := officer.Get(shortlistOf(third)).Want(http.StatusOK); !p.Contains("1 note is still on its shortlist") {
		t.Errorf("nothing is said of what stays: %s", p.Text("main"))
	}
	if p := officer.Get("/en/desk/radar").Want(http.StatusOK); !p.Contains("On the shortlist of a meeting that is over") || !p.Contains("Stays") {
		t.Errorf("the radar does not tell of it: %s", p.Text("main"))
	}
	officer.Post(shortlistOf(third)+"/notes", url.Values{"note": {strconv.FormatInt(late, 10)}}).Want(http.StatusConflict)
	fourth := planMeeting(t, b.db, 300).ID
	last := b.list(t, b.officer, third).Entries[0]
	if err := b.areas.committee.Move(t.Context(), b.officer.User, third, last.ID, last.Version, fourth); err != nil {
		t.Fatal(err)
	}
	if officer.Get("/en/desk/radar").Contains("On the shortlist of a meeting that is over") {
		t.Error("the radar tells of what was moved")
	}
	if l := b.list(t, b.officer, fourth); len(l.Entries) != 1 {
		t.Errorf("on the fourth shortlist: %+v", l.Entries)
	}
}
