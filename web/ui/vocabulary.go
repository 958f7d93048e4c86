package ui

import (
	"context"
	"strconv"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// chosenObjectives are the chosen objectives with their names, in order.
func chosenObjectives(ctx context.Context, f Filled, group, name string, field form.Field) []Choice {
	var all []Choice
	labels := f.Definition.Labels(ctx, group, field, f.Answers.All(name), f.Vocabulary)
	numbers := ordered(f.Definition.OptionsOf(ctx, group, field, f.Vocabulary), f.Answers.All(name))
	for i, label := range labels {
		n, _ := strconv.Atoi(numbers[i])
		all = append(all, Choice{Number: n, Label: label})
	}
	return all
}

// ordered sorts values as their options are, those that are no option last: the order of form.Labels.
func ordered(options []form.Option, values []string) []string {
	left := map[string]bool{}
	for _, v := range values {
		left[v] = true
	}
	var all []string
	for _, o := range options {
		if left[o.Value] {
			all = append(all, o.Value)
			delete(left, o.Value)
		}
	}
	for _, v := range values {
		if left[v] {
			all = append(all, v)
			delete(left, v)
		}
	}
	return all
}

// ObjectivesPath and PrinciplesPath are the overviews of the objectives and the guiding principles, without the language.
const (
	ObjectivesPath = "/objectives"
	PrinciplesPath = "/principles"
)

// ObjectivePath is the page of objective n, without the language: every area that names objectives leads there.
func ObjectivePath(n int) string { return ObjectivesPath + "/" + strconv.Itoa(n) }

// PrinciplePath is the page of guiding principle n, without the language.
func PrinciplePath(n int) string { return PrinciplesPath + "/" + strconv.Itoa(n) }

// ObjectivesText names objectives by number: "Objectives 4, 7 and 15".
func ObjectivesText(ctx context.Context, objectives []int) string {
	numbers := make([]string, len(objectives))
	for i, n := range objectives {
		numbers[i] = i18n.Number(ctx, n)
	}
	return i18n.T(ctx, "ui.objectives", len(objectives), i18n.List(ctx, numbers))
}

// AreasOf says to which thematic area each objective belongs.
func AreasOf(v *gcm.Vocabulary) Areas {
	var areas Areas
	if v == nil {
		return areas
	}
	for _, o := range v.Objectives {
		if o.N >= 1 && o.N <= Objectives {
			areas[o.N-1] = o.Theme
		}
	}
	return areas
}

// groupByArea puts the options of the objectives into their thematic areas, in the order of the areas; those of no area
// come last.
func groupByArea(ctx context.Context, choices []Choice, v *gcm.Vocabulary) []ChoiceGroup {
	areas := AreasOf(v)
	var groups []ChoiceGroup
	rest := ChoiceGroup{Class: "tg"}
	place := map[int]int{}
	if v != nil {
		for _, t := range v.Themes {
			place[t.N] = len(groups)
			groups = append(groups, ChoiceGroup{Legend: t.Label(i18n.From(ctx)), Class: "t" + strconv.Itoa(t.N)})
		}
	}
	for _, c := range choices {
		n, err := strconv.Atoi(c.Value)
		if err != nil || n < 1 || n > Objectives {
			rest.Choices = append(rest.Choices, c)
			continue
		}
		c.Number = n
		if i, ok := place[areas[n-1]]; ok {
			groups[i].Choices = append(groups[i].Choices, c)
			continue
		}
		rest.Choices = append(rest.Choices, c)
	}
	if len(rest.Choices) > 0 {
		rest.Legend = i18n.T(ctx, "ui.objectives.other")
		groups = append(groups, rest)
	}
	return groups
}
