package calendar

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/clock"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// When writes when an event takes place on the clocks of a zone, "" for its own: 10 February 2027, 14:00–15:30 (Nairobi). It may be
// another day there than where it takes place; whole days are the same everywhere.
func When(ctx context.Context, e Event, zone string) string {
	if e.Whole {
		if e.First == e.Last {
			return i18n.Day(ctx, e.First)
		}
		return i18n.T(ctx, "calendar.when.days", e.First, e.Last)
	}
	if zone == "" {
		zone = e.Zone
	}
	location, err := clock.LoadZone(zone)
	if err != nil {
		location, zone = time.UTC, "UTC"
	}
	from, until := e.At.In(location), e.Until.In(location)
	if date.Of(from) != date.Of(until) {
		return i18n.T(ctx, "calendar.when.span", date.Of(from), from.Format("15:04"), date.Of(until), until.Format("15:04"), clock.Zone(zone))
	}
	return i18n.T(ctx, "calendar.when.clock", date.Of(from), from.Format("15:04"), until.Format("15:04"), clock.Zone(zone))
}

// times are when an event takes place: in the reader's zone, where it does, and in UTC; each once.
func times(ctx context.Context, e Event, zone string) []string {
	var all []string
	for _, z := range []string{zone, e.Zone, "UTC"} {
		if line := When(ctx, e, z); (z != "" || e.Whole) && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

// dates are events in a short list, on the clocks of a zone; "" is their own.
func dates(ctx context.Context, all []Event, zone string) []ui.Coming {
	coming := make([]ui.Coming, len(all))
	for i, e := range all {
		place := e.Place
		if place == "" && e.Format != "" {
			place = optionName(ctx, "format", e.Format)
		}
		location, _ := clock.LoadZone(zone) // none is its own
		first, _ := e.Days(location)
		coming[i] = ui.Coming{On: first, Href: ui.Href(ctx, inZone(e, zone)), Title: e.Title, Lang: e.Lang, Meta: slices.DeleteFunc([]string{When(ctx, e, zone), place, typeName(ctx, e.Type)}, func(s string) bool { return s == "" })}
	}
	return coming
}

// hour is what stands before an event on a day of a month or a week: when it begins there; "" for what goes on all that day.
func hour(e Event, day date.Date, zone *time.Location) string {
	if e.Whole {
		return ""
	}
	if zone == nil {
		zone, _ = clock.LoadZone(e.Zone)
	}
	if zone == nil {
		zone = time.UTC
	}
	if from := e.At.In(zone); date.Of(from) == day {
		return from.Format("15:04")
	}
	return ""
}

func typeName(ctx context.Context, t string) string {
	if slices.Contains(Types, t) {
		return i18n.T(ctx, "event.field.type.option."+t)
	}
	return i18n.T(ctx, "calendar.type."+t)
}

func optionName(ctx context.Context, field, value string) string {
	return i18n.T(ctx, "event.field."+field+".option."+value)
}

func languageNames(ctx context.Context, all []string) string {
	var names []string
	for _, lang := range all {
		names = append(names, languageName(ctx, lang))
	}
	return i18n.List(ctx, names)
}

func languageName(ctx context.Context, lang string) string {
	if lang == signLanguage {
		return i18n.T(ctx, "calendar.sign_language")
	}
	return i18n.NameOf(ctx, i18n.Lang(lang))
}

func organizerNames(e Event) []string {
	all := make([]string, len(e.Organizers))
	for i, o := range e.Organizers {
		all[i] = o.Name
	}
	return all
}

func phaseTone(p Phase) ui.Tone {
	switch p {
	case Upcoming:
		return ui.Ok
	case Cancelled:
		return ui.Bad
	}
	return ui.Plain
}

// inZone is the page of an event that shows the zone, without the language.
func inZone(e Event, zone string) string {
	if zone == "" {
		return e.Path
	}
	path, anchor, found := strings.Cut(e.Path, "#")
	path = ui.WithQuery(path, url.Values{zoneName: {zone}})
	if found {
		path += "#" + anchor
	}
	return path
}

// listView is the calendar.
type listView struct {
	Filter Filter
	// Sources are the names of the other areas that have dates.
	Sources    []string
	Found      []Event
	Counts     map[string]map[string]int
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	Today      date.Date
}

// on is the day that a month or week is shown of.
func (v listView) on() date.Date {
	if v.Filter.On.IsZero() {
		return v.Today
	}
	return v.Filter.On
}

// zone is the reader's; nil for each event's own.
func (v listView) zone() *time.Location {
	zone, err := clock.LoadZone(v.Filter.Zone)
	if err != nil {
		return nil
	}
	return zone
}

// weeks are the days of the view, a row a week, each with its events.
func (v listView) weeks() [][]day {
	first, last := span(v.Filter.View, v.on())
	events := within(v.Found, first, last, v.zone())
	var all [][]day
	for d := first; !last.Before(d); d = d.AddDays(1) {
		if d.Weekday() == time.Monday {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], day{d, events[d], v.Filter.View == month && d.Month() != v.on().Month(), d == v.Today})
	}
	return all
}

// day is a day of a month or week.
type day struct {
	Date    date.Date
	Events  []Event
	Outside bool // of the month
	Today   bool
}

// shown is how many different events the view shows.
func (v listView) shown() int {
	if v.Filter.View == agenda {
		return len(v.Found)
	}
	first, last := span(v.Filter.View, v.on())
	if v.Filter.View == month {
		first, last = date.New(v.on().Year(), v.on().Month(), 1), date.New(v.on().Year(), v.on().Month()+1, 0)
	}
	n := 0
	for _, e := range v.Found {
		if from, until := e.Days(v.zone()); !until.Before(first) && !last.Before(from) {
			n++
		}
	}
	return n
}

// heading names what the view shows.
func (v listView) heading(ctx context.Context) string {
	switch v.Filter.View {
	case month:
		return i18n.Month(ctx, v.on())
	case week:
		first, last := span(week, v.on())
		return i18n.T(ctx, "calendar.when.days", first, last)
	}
	return i18n.T(ctx, "calendar.count", len(v.Found))
}

// turn is the address of the view n months or weeks away; "" where the calendar ends.
func (v listView) turn(ctx context.Context, n int) string {
	on := shift(v.Filter.View, v.on(), n)
	if on.Year() < minYear || on.Year() > maxYear {
		return ""
	}
	return ui.Href(ctx, v.Filter.at(on))
}

func (v listView) pages() int { return max(1, (len(v.Found)+perPage-1)/perPage) }

// part are the events of the page of the agenda.
func (v listView) part() []Event {
	from := (min(v.Filter.Page, v.pages()) - 1) * perPage
	return v.Found[from:min(from+perPage, len(v.Found))]
}

func (v listView) file(ctx context.Context, extension string, more ...string) string {
	f := v.Filter
	f.View = agenda
	q := f.values()
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return ui.Href(ctx, ui.WithQuery(Path+"."+extension, q))
}

// embed is the address of the light page of the filter, for other sites. It has no language: the reader's decides.
func (v listView) embed(ctx context.Context) string {
	f := v.Filter
	f.View, f.Sort = agenda, nearest
	return ui.SiteOf(ctx).PublicURL + ui.WithQuery(embedPath, f.values())
}

// frame is the code that shows the light page on another site.
func (v listView) frame(ctx context.Context) string {
	title := strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;").Replace(i18n.T(ctx, "calendar.title"))
	return `<iframe src="` + strings.ReplaceAll(v.embed(ctx), "&", "&amp;") + `" title="` + title + `" width="640" height="1080" loading="lazy"></iframe>`
}

// coming are the next events of the light page.
func (v listView) coming(ctx context.Context) []ui.Coming {
	next := slices.DeleteFunc(slices.Clone(v.Found), func(e Event) bool { return e.Phase(v.Now) != Upcoming })
	return dates(ctx, next[:min(perEmbed, len(next))], v.Filter.Zone)
}

func (v listView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "calendar.title"), Description: i18n.T(ctx, "calendar.lede"), NoIndex: len(v.Filter.values()) > 0 || v.Filter.Page > 1 || !v.Filter.On.IsZero(), Path: v.Filter.at(v.Filter.On),
		Feeds: []ui.Alternate{
			{Title: i18n.T(ctx, "calendar.title"), Type: web.AtomType, Href: v.file(ctx, "atom")},
			{Title: i18n.T(ctx, "calendar.title"), Type: web.ICSType, Href: v.file(ctx, "ics")},
		},
	}
}

