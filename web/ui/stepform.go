package ui

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// StepForm is one step of a form as its owner fills it in. The page is made from the definition alone; what is typed is
// shown as it was typed, right or wrong.
type StepForm struct {
	Definition *form.Definition
	Step       form.Step
	// Answers are those of the whole form, because they decide what is asked.
	Answers form.Answers
	// Wrong is what is wrong with this step; the page with the form shows ErrorSummary(Wrong) on top.
	Wrong      []form.Wrong
	Vocabulary *gcm.Vocabulary
	// Action is the address that the form is posted to.
	Action string
	// Version is the version of the step at which the answers were read.
	Version int
	// Files are the documents of each Files question, by its id; Accept, MaxBytes and MaxFiles are the limits to tell.
	Files  map[string][]FileItem
	Accept string
	// AcceptImages are the types of images to offer.
	AcceptImages string
	MaxBytes     int64
	MaxFiles     int
	// Notes are what the desk asked to be changed, by question.
	Notes map[string][]string
	// Rows are how many rows of a group to show at least, by its id: one more after AddRow.
	Rows map[string]int
	// After stands below a question, by its id: what a search found, advice.
	After map[string]templ.Component
	// Lang is the language the text is written in; empty if that is not known.
	Lang string
	// Autosave lets the script save while one types. Saved is when it was last saved, in words; empty for never.
	Autosave bool
	Saved    string
	// Unsaved says that the answers are shown but kept nowhere yet (a conflict, text held over a sign-in): leaving the page
	// then asks first.
	Unsaved bool
	// Hidden are values that the form carries along.
	Hidden []Hidden
}

// maxSlots is how many conditions of one step the style sheet can follow; questions beyond are shown always.
const maxSlots = 9

// slot is a condition on a question of the same step. The style sheet shows what has the class more-n while something
// with the class if-n is chosen; a browser that cannot do this shows everything, and the server ignores answers to
// questions that are not asked.
type slot struct {
	number int
	when   form.When
}

func (s StepForm) slots() []slot {
	var all []slot
	for _, f := range s.Step.Fields {
		if f.When == nil || !s.onStep(f.When.Field) || len(all) == maxSlots {
			continue
		}
		if s.slotOf(all, f.When) == 0 {
			all = append(all, slot{len(all) + 1, *f.When})
		}
	}
	return all
}

func (s StepForm) slotOf(all []slot, w *form.When) int {
	for _, one := range all {
		if one.when.Field == w.Field && slices.Equal(one.when.Is, w.Is) {
			return one.number
		}
	}
	return 0
}

func (s StepForm) onStep(id string) bool {
	return slices.ContainsFunc(s.Step.Fields, func(f form.Field) bool { return f.ID == id })
}

// fields are the questions to put on the page: those that are asked, and those that an answer on this very page can
// make so.
func (s StepForm) fields() []form.Field {
	asked := map[string]bool{}
	for _, f := range s.Step.Asked(s.Answers) {
		asked[f.ID] = true
	}
	var all []form.Field
	shown := map[string]bool{}
	for _, f := range s.Step.Fields {
		if f.Type == form.Group && f.Given && s.rows(f) == 0 {
			continue // there is nothing to ask
		}
		if asked[f.ID] || (f.When != nil && shown[f.When.Field]) {
			shown[f.ID] = true
			all = append(all, f)
		}
	}
	return all
}

// classOf are the classes of a conditional question: those of its own condition and of its parents'.
func (s StepForm) classOf(f form.Field) string {
	var classes []string
	slots := s.slots()
	for depth := 0; f.When != nil && depth < maxSlots; depth++ {
		if n := s.slotOf(slots, f.When); n > 0 {
			classes = append(classes, "more-"+strconv.Itoa(n))
		}
		parent := slices.IndexFunc(s.Step.Fields, func(p form.Field) bool { return p.ID == f.When.Field })
		if parent < 0 {
			break
		}
		f = s.Step.Fields[parent]
	}
	if len(classes) == 0 {
		return ""
	}
	return "cond__more " + strings.Join(classes, " ")
}

