package pledge_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/search"
	"portal/internal/workflow"
)

// instant is a time in Geneva.
func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05.999999", s, i18n.Geneva)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// asOf is the list of a past day, with more of a query.
func (w *world) asOf(t testing.TB, day, query string) pledge.List {
	t.Helper()
	return w.list(t, strings.Trim(query+"&as-of="+day, "&"))
}

// A day ends at midnight in Geneva, also in the nights in which the clocks change: what comes a moment before is of the
// day, what comes at midnight is of the next.
func TestADayEndsAtMidnightInGeneva(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nights := []struct{ day, before, after, first, second string }{
		{day: "2026-01-15", before: "2026-01-15 23:59:59.999999", after: "2026-01-16 00:00:00"},
		{day: "2026-03-28", before: "2026-03-28 23:59:59", after: "2026-03-29 00:00:00"},
		{day: "2026-03-29", before: "2026-03-29 23:59:59", after: "2026-03-30 00:00:00"}, // 23 hours long
		{day: "2026-06-30", before: "2026-06-30 23:59:59", after: "2026-07-01 00:00:00"},
		{day: "2026-10-25", before: "2026-10-25 23:59:59", after: "2026-10-26 00:00:00"}, // 25 hours long
		{day: "2026-12-31", before: "2026-12-31 23:59:59", after: "2027-01-01 00:00:00"},
	}
	word := func(day string) string { return "night" + strings.ReplaceAll(day, "-", "") }
	for i, night := range nights {
		w.at(instant(t, night.before))
		_, nights[i].first = w.publish(t, with(form.Answers{"title": {"Before " + word(night.day)}}))
		w.at(instant(t, night.after))
		_, nights[i].second = w.publish(t, with(form.Answers{"title": {"After " + word(night.day)}}))
	}
	w.at(instant(t, "2027-06-01 10:00:00"))
	for _, night := range nights {
		list := w.asOf(t, night.day, "q="+word(night.day))
		if list.Total != 1 || list.Pledges[0].PublicID != night.first {
			t.Errorf("on %s: %d pledges, want only %s", night.day, list.Total, night.first)
		}
		next := onDay(t, night.day).AddDays(1).String()
		if list := w.asOf(t, next, "q="+word(night.day)); list.Total != 2 {
			t.Errorf("on %s: %d pledges, want 2", next, list.Total)
		}
		if p, err := w.service.PublicOn(t.Context(), night.second, onDay(t, night.day)); err != nil || !p.NotYet || p.Pledge.Title != "" {
			t.Errorf("the page of %s on %s: %+v %v", night.second, night.day, p, err)
		}
	}
}

