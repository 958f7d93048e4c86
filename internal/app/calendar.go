package app

import (
	"context"
	"strconv"
	"time"

	"portal/internal/calendar"
	"portal/internal/date"
	"portal/internal/fund"
	"portal/internal/i18n"
	"portal/internal/request"
)

// meetingLength is how long a meeting of the Steering Committee is taken to be: only its beginning is known.
const meetingLength = 3 * time.Hour

// dates are the areas whose dates stand in the calendar by themselves.
func (b *areas) dates() []calendar.Source {
	return []calendar.Source{{Name: "talk", Events: b.talkDates}, {Name: "committee", Events: b.meetingDates}, {Name: "cycle", Events: b.cycleDates}}
}

// talkDates are the GCM Talks before the public.
func (b *areas) talkDates(ctx context.Context) ([]calendar.Event, error) {
	talks, err := b.requests.PublicTalks(ctx)
	all := make([]calendar.Event, len(talks))
	for i, t := range talks {
		e := calendar.Event{
			UID: "talk-" + strconv.Itoa(*t.Number), Path: t.Path(), Sequence: t.Sequence, Title: t.Title, Lang: t.Lang, Text: t.Purpose, First: t.Day, Last: t.Day, Starts: t.Starts, Ends: t.Ends, Zone: t.Zone,
			At: t.At, Until: t.Until, Format: t.Format, Place: t.Place, Country: t.Country, Region: t.Region, Audience: t.Audience, Interpretation: t.Interpretation, Objectives: t.Objectives, Review: t.Feeds,
			Outcome: t.Summary, Reason: t.Reason, PublishedAt: *t.AnnouncedAt, ChangedAt: t.ChangedAt,
		}
		if t.State == request.TalkCancelled {
			e.CancelledAt = &t.ChangedAt
		}
		for _, o := range t.Organizers {
			e.Organizers = append(e.Organizers, calendar.Organizer{Name: o.Name, Role: o.Role, Country: o.Country})
		}
		all[i] = e
	}
	return all, err
}

// cycleDates are the days of the review cycle; what has none yet is not there.
func (b *areas) cycleDates(ctx context.Context) ([]calendar.Event, error) {
	entries, err := b.cycle.All(ctx)
	var all []calendar.Event
	for _, e := range entries {
		if !e.Dated() {
			continue
		}
		name, lang := b.cycle.Name(ctx, e)
		all = append(all, calendar.Event{
			UID: "review-" + strconv.FormatInt(e.ID, 10), Path: e.Path(), Sequence: e.Version - 1, Title: name, Lang: lang, Whole: true, First: e.First, Last: e.Last, At: e.First.In(time.UTC), Until: e.Last.AddDays(1).In(time.UTC),
			Place: e.Place, Region: e.Region, Reason: e.Reason, CancelledAt: e.CancelledAt, PublishedAt: *e.DatedAt, ChangedAt: e.ChangedAt,
		})
	}
	return all, err
}

// meetingDates are the meetings of the Steering Committee, each with the last safe day before it.
func (b *areas) meetingDates(ctx context.Context) ([]calendar.Event, error) {
	c, err := b.fund.Calendar(ctx)
	var all []calendar.Event
	for _, m := range append(c.Coming, c.Past...) {
		name, lang := m.Name(ctx)
		e := calendar.Event{
			UID: "fund-meeting-" + strconv.FormatInt(m.ID, 10), Path: fund.MeetingsPath, Sequence: m.Version - 1, Title: name, Lang: lang, Text: fund.Explain(ctx, m), First: m.Day(), Last: m.Day(), Zone: m.Zone,
			At: m.At, Until: m.At.Add(meetingLength), Reason: m.Reason, CancelledAt: m.CancelledAt, PublishedAt: m.ChangedAt, ChangedAt: m.ChangedAt,
		}
		if zone, err := time.LoadLocation(m.Zone); err == nil {
			from, until := e.At.In(zone), e.Until.In(zone)
			e.Starts, e.Ends, e.Last = from.Hour()*60+from.Minute(), until.Hour()*60+until.Minute(), date.Of(until)
		}
		last := e
		last.UID, last.Title, last.Lang, last.Whole = "fund-last-day-"+strconv.FormatInt(m.ID, 10), i18n.T(ctx, "fund.calendar.last_day", m.Day()), string(i18n.From(ctx)), true
		last.First, last.Last, last.Zone = m.LastSafeDay(), m.LastSafeDay(), ""
		last.At, last.Until = last.First.In(time.UTC), last.First.AddDays(1).In(time.UTC)
		all = append(all, e, last)
	}
	return all, err
}
