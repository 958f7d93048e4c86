package submission

import (
	"context"
	"maps"
	"slices"

	"portal/internal/budget"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/workbook"
	"portal/web/ui"
)

// budgetView is the page on which a workbook of a joint budget is chosen, and the one that shows what it would change.
type budgetView struct {
	stepView
	Field      form.Field
	Sheet      form.Sheet
	Vocabulary *gcm.Vocabulary
	Name       string // of the file
	budget.Reading
	// Taken are the answers of the step with those of the workbook.
	Taken form.Answers
}

// take puts the amounts of the workbook in the place of those of the draft. They are sent on top of the version of which the
// workbook was made, so that what somebody has saved since is not written over unseen.
func (v *budgetView) take() {
	saved := v.Text.Steps[v.Step.ID].Answers
	v.Taken = maps.Clone(saved)
	if v.Taken == nil {
		v.Taken = form.Answers{}
	}
	for _, c := range v.Changes {
		v.Taken[form.RowName(v.Field.ID, c.Party.Row, form.PartyControl)] = []string{c.Party.Name}
		v.Taken[v.Sheet.Control(c.Party, c.Category.Value)] = []string{c.After}
	}
	v.Answers = form.Merge(v.Case.Answers, v.Taken)
	if v.older() {
		v.Origin.Version = v.Edition.Version
	}
}

// older says that the step was saved again after the workbook was made; foreign that it was made of another draft.
func (v budgetView) older() bool {
	return v.Edition.Submission == v.ID && v.Edition.Version < v.edition().Version
}

func (v budgetView) foreign() bool {
	return v.Edition.Submission != 0 && v.Edition.Submission != v.ID
}

// at is the address of the budget on its step.
func (v budgetView) at(ctx context.Context) string {
	return ui.Href(ctx, stepPath(v.ID, v.Step.ID)) + "#" + v.Field.ID
}

func (v budgetView) address() string { return stepPath(v.ID, v.Step.ID) + "/budget" }

func (v budgetView) head(ctx context.Context, key string) ui.Head {
	return ui.Head{Title: i18n.T(ctx, key), Slim: true, Above: v.above(ctx, v.itself(ctx), ui.Link{Href: v.at(ctx), Text: v.title(ctx)})}
}

func (v budgetView) file(ctx context.Context) ui.FileControl {
	return ui.FileControl{
		Control: ui.Control{
			Name: "file", Label: i18n.T(ctx, "budget.sheet.file.label"), Hint: i18n.T(ctx, "budget.sheet.file.hint", workbook.MaxBytes>>20),
			Error: ui.MessageFor(ctx, v.Wrong, "file"), Large: true,
		},
		Accept: ".xlsx," + workbook.MediaType, MaxBytes: workbook.MaxBytes, Single: true,
	}
}

// changes are the amounts that would be others.
func (v budgetView) changes(ctx context.Context) ui.Table {
	t := ui.Table{Caption: i18n.T(ctx, "budget.sheet.preview.changes", len(v.Changes)), HideCaption: true, Cards: true, Header: 1}
	for _, column := range []string{"cell", "party", "category", "before", "after"} {
		t.Columns = append(t.Columns, ui.Column{Text: i18n.T(ctx, "budget.sheet.preview.column."+column), Num: column == "before" || column == "after"})
	}
	for _, c := range v.Changes {
		after := budgetText(ctx, c.After)
		if c.Formula {
			after = i18n.T(ctx, "budget.sheet.preview.formula", after)
		}
		t.Rows = append(t.Rows, []ui.Cell{{Text: c.At}, {Text: c.Party.Name, Lang: "und"}, {Text: c.Category.Label}, {Text: budgetText(ctx, c.Before)}, {Text: after}})
	}
	return t
}

func budgetText(ctx context.Context, kept string) string {
	if kept == "" {
		return i18n.T(ctx, "budget.sheet.preview.empty")
	}
	return form.AmountText(kept, i18n.From(ctx))
}

// unknown says of each column and row that has no place in the draft where it stands and what it is called.
func (v budgetView) unknown(ctx context.Context) []string {
	var all []string
	for _, p := range v.Parties {
		all = append(all, i18n.T(ctx, "budget.sheet.preview.party", p.At, p.Name))
	}
	for _, c := range v.Categories {
		key := "budget.sheet.preview.category"
		if c.Name == "" {
			key = "budget.sheet.preview.nameless"
		}
		all = append(all, i18n.T(ctx, key, c.At, c.Name))
	}
	return all
}

// lacking are the organizations and categories that the workbook does not have.
func (v budgetView) lacking() []string { return append(slices.Clone(v.NoParty), v.NoCategory...) }

func (v budgetView) totals(ctx context.Context) []string {
	var all []string
	for _, t := range v.Totals {
		all = append(all, i18n.T(ctx, "budget.sheet.preview.total", t.At, t.Party, i18n.Key("budget.sheet.line."+t.Name), t.Says, t.Are))
	}
	return all
}

// hidden are the answers of the step, in order.
func (v budgetView) hidden() []ui.Hidden {
	var all []ui.Hidden
	for _, name := range slices.Sorted(maps.Keys(v.Taken)) {
		for _, value := range v.Taken[name] {
			all = append(all, ui.Hidden{Name: name, Value: value})
		}
	}
	return all
}
