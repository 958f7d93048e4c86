package practice

import (
	"context"

	"github.com/a-h/templ"

	"portal/internal/i18n"
	"portal/web/ui"
)

// compared is a row of the comparison: what each practice says to one question; nil where it says nothing.
type compared struct {
	term  string
	cells []templ.Component
}

// answer is what a practice says to one question.
type answer struct {
	term string
	cell templ.Component
}

// texts are the long answers of a practice, in the order of its page.
func (v pageView) texts(ctx context.Context) []answer {
	var all []answer
	prose := func(key, text, lang string) {
		if text != "" {
			all = append(all, answer{i18n.T(ctx, key), ui.Prose(text, lang)})
		}
	}
	p := v.Practice
	description := v.Text
	if description.Description == "" {
		description = p.In(p.Lang)
	}
	prose("practice.page.description", description.Description, description.Lang)
	prose("practice.page.beneficiaries", p.Beneficiaries, p.Lang)
	prose("practice.page.participation", p.Participation, p.Lang)
	if len(p.Figures) > 0 {
		all = append(all, answer{i18n.T(ctx, "practice.compare.figures"), figures(p)})
	}
	prose("practice.page.results", p.Results, p.Lang)
	prose("practice.page.evidence", p.Evidence, p.Lang)
	prose("practice.page.lessons", p.Lessons, p.Lang)
	prose("practice.page.new", p.Innovation, p.Lang)
	prose("practice.page.conditions", p.Conditions, p.Lang)
	prose("practice.page.costs", p.Costs, p.Lang)
	prose("practice.page.staff", p.People, p.Lang)
	prose("practice.page.time", p.Time, p.Lang)
	prose("practice.page.lasting", p.Sustainability, p.Lang)
	if len(p.Blocks) > 0 {
		all = append(all, answer{i18n.T(ctx, "practice.page.blocks"), blockTexts(p)})
	}
	if len(p.Links) > 0 {
		all = append(all, answer{i18n.T(ctx, "practice.page.documents"), linkTexts(p)})
	}
	return all
}

// answers are all that a practice says.
func (v pageView) answers(ctx context.Context) []answer {
	all := []answer{{i18n.T(ctx, "practice.compare.summary"), written(v.Text.Lang, v.Text.Summary)}}
	for _, f := range v.facts(ctx) {
		switch {
		case f.Component != nil:
			all = append(all, answer{f.Term, f.Component})
		case len(f.Values) > 0:
			all = append(all, answer{f.Term, written(f.Lang, f.Values...)})
		}
	}
	return append(all, v.texts(ctx)...)
}

// order are the questions of the comparison: some facts are those of few practices, and stand where those have them.
func order(each [][]string) []string {
	var all []string
	place := map[string]int{}
	for _, terms := range each {
		at := -1
		for _, term := range terms {
			if known, ok := place[term]; ok {
				at = known
				continue
			}
			at++
			all = append(all[:at], append([]string{term}, all[at:]...)...)
			for i, t := range all {
				place[t] = i
			}
		}
	}
	return all
}

// rows are the questions to which any of the practices has an answer, in the order of a practice's page.
func (v shelfView) rows(ctx context.Context) []compared {
	each := v.each(ctx)
	terms := make([][]string, len(each))
	said := map[string][]templ.Component{}
	for i, p := range each {
		for _, a := range p.answers(ctx) {
			terms[i] = append(terms[i], a.term)
			if said[a.term] == nil {
				said[a.term] = make([]templ.Component, len(each))
			}
			said[a.term][i] = a.cell
		}
	}
	var all []compared
	for _, term := range order(terms) {
		all = append(all, compared{term, said[term]})
	}
	return all
}

// short names a practice of the comparison above what it says, where there are no columns.
func (v shelfView) short(ctx context.Context, i int) string {
	r := v.Records[i]
	return ui.Excerpt(r.Practice.In(string(i18n.From(ctx))).Title, 60)
}
