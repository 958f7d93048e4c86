package ui

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// Filled is a form with its answers, to be read: check-your-answers, what the desk reads, the printable copy, the
// public page.
type Filled struct {
	Definition *form.Definition
	// Answers are as typed; questions that are not asked are left out.
	Answers    form.Answers
	Vocabulary *gcm.Vocabulary
	// Files are the documents of each Files question, by its id.
	Files map[string][]FileItem
	// Lang is the language the text is written in; empty if that is not known.
	Lang string
	// Change returns the address where a question is answered; nil leaves the links out.
	Change func(s form.Step, f form.Field) string
	// Wrong is what is wrong or missing; it is said at the question.
	Wrong []form.Wrong
	// Notes are what the desk asked to be changed, by question.
	Notes map[string][]string
	// Changed are the questions to mark as changed since the last version; nil marks none.
	Changed map[string]bool
	// After stands below a question, for example the desk's request for a change; nil for nothing.
	After func(f form.Field) templ.Component
	// Public leaves out private questions and those without an answer (README rules 3 and 4); otherwise an open question
	// reads "Not given".
	Public bool
}

// steps are the steps that have something to show.
func (f Filled) steps() []form.Step {
	var all []form.Step
	for _, s := range f.Definition.AskedSteps(f.Answers) {
		if len(f.fields(s)) > 0 {
			all = append(all, s)
		}
	}
	return all
}

func (f Filled) fields(s form.Step) []form.Field {
	var all []form.Field
	for _, field := range s.Asked(f.Answers) {
		if f.Public && (field.Private || !f.given("", field.ID, field)) {
			continue
		}
		all = append(all, field)
	}
	return all
}

// sub are the questions of a row to show.
func (f Filled) sub(group form.Field, n int) []form.Field {
	var all []form.Field
	for _, field := range group.Fields {
		if f.Public && field.Private {
			continue
		}
		if f.given(group.ID, form.RowName(group.ID, n, field.ID), field) {
			all = append(all, field)
		}
	}
	return all
}

// rows are the rows of a group to show: where the portal gives the rows, those of which somebody has said something.
func (f Filled) rows(group form.Field) []int {
	var all []int
	for n := range f.Answers.Rows(group.ID) {
		if !group.Given || slices.ContainsFunc(f.sub(group, n), func(sub form.Field) bool { return !sub.Given }) {
			all = append(all, n)
		}
	}
	return all
}

// given says whether the question has an answer.
func (f Filled) given(group, name string, field form.Field) bool {
	switch field.Type {
	case form.Group:
		return len(f.rows(field)) > 0
	case form.Matrix:
		return f.Answers.Rows(field.ID) > 0
	case form.Files:
		return len(f.Files[field.ID]) > 0
	}
	for _, c := range form.Controls(name, field) {
		if len(f.Answers.All(c)) > 0 {
			return true
		}
	}
	return false
}

func (f Filled) after(field form.Field) templ.Component {
	if f.After == nil {
		return nil
	}
	return f.After(field)
}

func (f Filled) change(s form.Step, field form.Field) string {
	if f.Change == nil {
		return ""
	}
	return f.Change(s, field)
}

// messages are what is wrong with a question, its rows included.
func (f Filled) messages(ctx context.Context, field form.Field) []string {
	var all []string
	for _, w := range f.Wrong {
		if w.Name == field.ID || slices.Contains(form.Controls(field.ID, field), w.Name) || strings.HasPrefix(w.Name, field.ID+".") {
			all = append(all, Message(ctx, w))
		}
	}
	return all
}