// marker returns the classes that an option of the question has because other questions depend on it.
func (s StepForm) marker(f form.Field) func(value string) string {
	slots := s.slots()
	if !slices.ContainsFunc(slots, func(one slot) bool { return one.when.Field == f.ID }) {
		return nil
	}
	return func(value string) string {
		var classes []string
		for _, one := range slots {
			if one.when.Field == f.ID && slices.Contains(one.when.Is, value) {
				classes = append(classes, "if-"+strconv.Itoa(one.number))
			}
		}
		return strings.Join(classes, " ")
	}
}

// rows is how many rows of a group the page shows.
func (s StepForm) rows(f form.Field) int {
	if f.Given {
		return s.Answers.Rows(f.ID)
	}
	return max(s.Answers.Rows(f.ID), s.Rows[f.ID], f.Min, 1)
}

// mayAdd says whether another row may be added.
func (s StepForm) mayAdd(f form.Field) bool { return !f.Given && (f.Max == 0 || s.rows(f) < f.Max) }

// hasFiles says whether the step has a question for documents, so that the form must be sent in parts.
func (s StepForm) hasFiles() bool {
	return slices.ContainsFunc(s.fields(), form.Field.Uploads)
}

func (s StepForm) formAttrs(ctx context.Context) templ.Attributes {
	a := templ.Attributes{
		"data-guard": true,
	}
	if s.hasFiles() {
		a["enctype"] = "multipart/form-data"
	}
	if s.Unsaved {
		a["data-unsaved-text"] = true
	}
	if s.Autosave {
		a["data-autosave"] = true
		a["data-saved"] = i18n.T(ctx, "ui.saved.at", "{0}")
		a["data-unsaved"] = i18n.T(ctx, "ui.saved.not")
		a["data-stale"] = i18n.T(ctx, "ui.saved.stale")
		a["data-out"] = i18n.T(ctx, "ui.saved.out")
		a["data-sign-in"] = Href(ctx, SiteOf(ctx).SignIn)
		a["data-sign-in-text"] = i18n.T(ctx, "ui.saved.sign_in")
		a["data-refused"] = i18n.T(ctx, "ui.saved.refused")
	}
	return a
}

func (s StepForm) savedText(ctx context.Context) string {
	if s.Saved == "" {
		return ""
	}
	return i18n.T(ctx, "ui.saved.at", s.Saved)
}

// control is the question as it stands on the page; group is "" for a top-level question, name the name of its control.
func (s StepForm) control(ctx context.Context, group, name string, f form.Field) Control {
	key := s.Definition.Key(group, f)
	c := Control{
		Name: name, Label: i18n.T(ctx, key+".label"), Hint: textIf(ctx, key+".hint"),
		Error:        MessageFor(ctx, s.Wrong, form.Controlled(name, f)),
		Values:       s.Answers[name],
		Optional:     !f.Required && f.Type != form.Check,
		Large:        group == "",
		Autocomplete: f.Autocomplete,
		Private:      f.Private,
	}
	if group == "" {
		c.Class = s.classOf(f)
		c.Mark = s.marker(f)
		c.Notes = s.Notes[f.ID]
		c.After = s.After[f.ID]
		if f.Search && c.After == nil { // it is typed, as on paper
			c.Hint = textIf(ctx, key+".paper")
		}
	}
	switch f.Type {
	case form.Text:
		c.Lang = s.Lang
		c.Length = form.Length(c.Value())
		c.Long = f.Long
		if f.Max > 0 && f.Max <= 40 {
			c.Width = "w-10"
		}
	case form.LongText:
		c.Lang = s.Lang
		c.Length = form.Length(c.Value())
		c.Min, c.Max = f.Min, f.Most()
		if group != "" {
			c.Rows = 3
		}
	case form.Email:
		c.Type = "email"
	case form.URL:
		c.Type = "url"
	case form.Number:
		c.InputMode = "decimal"
		c.Width = "w-10"
	case form.Amount:
		c.Values = []string{form.AmountText(s.Answers.First(name), i18n.From(ctx))}
		c.InputMode = "decimal"
		c.Width = "w-10"
	case form.Choice, form.Select, form.Choices, form.Objectives:
		c.Values = s.Answers.All(name)
		c.Choices = s.choices(ctx, group, f, c.Values)
		if f.Type == form.Select {
			c.Blank = i18n.T(ctx, "ui.form.choose")
		}
	}
	return c
}

