// Package workbook reads the cells of a workbook (XLSX) that somebody has sent, whatever it holds: only what is read is
// unpacked, within bounds, and nothing in it is run or followed.
package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
)

// MediaType is that of a workbook.
const MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Bounds of what is read.
const (
	// MaxBytes is the largest file, and maxPart the largest of its parts when it is unpacked.
	MaxBytes   = 10 << 20
	maxPart    = 64 << 20
	maxEntries = 500
	maxSheets  = 50
	// maxTexts bounds the shared texts in all, MaxCell one text: a cell of a spreadsheet holds no more.
	// MaxGiven is how many bytes of text the cells of a sheet hold in all: many can point to one text, so that a small file
	// could hold gigabytes.
	maxTexts = 64 << 20
	MaxCell  = 32_767
	MaxGiven = 32 << 20
	// MaxColumns is how many columns a spreadsheet has.
	MaxColumns = 16_384
)

// The reasons why a file is refused.
var (
	ErrNotWorkbook = refusal{"not_workbook"} // another kind of file
	ErrOld         = refusal{"old"}          // .xls
	ErrProtected   = refusal{"protected"}    // with a password
	ErrMacros      = refusal{"macros"}       // .xlsm and others that hold programs
	ErrDamaged     = refusal{"damaged"}      // cannot be unpacked or is not well formed
	ErrTooLarge    = refusal{"too_large"}    // packed or unpacked beyond measure
)

type refusal struct{ why string }

func (r refusal) Error() string { return "workbook refused: " + r.why }

// Reason returns why a file was refused, in one word, and whether the error is such a refusal.
func Reason(err error) (why string, ok bool) {
	var r refusal
	if !errors.As(err, &r) {
		return "", false
	}
	return r.why, true
}

// Book is an opened workbook.
type Book struct {
	parts  map[string]*zip.File // by name in small letters
	sheets []sheet
	texts  []string
	// styles say, by the number of a style, how it shows numbers.
	styles []shows
	// from1904 says that days are counted from 1904 on.
	from1904 bool
}

type sheet struct{ name, part string }

// Cell is what a cell holds.
type Cell struct {
	Text string
	// Number says that it is a number, which may be a day; Formula that it is worked out by a formula; Failed that it shows
	// an error, like #REF!.
	Number, Formula, Failed bool
	// Dated says that a number is shown as a day or a time, Share that it is shown in per cent: what people typed is not the
	// number that stands there.
	Dated, Share bool
}

// Row is a row that holds something: its cells by column, from 0.
type Row struct {
	N     int // from 1
	Cells map[int]Cell
}

// Open looks at what the file is, and unpacks what all sheets share.
func Open(content []byte) (*Book, error) {
	switch {
	case len(content) > MaxBytes:
		return nil, ErrTooLarge
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		if bytes.Contains(content, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			return nil, ErrProtected
		}
		return nil, ErrOld
	case !bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return nil, ErrNotWorkbook
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(archive.File) > maxEntries {
		return nil, ErrTooLarge
	}
	b := &Book{parts: map[string]*zip.File{}}
	for _, f := range archive.File {
		name := strings.ToLower(strings.TrimPrefix(f.Name, "/"))
		switch {
		case f.Flags&1 != 0:
			return nil, ErrProtected
		case strings.HasSuffix(name, "vbaproject.bin"):
			return nil, ErrMacros
		}
		b.parts[name] = f
	}
	if b.parts["xl/workbook.xml"] == nil {
		return nil, ErrNotWorkbook
	}
	if err := b.readBook(); err != nil {
		return nil, err
	}
	return b, errors.Join(b.readTexts(), b.readStyles())
}

// Sheets are the names of the sheets, in order.
func (b *Book) Sheets() []string {
	var names []string
	for _, s := range b.sheets {
		names = append(names, s.name)
	}
	return names
}

// bounded fails when more is read than it holds.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, ErrTooLarge
	}
	return n, err
}

