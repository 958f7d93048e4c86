package ui

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"portal/internal/i18n"
	"portal/internal/problem"
)

// Choice is one option of a question with options.
type Choice struct {
	Value, Label, Hint string
	// Number and Class are the number of an objective and its colour; 0 and empty for all else.
	Number int
	Class  string
}

// Control is one question of a form as it stands on the page. Its name is also its id, which is where an error's link
// leads.
type Control struct {
	Name  string
	Label string
	Hint  string
	// Error is what is wrong with the answer, in the reader's language; empty for nothing.
	Error string
	// Values are what was typed or chosen, as typed. All but checkboxes use the first.
	Values []string
	// Choices are the options of radios, checkboxes and selects.
	Choices []Choice
	// Optional marks the question as one that may stay open.
	Optional bool
	// Large shows the label as a heading of its own, as in long forms.
	Large bool
	// Type is the type of a text input: "text" if empty.
	Type string
	// Autocomplete is the HTML autofill token; empty is "off".
	Autocomplete string
	// InputMode is the keyboard to offer: "numeric", "decimal".
	InputMode string
	// Width narrows the field: "w-2", "w-4", "w-10"; empty for the full width.
	Width string
	// Rows is the height of a text area in lines; 0 is 7.
	Rows int
	// Min and Max are the limits of a text area in characters as a person counts them; with Max the count is shown.
	// Length is the count of what is there now.
	Min, Max, Length int
	// Long is a length above which a one-line answer is called long; nothing is refused. 0 for none.
	Long int
	// Lang is the language the answer is written in; empty if that is not known.
	Lang string
	// Blank is the first line of a select; empty leaves it out, so that the first option is chosen.
	Blank string
	// Notes are remarks at the question, for example what the desk asks to be changed.
	Notes []string
	// Private says that the answer is never shown to the public.
	Private bool
	// Class adds classes to the frame of the question (conditional questions).
	Class string
	// Mark returns classes for the input of an option (conditional questions); nil for none.
	Mark func(value string) string
	// After stands below the control: files added, what a search found.
	After templ.Component
}

// Value is what was typed, as typed.
func (c Control) Value() string {
	if len(c.Values) == 0 {
		return ""
	}
	return c.Values[0]
}

func (c Control) chosen(value string) bool { return slices.Contains(c.Values, value) }

func (c Control) mark(value string) string {
	if c.Mark == nil {
		return ""
	}
	return c.Mark(value)
}

// unknown returns the chosen values that are no option: they are shown all the same, since they were sent.
func (c Control) unknown() []string {
	var all []string
	for _, v := range c.Values {
		if v != "" && !slices.ContainsFunc(c.Choices, func(o Choice) bool { return o.Value == v }) {
			all = append(all, v)
		}
	}
	return all
}

// optionID is the id of an option's input: the first has the question's own.
func (c Control) optionID(i int) string {
	if i == 0 {
		return c.Name
	}
	return c.Name + "-" + strconv.Itoa(i)
}

func (c Control) inputType() string {
	if c.Type == "" {
		return "text"
	}
	return c.Type
}

func (c Control) rows() string {
	if c.Rows == 0 {
		return "7"
	}
	return strconv.Itoa(c.Rows)
}

// describedBy lists hint, notes, error and count, in the order in which they stand.
func (c Control) describedBy() string {
	var ids []string
	if c.Hint != "" || c.Private {
		ids = append(ids, c.Name+"-hint")
	}
	if len(c.Notes) > 0 {
		ids = append(ids, c.Name+"-note")
	}
	if c.Error != "" {
		ids = append(ids, c.Name+"-error")
	}
	if c.Max > 0 || c.Long > 0 {
		ids = append(ids, c.Name+"-count")
	}
	return strings.Join(ids, " ")
}

// attrs are the attributes that tie a control to its hint and error.
func (c Control) attrs() templ.Attributes {
	a := templ.Attributes{}
	if ids := c.describedBy(); ids != "" {
		a["aria-describedby"] = ids
	}
	if c.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// groupAttrs are the same for a fieldset, which cannot be invalid itself.
func (c Control) groupAttrs() templ.Attributes {
	if ids := c.describedBy(); ids != "" {
		return templ.Attributes{"aria-describedby": ids}
	}
	return nil
}

// inputAttrs are those of a text input.
func (c Control) inputAttrs(ctx context.Context) templ.Attributes {
	a := c.attrs()
	a["autocomplete"] = "off"
	if c.Autocomplete != "" {
		a["autocomplete"] = c.Autocomplete
	}
	if c.InputMode != "" {
		a["inputmode"] = c.InputMode
	}
	if c.inputType() == "text" && c.ownDirection(ctx) {
		a["dir"] = "auto"
	}
	if c.Lang != "" {
		a["lang"] = c.Lang
	}
	return a
}

// selectAttrs are those of a list to choose from; its options are ours and run as the page does.
func (c Control) selectAttrs() templ.Attributes {
	a := c.attrs()
	if c.Autocomplete != "" {
		a["autocomplete"] = c.Autocomplete
	}
	return a
}

func (c Control) areaAttrs(ctx context.Context) templ.Attributes {
	a := c.attrs()
	if c.ownDirection(ctx) {
		a["dir"] = "auto"
	}
	if c.Lang != "" {
		a["lang"] = c.Lang
	}
	return a
}

func (c Control) frame(class string) string {
	if c.Error != "" {
		class += " has-err"
	}
	if len(c.Notes) > 0 {
		class += " has-note"
	}
	return strings.TrimSpace(class + " " + c.Class)
}

func (c Control) labelClass() string {
	if c.Large {
		return "label label--l"
	}
	return "label"
}

// longText says that a one-line answer is long, where it is.
func (c Control) longText(ctx context.Context) string {
	if c.Length <= c.Long {
		return ""
	}
	return i18n.T(ctx, "ui.count.long", c.Length)
}

func (c Control) longAttrs(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-count": c.Name, "data-max": strconv.Itoa(c.Long), "data-min": "0",
		"data-count-used": "", "data-count-under": "", "data-count-over": i18n.T(ctx, "ui.count.long", "{0}"),
	}
}

