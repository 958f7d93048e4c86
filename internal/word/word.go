// Package word writes a form as a Word file (.docx) that can be filled in offline, and reads such a file back: one
// definition (form.Definition) makes the page, the printable copy and this. It knows no kind in particular.
//
// Every answer lives in a cell of a table. Which question the cell answers is said three times over, since no word
// processor keeps everything: by the tag of a content control in it, by the title of that control, which ends in the same
// key ("Name of the pledge [title]"), and by a bookmark in the question above it or beside it. All text of the cell is the
// answer, whatever became of the control: LibreOffice drops tags, splits controls in two and allows no second paragraph in
// them; people delete a control and type in its place.
//
// What is read is normalised: in short answers any space is one blank; in long ones paragraphs are separated by a blank
// line, a line break is a line, lists become Markdown lists with three blanks a level; a day of the calendar is its three
// numbers; what is chosen comes in the order of the options. Fonts, colours and pictures are left behind. Of tracked changes
// the insertions count.
package word

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
)

// MediaType is the type of a .docx.
const MediaType = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

// MaxBytes is the largest file that Read takes.
const MaxBytes = 10 << 20

// maxKey is how long the tag and the title of a content control may be in Word.
const maxKey = 64

// rowsOf is how many rows of a group the file has: those that are filled and some to spare; fewer of what takes much room.
func rowsOf(f form.Field, filled int) int {
	spare := 3
	for _, sub := range f.Fields {
		if sub.Type == form.LongText {
			spare = 2
		}
	}
	if filled > 0 {
		spare = 2
	}
	n := filled + spare
	if n < f.Min {
		n = f.Min
	}
	if f.Max > 0 && n > f.Max {
		n = max(f.Max, filled)
	}
	return n
}

// maxRows is how many rows of a group are looked for in a file.
const maxRows = 200

// The number of options up to which they are boxes to tick; above, a choice is a list that drops down.
const asBoxes = 24

// boxed says whether the question is answered by ticking.
func boxed(f form.Field, options int) bool {
	switch f.Type {
	case form.Choice, form.Choices, form.Objectives:
		return options <= asBoxes
	case form.Check:
		return true
	}
	return false
}

// bookmark is the name of the bookmark of a question; Word allows 40 letters, digits and low lines.
func bookmark(key string) string {
	name := bookmarkStart + strings.ReplaceAll(key, ".", "_")
	if len(name) > 40 {
		sum := sha256.Sum256([]byte(key))
		name = bookmarkStart + hex.EncodeToString(sum[:12])
	}
	return name
}

const bookmarkStart = "q_"

// Version is a fingerprint of the definition: which questions there are and how they are answered, not how they are
// worded. A file of another version is read as far as its questions still exist.
func Version(d *form.Definition) string {
	h := sha256.New()
	fmt.Fprintln(h, d.Kind)
	var fields func(all []form.Field)
	fields = func(all []form.Field) {
		for _, f := range all {
			fmt.Fprintln(h, f.ID, f.Type, f.Min, f.Most(), f.Values, len(f.Fields))
			fields(f.Fields)
		}
	}
	for _, s := range d.Steps {
		fmt.Fprintln(h, "step", s.ID)
		fields(s.Fields)
	}
	return hex.EncodeToString(h.Sum(nil)[:4])
}

// code is the line that says what the file is, for programs that drop its properties.
func code(kind, version string, l i18n.Lang) string {
	return kind + "-" + version + "-" + string(l)
}

// question is one question with the key under which its answer is kept: "title", "indicators.0.what".
type question struct {
	key   string
	group string
	field form.Field
}

// questions are all questions of the form but for documents, with n rows of each group; a matrix is one.
func questions(ctx context.Context, d *form.Definition, v *gcm.Vocabulary, rows func(group form.Field) int) []question {
	var all []question
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			switch f = f.Group(ctx, v, func(string) bool { return true }); {
			case f.Uploads():
			case f.Type == form.Group:
				for n := range rows(f) {
					for _, sub := range f.Fields {
						all = append(all, question{form.RowName(f.ID, n, sub.ID), f.ID, sub})
					}
				}
			default:
				all = append(all, question{f.ID, "", f})
			}
		}
	}
	return all
}

// rowTitle names a row of a group.
func rowTitle(ctx context.Context, d *form.Definition, f form.Field, n int) string {
	key := d.Key("", f)
	if i18n.Has(i18n.From(ctx), key+".row") {
		return i18n.T(ctx, key+".row", n+1)
	}
	return i18n.T(ctx, "ui.form.row", i18n.T(ctx, key+".label"), n+1)
}

// textIf is the text of the key where the catalogue has one.
func textIf(ctx context.Context, key string) string {
	if i18n.Has(i18n.From(ctx), key) {
		return i18n.T(ctx, key)
	}
	return ""
}

// areaOf is the name of the thematic area of an objective, "" for none.
func areaOf(ctx context.Context, v *gcm.Vocabulary, value string) string {
	n, err := strconv.Atoi(value)
	if err != nil {
		return ""
	}
	o, ok := v.Objective(n)
	if !ok {
		return ""
	}
	t, ok := v.Theme(o.Theme)
	if !ok {
		return ""
	}
	return t.Label(i18n.From(ctx))
}
