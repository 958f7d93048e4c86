package review_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

func TestQueueGroupsWhatTheDeskHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.draft(w.pledge, w.Member.User, w.Office, complete("A first draft is no desk's business"))
	practice := w.draft(w.practice, w.Member.User, w.Office, complete("Another desk's"))
	w.step(practice, w.Member.User, workflow.Submit, "")

	submitted := w.sent("Submitted")
	inReview := w.reviewed("In review")
	returned := w.reviewed("Changes requested")
	w.decide(returned, review.Decision{Action: workflow.RequestChanges, Note: "Say more"})
	published := w.published("Published")
	revised := w.published("Revised")
	w.step(revised, w.Member.User, workflow.Revise, "")
	declined := w.reviewed("Declined")
	w.decide(declined, review.Decision{Action: workflow.Decline, Note: "Not this"})
	withdrawn := w.sent("Withdrawn")
	w.step(withdrawn, w.Member.User, workflow.Withdraw, "")
	archived := w.published("Archived")
	w.decide(archived, review.Decision{Action: workflow.Archive, Note: "Asked by the office"})

	want := map[review.Group][]workflow.ID{
		review.ToDo: {submitted, inReview}, review.Waiting: {returned, revised},
		review.Decided: {published, declined}, review.Closed: {withdrawn, archived},
	}
	want[review.All] = slices.Sorted(slices.Values(slices.Concat(want[review.ToDo], want[review.Waiting], want[review.Decided], want[review.Closed])))
	for _, g := range review.Groups {
		ids, page := w.queue(w.Officer.User, review.Filter{In: g})
		slices.Sort(ids)
		if !slices.Equal(ids, want[g]) || page.Total().N != len(want[g]) || page.Waiting != 2 {
			t.Errorf("%s: %v of %v, %d to do; want %v", g, ids, page.Total(), page.Waiting, want[g])
		}
		for _, other := range review.Groups {
			if n := page.Counts[other]; n.N != len(want[other]) || n.More {
				t.Errorf("%s counts %v in %s", g, n, other)
			}
		}
	}
	if ids, page := w.queue(w.OtherOfficer.User, review.Filter{}); len(ids) != 0 || page.Waiting != 0 {
		t.Errorf("the fund desk has %v, %d to do", ids, page.Waiting)
	}
	if ids, page := w.queue(w.Reviewer.User, review.Filter{In: review.All}); len(ids) != 0 || page.Total().N != 0 {
		t.Errorf("a reviewer has %v", ids)
	}
}

func TestQueueFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withConcepts()
	kenya := w.sent("Café pour les élèves de l’été")
	mine := w.reviewed("تسجيل كل طفل")
	colombia := w.elsewhere("Un niño, una escuela")
	public := w.published("100 % of_children \\ everywhere")
	concept := w.draft(w.concept, w.OtherMember.User, w.OtherOffice, complete("A concept"))
	w.step(concept, w.OtherMember.User, workflow.Submit, "")
	w.due(mine, "2026-11-23")
	w.due(kenya, "2026-11-25")
	w.due(colombia, "2026-12-24")
	w.due(concept, "")
	w.exec(`UPDATE submissions SET submitted_objectives = CASE id WHEN $1 THEN '{1,7}'::int[] WHEN $2 THEN '{7,23}' ELSE '{}' END`, kenya, concept)
	for _, c := range []struct {
		name, typed string
		want        []workflow.ID
	}{
		{"words of the title without accents", "cafe POUR les eleves", []workflow.ID{kenya}},
		{"the end of a word is none", "cuela", nil},
		{"the beginning of a word", "escu", []workflow.ID{colombia}},
		{"words with accents that the title has not", "únã", []workflow.ID{colombia}},
		{"Arabic without vowels, with the article", "التَسجيل كلّ طِفل", []workflow.ID{mine}},
		{"words side by side", `"una escuela"`, []workflow.ID{colombia}},
		{"words side by side that are not", `"escuela una"`, nil},
		{"a word of the office", "cali", []workflow.ID{colombia, concept}},
		{"a word of the title and one of the office", "cali nino", []workflow.ID{colombia}},
		{"not a word of the office", "-cali", []workflow.ID{kenya, mine}},
		{"not a word of the title", "cali -nino", []workflow.ID{concept}},
		{"the public ID", fmt.Sprintf("in:decided gcm-p-%04d", public), []workflow.ID{public}},
		{"the number", fmt.Sprintf("#%d", colombia), []workflow.ID{colombia}},
		{"the bare number", fmt.Sprint(colombia), []workflow.ID{colombia}},
		{"signs in a word", `in:decided of_ch\ildren`, nil},
		{"a quote is no end", "'OR'1'='1", nil},
		{"a statement is words", "x');DROP/**/TABLE/**/submissions;--", nil},
		{"the kind", "kind:concept_note", []workflow.ID{concept}},
		{"not the kind", "-kind:concept_note", []workflow.ID{kenya, mine, colombia}},
		{"either kind", "kind:concept_note,pledge", []workflow.ID{kenya, mine, colombia, concept}},
		{"the country", "country:KE", []workflow.ID{kenya, mine}},
		{"not the country", "-country:KE", []workflow.ID{colombia, concept}},
		{"an objective", "objective:7", []workflow.ID{kenya, concept}},
		{"either objective", "objective:1,23", []workflow.ID{kenya, concept}},
		{"not the objective", "-objective:1", []workflow.ID{mine, colombia, concept}},
		{"an objective with a zero before it", "objective:07 kind:pledge", []workflow.ID{kenya}},
		{"an objective that nobody names", "objective:12", nil},
		{"mine", "assigned:me", []workflow.ID{mine}},
		{"nobody’s", "assigned:none", []workflow.ID{kenya, colombia, concept}},
		{"nobody’s in other words", "is:unassigned", []workflow.ID{kenya, colombia, concept}},
		{"somebody’s", "-is:unassigned", []workflow.ID{mine}},
		{"not mine is nobody’s too", "-assigned:me", []workflow.ID{kenya, colombia, concept}},
		{"that of the person with the number", fmt.Sprintf("assigned:%d", w.Officer.User.ID), []workflow.ID{mine}},
		{"the office by words", `office:"city of"`, []workflow.ID{colombia, concept}},
		{"the office by its number", fmt.Sprintf("office:%d", w.Office), []workflow.ID{kenya, mine}},
		{"overdue", "is:overdue", []workflow.ID{mine}},
		{"not overdue", "-is:overdue", []workflow.ID{kenya, colombia, concept}},
		{"due soon", "is:soon", []workflow.ID{kenya}},
		{"in time", "is:ontime", []workflow.ID{colombia}},
		{"without a due day", "due:none", []workflow.ID{concept}},
		{"due before a day", "due:<2026-11-25", []workflow.ID{mine}},
		{"due until a day", "due:<=2026-11-25", []workflow.ID{mine, kenya}},
		{"due within a week", "due:today..+7", []workflow.ID{kenya}},
		{"due tomorrow", "due:tomorrow", []workflow.ID{kenya}},
		{"due after a day", "due:>2026-11-25", []workflow.ID{colombia}},
		{"handed in today", "age:0", []workflow.ID{kenya, mine, colombia, concept}},
		{"handed in today, by the day", "sent:2026-11-24", []workflow.ID{kenya, mine, colombia, concept}},
		{"handed in before", "age:>0", nil},
		{"handed in yesterday", "sent:yesterday", nil},
		{"the state", "state:in_review", []workflow.ID{mine}},
		{"either state", "state:in_review,submitted", []workflow.ID{kenya, mine, colombia, concept}},
		{"published ones without saying where", "state:published", []workflow.ID{public}},
		{"several at once", "country:CO kind:pledge nino", []workflow.ID{colombia}},
		{"what cannot be", "state:in_review is:unassigned", nil},
	} {
		ids, page := w.queue(w.Officer.User, w.search(c.typed))
		slices.Sort(ids)
		slices.Sort(c.want)
		if !slices.Equal(ids, append([]workflow.ID{}, c.want...)) || page.Total() != (review.Count{N: len(c.want)}) {
			t.Errorf("%s: %v of %v, want %v", c.name, ids, page.Total(), c.want)
		}
		if page.Waiting != 4 {
			t.Errorf("%s: %d to do", c.name, page.Waiting)
		}
	}
	_, page := w.queue(w.Officer.User, w.search("in:todo country:KE"))
	for g, want := range map[review.Group]int{review.ToDo: 2, review.Decided: 1, review.Waiting: 0, review.Closed: 0, review.All: 3} {
		if page.Counts[g].N != want {
			t.Errorf("with a filter the tab of %s counts %v", g, page.Counts[g])
		}
	}
}

