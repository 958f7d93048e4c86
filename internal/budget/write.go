package budget

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/money"
	"portal/internal/workbook"
)

// File is a budget to be written.
type File struct {
	Sheet   form.Sheet
	Edition Edition
	// Title and About stand above the table, in the reader's language.
	Title, About string
}

// The rows of the table, from 1.
const (
	headRow     = 6
	firstRow    = headRow + 1
	editionRow  = 4
	labelWidth  = 44
	amountWidth = 20
)

// Write writes the workbook in the reader's language to w. The totals are formulas, each with its value, that add up to the
// same cent as the portal does as long as an organization asks for less than a hundred thousand million dollars: beyond that
// spreadsheets, which count in 15 digits, lose cents. What cannot be changed is locked, which keeps slips away and nothing else.
func Write(ctx context.Context, f File, w io.Writer) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	b := writer{File: book, ctx: ctx, file: f, name: i18n.T(ctx, "budget.sheet.name")}
	if err := book.SetSheetName("Sheet1", b.name); err != nil {
		return err
	}
	for _, step := range []func() error{b.styles, b.table, b.protect, b.howTo} {
		if err := step(); err != nil {
			return err
		}
	}
	return book.Write(w)
}

// writer is a workbook in the making.
type writer struct {
	*excelize.File
	ctx                              context.Context
	file                             File
	name                             string
	title, head, label, locked, open int // styles
}

