package calendar

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/search"
	"portal/web/ui"
)

// perPage is how many events a page of the agenda shows.
const perPage = 25

// perEmbed is how many coming events the light page for other sites shows.
const perEmbed = 10

// The parameters of the calendar beside its facets.
const (
	viewName   = "view"
	onName     = "on"
	zoneName   = "zone"
	sortName   = "sort"
	remindName = "remind"
)

// facets are the ways to narrow the calendar, in the order of the page: parameters of its address.
var facets = []string{"when", "type", "region", "country", "objective", "format", "language", "audience"}

// The views: what comes in a list, or the days of a month or a week.
const (
	agenda = "agenda"
	month  = "month"
	week   = "week"
)

var views = []string{agenda, month, week}

// The orders of the agenda. Nearest is the coming events, the first on top, and then the past ones, the last on top.
const (
	nearest  = "nearest"
	earliest = "earliest"
	latest   = "latest"
	changed  = "changed" // of the feed
)

var sorts = []string{nearest, earliest, latest}

// reminders are how long before an event a calendar program may remind, by the value of its parameter.
var reminders = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "week": 7 * 24 * time.Hour}

// maxWords bounds the words that are looked for.
const maxWords = 200

// Filter is what the address of the calendar asks for; the zero value is all of it. What is unknown is left out.
type Filter struct {
	Q      string
	Chosen map[string][]string
	View   string
	// On is a day of the month or week that is shown; zero for today.
	On   date.Date
	Sort string
	Page int // from 1
	// Zone is the zone on whose clocks times are shown; "" for each event's own.
	Zone string
	// Remind is one of the reminders; "" for none. Only calendars to subscribe to have it.
	Remind string
}

func (s *Service) readFilter(q url.Values) Filter {
	f := Filter{Chosen: map[string][]string{}, View: agenda, Sort: nearest, Page: 1, Q: strings.Join(strings.Fields(q.Get("q")), " ")}
	if len([]rune(f.Q)) > maxWords {
		f.Q = ""
	}
	for _, name := range facets {
		for _, value := range q[name] {
			if name == "country" {
				value = strings.ToUpper(value)
			}
			if s.knows(name, value) && !slices.Contains(f.Chosen[name], value) {
				f.Chosen[name] = append(f.Chosen[name], value)
			}
		}
		slices.SortFunc(f.Chosen[name], compareValues)
	}
	if v := q.Get(viewName); slices.Contains(views, v) {
		f.View = v
	}
	if on, err := date.Parse(q.Get(onName)); err == nil && on.Year() >= minYear && on.Year() <= maxYear {
		f.On = on
	}
	if sort := q.Get(sortName); slices.Contains(sorts, sort) {
		f.Sort = sort
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n >= 1 {
		f.Page = n
	}
	if _, err := clock.LoadZone(q.Get(zoneName)); err == nil {
		f.Zone = q.Get(zoneName)
	}
	if _, ok := reminders[q.Get(remindName)]; ok {
		f.Remind = q.Get(remindName)
	}
	return f
}

// The calendar shows no months before or after these years.
const minYear, maxYear = 2000, 2200

// compareValues puts numbers in their order, and texts in theirs.
func compareValues(a, b string) int {
	n, err := strconv.Atoi(a)
	m, wrong := strconv.Atoi(b)
	if err == nil && wrong == nil {
		return cmp.Compare(n, m)
	}
	return strings.Compare(a, b)
}

// knows says whether a facet may have the value.
func (s *Service) knows(facet, value string) bool {
	v := s.Vocabulary()
	switch facet {
	case "when":
		return slices.Contains(Phases, Phase(value))
	case "type":
		return slices.Contains(s.types(), value)
	case "region":
		_, ok := v.Region(value)
		return ok
	case "country":
		_, ok := v.Country(value)
		return ok
	case "format":
		return slices.Contains(Formats, value)
	case "audience":
		return slices.Contains(Audiences, value)
	case "language":
		return langOf(map[string][]string{"language": {value}}, "") == value && value != "" || value == signLanguage
	}
	n, err := strconv.Atoi(value)
	_, ok := v.Objective(n)
	return err == nil && strconv.Itoa(n) == value && ok
}

// values are the filter as parameters, without page, day and reminder.
func (f Filter) values() url.Values {
	q := url.Values{}
	set := func(name, value, usual string) {
		if value != usual {
			q.Set(name, value)
		}
	}
	set("q", f.Q, "")
	for name, values := range f.Chosen {
		if len(values) > 0 {
			q[name] = values
		}
	}
	set(viewName, f.View, agenda)
	if f.Sort != changed {
		set(sortName, f.Sort, nearest)
	}
	set(zoneName, f.Zone, "")
	return q
}

// at is the address of the calendar with the filter on a day, without the language; the zero day is today.
func (f Filter) at(day date.Date) string {
	q := f.values()
	if !day.IsZero() && f.View != agenda {
		q.Set(onName, day.String())
	}
	return ui.WithQuery(Path, q)
}

func (f Filter) narrowed() bool {
	return f.Q != "" || slices.ContainsFunc(facets, func(name string) bool { return len(f.Chosen[name]) > 0 })
}

// valuesOf are the values of a facet that an event has. An event in a country is of the country's region, and of the countries of the
// offices that organize it.
func valuesOf(e Event, facet string, v *gcm.Vocabulary, now time.Time) []string {
	switch facet {
	case "when":
		return []string{string(e.Phase(now))}
	case "type":
		return []string{e.Type}
	case "region":
		all := []string{e.Region}
		if c, ok := v.Country(e.Country); ok {
			all = append(all, c.Region)
		}
		return distinct(all)
	case "country":
		all := []string{e.Country}
		for _, o := range e.Organizers {
			all = append(all, o.Country)
		}
		return distinct(all)
	case "objective":
		all := make([]string, len(e.Objectives))
		for i, n := range e.Objectives {
			all[i] = strconv.Itoa(n)
		}
		return all
	case "format":
		return distinct([]string{e.Format})
	case "audience":
		return e.Audience
	}
	return distinct(e.languages())
}

// distinct are the values without what is blank, each once.
func distinct(all []string) []string {
	return slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(all))), func(s string) bool { return s == "" })
}

