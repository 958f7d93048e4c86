package conceptnote

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/workflow"
)

// change is one difference between two configurations, in the reader's language, with the steps of the form that it touches.
type change struct {
	remark
	steps []string
}

// The steps of the form whose texts have one of the bounds of Configuration.Lengths.
var (
	partSteps  = []string{"partners", "context", "results"}
	shortSteps = []string{"note", "where", "risks", "markers", "principles"}
)

// item is an area, a category or a value of a scale.
type item struct {
	id    string
	names gcm.Names
}

func areaItem(a Area) item         { return item{a.ID, a.Names} }
func categoryItem(c Category) item { return item{c.ID, c.Names} }
func valueItem(v Value) item       { return item{v.Value, v.Names} }

func itemsOf[T any](all []T, of func(T) item) []item {
	items := make([]item, len(all))
	for i, one := range all {
		items[i] = of(one)
	}
	return items
}

// itemChanges are the differences between two lists; kind is the end of their keys.
func itemChanges(l i18n.Lang, kind, step string, before, after []item) []change {
	var all []change
	add := func(what string, args ...any) {
		all = append(all, change{remark{"concept_note.configuration.change." + kind + "." + what, args}, []string{step}})
	}
	at := func(items []item, id string) int {
		return slices.IndexFunc(items, func(i item) bool { return i.id == id })
	}
	// stay are the ids of those that stay, in the order of a list.
	stay := func(all, others []item) []string {
		var ids []string
		for _, one := range all {
			if at(others, one.id) >= 0 {
				ids = append(ids, one.id)
			}
		}
		return ids
	}
	if !slices.Equal(stay(before, after), stay(after, before)) {
		add("ordered")
	}
	for _, is := range after {
		if at(before, is.id) < 0 {
			add("added", is.names.In(l))
		}
	}
	for _, was := range before {
		i := at(after, was.id)
		switch {
		case i < 0:
			add("removed", was.names.In(l))
		case was.names.In(l) != after[i].names.In(l):
			add("renamed", was.names.In(l), after[i].names.In(l))
		case !maps.Equal(was.names, after[i].names):
			add("translated", was.names.In(l))
		}
	}
	return all
}

// changes are the differences of the later configuration to this one, in the order of the form. There are none between equal
// ones.
func (c *Configuration) changes(ctx context.Context, to *Configuration) []change {
	l := i18n.From(ctx)
	var all []change
	add := func(steps []string, key string, args ...any) {
		all = append(all, change{remark{"concept_note.configuration.change." + key, args}, steps})
	}
	if c.Duration != to.Duration {
		add([]string{"note"}, "duration", c.Duration.Least, c.Duration.Most, to.Duration.Least, to.Duration.Most)
	}
	all = append(all, itemChanges(l, "area", "areas", itemsOf(c.Areas, areaItem), itemsOf(to.Areas, areaItem))...)
	for _, is := range to.Areas {
		i := slices.IndexFunc(c.Areas, func(was Area) bool { return was.ID == is.ID })
		if i >= 0 && !slices.Equal(c.Areas[i].Objectives, is.Objectives) {
			add([]string{"areas"}, "objectives", is.Names.In(l), numbers(ctx, is.Objectives))
		}
	}
	all = append(all, itemChanges(l, "category", "budget", itemsOf(c.Categories, categoryItem), itemsOf(to.Categories, categoryItem))...)
	if c.Indirect != to.Indirect {
		add([]string{"budget"}, "indirect", money.Rate(c.Indirect, l), money.Rate(to.Indirect, l))
	}
	for _, m := range Markers {
		was, is := c.Markers[m], to.Markers[m]
		if was.Least != is.Least {
			add([]string{"markers"}, "least", i18n.Key("concept_note.field."+string(m)+".label"), was.least(ctx), is.least(ctx))
		}
		all = append(all, itemChanges(l, "value", "markers", itemsOf(was.Values, valueItem), itemsOf(is.Values, valueItem))...)
	}
	if c.Lengths.Part != to.Lengths.Part {
		add(partSteps, "part", c.Lengths.Part, to.Lengths.Part)
	}
	if c.Lengths.Short != to.Lengths.Short {
		add(shortSteps, "short", c.Lengths.Short, to.Lengths.Short)
	}
	return all
}

// least is the least value of a scale in words.
func (s Scale) least(ctx context.Context) string {
	if s.Least == "" {
		return i18n.T(ctx, "concept_note.configuration.least.any")
	}
	return s.Least
}

// numbers writes the numbers of objectives.
func numbers(ctx context.Context, all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = i18n.Number(ctx, n)
	}
	return i18n.List(ctx, words)
}

// stepChanges is what the fund has changed about a step since it was saved.
type stepChanges struct {
	Step    form.Step
	Remarks []remark
}

// since is what the fund has changed about the steps of a draft since each was saved last (fund.md, The form); nothing of a step
// that nobody has saved.
func (s *Service) since(ctx context.Context, sub workflow.Submission) ([]stepChanges, error) {
	versions := s.configurations()
	now := versions.At(s.now())
	if now == nil || sub.Side != workflow.ByOwner || !sub.State.Writable() || !now.InForce.After(sub.CreatedAt) {
		return nil, nil
	}
	text, err := workflow.ReadText(ctx, s.db.Read(), sub.ID, sub.Revision)
	if err != nil {
		return nil, fmt.Errorf("what has changed about concept note %d: %w", sub.ID, err)
	}
	var all []stepChanges
	for _, step := range s.form.Steps {
		saved, ok := text.Steps[step.ID]
		if !ok {
			continue
		}
		was := versions.At(saved.ConfirmedAt)
		if was == nil || was.Number == now.Number {
			continue
		}
		changed := stepChanges{Step: step}
		for _, c := range was.Content.changes(ctx, &now.Content) {
			if slices.Contains(c.steps, step.ID) {
				changed.Remarks = append(changed.Remarks, c.remark)
			}
		}
		if len(changed.Remarks) > 0 {
			all = append(all, changed)
		}
	}
	return all, nil
}

// Above shows above the questions of a step what the fund has changed since it was saved; nil for nothing.
func (s *Service) Above(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error) {
	all, err := s.since(ctx, sub)
	for _, one := range all {
		if one.Step.ID == step {
			return changedNote(one.Remarks), nil
		}
	}
	return nil, err
}