func (v listView) tabs(ctx context.Context) []ui.Tab {
	var all []ui.Tab
	for _, view := range views {
		f := v.Filter
		f.View = view
		all = append(all, ui.Tab{Href: ui.Href(ctx, f.at(v.Filter.On)), Text: i18n.T(ctx, "calendar.view."+view), Current: view == v.Filter.View})
	}
	return all
}

func (v listView) label(ctx context.Context, facet, value string) string {
	n, _ := strconv.Atoi(value)
	l := i18n.From(ctx)
	switch facet {
	case "when":
		return i18n.T(ctx, "calendar.phase."+value)
	case "type":
		return typeName(ctx, value)
	case "region":
		if r, ok := v.Vocabulary.Region(value); ok {
			return r.Name(l)
		}
	case "country":
		if c, ok := v.Vocabulary.Country(value); ok {
			return c.Name(l)
		}
	case "objective":
		if o, ok := v.Vocabulary.Objective(n); ok {
			return o.Name(l)
		}
	case "format", "audience":
		return optionName(ctx, facet, value)
	case "language":
		return languageName(ctx, value)
	}
	return value
}

func (v listView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "calendar.search"), Action: ui.Href(ctx, Path), Value: v.Filter.Q, Keep: ui.With(v.Filter.values(), "q")}
}

