package web

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"time"

	ics "github.com/arran4/golang-ical"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web/ui"
)

// ICSType is the media type of calendars (RFC 5545).
const ICSType = "text/calendar; charset=utf-8"

// ICS is a calendar for calendar programs (RFC 5545).
type ICS struct {
	// File is the name of the file, without its ending; Title the key of what the calendar is called.
	File, Title string
	Events      []ICSEvent
}

// ICSEvent is one event of a calendar: of instants, which are written in UTC, so that no program has to know the rules of a zone, or
// of whole days. What is moved or cancelled keeps its UID and gets a higher Sequence, so that programs that have it already change
// it.
type ICSEvent struct {
	// UID is unique in the portal: the portal's host makes it so in the world.
	UID string
	// Changed is when it was changed last, Sequence how often calendars had to know of it.
	Changed  time.Time
	Sequence int
	// At and Until are instants; a zero Until has no end. First and Last are whole days instead, both of the event.
	At, Until   time.Time
	First, Last date.Date
	// Free says that it takes no time of the reader: a deadline.
	Free      bool
	Cancelled bool
	// Summary, Description and Location are plain texts; Path is its page, without the language.
	Summary, Description, Location, Path string
	Categories                           []string
	// Remind is how long before its beginning the program reminds; 0 does not.
	Remind time.Duration
}

func (e ICSEvent) add(r *http.Request, cal *ics.Calendar) {
	ctx := r.Context()
	v := cal.AddEvent(e.UID + "@" + icsHost(r))
	v.SetDtStampTime(e.Changed)
	v.SetModifiedAt(e.Changed)
	v.SetSequence(e.Sequence)
	if e.First.IsZero() {
		v.SetStartAt(e.At)
		if !e.Until.IsZero() {
			v.SetEndAt(e.Until)
		}
	} else {
		v.SetAllDayStartAt(e.First.In(time.UTC))
		v.SetAllDayEndAt(e.Last.AddDays(1).In(time.UTC)) // the end is not of the event
	}
	if e.Free {
		v.SetTimeTransparency(ics.TransparencyTransparent)
	}
	v.SetStatus(ics.ObjectStatusConfirmed)
	if e.Cancelled {
		v.SetStatus(ics.ObjectStatusCancelled)
	}
	v.SetSummary(e.Summary)
	if e.Description != "" {
		v.SetDescription(e.Description)
	}
	if e.Location != "" {
		v.SetLocation(e.Location)
	}
	v.SetURL(ui.Absolute(ctx, e.Path))
	for _, c := range e.Categories {
		v.AddCategory(c)
	}
	if e.Remind > 0 && !e.Cancelled {
		a := v.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetTrigger(fmt.Sprintf("-PT%dM", int(e.Remind.Minutes())))
		a.SetDescription(e.Summary)
	}
}

// icsHost is the name of the portal's host.
func icsHost(r *http.Request) string {
	if u, err := url.Parse(ui.SiteOf(r.Context()).PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "localhost"
}

// WriteICS answers with the calendar, in the reader's language.
func WriteICS(w http.ResponseWriter, r *http.Request, c ICS) error {
	ctx := r.Context()
	cal := ics.NewCalendarFor(ui.SiteName(ctx))
	cal.SetProductId("-//" + ui.SiteName(ctx) + "//" + i18n.TL(i18n.English, c.Title) + "//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRCalName(i18n.T(ctx, c.Title))
	for _, e := range c.Events {
		e.add(r, cal)
	}
	var out bytes.Buffer
	if err := cal.SerializeTo(&out, ics.WithNewLine("\r\n")); err != nil {
		return fmt.Errorf("write the calendar %s: %w", c.File, err)
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+c.File+`.ics"`)
	return Write(w, r, http.StatusOK, ICSType, out.Bytes())
}