// ownDirection says whether free text takes its direction from its own letters. An empty field has none and, marked so,
// would be left to right on a page from right to left; there it keeps the page's until something is in it.
func (c Control) ownDirection(ctx context.Context) bool {
	return i18n.From(ctx).Dir() == "ltr" || strings.TrimSpace(c.Value()) != ""
}

// countText says how much of the allowed length is used.
func (c Control) countText(ctx context.Context) string {
	switch {
	case c.Length > c.Max:
		return i18n.T(ctx, "ui.count.over", c.Length, c.Max)
	case c.Length < c.Min && c.Length > 0:
		return i18n.T(ctx, "ui.count.under", c.Length, c.Max, c.Min)
	default:
		return i18n.T(ctx, "ui.count.used", c.Length, c.Max)
	}
}

// countAttrs give the script the limits and the three sentences, in which it puts the number for "{0}".
func (c Control) countAttrs(ctx context.Context) templ.Attributes {
	return templ.Attributes{
		"data-count":       c.Name,
		"data-max":         strconv.Itoa(c.Max),
		"data-min":         strconv.Itoa(c.Min),
		"data-count-used":  i18n.T(ctx, "ui.count.used", "{0}", c.Max),
		"data-count-under": i18n.T(ctx, "ui.count.under", "{0}", c.Max, c.Min),
		"data-count-over":  i18n.T(ctx, "ui.count.over", "{0}", c.Max),
	}
}

// DateControl is a question for a day: three fields, so that nobody has to use a picker.
type DateControl struct {
	Control
	// Day, Month and Year are as typed. Part is the field that is wrong: "day", "month", "year", or "" for all.
	Day, Month, Year, Part string
}

type datePart struct {
	name, label, value, width string
	attrs                     templ.Attributes
	fine                      bool
}

func (d DateControl) parts(ctx context.Context) []datePart {
	part := func(name, value, width string) datePart {
		p := datePart{name: d.Name + "." + name, label: i18n.T(ctx, "ui.date."+name), value: value, width: width, attrs: templ.Attributes{}}
		if d.Error != "" && (d.Part == "" || d.Part == name) {
			p.attrs["aria-invalid"] = "true"
			p.attrs["aria-describedby"] = d.Name + "-error"
		} else {
			p.fine = true
		}
		return p
	}
	return []datePart{part("day", d.Day, "w-2"), part("month", d.Month, "w-2"), part("year", d.Year, "w-4")}
}

// FileControl is a question for documents.
type FileControl struct {
	Control
	Files []FileItem
	// Accept are the types to offer in the file dialogue: ".pdf,.docx".
	Accept string
	// MaxBytes is the largest file, MaxFiles how many there may be in all; 0 is no limit known to the page.
	MaxBytes int64
	MaxFiles int
	// Single takes one file at a time.
	Single bool
	// Upload is the value of the button that only adds the files; empty leaves the button out.
	Upload string
}

// ImageControl is a question for one image.
type ImageControl struct {
	FileControl
	// Image is the one that is there, nil for none; Alt are its words so far.
	Image *FileItem
	Alt   string
}

// UploadName is the name of the control by which an image comes in; the one that keeps its key has the question's own.
func UploadName(name string) string { return name + ".upload" }

func (f FileControl) fileAttrs(ctx context.Context) templ.Attributes {
	a := f.attrs()
	if f.Accept != "" {
		a["accept"] = f.Accept
	}
	if f.MaxBytes > 0 {
		a["data-max-bytes"] = strconv.FormatInt(f.MaxBytes, 10)
		a["data-too-large"] = i18n.T(ctx, "ui.file.too_large", "{0}", FileSize(ctx, f.MaxBytes))
	}
	if f.MaxFiles > 0 {
		a["data-max-files"] = strconv.Itoa(max(0, f.MaxFiles-len(f.Files)))
		a["data-too-many"] = i18n.T(ctx, "ui.file.too_many", f.MaxFiles)
	}
	return a
}

// ErrorLink is a line of the error summary.
type ErrorLink struct{ Href, Text string }

// Message is what is wrong with a field, in the reader's language.
func Message(ctx context.Context, f problem.Field) string { return i18n.T(ctx, f.Key, f.Args...) }

// MessageFor is what is wrong with the control of the name; empty for nothing.
func MessageFor(ctx context.Context, fields []problem.Field, name string) string {
	for _, f := range fields {
		if f.Name == name {
			return Message(ctx, f)
		}
	}
	return ""
}

// summary turns what is wrong into links to the fields of the same page.
func summary(ctx context.Context, fields []problem.Field) []ErrorLink {
	links := make([]ErrorLink, 0, len(fields))
	for _, f := range fields {
		href := ""
		if f.Name != "" {
			href = "#" + f.Name
		}
		links = append(links, ErrorLink{href, Message(ctx, f)})
	}
	return links
}

func sortedNames(values url.Values) []string { return slices.Sorted(maps.Keys(values)) }

// Honeypot is the name of a field that people do not see and programs fill in.
const Honeypot = "website"
