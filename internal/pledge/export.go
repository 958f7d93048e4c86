package pledge

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// export is one request for the filtered pledges as a file. The file says what it holds: the filter as the list's
// address, and the day.
type export struct {
	ctx        context.Context
	filter     Filter
	vocabulary *gcm.Vocabulary
	// today is the day that the file is of, in Geneva: today, or the past day that was asked for.
	today date.Date
}

func (h handlers) export(r *http.Request) export {
	v := h.pledges.vocabulary()
	e := export{ctx: r.Context(), filter: ReadFilter(r.URL.Query(), v), vocabulary: v, today: date.Today(h.pledges.now(), i18n.Geneva)}
	if !e.filter.AsOf.IsZero() {
		e.today = e.filter.AsOf
	}
	return e
}

// name is the name of the file, without its extension.
func (e export) name() string { return "pledges-" + e.today.String() }

// list is the address of the list that the file holds.
func (e export) list() string {
	return ui.Absolute(e.ctx, ui.WithQuery("/pledges", e.filter.Values()))
}

// column is a column of the tables: CSV and XLSX.
type column struct {
	name  string // pledge.export.<name>
	value func(e export, r Record) any
}

// tableColumns are the columns of the tables. A value is a text, a number or a date.
var tableColumns = []column{
	{"id", func(_ export, r Record) any { return r.PublicID }},
	{"title", func(_ export, r Record) any { return r.Pledge.Title }},
	{"language", func(_ export, r Record) any { return r.Pledge.Lang }},
	{"versions", func(_ export, r Record) any { return strings.Join(r.Pledge.Langs()[1:], "; ") }},
	{"entity", func(_ export, r Record) any { return r.Pledge.Entity }},
	{"country", func(_ export, r Record) any { return r.Pledge.Country }},
	{"category", func(e export, r Record) any {
		return strings.Join(notBlank(categoryName(i18n.From(e.ctx), e.vocabulary, r.Pledge.Category), r.Pledge.CategoryOther), ": ")
	}},
	{"type", func(e export, r Record) any { return label(e.ctx, e.vocabulary, "type", string(r.Pledge.Type)) }},
	{"matches", func(_ export, r Record) any { return r.Pledge.Matches }},
	{"partners", func(e export, r Record) any {
		var names []string
		for _, p := range r.Pledge.Partners {
			names = append(names, p.Name+" "+i18n.T(e.ctx, "pledge.in_brackets", p.standing(e.ctx)))
		}
		return strings.Join(names, "; ")
	}},
	{"mirror", func(e export, r Record) any {
		if !r.Pledge.Mirror {
			return ""
		}
		return strings.Join(notBlank(i18n.T(e.ctx, "pledge.mirror"), r.Pledge.MirrorReference), ": ")
	}},
	{"scope", func(e export, r Record) any {
		if r.Pledge.Global {
			return i18n.T(e.ctx, "pledge.worldwide")
		}
		return strings.Join(e.vocabulary.CountryNames(i18n.From(e.ctx), r.Pledge.Countries), "; ")
	}},
	{"country_codes", func(_ export, r Record) any { return strings.Join(r.Pledge.Countries, "; ") }},
	{"place", func(_ export, r Record) any { return r.Pledge.Place }},
	{"regions", func(e export, r Record) any { return e.labels("region", r.Pledge.Regions) }},
	{"natures", func(e export, r Record) any {
		return strings.Join(notBlank(e.labels("nature", names(r.Pledge.Natures)), r.Pledge.NatureOther), ": ")
	}},
	{"amount", func(_ export, r Record) any {
		if m := r.Pledge.Money; m != nil && m.Amount != "" {
			if n, err := strconv.ParseFloat(m.Amount, 64); err == nil && strconv.FormatFloat(n, 'f', -1, 64) == m.Amount {
				return n
			}
			return m.Amount // more digits than a spreadsheet keeps
		}
		return ""
	}},
	{"currency", func(_ export, r Record) any { return r.Pledge.money().Currency }},
	{"from", func(_ export, r Record) any { return r.Pledge.money().From }},
	{"until", func(_ export, r Record) any { return r.Pledge.money().Until }},
	{"recipient", func(_ export, r Record) any { return r.Pledge.money().Recipient }},
	{"objectives", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Objectives), "; ") }},
	{"related", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Related), "; ") }},
	{"principles", func(_ export, r Record) any { return strings.Join(decimal(r.Pledge.Principles), "; ") }},
	{"description", func(_ export, r Record) any { return r.Pledge.Description }},
	{"indicators", func(_ export, r Record) any {
		var all []string
		for _, i := range r.Pledge.Indicators {
			all = append(all, strings.Join(notBlank(i.What, withUnit(i.Baseline, i.Unit), withUnit(i.Target, i.Unit), i.Due.String()), " | "))
		}
		return strings.Join(all, "\n")
	}},
	{"milestones", func(_ export, r Record) any {
		var all []string
		for _, m := range r.Pledge.Milestones {
			all = append(all, strings.Join(notBlank(m.What, m.Due.String()), " | "))
		}
		return strings.Join(all, "\n")
	}},
	{"barriers", func(_ export, r Record) any { return r.Pledge.Barriers }},
	{"support_needed", func(_ export, r Record) any { return r.Pledge.SupportNeeded }},
	{"support_offered", func(_ export, r Record) any { return r.Pledge.SupportOffered }},
	{"status", func(e export, r Record) any { return label(e.ctx, e.vocabulary, "status", string(r.Status)) }},
	{"status_since", func(_ export, r Record) any {
		if r.Status == NoStatus {
			return date.Date{}
		}
		return date.Today(r.StatusSince, i18n.Geneva)
	}},
	{"light", func(e export, r Record) any {
		return label(e.ctx, e.vocabulary, "light", string(LightOn(e.today, r.NextReport)))
	}},
	{"next_report", func(_ export, r Record) any { return r.NextReport }},
	{"deadline", func(_ export, r Record) any { return r.Pledge.Deadline() }},
	{"first_published", func(_ export, r Record) any { return date.Today(r.FirstPublishedAt, i18n.Geneva) }},
	{"published", func(_ export, r Record) any { return date.Today(r.PublishedAt, i18n.Geneva) }},
	{"address", func(e export, r Record) any { return ui.Absolute(e.ctx, e.filter.dated(Path(r.PublicID))) }},
}

// money is Money, or nothing said.
func (p Pledge) money() Money {
	if p.Money == nil {
		return Money{}
	}
	return *p.Money
}

func (e export) labels(facet string, values []string) string {
	var all []string
	for _, value := range values {
		all = append(all, label(e.ctx, e.vocabulary, facet, value))
	}
	return strings.Join(all, "; ")
}

func notBlank(texts ...string) []string {
	var all []string
	for _, s := range texts {
		if s != "" {
			all = append(all, s)
		}
	}
	return all
}

// table is the list as a file with a row a pledge.
func (h handlers) table(r *http.Request) web.Table {
	e := h.export(r)
	t := web.Table{Name: e.name(), Title: i18n.T(e.ctx, "pledge.export.sheet"), List: e.list(), Day: e.today}
	for _, c := range tableColumns {
		t.Columns = append(t.Columns, web.Columns(e.ctx, "pledge.export.", c.name)...)
	}
	t.Rows = func(do func([]any) error) error {
		line := make([]any, len(tableColumns))
		return h.pledges.Walk(e.ctx, e.filter, i18n.From(e.ctx), func(record Record) error {
			for i, c := range tableColumns {
				line[i] = c.value(e, record)
			}
			return do(line)
		})
	}
	return t
}
