package web

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Table is a list as a file, exactly as it is filtered: the same as CSV, XLSX or JSON (opendata.md, Exports). It is
// streamed, says which list it holds and of what day, and nothing in it can become a formula.
type Table struct {
	// Name is that of the file without extension, in plain ASCII; Title that of the sheet in a workbook.
	Name, Title string
	// List is the address of the list that it holds, with its filter; Day the day in Geneva on which it was taken.
	List    string
	Day     date.Date
	Columns []Column
	// Rows gives each row to do, a value a column: a text, an int, a float64, a date.Date, a time.Time, or nil for nothing.
	Rows func(do func(row []any) error) error
}

// Column is a column of a Table.
type Column struct {
	// Name is the same in every language: the name of the value in JSON. Title is the heading.
	Name, Title string
}

// Columns are the columns of the names, with the texts of the keys that begin with prefix as headings.
func Columns(ctx context.Context, prefix string, names ...string) []Column {
	all := make([]Column, len(names))
	for i, name := range names {
		all[i] = Column{Name: name, Title: i18n.T(ctx, prefix+name)}
	}
	return all
}

// RowsOf are the Rows of a list that is read into memory.
func RowsOf[T any](read func() ([]T, error), row func(T) []any) func(do func(row []any) error) error {
	return func(do func(row []any) error) error {
		list, err := read()
		if err != nil {
			return err
		}
		for _, one := range list {
			if err := do(row(one)); err != nil {
				return err
			}
		}
		return nil
	}
}

// The media types of the files.
const (
	CSVType  = "text/csv; charset=utf-8"
	XLSXType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	JSONType = "application/json"
)

// errGone ends a file whose reader has gone.
var errGone = errors.New("the reader has gone")

// unlessGone is err, unless the reader has gone, which is nobody's error.
func unlessGone(err error) error {
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

func gone(err error) error {
	if err != nil {
		return errGone
	}
	return nil
}

// CSV, XLSX and JSON are the handlers of a list's files; a HEAD makes the table and looks at no row.
func CSV(table func(*http.Request) Table) Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return table(r).writeCSV(w, r) }
}

// XLSX is described at CSV.
func XLSX(table func(*http.Request) Table) Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return table(r).writeXLSX(w, r) }
}

// JSON is described at CSV.
func JSON(table func(*http.Request) Table) Handler {
	return func(w http.ResponseWriter, r *http.Request) error { return table(r).writeJSON(w, r) }
}

