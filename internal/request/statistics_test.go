package request_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/request"
	"portal/internal/workflow"
)

// life is a request as the test has made it: instants of what happened to it, in UTC; zero for what did not.
type life struct {
	kind                           string
	office                         int64
	sent, message, asked, back, on time.Time
}

// workdays counts one day after the other, from the day after the first to the last: what is neither Saturday nor Sunday nor one of the
// holidays of all duty stations.
func workdays(from, until time.Time) int {
	zone, _ := time.LoadLocation("Europe/Zurich")
	day := func(t time.Time) time.Time {
		t = t.In(zone)
		return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	}
	n := 0
	for d := day(from).AddDate(0, 0, 1); !d.After(day(until)); d = d.AddDate(0, 0, 1) {
		holiday := d.Month() == time.December && d.Day() == 25 || d.Month() == time.January && d.Day() == 1
		if d.Weekday() != time.Saturday && d.Weekday() != time.Sunday && !holiday {
			n++
		}
	}
	return n
}

// The figures are those that one gets by counting every request by itself, day by day.
func TestStatisticsAreThoseOfCountingOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(7, 11))
	var lives []life
	for n := range 40 {
		l := life{kind: []string{"guidance", "statement", "talk"}[n%3], office: []int64{w.Office, w.OtherOffice}[n%2]}
		l.sent = now.AddDate(0, 0, -random.IntN(400)-3).Add(time.Duration(random.IntN(24*60)) * time.Minute)
		after := func(t time.Time, days int) time.Time {
			return t.Add(time.Duration(1+random.IntN(days*24*60)) * time.Minute)
		}
		last := l.sent
		if n%5 < 2 {
			l.message = after(l.sent, 6)
			last = l.message
		}
		if n%4 == 1 {
			l.asked = after(last, 5)
			l.back = after(l.asked, 20)
			last = l.back
		}
		if n%3 != 2 || n%2 == 0 {
			l.on = after(last, 30)
		}
		for _, at := range []*time.Time{&l.message, &l.asked, &l.back, &l.on} {
			if at.After(now) { // it has not come to that yet
				*at = time.Time{}
			}
		}
		if l.back.IsZero() && !l.asked.IsZero() {
			l.on = time.Time{}
		}
		lives = append(lives, l)
		w.live(t, l)
	}
	got, err := w.service.Summary(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	service := map[string][2]int{"guidance": {5, 20}, "statement": {1, 3}, "talk": {3, 10}}
	for _, f := range append(got.Kinds, got.All) {
		var answers, done []int
		want := request.Figures{Value: f.Value}
		for _, l := range lives {
			if f.Value != "" && l.kind != f.Value {
				continue
			}
			want.Asked++
			first := time.Time{}
			for _, at := range []time.Time{l.message, l.asked, l.on} {
				if !at.IsZero() && (first.IsZero() || at.Before(first)) {
					first = at
				}
			}
			switch days := workdays(l.sent, first); {
			case !first.IsZero():
				answers = append(answers, days)
				want.AnswerDue++
				if days <= service[l.kind][0] {
					want.AnswerInTime++
				}
			case workdays(l.sent, now) > service[l.kind][0]:
				want.AnswerDue++
			}
			if !l.on.IsZero() {
				days := workdays(l.sent, l.on)
				if !l.asked.IsZero() {
					days -= workdays(l.asked, l.back)
				}
				done = append(done, days)
				want.Decisions++
				if days <= service[l.kind][1] {
					want.DecisionInTime++
				}
			}
		}
		want.Answered, want.Done, want.MedianAnswer, want.MedianDone = len(answers), len(done), middle(answers), middle(done)
		if f != want {
			t.Errorf("%q:\n got %+v\nwant %+v", f.Value, f, want)
		}
	}
	if len(got.Regions) != 2 || got.Regions[0].Asked+got.Regions[1].Asked != len(lives) || len(got.Years) < 2 {
		t.Errorf("by region there are %+v, in %v", got.Regions, got.Years)
	}
	year, err := w.service.Summary(t.Context(), got.Years[0])
	if err != nil || year.All.Asked == 0 || year.All.Asked >= got.All.Asked {
		t.Errorf("in %d there are %d of %d, %v", got.Years[0], year.All.Asked, got.All.Asked, err)
	}
	p := w.Visitor.In(t).Get("/en/requests").Want(http.StatusOK)
	if !p.Contains("Request for guidance") || p.Contains("Ministry of Labour") || !p.Contains(fmt.Sprint(got.All.Asked)) {
		t.Errorf("the public summary says %s", p.Text("main"))
	}
	w.Visitor.In(t).Get("/ar/requests?year=soon").Want(http.StatusOK)
	// The desk counts what it has before it; who is behind the wall counts none of the office.
	if all, err := w.service.DeskStatistics(t.Context(), w.desk.User, 0); err != nil || all.All.Asked == 0 || all.All.Asked >= got.All.Asked {
		t.Errorf("the network desk has %d, %v", all.All.Asked, err)
	}
	walled, err := w.service.DeskStatistics(t.Context(), w.conflicted.User, 0)
	if err != nil || slices.ContainsFunc(walled.Regions, func(f request.Figures) bool { return f.Value == "africa" }) {
		t.Errorf("behind the wall there are %+v, %v", walled.Regions, err)
	}
	w.desk.In(t).Get("/en/desk/requests/statistics").Want(http.StatusOK)
	// The files hold the same, and no median of so few that it would tell of one.
	var file struct{ Rows []map[string]any }
	if err := json.Unmarshal(w.Visitor.In(t).Get("/en/requests.json").Want(http.StatusOK).Body, &file); err != nil || len(file.Rows) != 1+len(got.Kinds)+len(got.Regions)+len(got.Category) || file.Rows[0]["asked"] != float64(got.All.Asked) {
		t.Errorf("the file has %v, %v", file.Rows, err)
	}
	for _, row := range file.Rows {
		if n, _ := row["answered"].(float64); (n < 3) != (row["median_answer"] == nil) {
			t.Errorf("of %v answered the file gives the median %v", n, row["median_answer"])
		}
	}
	for _, extension := range []string{"csv", "xlsx", "json"} {
		w.Visitor.In(t).Get("/ar/requests." + extension + "?year=2026").Want(http.StatusOK)
		w.desk.In(t).Get("/en/desk/requests/statistics." + extension).Want(http.StatusOK)
		w.Member.In(t).Get("/en/desk/requests/statistics." + extension).Want(http.StatusNotFound)
	}
	w.Member.In(t).Get("/en/desk/requests/statistics").Want(http.StatusNotFound)
}

