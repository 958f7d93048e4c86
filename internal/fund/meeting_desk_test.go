package fund_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/fund"
	"portal/internal/problem"
	"portal/internal/workflow"
)

func value[T any](t *testing.T, db *database.DB, sql string, args ...any) T {
	t.Helper()
	v, err := database.Value[T](t.Context(), db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The desk adds, names, moves and cancels meetings; those concerned are told.
func TestTheDeskAndItsMeetings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	officer, lead := w.OtherOfficer, w.FundLead
	// The head is named twice, and reads Arabic.
	head := recipient(w.Head.User)
	head.Lang = "ar"
	w.concerned = []workflow.Recipient{recipient(w.Member.User), head, head}

	list := officer.Get("/en/desk/fund/meetings").Want(http.StatusOK)
	form := list.Click(`a[href="/en/desk/fund/meetings/new"]`).Want(http.StatusOK).Form("main form")
	wrong := form.Set("clock", "25:00").Submit().Want(http.StatusUnprocessableEntity)
	if !wrong.Contains("Enter the day of the meeting") || !wrong.Contains("Enter the time as hours and minutes") || wrong.Form("main form").Value("clock") != "25:00" {
		t.Error("the form does not say what is wrong, or loses what was typed")
	}
	form = wrong.Form("main form").Set("at.day", "18").Set("at.month", "3").Set("at.year", "2027").Set("clock", "١٠:٠٠").Set("name_en", "Twelfth meeting")
	path := form.Submit().Want(http.StatusSeeOther).Location()
	if again := form.Submit().Want(http.StatusSeeOther).Location(); again != path {
		t.Errorf("the same form twice made two meetings: %s and %s", path, again)
	}
	id, err := strconv.ParseInt(path[strings.LastIndex(path, "/")+1:], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if p := form.Set("name_en", "Another").Submit().Want(http.StatusUnprocessableEntity); !p.Contains("Another meeting is planned for this very time") {
		t.Error("two meetings at once are not refused")
	}

	// The officer names it, and may neither move nor cancel it.
	page := officer.Get(path).Want(http.StatusOK)
	if page.Has(`a[href$="/move"]`) || !page.Contains("Only the lead of the fund desk can move or cancel a meeting") {
		t.Error("the officer is shown what only the lead may do")
	}
	officer.Get(path + "/move").Want(http.StatusForbidden)
	officer.Post(path+"/move", typed(2027, time.April, 1, "10:00", "Europe/Zurich")).Want(http.StatusForbidden)
	officer.Post(path, url.Values{"act": {"cancel"}, "version": {"1"}, "reason": {"No"}}).Want(http.StatusForbidden)
	officer.Post(path, url.Values{"act": {"delete"}, "version": {"1"}}).Want(http.StatusNotFound)
	page.Form("main form").Set("name_ar", "الاجتماع الثاني عشر").Submit().WantRedirect(path)

	// The lead sees what changes before it does, and whom it concerns.
	move := lead.Get(path + "/move").Want(http.StatusOK)
	if move.Count("main form") != 1 {
		t.Error("the meeting can be moved before it is said what changes")
	}
	asked := move.Form("main form").Set("at.day", "29").Set("at.month", "2").Submit()
	if asked.Want(http.StatusUnprocessableEntity); !asked.Contains("This is not a day of the calendar") {
		t.Error("a day that there is not is not refused")
	}
	shown := lead.Get(path + "/move?" + typed(2027, time.March, 25, "23:30", "America/New_York").Encode()).Want(http.StatusOK)
	for _, words := range []string{"18 March 2027, 10:00 (Geneva)", "25 March 2027, 23:30 (New York)", "4 February 2027", "11 February 2027", "people with concept notes that this concerns are told by mail"} {
		if !shown.Contains(words) {
			t.Errorf("what changes does not say %q", words)
		}
	}
	confirm := shown.Form(`main form[method="post"]`)

	// Meanwhile the officer renames it: the lead is told, sees both, and confirms again.
	if err := w.service.NameMeeting(t.Context(), officer.User, id, 2, url.Values{"name_en": {"The twelfth"}}); err != nil {
		t.Fatal(err)
	}
	stale := confirm.Submit().Want(http.StatusConflict)
	if !stale.Contains("Somebody else has changed this meeting") || !stale.Contains("25 March 2027, 23:30 (New York)") {
		t.Error("the conflict does not show both")
	}
	if n := value[int](t, w.db, `SELECT count(*)::int FROM outbox`); n != 0 {
		t.Fatalf("%d mails about a move that did not happen", n)
	}
	confirm = stale.Form(`main form[method="post"]`)
	confirm.Submit().WantRedirect(path)
	confirm.Submit().WantRedirect(path) // twice is once
	mails := value[[]string](t, w.db, `SELECT array_agg(subject || ' | ' || html ORDER BY lang) FROM outbox WHERE kind = 'fund.meeting_moved'`)
	if len(mails) != 2 {
		t.Fatalf("%d mails, want one for each of two", len(mails))
	}
	for i, words := range [][]string{{"18 آذار/مارس 2027", "نيويورك"}, {"The Steering Committee meeting of 18 March 2027 has been moved", "Meeting 25 March 2027; six weeks before is 11 February 2027, end of day in Geneva."}} {
		for _, one := range words {
			if !strings.Contains(mails[i], one) {
				t.Errorf("the mail does not say %q: %s", one, mails[i])
			}
		}
	}
	if m, err := fund.MeetingByID(t.Context(), w.db.Read(), id); err != nil || m.Version != 4 || m.MovedFrom == nil || m.MovedFrom.Format(time.RFC3339) != "2027-03-18T09:00:00Z" {
		t.Errorf("the moved meeting: %+v, %v", m, err)
	}
	if !w.Visitor.Get("/en/fund/meetings").Contains("Moved; it was to be on 18 March 2027") {
		t.Error("the public page does not say that it was moved")
	}
	if p := lead.Get(path + "/move?" + typed(2026, time.December, 15, "10:00", "Europe/Zurich").Encode()).Want(http.StatusOK); !p.Contains("no new concept note can be in time") {
		t.Error("a move to a day whose cut-off has passed is not told")
	}
	lead.Get(path + "/move?" + typed(2026, time.November, 1, "10:00", "Europe/Zurich").Encode()).Want(http.StatusUnprocessableEntity)
	lead.Post(path+"/move", url.Values{"version": {"4"}, "at.day": {"<b>"}, "at.month": {"-1"}, "at.year": {"99999999999999"}, "clock": {"'"}, "zone": {"../etc"}}).Want(http.StatusUnprocessableEntity)

	// Cancelled for a reason, with mails that name the next meeting; then nothing more can be done with it.
	w.add(t, typed(2027, time.June, 17, "10:00", "Europe/Zurich"))
	if p := lead.Post(path, url.Values{"act": {"cancel"}, "version": {"4"}, "reason": {" "}}).Want(http.StatusUnprocessableEntity); !p.Contains("Say why the meeting is cancelled") {
		t.Error("a meeting is cancelled for no reason")
	}
	if p := lead.Post(path, url.Values{"act": {"cancel"}, "version": {"3"}, "reason": {"My own words"}}).Want(http.StatusConflict); !p.Contains("My own words") {
		t.Error("the reason is lost in a conflict")
	}
	cancel := url.Values{"act": {"cancel"}, "version": {"4"}, "reason": {"No quorum"}}
	lead.Post(path, cancel).WantRedirect(path)
	lead.Post(path, cancel).WantRedirect(path)
	if n := value[int](t, w.db, `SELECT count(*)::int FROM outbox WHERE kind = 'fund.meeting_cancelled' AND html LIKE '%No quorum%'`); n != 2 {
		t.Errorf("%d mails about the cancelled meeting, want 2", n)
	}
	if english := value[string](t, w.db, `SELECT html FROM outbox WHERE kind = 'fund.meeting_cancelled' AND lang = 'en'`); !strings.Contains(english, "Meeting 17 June 2027; six weeks before is 6 May 2027") {
		t.Error("the mail does not name the next meeting")
	}
	lead.Post(path+"/move", typed(2027, time.May, 1, "10:00", "Europe/Zurich")).Want(http.StatusConflict)
	lead.Get(path + "/move").Want(http.StatusConflict)
	officer.Post(path, url.Values{"act": {"name"}, "version": {"5"}, "name_en": {"Again"}}).Want(http.StatusConflict)
	if got := value[string](t, w.db, `SELECT string_agg(act, ' ' ORDER BY id) FROM audit_log WHERE subject = 'fund_meeting' AND subject_id = $1`, id); got != "meeting.add meeting.name meeting.name meeting.move meeting.cancel" {
		t.Errorf("the record: %s", got)
	}
	// The instant is free again.
	w.add(t, typed(2027, time.March, 25, "23:30", "America/New_York"))
}

// Two leads move one meeting at once: one of them does, and is told of.
func TestTwoMovesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.concerned = []workflow.Recipient{recipient(w.Member.User)}
	id := w.add(t, typed(2027, time.March, 18, "10:00", "Europe/Zurich"))
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = w.service.MoveMeeting(t.Context(), w.FundLead.User, id, 1, typed(2027, time.April, 1+i, "10:00", "Europe/Zurich"))
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, problem.Stale) {
			t.Error(err)
		}
	}
	if n := value[int](t, w.db, `SELECT count(*)::int FROM outbox`); done != 1 || n != 1 {
		t.Errorf("%d moves and %d mails, want one of each", done, n)
	}
	// The same meeting added several times at once is one.
	ids := make([]fund.MeetingID, 4)
	for i := range ids {
		all.Go(func() {
			var err error
			if ids[i], err = w.service.AddMeeting(t.Context(), w.OtherOfficer.User, typed(2027, time.June, 17, "10:00", "UTC")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, one := range ids {
		if one != ids[0] {
			t.Errorf("one meeting was added as several: %v", ids)
		}
	}
}

// Who is not of the fund desk finds nothing there.
func TestMeetingsAreTheFundDesks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := "/en/desk/fund/meetings/" + fmt.Sprint(w.add(t, typed(2027, time.March, 18, "10:00", "Europe/Zurich")))
	for _, person := range w.All() {
		if person.Kind == w.OtherOfficer.Kind {
			continue
		}
		for _, at := range []string{"/en/desk/fund/meetings", "/en/desk/fund/meetings/new", path, path + "/move"} {
			if status := person.In(t).Get(at).Status; status == http.StatusOK {
				t.Errorf("%s sees %s", person.Kind, at)
			}
		}
		for _, err := range []error{
			w.service.NameMeeting(t.Context(), person.User, 1, 1, url.Values{}), w.service.CancelMeeting(t.Context(), person.User, 1, 1, "No"),
			w.service.MoveMeeting(t.Context(), person.User, 1, 1, typed(2027, time.May, 1, "10:00", "UTC")),
		} {
			if !errors.Is(err, problem.NotFound) {
				t.Errorf("%s gets %v", person.Kind, err)
			}
		}
	}
	w.OtherOfficer.Get("/en/desk/fund/meetings/999999").Want(http.StatusNotFound)
}
