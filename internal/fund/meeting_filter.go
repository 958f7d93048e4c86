package fund

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/i18n"
	"portal/web/ui"
)

// The parameters of the list of meetings in the address.
const (
	whenName = "when"
	yearName = "year"
	sortName = "sort"
)

// meetingOrder is the order of the meetings.
type meetingOrder string

// The orders. Nearest is the coming ones, the first on top, and then those that have begun, the last on top.
const (
	nearest  meetingOrder = "nearest"
	earliest meetingOrder = "earliest"
	latest   meetingOrder = "latest"
)

// meetingFilter is what the address of the list of meetings asks for; the zero value is all of them, the nearest first. What is
// unknown is left out.
type meetingFilter struct {
	When, Years []string
	Sort        meetingOrder
}

// meetingPhases are the values of the parameter when: whether a meeting has begun, cancelled or not.
var meetingPhases = []string{string(PhaseComing), string(PhasePast)}

func readMeetingFilter(q url.Values) meetingFilter {
	f := meetingFilter{Sort: nearest}
	for _, when := range meetingPhases {
		if slices.Contains(q[whenName], when) {
			f.When = append(f.When, when)
		}
	}
	for _, year := range q[yearName] {
		if n, err := strconv.Atoi(i18n.Digits(year)); err == nil && n >= 1900 && n <= 2200 {
			f.Years = append(f.Years, strconv.Itoa(n))
		}
	}
	slices.Sort(f.Years)
	f.Years = slices.Compact(f.Years)
	if o := meetingOrder(q.Get(sortName)); o == earliest || o == latest {
		f.Sort = o
	}
	return f
}

// values are the filter as parameters.
func (f meetingFilter) values() url.Values {
	q := url.Values{}
	if len(f.When) > 0 {
		q[whenName] = f.When
	}
	if len(f.Years) > 0 {
		q[yearName] = f.Years
	}
	if f.Sort != nearest {
		q.Set(sortName, string(f.Sort))
	}
	return q
}

func (f meetingFilter) narrowed() bool { return len(f.When)+len(f.Years) > 0 }

// year is the one in which the meeting is, where it takes place.
func (m Meeting) year() string { return strconv.Itoa(m.Local().Year()) }

// has says whether a list of chosen values takes the value: an empty one takes all.
func has(chosen []string, value string) bool {
	return len(chosen) == 0 || slices.Contains(chosen, value)
}

// apply leaves the meetings of the filter in the calendar, in its order.
func (f meetingFilter) apply(c Calendar) Calendar {
	other := func(m Meeting) bool { return !has(f.Years, m.year()) }
	c.Coming, c.Past = slices.DeleteFunc(slices.Clone(c.Coming), other), slices.DeleteFunc(slices.Clone(c.Past), other)
	if !has(f.When, string(PhaseComing)) {
		c.Coming = nil
	}
	if !has(f.When, string(PhasePast)) {
		c.Past = nil
	}
	switch f.Sort {
	case earliest:
		slices.Reverse(c.Past)
	case latest:
		slices.Reverse(c.Coming)
	}
	return c
}

// inOrder are the meetings of a calendar to which the filter was applied, as the page shows them.
func (f meetingFilter) inOrder(c Calendar) []Meeting {
	if f.Sort == earliest {
		return slices.Concat(c.Past, c.Coming)
	}
	return slices.Concat(c.Coming, c.Past)
}

// narrowedMeetings is a list of meetings with its filter, at the path of its page.
type narrowedMeetings struct {
	// Calendar has the meetings of the filter, All has all.
	Calendar
	All    Calendar
	Filter meetingFilter
	Path   string
	Now    time.Time
}

func narrow(c Calendar, q url.Values, path string, now time.Time) narrowedMeetings {
	f := readMeetingFilter(q)
	return narrowedMeetings{Calendar: f.apply(c), All: c, Filter: f, Path: path, Now: now}
}

// file is the address of the same list in another form, which is public.
func (v narrowedMeetings) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(MeetingsPath+"."+extension, v.Filter.values()))
}

// filters are the facets, each with the counts under the others.
func (v narrowedMeetings) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	if v.Filter.Sort != nearest {
		keep.Set(sortName, string(v.Filter.Sort))
	}
	f := ui.Filters{Action: ui.Href(ctx, v.Path), Keep: keep, Clear: ui.Href(ctx, ui.WithQuery(v.Path, keep)), Wide: true}
	inYears := meetingFilter{Years: v.Filter.Years}.apply(v.All)
	when := ui.Facet{Name: whenName, Legend: i18n.T(ctx, "fund.meetings.facet.when"), Open: true}
	for _, value := range meetingPhases {
		n := len(inYears.Coming)
		if value == string(PhasePast) {
			n = len(inYears.Past)
		}
		when.Options = append(when.Options, ui.FacetOption{Value: value, Label: i18n.T(ctx, "fund.meeting.phase."+value), Count: n, Checked: slices.Contains(v.Filter.When, value)})
	}
	years := map[string]int{}
	for _, m := range v.All.all() {
		years[m.year()] = 0
	}
	for _, m := range (meetingFilter{When: v.Filter.When}).apply(v.All).all() {
		years[m.year()]++
	}
	for _, chosen := range v.Filter.Years {
		years[chosen] += 0
	}
	year := ui.Facet{Name: yearName, Legend: i18n.T(ctx, "fund.meetings.facet.year"), Open: true}
	for _, value := range slices.SortedFunc(maps.Keys(years), func(a, b string) int { return cmp.Compare(b, a) }) {
		year.Options = append(year.Options, ui.FacetOption{Value: value, Label: value, Count: years[value], Checked: slices.Contains(v.Filter.Years, value)})
	}
	f.Facets = []ui.Facet{when, year}
	return f
}

func (v narrowedMeetings) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, v.Path), Keep: ui.With(v.Filter.values(), sortName)}
	for _, o := range []meetingOrder{nearest, earliest, latest} {
		s.Options = append(s.Options, ui.FacetOption{Value: string(o), Label: i18n.T(ctx, "fund.meetings.sort."+string(o)), Checked: o == v.Filter.Sort})
	}
	return s
}

// chips are the filters in use, each with the way to take it away.
func (v narrowedMeetings) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	add := func(facet, value, label string) {
		q := ui.Without(v.Filter.values(), facet, value)
		chips = append(chips, ui.Chip{Href: ui.Href(ctx, ui.WithQuery(v.Path, q)), Text: i18n.T(ctx, "fund.meetings.facet."+facet) + ": " + label, Remove: true})
	}
	for _, when := range v.Filter.When {
		add(whenName, when, i18n.T(ctx, "fund.meeting.phase."+when))
	}
	for _, year := range v.Filter.Years {
		add(yearName, year, year)
	}
	return chips
}