// Age is counted in days of Geneva, whatever the hour.
func TestAgeIsCountedInDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.elsewhere("A pledge")
	w.exec(`UPDATE submissions SET submitted_at = $2 WHERE id = $1`, id, time.Date(2026, 11, 13, 22, 59, 0, 0, time.UTC)) // 23:59 in Geneva
	for typed, want := range map[string]bool{
		"age:11": true, "age:10": false, "age:>10": true, "age:>11": false, "age:>=11": true, "age:<12": true, "age:<11": false, "age:<=11": true, "age:5..11": true,
		"age:5..10": false, "sent:2026-11-13": true, "sent:2026-11-14": false, "sent:<2026-11-14": true, "sent:>2026-11-13": false, "sent:-11": true, "sent:-20..-11": true, "-age:11": false,
	} {
		ids, page := w.queue(w.Officer.User, w.search(typed))
		if (len(ids) == 1) != want {
			t.Errorf("%s: %v", typed, ids)
		}
		if want && page.Rows[0].Age != 11 {
			t.Errorf("its age is %d", page.Rows[0].Age)
		}
	}
}

func TestQueueOrderAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []workflow.ID
	for i := range review.PerPage + 5 {
		id := w.elsewhere(fmt.Sprintf("%c pledge", 'Z'-i%26))
		w.due(id, now.AddDate(0, 0, 100-i).Format(time.DateOnly))
		ids = append(ids, id)
		w.later(time.Minute)
	}
	all := func(f review.Filter) []workflow.ID {
		t.Helper()
		var got []workflow.ID
		for page := 1; page <= 2; page++ {
			f.Page = page
			rows, p := w.queue(w.Officer.User, f)
			if p.Total().N != len(ids) || p.Filter.Page != page || p.More != (page == 1) {
				t.Errorf("page %d is page %d of %v", page, p.Filter.Page, p.Total())
			}
			got = append(got, rows...)
		}
		f.Page, f.After = 0, got[review.PerPage-1]
		if rows, p := w.queue(w.Officer.User, f); !slices.Equal(rows, got[review.PerPage:]) || p.More || len(p.Rows) != 5 {
			t.Errorf("behind the first page stand %v", rows)
		}
		rows, err := w.export(w.Officer.User, f)
		if err != nil || len(rows) != len(ids) {
			t.Errorf("the export has %d rows, %v", len(rows), err)
		}
		for i, row := range rows {
			if row.ID != got[i] {
				t.Errorf("the export has %d at place %d", row.ID, i)
			}
		}
		return got
	}
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	if got := all(review.Filter{}); !slices.Equal(got, newest) {
		t.Errorf("the nearest due day first: %v", got)
	}
	if got := all(review.Filter{Sort: review.Oldest}); !slices.Equal(got, ids) {
		t.Errorf("the oldest first: %v", got)
	}
	if got := all(review.Filter{Sort: review.ByWaiting}); !slices.Equal(got, ids) {
		t.Errorf("the longest waiting first: %v", got)
	}
	if got := all(review.Filter{Sort: review.Newest}); !slices.Equal(got, newest) {
		t.Errorf("the newest first: %v", got)
	}
	if got := all(review.Filter{Sort: review.ByTitle}); got[0] != ids[25] || got[len(got)-1] != ids[26] {
		t.Errorf("by title: %v", got)
	}
	// Who is at several desks has the lists of all in one.
	both := w.person("officer of two desks", "Both", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.PledgesDesk}, identity.StaffRole{Role: identity.Officer, Desk: identity.HubDesk})
	practice := w.draft(w.practice, w.OtherMember.User, w.OtherOffice, complete("Q practice"))
	w.step(practice, w.OtherMember.User, workflow.Submit, "")
	w.exec(`UPDATE submissions SET submitted_at = $2 WHERE id = $1`, practice, now.Add(90*time.Second))
	want := slices.Insert(slices.Clone(ids), 2, practice)
	got, p := w.queue(both.User, review.Filter{Sort: review.Oldest})
	more, _ := w.queue(both.User, review.Filter{Sort: review.Oldest, Page: 2})
	if got = append(got, more...); !slices.Equal(got, want) || p.Total().N != len(want) {
		t.Errorf("two desks in one list: %v", got)
	}
	for _, page := range []int{3, 50, 999_999} {
		rows, p := w.queue(w.Officer.User, review.Filter{Page: page})
		if p.Filter.Page != 2 || len(rows) != 5 {
			t.Errorf("page %d shows %d rows of page %d", page, len(rows), p.Filter.Page)
		}
	}
	if rows, p := w.queue(w.Officer.User, review.Filter{Size: 50}); len(rows) != 30 || p.More {
		t.Errorf("a page of 50 has %d", len(rows))
	}
	reads(t, w.Officer.In(t).Get("/en/desk?page=2").Want(http.StatusOK), ".pager [aria-current]", "2")
}