// Lines are the answers of a question in words, as a reader of the context's language sees them: the labels of options,
// a date as a day, each amount of a matrix. Long texts, groups and files are not of lines and give none. name is the control's.
func Lines(ctx context.Context, d *form.Definition, group, name string, f form.Field, a form.Answers, v *gcm.Vocabulary) []string {
	switch f.Type {
	case form.Group, form.Files, form.LongText:
		return nil
	case form.Matrix:
		return SheetLines(ctx, f, a, f.Sheet(ctx, a, v))
	case form.Amount:
		if kept := a.First(name); kept != "" {
			return []string{form.AmountText(kept, i18n.From(ctx))}
		}
		return nil
	case form.Date:
		return dateLines(ctx, name, a)
	case form.Check:
		if a.Has(name, "yes") {
			return []string{i18n.T(ctx, "common.yes")}
		}
		return nil
	case form.Image:
		if key := a.First(name); key != "" { // its beginning tells one from another
			return []string{i18n.T(ctx, "ui.image.named", key[:min(6, len(key))])}
		}
		return nil
	case form.Choice, form.Select, form.Choices, form.Objectives:
		return d.Labels(ctx, group, f, a.All(name), v)
	default:
		return a.All(name)
	}
}

// dateLines is a day in words, or what was typed where that is no day.
func dateLines(ctx context.Context, name string, a form.Answers) []string {
	day, given, ok, _ := form.DateOf(a, name)
	switch {
	case !given:
		return nil
	case ok:
		return []string{i18n.Day(ctx, day)}
	}
	var typed []string
	for _, part := range []string{"day", "month", "year"} {
		if v := a.First(name + "." + part); v != "" {
			typed = append(typed, v)
		}
	}
	return []string{strings.Join(typed, " ")}
}

// altOf is the control beside that of an image which holds its words.
func altOf(name string) string { return name[:strings.LastIndexByte(name, '.')+1] + "alt" }

// valueLang marks an answer that people wrote in their own words; the labels of options and days are ours.
func valueLang(f form.Field, lang string) string {
	switch f.Type {
	case form.Text, form.LongText, form.Email, form.URL, form.Number:
		if lang == "" {
			return "und"
		}
		return lang
	}
	return ""
}

// comparison of two versions

// Versions are two versions of a form, to be compared question by question.
type Versions struct {
	Definition    *form.Definition
	Before, After form.Answers
	Vocabulary    *gcm.Vocabulary
	// FilesBefore and FilesAfter are the documents of each Files question, by its id.
	FilesBefore, FilesAfter map[string][]FileItem
	// Lang is the language the text is written in; empty if that is not known.
	Lang string
}

// difference is one question that two versions answer differently.
type difference struct {
	Step  form.Step
	Field form.Field
}

// Changes are the ids of the questions that the versions answer differently, files included.
func (v Versions) Changes() map[string]bool {
	changed := map[string]bool{}
	for _, d := range v.differences() {
		changed[d.Field.ID] = true
	}
	return changed
}

func (v Versions) differences() []difference {
	changed := map[string]bool{}
	for _, c := range v.Definition.Compare(v.Before, v.After) {
		changed[c.Field.ID] = !sameChoice(c.Field, v.Before, v.After)
	}
	var all []difference
	for _, s := range v.Definition.Steps {
		for _, f := range s.Fields {
			if changed[f.ID] || (f.Type == form.Files && !sameFiles(v.FilesBefore[f.ID], v.FilesAfter[f.ID])) {
				all = append(all, difference{s, f})
			}
		}
	}
	return all
}

// sameChoice says whether a choice of several only changed its order, which means nothing.
func sameChoice(f form.Field, before, after form.Answers) bool {
	if f.Type != form.Choices && f.Type != form.Objectives {
		return false
	}
	was, is := before.All(f.ID), after.All(f.ID)
	return slices.Equal(slices.Sorted(slices.Values(was)), slices.Sorted(slices.Values(is)))
}

// bySteps groups the differences for the page.
func (v Versions) bySteps() [][]difference {
	var all [][]difference
	for _, d := range v.differences() {
		if last := len(all) - 1; last >= 0 && all[last][0].Step.ID == d.Step.ID {
			all[last] = append(all[last], d)
			continue
		}
		all = append(all, []difference{d})
	}
	return all
}

func sameFiles(a, b []FileItem) bool {
	return slices.EqualFunc(a, b, func(x, y FileItem) bool { return x.Name == y.Name && x.Facts == y.Facts })
}

func fileNames(files []FileItem) []string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return all
}

