package programme_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/programme"
)

func TestReadAFilterFromAnAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		name, query, want string // want is the query that the filter stands for
		ignored           []string
	}{
		{"nothing", "", "", nil},
		{"everything", "q=labour&stage=closed&stage=pipeline&area=ta-4&area=climate&region=africa&country=ke&organization=UNICEF&objective=21&objective=6&sdg=10&sdg=8&sort=budget",
			"area=climate&area=ta-4&country=KE&objective=6&objective=21&organization=UNICEF&q=labour&region=africa&sdg=8&sdg=10&sort=budget&stage=closed&stage=pipeline", nil},
		{"unknown values", "stage=open&area=ta-9&region=moon&country=ZZ&objective=24&objective=06&sdg=18&sort=random&page=-1&after=x", "",
			[]string{"stage", "area", "region", "country", "objective", "sdg", "sort", "page", "after"}},
		{"a name that is too long", "organization=" + strings.Repeat("a", 301), "", []string{"organization"}},
		{"no word among the words", "q=%21%3F%28", "", []string{"q"}},
		{"too many words", "q=" + strings.Repeat("a", 10_000), "q=" + strings.Repeat("a", 200), []string{"q"}},
		{"a hostile mixture", "objective=1%27+OR+1%3D1--&country=%3Cscript%3E&q=%27%3B+DROP+TABLE+programmes%3B--", "q=%27%3B+DROP+TABLE+programmes%3B--", []string{"country", "objective"}},
	} {
		q, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		f := w.service.ReadFilter(q)
		if got := f.Values().Encode(); got != c.want {
			t.Errorf("%s: filter %q, want %q", c.name, got, c.want)
		}
		if !slices.Equal(f.Ignored, c.ignored) {
			t.Errorf("%s: ignored %q, want %q", c.name, f.Ignored, c.ignored)
		}
	}
}

// Each facet narrows the list to what has the value, and counts what the list would hold.
func TestTheListHoldsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]string{}
	for _, c := range []struct {
		name   string
		change func(f *programme.Facts)
	}{
		{"ghana", nil},
		{"kenya", func(f *programme.Facts) {
			f.Title, f.Areas, f.Countries, f.Objectives, f.Targets = "Fair recruitment of nurses", []string{"ta-2", "ta-4"}, []string{"KE", "UG"}, []int{6}, []string{"3.c"}
			f.Organizations = []programme.Organization{{Name: "UNICEF", Convenes: true, Budget: 9_000_000_00}, {Name: "international  LABOUR organization", Budget: 1}}
		}},
		{"jordan", func(f *programme.Facts) {
			f.Title, f.Lang, f.Areas, f.Countries, f.Objectives = "رسوم الاستقدام على صاحب العمل", "ar", []string{"climate"}, []string{"JO"}, []int{10}
		}},
	} {
		_, id := w.enter(t, note(c.change))
		ids[id] = c.name
	}
	all := []string{"ghana", "jordan", "kenya"}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", all},
		{"stage=pipeline", all},
		{"stage=funded", nil},
		{"area=ta-4", []string{"ghana", "kenya"}},
		{"area=climate&area=ta-2", []string{"jordan", "kenya"}},
		{"region=africa", []string{"ghana", "kenya"}},
		{"country=UG", []string{"kenya"}},
		{"organization=International+Labour+Organization", all}, // in whatever letters it was typed
		{"organization=UNICEF", []string{"kenya"}},
		{"organization=Nobody", all}, // and says that it was left out
		{"objective=6", []string{"ghana", "kenya"}},
		{"sdg=3", []string{"kenya"}},
		{"q=nurse", []string{"kenya"}},
		{"q=Kenia", []string{"kenya"}},
		{"q=unicef", []string{"kenya"}},
		{"q=nurses&country=GH", nil},
		{"q=%22fair+nurses%22", nil},
	} {
		list := w.list(t, c.query)
		var got []string
		for _, p := range list.Programmes {
			got = append(got, ids[p.PublicID])
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) || list.Total != len(c.want) {
			t.Errorf("%s: %d, %v, want %v", c.query, list.Total, got, c.want)
		}
		for _, facet := range programme.Facets {
			for value, n := range list.Counts[facet] {
				q := list.Filter.Values()
				q.Set(facet, value)
				if total := w.list(t, q.Encode()).Total; total != n {
					t.Errorf("%s: %s %s counts %d, its list holds %d", c.query, facet, value, n, total)
				}
			}
		}
	}
	for order, first := range map[string]string{"": "jordan", "newest": "jordan", "changed": "jordan", "budget": "kenya", "title": "kenya"} {
		if got := ids[w.list(t, "sort="+order).Programmes[0].PublicID]; got != first {
			t.Errorf("in the order %q %s comes first, want %s", order, got, first)
		}
	}
}