// The life of one pledge, and what each day says of it.
func TestAPledgeOnEachDayOfItsLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(instant(t, "2026-02-01 12:00:00"))
	w.publish(t, with(form.Answers{"title": {"Another one"}, "objectives": {"1"}}))
	w.at(instant(t, "2026-02-10 12:00:00"))
	id, publicID := w.publish(t, with(form.Answers{"title": {"Zebra crossings"}, "objectives": {"7"}}))
	w.at(instant(t, "2026-03-10 12:00:00"))
	w.apply(t, id, w.Head.User, workflow.Revise, "")
	w.send(t, id, w.Head.User, with(form.Answers{"title": {"Aardvark crossings"}, "objectives": {"8"}}))
	w.at(instant(t, "2026-04-10 12:00:00"))
	w.update(t, id, pledge.InProgress, "2026-07-01")
	w.at(instant(t, "2026-09-10 12:00:00"))
	w.update(t, id, pledge.Withdrawn, "")
	w.at(instant(t, "2026-11-24 12:00:00"))
	for _, test := range []struct {
		day, title string // no title: not public yet
		objective  string
		status     pledge.Status
		light      pledge.Light
		first      bool // by title
	}{
		{"2026-02-09", "", "", "", "", false},
		{"2026-02-10", "Zebra crossings", "7", pledge.NoStatus, pledge.Fresh, false},
		{"2026-03-09", "Zebra crossings", "7", pledge.NoStatus, pledge.Fresh, false},
		{"2026-03-10", "Aardvark crossings", "8", pledge.NoStatus, pledge.Fresh, true},
		{"2026-04-09", "Aardvark crossings", "8", pledge.NoStatus, pledge.Fresh, true},
		{"2026-04-10", "Aardvark crossings", "8", pledge.InProgress, pledge.Fresh, true},
		{"2026-05-02", "Aardvark crossings", "8", pledge.InProgress, pledge.Due, true},
		{"2026-07-02", "Aardvark crossings", "8", pledge.InProgress, pledge.Late, true},
		{"2026-09-09", "Aardvark crossings", "8", pledge.InProgress, pledge.Late, true},
		{"2026-09-10", "Aardvark crossings", "8", pledge.Withdrawn, pledge.Closed, true}, // it stays
		{"2026-11-23", "Aardvark crossings", "8", pledge.Withdrawn, pledge.Closed, true},
		{"2026-11-24", "Aardvark crossings", "8", pledge.Withdrawn, pledge.Closed, true}, // today
	} {
		p, err := w.service.PublicOn(t.Context(), publicID, onDay(t, test.day))
		if err != nil {
			t.Fatal(err)
		}
		all := w.asOf(t, test.day, "sort=title")
		for _, u := range p.Updates {
			if date.Today(u.PublishedAt, i18n.Geneva).String() > test.day {
				t.Errorf("%s: the page has a report of %s", test.day, u.PublishedAt)
			}
		}
		if test.status == pledge.Withdrawn && len(p.Updates) != 2 || test.status == pledge.InProgress && len(p.Updates) != 1 {
			t.Errorf("%s: the page has %d reports", test.day, len(p.Updates))
		}
		if test.title == "" {
			if !p.NotYet || all.Total != 1 {
				t.Errorf("%s: it is public already, among %d", test.day, all.Total)
			}
			continue
		}
		if p.Pledge.Title != test.title || p.Status != test.status || all.Total != 2 {
			t.Errorf("%s: the page says %q, %s, among %d", test.day, p.Pledge.Title, p.Status, all.Total)
		}
		if got := all.Pledges[0].PublicID == publicID; got != test.first {
			t.Errorf("%s: by title it is first: %v", test.day, got)
		}
		word := strings.ToLower(strings.Fields(test.title)[0])
		for _, q := range []string{"q=" + word, "objective=" + test.objective, "status=" + string(test.status) + "&objective=" + test.objective, "light=" + string(test.light) + "&objective=" + test.objective, "q=" + publicID} {
			list := w.asOf(t, test.day, q)
			if list.Total != 1 || list.Pledges[0].PublicID != publicID || list.Pledges[0].Title != test.title || list.Pledges[0].Status != test.status {
				t.Errorf("%s, %s: %+v", test.day, q, list.Pledges)
			}
		}
		for _, other := range []string{"zebra", "aardvark"} {
			if list := w.asOf(t, test.day, "q="+other); (list.Total == 1) != (other == word) {
				t.Errorf("%s: %d pledges have the word %s", test.day, list.Total, other)
			}
		}
	}
}