// listPieces compares two lists of short lines, each line as a whole, in the order of after with what was removed in
// its place.
func listPieces(before, after []string) []Piece {
	var pieces []Piece
	for _, e := range script(before, after) {
		for _, line := range e.words {
			pieces = append(pieces, Piece{e.change, line})
		}
	}
	return pieces
}

// rowPair is a row of a group in two versions; -1 where it is only in the other.
type rowPair struct{ before, after int }

// pairRows finds which row became which: equal rows stay together, what is left between them is paired in order.
func pairRows(group string, before, after form.Answers) []rowPair {
	was, is := rowsOf(group, before), rowsOf(group, after)
	n, m := len(was), len(is)
	same := func(i, j int) bool { return was[i].Equal(is[j]) }
	// The longest common sequence of equal rows.
	length := make([][]int, n+1)
	for i := range length {
		length[i] = make([]int, m+1)
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if same(i, j) {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var pairs []rowPair
	var removed, added []int
	flush := func() {
		for k := range max(len(removed), len(added)) {
			p := rowPair{-1, -1}
			if k < len(removed) {
				p.before = removed[k]
			}
			if k < len(added) {
				p.after = added[k]
			}
			pairs = append(pairs, p)
		}
		removed, added = nil, nil
	}
	i, j := 0, 0
	for i < n || j < m {
		switch {
		case i < n && j < m && same(i, j):
			flush()
			pairs = append(pairs, rowPair{i, j})
			i, j = i+1, j+1
		case j == m || (i < n && length[i+1][j] >= length[i][j+1]):
			removed = append(removed, i)
			i++
		default:
			added = append(added, j)
			j++
		}
	}
	flush()
	return pairs
}

func rowsOf(group string, a form.Answers) []form.Answers {
	rows := make([]form.Answers, a.Rows(group))
	for n := range rows {
		rows[n] = a.Row(group, n)
	}
	return rows
}

// changedRows are the pairs of rows that differ.
func (v Versions) changedRows(f form.Field) []rowPair {
	var all []rowPair
	for _, p := range pairRows(f.ID, v.Before, v.After) {
		if p.before < 0 || p.after < 0 || !v.Before.Row(f.ID, p.before).Equal(v.After.Row(f.ID, p.after)) {
			all = append(all, p)
		}
	}
	return all
}

// number is the number of the row to show.
func (p rowPair) number() int {
	if p.after >= 0 {
		return p.after
	}
	return p.before
}

// names are the control names of a question in the two versions; "" where the row is only in the other.
func (p rowPair) names(group, id string) (before, after string) {
	if p.before >= 0 {
		before = form.RowName(group, p.before, id)
	}
	if p.after >= 0 {
		after = form.RowName(group, p.after, id)
	}
	return before, after
}

// pieces compares one question; the names are of its controls in each version, "" where it is only in the other.
func (v Versions) pieces(ctx context.Context, group, before, after string, f form.Field) []Piece {
	switch f.Type {
	case form.Text, form.LongText, form.Email, form.URL, form.Number:
		return Compare(v.Before.First(before), v.After.First(after))
	}
	var was, is []string
	if before != "" {
		was = Lines(ctx, v.Definition, group, before, f, v.Before, v.Vocabulary)
	}
	if after != "" {
		is = Lines(ctx, v.Definition, group, after, f, v.After, v.Vocabulary)
	}
	return listPieces(was, is)
}

// rowPieces compares one question of a row.
func (v Versions) rowPieces(ctx context.Context, group, sub form.Field, p rowPair) []Piece {
	before, after := p.names(group.ID, sub.ID)
	return v.pieces(ctx, group.ID, before, after, sub)
}

// inLines says whether the pieces are lines of their own and not a running text.
func inLines(f form.Field) bool {
	switch f.Type {
	case form.Text, form.LongText, form.Email, form.URL, form.Number:
		return false
	}
	return true
}

func anyChange(pieces []Piece) bool {
	return slices.ContainsFunc(pieces, func(p Piece) bool { return p.Change != Same })
}
