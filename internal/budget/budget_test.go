package budget_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"portal/internal/budget"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/money"
)

// texts are the categories in two languages.
var texts = map[i18n.Lang][]string{i18n.English: {"Staff", "Supplies", "Travel"}, i18n.Arabic: {"الموظفون", "اللوازم", "السفر"}}

func field(rate int) form.Field {
	return form.Field{ID: "budget", Type: form.Matrix, Parties: "who.name", Rate: func() int { return rate }, Options: func(ctx context.Context, _ *gcm.Vocabulary) []form.Option {
		var all []form.Option
		for i, id := range []string{"staff", "supplies", "travel"} {
			all = append(all, form.Option{Value: id, Label: texts[i18n.From(ctx)][i]})
		}
		return all
	}}
}

// parties are two, of which one's name looks like a formula, and the second of a name that comes twice.
var parties = form.Answers{"who.0.name": {"IOM"}, "who.1.name": {"=1+1"}, "who.2.name": {"IOM"}}

// kept is the budget of the draft; one amount was typed and not understood.
var kept = form.Answers{
	"budget.0.party": {"IOM"}, "budget.0.staff": {"1000.50"}, "budget.0.travel": {"1,00,000"},
	"budget.1.party": {"=1+1"}, "budget.1.supplies": {"7.50"},
}

// written is the workbook of the draft, opened to be worked on.
func written(t testing.TB, l i18n.Lang, s form.Sheet) *excelize.File {
	t.Helper()
	var out bytes.Buffer
	if err := budget.Write(i18n.WithLang(t.Context(), l), budget.File{Sheet: s, Edition: budget.Edition{Submission: 12, Version: 3}, Title: "Skills", About: "Concept note 12"}, &out); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// read reads the workbook back.
func read(t testing.TB, f *excelize.File, s form.Sheet, l i18n.Lang) (budget.Reading, error) {
	t.Helper()
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	return budget.Read(i18n.WithLang(t.Context(), l), out.Bytes(), s, nil, l)
}

// must ends the test when something could not be written.
func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// changed are the changes as texts, refused the cells with the ends of their keys.
func changed(r budget.Reading) []string {
	var all []string
	for _, c := range r.Changes {
		all = append(all, fmt.Sprintf("%s %s.%s %q %q", c.At, c.Party.Name, c.Category.Value, c.Before, c.After))
	}
	return all
}

func refused(r budget.Reading) []string {
	var all []string
	for _, w := range r.Refused {
		all = append(all, w.Name+" "+w.Key)
	}
	return all
}

// What was written and not touched changes nothing, in whichever language it was written and is read; an amount that was not
// understood is refused, and stays.
func TestAWorkbookThatNobodyTouched(t *testing.T) {
	t.Parallel()
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		for _, reads := range []i18n.Lang{i18n.English, i18n.Arabic} {
			ctx := i18n.WithLang(t.Context(), l)
			s := field(700).Sheet(ctx, form.Merge(parties, kept), nil)
			r, err := read(t, written(t, l, s), field(700).Sheet(i18n.WithLang(t.Context(), reads), form.Merge(parties, kept), nil), reads)
			if err != nil || len(r.Changes)+len(r.Parties)+len(r.Categories)+len(r.NoParty)+len(r.NoCategory)+len(r.Totals) != 0 || r.Same != 8 {
				t.Errorf("%s read in %s: %+v, %v", l, reads, r, err)
			}
			if got := refused(r); !slices.Equal(got, []string{"B9 form.amount.groups"}) || r.Edition != (budget.Edition{Submission: 12, Version: 3}) {
				t.Errorf("%s read in %s: refused %q, edition %v", l, reads, got, r.Edition)
			}
		}
	}
}

// A category that the fund has taken out stands in the workbook while there are amounts in it, and is read back as what it is.
func TestAWorkbookWithAFormerCategory(t *testing.T) {
	t.Parallel()
	changed := field(700)
	all := changed.Options
	changed.Options = func(ctx context.Context, v *gcm.Vocabulary) []form.Option { return all(ctx, v)[:2] }
	changed.Former = func(ctx context.Context, v *gcm.Vocabulary) []form.Option { return all(ctx, v)[2:] }
	a := form.Merge(form.Merge(parties, kept), form.Answers{"budget.0.travel": {"250.75"}})
	for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
		f := written(t, l, changed.Sheet(i18n.WithLang(t.Context(), l), a, nil))
		here := changed.Sheet(t.Context(), a, nil)
		r, err := read(t, f, here, i18n.English)
		if err != nil || len(r.Changes)+len(r.Categories)+len(r.NoCategory)+len(r.Totals)+len(r.Refused) != 0 {
			t.Errorf("%s, untouched: %+v, %v", l, r, err)
		}
	}
}