func (v listView) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, Path), Keep: ui.With(v.Filter.values(), sortName)}
	for _, o := range sorts {
		s.Options = append(s.Options, ui.FacetOption{Value: o, Label: i18n.T(ctx, "calendar.sort."+o), Checked: o == v.Filter.Sort})
	}
	return s
}

func zoneControl(ctx context.Context, zone string) ui.Control {
	c := ui.Control{Name: zoneName, Label: i18n.T(ctx, "calendar.zone"), Values: []string{zone}, Blank: i18n.T(ctx, "calendar.zone.own")}
	for _, o := range zoneOptions(ctx, nil) {
		c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
	}
	if zone != "" && !slices.Contains(clock.Zones, zone) {
		c.Choices = append(c.Choices, ui.Choice{Value: zone, Label: clock.ZoneName(ctx, zone)})
	}
	return c
}

// keep are the parameters of the calendar without one, as hidden fields.
func (v listView) keep(without string) []ui.Hidden {
	q := v.Filter.values()
	if !v.Filter.On.IsZero() && v.Filter.View != agenda {
		q.Set(onName, v.Filter.On.String())
	}
	q.Del(without)
	var all []ui.Hidden
	for name, values := range q {
		for _, value := range values {
			all = append(all, ui.Hidden{Name: name, Value: value})
		}
	}
	slices.SortFunc(all, func(a, b ui.Hidden) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return all
}

func (v listView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, h := range v.keep("") {
		if !slices.Contains(facets, h.Name) {
			keep.Set(h.Name, h.Value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, Path), Keep: keep, Clear: ui.Href(ctx, ui.WithQuery(Path, keep))}
	areas := ui.AreasOf(v.Vocabulary)
	for _, name := range facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "calendar.facet."+name), Open: name == "when" || name == "type"}
		for _, value := range v.offered(ctx, name) {
			o := ui.FacetOption{Value: value, Label: v.label(ctx, name, value), Count: v.Counts[name][value], Checked: slices.Contains(v.Filter.Chosen[name], value)}
			if name == "objective" {
				o.Number, _ = strconv.Atoi(value)
				o.Class = areas.Class(o.Number)
			}
			facet.Options = append(facet.Options, o)
		}
		if len(facet.Options) > 0 {
			f.Facets = append(f.Facets, facet)
		}
	}
	return f
}