// What was taken down is shown for no day any more; the list says how many there were, and its numbers are those of the list.
func TestWhatWasTakenDownIsNotShownForAnyDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(instant(t, "2026-02-01 12:00:00"))
	w.publish(t, with(form.Answers{"title": {"Stays"}, "objectives": {"7"}}))
	id, publicID := w.publish(t, with(form.Answers{"title": {"Regretted"}, "objectives": {"7"}}))
	w.at(instant(t, "2026-05-01 12:00:00"))
	day := onDay(t, "2026-03-01")
	if list := w.asOf(t, "2026-03-01", ""); list.Total != 2 || list.Hidden != 0 {
		t.Errorf("%d pledges, %d hidden", list.Total, list.Hidden)
	}
	w.apply(t, id, w.Officer.User, workflow.Archive, "It named somebody.")
	for _, q := range []string{"", "objective=7", "q=regretted", "sort=title", "q=" + publicID} {
		list := w.asOf(t, "2026-03-01", q)
		if want := map[bool]int{true: 0, false: 1}[strings.HasPrefix(q, "q=")]; list.Total != want || len(list.Pledges) != want || list.Hidden != 1 {
			t.Errorf("%s: %d pledges, %d shown, %d hidden", q, list.Total, len(list.Pledges), list.Hidden)
		}
	}
	p, err := w.service.PublicOn(t.Context(), publicID, day)
	if err != nil || p.Gone == nil || p.Pledge.Title != "" || p.Content != nil {
		t.Errorf("the page shows %+v (%v)", p, err)
	}
	if _, err := w.service.PublicOn(t.Context(), "GCM-P-9999", day); !errors.Is(err, problem.NotFound) {
		t.Errorf("one that there never was: %v", err)
	}
	if list := w.asOf(t, "2026-01-31", ""); list.Total != 0 || list.Hidden != 0 {
		t.Errorf("before the first one: %d pledges, %d hidden", list.Total, list.Hidden)
	}
}

// Only the last answer of a partner is known, from its day on; who leaves is named on no day.
func TestPartnersOnADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(instant(t, "2026-02-01 12:00:00"))
	_, publicID := w.publish(t, with(form.Answers{
		"type": {"common"}, "partners.0.name": {"City of Nairobi"}, "partners.0.email": {"city@nairobi.example"}, "partners.0.part": {"Training"},
		"partners.1.name": {"City of Mombasa"}, "partners.1.email": {"city@mombasa.example"},
	}))
	for name, answer := range map[string]string{"City of Nairobi": "state = 'amended', own_part = 'More training'", "City of Mombasa": "state = 'withdrawn'"} {
		if _, err := w.db.Read().Exec(t.Context(), `UPDATE pledge_partners SET answered_at = $2, `+answer+` WHERE name = $1`, name, instant(t, "2026-04-01 12:00:00")); err != nil {
			t.Fatal(err)
		}
	}
	w.at(instant(t, "2026-06-01 12:00:00"))
	for day, want := range map[string]pledge.Partner{
		"2026-03-31": {Name: "City of Nairobi", Part: "Training"},
		"2026-04-01": {Name: "City of Nairobi", Part: "More training", Confirmed: true, Amended: true},
		"2026-06-01": {Name: "City of Nairobi", Part: "More training", Confirmed: true, Amended: true},
	} {
		p, err := w.service.PublicOn(t.Context(), publicID, onDay(t, day))
		if err != nil || len(p.Pledge.Partners) != 1 || p.Pledge.Partners[0] != want {
			t.Errorf("%s: %+v (%v), want %+v", day, p.Pledge.Partners, err, want)
		}
	}
}