// A cell is read as what it is, or refused with the reason; nothing is guessed.
func TestWhatIsReadFromACell(t *testing.T) {
	t.Parallel()
	s := field(700).Sheet(t.Context(), form.Merge(parties, kept), nil)
	const name = "Budget"
	style := func(f *excelize.File, format string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		must(t, err)
		return id
	}
	put := func(value any) func(*excelize.File) {
		return func(f *excelize.File) { must(t, f.SetCellValue(name, "C7", value)) }
	}
	shown := func(value any, format string) func(*excelize.File) {
		return func(f *excelize.File) {
			must(t, f.SetCellValue(name, "C7", value), f.SetCellStyle(name, "C7", "C7", style(f, format)))
		}
	}
	formula := func(formula string, result any) func(*excelize.File) {
		return func(f *excelize.File) {
			must(t, f.SetCellValue(name, "C7", result), f.SetCellFormula(name, "C7", formula))
		}
	}
	for what, c := range map[string]struct {
		lang i18n.Lang
		do   func(*excelize.File)
		want string // what it becomes, or why it is refused
	}{
		"a number":                      {i18n.English, put(1234.5), "1234.50"},
		"a number in a French portal":   {i18n.French, put(1234.5), "1234.50"},
		"what floats make of cents":     {i18n.English, put(0.1 + 0.2), "0.30"},
		"a large number":                {i18n.English, put(9_999_999_999_999.99), "9999999999999.99"},
		"too large a number":            {i18n.English, put(1e21), "form.amount.large"},
		"a negative number":             {i18n.English, put(-5), "form.amount.negative"},
		"three digits after the point":  {i18n.English, put(1.125), "form.amount.precise"},
		"nothing":                       {i18n.English, put(""), "same"},
		"zero":                          {i18n.English, put(0), "same"},
		"spaces and a comma":            {i18n.English, put("1 000 000,50"), "1000000.50"},
		"Arabic digits":                 {i18n.English, put("١٬٠٠٠٬٠٠٠"), "1000000"},
		"a text in two ways":            {i18n.English, put("1.000"), "form.amount.ambiguous"},
		"the same in Spanish":           {i18n.Spanish, put("1.000"), "1000"},
		"Indian groups":                 {i18n.English, put("1,00,000"), "form.amount.groups"},
		"a power":                       {i18n.English, put("1e6"), "form.amount.exponent"},
		"euros":                         {i18n.English, put("€12"), "form.amount.currency"},
		"words":                         {i18n.English, put("to be agreed"), "form.amount.number"},
		"yes":                           {i18n.English, put(true), "form.amount.number"},
		"a day out of 1.5":              {i18n.English, shown(46143, "d-mmm"), "budget.sheet.wrong.date"},
		"hours":                         {i18n.English, shown(1.5, "[h]:mm"), "budget.sheet.wrong.date"},
		"per cent":                      {i18n.English, shown(0.07, "0.0%"), "budget.sheet.wrong.share"},
		"dollars with a code":           {i18n.English, shown(1200, `[$USD] #,##0.00;[Red]-#,##0.00`), "1200"},
		"a word in the format":          {i18n.English, shown(1200, `#,##0 "days"`), "1200"},
		"a formula":                     {i18n.English, formula("400*3", 1200), "1200"},
		"a formula without its result":  {i18n.English, func(f *excelize.File) { must(t, f.SetCellFormula(name, "C7", "400*3")) }, "budget.sheet.wrong.no_result"},
		"a formula with parts of cents": {i18n.English, formula("10000/3", 10000.0/3), "budget.sheet.wrong.precise"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			f := written(t, i18n.English, s)
			c.do(f)
			r, err := read(t, f, s, c.lang)
			if err != nil {
				t.Fatal(err)
			}
			got := "same"
			for _, change := range r.Changes {
				got = change.After
				if change.At != "C7" || change.Party.Name != "=1+1" || change.Category.Value != "staff" || change.Formula != strings.HasPrefix(what, "a formula") {
					t.Errorf("it is %+v", change)
				}
			}
			for _, w := range r.Refused {
				if w.Name != "B9" { // which the draft has not understood either
					got = w.Key
					for _, l := range i18n.Offered() {
						if text := i18n.TL(l, w.Key, w.Args...); !strings.Contains(text, "C7") || !strings.Contains(text, money.Sample.Format(l)) {
							t.Errorf("%q does not say where, or gives no example", text)
						}
					}
				}
			}
			if got != c.want {
				t.Errorf("it is read as %q, want %q", got, c.want)
			}
		})
	}
}