// offered are the values of a facet that the calendar has, and those that are chosen, in their order.
func (v listView) offered(ctx context.Context, name string) []string {
	values := slices.Clone(v.Filter.Chosen[name])
	for value := range v.Counts[name] {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	order := map[string][]string{"type": append(slices.Clone(Types), v.Sources...), "format": Formats, "audience": Audiences, "when": {string(Upcoming), string(Past), string(Cancelled)}}[name]
	slices.SortFunc(values, func(a, b string) int {
		if i, j := slices.Index(order, a), slices.Index(order, b); i != j {
			return i - j
		}
		return compareValues(a, b)
	})
	if name == "country" {
		i18n.Sort(i18n.From(ctx), values, func(value string) string { return v.label(ctx, name, value) })
	}
	return values
}

func (v listView) chips(ctx context.Context) []ui.Chip {
	var chips []ui.Chip
	q := v.Filter.values()
	href := func(q url.Values) string { return ui.Href(ctx, ui.WithQuery(Path, q)) }
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: href(ui.With(q, "q")), Text: i18n.T(ctx, "calendar.pair", i18n.Key("calendar.words"), v.Filter.Q), Remove: true})
	}
	for _, name := range facets {
		for _, value := range v.Filter.Chosen[name] {
			chips = append(chips, ui.Chip{Href: href(ui.Without(q, name, value)), Text: i18n.T(ctx, "calendar.pair", i18n.Key("calendar.facet."+name), v.label(ctx, name, value)), Remove: true})
		}
	}
	return chips
}

func (v listView) results(ctx context.Context) []ui.Result {
	var all []ui.Result
	for _, e := range v.part() {
		all = append(all, ui.Result{
			ID: e.UID, Href: ui.Href(ctx, inZone(e, v.Filter.Zone)), Title: e.Title, Lang: e.Lang, Text: ui.Excerpt(e.Text, 200),
			Meta: append(times(ctx, e, v.Filter.Zone), typeName(ctx, e.Type)), Foot: eventFoot(e, v.Now, v.Vocabulary),
		})
	}
	return all
}

func (v listView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "calendar.pages"), Page: min(v.Filter.Page, v.pages()), Pages: v.pages(), Href: func(page int) string {
		q := v.Filter.values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return ui.Href(ctx, ui.WithQuery(Path, q))
	}}
}

// eventView is the page of an event.
type eventView struct {
	Event
	Zone       string
	Vocabulary *gcm.Vocabulary
	Now        time.Time
	Today      date.Date
	Pages      Pages
}

func (v eventView) phase() Phase { return v.Phase(v.Now) }

// opens says that the registration is still to open.
func (v eventView) opensLater() bool {
	return v.phase() == Upcoming && v.Registration != noRegistration && !v.Opens.IsZero() && v.Today.Before(v.Opens)
}

func (v eventView) registers() bool { return v.Event.registers(v.Now, v.Today) }

func (v eventView) page(ctx context.Context) ui.Page {
	status := "https://schema.org/EventScheduled"
	if v.CancelledAt != nil {
		status = "https://schema.org/EventCancelled"
	}
	mode := map[string]string{"online": "https://schema.org/OnlineEventAttendanceMode", "hybrid": "https://schema.org/MixedEventAttendanceMode", "in_person": "https://schema.org/OfflineEventAttendanceMode"}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Event", "name": v.Title, "description": ui.PlainText(v.Text), "inLanguage": v.languages(), "url": ui.Absolute(ctx, v.Path),
		"startDate": v.instant(v.At, v.First), "endDate": v.instant(v.Until, v.Last), "eventStatus": status, "eventAttendanceMode": mode[v.Format],
	}
	if v.Format == online {
		data["location"] = map[string]any{"@type": "VirtualLocation", "url": ui.Absolute(ctx, v.Path)}
	} else {
		data["location"] = map[string]any{"@type": "Place", "name": v.Place, "address": v.Place}
	}
	var by []any
	for _, o := range v.Organizers {
		by = append(by, map[string]any{"@type": "Organization", "name": o.Name})
	}
	data["organizer"] = by
	return ui.Page{
		Title: v.Title, Description: ui.Excerpt(v.Text, 200), Path: inZone(v.Event, v.Zone), Current: Path, NoIndex: v.Zone != "", Data: data,
		Feeds: []ui.Alternate{{Title: v.Title, Type: web.ICSType, Href: ui.Href(ctx, v.Path+".ics")}},
	}
}