// The page says what was found and what was left out, marks it, and leads through all of it; files and feed hold the same.
func TestThePageOfThePipeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if page := w.Visitor.Get("/en/fund/pipeline").Want(http.StatusOK); !page.Contains("No programme is in the pipeline yet") {
		t.Error("an empty pipeline is not explained")
	}
	const n = 23
	w.several(t, n, 7)
	page := w.Visitor.Get("/en/fund/pipeline?q=works&page=2&objective=99&organization=Nobody").Want(http.StatusOK)
	if page.Text("#count") != "23 programmes" || !page.Has("h3 mark") || !page.Contains("Objective and Organization") || page.Count(".result") != 3 {
		t.Errorf("the second page says %q of %d", page.Text("#count"), page.Count(".result"))
	}
	if page := w.Visitor.Get("/ar/fund/pipeline?q=unobtainium").Want(http.StatusOK); !page.Contains("لا برنامج مطابق") {
		t.Error("nothing is not explained")
	}
	all := w.list(t, "")
	body := w.Visitor.Get("/en/fund/pipeline.csv?sort=title").Want(http.StatusOK).Body
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	if err != nil || len(lines) != n+1 {
		t.Fatalf("the file has %d lines, %v", len(lines), err)
	}
	asked := 0.0
	for _, line := range lines[1:] {
		amount, err := strconv.ParseFloat(line[slices.Index(lines[0], "Asked of the fund (USD)")], 64)
		if err != nil {
			t.Fatal(err)
		}
		asked += amount
	}
	if got := int64(asked*100 + 0.5); got != int64(all.Sums.Budget) {
		t.Errorf("the file adds up to %d, the list says %d", got, all.Sums.Budget)
	}
	if got := strings.Count(string(w.Visitor.Get("/en/fund/pipeline.atom?stage=running").Want(http.StatusOK).Body), "<entry>"); got != all.Counts["stage"]["running"] {
		t.Errorf("the feed has %d entries, want %d", got, all.Counts["stage"]["running"])
	}
	w.Visitor.Get("/en/fund/pipeline.xlsx").Want(http.StatusOK)
	if got := decode[struct{ Rows []map[string]any }](t, w.Visitor.Get("/en/fund/pipeline.json?stage=closed").Want(http.StatusOK).Body); len(got.Rows) != all.Counts["stage"]["closed"] {
		t.Errorf("the data have %d programmes, want %d", len(got.Rows), all.Counts["stage"]["closed"])
	}
}

// Nothing that a note keeps private is in any form of a programme, and what a visitor may not change they cannot.
func TestAProgrammeHasAPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.enter(t, note(nil))
	page := w.Visitor.Get("/en/fund/programmes/" + id).Want(http.StatusOK)
	for _, words := range []string{
		"One desk for workers who come home", "GCM-JP-0001", "USD 1,500,000.50", "USD 98,130.87", "USD 150,000.00", "24 months", "Endorsed by the Steering Committee", "24 November 2026",
		"Ministry of Labour", "City or other local government, Ghana", "Union of returned workers", "SDG 8", publicURL + "/en/fund/programmes/GCM-JP-0001",
	} {
		if !page.Contains(words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if to := w.Visitor.Get("/en/fund/programmes/gcm-jp-1").Want(http.StatusMovedPermanently).Location(); to != "/en/fund/programmes/GCM-JP-0001" {
		t.Errorf("another spelling leads to %s", to)
	}
	for _, address := range []string{"GCM-JP-0002", "1", "x", "GCM-PR-0001", "GCM-JP-9999999999"} {
		w.Visitor.Get("/en/fund/programmes/" + address).Want(http.StatusNotFound)
	}
}

func TestABookletIsPrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, address := range []string{"", "?only=GCM-JP-0009", "?only=x", "?country=JP"} {
		w.Visitor.Get("/en/fund/pipeline/booklet" + address).Want(http.StatusUnprocessableEntity)
	}
	w.several(t, 5, 3)
	page := w.Visitor.Get("/en/fund/pipeline/booklet?sort=title").Want(http.StatusOK)
	if got := page.Count("article.booklet__part"); got != 5 {
		t.Errorf("the booklet has %d programmes", got)
	}
	if page := w.Visitor.Get("/ar/fund/pipeline/booklet?only=GCM-JP-0003").Want(http.StatusOK); page.Count("article.booklet__part") != 1 || page.Text("h1") != "Programme 2 on work" {
		t.Errorf("the booklet of one is about %q", page.Text("h1"))
	}
	file := w.Visitor.Get("/en/fund/pipeline/booklet.pdf").Want(http.StatusOK)
	if file.Header.Get("Content-Type") != "application/pdf" || strings.Contains(string(file.Body), `href="/`) {
		t.Error("the file is no PDF with addresses that work on paper")
	}
	if to := w.Visitor.Get("/en/fund/pipeline/booklet.pdf?country=JP&stage=closed").Want(http.StatusSeeOther).Location(); !strings.HasPrefix(to, "/en/fund/pipeline/booklet?") {
		t.Errorf("a PDF of nothing leads to %s", to)
	}
}
