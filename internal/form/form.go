// Package form is the one definition of a form: its steps, its questions, and what an answer must be. From it come the
// pages, check-your-answers, the printable copy, the comparison of two revisions and the exports, so that they cannot
// disagree.
//
// Answers are kept as they were typed, right or wrong. Two questions are asked of them at two times: Wrong (what was
// typed cannot be right: shown on every save, never a reason to lose it) and Missing (what is still to be answered:
// asked only before handing in).
//
// A definition holds no text for people. Texts are in the catalogue under keys made from the kind and the field's id:
//
//	pledge.step.what.title, .lede            a step
//	pledge.field.title.label, .hint, .missing a question; .hint is optional; .missing says what to do; .paper is the hint
//	                                          on paper, where it is another one
//	pledge.field.type.option.common, .hint   a fixed option; its .hint is optional
//
// A field of a group has the group's id in front: pledge.field.indicators.target.label.
package form

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
	"portal/internal/i18n"
)

// Type says what kind of answer a question wants and so how it is shown and checked.
type Type string

// The types of question.
const (
	Text       Type = "text"       // one line
	LongText   Type = "long_text"  // paragraphs and lists: Markdown, no raw HTML
	Email      Type = "email"      // one e-mail address
	URL        Type = "url"        // one web address, http or https
	Number     Type = "number"     // a number as people write it: spaces, any digits
	Amount     Type = "amount"     // a sum of US dollars; kept plainly where it was understood (money.Kept), else as typed
	Check      Type = "check"      // one box: "yes" or nothing
	Choice     Type = "choice"     // one of the options, shown as radio buttons
	Select     Type = "select"     // one of many options, shown as a list
	Choices    Type = "choices"    // any of the options
	Objectives Type = "objectives" // any of the 23, grouped by thematic area
	Date       Type = "date"       // day, month and year in three fields
	Group      Type = "group"      // rows of the same questions, added and removed
	Matrix     Type = "matrix"     // amounts by party and category, with their totals (Sheet)
	Files      Type = "files"      // documents; they live in internal/attachment, not in the answers
	Image      Type = "image"      // in a Group: a picture; its bytes live in internal/attachment, the answer is their key
)

// Option is one possible answer.
type Option struct {
	Value string
	// Label and Hint are texts in the reader's language.
	Label, Hint string
	// Former says that it is one no longer: it is shown where an answer still has it.
	Former bool
}

// When makes a question depend on an earlier answer: it is asked only when the field has one of the values.
type When struct {
	Field string
	Is    []string
}

// Field is one question.
type Field struct {
	// ID is unique in the definition (in the group, for a group's fields) and never changes: answers are kept under it.
	ID   string
	Type Type
	// Required questions must be answered before the form is handed in.
	Required bool
	// Private answers are never shown to the public (README rule 3).
	Private bool
	// Min and Max bound the length of a text in characters as a person counts them (grapheme clusters), or the number of
	// options or rows. 0 is no bound.
	Min, Max int
	// MaxNow takes the place of Max where the bound of a text changes while the portal runs; nil does not.
	MaxNow func() int
	// Long is a length above which a hint appears; nothing is refused.
	Long int
	// Values are the fixed options of Choice, Select and Choices, labelled from the catalogue; Options gives those that
	// come from the vocabulary instead.
	Values  []string
	Options func(ctx context.Context, v *gcm.Vocabulary) []Option
	// Former gives what was among the Options once. Such an answer stays, is shown with its old name, and has to be replaced before
	// the form is handed in. nil has none.
	Former func(ctx context.Context, v *gcm.Vocabulary) []Option
	// Fields are the questions of each row of a Group.
	Fields []Field
	// Parties is the question of a Group whose answers are the parties of a Matrix: "organizations.name". Its categories are its
	// Options; their values are [a-z0-9_], and never "party".
	Parties string
	// Named gives what the question is called where the catalogue does not: a category of a Matrix in the Word file.
	Named func(ctx context.Context) string
	// Rate gives the indirect costs of a Matrix in basis points of the direct ones.
	Rate func() int
	// When is nil for a question that is always asked.
	When *When
	// Future dates must not lie before the day of handing in.
	Future bool
	// Search says that the answer to a Text question is chosen from what the kind shows there, and looks for, instead of being
	// typed; what is shown is the kind's (ui.StepForm.After). On paper it is a line.
	Search bool
	// Given marks a Text whose answer the portal gives: it is shown, carried along and not asked. A Given Group has the rows that
	// are given: none is added.
	Given bool
	// Autocomplete is the HTML autofill token, where one fits.
	Autocomplete string
}

// Step is one page of the form: three to six related questions.
type Step struct {
	// ID is part of the page's address and the key under which the step is saved; it never changes.
	ID     string
	Fields []Field
	// When is nil for a step that is always there.
	When *When
	// Rules finds what is wrong between the step's answers, beyond single fields. It may be nil.
	Rules func(a Answers, env Env) []Wrong
}

// Definition is a whole form.
type Definition struct {
	// Kind is the kind of submission; it starts the keys of all texts.
	Kind  string
	Steps []Step
}

// Env is what checking needs to know of the world.
type Env struct {
	Vocabulary *gcm.Vocabulary
	// Today is the day in Geneva on which the form is checked.
	Today Day
	// Submission is the number of the submission that is checked; 0 when it is none.
	Submission int64
	// HasImage says whether there is an image of that key; nil believes every answer.
	HasImage func(key string) bool
}

// Answers are the raw answers by control name: "title", "indicators.0.what", "due.day".
type Answers map[string][]string

