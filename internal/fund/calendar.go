package fund

import (
	"context"
	"net/http"
	"strconv"

	"portal/internal/i18n"
	"portal/web"
)

// writeICS writes meetings for calendar programs: two events for each, the meeting and the last safe day before it.
func writeICS(w http.ResponseWriter, r *http.Request, file string, all []Meeting) error {
	return web.WriteICS(w, r, web.ICS{File: file, Title: "fund.meetings.title", Events: datesOf(r.Context(), all)})
}

// datesOf are what calendar programs show of meetings.
func datesOf(ctx context.Context, all []Meeting) (dates []web.ICSEvent) {
	for _, m := range all {
		name, _ := m.Name(ctx)
		e := web.ICSEvent{
			UID: "fund-meeting-" + strconv.FormatInt(m.ID, 10), Changed: m.ChangedAt, Sequence: m.Version - 1, At: m.At, Summary: name, Description: Explain(ctx, m),
			Path: MeetingsPath + "#" + meetingAnchor(m.ID), Cancelled: m.State == Cancelled,
		}
		if e.Cancelled {
			e.Description = i18n.T(ctx, "fund.meeting.cancelled_on", i18n.DayOf(ctx, *m.CancelledAt)) + "\n" + m.Reason
		}
		last := e
		last.UID, last.Summary, last.Free = "fund-last-day-"+strconv.FormatInt(m.ID, 10), i18n.T(ctx, "fund.calendar.last_day", m.Day()), true
		last.First, last.Last = m.LastSafeDay(), m.LastSafeDay()
		dates = append(dates, e, last)
	}
	return dates
}
