package pledge_test

import (
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/pledge"
)

// board fills a world with some pledges of all kinds, of several actors, years and standings.
func (w *world) board(t testing.TB, r *rand.Rand, n int) {
	t.Helper()
	w.at(time.Date(2025, 12, 28, 10, 0, 0, 0, time.UTC))
	for range n {
		w.later(time.Hour * time.Duration(6+r.IntN(100)))
		a := randomAnswers(r)
		if r.IntN(3) > 0 {
			a["on_behalf"], a["entity"], a["capacity"] = []string{"other"}, []string{[]string{"Alliance of Ports", "alliance of ports", "City of Cali"}[r.IntN(3)]}, []string{"Secretariat"}
		}
		id, _ := w.publish(t, a)
		for r.IntN(2) == 0 {
			w.later(time.Hour * time.Duration(r.IntN(200)))
			if r.IntN(4) == 0 {
				w.update(t, id, pledge.Fulfilled, "")
			} else {
				w.update(t, id, pledge.InProgress, date.Today(w.now(), i18n.Geneva).AddDays(r.IntN(1000)-500).String())
			}
		}
	}
}

// Every figure of the dashboard is what one counts by hand in the rows of the tables.
func TestTheDashboardIsTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := rand.New(rand.NewPCG(11, 1))
	w.board(t, r, 40)
	for range 60 {
		q := randomFilter(r)
		board, err := w.service.Tallies(t.Context(), pledge.ReadFilter(q, seeded(t)))
		if err != nil {
			t.Fatal(err)
		}
		total, status, fresh, actors, countries := 0, 0, 0, map[string]bool{}, map[string]bool{}
		of, counts := map[string]int{}, map[string]map[string]int{}
		for _, s := range w.sources(t, q.Get("q")) {
			if s.matches(q, "") {
				total++
				actors[s.actor] = true
				for _, c := range s.values["country"] {
					countries[c] = true
				}
				if s.values["status"][0] != "none" {
					status++
				}
				if s.values["light"][0] == "fresh" {
					fresh++
				}
			}
			for _, view := range pledge.Views {
				if !s.matches(q, view) {
					continue
				}
				of[view]++
				for _, value := range s.values[view] {
					if counts[view] == nil {
						counts[view] = map[string]int{}
					}
					counts[view][value]++
				}
			}
		}
		want := [5]int{total, len(actors), len(countries), status, fresh}
		if got := [5]int{board.Total, board.Actors, board.Countries, board.WithStatus, board.Fresh}; got != want {
			t.Errorf("%s: pledges, actors, countries, with a status, fresh are %v; of the tables %v", q.Encode(), got, want)
		}
		for _, view := range pledge.Views {
			if got := board.Tallies[view]; got.Of != of[view] || !maps.Equal(got.Counts, counts[view]) && len(got.Counts)+len(counts[view]) > 0 {
				t.Errorf("%s: by %s there are %d: %v; of the tables %d: %v", q.Encode(), view, got.Of, got.Counts, of[view], counts[view])
			}
		}
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the check finds %v, %v", wrong, err)
	}
}

// A facet that the list can be filtered by is a view of the dashboard, and the other way round.
func TestEveryFacetIsAView(t *testing.T) {
	t.Parallel()
	views := slices.Sorted(slices.Values(pledge.Views))
	var facets []string
	for _, p := range pledge.Parameters() {
		if !slices.Contains([]string{"q", "sort", "page", "after", "as-of", "since"}, p) {
			facets = append(facets, p)
		}
	}
	slices.Sort(facets)
	if !slices.Equal(views, facets) {
		t.Errorf("views are %v, facets %v", views, facets)
	}
	for _, quarter := range []string{"2026-Q0", "2026-Q5", "2017-Q1", "26-Q1", "2026-q1", "2026-Q10", "-Q1", "Q1", "2026-Q"} {
		if f := pledge.ReadFilter(url.Values{"reported": {quarter}}, seeded(t)); len(f.Reported) != 0 || !slices.Equal(f.Ignored, []string{"reported"}) {
			t.Errorf("%q is taken for a quarter", quarter)
		}
	}
}