// sourcesOn works out in Go, from all rows that there ever were, what the public could see at the end of the day.
func (w *world) sourcesOn(t testing.TB, day date.Date, q string) []source {
	t.Helper()
	type row struct {
		ID                                 int64
		Objectives, Principles             []int
		Support                            []string
		Regions, Countries, Natures, Langs []string
		Category, Type, Entity, Country    string
		FirstPublishedAt, PublishedAt      time.Time
		Until                              *time.Time
		Found                              bool
	}
	query, err := w.service.Expression(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := database.Rows[row](t.Context(), w.db.Read(), `SELECT id, objectives, principles, regions, countries, natures, langs, category, type, entity, country, first_published_at, published_at, until,
		ARRAY(SELECT k FROM unnest(ARRAY['needed', 'offered']) k WHERE content #>> ARRAY['support_' || k, '0'] <> '') AS support,
		$1 = '' OR words @@ to_tsquery('simple', $1) AS found FROM pledges ORDER BY id, revision`, query)
	if err != nil {
		t.Fatal(err)
	}
	type update struct {
		PledgeID    int64
		Status      pledge.Status
		NextReport  date.Date
		PublishedAt time.Time
	}
	updates, err := database.Rows[update](t.Context(), w.db.Read(), `SELECT pledge_id, status, next_report_on AS next_report, published_at FROM pledge_updates ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	shown := func(at time.Time) bool { return date.Today(at, i18n.Geneva).String() <= day.String() }
	public := map[int64]bool{}
	for _, r := range rows {
		public[r.ID] = r.Until == nil
	}
	var all []source
	for _, r := range rows {
		if !public[r.ID] || !shown(r.PublishedAt) || r.Until != nil && shown(*r.Until) {
			continue
		}
		status, next := pledge.NoStatus, pledge.FirstReport(r.FirstPublishedAt)
		var reported []string
		for _, u := range updates {
			if u.PledgeID == r.ID && shown(u.PublishedAt) {
				status, next = u.Status, u.NextReport
				at := u.PublishedAt.In(i18n.Geneva)
				reported = append(reported, fmt.Sprintf("%d-Q%d", at.Year(), (at.Month()+2)/3))
			}
		}
		slices.Sort(reported)
		var continents []string
		for _, code := range r.Countries {
			if c, ok := seeded(t).Country(code); ok {
				continents = append(continents, strings.ToLower(c.Continent))
			}
		}
		slices.Sort(continents)
		all = append(all, source{id: r.ID, found: r.Found, actor: strings.ToLower(r.Entity) + "|" + r.Country, values: map[string][]string{
			"objective": texted(r.Objectives), "principle": texted(r.Principles), "region": r.Regions, "country": r.Countries, "nature": r.Natures,
			"language": r.Langs, "category": {r.Category}, "type": {r.Type}, "year": {fmt.Sprint(r.FirstPublishedAt.In(i18n.Geneva).Year())},
			"status": {string(status)}, "light": {string(pledge.LightOn(day, next))}, "continent": slices.Compact(continents), "reported": slices.Compact(reported), "support": r.Support,
		}})
	}
	return all
}

func texted(numbers []int) []string {
	var all []string
	for _, n := range numbers {
		all = append(all, fmt.Sprint(n))
	}
	return all
}

// Of random days and filters, totals, counts and lists are what the rows say; and the list of a day is the one that
// visitors saw in its last second.
func TestThePastIsWhatTheRowsSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := time.Date(2025, 12, 20, 5, 0, 0, 0, time.UTC)
	w.at(begin)
	r := rand.New(rand.NewPCG(11, 5))
	var mine []workflow.ID
	seen := map[string]pledge.List{} // in the last second of the day
	day := date.Today(begin, i18n.Geneva)
	for day.Before(date.New(2026, time.January, 12)) {
		for range 2 + r.IntN(5) {
			w.later(time.Duration(1+r.IntN(90)) * time.Minute)
			switch act := r.IntN(10); {
			case act < 4 || len(mine) == 0:
				id, _ := w.publish(t, randomAnswers(r))
				mine = append(mine, id)
			case act < 6:
				id := mine[r.IntN(len(mine))]
				w.apply(t, id, w.Head.User, workflow.Revise, "")
				w.send(t, id, w.Head.User, randomAnswers(r))
			case act < 7 && len(mine) > 4 && r.IntN(3) == 0:
				at := r.IntN(len(mine))
				w.apply(t, mine[at], w.Officer.User, workflow.Archive, "It was a mistake.")
				mine = slices.Delete(mine, at, at+1)
			default:
				if id := mine[r.IntN(len(mine))]; r.IntN(4) == 0 {
					w.update(t, id, pledge.Fulfilled, "")
				} else {
					w.update(t, id, pledge.InProgress, day.AddDays(r.IntN(1000)-500).String())
				}
			}
		}
		w.at(day.AddDays(1).In(i18n.Geneva).Add(-time.Microsecond))
		seen[day.String()] = w.list(t, "")
		day = day.AddDays(1)
		w.at(day.In(i18n.Geneva).Add(time.Duration(r.IntN(3)) * time.Microsecond))
	}
	days := slices.Sorted(maps.Keys(seen))
	check := func(day string, q url.Values) {
		t.Helper()
		list := w.asOf(t, day, q.Encode())
		total, counts := 0, search.Counts{}
		for _, s := range w.sourcesOn(t, onDay(t, day), q.Get("q")) {
			if s.matches(q, "") {
				total++
			}
			for facet, values := range s.values {
				for _, v := range values {
					if s.matches(q, facet) {
						if counts[facet] == nil {
							counts[facet] = map[string]int{}
						}
						counts[facet][v]++
					}
				}
			}
		}
		if list.Total != total || len(list.Pledges) != min(total, pledge.PerPage) {
			t.Errorf("%s, %s: %d pledges, %d shown; by the rows %d", day, q.Encode(), list.Total, len(list.Pledges), total)
		}
		board, err := w.service.Tallies(t.Context(), pledge.ReadFilter(asOfDay(q, day), seeded(t)))
		actors := map[string]bool{}
		for _, s := range w.sourcesOn(t, onDay(t, day), q.Get("q")) {
			if s.matches(q, "") {
				actors[s.actor] = true
			}
		}
		if err != nil || board.Total != total || board.Actors != len(actors) {
			t.Errorf("%s, %s: the dashboard has %d pledges of %d actors (%v); by the rows %d of %d", day, q.Encode(), board.Total, board.Actors, err, total, len(actors))
		}
		for facet, got := range list.Counts {
			if want := counts[facet]; !maps.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%s, %s: counts of %s are %v; by the rows %v", day, q.Encode(), facet, got, want)
			}
		}
	}
	for range 80 {
		q := randomFilter(r)
		if r.IntN(2) == 0 {
			q.Set("sort", "title")
		}
		check(days[r.IntN(len(days))], q)
	}
	for _, day := range days {
		check(day, url.Values{})
		list := w.asOf(t, day, "")
		if list.Hidden == 0 {
			if want := seen[day]; !maps.EqualFunc(list.Counts, want.Counts, maps.Equal[map[string]int, map[string]int]) || !slices.EqualFunc(list.Pledges, want.Pledges, sameListed) {
				t.Errorf("%s: the list is not the one that visitors saw", day)
			}
		} else if list.Total+list.Hidden != seen[day].Total {
			t.Errorf("%s: %d and %d hidden, but visitors saw %d", day, list.Total, list.Hidden, seen[day].Total)
		}
	}
	// By key, as files are written, it is the same list once more.
	for _, sort := range []string{"newest", "title"} {
		day, n := days[len(days)-4], 0
		f := pledge.ReadFilter(url.Values{"as-of": {day}, "sort": {sort}}, seeded(t))
		err := w.service.Walk(t.Context(), f, i18n.English, func(pledge.Record) error { n++; return nil })
		if want := w.asOf(t, day, "").Total; err != nil || n != want {
			t.Errorf("%d pledges in the file, %d in the list (%v)", n, want, err)
		}
	}
}

// asOfDay is the query for a day.
func asOfDay(q url.Values, day string) url.Values {
	q = maps.Clone(q)
	q.Set("as-of", day)
	return q
}

func sameListed(a, b pledge.Listed) bool {
	return a.PublicID == b.PublicID && a.Title == b.Title && a.Standing == b.Standing && slices.Equal(a.Objectives, b.Objectives)
}

// Many who ask for many days at once, while pledges come and go, get the same numbers as one.
func TestManyAskForThePastAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var days []string
	for n := range 12 {
		w.at(time.Date(2026, 3, 1+n, 10, 0, 0, 0, time.UTC))
		w.publish(t, with(form.Answers{"title": {fmt.Sprintf("Pledge %d", n)}}))
		days = append(days, date.Of(w.now()).String())
	}
	w.at(time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))
	var running sync.WaitGroup
	for n := range 16 {
		running.Go(func() {
			for i := range days {
				k := (i*7 + n) % len(days)
				list, err := w.service.List(t.Context(), pledge.ReadFilter(url.Values{"as-of": {days[k]}}, seeded(t)), i18n.English)
				if err != nil || list.Total != k+1 || len(list.Pledges) != min(k+1, pledge.PerPage) {
					t.Errorf("%s: %d pledges, want %d (%v)", days[k], list.Total, k+1, err)
				}
			}
		})
	}
	running.Go(func() {
		for range 5 {
			w.publish(t, with(form.Answers{}))
		}
	})
	running.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.service.List(ctx, pledge.ReadFilter(url.Values{"as-of": {"2026-04-01"}}, seeded(t)), i18n.English); err == nil {
		t.Error("a reader who has gone gets a list")
	}
}

// Those who wait for days that nobody has asked for hold nothing in the database: all else goes on.
func TestWhoWaitsForADayHoldsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	w.publish(t, with(form.Answers{}))
	w.at(time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC))
	release, err := w.service.HoldDays(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	most := int(w.db.Pool.Config().MaxConns)
	before := w.db.Pool.Stat().AcquireCount()
	var waiting sync.WaitGroup
	for n := range 2 * most {
		waiting.Go(func() {
			day := date.New(2026, time.March, 2).AddDays(n).String()
			if list, err := w.service.List(ctx, pledge.ReadFilter(url.Values{"as-of": {day}}, seeded(t)), i18n.English); err != nil || list.Total != 1 {
				t.Errorf("%s: %d pledges (%v)", day, list.Total, err)
			}
		})
	}
	for w.db.Pool.Stat().AcquireCount() < before+int64(2*most) && ctx.Err() == nil { // until each has asked the database
		runtime.Gosched()
	}
	if list, err := w.service.List(ctx, pledge.Filter{Sort: pledge.Newest}, i18n.English); err != nil || list.Total != 1 {
		t.Errorf("meanwhile: %d pledges (%v)", list.Total, err)
	}
	release()
	waiting.Wait()
}

// An export of a past day makes the model of the day once, whatever days others ask for while it leaves.
func TestAnExportOfADayHoldsItsModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 450 // three parts
	w.fill(t, n)
	day := date.New(2024, time.January, 5)
	seen, release := 0, func() {}
	defer func() { release() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := w.service.Walk(ctx, pledge.Filter{AsOf: day}, i18n.English, func(pledge.Record) error {
		if seen++; seen > 1 {
			return nil
		}
		for other := range 9 { // more than are kept
			if _, err := w.service.Tallies(ctx, pledge.Filter{AsOf: day.AddDays(1 + other)}); err != nil {
				return err
			}
		}
		var err error
		release, err = w.service.HoldDays(ctx) // from now on nobody makes a model
		return err
	})
	if err != nil || seen != n {
		t.Errorf("%d pledges leave, want %d (%v)", seen, n, err)
	}
}

// What is taken down while an export of a past day leaves is not in its later parts.
func TestAnExportOfADayLeavesOutWhatIsTakenDownMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 250)
	const gone = "GCM-P-0001" // the oldest, which leaves last
	id, err := w.service.Published(t.Context(), gone)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = w.service.Walk(t.Context(), pledge.Filter{AsOf: date.New(2024, time.January, 5)}, i18n.English, func(r pledge.Record) error {
		if seen++; seen == 1 {
			w.apply(t, id, w.Officer.User, workflow.Archive, "A mistake.")
		}
		if r.PublicID == gone {
			t.Error("what was taken down is in the file")
		}
		return nil
	})
	if err != nil || seen != 249 {
		t.Errorf("%d pledges leave (%v)", seen, err)
	}
}