func (b *writer) styles() (err error) {
	amount := "#,##0.00"
	grey := excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"F2F2F2"}}
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	for _, s := range []struct {
		to    *int
		style excelize.Style
	}{
		{&b.title, excelize.Style{Font: &excelize.Font{Bold: true, Size: 14}}},
		{&b.head, excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: wrap, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DCE6F0"}}}},
		{&b.label, excelize.Style{Alignment: wrap, Fill: grey}},
		{&b.locked, excelize.Style{Fill: grey, CustomNumFmt: &amount}},
		{&b.open, excelize.Style{CustomNumFmt: &amount, Protection: &excelize.Protection{Locked: false}}},
	} {
		if *s.to, err = b.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// table writes the one sheet that is read back.
func (b *writer) table() error {
	s := b.file.Sheet
	out, err := b.NewStreamWriter(b.name)
	if err != nil {
		return err
	}
	if err := errors.Join(out.SetColWidth(1, 1, labelWidth), out.SetColWidth(2, len(s.Parties)+2, amountWidth),
		out.SetPanes(&excelize.Panes{Freeze: true, XSplit: 1, YSplit: headRow, TopLeftCell: "B" + strconv.Itoa(firstRow), ActivePane: "bottomRight"})); err != nil {
		return err
	}
	rule := i18n.T(b.ctx, "ui.matrix.rule", money.Rate(s.Rate, i18n.From(b.ctx)))
	rows := [][]any{
		{excelize.Cell{StyleID: b.title, Value: b.file.Title}}, {b.file.About}, {rule},
		{i18n.T(b.ctx, "budget.sheet.edition"), b.file.Edition.String()}, nil, b.headings(),
	}
	for i, c := range s.Categories {
		row := []any{excelize.Cell{StyleID: b.label, Value: c.Label}}
		for _, p := range s.Parties {
			row = append(row, b.amount(p, c.Value))
		}
		rows = append(rows, append(row, b.across(firstRow+i, s.All(func(p form.Party) money.Amount { return s.Amount(p, c.Value) }))))
	}
	for i, name := range lines {
		rows = append(rows, b.totals(name, firstRow+len(s.Categories)+i))
	}
	for i, row := range rows {
		if row == nil {
			continue
		}
		if err := out.SetRow("A"+strconv.Itoa(i+1), row); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (b *writer) headings() []any {
	row := []any{excelize.Cell{StyleID: b.head, Value: i18n.T(b.ctx, "ui.matrix.category")}}
	for _, p := range b.file.Sheet.Parties {
		row = append(row, excelize.Cell{StyleID: b.head, Value: p.Name})
	}
	return append(row, excelize.Cell{StyleID: b.head, Value: i18n.T(b.ctx, "ui.matrix.all")})
}

// amount is a cell to write in; what was typed and is no amount stands there as the text that it is.
func (b *writer) amount(p form.Party, category string) excelize.Cell {
	kept := b.file.Sheet.Kept(p, category)
	if kept == "" {
		return excelize.Cell{StyleID: b.open}
	}
	if a, ok := money.Kept(kept); ok {
		return excelize.Cell{StyleID: b.open, Value: dollars(a)}
	}
	return excelize.Cell{StyleID: b.open, Value: kept}
}

// dollars is the nearest number that a spreadsheet can hold; it shows the same cents.
func dollars(a money.Amount) float64 { return float64(a) / 100 }

// across is the sum of a row over all organizations.
func (b *writer) across(row int, is money.Amount) excelize.Cell {
	last := workbook.ColumnName(len(b.file.Sheet.Parties))
	return excelize.Cell{StyleID: b.locked, Formula: fmt.Sprintf("SUM(B%d:%s%d)", row, last, row), Value: dollars(is)}
}

// totals is a line of totals. Indirect costs are worked out in whole cents, as money.Percent does it: the rounding of
// spreadsheets differs from program to program where half a cent is left.
func (b *writer) totals(name string, row int) []any {
	s := b.file.Sheet
	of := map[string]func(form.Party) money.Amount{direct: s.Direct, indirect: s.Indirect, total: s.Total}[name]
	label := i18n.T(b.ctx, "budget.sheet.line."+name)
	if name == indirect {
		label = i18n.T(b.ctx, "ui.matrix.indirect", money.Rate(s.Rate, i18n.From(b.ctx)))
	}
	line := []any{excelize.Cell{StyleID: b.label, Value: label}}
	for i, p := range s.Parties {
		column := workbook.ColumnName(i + 1)
		formula := ""
		switch name {
		case direct:
			formula = fmt.Sprintf("SUM(%s%d:%s%d)", column, firstRow, column, row-1)
		case indirect:
			formula = fmt.Sprintf("INT((ROUND(%s%d*100,0)*%d+5000)/10000)/100", column, row-1, s.Rate)
		case total:
			formula = fmt.Sprintf("%s%d+%s%d", column, row-2, column, row-1)
		}
		line = append(line, excelize.Cell{StyleID: b.locked, Formula: formula, Value: dollars(of(p))})
	}
	return append(line, b.across(row, s.All(of)))
}

func (b *writer) protect() error {
	if err := b.ProtectSheet(b.name, &excelize.SheetProtectionOptions{SelectLockedCells: true, SelectUnlockedCells: true, FormatColumns: true, FormatRows: true}); err != nil {
		return err
	}
	return b.turn(b.name)
}

// turn lets a sheet run from right to left where the language does.
func (b *writer) turn(name string) error {
	if i18n.From(b.ctx).Dir() != "rtl" {
		return nil
	}
	right := true
	return b.SetSheetView(name, 0, &excelize.ViewOptions{RightToLeft: &right})
}

// howToLines are the lines of the sheet that explains the workbook.
var howToLines = []string{"title", "white", "amounts", "formulas", "blank", "names", "upload"}

func (b *writer) howTo() error {
	name := i18n.T(b.ctx, "budget.sheet.how.name")
	if _, err := b.NewSheet(name); err != nil {
		return err
	}
	for i, line := range howToLines {
		if err := b.SetCellStr(name, "A"+strconv.Itoa(i+1), i18n.T(b.ctx, "budget.sheet.how."+line, money.Sample)); err != nil {
			return err
		}
	}
	return errors.Join(b.turn(name), b.SetColWidth(name, "A", "A", 110))
}
