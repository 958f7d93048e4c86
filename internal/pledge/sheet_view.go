package pledge

import (
	"context"
	"strconv"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workbook"
	"portal/web/ui"
)

// sheetsView is the page on which a workbook is downloaded and uploaded.
type sheetsView struct {
	Posts  []identity.Post
	Office string // as chosen
	Wrong  []form.Wrong
}

func (v sheetsView) office(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "pledge.sheet.office.label"), Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
	}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

func (v sheetsView) file(ctx context.Context) ui.FileControl {
	return ui.FileControl{
		Control: ui.Control{
			Name: "file", Label: i18n.T(ctx, "pledge.sheet.file.label"), Hint: i18n.T(ctx, "pledge.sheet.file.hint"), Error: ui.MessageFor(ctx, v.Wrong, "file"), Large: true,
		},
		Accept: ".xlsx," + workbook.MediaType, MaxBytes: workbook.MaxBytes, Single: true,
	}
}

// perPart is how many rows of a workbook a page of the preview shows.
const perPart = 50

// sheetView is the page that shows what a workbook would do.
type sheetView struct {
	sheetPreview
	Stale bool
	Part  int // from 1
}

// parts is how many pages the preview has.
func (v sheetView) parts() int {
	return max(1, (max(len(v.Changed), len(v.Refused))+perPart-1)/perPart)
}

// of are the lines of the part that is shown.
func (v sheetView) of(lines []sheetLine) []sheetLine {
	from := min((v.Part-1)*perPart, len(lines))
	return lines[from:min(from+perPart, len(lines))]
}

func (v sheetView) pager(ctx context.Context) ui.Pager {
	return ui.Pager{Label: i18n.T(ctx, "pledge.sheet.preview.parts"), Page: v.Part, Pages: v.parts(), Href: func(n int) string {
		return ui.Href(ctx, sheetPath(v.ID)+"?part="+strconv.Itoa(n))
	}}
}

// facts are the changes of a row, cell by cell.
func (l sheetLine) facts(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	for _, c := range l.Changes {
		f := ui.Fact{Term: i18n.T(ctx, "pledge.sheet.column."+c.Column), Lang: "und"}
		if c.Of != "" {
			f.Term = c.Of
		}
		before, after := c.Before, c.After
		if isDay(c.Column) || c.Column == "reached" {
			before, after = shownDay(ctx, before), shownDay(ctx, after)
		}
		f.Values = []string{after}
		if before != "" {
			f.Values = append(f.Values, i18n.T(ctx, "pledge.sheet.preview.was", before))
		}
		facts = append(facts, f)
	}
	return facts
}

func shownDay(ctx context.Context, text string) string {
	if day, err := date.Parse(text); err == nil {
		return i18n.Day(ctx, day)
	}
	return text
}
