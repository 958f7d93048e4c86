package form

import (
	"context"
	"slices"
	"strings"

	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/problem"
)

// Wrong is one thing that is wrong with, or missing from, an answer.
type Wrong = problem.Field

// State says how far a step is.
type State string

// The states of a step, in the order in which they are reached.
const (
	NotStarted State = "not_started"
	InProgress State = "in_progress"
	Completed  State = "completed"
)

// StateOf says how far the step is, given the answers of the whole form.
func (d *Definition) StateOf(s Step, a Answers, env Env) State {
	if len(d.Wrong(s, a, env)) > 0 || len(d.Missing(s, a)) > 0 {
		for _, f := range s.Asked(a) {
			if answered("", f, a) {
				return InProgress
			}
		}
		return NotStarted
	}
	for _, f := range s.Asked(a) {
		if answered("", f, a) {
			return Completed
		}
	}
	return NotStarted
}

// Problems returns all that stands between the answers and handing in, step by step in the order of the pages: what is
// wrong and what is missing.
func (d *Definition) Problems(a Answers, env Env) []Wrong {
	var all []Wrong
	for _, s := range d.AskedSteps(a) {
		all = append(all, d.StepProblems(s, a, env)...)
	}
	return all
}

// StepProblems returns what is wrong with and missing from one step, in the order of the page.
func (d *Definition) StepProblems(s Step, a Answers, env Env) []Wrong {
	return d.inOrder(s, a, slices.Concat(d.Wrong(s, a, env), d.Missing(s, a)))
}

// Wrong returns what was typed into the step and cannot be right, in the order of the page. What is merely not yet
// answered is not wrong.
func (d *Definition) Wrong(s Step, a Answers, env Env) []Wrong {
	var wrong []Wrong
	for _, f := range s.Asked(a) {
		if f.Type == Matrix {
			wrong = append(wrong, d.wrongMatrix(f, a, env)...)
			continue
		}
		if f.Type != Group {
			wrong = append(wrong, d.wrong("", f.ID, f, a, env)...)
			continue
		}
		rows := a.Rows(f.ID)
		if f.Max > 0 && rows > f.Max {
			wrong = append(wrong, Wrong{Name: Controlled(RowName(f.ID, f.Max, f.Fields[0].ID), f.Fields[0]), Key: "form.rows.too_many", Args: []any{f.Max, rows}})
		}
		for n := range rows {
			for _, sub := range f.Fields {
				wrong = append(wrong, d.wrong(f.ID, RowName(f.ID, n, sub.ID), sub, a, env)...)
			}
		}
	}
	if s.Rules != nil {
		wrong = append(wrong, s.Rules(a, env)...)
	}
	return d.inOrder(s, a, wrong)
}

// Missing returns the step's required questions that have no answer yet, in the order of the page. In a group each row
// that is there must be complete, and there must be as many rows as the group's Min.
func (d *Definition) Missing(s Step, a Answers) []Wrong {
	var missing []Wrong
	for _, f := range s.Asked(a) {
		if f.Type == Group {
			rows := a.Rows(f.ID)
			if f.Required && rows < max(1, f.Min) {
				missing = append(missing, Wrong{Name: Controlled(RowName(f.ID, rows, f.Fields[0].ID), f.Fields[0]), Key: d.Key("", f) + ".missing"})
			}
			for n := range rows {
				for _, sub := range f.Fields {
					name := RowName(f.ID, n, sub.ID)
					if sub.Required && !answered(name, sub, a) {
						missing = append(missing, Wrong{Name: Controlled(name, sub), Key: d.Key(f.ID, sub) + ".missing", Args: []any{n + 1}})
					}
				}
			}
			continue
		}
		if f.Required && f.Type != Files && !answered(f.ID, f, a) {
			missing = append(missing, Wrong{Name: Controlled(f.ID, f), Key: d.Key("", f) + ".missing"})
		}
	}
	return missing
}

// Controlled is the name of the first HTML control of a field: where an error's link leads.
func Controlled(name string, f Field) string {
	if controls := Controls(name, f); len(controls) > 0 {
		return controls[0]
	}
	return name
}

func answered(name string, f Field, a Answers) bool {
	if f.InRows() {
		return a.Rows(f.ID) > 0
	}
	if name == "" {
		name = f.ID
	}
	for _, c := range Controls(name, f) {
		if len(a.All(c)) > 0 {
			return true
		}
	}
	return false
}