// stream writes the head before the first row, so that an error before it is still answered as one, then each row. A HEAD
// is answered by the head alone, with no row looked at.
func (t Table) stream(w http.ResponseWriter, r *http.Request, contentType, extension string, head func() error, row func([]any) error) error {
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="`+t.Name+`.`+extension+`"`)
		return head()
	}
	if r.Method == http.MethodHead {
		return begin()
	}
	err := t.Rows(func(values []any) error {
		if err := begin(); err != nil {
			return err
		}
		return row(values)
	})
	if err != nil {
		return err
	}
	return begin()
}

// writeCSV answers with the table for any program: UTF-8 with a byte-order mark, so that spreadsheets open it right. The
// last two columns say which list it is and of what day.
func (t Table) writeCSV(w http.ResponseWriter, r *http.Request) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	err := t.stream(w, r, CSVType, "csv", func() error {
		line := make([]string, 0, len(t.Columns)+2)
		for _, c := range t.Columns {
			line = append(line, c.Title)
		}
		line = append(line, i18n.T(r.Context(), "web.table.list"), i18n.T(r.Context(), "web.table.day"))
		line[0] = CSVMark + line[0]
		return gone(out.Write(line))
	}, func(values []any) error {
		line := make([]string, 0, len(t.Columns)+2)
		for _, value := range values {
			text := cell(value)
			if _, written := value.(string); written { // numbers and days are ours
				text = CSVText(text)
			}
			line = append(line, text)
		}
		return gone(out.Write(append(line, t.List, t.Day.String())))
	})
	out.Flush()
	return unlessGone(err)
}

// cell writes a value as text.
func cell(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	default: // texts, whole numbers and days write themselves
		return fmt.Sprint(v)
	}
}

// writeJSON answers with the table as an object of the rows, each an object; names do not change with the language, and
// what has no value is left out.
func (t Table) writeJSON(w http.ResponseWriter, r *http.Request) error {
	before := "\n"
	err := t.stream(w, r, JSONType, "json", func() error {
		head, err := json.Marshal(map[string]any{"list": t.List, "day": t.Day})
		if err != nil {
			return err
		}
		_, err = w.Write(append(head[:len(head)-1], `,"rows":[`...))
		return gone(err)
	}, func(values []any) error {
		line := []byte(before + "{")
		for i, value := range values {
			if cell(value) == "" {
				continue
			}
			if at, ok := value.(time.Time); ok {
				value = at.UTC().Truncate(time.Second)
			}
			name, err := json.Marshal(t.Columns[i].Name)
			if err != nil {
				return err
			}
			written, err := json.Marshal(value)
			if err != nil {
				return err
			}
			if line[len(line)-1] != '{' {
				line = append(line, ',')
			}
			line = append(append(append(line, name...), ':'), written...)
		}
		before = ",\n"
		_, err := w.Write(append(line, '}'))
		return gone(err)
	})
	if err == nil && r.Method != http.MethodHead {
		_, err = io.WriteString(w, "\n]}\n")
		err = gone(err)
	}
	return unlessGone(err)
}

// writeXLSX answers with a workbook with typed columns; a second sheet says which list it is and of what day.
func (t Table) writeXLSX(w http.ResponseWriter, r *http.Request) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := book.SetSheetName("Sheet1", t.Title); err != nil {
		return err
	}
	if i18n.From(r.Context()).Dir() == "rtl" {
		right := true
		if err := book.SetSheetView(t.Title, 0, &excelize.ViewOptions{RightToLeft: &right}); err != nil {
			return err
		}
	}
	n := 0
	if r.Method != http.MethodHead {
		if n, err = t.sheet(book); err != nil {
			return err
		}
	}
	if err := t.about(r, book, n); err != nil {
		return err
	}
	w.Header().Set("Content-Type", XLSXType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+t.Name+`.xlsx"`)
	if r.Method == http.MethodHead {
		return nil
	}
	// Straight to the reader: the library would put all of it together in memory first.
	book.SetZipWriter(func(io.Writer) excelize.ZipWriter { return zip.NewWriter(w) })
	return unlessGone(gone(book.Write(io.Discard)))
}

// sheet writes the rows and returns how many there are.
func (t Table) sheet(book *excelize.File) (int, error) {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return 0, err
	}
	day, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return 0, err
	}
	instant, err := book.NewStyle(&excelize.Style{NumFmt: 22})
	if err != nil {
		return 0, err
	}
	out, err := book.NewStreamWriter(t.Title)
	if err != nil {
		return 0, err
	}
	if err := out.SetColWidth(1, len(t.Columns), 22); err != nil {
		return 0, err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return 0, err
	}
	head := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = excelize.Cell{StyleID: bold, Value: c.Title}
	}
	if err := out.SetRow("A1", head); err != nil {
		return 0, err
	}
	n := 0
	err = t.Rows(func(values []any) error {
		n++
		line := make([]any, len(values))
		for i, value := range values {
			switch v := value.(type) {
			case date.Date:
				if !v.IsZero() {
					line[i] = excelize.Cell{StyleID: day, Value: v.In(time.UTC)}
				}
			case time.Time:
				if !v.IsZero() {
					line[i] = excelize.Cell{StyleID: instant, Value: v.UTC()}
				}
			default:
				line[i] = value
			}
		}
		return out.SetRow("A"+strconv.Itoa(n+1), line)
	})
	if err != nil {
		return 0, err
	}
	return n, out.Flush()
}

// about writes the sheet that says what the workbook holds.
func (t Table) about(r *http.Request, book *excelize.File, n int) error {
	sheet := i18n.T(r.Context(), "web.table.about")
	if _, err := book.NewSheet(sheet); err != nil {
		return err
	}
	for i, line := range [][2]any{
		{i18n.T(r.Context(), "web.table.list"), t.List},
		{i18n.T(r.Context(), "web.table.day"), t.Day.String()},
		{i18n.T(r.Context(), "web.table.number"), n},
	} {
		if err := book.SetSheetRow(sheet, "A"+strconv.Itoa(i+1), &[]any{line[0], line[1]}); err != nil {
			return err
		}
	}
	return book.SetColWidth(sheet, "A", "B", 40)
}

// CSVMark is the byte-order mark that a CSV file begins with: it tells spreadsheets that the text is UTF-8.
const CSVMark = "\ufeff"

// CSVText is what to write into a cell of a CSV file, so that no spreadsheet takes people's text for a formula: one that
// begins as a formula does gets an apostrophe in front.
func CSVText(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 { // the wide ones are the same to a spreadsheet in East Asia
		return "'" + text
	}
	return text
}
