package fund

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"time"

	ics "github.com/arran4/golang-ical"

	"portal/internal/i18n"
	"portal/web/ui"
)

// calendarType is the media type of calendars (RFC 5545).
const calendarType = "text/calendar; charset=utf-8"

// calendar writes meetings for calendar programs (RFC 5545), in the reader's language: two events for each, the meeting and
// the last safe day before it. What is moved or cancelled keeps its name (UID) and gets a higher SEQUENCE, so that programs
// that have it already change it.
func calendar(ctx context.Context, all []Meeting) ([]byte, error) {
	cal := ics.NewCalendarFor(ui.SiteName(ctx))
	cal.SetProductId("-//" + ui.SiteName(ctx) + "//" + i18n.TL(i18n.English, "fund.meetings.title") + "//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRCalName(i18n.T(ctx, "fund.meetings.title"))
	for _, m := range all {
		name, _ := m.Name(ctx)
		description := Explain(ctx, m)
		if m.State == Cancelled {
			description = i18n.T(ctx, "fund.meeting.cancelled_on", i18n.DayOf(ctx, *m.CancelledAt)) + "\n" + m.Reason
		}
		add := func(kind, summary string) *ics.VEvent {
			e := cal.AddEvent("fund-" + kind + "-" + strconv.FormatInt(m.ID, 10) + "@" + host(ctx))
			e.SetDtStampTime(m.ChangedAt)
			e.SetModifiedAt(m.ChangedAt)
			e.SetSequence(m.Version - 1)
			e.SetSummary(summary)
			e.SetDescription(description)
			e.SetURL(ui.Absolute(ctx, MeetingsPath) + "#" + meetingAnchor(m.ID))
			e.SetStatus(ics.ObjectStatusConfirmed)
			if m.State == Cancelled {
				e.SetStatus(ics.ObjectStatusCancelled)
			}
			return e
		}
		add("meeting", name).SetStartAt(m.At)
		last := add("last-day", i18n.T(ctx, "fund.calendar.last_day", m.Day()))
		last.SetAllDayStartAt(m.LastSafeDay().In(time.UTC))
		last.SetAllDayEndAt(m.LastSafeDay().AddDays(1).In(time.UTC)) // the end is not of the event
		last.SetTimeTransparency(ics.TransparencyTransparent)
	}
	var out bytes.Buffer
	err := cal.SerializeTo(&out, ics.WithNewLine("\r\n"))
	return out.Bytes(), wrap("write the calendar of meetings", err)
}

// host is the name of the portal's host, which makes the names of events unique in the world.
func host(ctx context.Context) string {
	if u, err := url.Parse(ui.SiteOf(ctx).PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "localhost"
}
