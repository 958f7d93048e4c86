package web_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"portal/internal/webtest"
	"portal/web"
)

func TestTablesForSpreadsheets(t *testing.T) {
	t.Parallel()
	router, err := web.New(web.Options{})
	if err != nil {
		t.Fatal(err)
	}
	router.Public("GET /table.csv", func(w http.ResponseWriter, r *http.Request) error {
		return web.WriteCSV(w, r, "table.csv", [][]string{{"Name", "Number"}, {"=1+1", "12"}, {`"Quoted", and a comma`, "＝1"}, {"خطة العمل\nالوطنية", "-1"}})
	}, web.Stateless())
	p := webtest.New(t, router).Get("/en/table.csv").Want(http.StatusOK)
	if got := p.Header.Get("Content-Disposition"); got != `attachment; filename="table.csv"` {
		t.Errorf("it is saved as %q", got)
	}
	body, marked := strings.CutPrefix(string(p.Body), web.CSVMark)
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	want := [][]string{{"Name", "Number"}, {"'=1+1", "12"}, {`"Quoted", and a comma`, "'＝1"}, {"خطة العمل\nالوطنية", "'-1"}}
	if err != nil || !marked || !slices.EqualFunc(lines, want, slices.Equal) {
		t.Errorf("the table is %q, %v", p.Body, err)
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
