package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

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

// icsHost is the name of the portal's host.
func icsHost(r *http.Request) string {
	if u, err := url.Parse(ui.SiteOf(r.Context()).PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "localhost"
}

// icsLine is how many octets a line has at most; longer ones are folded (RFC 5545, 3.1).
const icsLine = 75

// icsWriter writes the lines of a calendar. It is made for calendars of many thousand events, which programs ask for by the hour.
type icsWriter struct {
	out  bytes.Buffer
	line []byte // that is being written
}

// put writes a line of parts as they are.
func (w *icsWriter) put(parts ...string) {
	for _, part := range parts {
		w.line = append(w.line, part...)
	}
	w.end()
}

// text writes a property whose value is text (RFC 5545, 3.3.11).
func (w *icsWriter) text(name, value string) {
	w.line = append(append(w.line, name...), ':')
	w.escape(value)
	w.end()
}

// escape adds text to the line: controls, which no calendar may have, are left out.
func (w *icsWriter) escape(value string) {
	for i := range len(value) {
		switch c := value[i]; {
		case c == '\n':
			w.line = append(w.line, `\n`...)
		case c == ';' || c == ',' || c == '\\':
			w.line = append(w.line, '\\', c)
		case c >= ' ' && c != 0x7f || c == '\t':
			w.line = append(w.line, c)
		}
	}
}

// instant writes an instant in UTC.
func (w *icsWriter) instant(name string, t time.Time) {
	w.line = t.UTC().AppendFormat(append(append(w.line, name...), ':'), "20060102T150405Z")
	w.end()
}

// day writes a whole day.
func (w *icsWriter) day(name string, d date.Date) {
	w.line = d.In(time.UTC).AppendFormat(append(append(w.line, name...), ";VALUE=DATE:"...), "20060102")
	w.end()
}

// end ends the line, folded between characters.
func (w *icsWriter) end() {
	for line, room := w.line, icsLine; ; room = icsLine - 1 {
		if len(line) <= room {
			w.out.Write(line)
			break
		}
		for room > 1 && !utf8.RuneStart(line[room]) {
			room--
		}
		w.out.Write(line[:room])
		w.out.WriteString("\r\n ")
		line = line[room:]
	}
	w.out.WriteString("\r\n")
	w.line = w.line[:0]
}

// event writes an event; its UID ends with suffix, and at is the address of its page.
func (w *icsWriter) event(e ICSEvent, suffix, at string) {
	w.put("BEGIN:VEVENT")
	w.put("UID:", e.UID, suffix)
	w.instant("DTSTAMP", e.Changed)
	w.instant("LAST-MODIFIED", e.Changed)
	w.put("SEQUENCE:", strconv.Itoa(e.Sequence))
	switch {
	case !e.First.IsZero():
		w.day("DTSTART", e.First)
		w.day("DTEND", e.Last.AddDays(1)) // the end is not of the event
	case e.Until.IsZero():
		w.instant("DTSTART", e.At)
	default:
		w.instant("DTSTART", e.At)
		w.instant("DTEND", e.Until)
	}
	if e.Free {
		w.put("TRANSP:TRANSPARENT")
	}
	if e.Cancelled {
		w.put("STATUS:CANCELLED")
	} else {
		w.put("STATUS:CONFIRMED")
	}
	w.text("SUMMARY", e.Summary)
	if e.Description != "" {
		w.text("DESCRIPTION", e.Description)
	}
	if e.Location != "" {
		w.text("LOCATION", e.Location)
	}
	w.put("URL:", at)
	for i, c := range e.Categories {
		if i == 0 {
			w.line = append(w.line, "CATEGORIES:"...)
		} else {
			w.line = append(w.line, ',')
		}
		w.escape(c)
	}
	if len(e.Categories) > 0 {
		w.end()
	}
	if e.Remind > 0 && !e.Cancelled {
		w.put("BEGIN:VALARM")
		w.put("ACTION:DISPLAY")
		w.put("TRIGGER:-PT", strconv.Itoa(int(e.Remind.Minutes())), "M")
		w.text("DESCRIPTION", e.Summary)
		w.put("END:VALARM")
	}
	w.put("END:VEVENT")
}

// WriteICS answers with the calendar, in the reader's language.
func WriteICS(w http.ResponseWriter, r *http.Request, c ICS) error {
	ctx, suffix := r.Context(), "@"+icsHost(r)
	var out icsWriter
	out.put("BEGIN:VCALENDAR")
	out.put("VERSION:2.0")
	out.text("PRODID", "-//"+ui.SiteName(ctx)+"//"+i18n.TL(i18n.English, c.Title)+"//EN")
	out.put("METHOD:PUBLISH")
	out.put("CALSCALE:GREGORIAN")
	out.text("X-WR-CALNAME", i18n.T(ctx, c.Title))
	for _, e := range c.Events {
		out.event(e, suffix, ui.Absolute(ctx, e.Path))
	}
	out.put("END:VCALENDAR")
	w.Header().Set("Content-Disposition", `attachment; filename="`+c.File+`.ics"`)
	return Write(w, r, http.StatusOK, ICSType, out.out.Bytes())
}
