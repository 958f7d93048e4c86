package practice_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/practice"
	"portal/internal/workflow"
)

func TestReadAFilterFromAnAddress(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	for _, c := range []struct {
		name, query, want string // want is the query that the filter stands for
		ignored           []string
	}{
		{"nothing", "", "", nil},
		{"everything", "q=labour&objective=21&objective=6&principle=1&sdg=10&sdg=8&country=ke&region=africa&continent=africa&type=service&organization=member_state&completion=completed&scope=national&language=fr&year=2021&blocks=yes&sort=title",
			"blocks=yes&completion=completed&continent=africa&country=KE&language=fr&objective=6&objective=21&organization=member_state&principle=1&q=labour&region=africa&scope=national&sdg=8&sdg=10&sort=title&type=service&year=2021", nil},
		{"unknown values", "objective=24&objective=06&sdg=18&country=ZZ&region=moon&blocks=no&language=de&year=1900&sort=random&page=-1&after=x&scope=x&completion=x&type=x&organization=x&principle=11&continent=x", "",
			[]string{"objective", "region", "organization", "type", "completion", "country", "blocks", "principle", "sdg", "continent", "scope", "language", "year", "sort", "page", "after"}},
		{"no word among the words", "q=%21%3F%28", "", []string{"q"}},
		{"too many words", "q=" + strings.Repeat("a", 10_000), "q=" + strings.Repeat("a", 200), []string{"q"}},
		{"control characters", "q=fair%00%07+work", "q=fair%00%07+work", nil},
		{"unbalanced quotes", `q=%22fair+work`, `q=%22fair+work`, nil},
		{"a hostile mixture", "objective=1%27+OR+1%3D1--&country=%3Cscript%3E&q=%27%3B+DROP+TABLE+practices%3B--", "q=%27%3B+DROP+TABLE+practices%3B--", []string{"objective", "country"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			f := practice.ReadFilter(q, v)
			if got := f.Values().Encode(); got != c.want {
				t.Errorf("filter %q, want %q", got, c.want)
			}
			if !slices.Equal(f.Ignored, c.ignored) {
				t.Errorf("ignored %q, want %q", f.Ignored, c.ignored)
			}
		})
	}
}

// list is the list at an address.
func (w *world) list(t testing.TB, query string) practice.List {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.service.List(t.Context(), practice.ReadFilter(q, seeded(t)), i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Each facet narrows the list to what has the value, counts what the list would hold, and knows a practice no more once
// another revision has taken its place or it was taken down.
func TestTheListHoldsWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := map[string]string{}
	for name, changed := range map[string]form.Answers{
		"ghana": {"title": {"One desk for workers who come home"}},
		"kenya": {"title": {"Fair recruitment of nurses"}, "countries": {"KE"}, "objectives": {"6"}, "type": {"policy"}, "completion": {"ongoing"}, "ended.day": nil, "ended.month": nil, "ended.year": nil, "blocks.0.title": nil, "blocks.0.text": nil},
		"arab":  {"title": {"رسوم الاستقدام على صاحب العمل"}, "language": {"ar"}, "countries": {"JO"}, "objectives": {"6", "10"}, "started.year": {"2019"}},
	} {
		_, id := w.publish(t, with(changed))
		ids[id] = name
	}
	for _, c := range []struct {
		query string
		want  []string
	}{
		{"", []string{"arab", "ghana", "kenya"}},
		{"objective=6", []string{"arab", "kenya"}},
		{"objective=6&objective=21", []string{"arab", "ghana", "kenya"}},
		{"objective=6&country=KE", []string{"kenya"}},
		{"region=africa", []string{"ghana", "kenya"}},
		{"continent=asia", []string{"arab"}},
		{"type=policy", []string{"kenya"}},
		{"completion=completed", []string{"arab", "ghana"}},
		{"blocks=yes", []string{"arab", "ghana"}},
		{"language=ar", []string{"arab"}},
		{"year=2019", []string{"arab"}},
		{"sdg=8", []string{"arab", "ghana", "kenya"}},
		{"principle=9&scope=subnational&organization=member_state", []string{"arab", "ghana", "kenya"}},
		{"q=nurse", []string{"kenya"}},
		{"q=Kenia", []string{"kenya"}},
		{"q=nurces", []string{"kenya"}},
		{"q=frais+de+recrutement", []string{"arab"}},
		{"q=recrutement", []string{"arab", "kenya"}},
		{"q=nurses&country=GH", nil},
		{"q=nurses+unobtainium", []string{"kenya"}},
		{"q=nurses+unobtainium+unattainium", nil},
		{"q=unobtainium+recruitment+-nurses", []string{"arab"}},
		{"q=%22fair+nurses%22", nil},
	} {
		list := w.list(t, c.query)
		var got []string
		for _, p := range list.Practices {
			got = append(got, ids[p.PublicID])
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) || list.Total != len(c.want) {
			t.Errorf("%s: %d, %v, want %v", c.query, list.Total, got, c.want)
		}
		for _, facet := range practice.Facets {
			for value, n := range list.Counts[facet] {
				q, _ := url.ParseQuery(c.query)
				q.Set(facet, value)
				if total := w.list(t, q.Encode()).Total; total != n {
					t.Errorf("%s: %s %s counts %d, its list holds %d", c.query, facet, value, n, total)
				}
			}
		}
	}
}

// A page of the list says how words were understood, marks them, and what it left out; its files hold the same.
// Which practices have a rare word is remembered, and no longer than it is true.
func TestARareWordFindsWhatIsPublishedNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := func(n int) {
		t.Helper()
		for range 2 {
			if list := w.list(t, "q=seaweed"); list.Total != n || len(list.Practices) != n {
				t.Fatalf("%d practices, %d on the page, want %d", list.Total, len(list.Practices), n)
			}
		}
	}
	w.publish(t, with(nil))
	want(0)
	first, _ := w.publish(t, with(form.Answers{"title": {"Seaweed farmers who came home"}}))
	want(1)
	w.publish(t, with(form.Answers{"lessons": {"Seaweed is sold by the shore."}}))
	want(2)
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(t.Context(), tx, first, w.hub)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(t.Context(), tx, w.service.Kind(), &sub, workflow.Archive, w.hub, workflow.Input{Note: "The office asked for it."}, *w.clock.Load())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want(1)
}

func TestThePageOfTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 23 {
		w.publish(t, with(form.Answers{"title": {"Desk number " + strconv.Itoa(n)}}))
	}
	page := w.Visitor.Get("/en/practices?q=desks&page=2&objective=99").Want(http.StatusOK)
	if page.Text("#count") != "23 practices" || !page.Has("h3 mark") || !page.Contains("Objective") {
		t.Errorf("the second page says %q", page.Text("#count"))
	}
	if got := w.list(t, "q=desks&page=2"); len(got.Practices) != 3 || got.Pages != 2 {
		t.Errorf("the second page has %d of %d pages", len(got.Practices), got.Pages)
	}
	if page := w.Visitor.Get("/en/practices?q=desks+unobtainium").Want(http.StatusOK); page.Text("#count") != "23 practices" || !page.Contains("has the most of it") {
		t.Error("a page does not say that its practices have a part of what is asked for")
	}
	if page := w.Visitor.Get("/en/practices?q=unobtainium").Want(http.StatusOK); !page.Contains("No practice matches") {
		t.Error("nothing is not explained")
	}
	body := w.Visitor.Get("/en/practices.csv?q=desk").Want(http.StatusOK).Body
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\ufeff"))).ReadAll()
	if err != nil || len(lines) != 24 {
		t.Errorf("the file has %d lines, %v", len(lines), err)
	}
}