// The filters of the lights and the lights themselves are worked out in two ways; they must agree for every day.
func TestFiltersOfLightsAreWhatTheLightsSay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 14 {
		w.due(w.elsewhere("A pledge"), now.AddDate(0, 0, n-6).Format(time.DateOnly))
	}
	w.due(w.elsewhere("Without a day"), "")
	for range 8 {
		every, err := w.export(w.Officer.User, review.Filter{})
		if err != nil || len(every) != 15 {
			t.Fatalf("%d rows, %v", len(every), err)
		}
		for light, typed := range map[workflow.Light]string{workflow.Overdue: "is:overdue", workflow.DueSoon: "is:soon", workflow.InTime: "is:ontime", "": "due:none"} {
			some, err := w.export(w.Officer.User, w.search(typed))
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range every {
				listed := slices.ContainsFunc(some, func(r review.Row) bool { return r.ID == row.ID })
				if listed != (row.Light == light) {
					t.Errorf("%s: number %d is %q, listed by %s: %v", w.clock(), row.ID, row.Light, typed, listed)
				}
			}
		}
		w.later(21 * time.Hour)
	}
}

// What the desks have is counted in lines of its own; they must be what the lists have, whoever looks and whatever has
// happened.
func TestCountsAreWhatTheListsHave(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withConcepts()
	w.published("Published")
	w.decide(w.reviewed("Declined"), review.Decision{Action: workflow.Decline, Note: "No"})
	w.decide(w.published("Archived"), review.Decision{Action: workflow.Archive, Note: "Gone"})
	w.step(w.published("Revised"), w.Member.User, workflow.Revise, "")
	w.step(w.elsewhere("Withdrawn"), w.OtherMember.User, workflow.Withdraw, "")
	elsewhere := w.elsewhere("Moves to another country, and over")
	w.step(elsewhere, w.OtherMember.User, workflow.Withdraw, "")
	w.exec(`UPDATE submissions SET country = 'PE' WHERE id = $1`, elsewhere)
	compare := func(when string) {
		t.Helper()
		for _, p := range w.everybody() {
			for _, typed := range []string{"", "country:KE", "-country:KE", "country:PE", "kind:pledge", "kind:concept_note", "state:published", "-state:published", "state:declined,archived", "country:KE state:published", "assigned:me", "-assigned:me", "is:unassigned", "assigned:none country:CO"} {
				for _, g := range []review.Group{review.ToDo, review.Waiting, review.Decided, review.Closed} {
					f := w.search(typed)
					f.In = g
					_, page := w.queue(p.User, f)
					rows, err := w.export(p.User, f)
					if err != nil || page.Counts[g].N != len(rows) {
						t.Errorf("%s: %s, %q: %v in %s, the list has %d, %v", when, p.Kind, typed, page.Counts[g], g, len(rows), err)
					}
				}
			}
		}
	}
	compare("as it comes")
	before := value[int](w, `SELECT count(*)::int FROM desk_counts`)
	if err := w.desk.AddUpCounts(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := value[int](w, `SELECT count(*)::int FROM desk_counts`); after == 0 || after >= before {
		t.Errorf("of %d lines %d are left", before, after)
	}
	compare("added up")
	wrong := values[string](w, `SELECT coalesce(a.desk, b.desk) || ' ' || coalesce(a.state, b.state) FROM
		(SELECT desk, state, kind, country, coalesce(assigned_to, 0) AS whose, sum(n) AS n FROM desk_counts GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0) a
		FULL JOIN (SELECT desk, state, kind, country, coalesce(assigned_to, 0) AS whose, count(*) AS n FROM submissions WHERE submitted_revision IS NOT NULL GROUP BY 1, 2, 3, 4, 5
			UNION ALL SELECT desk, state, '', '', 0, count(*) FROM submissions WHERE submitted_revision IS NOT NULL GROUP BY 1, 2) b USING (desk, state, kind, country, whose)
		WHERE a.n IS DISTINCT FROM b.n`)
	if len(wrong) > 0 {
		t.Errorf("the counts are not the source's: %v", wrong)
	}
}

func TestLongListsAreCountedUpToABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.elsewhere("Withdrawn of long ago")
	w.step(id, w.OtherMember.User, workflow.Withdraw, "")
	w.exec(`INSERT INTO submissions (kind, desk, title, country, lang, state, office_id, author_id, submitted_revision, submitted_title, submitted_words, created_at, changed_at, submitted_at)
		SELECT kind, desk, title, country, lang, state, office_id, author_id, submitted_revision, submitted_title, submitted_words, created_at, changed_at, submitted_at - n * interval '1 minute'
		FROM submissions, generate_series(1, 1200) n WHERE id = $1`, id)
	for typed, want := range map[string]review.Count{
		"in:closed": {N: 1201}, "in:closed withdrawn": {N: 500, More: true}, "in:todo withdrawn": {N: 20, More: true}, "in:closed assigned:none": {N: 1201}, "in:todo assigned:me": {}, "in:todo country:CO": {N: 1201},
	} {
		if _, page := w.queue(w.Officer.User, w.search(typed)); page.Counts[review.Closed] != want {
			t.Errorf("%s: %v are closed, want %v", typed, page.Counts[review.Closed], want)
		}
	}
	// Where everything is shown it is counted as one list; its parts are known when that is short.
	w.elsewhere("Another, handed in")
	for typed, want := range map[string]map[review.Group]review.Count{
		"in:all withdrawn":       {review.ToDo: {}, review.Waiting: {}, review.Decided: {}, review.Closed: {N: 20, More: true}, review.All: {N: 500, More: true}},
		"in:all -another":        {review.ToDo: {}, review.Waiting: {}, review.Decided: {}, review.Closed: {N: 20, More: true}, review.All: {N: 500, More: true}},
		"in:all -withdrawn":      {review.ToDo: {N: 1}, review.Closed: {}, review.All: {N: 1}},
		"in:all due:>2000-01-01": {review.ToDo: {N: 1}, review.All: {N: 1}},
		"in:all xylophone":       {review.All: {}},
	} {
		_, page := w.queue(w.Officer.User, w.search(typed))
		for g, n := range want {
			if page.Counts[g] != n {
				t.Errorf("%s: %v are %s, want %v", typed, page.Counts[g], g, n)
			}
		}
	}
	page := w.Officer.In(t).Get("/en/desk?q=withdrawn").Want(http.StatusOK)
	reads(t, page, ".tabs li", "Closed (more than 20)")
	last := w.Officer.In(t).Get("/en/desk?q=in%3Aclosed+size%3A25&page=48").Want(http.StatusOK)
	if got := last.Count("tbody tr"); got == 0 {
		t.Error("the page has no rows")
	}
	seen := map[workflow.ID]bool{}
	for f := (review.Filter{In: review.Closed}); ; {
		ids, p := w.queue(w.Officer.User, f)
		for _, id := range ids {
			seen[id] = true
		}
		if !p.More {
			break
		}
		f.After = ids[len(ids)-1]
	}
	if len(seen) != 1201 {
		t.Errorf("page by page there are %d", len(seen))
	}
}

func TestWaitingIsCountedFromTheHandingIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("A pledge")
	w.later(3 * 24 * time.Hour)
	if err := w.desk.Assign(t.Context(), w.Officer.User, id, w.Officer.User.ID, w.version(id)); err != nil {
		t.Fatal(err)
	}
	if _, page := w.queue(w.Officer.User, review.Filter{}); page.Rows[0].WaitingSince == nil || !page.Rows[0].WaitingSince.Equal(now) || page.Rows[0].WaitingFor != workflow.ForDesk {
		t.Errorf("in review, it waits for %s since %s", page.Rows[0].WaitingFor, page.Rows[0].WaitingSince)
	}
	w.decide(id, review.Decision{Action: workflow.RequestChanges, Note: "Say more"})
	asked := w.clock()
	w.later(2 * 24 * time.Hour)
	w.write(id, w.Member.User, complete("A better pledge")) // that somebody writes is not the desk's business
	_, page := w.queue(w.Officer.User, w.search("is:paused"))
	if row := page.Rows[0]; row.WaitingSince == nil || !row.WaitingSince.Equal(asked) || row.Title != "A pledge" || row.Light != workflow.Paused {
		t.Errorf("%q waits for the submitter since %s, light %q", row.Title, row.WaitingSince, row.Light)
	}
	reads(t, w.Officer.In(t).Get("/en/desk?q=in%3Awaiting").Want(http.StatusOK), "main", "For the submitter: changes were requested", "2 days", "A pledge", "Paused")
}

func TestPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second, third := w.elsewhere("C"), w.sent("A"), w.elsewhere("B")
	for i, id := range []workflow.ID{first, second, third} {
		w.due(id, now.AddDate(0, 0, i).Format(time.DateOnly))
		w.exec(`UPDATE submissions SET submitted_at = submitted_at + $2 * interval '1 minute' WHERE id = $1`, id, i)
	}
	total := func(n int) review.Count { return review.Count{N: n} }
	for _, c := range []struct {
		name string
		who  identity.User
		f    review.Filter
		id   workflow.ID
		want review.Place
	}{
		{"the first", w.Officer.User, review.Filter{}, first, review.Place{Number: 1, Total: total(3), Next: second}},
		{"in the middle", w.Officer.User, review.Filter{}, second, review.Place{Number: 2, Total: total(3), Previous: first, Next: third}},
		{"the last", w.Officer.User, review.Filter{}, third, review.Place{Number: 3, Total: total(3), Previous: second}},
		{"by title", w.Officer.User, review.Filter{Sort: review.ByTitle}, third, review.Place{Number: 2, Total: total(3), Previous: second, Next: first}},
		{"the newest first", w.Officer.User, review.Filter{Sort: review.Newest}, third, review.Place{Number: 1, Total: total(3), Next: second}},
		{"who must not see the middle one", w.Conflicted.User, review.Filter{}, third, review.Place{Number: 2, Total: total(2), Previous: first}},
		{"in a filter", w.Officer.User, w.search("country:CO"), third, review.Place{Number: 2, Total: total(2), Previous: first}},
		{"not in the filter", w.Officer.User, w.search("country:CO"), second, review.Place{Total: total(2), Previous: first, Next: third}},
	} {
		got, err := w.desk.Place(t.Context(), c.who, c.f, c.id)
		if got.At = ""; err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	page := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d?q=country%%3ACO", first)).Want(http.StatusOK)
	reads(t, page, ".toolbar", "1 of 2 in “To do”")
	if got := page.One("a[rel=next]").Attr("href"); got != fmt.Sprintf("/en/desk/submissions/%d?q=country%%3ACO", third) {
		t.Errorf("next leads to %s", got)
	}
	if got := page.One("a.more").Attr("href"); got != "/en/desk?q=country%3ACO" {
		t.Errorf("back leads to %s", got)
	}
	if err := w.desk.Assign(t.Context(), w.Officer.User, second, w.Officer.User.ID, w.version(second)); err != nil {
		t.Fatal(err)
	}
	w.decide(second, review.Decision{Action: workflow.Decline, Note: "No"})
	was := now.AddDate(0, 0, 1).Format(time.DateOnly)
	if got, err := w.desk.Place(t.Context(), w.Officer.User, review.Filter{At: was}, second); err != nil || got != (review.Place{Total: total(2), Previous: first, Next: third, At: was}) {
		t.Errorf("what was decided leads on to its neighbours: %+v, %v", got, err)
	}
	for _, f := range []review.Filter{{At: "2026-99-99"}, {At: "x"}, {At: "-infinity"}, {Sort: review.Newest, At: "yesterday"}, {Sort: review.Newest, At: was}, {Sort: review.ByTitle, At: strings.Repeat("x", 2000)}} {
		if _, err := w.desk.Place(t.Context(), w.Officer.User, f, second); err != nil {
			t.Errorf("a place of %.20q: %v", f.At, err)
		}
	}
}

func TestExportsAreThePagesFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.elsewhere("A pledge of another country")
	formula := w.sent(`=HYPERLINK("https://evil.example","Click")`)
	at := w.sent("@SUM(1,2)\nand “quotes”, commas")
	w.sent("Unseen, it is not in the filter")
	w.exec(`UPDATE submissions SET country = 'UG' WHERE id = ANY($1)`, []int64{formula, at})
	w.exec(`UPDATE offices SET name = '+1 office' WHERE id = $1`, w.Office)
	w.due(formula, "2026-12-01")
	w.due(at, "2026-12-01")
	query := "?q=" + url.QueryEscape("country:UG sort:title")
	csvPage := w.Officer.In(t).Get("/en/desk/queue.csv" + query).Want(http.StatusOK)
	if got := csvPage.Header.Get("Content-Disposition"); got != `attachment; filename="queue.csv"` {
		t.Errorf("it is sent as %q", got)
	}
	body, marked := strings.CutPrefix(string(csvPage.Body), "\ufeff")
	if !marked {
		t.Error("it has no mark of UTF-8")
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	if got := lines[1]; got[0] != fmt.Sprintf("#%d", at) && got[0] != fmt.Sprintf("#%d", formula) {
		t.Errorf("the first line is %q", got)
	}
	for _, line := range lines[1:] {
		if !strings.HasPrefix(line[2], "'=") && !strings.HasPrefix(line[2], "'@") || line[3] != "'+1 office" {
			t.Errorf("a spreadsheet would compute %q of %q", line[2], line[3])
		}
		if line[4] != "UG" || line[5] != "Submitted" || line[7] != "The desk" || line[9] != "2026-11-24T09:42:00Z" || line[10] != "0" || line[11] != "2026-12-01" || line[12] != "In time" || !strings.HasPrefix(line[13], "https://portal.example.org/en/desk/submissions/") {
			t.Errorf("the line is %q", line)
		}
	}
	var items []map[string]any
	if err := json.Unmarshal(w.Officer.In(t).Get("/en/desk/queue.json"+query).Want(http.StatusOK).Body, &items); err != nil || len(items) != 2 || items[0]["title"] != `=HYPERLINK("https://evil.example","Click")` && items[1]["title"] != `=HYPERLINK("https://evil.example","Click")` {
		t.Errorf("the JSON is %v, %v", items, err)
	}
	if err := json.Unmarshal(w.Officer.In(t).Get("/en/desk/queue.json?q=nothing+matches").Want(http.StatusOK).Body, &items); err != nil || len(items) != 0 {
		t.Errorf("an empty list is %v, %v", items, err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'export.queue' AND actor_id = $1`, w.Officer.User.ID); n != 3 {
		t.Errorf("three exports, %d records", n)
	}
	arabic := string(w.Officer.In(t).Get("/ar/desk/queue.csv").Want(http.StatusOK).Body)
	if !strings.Contains(arabic, "الرقم المرجعي") {
		t.Errorf("in Arabic it begins %.80s", arabic)
	}
}

func TestQueuePageTakesAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent("<script>alert(1)</script> \u202Eevil\u202C")
	for name, q := range map[string]string{
		"a NUL": "a\x00b", "broken UTF-8": "a\xff", "very long": strings.Repeat("x", 100_000), "only accents": "\u0301\u0301",
		"markup": `"><script>alert(1)</script>`, "a number too large": "99999999999999999999999", "backslash": `\`, "brackets": `((|&!:*`,
		"a field of markup": `<b>:x is:<script>alert(1)</script>`, "many quotes": strings.Repeat(`"a" `, 200),
	} {
		p := w.Officer.In(t).Get("/en/desk?q=" + url.QueryEscape(q))
		if p.Status != http.StatusOK && !(name == "very long" && p.Status < 500) {
			t.Errorf("%s: status %d", name, p.Status)
		}
		if strings.Contains(string(p.Body), "<script>alert") {
			t.Errorf("%s: markup of people's is in the page", name)
		}
	}
	for _, query := range []string{"after=999999", "pick=nonsense", "page=0", "q=in%3Aall&pick=all", "country=%00", "sort=x&q=y"} {
		if p := w.Officer.In(t).Get("/en/desk?" + query); p.Status >= 500 {
			t.Errorf("%s: status %d", query, p.Status)
		}
	}
	p := w.Officer.In(t).Get("/en/desk").Want(http.StatusOK)
	if strings.Contains(string(p.Body), "<script>alert") {
		t.Error("a title is markup")
	}
	reads(t, p, "tbody th", "<script>alert(1)</script>")
	reads(t, w.Officer.In(t).Get("/en/desk?q=nothing+matches+this").Want(http.StatusOK), ".empty", "Remove all filters")
	w.OtherOfficer.In(t).Get("/ar/desk").Want(http.StatusOK)
}

// Who takes the queue out of the portal shows again who they are: it says who has what.
func TestTheQueueIsTakenOutByWhoShowsWhoTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	passed := time.Now()
	c := webtest.SignedInAt(t, w.Visitor.Client, w.router, "officer", w.Officer.User, time.Now().Add(-time.Hour), &passed).Client
	for _, path := range []string{"/en/desk/queue.csv?country=UG", "/en/desk/queue.json?country=UG"} {
		if p := c.Get(path); p.Status != http.StatusSeeOther || !strings.HasPrefix(p.Location(), "/en/account/confirm?next=") {
			t.Errorf("%s answers %d to %s", path, p.Status, p.Location())
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'export.queue'`); n != 0 {
		t.Errorf("%d exports are recorded", n)
	}
}

func TestTheFormLeadsToOneAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kenya := w.sent("A pledge")
	w.elsewhere("Another")
	p := w.Officer.In(t).Get("/en/desk?q=-is%3Aoverdue&country=KE&assigned=none&is=&kind=")
	if got := p.Header.Get("Location"); p.Status != http.StatusSeeOther || got != "/en/desk?q=-is%3Aoverdue+assigned%3Anone+country%3AKE" {
		t.Errorf("%d, to %s", p.Status, got)
	}
	p = w.Officer.In(t).Get("/en/desk?q=-is%3Aoverdue+assigned%3Anone+country%3AKE").Want(http.StatusOK)
	if p.Count("tbody [name=item]") != 1 || !strings.Contains(string(p.Body), fmt.Sprintf(`value="%d.%d"`, kenya, w.version(kenya))) {
		t.Error("the list is not the form's")
	}
	form := p.Form(".filters form")
	if form.Value("country") != "KE" || form.Value("assigned") != "none" || form.Value("q") != "-is:overdue" {
		t.Errorf("the form shows %s, %s and carries %q", form.Value("country"), form.Value("assigned"), form.Value("q"))
	}
	reads(t, w.Officer.In(t).Get("/en/desk?q=is%3Alat+country%3AKE").Want(http.StatusOK), ".note", "“\u2068is:lat\u2069” is not known and was left out; did you mean “\u2068is:late\u2069”?")
	if ar := w.Officer.In(t).Get("/ar/desk?q=is%3Alat").Want(http.StatusOK); !strings.Contains(strings.Join(ar.Texts(".note"), " "), "\u2068is:late\u2069") {
		t.Error("in Arabic the explanation lacks its terms")
	}
}

func TestChoosingSeveral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range review.PerPage + 3 {
		w.elsewhere(fmt.Sprintf("Pledge %d", i))
	}
	hidden := w.sent("Not for everybody")
	for _, c := range []struct {
		name, query  string
		checked, all int
	}{
		{"nothing", "", 0, 25}, {"this page", "?pick=page", 25, 25}, {"all that match", "?pick=all", 25, 29}, {"all of a filter", "?q=pledge&pick=all", 25, 28},
	} {
		p := w.Officer.In(t).Get("/en/desk" + c.query).Want(http.StatusOK)
		if checked, all := p.Count("#list [name=item][checked]"), p.Count("#list [name=item]"); checked != c.checked || all != c.all {
			t.Errorf("%s: %d of %d are chosen, want %d of %d", c.name, checked, all, c.checked, c.all)
		}
	}
	p := w.Conflicted.In(t).Get("/en/desk?pick=all").Want(http.StatusOK)
	if p.Count("#list [name=item]") != 28 || strings.Contains(string(p.Body), fmt.Sprintf(`value="%d.`, hidden)) {
		t.Error("who has a conflict chooses what they must not see")
	}
}

// Bytes that no database stores are left out of a search, wherever they stand.
func TestBytesThatAreNoTextAreLeftOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sent("A register")
	for _, query := range []string{"q=%22a+regi%00ster%22", "q=%22a+%00register%22", "q=regi%ffster", "q=office:%00labour", "office=%a8labour", "office=labour%00", "country=%ffKE", "at=%ff%00", "q=%00"} {
		page := w.Officer.In(t).Get("/en/desk?" + query)
		if page.Status != http.StatusOK && page.Status != http.StatusSeeOther {
			t.Errorf("%s: %d", query, page.Status)
		}
	}
	page := w.Officer.In(t).Get("/en/desk?q=%22a+%00register%22").Want(http.StatusOK)
	if !page.Has(fmt.Sprintf(`main a[href^="/en/desk/submissions/%d"]`, id)) {
		t.Error("what was meant is not found")
	}
}
