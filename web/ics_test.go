package web_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"portal/internal/date"
	"portal/web"
)

// written is a calendar of one event as another program's parser reads it.
func written(t *testing.T, e web.ICSEvent) *ical.Component {
	t.Helper()
	w := httptest.NewRecorder()
	if err := web.WriteICS(w, httptest.NewRequest(http.MethodGet, "/en/calendar.ics", nil), web.ICS{File: "calendar", Title: "calendar.title", Events: []web.ICSEvent{e}}); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.SplitSeq(w.Body.Bytes(), []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line has %d octets: %q", len(line), line)
		}
		if utf8.ValidString(e.Summary) && !utf8.Valid(line) {
			t.Errorf("a character is cut: %q", line)
		}
	}
	cal, err := ical.NewDecoder(w.Body).Decode()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(cal.Children); n != 1 {
		t.Fatalf("there are %d components", n)
	}
	return cal.Children[0]
}

func TestACalendarIsWrittenSoThatOthersReadIt(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 2, 10, 14, 0, 0, 0, time.FixedZone("", 3*60*60))
	for name, c := range map[string]struct {
		event web.ICSEvent
		want  map[string]string // properties as they stand there; "" for none
	}{
		"of instants":    {web.ICSEvent{UID: "a", At: at, Until: at.Add(time.Hour)}, map[string]string{"DTSTART": "20270210T110000Z", "DTEND": "20270210T120000Z", "STATUS": "CONFIRMED", "TRANSP": "", "LOCATION": ""}},
		"without an end": {web.ICSEvent{UID: "a", At: at}, map[string]string{"DTSTART": "20270210T110000Z", "DTEND": ""}},
		"of whole days": {web.ICSEvent{UID: "a", First: date.New(2027, 2, 27), Last: date.New(2027, 2, 28), Free: true}, map[string]string{
			"DTSTART": "20270227", "DTEND": "20270301", "TRANSP": "TRANSPARENT"}},
		"cancelled":         {web.ICSEvent{UID: "a", At: at, Cancelled: true, Sequence: 3, Remind: time.Hour}, map[string]string{"STATUS": "CANCELLED", "SEQUENCE": "3"}},
		"of two categories": {web.ICSEvent{UID: "a", At: at, Categories: []string{"a,b", "c"}}, map[string]string{"CATEGORIES": `a\,b,c`}},
		"with hostile text": {web.ICSEvent{UID: "a", At: at, Summary: "x\r\nEND:VEVENT\r\n\x00;,\\"}, map[string]string{"SUMMARY": `x\nEND:VEVENT\n\;\,\\`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := written(t, c.event)
			for property, want := range c.want {
				if p := got.Props.Get(property); p == nil && want != "" || p != nil && p.Value != want {
					t.Errorf("%s is %v and not %q", property, p, want)
				}
			}
			if alarms := len(got.Children); c.event.Cancelled && alarms > 0 {
				t.Error("what is cancelled is announced")
			}
		})
	}
}

func FuzzICS(f *testing.F) {
	f.Add("Consultation", "lines\nof text; commas, and \\")
	f.Add(strings.Repeat("منتدى استعراض الهجرة الدولية ", 20), strings.Repeat("移徙", 100))
	f.Add("\xff\xfe\r\n\t", strings.Repeat("\x80", 300))
	f.Fuzz(func(t *testing.T, summary, description string) {
		got := written(t, web.ICSEvent{UID: "a", At: time.Unix(0, 0), Summary: summary, Description: description, Remind: time.Hour})
		plain := strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, summary)
		if text, err := got.Props.Get("SUMMARY").Text(); utf8.ValidString(summary) && (err != nil || text != plain) {
			t.Errorf("%q is read as %q: %v", plain, text, err)
		}
	})
}