// read gives each start and end of an element, and the text between, of a part to do.
func (b *Book) read(name string, do func(d *xml.Decoder, t xml.Token) error) error {
	f := b.parts[strings.ToLower(name)]
	if f == nil {
		return fmt.Errorf("%w: no %s", ErrDamaged, name)
	}
	if f.UncompressedSize64 > maxPart {
		return ErrTooLarge
	}
	part, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { _ = part.Close() }()
	d := xml.NewDecoder(&bounded{part, maxPart})
	for {
		t, err := d.RawToken()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, ErrTooLarge):
			return ErrTooLarge
		case err != nil:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		if err := do(d, t); err != nil {
			return err
		}
	}
}

func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// readBook finds the sheets.
func (b *Book) readBook() error {
	at := map[string]string{}
	err := b.read("xl/_rels/workbook.xml.rels", func(_ *xml.Decoder, t xml.Token) error {
		if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Relationship" {
			target := strings.ReplaceAll(attribute(e, "Target"), `\`, "/")
			if rest, absolute := strings.CutPrefix(target, "/"); absolute {
				target = rest
			} else {
				target = path.Join("xl", target)
			}
			at[attribute(e, "Id")] = target
		}
		return nil
	})
	if err != nil {
		return err
	}
	return b.read("xl/workbook.xml", func(_ *xml.Decoder, t xml.Token) error {
		e, ok := t.(xml.StartElement)
		if !ok {
			return nil
		}
		switch e.Name.Local {
		case "workbookPr":
			on := attribute(e, "date1904")
			b.from1904 = on == "1" || on == "true"
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
			if b.sheets = append(b.sheets, sheet{attribute(e, "name"), at[id]}); len(b.sheets) > maxSheets {
				return ErrTooLarge
			}
		}
		return nil
	})
}

// readTexts reads the texts that cells share.
func (b *Book) readTexts() error {
	if b.parts["xl/sharedstrings.xml"] == nil {
		return nil
	}
	var text strings.Builder
	total, inText, inReading := 0, false, false
	return b.read("xl/sharedStrings.xml", func(_ *xml.Decoder, t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "si":
				text.Reset()
			case "rPh": // how it is pronounced
				inReading = true
			case "t":
				inText = !inReading
			}
		case xml.CharData:
			if inText && text.Len() <= MaxCell*4 {
				text.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "t":
				inText = false
			case "rPh":
				inReading = false
			case "si":
				b.texts = append(b.texts, text.String())
				if total += text.Len(); total > maxTexts {
					return ErrTooLarge
				}
			}
		}
		return nil
	})
}

// Each gives the rows of sheet n that hold something to do, and returns the ranges of merged cells.
func (b *Book) Each(n int, do func(Row) error) (merged []string, err error) {
	r := &rowReader{book: b, do: do}
	if err := b.read(b.sheets[n].part, r.token); err != nil {
		return nil, err
	}
	return r.merged, nil
}

// rowReader puts the rows of a sheet together.
type rowReader struct {
	book   *Book
	do     func(Row) error
	merged []string

	row    Row
	column int
	kind   string
	style  int
	cell   Cell
	value  strings.Builder
	text   bool // reads the value
	given  int  // bytes of text so far
}

func (r *rowReader) token(_ *xml.Decoder, t xml.Token) error {
	switch e := t.(type) {
	case xml.StartElement:
		r.begin(e)
	case xml.CharData:
		if r.text && r.value.Len() <= MaxCell*4 {
			r.value.Write(e)
		}
	case xml.EndElement:
		return r.end(e.Name.Local)
	}
	return nil
}

func (r *rowReader) begin(e xml.StartElement) {
	switch e.Name.Local {
	case "row":
		n, err := strconv.Atoi(attribute(e, "r"))
		if err != nil || n <= 0 {
			n = r.row.N + 1
		}
		r.row, r.column = Row{N: n}, -1
	case "c":
		r.column++
		if at, ok := columnOf(attribute(e, "r")); ok {
			r.column = at
		}
		r.kind, r.cell = attribute(e, "t"), Cell{}
		r.style, _ = strconv.Atoi(attribute(e, "s"))
		r.value.Reset()
	case "f":
		r.cell.Formula = true
	case "v", "t":
		r.text = true
	case "mergeCell":
		if len(r.merged) < 100 {
			r.merged = append(r.merged, attribute(e, "ref"))
		}
	}
}

func (r *rowReader) end(local string) error {
	switch local {
	case "v", "t":
		r.text = false
	case "c":
		if r.fill(); (r.cell != Cell{}) && r.column >= 0 && r.column < MaxColumns {
			if r.row.Cells == nil {
				r.row.Cells = map[int]Cell{}
			}
			r.row.Cells[r.column] = r.cell
			if r.given += len(r.cell.Text); r.given > MaxGiven {
				return ErrTooLarge
			}
		}
	case "row":
		if len(r.row.Cells) > 0 {
			return r.do(r.row)
		}
	}
	return nil
}

// fill takes the value of the cell.
func (r *rowReader) fill() {
	value := r.value.String()
	switch r.kind {
	case "s":
		if i, err := strconv.Atoi(value); err == nil && i >= 0 && i < len(r.book.texts) {
			r.cell.Text = r.book.texts[i]
		}
	case "inlineStr", "str":
		r.cell.Text = value
	case "e":
		r.cell.Text, r.cell.Failed = value, true
	case "b":
		r.cell.Text = map[bool]string{true: "TRUE", false: "FALSE"}[value == "1"]
	case "d":
		r.cell.Text, _, _ = strings.Cut(value, "T")
	default:
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			// As it was typed, and not as the machine keeps it.
			r.cell.Text, r.cell.Number = strconv.FormatFloat(n, 'f', -1, 64), true
			if short := strconv.FormatFloat(n, 'g', 15, 64); !strings.ContainsAny(short, "e") {
				r.cell.Text = short
			}
			if r.style >= 0 && r.style < len(r.book.styles) {
				r.cell.Dated, r.cell.Share = r.book.styles[r.style] == asDay, r.book.styles[r.style] == asShare
			}
		} else {
			r.cell.Text = value
		}
	}
	r.cell.Text = strings.TrimSpace(unescape(r.cell.Text))
}

// unescape takes out the writing of control characters: _x000D_ and the like.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return strings.NewReplacer("_x000D_", "", "_x000d_", "", "_x000A_", "\n", "_x000a_", "\n", "_x0009_", " ", "_x005F_", "_", "_x005f_", "_").Replace(s)
}

// columnOf reads the column of a cell's name: B7 is 1.
func columnOf(name string) (int, bool) {
	n := 0
	for i, c := range strings.ToUpper(name) {
		if c < 'A' || c > 'Z' {
			return n - 1, i > 0 && n <= MaxColumns
		}
		if n = n*26 + int(c-'A') + 1; n > MaxColumns {
			return 0, false
		}
	}
	return 0, false
}

// ColumnName is the inverse of columnOf.
func ColumnName(n int) string {
	name := ""
	for n++; n > 0; n = (n - 1) / 26 {
		name = string(rune('A'+(n-1)%26)) + name
	}
	return name
}

// lastDay is the last day that a spreadsheet knows, 31 December 9999.
const lastDay = 2_958_465

// Day reads the day of a cell: one that the spreadsheet keeps as a number, or a text like 2026-06-30. ok is false for all
// else, also for what can be understood in two ways.
func (b *Book) Day(c Cell) (day date.Date, ok bool) {
	if !c.Number {
		day, err := date.Parse(c.Text)
		return day, err == nil && !day.IsZero()
	}
	n, err := strconv.ParseFloat(c.Text, 64)
	if err != nil || n < 61 || n > lastDay { // before March 1900 spreadsheets count wrong
		return date.Date{}, false
	}
	from := date.New(1899, time.December, 30)
	if b.from1904 {
		from = date.New(1904, time.January, 1)
	}
	return from.AddDays(int(n)), true
}
