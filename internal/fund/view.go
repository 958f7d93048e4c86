package fund

import (
	"context"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// Name is what the meeting is called in the reader's language, or in the one in which the desk has named it, which lang then
// says; a meeting without a name is called as the texts of the portal do.
func (m Meeting) Name(ctx context.Context) (name, lang string) {
	own, other, otherLang := m.NameEN, m.NameAR, i18n.Arabic
	if i18n.From(ctx) == i18n.Arabic {
		own, other, otherLang = m.NameAR, m.NameEN, i18n.English
	}
	switch {
	case own != "" && i18n.From(ctx) == i18n.Arabic:
		return own, string(i18n.Arabic)
	case own != "":
		return own, string(i18n.English)
	case other != "":
		return other, string(otherLang)
	}
	return i18n.T(ctx, "fund.meeting.name"), ""
}

// Explain says in words until when a concept note is in time for the meeting, and why (fund.md, Steering Committee calendar):
// the same on forms, pages, receipts, mails and in calendars.
func Explain(ctx context.Context, m Meeting) string {
	return i18n.T(ctx, "fund.meeting.explained", m.Day(), m.LastSafeDay())
}

// When writes day and time of the meeting where it takes place, and says where that is: 18 March 2027, 10:00 (New York).
func When(ctx context.Context, m Meeting) string {
	return i18n.T(ctx, "fund.meeting.when", m.Day(), m.Local().Format("15:04"), i18n.Key(zoneKey(m.Zone)))
}

// MovedFrom is the day of which the meeting was moved last, in words; "" for never.
func MovedFrom(ctx context.Context, m Meeting) string {
	if m.MovedFrom == nil {
		return ""
	}
	return i18n.Day(ctx, dayIn(m, *m.MovedFrom))
}

// zoneKey is the key of the name of a zone.
func zoneKey(zone string) string {
	return "fund.zone." + zoneIDs[zone]
}

// zoneIDs are the zones as keys of texts spell them.
var zoneIDs = map[string]string{
	"Europe/Zurich": "geneva", "America/New_York": "new_york", "Africa/Nairobi": "nairobi", "Africa/Addis_Ababa": "addis_ababa", "Asia/Bangkok": "bangkok",
	"Asia/Beirut": "beirut", "America/Santiago": "santiago", "Europe/Vienna": "vienna", "Europe/Rome": "rome", "UTC": "utc",
}

// inGeneva is when the meeting begins in Geneva, where that is not where it takes place; else "".
func inGeneva(ctx context.Context, m Meeting) string {
	if m.Zone == "Europe/Zurich" {
		return ""
	}
	return i18n.Instant(ctx, m.At)
}

// daysLeft says how long concept notes are still in time for the meeting; "" for one at which none can be.
func daysLeft(ctx context.Context, m Meeting, now time.Time) string {
	switch n := m.DaysLeft(now); {
	case m.State == Cancelled:
		return ""
	case n < 0:
		return i18n.T(ctx, "fund.meeting.closed")
	case n == 0:
		return i18n.T(ctx, "fund.meeting.today")
	default:
		return i18n.T(ctx, "fund.meeting.days_left", n)
	}
}

// leftTone is the colour of daysLeft.
func leftTone(m Meeting, now time.Time) ui.Tone {
	switch n := m.DaysLeft(now); {
	case n < 0:
		return ui.Plain
	case n <= 14:
		return ui.Warn
	}
	return ui.Ok
}

// above are the crumbs to the page of the fund.
func above(ctx context.Context) []ui.Link {
	return []ui.Link{{Href: ui.Href(ctx, Path), Text: i18n.T(ctx, "fund.title")}}
}

// meetingAnchor is the id of a meeting on the page of meetings.
func meetingAnchor(id MeetingID) string { return "meeting-" + strconv.FormatInt(id, 10) }

// fundView is what the page of the fund shows.
type fundView struct {
	Calendar
	Pages Pages
	Now   time.Time
}

// meetingsView is what the page of meetings shows.
type meetingsView struct{ narrowedMeetings }

func (v meetingsView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "fund.meetings.title"), Description: i18n.T(ctx, "fund.meetings.lede"), NoIndex: len(v.Filter.values()) > 0,
		Feeds: []ui.Alternate{{Title: i18n.T(ctx, "fund.meetings.title"), Type: web.ICSType, Href: ui.Href(ctx, MeetingsPath+".ics")}},
	}
}

// pastTable are the past meetings.
func (v meetingsView) pastTable(ctx context.Context) ui.Table {
	t := ui.Table{
		Caption: i18n.T(ctx, "fund.meetings.past"), HideCaption: true, Cards: true,
		Columns: []ui.Column{{Text: i18n.T(ctx, "fund.meeting.fact.meeting")}, {Text: i18n.T(ctx, "fund.meeting.fact.when")}, {Text: i18n.T(ctx, "fund.meeting.fact.last_day")}},
	}
	for _, m := range v.Past {
		name, lang := m.Name(ctx)
		lastDay := i18n.Day(ctx, m.LastSafeDay())
		if m.State == Cancelled {
			lastDay = i18n.T(ctx, "fund.meeting.cancelled")
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: name, Lang: lang}, {Text: When(ctx, m)}, {Text: lastDay}})
	}
	return t
}

// dayIn is the day of an instant where the meeting takes place.
func dayIn(m Meeting, t time.Time) date.Date { return date.Of(t.In(m.Local().Location())) }