func (s StepForm) choices(ctx context.Context, group string, f form.Field, chosen []string) []Choice {
	var all []Choice
	for _, o := range s.Definition.Shown(ctx, group, f, chosen, s.Vocabulary) {
		all = append(all, Choice{Value: o.Value, Label: o.Label, Hint: o.Hint})
	}
	return all
}

// groups are the objectives by thematic area, in the order of the areas.
func (s StepForm) groups(ctx context.Context, c Control) []ChoiceGroup {
	return groupByArea(ctx, c.Choices, s.Vocabulary)
}

// The number of options up to which a question shows them as cards, and as lines.
const (
	asCards = 8
	asLines = 24
)

func (s StepForm) date(ctx context.Context, group, name string, f form.Field) DateControl {
	d := DateControl{
		Control: s.control(ctx, group, name, f),
		Day:     first(s.Answers, name+".day"), Month: first(s.Answers, name+".month"), Year: first(s.Answers, name+".year"),
	}
	for _, part := range []string{"day", "month", "year"} {
		if message := MessageFor(ctx, s.Wrong, name+"."+part); message != "" {
			d.Error = message
			if part != "day" || partialDate(d) {
				d.Part = part
			}
			break
		}
	}
	return d
}

// partialDate says whether something was typed into the date, so that only the part in question is marked.
func partialDate(d DateControl) bool { return d.Day+d.Month+d.Year != "" }

func first(a form.Answers, name string) string {
	if len(a[name]) == 0 {
		return ""
	}
	return a[name][0]
}

// image is a question for an image, in a row of a group.
func (s StepForm) image(ctx context.Context, group, name string, f form.Field) ImageControl {
	c := ImageControl{
		FileControl: FileControl{Control: s.control(ctx, group, name, f), Accept: s.AcceptImages, MaxBytes: s.MaxBytes, Single: true, Upload: Pressed{Act: Upload, Field: group}.Value()},
		Alt:         s.Answers.First(altOf(name)),
	}
	if item, ok := ImageOf(s.Files[group], c.Value()); ok {
		c.Image = &item
	}
	return c
}

func (s StepForm) file(ctx context.Context, f form.Field) FileControl {
	return FileControl{
		Control: s.control(ctx, "", f.ID, f), Files: s.Files[f.ID],
		Accept: s.Accept, MaxBytes: s.MaxBytes, MaxFiles: s.MaxFiles,
		Upload: Pressed{Act: Upload, Field: f.ID}.Value(),
	}
}

// textIf is the text of the key where the catalogue has one.
func textIf(ctx context.Context, key string) string {
	if i18n.Has(i18n.From(ctx), key) {
		return i18n.T(ctx, key)
	}
	return ""
}

// rowTitle names a row of a group: ".row" of the group's texts ("Indicator {0}"), or the group's label with the number.
func rowTitle(ctx context.Context, d *form.Definition, f form.Field, n int) string {
	key := d.Key("", f)
	if i18n.Has(i18n.From(ctx), key+".row") {
		return i18n.T(ctx, key+".row", n+1)
	}
	return i18n.T(ctx, "ui.form.row", i18n.T(ctx, key+".label"), n+1)
}

// addText is what the button says that adds a row: ".add" of the group's texts, or a general one.
func addText(ctx context.Context, d *form.Definition, f form.Field) string {
	if text := textIf(ctx, d.Key("", f)+".add"); text != "" {
		return text
	}
	return i18n.T(ctx, "ui.form.add")
}
