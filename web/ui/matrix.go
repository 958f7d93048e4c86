package ui

import (
	"context"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/money"
)

// The lines of totals of a sheet: each of a party, and over all of them. The names are those by which the script finds them.
var totalLines = []struct {
	name string
	of   func(s form.Sheet, p form.Party) money.Amount
}{
	{"direct", form.Sheet.Direct}, {"indirect", form.Sheet.Indirect}, {"total", form.Sheet.Total},
}

// totalLabel names a line of totals; the one of indirect costs with its rate.
func totalLabel(ctx context.Context, s form.Sheet, name string) string {
	if name == "indirect" {
		return i18n.T(ctx, "ui.matrix.indirect", money.Rate(s.Rate, i18n.From(ctx)))
	}
	return i18n.T(ctx, "ui.matrix."+name)
}

func amount(ctx context.Context, a money.Amount) string { return a.Format(i18n.From(ctx)) }

// overParties is a line of totals over all parties.
func overParties(s form.Sheet, of func(s form.Sheet, p form.Party) money.Amount) money.Amount {
	return s.All(func(p form.Party) money.Amount { return of(s, p) })
}

// ofCategory is the sum of a category over all parties.
func ofCategory(s form.Sheet, category string) money.Amount {
	return s.All(func(p form.Party) money.Amount { return s.Amount(p, category) })
}

// unread says how many amounts are not counted.
func unread(ctx context.Context, s form.Sheet) string {
	if n := s.Unread(); n > 0 {
		return i18n.T(ctx, "ui.matrix.unread", n)
	}
	return ""
}

// SheetLines are all amounts of a Matrix as lines: party, category and amount; those astray too.
func SheetLines(ctx context.Context, f form.Field, a form.Answers, s form.Sheet) []string {
	var lines []string
	add := func(party, category, text string) {
		if text != "" {
			lines = append(lines, i18n.T(ctx, "ui.matrix.line", party, category, text))
		}
	}
	for _, p := range s.Parties {
		for _, c := range s.Categories {
			add(p.Name, c.Label, s.Text(p, c.Value, i18n.From(ctx)))
		}
	}
	for _, lost := range s.Astray {
		for _, id := range lost.Categories {
			add(lost.Name, categoryLabel(s, id), form.AmountText(a.First(form.RowName(f.ID, lost.Row, id)), i18n.From(ctx)))
		}
	}
	return lines
}

func categoryLabel(s form.Sheet, id string) string {
	for _, c := range s.Categories {
		if c.Value == id {
			return c.Label
		}
	}
	return id
}

// sheet is the Matrix with the answers of the form.
func (s StepForm) sheet(ctx context.Context, f form.Field) form.Sheet {
	return f.Sheet(ctx, s.Answers, s.Vocabulary)
}

// partiesLabel is what the group is called in which the parties of a Matrix are named.
func partiesLabel(d *form.Definition, f form.Field) i18n.Key {
	group, _, _ := strings.Cut(f.Parties, ".")
	return i18n.Key(d.Key("", form.Field{ID: group}) + ".label")
}

// cell is the control of one amount; label is what a screen reader says of it.
func (s StepForm) cell(ctx context.Context, name, label string) Control {
	return Control{
		Name: name, Label: label, Values: []string{form.AmountText(s.Answers.First(name), i18n.From(ctx))}, InputMode: "decimal",
		Error: MessageFor(ctx, s.Wrong, name),
	}
}

// belongs is the choice to whom amounts belong whose party is gone: to one that has none yet.
func (s StepForm) belongs(ctx context.Context, sheet form.Sheet, lost form.Astray) Control {
	c := Control{
		Name: sheet.Control(lost.Party, form.PartyControl), Label: i18n.T(ctx, "ui.matrix.belongs", lost.Name), Values: []string{lost.Name},
		Choices: []Choice{{Value: lost.Name, Label: i18n.T(ctx, "ui.matrix.gone", lost.Name)}},
	}
	rows := s.Answers.Rows(sheet.Field.ID)
	for _, p := range sheet.Parties {
		if p.Row >= rows {
			c.Choices = append(c.Choices, Choice{Value: p.Name, Label: p.Name})
		}
	}
	return c
}

// sheetAttrs tell the script how to add up: the rate, and how an amount is written.
func sheetAttrs(ctx context.Context, s form.Sheet) templ.Attributes {
	return templ.Attributes{
		"data-sheet": strconv.Itoa(s.Rate), "data-like": amount(ctx, money.Sample),
		"data-unread": i18n.T(ctx, "ui.matrix.unread", "{0}"), "data-say": i18n.T(ctx, "ui.matrix.say", "{0}"),
	}
}
