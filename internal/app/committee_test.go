package app

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/committee"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/programme"
	"portal/internal/signoff"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// The work of a meeting through the pages: shortlist with its balance, attendance, decisions, letters, and the revision round.
func TestTheSteeringCommitteeDecides(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	officer, lead := b.officer.In(t), b.lead.In(t)
	meeting, later := planMeeting(t, b.db, 60).ID, planMeeting(t, b.db, 150).ID
	endorsed, revised, declined := b.note(t, "Skills that cross", nil), b.note(t, "A desk in each town", form.Answers{"objectives": {"7"}, "areas": {"ta-2"}}), b.note(t, "One more study", nil)
	page := shortlistOf(meeting)

	// The shortlist.
	candidates := officer.Get(page).Want(http.StatusOK).Click(`a[href$="/shortlist/notes"]`).Want(http.StatusOK)
	if !candidates.Contains("3 notes can be put on the shortlist") {
		t.Errorf("there are to be three candidates: %s", candidates.Text("main"))
	}
	for _, title := range []string{"One more study", "Skills that cross", "A desk in each town"} {
		found := officer.Get(page + "/notes?q=" + url.QueryEscape(strings.ToUpper(title))).Want(http.StatusOK)
		add := found.Form("main table form")
		add.Submit().WantRedirect(page)
		add.Submit().WantRedirect(page) // twice is once
	}
	l := b.list(t, b.officer, meeting)
	if len(l.Entries) != 3 || l.Entries[0].Note.ID != declined || l.Entries[0].Note.Amount != 280_875_54 {
		t.Fatalf("on the shortlist: %+v", l.Entries)
	}
	if p := officer.Post(shortlistOf(later)+"/notes", url.Values{"note": {strconv.FormatInt(endorsed, 10)}}).Want(http.StatusConflict); !p.Contains("This cannot be done now") {
		t.Error("a note on two shortlists is not explained")
	}
	if n := officer.Get(page).Count("main table form"); n != 2 {
		t.Errorf("%d notes of three can be moved up", n)
	}
	raise := url.Values{"entry": {strconv.FormatInt(l.Entries[1].ID, 10)}, "above": {strconv.FormatInt(l.Entries[0].ID, 10)}}
	officer.Post(page, raise).WantRedirect(page)
	officer.Post(page, raise).WantRedirect(page) // twice is once
	if l = b.list(t, b.officer, meeting); l.Entries[0].Note.ID != endorsed {
		t.Errorf("the order is %v", l.Entries)
	}
	officer.Post(page, url.Values{"entry": {strconv.FormatInt(l.Entries[2].ID, 10)}, "above": {strconv.FormatInt(l.Entries[0].ID, 10)}}).Want(http.StatusConflict)
	shown := officer.Get(page).Want(http.StatusOK)
	for _, words := range []string{"3 concept notes on the shortlist", "280,875.54", "No review is in", "0 programmes", "3 programmes", "the first here", "Kenya"} {
		if !shown.Contains(words) {
			t.Errorf("the shortlist does not say %q", words)
		}
	}
	if alone := officer.Get(page + "?with=none").Want(http.StatusOK); alone.Contains("the first here") {
		t.Error("without the shortlist the pipeline has its notes")
	}
	if one := officer.Get(page + "?with=" + strconv.FormatInt(l.Entries[1].ID, 10)).Want(http.StatusOK); !one.Contains("1 more, the first here") {
		t.Error("the pipeline is not shown with one note")
	}
	for _, ext := range []string{"csv", "xlsx", "json"} {
		officer.Get(page + "." + ext).Want(http.StatusOK)
	}
	if file := string(officer.Get(page + ".csv").Body); strings.Count(file, "\n") != 4 || !strings.Contains(file, "A desk in each town") {
		t.Errorf("the file holds %s", file)
	}

	// Decisions wait for the meeting, for who was there, and for a quorum.
	entry := func(id workflow.ID) string {
		for _, e := range b.list(t, b.lead, meeting).Entries {
			if e.Note.ID == id {
				return fmt.Sprintf("%s/%d", page, e.ID)
			}
		}
		t.Fatalf("note %d is not on the shortlist", id)
		return ""
	}
	if p := lead.Get(entry(endorsed)).Want(http.StatusOK); p.Has("form.panel--lead") || !p.Contains("once the meeting has begun") {
		t.Error("a decision can be recorded before the meeting")
	}
	lead.Post(entry(endorsed), url.Values{"act": {"decide"}, "outcome": {"endorse"}}).Want(http.StatusConflict)
	lead.Post(page+"/session", url.Values{"version": {"0"}, "present": {"9"}, "minutes": {"Early."}}).Want(http.StatusConflict)
	b.begin(t, meeting)
	if p := lead.Get(entry(endorsed)).Want(http.StatusOK); p.Has("form.panel--lead") || !p.Contains("Record first who was at the meeting") {
		t.Error("a decision can be recorded without saying who was there")
	}
	session := lead.Get(page + "/session").Want(http.StatusOK).Form("main form")
	for _, wrong := range []string{"", "13", "-1", "nine", "1e9", "99999999999999999999"} {
		if p := session.Set("present", wrong).Submit().Want(http.StatusUnprocessableEntity); !p.Contains("a whole number from 0 to 12") || p.Form("main form").Value("present") != wrong {
			t.Errorf("%q members were there", wrong)
		}
	}
	session.Set("present", "6").Set("minutes", "The committee was one short.").Submit().WantRedirect(page)
	if p := lead.Get(entry(endorsed)).Want(http.StatusOK); p.Has("form.panel--lead") || !p.Contains("There was no quorum") {
		t.Error("a decision can be recorded without a quorum")
	}
	first := b.list(t, b.lead, meeting).Entries[0]
	forced := url.Values{"act": {"decide"}, "outcome": {"endorse"}, "recused": {"0"}, "version": {"1"}, "note_version": {strconv.Itoa(first.Note.Version)}, "pending": {"0"}}
	if p := lead.Post(entry(endorsed), forced).Want(http.StatusUnprocessableEntity); !p.Contains("There is no quorum: 6 of 12 members were there, 7 must be") {
		t.Error("a decision without a quorum is not refused")
	}
	if p := session.Set("present", "9").Submit().Want(http.StatusConflict); !p.Contains("This has changed since you opened the page") {
		t.Error("attendance is overwritten unseen")
	}
	again := lead.Get(page+"/session").Want(http.StatusOK).Form("main form").Set("present", "٩")
	if p := again.Set("minutes", " ").Submit().Want(http.StatusUnprocessableEntity); !p.Contains("Write the minutes, or choose a file") {
		t.Error("a meeting has no minutes")
	}
	if p := lead.Get(page+"/session").Form("main form").Set("present", "9").Attach("minutes_file", "minutes.txt", []byte("MZ\x90\x00\x03")).Submit().Want(http.StatusUnprocessableEntity); !p.Contains("minutes.txt") {
		t.Error("a program is taken for minutes")
	}
	again.Attach("minutes_file", "minutes.txt", []byte("All but three were there.\n")).Submit().WantRedirect(page)
	file := officer.Get(page).Want(http.StatusOK).One(`main a[href*="/minutes/"]`).Attr("href")
	officer.Get(file).Want(http.StatusOK)
	b.cast.Officer.In(t).Get(file).Want(http.StatusNotFound) // of another desk
	number := file[strings.LastIndex(file, "/")+1:]
	if p := lead.Get(page+"/session").Form("main form").Set("out", number).Set("minutes", "").Submit().Want(http.StatusUnprocessableEntity); !p.Contains("Write the minutes, or choose a file") {
		t.Error("the only minutes are taken out")
	}
	lead.Get(page+"/session").Form("main form").Set("out", number).Set("minutes", "Three were away.").Submit().WantRedirect(page)
	if p := officer.Get(page).Want(http.StatusOK); p.Has(`main a[href*="/minutes/"]`) || !p.Contains("Three were away.") {
		t.Error("minutes that were taken out are there")
	}

	// Each note has its outcome, and nobody outside knows of it.
	decide := func(id workflow.ID, fill func(f *webtest.Form)) *webtest.Page {
		f := lead.Get(entry(id)).Want(http.StatusOK).Form("form.panel--lead")
		fill(f)
		return f.Submit()
	}
	if p := decide(endorsed, func(f *webtest.Form) { f.Forge("outcome", "perhaps") }).Want(http.StatusUnprocessableEntity); !p.Contains("Choose what the committee decided") {
		t.Error("any outcome is taken")
	}
	if p := decide(endorsed, func(f *webtest.Form) { f.Set("outcome", "endorse").Set("recused", "3") }).Want(http.StatusUnprocessableEntity); !p.Contains("there is no quorum for this note") {
		t.Error("members who take no part count")
	}
	if p := decide(revised, func(f *webtest.Form) { f.Set("outcome", "revise").Set("discussion", "Kept.") }).Want(http.StatusUnprocessableEntity); !p.Contains("Say what is to be changed") || p.Form("form.panel--lead").Value("discussion") != "Kept." {
		t.Error("a revision is asked for without saying what")
	}
	decide(endorsed, func(f *webtest.Form) {
		f.Set("outcome", "endorse").Set("recused", "2").Set("discussion", "Two <b>members</b> left the room.")
		f.Submit().WantRedirect(entry(endorsed))
	}).WantRedirect(entry(endorsed)) // twice is once
	decide(revised, func(f *webtest.Form) { f.Set("outcome", "revise").Set("reason", "Say who pays the desks.") }).WantRedirect(entry(revised))
	decide(declined, func(f *webtest.Form) { f.Set("outcome", "decline").Set("reason", "It is a study.") }).WantRedirect(entry(declined))
	if p := lead.Get(page+"/session").Form("main form").Set("present", "8").Submit().Want(http.StatusUnprocessableEntity); !p.Contains("With fewer than 7 they could not have been taken") {
		t.Error("attendance is lowered below what decisions rest on")
	}
	owner := webtest.SignedIn(t, b.cast.Visitor.Client, b.router, "writer", b.writers[endorsed]).In(t)
	own := "/en" + submission.Path(endorsed)
	if p := owner.Get(own).Want(http.StatusOK); p.Contains("Steering Committee endorsed") {
		t.Error("the owner knows of the decision before it is released")
	}

	// A pending decision that the desk withdraws is recorded anew.
	if p := officer.Get("/en/desk" + submission.Path(revised)).Want(http.StatusOK); !p.Contains("Say who pays the desks.") || !p.Contains("Recorded, waits for a release") {
		t.Errorf("the desk does not see what was decided: %s", p.Text("main"))
	}
	pending := b.list(t, b.lead, meeting).Entries
	for _, e := range pending {
		if e.Note.ID == revised {
			if err := b.areas.desk.Unhold(t.Context(), b.officer.User, revised, e.Note.Pending); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p := lead.Get(entry(revised)).Want(http.StatusOK); !p.Contains("Withdrawn or replaced by the desk") {
		t.Error("it is not told that the decision is gone")
	}
	decide(revised, func(f *webtest.Form) {}).WantRedirect(entry(revised))

	b.release(t)
	for id, want := range map[workflow.ID]workflow.State{endorsed: workflow.Accepted, revised: workflow.ChangesRequested, declined: workflow.Declined} {
		if c := caseOf(t, b.App, b.lead.User, id); c.State != want {
			t.Errorf("note %d is %s, want %s", id, c.State, want)
		}
	}
	if officer.Get("/en/desk?q=in%3Atodo").Want(http.StatusOK).Contains("Skills that cross") || !officer.Get("/en/desk?q=in%3Adecided").Want(http.StatusOK).Contains("Skills that cross") {
		t.Error("an endorsed note still waits for the desk")
	}
	if p := owner.Get(own).Want(http.StatusOK); !p.Contains("The Steering Committee endorsed this note") || p.Contains("left the room") {
		t.Errorf("the owner reads %s", p.Text("main"))
	}
	if letter, err := database.Value[string](t.Context(), b.db.Read(), `SELECT html FROM outbox WHERE submission_id = $1 AND kind = 'review.request_changes'`, revised); err != nil || !strings.Contains(letter, "Say who pays the desks.") {
		t.Errorf("the letter says %s, %v", letter, err)
	}
	if p := lead.Get(entry(declined)).Want(http.StatusOK); p.Has("form.panel--lead") || !p.Contains("The decision was told") {
		t.Error("what was told can be recorded anew")
	}
	lead.Post(entry(declined), url.Values{"act": {"remove"}, "version": {"2"}}).Want(http.StatusConflict)
	if p := owner.Get("/en" + signoff.Path(endorsed)).Want(http.StatusOK); !p.Contains("The Steering Committee endorsed this note") || p.Contains("left the room") {
		t.Errorf("who signed reads %s", p.Text("main"))
	}
	// Anybody can check by the record that it was endorsed.
	programmeID, err := database.Value[string](t.Context(), b.db.Read(), `SELECT public_id FROM programmes WHERE id = $1`, endorsed)
	if err != nil {
		t.Fatal(err)
	}
	public := b.cast.Visitor.In(t).Get("/en" + programme.Path(programmeID)).Want(http.StatusOK)
	if proof := public.Click(`aside a[href*="/audit/"]`).Want(http.StatusOK); !proof.Contains("Endorsed on") || !proof.Contains("Skills that cross") || proof.Contains(b.lead.User.Name) {
		t.Errorf("the proof of the endorsement says %s", proof.Text("main"))
	}
	// What was said of a declined note goes with its text, after years.
	mustExec(t, b.db, `UPDATE submissions SET decided_at = now() - interval '6 years' WHERE id = $1`, declined)
	if err := workflow.EraseDeclined(t.Context(), b.db, time.Now()); err != nil {
		t.Fatal(err)
	}
	if kept, err := database.Value[int](t.Context(), b.db.Read(), `SELECT count(*)::int FROM committee_entries WHERE note_id = $1 AND outcome = 'decline' AND reason || discussion <> ''`, declined); err != nil || kept != 0 {
		t.Errorf("the minutes of an erased note are kept: %d, %v", kept, err)
	}

	// The endorsed note is in the pipeline; the revised one comes back, to the later meeting.
	b.send(t, revised)
	b.add(t, later, revised)
	if p := officer.Get(shortlistOf(later)).Want(http.StatusOK); !p.Contains("1 programme") || !p.Contains("2 programmes") {
		t.Errorf("the pipeline with the revised note: %s", p.Text("main"))
	}
	if p := officer.Get("/en" + committee.Path).Want(http.StatusOK); !p.Contains("9 of 12") {
		t.Error("the list of meetings does not say who was there")
	}
}
