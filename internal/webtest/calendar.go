package webtest

import (
	"bytes"
	"time"

	"github.com/emersion/go-ical"
)

// CalendarEvent is an event of a calendar.
type CalendarEvent struct{ ical.Event }

// Text is a property of it, without the escapes of calendars; "" where it has none.
func (e CalendarEvent) Text(name string) string {
	p := e.Props.Get(name)
	if p == nil {
		return ""
	}
	if text, err := p.Text(); err == nil {
		return text
	}
	return p.Value
}

// Start is when it begins, in UTC; the zero time for what cannot be read.
func (e CalendarEvent) Start() time.Time {
	at, err := e.DateTimeStart(time.UTC)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// Calendar are the events of a page that is a calendar (RFC 5545), read by another program's parser than the one that writes ours.
// Lines that are too long or end otherwise fail the test.
func (p *Page) Calendar() []CalendarEvent {
	t := p.client.t
	t.Helper()
	if got := p.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Fatalf("%s is no calendar but %q", p.URL, got)
	}
	for line := range bytes.SplitSeq(p.Body, []byte("\r\n")) {
		if len(line) > 75 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a line of the calendar %s has %d octets: %s", p.URL, len(line), line)
		}
	}
	cal, err := ical.NewDecoder(bytes.NewReader(p.Body)).Decode()
	if err != nil {
		t.Fatalf("%s: %v", p.URL, err)
	}
	var all []CalendarEvent
	for _, e := range cal.Events() {
		all = append(all, CalendarEvent{e})
	}
	return all
}
