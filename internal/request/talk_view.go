package request

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
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// When writes when a talk takes place on the clock of a zone: 10 February 2027, 14:00–15:30 (Nairobi). It may be another day
// there than where it takes place.
func When(ctx context.Context, t TalkEvent, zone string) string {
	location, err := clock.LoadZone(zone)
	if err != nil {
		location, zone = time.UTC, "UTC"
	}
	from, until := t.At.In(location), t.Until.In(location)
	if date.Of(from) != date.Of(until) {
		return i18n.T(ctx, "request.talk.days", date.Of(from), from.Format("15:04"), date.Of(until), until.Format("15:04"), clock.Zone(zone))
	}
	return i18n.T(ctx, "request.talk.clock", date.Of(from), from.Format("15:04"), until.Format("15:04"), clock.Zone(zone))
}

// times are when a talk takes place: where it does, in the reader's zone, and in UTC; each once.
func times(ctx context.Context, t TalkEvent, zone string) []string {
	var all []string
	for _, z := range []string{zone, t.Zone, "UTC"} {
		if line := When(ctx, t, z); z != "" && !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	return all
}

func talkOption(ctx context.Context, field, value string) string {
	return i18n.T(ctx, "talk.field."+field+".option."+value)
}

func languageName(ctx context.Context, lang string) string {
	if lang == signLanguage {
		return i18n.T(ctx, "request.sign_language")
	}
	return i18n.NameOf(ctx, i18n.Lang(lang))
}

// levelText says how far a talk reaches: "Regional: Africa".
func levelText(ctx context.Context, t TalkEvent, v *gcm.Vocabulary) string {
	text := talkOption(ctx, "level", string(t.Level))
	l := i18n.From(ctx)
	if r, ok := v.Region(t.Region); ok {
		return i18n.T(ctx, "request.talk.chip", text, r.Name(l))
	}
	if c, ok := v.Country(t.Country); ok {
		return i18n.T(ctx, "request.talk.chip", text, c.Name(l))
	}
	return text
}

func organizerNames(t TalkEvent) []string {
	all := make([]string, len(t.Organizers))
	for i, o := range t.Organizers {
		all[i] = o.Name
	}
	return all
}

// talksView is the list of talks.
type talksView struct {
	Filter     TalkFilter
	All, Found []TalkEvent
	Counts     map[string]map[string]int
	Vocabulary *gcm.Vocabulary
	Now        time.Time
}

func (v talksView) pages() int { return max(1, (len(v.Found)+perPage-1)/perPage) }

// part are the talks of the page.
func (v talksView) part() []TalkEvent {
	from := (min(v.Filter.Page, v.pages()) - 1) * perPage
	return v.Found[from:min(from+perPage, len(v.Found))]
}

func (v talksView) file(ctx context.Context, extension string) string {
	return ui.Href(ctx, ui.WithQuery(TalksPath+"."+extension, v.Filter.values()))
}

func (v talksView) page(ctx context.Context) ui.Page {
	return ui.Page{
		Title: i18n.T(ctx, "request.talks.title"), Description: i18n.T(ctx, "request.talks.lede"), NoIndex: len(v.Filter.values()) > 0 || v.Filter.Page > 1, Path: talksAt(v.Filter.values()),
		Feeds: []ui.Alternate{
			{Title: i18n.T(ctx, "request.talks.title"), Type: "application/atom+xml", Href: v.file(ctx, "atom")},
			{Title: i18n.T(ctx, "request.talks.title"), Type: web.ICSType, Href: v.file(ctx, "ics")},
		},
	}
}

func (v talksView) label(ctx context.Context, facet, value string) string {
	n, _ := strconv.Atoi(value)
	l := i18n.From(ctx)
	switch facet {
	case "when":
		return i18n.T(ctx, "request.talk.phase."+value)
	case "level":
		return talkOption(ctx, "level", value)
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
	case "language":
		return languageName(ctx, value)
	}
	return value
}

func (v talksView) search(ctx context.Context) ui.Search {
	return ui.Search{ID: "q", Label: i18n.T(ctx, "request.talks.search"), Action: ui.Href(ctx, TalksPath), Value: v.Filter.Q, Keep: ui.With(v.Filter.values(), "q")}
}

func (v talksView) sort(ctx context.Context) ui.Sort {
	s := ui.Sort{Action: ui.Href(ctx, TalksPath), Keep: ui.With(v.Filter.values(), sortName)}
	for _, o := range []string{nearest, earliest, latest} {
		s.Options = append(s.Options, ui.FacetOption{Value: o, Label: i18n.T(ctx, "request.talks.sort."+o), Checked: o == v.Filter.Sort})
	}
	return s
}

// zone is the question in which zone times are shown.
func (v talksView) zone(ctx context.Context) ui.Control { return zoneControl(ctx, v.Filter.Zone) }

func zoneControl(ctx context.Context, zone string) ui.Control {
	c := ui.Control{Name: zoneName, Label: i18n.T(ctx, "request.talks.zone"), Values: []string{zone}, Blank: i18n.T(ctx, "request.talks.zone.own")}
	for _, o := range zoneOptions(ctx, nil) {
		c.Choices = append(c.Choices, ui.Choice{Value: o.Value, Label: o.Label})
	}
	if zone != "" && !slices.Contains(clock.Zones, zone) {
		c.Choices = append(c.Choices, ui.Choice{Value: zone, Label: clock.ZoneName(ctx, zone)})
	}
	return c
}

func hidden(q url.Values, without string) []ui.Hidden {
	var all []ui.Hidden
	for name, values := range q {
		for _, value := range values {
			if name != without {
				all = append(all, ui.Hidden{Name: name, Value: value})
			}
		}
	}
	slices.SortFunc(all, func(a, b ui.Hidden) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
	return all
}

func (v talksView) filters(ctx context.Context) ui.Filters {
	keep := url.Values{}
	for _, name := range []string{"q", sortName, zoneName} {
		if value := v.Filter.values().Get(name); value != "" {
			keep.Set(name, value)
		}
	}
	f := ui.Filters{Action: ui.Href(ctx, TalksPath), Keep: keep, Clear: ui.Href(ctx, talksAt(keep))}
	areas := ui.AreasOf(v.Vocabulary)
	for _, name := range facets {
		facet := ui.Facet{Name: name, Legend: i18n.T(ctx, "request.talks.facet."+name), Open: name == "when" || name == "level"}
		values := []string{}
		for value := range v.Counts[name] {
			values = append(values, value)
		}
		for _, value := range v.Filter.Chosen[name] {
			if !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		slices.SortFunc(values, compareValues)
		switch name {
		case "when":
			slices.SortFunc(values, func(a, b string) int { return strings.Compare(b, a) }) // upcoming, past, cancelled
		case "year":
			slices.Reverse(values)
		case "country":
			i18n.Sort(i18n.From(ctx), values, func(value string) string { return v.label(ctx, name, value) })
		}
		for _, value := range values {
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

func (v talksView) chips(ctx context.Context) []ui.Chip {
	to := func(q url.Values) string { return ui.Href(ctx, talksAt(q)) }
	var chips []ui.Chip
	if v.Filter.Q != "" {
		chips = append(chips, ui.Chip{Href: to(ui.With(v.Filter.values(), "q")), Text: i18n.T(ctx, "request.talk.chip", i18n.Key("request.talks.words"), v.Filter.Q), Remove: true})
	}
	for _, name := range facets {
		for _, value := range v.Filter.Chosen[name] {
			chips = append(chips, ui.Chip{Href: to(ui.Without(v.Filter.values(), name, value)), Text: i18n.T(ctx, "request.talk.chip", i18n.Key("request.talks.facet."+name), v.label(ctx, name, value)), Remove: true})
		}
	}
	return chips
}

func (v talksView) results(ctx context.Context) []ui.Result {
	var all []ui.Result
	for _, t := range v.part() {
		all = append(all, ui.Result{
			ID: t.PublicID(), Href: ui.Href(ctx, inZone(t, v.Filter.Zone)), Title: t.Title, Lang: t.Lang, Text: ui.Excerpt(t.Purpose, 220),
			Meta: append(times(ctx, t, v.Filter.Zone), levelText(ctx, t, v.Vocabulary)), Foot: talkFoot(t, v.Now, v.Vocabulary),
		})
	}
	return all
}

// inZone is the page of a talk that shows the zone, without the language.
func inZone(t TalkEvent, zone string) string {
	if zone == "" {
		return t.Path()
	}
	return ui.WithQuery(t.Path(), url.Values{zoneName: {zone}})
}

func (v talksView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "request.talks.pages"), Page: min(v.Filter.Page, v.pages()), Pages: v.pages(), Href: func(page int) string {
		q := v.Filter.values()
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
		return ui.Href(ctx, talksAt(q))
	}}
}

// talkView is the page of a talk.
type talkView struct {
	TalkEvent
	Zone               string
	Pledged, Practised []Linked
	Vocabulary         *gcm.Vocabulary
	Now                time.Time
}

func (v talkView) phase() Phase { return v.Phase(v.Now) }

func phaseTone(p Phase) ui.Tone {
	switch p {
	case Upcoming:
		return ui.Ok
	case CancelledTalk:
		return ui.Bad
	}
	return ui.Plain
}

func (v talkView) page(ctx context.Context) ui.Page {
	status := "https://schema.org/EventScheduled"
	switch {
	case v.State == TalkCancelled:
		status = "https://schema.org/EventCancelled"
	case v.MovedFrom != nil:
		status = "https://schema.org/EventRescheduled"
	}
	mode := map[string]string{"online": "https://schema.org/OnlineEventAttendanceMode", "hybrid": "https://schema.org/MixedEventAttendanceMode", "in_person": "https://schema.org/OfflineEventAttendanceMode"}
	data := map[string]any{
		"@context": "https://schema.org", "@type": "Event", "name": v.Title, "description": ui.PlainText(v.Purpose), "inLanguage": v.languages(), "url": ui.Absolute(ctx, v.Path()),
		"startDate": v.local(v.At), "endDate": v.local(v.Until), "eventStatus": status, "eventAttendanceMode": mode[v.Format],
	}
	if v.Format == "online" {
		data["location"] = map[string]any{"@type": "VirtualLocation", "url": ui.Absolute(ctx, v.Path())}
	} else {
		data["location"] = map[string]any{"@type": "Place", "name": v.Place, "address": v.Place}
	}
	var by []any
	for _, o := range v.Organizers {
		by = append(by, map[string]any{"@type": "Organization", "name": o.Name})
	}
	data["organizer"] = by
	return ui.Page{
		Title: v.Title, Description: ui.Excerpt(v.Purpose, 200), Path: inZone(v.TalkEvent, v.Zone), Current: TalksPath, NoIndex: v.Zone != "", Data: data,
		Feeds: []ui.Alternate{{Title: v.Title, Type: web.ICSType, Href: ui.Href(ctx, v.Path()+".ics")}},
	}
}

// local is an instant on the clock of the talk, with its offset.
func (v talkView) local(t time.Time) string {
	if zone, err := clock.LoadZone(v.TalkEvent.Zone); err == nil {
		t = t.In(zone)
	}
	return t.Format(time.RFC3339)
}

func (v talkView) facts(ctx context.Context) []ui.Fact {
	list := func(field string, values []string) []string {
		all := make([]string, len(values))
		for i, value := range values {
			all[i] = talkOption(ctx, field, value)
		}
		return all
	}
	var interpretation []string
	for _, lang := range v.Interpretation {
		interpretation = append(interpretation, languageName(ctx, lang))
	}
	one := func(values ...string) []string {
		return slices.DeleteFunc(values, func(s string) bool { return s == "" })
	}
	t := func(key string) string { return i18n.T(ctx, key) }
	facts := []ui.Fact{
		{Term: t("request.talk.when"), Values: times(ctx, v.TalkEvent, v.Zone)},
		{Term: t("talk.field.format.label"), Values: []string{talkOption(ctx, "format", v.Format)}},
		{Term: t("talk.field.place.label"), Values: one(v.Place), Lang: v.Lang},
		{Term: t("talk.field.level.label"), Values: []string{levelText(ctx, v.TalkEvent, v.Vocabulary)}},
		{Term: t("talk.field.audience.label"), Values: list("audience", v.Audience)},
		{Term: t("request.talk.language"), Values: []string{languageName(ctx, v.Lang)}},
		{Term: t("talk.field.interpretation.label"), Values: interpretation},
		{Term: t("talk.field.accessibility.label"), Values: one(v.Accessibility), Lang: v.Lang},
		{Term: t("request.talk.feeds"), Values: one(v.Feeds), Lang: v.Lang},
	}
	return slices.DeleteFunc(facts, func(f ui.Fact) bool { return len(f.Values) == 0 && f.Component == templ.Component(nil) })
}

// movedFrom is when the talk was to be, in words; "" for never, and after its end.
func (v talkView) movedFrom(ctx context.Context) string {
	if v.MovedFrom == nil || v.phase() == Past {
		return ""
	}
	was := v.TalkEvent
	was.Until = was.MovedFrom.Add(was.Until.Sub(was.At))
	was.At = *was.MovedFrom
	return i18n.T(ctx, "request.talk.moved", When(ctx, was, v.TalkEvent.Zone))
}