// First returns the first value of a control, without the spaces around it.
func (a Answers) First(name string) string {
	if len(a[name]) == 0 {
		return ""
	}
	return strings.TrimSpace(a[name][0])
}

// All returns the values of a control, less the blank ones.
func (a Answers) All(name string) []string {
	var all []string
	for _, v := range a[name] {
		if v = strings.TrimSpace(v); v != "" {
			all = append(all, v)
		}
	}
	return all
}

// Has says whether the control has the value.
func (a Answers) Has(name, value string) bool { return slices.Contains(a[name], value) }

// Ints returns the values of a control that are whole numbers, in order.
func (a Answers) Ints(name string) []int {
	var all []int
	for _, v := range a.All(name) {
		if n, err := strconv.Atoi(v); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// Rows returns the number of rows of a group.
func (a Answers) Rows(group string) int {
	rows := 0
	for name := range a {
		if n, ok := rowOf(name, group); ok && n >= rows {
			rows = n + 1
		}
	}
	return rows
}

// Row returns the answers of row n of a group, under the names of the group's fields.
func (a Answers) Row(group string, n int) Answers {
	prefix := RowName(group, n, "")
	row := Answers{}
	for name, values := range a {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			row[rest] = values
		}
	}
	return row
}

// RowName is the control name of a field in row n (from 0) of a group.
func RowName(group string, n int, field string) string {
	return group + "." + strconv.Itoa(n) + "." + field
}

func rowOf(name, group string) (int, bool) {
	rest, ok := strings.CutPrefix(name, group+".")
	if !ok {
		return 0, false
	}
	number, _, ok := strings.Cut(rest, ".")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(number)
	return n, err == nil && n >= 0
}

// Equal says whether both hold the same answers; a blank answer equals none.
func (a Answers) Equal(b Answers) bool {
	return maps.EqualFunc(a.clean(), b.clean(), slices.Equal)
}

func (a Answers) clean() Answers {
	c := Answers{}
	for name := range a {
		if all := a.All(name); len(all) > 0 {
			c[name] = all
		}
	}
	return c
}

// Merge returns the answers of all steps together.
func Merge(steps ...Answers) Answers {
	all := Answers{}
	for _, s := range steps {
		maps.Copy(all, s)
	}
	return all
}

// Step returns the step by id.
func (d *Definition) Step(id string) (Step, bool) {
	for _, s := range d.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// Field returns the top-level question by id and the step it is on.
func (d *Definition) Field(id string) (Field, Step, bool) {
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			if f.ID == id {
				return f, s, true
			}
		}
	}
	return Field{}, Step{}, false
}

// AskedSteps returns the steps that apply, given the answers of the whole form.
func (d *Definition) AskedSteps(a Answers) []Step {
	var asked []Step
	for _, s := range d.Steps {
		if s.When.Holds(a) {
			asked = append(asked, s)
		}
	}
	return asked
}

// Asked returns the step's questions that apply, given the answers of the whole form. The server ignores answers to
// questions that are not asked.
func (s Step) Asked(a Answers) []Field {
	var asked []Field
	for _, f := range s.Fields {
		if f.When.Holds(a) {
			asked = append(asked, f)
		}
	}
	return asked
}

// Holds says whether the answers make the question one that is asked.
func (w *When) Holds(a Answers) bool {
	if w == nil {
		return true
	}
	for _, v := range w.Is {
		if a.Has(w.Field, v) {
			return true
		}
	}
	return false
}

// Label is what a question is called in the reader's language; group is "" for a top-level field.
func (d *Definition) Label(ctx context.Context, group string, f Field) string {
	if f.Named != nil {
		return f.Named(ctx)
	}
	return i18n.T(ctx, d.Key(group, f)+".label")
}

// Key is the start of the field's texts in the catalogue; group is "" for a top-level field.
func (d *Definition) Key(group string, f Field) string {
	if group != "" {
		return d.Kind + ".field." + group + "." + f.ID
	}
	return d.Kind + ".field." + f.ID
}

// StepKey is the start of the step's texts in the catalogue.
func (d *Definition) StepKey(s Step) string { return d.Kind + ".step." + s.ID }

// Most is the bound above: MaxNow or Max.
func (f Field) Most() int {
	if f.MaxNow != nil {
		return f.MaxNow()
	}
	return f.Max
}

// InRows says whether the answers are kept in rows: of a Group or a Matrix.
func (f Field) InRows() bool { return f.Type == Group || f.Type == Matrix }

// Uploads says whether the question takes files, which are added on its page and nowhere else: documents, or a Group of
// images.
func (f Field) Uploads() bool { return f.Type == Files || len(f.Images()) > 0 }

// Images returns the questions of a Group's rows that take an image.
func (f Field) Images() []Field {
	var all []Field
	for _, sub := range f.Fields {
		if sub.Type == Image {
			all = append(all, sub)
		}
	}
	return all
}

// ImageKeys returns the keys of all images of a Group.
func (a Answers) ImageKeys(group Field) []string {
	var keys []string
	for n := range a.Rows(group.ID) {
		for _, sub := range group.Images() {
			keys = append(keys, a.All(RowName(group.ID, n, sub.ID))...)
		}
	}
	return keys
}

// Controls returns the names of the HTML controls of a field: three for a date, one for all others. A group and a matrix
// have none of their own.
func Controls(name string, f Field) []string {
	switch f.Type {
	case Date:
		return []string{name + ".day", name + ".month", name + ".year"}
	case Group, Matrix, Files:
		return nil
	default:
		return []string{name}
	}
}
