package app

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"portal/internal/committee"
	"portal/internal/form"
	"portal/internal/problem"
)

// What a lead with a conflict is told by any page of the committee is, byte for byte, what they are told where the note is on no
// shortlist; and they decide nothing on it.
func TestALeadWithAConflictDoesNotSeeTheNote(t *testing.T) {
	t.Parallel()
	b := newBoard(t)
	meeting := planMeeting(t, b.db, 60).ID
	seen, secret := b.note(t, "Seen by all", nil), b.note(t, "Secret programme", form.Answers{"areas": {"ta-2"}})
	mustExec(t, b.db, `INSERT INTO declared_interests (user_id, office_id, reason, declared_at) VALUES ($1, $2, 'My sister works there.', now())`, b.second.User.ID, b.writers[secret].Posts[0].OfficeID)
	b.add(t, meeting, seen)
	page := shortlistOf(meeting)
	addresses := []string{page, page + "?with=none", page + ".csv", page + ".json", page + "/notes", page + "/notes?q=Secret", page + "/session", "/en" + committee.Path}
	walk := func() map[string]string {
		answers := map[string]string{}
		for _, a := range addresses {
			answers[a] = answerOf(b.second.In(t).Get(a))
		}
		return answers
	}
	before := walk()
	b.add(t, meeting, secret)
	hidden := b.list(t, b.lead, meeting).Entries[1]
	for i, address := range addresses {
		if got := answerOf(b.second.In(t).Get(address)); got != before[address] {
			t.Errorf("%d: they are told something by %s: %s", i, address, firstDifference(before[address], got))
		}
	}
	if !b.lead.In(t).Get(page).Contains("Secret programme") {
		t.Fatal("the note is not on the shortlist")
	}
	b.begin(t, meeting)
	if err := b.areas.committee.SaveSession(t.Context(), b.second.User, meeting, committee.Minuted{Present: 9, Minutes: "All were there."}); err != nil {
		t.Fatal(err)
	}
	// Minutes that are a file tell of all notes: who may not see one of them does not learn that there is a file.
	before = walk()
	session := b.lead.In(t).Get(page + "/session").Want(http.StatusOK).Form("main form")
	session.Attach("minutes_file", "minutes.txt", []byte("The secret programme was praised.\n")).Submit().WantRedirect(page)
	file := b.lead.In(t).Get(page).Want(http.StatusOK).One(`main a[href*="/minutes/"]`).Attr("href")
	b.lead.In(t).Get(file).Want(http.StatusOK)
	b.second.In(t).Get(file).Want(http.StatusNotFound)
	saved := regexp.MustCompile(`name="version" value="\d+"|Recorded by [^<]*|"[^"]*\.csv"`)
	for _, address := range addresses {
		was, is := saved.ReplaceAllString(before[address], ""), saved.ReplaceAllString(answerOf(b.second.In(t).Get(address)), "")
		if was != is {
			t.Errorf("they are told of a file by %s: %s", address, firstDifference(was, is))
		}
	}
	entry := fmt.Sprintf("%s/%d", page, hidden.ID)
	b.second.In(t).Get(entry).Want(http.StatusNotFound)
	for _, act := range []string{"decide", "move", "remove"} {
		b.second.In(t).Post(entry, url.Values{"act": {act}, "outcome": {"decline"}, "reason": {"No"}, "version": {"1"}, "note_version": {strconv.Itoa(hidden.Note.Version)}, "pending": {"0"}, "recused": {"0"}}).Want(http.StatusNotFound)
	}
	b.second.In(t).Post(page, url.Values{"entry": {strconv.FormatInt(hidden.ID, 10)}, "above": {strconv.FormatInt(b.list(t, b.lead, meeting).Entries[0].ID, 10)}}).Want(http.StatusNotFound)
	b.second.In(t).Post(page+"/notes", url.Values{"note": {strconv.FormatInt(secret, 10)}}).Want(http.StatusNotFound)
	r := committee.Ruling{Outcome: committee.Endorse, Recused: 2, Version: 1, NoteVersion: hidden.Note.Version}
	if err := b.areas.committee.Decide(t.Context(), b.lead.User, meeting, hidden.ID, r); err != nil {
		t.Errorf("a lead without a conflict cannot decide: %v", err)
	}
	// Attendance holds for what they may not see as well.
	lower := committee.Minuted{Version: b.list(t, b.lead, meeting).Session.Version, Present: 8, Minutes: "One was ill."}
	if wrong, _ := problem.InvalidFields(b.areas.committee.SaveSession(t.Context(), b.second.User, meeting, lower)); len(wrong) != 1 || wrong[0].Key != "committee.wrong.present_decided" {
		t.Errorf("attendance is lowered below what a decision behind the wall rests on: %v", wrong)
	}
	mid := walk()
	if strings.Contains(strings.Join([]string{mid[page], mid[page+".csv"], mid["/en"+committee.Path]}, " "), "Secret programme") {
		t.Error("the decision is told to who has a conflict")
	}
}