// instant is an instant on the clock of the event, with its offset, or the day.
func (v eventView) instant(t time.Time, day date.Date) string {
	if v.Whole {
		return day.String()
	}
	if zone, err := clock.LoadZone(v.Event.Zone); err == nil {
		t = t.In(zone)
	}
	return t.Format(time.RFC3339)
}

func (v eventView) facts(ctx context.Context) []ui.Fact {
	one := func(values ...string) []string { return distinct(values) }
	l := i18n.From(ctx)
	var audience []string
	for _, value := range v.Audience {
		audience = append(audience, optionName(ctx, "audience", value))
	}
	country, region := "", ""
	if c, ok := v.Vocabulary.Country(v.Country); ok {
		country = c.Name(l)
	}
	if r, ok := v.Vocabulary.Region(v.Region); ok {
		region = r.Name(l)
	}
	t := func(key string) string { return i18n.T(ctx, key) }
	facts := []ui.Fact{
		{Term: t("calendar.when"), Values: times(ctx, v.Event, v.Zone)},
		{Term: t("event.field.type.label"), Values: one(typeName(ctx, v.Type))},
		{Term: t("event.field.format.label"), Values: one(optionName(ctx, "format", v.Format))},
		{Term: t("event.field.place.label"), Values: one(v.Place), Lang: v.Lang},
		{Term: t("event.field.country.label"), Values: one(country)},
		{Term: t("event.field.region.label"), Values: one(region)},
		{Term: t("event.field.audience.label"), Values: audience},
		{Term: t("calendar.language"), Values: one(languageName(ctx, v.Lang))},
		{Term: t("event.field.accessibility.label"), Values: one(v.Accessibility), Lang: v.Lang},
		{Term: t("event.field.workstream.label"), Values: one(v.Workstream), Lang: v.Lang},
		{Term: t("event.field.review.label"), Values: one(v.Review), Lang: v.Lang},
	}
	if len(v.Interpretation) > 0 {
		facts = append(facts, ui.Fact{Term: t("event.field.interpretation.label"), Values: one(languageNames(ctx, v.Interpretation))})
	}
	if v.Talk != "" && v.Pages.Talk != nil {
		facts = append(facts, ui.Fact{Term: t("event.field.talk.label"), Component: textLink(ui.Href(ctx, v.Pages.Talk(v.Talk)), v.Talk)})
	}
	return slices.DeleteFunc(facts, func(f ui.Fact) bool { return len(f.Values) == 0 && f.Component == templ.Component(nil) })
}

// cancelView asks why an event is cancelled.
type cancelView struct {
	Event
	Reason string
	Wrong  []problem.Field
	Stale  bool
}

func (v cancelView) control(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "reason", Label: i18n.T(ctx, "calendar.cancel.reason"), Hint: i18n.T(ctx, "calendar.cancel.reason.hint"), Error: ui.MessageFor(ctx, v.Wrong, "reason"),
		Values: []string{v.Reason}, Rows: 4, Max: MaxReason, Length: form.Length(v.Reason), Large: true,
	}
}

// startView is the page on which an event is suggested.
type startView struct {
	Pages Pages
	Time  workflow.ServiceTime
	// Posts are those with which the person may suggest one.
	Posts  []identity.Post
	Office string
	Wrong  []problem.Field
}

func (v startView) control(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "calendar.start.office"), Hint: i18n.T(ctx, "calendar.start.office.hint"), Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
		Blank: i18n.T(ctx, "calendar.start.choose"),
	}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

// signIn is the address of the sign-in page that leads back here.
func (v startView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, StartPath)}}))
}

// answered says within how many working days the desk answers and decides.
func (v startView) answered(ctx context.Context) string {
	days := 0
	if v.Time.DecisionDays != nil {
		days = *v.Time.DecisionDays
	}
	return i18n.T(ctx, "calendar.start.answer", v.Time.AnswerDays) + " " + i18n.T(ctx, "calendar.start.decision", days)
}