// label is how messages call a question: one of a group with its row, so that two of them can be told apart.
func (d *Definition) label(group, name string, f Field) any {
	label := i18n.Key(d.Key(group, f) + ".label")
	row := d.Key("", Field{ID: group}) + ".row"
	if n, ok := rowOf(name, group); ok && i18n.Has(i18n.English, row) {
		return i18n.Phrase{Key: "form.in_row", Args: []any{i18n.Phrase{Key: row, Args: []any{n + 1}}, label}}
	}
	return label
}

func (d *Definition) wrong(group, name string, f Field, a Answers, env Env) []Wrong {
	label := d.label(group, name, f)
	one := func(key string, args ...any) []Wrong {
		return []Wrong{{Name: Controlled(name, f), Key: key, Args: append([]any{label}, args...)}}
	}
	value := a.First(name)
	switch f.Type {
	case Text, LongText:
		length := Length(value)
		switch {
		case f.Most() > 0 && length > f.Most():
			return one("form.too_long", f.Most(), length)
		case f.Min > 0 && length > 0 && length < f.Min:
			return one("form.too_short", f.Min, length)
		}
	case Email:
		if value != "" && !ValidEmail(value) {
			return one("form.email")
		}
	case URL:
		if value != "" && !ValidURL(value) {
			return one("form.url")
		}
	case Number:
		if _, ok := ParseNumber(value); value != "" && !ok {
			return one("form.number")
		}
	case Amount:
		if key := amountWrong(value); key != "" {
			return one(key, money.Sample, value)
		}
	case Date:
		d, given, ok, part := DateOf(a, name)
		switch {
		case given && !ok:
			return []Wrong{{Name: name + "." + part, Key: "form.date." + part, Args: []any{label}}}
		case given && f.Future && !env.Today.IsZero() && d.Before(env.Today):
			return one("form.date.past")
		}
	case Check:
		if value != "" && value != "yes" {
			return one("form.option")
		}
	case Image:
		if value != "" && env.HasImage != nil && !env.HasImage(value) {
			return one("form.image")
		}
	case Choice, Select, Choices, Objectives:
		values := a.All(name)
		if (f.Type == Choice || f.Type == Select) && len(values) > 1 {
			return one("form.option.one")
		}
		for _, v := range values {
			switch {
			case f.has(v, env):
			case slices.ContainsFunc(f.former(context.Background(), env.Vocabulary), func(o Option) bool { return o.Value == v }):
				return []Wrong{{Name: Controlled(name, f), Key: "form.option.former", Args: []any{named{f, v, env.Vocabulary}}}}
			default:
				return one("form.option")
			}
		}
		if f.Max > 0 && len(values) > f.Max {
			return one("form.options.too_many", f.Max, len(values))
		}
	}
	return nil
}

// has says whether the value is one of the field's options.
func (f Field) has(value string, env Env) bool {
	if f.Options != nil {
		return slices.ContainsFunc(f.Options(i18n.WithLang(context.Background(), i18n.English), env.Vocabulary), func(o Option) bool { return o.Value == value })
	}
	return slices.Contains(f.Values, value)
}

// inOrder sorts problems by the order of the questions on the page; at one question the first found stays first, and
// only one is told at a time.
func (d *Definition) inOrder(s Step, a Answers, wrong []Wrong) []Wrong {
	position := map[string]int{}
	add := func(name string, f Field) {
		for _, c := range Controls(name, f) {
			position[c] = len(position) + 1
		}
		if f.Type == Files {
			position[name] = len(position) + 1
		}
	}
	for _, f := range s.Fields {
		if f.Type == Matrix { // in the order in which they were found
			position[f.ID] = len(position) + 1
			for _, w := range wrong {
				if strings.HasPrefix(w.Name, f.ID+".") {
					position[w.Name] = position[f.ID]
				}
			}
			continue
		}
		if f.Type != Group {
			add(f.ID, f)
			continue
		}
		for n := range a.Rows(f.ID) + 1 {
			for _, sub := range f.Fields {
				add(RowName(f.ID, n, sub.ID), sub)
			}
		}
	}
	slices.SortStableFunc(wrong, func(x, y Wrong) int { return position[x.Name] - position[y.Name] })
	return slices.CompactFunc(wrong, func(x, y Wrong) bool { return x.Name != "" && x.Name == y.Name })
}