// passes says whether an event is in the filter, leaving one facet out; "" leaves none out.
func (f Filter) passes(e Event, without string, v *gcm.Vocabulary, now time.Time) bool {
	for _, name := range facets {
		chosen := f.Chosen[name]
		if name != without && len(chosen) > 0 && !slices.ContainsFunc(valuesOf(e, name, v, now), func(value string) bool { return slices.Contains(chosen, value) }) {
			return false
		}
	}
	if f.Q == "" {
		return true
	}
	text := []string{e.Title, e.Text, e.Outcome, e.Place, e.Workstream, e.Review}
	if e.Source == "" {
		text = append(text, e.PublicID())
	}
	for _, o := range e.Organizers {
		text = append(text, o.Name)
	}
	folded := search.Fold(strings.Join(text, " "))
	for _, word := range strings.Fields(search.Fold(f.Q)) {
		if !strings.Contains(folded, word) {
			return false
		}
	}
	return true
}

// apply leaves the events of the filter, in its order. They come the earliest first.
func (f Filter) apply(all []Event, v *gcm.Vocabulary, now time.Time) []Event {
	all = slices.DeleteFunc(slices.Clone(all), func(e Event) bool { return !f.passes(e, "", v, now) })
	switch {
	case f.View != agenda || f.Sort == earliest:
		return all
	case f.Sort == changed:
		slices.SortStableFunc(all, func(a, b Event) int { return b.ChangedAt.Compare(a.ChangedAt) })
		return all
	}
	slices.Reverse(all)
	if f.Sort == latest {
		return all
	}
	coming := slices.DeleteFunc(slices.Clone(all), func(e Event) bool { return !now.Before(e.Until) })
	slices.Reverse(coming)
	return append(coming, slices.DeleteFunc(all, func(e Event) bool { return now.Before(e.Until) })...)
}

// counts are how many events each value of each facet would leave.
func (f Filter) counts(all []Event, v *gcm.Vocabulary, now time.Time) map[string]map[string]int {
	counts := map[string]map[string]int{}
	for _, name := range facets {
		counts[name] = map[string]int{}
		for _, e := range all {
			n := 0
			if f.passes(e, name, v, now) {
				n = 1
			}
			for _, value := range valuesOf(e, name, v, now) {
				counts[name][value] += n
			}
		}
	}
	return counts
}

// span are the days that a view shows around a day: the weeks of its month, or its week, Monday to Sunday (ISO 8601).
func span(view string, day date.Date) (first, last date.Date) {
	monday := func(d date.Date) date.Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }
	if view == week {
		return monday(day), monday(day).AddDays(6)
	}
	begins := date.New(day.Year(), day.Month(), 1)
	return monday(begins), monday(date.New(day.Year(), day.Month()+1, 1).AddDays(-1)).AddDays(6)
}

// shift is a day of the view before or after: n months or weeks from the day.
func shift(view string, day date.Date, n int) date.Date {
	if view == week {
		return day.AddDays(7 * n)
	}
	return date.New(day.Year(), day.Month()+time.Month(n), 1)
}

// within are the events of each day from first to last, on the clocks of the zone; nil is each event's own.
func within(all []Event, first, last date.Date, zone *time.Location) map[date.Date][]Event {
	days := map[date.Date][]Event{}
	for _, e := range all {
		from, until := e.Days(zone)
		if until.Before(first) || last.Before(from) {
			continue
		}
		for d := from; !until.Before(d); d = d.AddDays(1) {
			if !d.Before(first) && !last.Before(d) {
				days[d] = append(days[d], e)
			}
		}
	}
	return days
}
