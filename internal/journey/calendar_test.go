package journey

import (
	"net/http"
	"testing"
	"time"

	"portal/internal/calendar"
	"portal/internal/identity"
)

// calendarWalks are the pages of the calendar, for those who read it and those who suggest events.
func (w *world) calendarWalks(t *testing.T) []walk {
	t.Helper()
	event := func(where string) string {
		return "/calendar/" + value[string](t, w.db, `SELECT 'GCM-E-' || lpad(min(number)::text, 4, '0') FROM events WHERE `+where)
	}
	draft := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'event' AND state = 'draft'`)
	published := value[string](t, w.db, `SELECT min(id)::text FROM events WHERE cancelled_at IS NULL AND at > now()`)
	next := time.Now().AddDate(0, 0, 14).Format(time.DateOnly)
	writes := ok("/calendar/new", "/submissions/"+draft)
	for _, s := range calendar.NewForm().Steps {
		writes = append(writes, ok(stepsOf(draft)+s.ID)...)
	}
	return []walk{
		{"a visitor at the calendar", identity.User{}, append(ok(calendar.Path, calendar.Path+"?when=upcoming&type=webinar&zone=Asia%2FTokyo&nonsense=1", calendar.Path+"?q=zzzz", calendar.Path+"?view=month&on="+next, calendar.Path+"?view=month&on=2031-02-01", calendar.Path+"?view=week&on="+next,
			calendar.StartPath, calendar.StartPath+"/questions", event("registration = 'here' AND at > now() AND cancelled_at IS NULL"), event("registration = 'link' AND at > now()")+"?zone=Pacific%2FApia", event("whole AND at > now()"), event("recordings <> '[]'"), event("cancelled_at IS NOT NULL")),
			visit{calendar.Path + "/GCM-E-9999", http.StatusNotFound})},
		{"somebody who suggests an event", w.ownerOf(t, draft), writes},
		{"the organizer of an event", w.ownerOf(t, published), ok("/submissions/"+published, event("id = "+published)+"/cancellation")},
	}
}