// Columns and rows are found by their names, wherever they stand; what belongs to nobody is named and not taken.
func TestColumnsAndRowsGoByTheirNames(t *testing.T) {
	t.Parallel()
	s := field(700).Sheet(t.Context(), form.Merge(parties, kept), nil)
	f := excelize.NewFile()
	for i, row := range [][]any{
		{"Our own sheet"}, {nil, "S12-V2"},
		{nil, "Category", "  iom ", "UNICEF", nil, "IOM", "All together"},
		{nil, "travel", 5, 6, 7, 8, 26},
		{nil, "Coffee", 1, 2},
		{nil, nil, 3},
		{nil, "Travel", 9},
		{nil, "STAFF", 1000.5, nil, nil, "12"},
		{nil, "Total", 0},
		{nil, "A note below", 77},
	} {
		must(t, f.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+2), &row))
	}
	r, err := read(t, f, s, i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := changed(r), []string{`C5 IOM.travel "1,00,000" "5"`, `F5 IOM.travel "" "8"`, `F9 IOM.staff "" "12"`}; !slices.Equal(got, want) {
		t.Errorf("changes %q, want %q", got, want)
	}
	if r.Changes[0].Party.Row != 0 || r.Changes[1].Party.Row == 0 {
		t.Errorf("two of a name are not told apart: %+v", r.Changes)
	}
	if !slices.Equal(r.Parties, []budget.Place{{At: "D4", Name: "UNICEF"}}) || !slices.Equal(r.Categories, []budget.Place{{At: "B6", Name: "Coffee"}, {At: "B7"}, {At: "B8", Name: "Travel"}}) {
		t.Errorf("unknown: %v, %v", r.Parties, r.Categories)
	}
	if !slices.Equal(r.NoParty, []string{"=1+1"}) || !slices.Equal(r.NoCategory, []string{"Supplies"}) || r.Edition.Version != 2 {
		t.Errorf("lacking: %q, %q, edition %v", r.NoParty, r.NoCategory, r.Edition)
	}
}

// A total that its amounts do not have is told: a workbook whose formulas were not worked out anew, or were written over.
func TestTotalsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	s := field(700).Sheet(t.Context(), form.Merge(parties, kept), nil)
	f := written(t, i18n.English, s)
	must(t, f.SetCellValue("Budget", "C8", 100), f.SetCellValue("Budget", "C12", 8.03))
	r, err := read(t, f, s, i18n.English)
	want := []budget.Total{
		{Place: budget.Place{At: "C10", Name: "direct"}, Party: "=1+1", Says: 750, Are: 10_000},
		{Place: budget.Place{At: "C11", Name: "indirect"}, Party: "=1+1", Says: 53, Are: 700},
		{Place: budget.Place{At: "C12", Name: "total"}, Party: "=1+1", Says: 803, Are: 10_700},
	}
	if err != nil || !slices.Equal(r.Totals, want) {
		t.Errorf("totals %+v, %v", r.Totals, err)
	}
}

