package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/date"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
)

// tableRows are rows of a table whose texts are to harm.
var tableRows = [][]any{
	{"=1+1", 12, date.New(2026, 3, 14), time.Date(2026, 3, 14, 9, 30, 0, 5, time.UTC), -0.5},
	{`"Quoted", and a comma`, nil, date.Date{}, nil, nil},
	{"خطة العمل\nالوطنية", -1, nil, nil, nil},
}

// tables serves a table as files; fail makes its rows fail before (0) or after so many of them; -1 does not.
func tables(t *testing.T, fail int) *webtest.Client {
	t.Helper()
	router, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	table := func(r *http.Request) web.Table {
		return web.Table{
			Name: "table", Title: "Rows", List: "https://portal.example/en/list?q=a", Day: date.New(2026, 11, 29),
			Columns: []web.Column{{"name", "Name"}, {"number", "Number"}, {"day", "Day"}, {"at", "At"}, {"part", "Part"}},
			Rows: func(do func([]any) error) error {
				for n, row := range tableRows {
					if n == fail {
						return problem.Forbidden
					}
					if err := do(row); err != nil {
						return err
					}
				}
				return nil
			},
		}
	}
	router.Public("GET /table.csv", web.CSV(table), web.Stateless())
	router.Public("GET /table.xlsx", web.XLSX(table), web.Stateless())
	router.Public("GET /table.json", web.JSON(table), web.Stateless())
	return webtest.New(t, router)
}

func TestATableAsCSV(t *testing.T) {
	t.Parallel()
	p := tables(t, -1).Get("/en/table.csv").Want(http.StatusOK)
	if got := p.Header.Get("Content-Disposition"); got != `attachment; filename="table.csv"` || p.Header.Get("Content-Type") != web.CSVType {
		t.Errorf("it is saved as %q, %s", got, p.Header.Get("Content-Type"))
	}
	body, marked := strings.CutPrefix(string(p.Body), web.CSVMark)
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	const list, day = "https://portal.example/en/list?q=a", "2026-11-29"
	want := [][]string{
		{"Name", "Number", "Day", "At", "Part", "List", "Taken on"}, {"'=1+1", "12", "2026-03-14", "2026-03-14T09:30:00Z", "-0.5", list, day},
		{`"Quoted", and a comma`, "", "", "", "", list, day}, {"خطة العمل\nالوطنية", "-1", "", "", "", list, day},
	}
	if err != nil || !marked || !slices.EqualFunc(lines, want, slices.Equal) {
		t.Errorf("the table is %q, %v", p.Body, err)
	}
}

func TestATableAsJSON(t *testing.T) {
	t.Parallel()
	var got any
	if err := json.Unmarshal(tables(t, -1).Get("/ar/table.json").Want(http.StatusOK).Body, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"list": "https://portal.example/en/list?q=a", "day": "2026-11-29", "rows": []any{
		map[string]any{"name": "=1+1", "number": 12.0, "day": "2026-03-14", "at": "2026-03-14T09:30:00Z", "part": -0.5},
		map[string]any{"name": `"Quoted", and a comma`}, map[string]any{"name": "خطة العمل\nالوطنية", "number": -1.0},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the table is %v", got)
	}
}

func TestATableAsWorkbook(t *testing.T) {
	t.Parallel()
	for lang, right := range map[string]bool{"en": false, "ar": true} {
		book, err := excelize.OpenReader(bytes.NewReader(tables(t, -1).Get("/" + lang + "/table.xlsx").Want(http.StatusOK).Body))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := book.GetRows("Rows")
		if err != nil || len(rows) != 4 || rows[1][0] != "=1+1" || rows[1][1] != "12" || rows[3][1] != "-1" {
			t.Errorf("%s: the rows are %q, %v", lang, rows, err)
		}
		if formula, err := book.GetCellFormula("Rows", "A2"); err != nil || formula != "" {
			t.Errorf("%s: a text has become the formula %q, %v", lang, formula, err)
		}
		if kind, err := book.GetCellType("Rows", "C2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
			t.Errorf("%s: the day is a text (%v, %v)", lang, kind, err)
		}
		view, err := book.GetSheetView("Rows", 0)
		if err != nil || view.RightToLeft == nil || *view.RightToLeft != right {
			t.Errorf("%s: the sheet runs to the left: %v, %v", lang, view.RightToLeft, err)
		}
		about, err := book.GetRows(book.GetSheetName(1))
		if err != nil || len(about) != 3 || about[0][1] != "https://portal.example/en/list?q=a" || about[1][1] != "2026-11-29" || about[2][1] != "3" {
			t.Errorf("%s: it says of itself %q, %v", lang, about, err)
		}
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What fails before the first row is a page that says so; a HEAD looks at no row.
func TestATableThatFails(t *testing.T) {
	t.Parallel()
	for _, extension := range []string{"csv", "json", "xlsx"} {
		c := tables(t, 0)
		if p := c.Get("/en/table." + extension).Want(http.StatusForbidden); !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") || p.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: it is answered as %s, %q", extension, p.Header.Get("Content-Type"), p.Header.Get("Content-Disposition"))
		}
		if p := c.Do(c.Request(http.MethodHead, "/en/table."+extension, nil)).Want(http.StatusOK); len(p.Body) > 0 || !strings.Contains(p.Header.Get("Content-Disposition"), extension) {
			t.Errorf("%s: a HEAD is answered with %q, %q", extension, p.Body, p.Header.Get("Content-Disposition"))
		}
	}
}

func TestNoTextIsAFormula(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+41 22", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"} {
		if got := web.CSVText(text); got != "'"+text {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	for _, text := range []string{"", "1+1=2", "Every child", "'quoted", "كل طفل", " =1"} {
		if got := web.CSVText(text); got != text {
			t.Errorf("%q is written as %q", text, got)
		}
	}
}
