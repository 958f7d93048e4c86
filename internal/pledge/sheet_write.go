package pledge

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/date"
	"portal/internal/i18n"
)

// writeSheet writes the workbook of an office's pledges, in the reader's language, to w. What cannot be changed is locked,
// which keeps slips away and nothing else: what comes back is checked.
func writeSheet(ctx context.Context, states []sheetState, w io.Writer) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	b := sheetBook{File: book, ctx: ctx, name: i18n.T(ctx, "pledge.sheet.name")}
	for _, s := range states {
		b.indicators, b.milestones = max(b.indicators, len(s.Indicators)), max(b.milestones, len(s.Milestones))
	}
	if err := book.SetSheetName("Sheet1", b.name); err != nil {
		return err
	}
	for _, step := range []func() error{b.styles, func() error { return b.validations(len(states)) }, func() error { return b.rows(states) }, b.howTo} {
		if err := step(); err != nil {
			return err
		}
	}
	return book.Write(w)
}

// sheetBook is a workbook in the making.
type sheetBook struct {
	*excelize.File
	ctx                        context.Context
	name                       string
	indicators, milestones     int
	head, locked, open, openOn int // styles
}

func (b *sheetBook) styles() (err error) {
	unlocked := &excelize.Protection{Locked: false}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	dayFormat := "yyyy-mm-dd"
	for _, s := range []struct {
		to    *int
		style excelize.Style
	}{
		{&b.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: wrap, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F0"}}}},
		{&b.locked, excelize.Style{Alignment: wrap, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F2F2"}}}},
		{&b.open, excelize.Style{Alignment: wrap, Protection: unlocked}},
		{&b.openOn, excelize.Style{Alignment: wrap, Protection: unlocked, CustomNumFmt: &dayFormat}},
	} {
		if *s.to, err = b.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// columns are all columns of the workbook with their headings.
func (b *sheetBook) columns() (names, titles []string) {
	for _, name := range sheetColumns {
		names, titles = append(names, name), append(titles, i18n.T(b.ctx, "pledge.sheet.column."+name))
	}
	for n := 1; n <= b.indicators; n++ {
		number := strconv.Itoa(n)
		names = append(names, "indicator."+number, "value."+number)
		titles = append(titles, i18n.T(b.ctx, "pledge.sheet.column.indicator", number), i18n.T(b.ctx, "pledge.sheet.column.value", number))
	}
	for n := 1; n <= b.milestones; n++ {
		number := strconv.Itoa(n)
		names = append(names, "milestone."+number, "reached."+number)
		titles = append(titles, i18n.T(b.ctx, "pledge.sheet.column.milestone", number), i18n.T(b.ctx, "pledge.sheet.column.reached", number))
	}
	return names, titles
}

// validations make the statuses a list to choose from, and days days.
func (b *sheetBook) validations(rows int) error {
	last := strconv.Itoa(max(rows, 1) + 1)
	names, titles := b.columns()
	at := func(name string) string {
		column, _ := excelize.ColumnNumberToName(slices.Index(names, name) + 1)
		return column + "2:" + column + last
	}
	status := excelize.NewDataValidation(true)
	status.Sqref = at("status")
	var choices []string
	for _, s := range Reportable {
		choices = append(choices, i18n.T(b.ctx, "pledge.status."+string(s)))
	}
	if err := status.SetDropList(choices); err != nil {
		return err
	}
	if err := b.AddDataValidation(b.name, status); err != nil {
		return err
	}
	for i, name := range names {
		if !isDay(name) {
			continue
		}
		day := excelize.NewDataValidation(true)
		day.Sqref = at(name)
		if err := day.SetRange(43101, 73050, excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween); err != nil { // 2018 to 2099
			return err
		}
		day.SetError(excelize.DataValidationErrorStyleStop, titles[i], i18n.T(b.ctx, "pledge.sheet.day"))
		if err := b.AddDataValidation(b.name, day); err != nil {
			return err
		}
	}
	if err := b.ProtectSheet(b.name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true, AutoFilter: true}); err != nil {
		return err
	}
	if i18n.From(b.ctx).Dir() == "rtl" {
		right := true
		return b.SetSheetView(b.name, 0, &excelize.ViewOptions{RightToLeft: &right})
	}
	return nil
}

// rows writes the headings and a row a pledge.
func (b *sheetBook) rows(states []sheetState) error {
	out, err := b.NewStreamWriter(b.name)
	if err != nil {
		return err
	}
	names, titles := b.columns()
	for i, name := range names {
		width := 22.0
		if name == "title" || name == "evidence" || isLabel(name) {
			width = 42
		}
		if err := out.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
		if name == "edition" {
			if err := out.SetColVisible(i+1, i+1, false); err != nil {
				return err
			}
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}); err != nil {
		return err
	}
	line := make([]any, len(names))
	for i, title := range titles {
		line[i] = excelize.Cell{StyleID: b.head, Value: title}
	}
	if err := out.SetRow("A1", line); err != nil {
		return err
	}
	for n, s := range states {
		cells := s.cells()
		cells["status"] = i18n.T(b.ctx, "pledge.status."+string(s.Status))
		for i, name := range names {
			line[i] = b.cell(name, cells)
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// isLabel says that a column names the indicator or milestone that the column behind it is about.
func isLabel(column string) bool {
	return strings.HasPrefix(column, "indicator.") || strings.HasPrefix(column, "milestone.")
}

// labelOf is that column of a column with a value of an indicator or the day of a milestone; "" for any other.
func labelOf(column string) string {
	if n, ok := strings.CutPrefix(column, "value."); ok {
		return "indicator." + n
	}
	if n, ok := strings.CutPrefix(column, "reached."); ok {
		return "milestone." + n
	}
	return ""
}

// cell is one cell of a row, with its style. A text never is a formula: it is written as a text.
func (b *sheetBook) cell(name string, cells map[string]string) excelize.Cell {
	value := cells[name]
	switch {
	case slices.Contains(fixed, name) || isLabel(name):
		return excelize.Cell{StyleID: b.locked, Value: value}
	case labelOf(name) != "" && cells[labelOf(name)] == "":
		return excelize.Cell{StyleID: b.locked}
	case isDay(name):
		if day, err := date.Parse(value); err == nil {
			return excelize.Cell{StyleID: b.openOn, Value: day.In(time.UTC)}
		}
		return excelize.Cell{StyleID: b.openOn}
	}
	if value == "" {
		return excelize.Cell{StyleID: b.open}
	}
	return excelize.Cell{StyleID: b.open, Value: value}
}

// howToLines are the lines of the sheet that explains the workbook.
var howToLines = []string{"title", "once", "grey", "status", "on", "texts", "values", "milestones", "next", "same", "upload", "preview"}

func (b *sheetBook) howTo() error {
	name := i18n.T(b.ctx, "pledge.sheet.how.name")
	if _, err := b.NewSheet(name); err != nil {
		return err
	}
	for i, line := range howToLines {
		if err := b.SetCellStr(name, "A"+strconv.Itoa(i+1), i18n.T(b.ctx, "pledge.sheet.how."+line)); err != nil {
			return err
		}
	}
	if i18n.From(b.ctx).Dir() == "rtl" {
		right := true
		if err := b.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return err
		}
	}
	return b.SetColWidth(name, "A", "A", 110)
}
