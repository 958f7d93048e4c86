package pledge_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/search"
	"portal/internal/workflow"
)

// source is a published pledge as the table has it, with its values by facet.
type source struct {
	id     int64
	values map[string][]string
	found  bool // it has the words
	actor  string
}

// sources reads the published pledges past the read model, and which of them have the words.
func (w *world) sources(t testing.TB, q string) []source {
	t.Helper()
	type row struct {
		ID                                 int64
		Objectives, Principles             []int
		Regions, Countries, Natures, Langs []string
		Category, Type, Entity, Country    string
		Reported, Support                  []string
		Status                             pledge.Status
		NextReport                         date.Date
		FirstPublishedAt                   time.Time
		Found                              bool
	}
	query, err := w.service.Expression(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT id, objectives, principles, regions, countries, natures, langs, category, type, entity, country, first_published_at, s.status, s.next_report_on AS next_report,
		ARRAY(SELECT DISTINCT concat(date_part('year', u.published_at AT TIME ZONE 'Europe/Zurich'), '-Q', date_part('quarter', u.published_at AT TIME ZONE 'Europe/Zurich')) FROM pledge_updates u WHERE u.pledge_id = p.id) AS reported,
		ARRAY(SELECT k FROM unnest(ARRAY['needed', 'offered']) k WHERE content #>> ARRAY['support_' || k, '0'] <> '') AS support,
		$1 = '' OR words @@ to_tsquery('simple', $1) AS found FROM pledges p JOIN pledge_standings s ON s.pledge_id = p.id AND s.until IS NULL WHERE p.until IS NULL`, query)
	if err != nil {
		t.Fatal(err)
	}
	text := func(numbers []int) []string {
		var all []string
		for _, n := range numbers {
			all = append(all, fmt.Sprint(n))
		}
		return all
	}
	var all []source
	for _, r := range rows {
		var continents []string
		for _, code := range r.Countries {
			if c, ok := seeded(t).Country(code); ok { // of invented rows some are none
				continents = append(continents, strings.ToLower(c.Continent))
			}
		}
		slices.Sort(continents)
		all = append(all, source{id: r.ID, found: r.Found, actor: strings.ToLower(r.Entity) + "|" + r.Country, values: map[string][]string{
			"objective": text(r.Objectives), "principle": text(r.Principles), "region": r.Regions, "country": r.Countries, "nature": r.Natures,
			"language": r.Langs, "category": {r.Category}, "type": {r.Type}, "year": {fmt.Sprint(r.FirstPublishedAt.In(i18n.Geneva).Year())},
			"status": {string(r.Status)}, "light": {string(pledge.LightOn(date.Today(w.now(), i18n.Geneva), r.NextReport))}, "continent": slices.Compact(continents), "reported": r.Reported, "support": r.Support,
		}})
	}
	return all
}

// matches says whether the filter leaves the pledge, when it says nothing about one facet.
func (s source) matches(q url.Values, except string) bool {
	if !s.found {
		return false
	}
	for facet, values := range s.values {
		if chosen := q[facet]; facet != except && len(chosen) > 0 && !slices.ContainsFunc(values, func(v string) bool { return slices.Contains(chosen, v) }) {
			return false
		}
	}
	return true
}

// compare holds a list against the table.
func (w *world) compare(t *testing.T, service *pledge.Service, q url.Values) {
	t.Helper()
	list, err := service.List(t.Context(), pledge.ReadFilter(q, seeded(t)), i18n.English)
	if err != nil {
		t.Fatal(err)
	}
	total, counts := 0, search.Counts{}
	for _, s := range w.sources(t, q.Get("q")) {
		if s.matches(q, "") {
			total++
		}
		for facet, values := range s.values {
			if s.matches(q, facet) {
				for _, v := range values {
					if counts[facet] == nil {
						counts[facet] = map[string]int{}
					}
					counts[facet][v]++
				}
			}
		}
	}
	if list.Total != total || len(list.Pledges) != min(total, pledge.PerPage) {
		t.Errorf("%s: %d pledges, %d shown; the table has %d", q.Encode(), list.Total, len(list.Pledges), total)
	}
	for facet, got := range list.Counts {
		if want := counts[facet]; !maps.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s: counts of %s are %v; of the table %v", q.Encode(), facet, got, want)
		}
	}
}

// randomAnswers are those of some pledge.
func randomAnswers(r *rand.Rand) form.Answers {
	one := func(values ...string) []string { return []string{values[r.IntN(len(values))]} }
	a := with(form.Answers{
		"title":     {strings.Join([]string{one("Fair", "Decent", "Safe")[0], one("work", "return", "recruitment")[0], one("for nurses", "for students", "in towns")[0]}, " ")},
		"countries": one("KE", "UG", "CO", "FR"), "objectives": one("1", "6", "7", "23"), "principles": one("1", "5", "10"),
		"category": one("member_state", "academia"), "type": {"individual"}, "natures": one("policy_oriented", "process_oriented"),
	})
	if r.IntN(4) == 0 {
		a["scope"] = []string{"global"}
		delete(a, "countries")
	}
	return a
}

func randomFilter(r *rand.Rand) url.Values {
	q := url.Values{}
	for facet, values := range map[string][]string{
		"objective": {"1", "6", "7", "23"}, "principle": {"1", "5", "10"}, "region": {"africa", "latin_america_caribbean", "global"}, "country": {"KE", "UG", "CO", "FR"},
		"category": {"member_state", "academia"}, "nature": {"policy_oriented", "process_oriented"}, "year": {"2025", "2026"}, "language": {"en", "fr"},
		"status": {"none", "in_progress", "fulfilled"}, "light": {"fresh", "due", "late", "silent", "closed"}, "continent": {"africa", "americas", "europe"},
		"reported": {"2025-Q4", "2026-Q1"},
	} {
		for r.IntN(4) == 0 {
			q.Add(facet, values[r.IntN(len(values))])
		}
	}
	if r.IntN(2) == 0 {
		q.Set("q", []string{"fair", "decent work", `"decent work"`, `"safe return" -nurses`, "rec", "students", "towns -fair", "xylophone", "a"}[r.IntN(9)])
	}
	for facet := range q {
		slices.Sort(q[facet])
		q[facet] = slices.Compact(q[facet])
	}
	return q
}

// The read model is what the table has, on every replica, whatever happens at once: publications, revisions, pledges
// that are taken down, offices that get another name or are merged, words that become common.
func TestTheReadModelIsTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(time.Date(2025, 12, 28, 10, 0, 0, 0, time.UTC))
	v := seeded(t)
	other := pledge.NewService(pledge.Options{DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: w.now})
	const workers, acts = 4, 12
	var published sync.Map
	var running sync.WaitGroup
	for n := range workers {
		running.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(n)))
			var mine []workflow.ID
			for range acts {
				w.later(time.Hour * 6)
				switch act := r.IntN(10); {
				case act < 5 || len(mine) == 0:
					id, _ := w.publish(t, randomAnswers(r))
					mine = append(mine, id)
				case act < 7:
					id := mine[r.IntN(len(mine))]
					w.apply(t, id, w.Head.User, workflow.Revise, "")
					w.send(t, id, w.Head.User, randomAnswers(r))
				case act < 8:
					at := r.IntN(len(mine))
					w.apply(t, mine[at], w.Officer.User, workflow.Archive, "It was a mistake.")
					mine = slices.Delete(mine, at, at+1)
				case act < 9 && r.IntN(2) == 0:
					id, next := mine[r.IntN(len(mine))], date.Today(w.now(), i18n.Geneva).AddDays(r.IntN(1000)-500).String()
					if r.IntN(4) == 0 {
						w.update(t, id, pledge.Fulfilled, "")
					} else {
						w.update(t, id, pledge.InProgress, next)
					}
				case act < 9:
					w.must(t, func(ctx context.Context, tx database.Tx) error {
						_, err := tx.Exec(ctx, `UPDATE pledges SET entity = 'Ministry ' || $1, office_name = 'Ministry ' || $1 WHERE id % 3 = 0`, fmt.Sprint(n))
						return err
					})
				default:
					if err := w.service.ChooseWordsFrom(t.Context(), 3+r.IntN(4)); err != nil {
						t.Error(err)
					}
				}
				for _, service := range []*pledge.Service{w.service, other} {
					list, err := service.List(t.Context(), pledge.ReadFilter(randomFilter(r), v), i18n.English)
					if err != nil {
						t.Error(err)
						return
					}
					if len(list.Pledges) != min(list.Total, pledge.PerPage) {
						t.Errorf("%d pledges are said to be listed, %d are", list.Total, len(list.Pledges))
					}
				}
			}
			published.Store(n, mine)
		})
	}
	running.Wait()
	r := rand.New(rand.NewPCG(7, 99))
	for i := range 60 {
		w.compare(t, []*pledge.Service{w.service, other}[i%2], randomFilter(r))
	}
	if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the check finds %v, %v", wrong, err)
	}
	figures, err := w.service.Figures(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	actors, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(DISTINCT (lower(entity), country)) FROM pledges WHERE until IS NULL`)
	if err != nil || figures.Actors != actors || figures.Pledges != len(w.sources(t, "")) {
		t.Errorf("figures %+v; the table has %d actors, %d pledges (%v)", figures, actors, len(w.sources(t, "")), err)
	}
}

func TestADriftIsFoundAndMended(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 120)
	if err := w.service.ChooseWordsFrom(t.Context(), 50); err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"a count":         `UPDATE pledge_bitmaps SET bits = ~bits, n = bit_count(~bits) WHERE facet = 'objective' AND value = '3'`,
		"a value":         `DELETE FROM pledge_bitmaps WHERE facet = 'country' AND value = 'KE'`,
		"an actor":        `UPDATE pledge_actors SET n = n + 1 WHERE actor LIKE 'ministry 7%'`,
		"a common word":   `UPDATE pledge_word_bitmaps SET bits = 0::bit(8192), n = 0 WHERE word = 'common'`,
		"a list of words": `DELETE FROM pledge_words WHERE word = 'rare'`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.db.Read().Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
			if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) == 0 {
				t.Errorf("the check finds %v, %v", wrong, err)
			}
			if err := w.service.Rebuild(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := w.service.ChooseWordsFrom(t.Context(), 50); err != nil {
				t.Fatal(err)
			}
			if wrong, err := pledge.CheckModel(t.Context(), w.db.Read()); err != nil || len(wrong) != 0 {
				t.Errorf("after rebuilding the check finds %v, %v", wrong, err)
			}
			w.compare(t, w.service, url.Values{"objective": {"3"}, "q": {"common"}})
		})
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE pledge_bitmaps SET n = n + 1`); database.Constraint(err) != "pledge_bitmaps_counted" {
		t.Errorf("a count that is not that of its bits: %v", err)
	}
}

// What is remembered of a phrase is asked anew where pledges have changed.
func TestAPhraseIsFoundAsPledgesChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	q := url.Values{"q": {`"decent pelicans"`}}
	id, _ := w.publish(t, with(form.Answers{"title": {"Decent pelicans for nurses"}}))
	w.publish(t, with(form.Answers{"title": {"Pelicans that are decent"}}))
	w.compare(t, w.service, q)
	w.publish(t, with(form.Answers{"title": {"More decent pelicans"}}))
	w.compare(t, w.service, q)
	w.apply(t, id, w.Officer.User, workflow.Archive, "It was a mistake.")
	w.compare(t, w.service, q)
	if list := w.list(t, q.Encode()); list.Total != 1 {
		t.Errorf("%d pledges have the phrase, want 1", list.Total)
	}
}