// What is no budget is refused as a whole, calmly and in bounds.
func TestWorkbooksThatAreRefused(t *testing.T) {
	t.Parallel()
	s := field(700).Sheet(t.Context(), form.Merge(parties, kept), nil)
	changedBy := func(do func(f *excelize.File)) []byte {
		f := written(t, i18n.English, s)
		do(f)
		var out bytes.Buffer
		must(t, f.Write(&out))
		return out.Bytes()
	}
	rows := func(n int, columns ...any) []byte {
		f := excelize.NewFile()
		out, err := f.NewStreamWriter("Sheet1")
		must(t, err, out.SetRow("A1", columns))
		for i := range n {
			must(t, out.SetRow("A"+strconv.Itoa(i+2), []any{"Coffee", i}))
		}
		must(t, out.Flush())
		var b bytes.Buffer
		must(t, f.Write(&b))
		return b.Bytes()
	}
	wide := []any{"Category"}
	for range 150 {
		wide = append(wide, "IOM")
	}
	for what, c := range map[string]struct {
		content  []byte
		want     string
		tooLarge bool
	}{
		"a text":                  {[]byte("Category,IOM"), "not_workbook", false},
		"an old workbook":         {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "old", false},
		"half a file":             {[]byte("PK\x03\x04"), "damaged", false},
		"too large a file":        {make([]byte, 11<<20), "too_large", true},
		"another workbook":        {rows(3, "Kind", "IOM"), "no_table", false},
		"a hundred thousand rows": {rows(100_000, "Category", "IOM"), "too_many", false},
		"the same of another":     {rows(100_000, "Kind", "IOM"), "no_table", false},
		"too many columns":        {rows(1, wide...), "too_wide", false},
		"merged cells":            {changedBy(func(f *excelize.File) { must(t, f.MergeCell("Budget", "B8", "C8")) }), "merged", false},
		"macros":                  {changedBy(func(f *excelize.File) { f.Pkg.Store("xl/vbaProject.bin", []byte("x")) }), "macros", false},
	} {
		_, err := budget.Read(t.Context(), c.content, s, nil, i18n.English)
		key, args, tooLarge := budget.Reason(err)
		if key != "budget.sheet.refused."+c.want || tooLarge != c.tooLarge {
			t.Errorf("%s: %s, %v (%v)", what, key, tooLarge, err)
		}
		if text := i18n.TL(i18n.Arabic, key, append([]any{"a.xlsx"}, args...)...); !strings.Contains(text, "a.xlsx") {
			t.Errorf("%s is told as %q", what, text)
		}
	}
	if _, err := budget.Read(t.Context(), changedBy(func(f *excelize.File) { must(t, f.MergeCell("Budget", "A1", "D1")) }), s, nil, i18n.English); err != nil {
		t.Errorf("merged cells above the table: %v", err)
	}
	if key, _, _ := budget.Reason(errors.New("x")); key != "" {
		t.Errorf("another error is %s", key)
	}
}

// In 5,000 budgets the formulas of the workbook make the same totals to the cent as the portal, and what is read back is what
// was written. A workbook holds many budgets beside each other, an organization each.
func TestFormulasAddUpAsThePortalDoes(t *testing.T) {
	t.Parallel()
	const books, each = 14, 90
	random := rand.New(rand.NewPCG(7, 7))
	for range books {
		rate := []int{700, 700, 725, 0, 1250, 10_000}[random.IntN(6)]
		a := form.Answers{}
		for p := range each {
			name := "Organization " + strconv.Itoa(p)
			a[form.RowName("who", p, "name")], a[form.RowName("budget", p, form.PartyControl)] = []string{name}, []string{name}
			for _, id := range []string{"staff", "supplies", "travel"} {
				if amount := random.Int64N([]int64{100, 10_000, 1_000_000, 100_000_000, 100_000_000_000, 1_000_000_000_000}[random.IntN(6)]); amount%5 != 0 {
					a[form.RowName("budget", p, id)] = []string{money.Amount(amount).Plain()}
				}
			}
		}
		s := field(rate).Sheet(t.Context(), a, nil)
		f := written(t, i18n.English, s)
		r, err := read(t, f, s, i18n.English)
		if err != nil || len(r.Changes)+len(r.Refused)+len(r.Totals) != 0 || r.Same != each*3 {
			t.Fatalf("read back: %q, %q, %+v, %v", changed(r), refused(r), r.Totals, err)
		}
		for column := 1; column <= each+1; column++ {
			for row, of := range map[int]func(form.Party) money.Amount{10: s.Direct, 11: s.Indirect, 12: s.Total} {
				want := s.All(of)
				if column <= each {
					want = of(s.Parties[column-1])
				}
				at, _ := excelize.CoordinatesToCellName(column+1, row)
				result, err := f.CalcCellValue("Budget", at, excelize.Options{RawCellValue: true})
				must(t, err)
				n, err := strconv.ParseFloat(result, 64)
				must(t, err)
				if got := strconv.FormatFloat(n, 'f', 2, 64); got != strconv.FormatFloat(float64(want)/100, 'f', 2, 64) {
					t.Fatalf("at a rate of %d, %s makes %s, the portal %s", rate, at, got, want.Plain())
				}
			}
		}
	}
}
