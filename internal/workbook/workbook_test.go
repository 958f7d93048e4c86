package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/workbook"
)

// packed is an archive of the parts.
func packed(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		part, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// book is the smallest workbook with the rows.
func book(rows string) map[string]string {
	return map[string]string{
		"[Content_Types].xml":        `<Types/>`,
		"xl/workbook.xml":            `<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   `<worksheet><sheetData>` + rows + `</sheetData></worksheet>`,
	}
}

// all reads every cell of the first sheet.
func all(t testing.TB, content []byte) (*workbook.Book, map[string]workbook.Cell, []string) {
	t.Helper()
	b, err := workbook.Open(content)
	if err != nil {
		t.Fatal(err)
	}
	cells := map[string]workbook.Cell{}
	merged, err := b.Each(0, func(r workbook.Row) error {
		for column, cell := range r.Cells {
			cells[fmt.Sprint(workbook.ColumnName(column), r.N)] = cell
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, cells, merged
}

// What a spreadsheet program writes is read.
func TestCells(t *testing.T) {
	t.Parallel()
	f := excelize.NewFile()
	for cell, value := range map[string]any{
		"A1": "A text with <marks> & é", "B1": 41.5, "C1": 0.1 + 0.2, "D1": 1234567890123, "E1": true, "F1": time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), "AA7": "٣٠", "A9": "  trimmed  ", "B9": "two\nlines",
	} {
		if err := f.SetCellValue("Sheet1", cell, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.SetCellFormula("Sheet1", "G1", "1+1"), f.MergeCell("Sheet1", "A20", "B21")); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	b, cells, merged := all(t, out.Bytes())
	for at, want := range map[string]string{"A1": "A text with <marks> & é", "B1": "41.5", "C1": "0.3", "D1": "1234567890123", "E1": "TRUE", "AA7": "٣٠", "A9": "trimmed", "B9": "two\nlines"} {
		if got := cells[at].Text; got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	if day, ok := b.Day(cells["F1"]); !ok || day.String() != "2026-06-30" {
		t.Errorf("the day is %s, %v", day, ok)
	}
	if !cells["G1"].Formula || len(merged) != 1 || merged[0] != "A20:B21" {
		t.Errorf("formula %v, merged %v", cells["G1"], merged)
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	parts := book("")
	b, _, _ := all(t, packed(t, parts))
	parts["xl/workbook.xml"] = strings.Replace(parts["xl/workbook.xml"], "<workbookPr/>", `<workbookPr date1904="1"/>`, 1)
	from1904, _, _ := all(t, packed(t, parts))
	for _, test := range []struct {
		cell workbook.Cell
		want string
		book *workbook.Book
	}{
		{workbook.Cell{Text: "46203", Number: true}, "2026-06-30", b},
		{workbook.Cell{Text: "46203.99", Number: true}, "2026-06-30", b},
		{workbook.Cell{Text: "44741", Number: true}, "2026-06-30", from1904},
		{workbook.Cell{Text: "2026-06-30"}, "2026-06-30", b},
		{workbook.Cell{Text: "2026-02-31"}, "", b},
		{workbook.Cell{Text: "30.6.2026"}, "", b},
		{workbook.Cell{Text: "3/4/2026"}, "", b},
		{workbook.Cell{Text: "0001-01-01"}, "", b},
		{workbook.Cell{Text: "60", Number: true}, "", b},
		{workbook.Cell{Text: "-5", Number: true}, "", b},
		{workbook.Cell{Text: "3000000", Number: true}, "", b},
	} {
		day, ok := test.book.Day(test.cell)
		if ok != (test.want != "") || ok && day.String() != test.want {
			t.Errorf("%+v is %s, %v; want %q", test.cell, day, ok, test.want)
		}
	}
}

// How a number is shown says whether it is what was typed.
func TestHowNumbersAreShown(t *testing.T) {
	t.Parallel()
	formats := []struct {
		id   int
		code string
		want workbook.Cell
	}{
		{0, "", workbook.Cell{}}, {4, "", workbook.Cell{}}, {10, "", workbook.Cell{Share: true}}, {14, "", workbook.Cell{Dated: true}}, {47, "", workbook.Cell{Dated: true}},
		{164, "dd/mm/yyyy", workbook.Cell{Dated: true}}, {165, "[$-409]d\\-mmm;@", workbook.Cell{Dated: true}}, {166, "[mm]:ss", workbook.Cell{Dated: true}},
		{167, "0.0%", workbook.Cell{Share: true}}, {168, `#,##0 "per day %"`, workbook.Cell{}}, {169, "[Red]#,##0.00_d", workbook.Cell{}}, {170, `0\%`, workbook.Cell{}},
		{171, "General", workbook.Cell{}}, {172, "[$USD] #,##0.00;-0%", workbook.Cell{}}, {173, "[broken", workbook.Cell{}},
	}
	var numFmts, xfs, cells strings.Builder
	for i, f := range formats {
		if f.code != "" {
			fmt.Fprintf(&numFmts, `<numFmt numFmtId="%d" formatCode="%s"/>`, f.id, strings.ReplaceAll(f.code, `"`, "&quot;"))
		}
		fmt.Fprintf(&xfs, `<xf numFmtId="%d"/>`, f.id)
		fmt.Fprintf(&cells, `<c r="%s1" s="%d"><v>7</v></c>`, workbook.ColumnName(i), i)
	}
	parts := book(`<row r="1">` + cells.String() + `<c r="Z1" s="99"><v>7</v></c><c r="Y1" s="2" t="str"><v>x</v></c></row>`)
	parts["xl/styles.xml"] = `<styleSheet><numFmts>` + numFmts.String() + `</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>` + xfs.String() + `</cellXfs></styleSheet>`
	_, got, _ := all(t, packed(t, parts))
	for i, f := range formats {
		f.want.Text, f.want.Number = "7", true
		if cell := got[workbook.ColumnName(i)+"1"]; cell != f.want {
			t.Errorf("%d %q: %+v, want %+v", f.id, f.code, cell, f.want)
		}
	}
	if got["Z1"] != (workbook.Cell{Text: "7", Number: true}) || got["Y1"] != (workbook.Cell{Text: "x"}) {
		t.Errorf("a style that there is not: %+v; a text: %+v", got["Z1"], got["Y1"])
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	with := func(name, content string) map[string]string {
		parts := book("")
		parts[name] = content
		return parts
	}
	damaged := book("")
	delete(damaged, "xl/worksheets/sheet1.xml")
	many := book("")
	for n := range 600 {
		many[fmt.Sprint("x/", n)] = ""
	}
	for name, test := range map[string]struct {
		content []byte
		want    error
	}{
		"a text":          {[]byte("a,b,c"), workbook.ErrNotWorkbook},
		"a Word file":     {packed(t, map[string]string{"word/document.xml": "<x/>"}), workbook.ErrNotWorkbook},
		"an old workbook": {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), 0), workbook.ErrOld},
		"with a password": {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"...), workbook.ErrProtected},
		"with macros":     {packed(t, with("xl/vbaProject.bin", "x")), workbook.ErrMacros},
		"no archive":      {[]byte("PK\x03\x04 and no more"), workbook.ErrDamaged},
		"too large":       {make([]byte, workbook.MaxBytes+1), workbook.ErrTooLarge},
		"too many parts":  {packed(t, many), workbook.ErrTooLarge},
		"not well formed": {packed(t, with("xl/sharedStrings.xml", "<sst><si")), workbook.ErrDamaged},
		"no sheet":        {packed(t, damaged), workbook.ErrDamaged},
		"a bomb of rows":  {packed(t, book(strings.Repeat(`<row r="1"><c r="A1" s="1"/></row>`, 2_100_000))), workbook.ErrTooLarge},
		"a bomb of texts": {packed(t, with("xl/sharedStrings.xml", "<sst>"+strings.Repeat("<si><t>"+strings.Repeat("x", 1000)+"</t></si>", 70_000)+"</sst>")), workbook.ErrTooLarge},
	} {
		b, err := workbook.Open(test.content)
		if err == nil {
			_, err = b.Each(0, func(workbook.Row) error { return nil })
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if _, ok := workbook.Reason(err); !ok {
			t.Errorf("%s: %v has no reason", name, err)
		}
	}
}

// A million empty rows are passed over in a moment.
func TestAMillionEmptyRows(t *testing.T) {
	t.Parallel()
	content := packed(t, book(`<row r="1"><c r="A1" t="inlineStr"><is><t>one</t></is></c></row>`+strings.Repeat(`<row r="7" ht="12"/>`, 1_000_000)+`<row r="1048576"><c r="A1048576"><v>2</v></c></row>`))
	_, cells, _ := all(t, content)
	if len(cells) != 2 || cells["A1"].Text != "one" || cells["A1048576"].Text != "2" {
		t.Errorf("%v", cells)
	}
}

func TestOddCells(t *testing.T) {
	t.Parallel()
	_, cells, _ := all(t, packed(t, book(`<row><c><v>1</v></c><c r="ZZZZ1"><v>2</v></c><c r="é"><v>3</v></c><c r="D1" t="s"><v>99</v></c><c r="E1" t="e"><v>#REF!</v></c><c r="F1" t="str"><f>A1</f><v>x</v></c><c r="G1" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>`)))
	for at, want := range map[string]workbook.Cell{"A1": {Text: "1", Number: true}, "E1": {Text: "#REF!", Failed: true}, "F1": {Text: "x", Formula: true}, "G1": {Text: "ab"}} {
		if cells[at] != want {
			t.Errorf("%s: %+v, want %+v", at, cells[at], want)
		}
	}
}

// Whatever is sent, reading ends, within bounds, and an error is a refusal.
func FuzzRead(f *testing.F) {
	f.Add(packed(f, book(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><f>1</f><v>2</v></c></row>`)))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
	x := excelize.NewFile()
	_ = x.SetCellValue("Sheet1", "A1", "x")
	var out bytes.Buffer
	if err := x.Write(&out); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := workbook.Open(content)
		if err != nil {
			if _, ok := workbook.Reason(err); !ok {
				t.Errorf("%v is no refusal", err)
			}
			return
		}
		for n := range b.Sheets() {
			_, err := b.Each(n, func(r workbook.Row) error {
				for column, cell := range r.Cells {
					if column < 0 || column >= workbook.MaxColumns || len(cell.Text) > workbook.MaxCell*8 {
						t.Errorf("column %d, %d bytes", column, len(cell.Text))
					}
					b.Day(cell)
				}
				return nil
			})
			if _, ok := workbook.Reason(err); err != nil && !ok {
				t.Errorf("%v is no refusal", err)
			}
		}
	})
}

// Cells that point to one long text make a small file hold gigabytes: no more is given than a workbook of people holds.
func TestManyCellsOfOneText(t *testing.T) {
	t.Parallel()
	parts := book(strings.Repeat(`<row>`+strings.Repeat(`<c t="s"><v>0</v></c>`, 50)+`</row>`, 5000))
	parts["xl/sharedStrings.xml"] = `<sst><si><t>` + strings.Repeat("x", workbook.MaxCell) + `</t></si></sst>`
	b, err := workbook.Open(packed(t, parts))
	if err != nil {
		t.Fatal(err)
	}
	given := 0
	_, err = b.Each(0, func(r workbook.Row) error {
		for _, cell := range r.Cells {
			given += len(cell.Text)
		}
		return nil
	})
	if !errors.Is(err, workbook.ErrTooLarge) || given > workbook.MaxGiven {
		t.Errorf("%d bytes are given, %v", given, err)
	}
}
