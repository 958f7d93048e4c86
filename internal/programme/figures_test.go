package programme_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"portal/internal/money"
	"portal/internal/programme"
	"portal/internal/webtest"
)

// Every number on the page of figures is that of the list to which it leads, its bar has its length, and its amounts are
// those of the programmes of that list: read from the pages as people get them, for filters as they come.
func TestFiguresAreThoseOfTheLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t, 60, 11)
	r := rand.New(rand.NewPCG(5, 5))
	filters := []string{"", "q=work&stage=pipeline", "area=ta-4&area=climate", "organization=WHO+%26+partners&region=africa", "country=ZZ"}
	for range 6 {
		q := url.Values{}
		all := w.list(t, "")
		for _, facet := range []string{"stage", "area", "region", "organization"} {
			for value := range all.Counts[facet] {
				if r.IntN(6) == 0 {
					q.Add(facet, value)
				}
			}
		}
		filters = append(filters, q.Encode())
	}
	held := map[string]programme.List{}
	follow := func(href string) programme.List {
		t.Helper()
		_, query, _ := strings.Cut(href, "?")
		list, ok := held[query]
		if !ok {
			list = w.list(t, query)
			held[query] = list
		}
		return list
	}
	for i, filter := range filters {
		page := w.Visitor.Get("/en/fund/pipeline/figures?" + filter).Want(http.StatusOK)
		if got, want := page.Text("#count"), w.list(t, filter).Total; got != counted(want) {
			t.Errorf("%s: the page counts %q, want %d", filter, got, want)
		}
		for _, f := range page.All(".kpis dd a") {
			if n := follow(f.Attr("href")).Total; f.Text() != strconv.Itoa(n) {
				t.Errorf("%s: a stage counts %s, its list holds %d", filter, f.Text(), n)
			}
		}
		for _, facet := range programme.Tables {
			checkBars(t, page, facet, filter, follow)
			checkAmounts(t, page, facet, filter, follow)
		}
		if i > 2 {
			continue
		}
		// The list that a link leads to says the same number to a person who follows it.
		for _, a := range page.All("#by-area .bars a") {
			if got, want := w.Visitor.Get(a.Attr("href")).Want(http.StatusOK).Text("#count"), counted(follow(a.Attr("href")).Total); got != want {
				t.Errorf("the page of %s says %q, want %q", a.Attr("href"), got, want)
			}
		}
	}
}

// counted is how the list says how many there are.
func counted(n int) string {
	if n == 1 {
		return "1 programme"
	}
	return fmt.Sprint(n, " programmes")
}

func checkBars(t *testing.T, page *webtest.Page, facet, filter string, follow func(string) programme.List) {
	t.Helper()
	links, numbers, bars := page.All("#by-"+facet+" .bars a"), page.Texts("#by-"+facet+" .bars td.num"), page.All("#by-"+facet+" .bars rect")
	if len(links) != len(numbers) || len(links) != len(bars) || len(links) == 0 && page.Has(".bars") {
		t.Fatalf("%s: %d names, %d numbers and %d bars by %s", filter, len(links), len(numbers), len(bars), facet)
	}
	most := 0
	for _, a := range links {
		most = max(most, follow(a.Attr("href")).Total)
	}
	for i, a := range links {
		n := follow(a.Attr("href")).Total
		if numbers[i] != strconv.Itoa(n) {
			t.Errorf("%s: %s counts %s, its list %s holds %d", filter, a.Text(), numbers[i], a.Attr("href"), n)
		}
		width, err := strconv.ParseFloat(strings.TrimSuffix(bars[i].Attr("width"), "%"), 64)
		if want := 100 * float64(n) / float64(max(most, 1)); err != nil || width < want-0.1 || width > want+0.1 {
			t.Errorf("%s: the bar of %s is %s long, want %.1f%%", filter, a.Text(), bars[i].Attr("width"), want)
		}
	}
}

func checkAmounts(t *testing.T, page *webtest.Page, facet, filter string, follow func(string) programme.List) {
	t.Helper()
	for _, a := range page.All("#by-" + facet + " .disc tbody tr") {
		list := follow(a.All("a")[0].Attr("href"))
		var cells []string
		for _, cell := range a.All("td.num") {
			cells = append(cells, cell.Text())
		}
		if len(cells) != 3 || cells[0] != strconv.Itoa(list.Total) || dollarsOf(t, cells[1]) != rounded(list.Sums.Budget) || dollarsOf(t, cells[2]) != rounded(list.Sums.Funded) {
			t.Errorf("%s: by %s the table says %q, the list holds %d with %d and %d cents", filter, facet, cells, list.Total, list.Sums.Budget, list.Sums.Funded)
		}
	}
}

// rounded is an amount in whole dollars.
func rounded(a money.Amount) int64 { return int64((a + 50) / 100) }

func dollarsOf(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(strings.NewReplacer("USD", "", ",", "", " ", "", "\u00a0", "").Replace(text), 10, 64)
	if err != nil {
		t.Errorf("%q is no amount: %v", text, err)
	}
	return n
}