func middle(all []int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	if len(all)%2 == 1 {
		return float64(all[len(all)/2])
	}
	return float64(all[len(all)/2-1]+all[len(all)/2]) / 2
}

// live writes a request with its history into the database.
func (w *world) live(t testing.TB, l life) {
	t.Helper()
	desk := "network"
	if l.kind == "statement" {
		desk = "communications"
	}
	id, err := database.Value[int64](t.Context(), w.db.Read(), `INSERT INTO submissions (kind, desk, title, country, office_id, author_id, created_at, changed_at, submitted_at, state, submitted_revision)
		SELECT $1, $2, 'A request', o.country, o.id, $4, $5, $5, $5, 'submitted', 1 FROM offices o WHERE o.id = $3 RETURNING id`, l.kind, desk, l.office, w.Newcomer.User.ID, l.sent)
	if err != nil {
		t.Fatal(err)
	}
	step := func(action workflow.Action, from, to workflow.State, at time.Time) {
		if !at.IsZero() {
			w.exec(t, `INSERT INTO submission_events (submission_id, revision, action, from_state, to_state, actor_id, at) VALUES ($1, 1, $2, $3, $4, $5, $6)`, id, action, from, to, w.desk.User.ID, at)
			w.exec(t, `UPDATE submissions SET state = $2 WHERE id = $1`, id, to)
		}
	}
	step(workflow.Submit, workflow.Draft, workflow.Submitted, l.sent)
	step(workflow.Take, workflow.Submitted, workflow.InReview, l.sent.Add(time.Second))
	step(workflow.RequestChanges, workflow.InReview, workflow.ChangesRequested, l.asked)
	step(workflow.Submit, workflow.ChangesRequested, workflow.Submitted, l.back)
	step(workflow.Approve, workflow.InReview, workflow.Accepted, l.on)
	if !l.message.IsZero() {
		w.exec(t, `INSERT INTO submission_notes (submission_id, revision, shown_to, author_id, body, at) VALUES ($1, 1, 'submitter', $2, 'We look at it.', $3)`, id, w.desk.User.ID, l.message)
	}
	// What the office itself writes, or staff among themselves, is no answer.
	w.exec(t, `INSERT INTO submission_notes (submission_id, revision, shown_to, author_id, body, at) VALUES ($1, 1, 'submitter', $2, 'One more thing.', $3), ($1, 1, 'staff', $4, 'Hm.', $3)`, id, w.Newcomer.User.ID, l.sent.Add(time.Minute), w.desk.User.ID)
}
