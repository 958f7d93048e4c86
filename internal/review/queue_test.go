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
	for _, g := range review.Groups {
		ids, page := w.queue(w.Officer.User, review.Filter{Group: g, Page: 1})
		if !slices.Equal(ids, want[g]) || page.Total != 2 || page.Waiting != 2 {
			t.Errorf("%s: %v of %d, %d to do; want %v", g, ids, page.Total, page.Waiting, want[g])
		}
		for other, n := range page.Counts {
			if n != len(want[other]) {
				t.Errorf("%s counts %d in %s", g, n, other)
			}
		}
	}
	if ids, page := w.queue(w.OtherOfficer.User, review.Filter{Group: review.ToDo, Page: 1}); len(ids) != 0 || page.Waiting != 0 || len(page.Countries) != 0 {
		t.Errorf("the fund desk has %v, %d to do, of %v", ids, page.Waiting, page.Countries)
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
	todo, decided := review.ToDo, review.Decided
	for _, c := range []struct {
		name string
		f    review.Filter
		want []workflow.ID
	}{
		{"words of the title without accents", review.Filter{Group: todo, Q: "cafe POUR les eleves"}, []workflow.ID{kenya}},
		{"words with accents that the title has not", review.Filter{Group: todo, Q: "únã"}, []workflow.ID{colombia}},
		{"Arabic without vowels, in another form of the letters", review.Filter{Group: todo, Q: "تَسجيل كلّ طِفل"}, []workflow.ID{mine}},
		{"the office", review.Filter{Group: todo, Q: "cali"}, []workflow.ID{colombia, concept}},
		{"the public ID", review.Filter{Group: decided, Q: fmt.Sprintf("gcm-p-%04d", public)}, []workflow.ID{public}},
		{"the number", review.Filter{Group: todo, Q: fmt.Sprintf("#%d", colombia)}, []workflow.ID{colombia}},
		{"a per cent sign is one", review.Filter{Group: decided, Q: "100 %"}, []workflow.ID{public}},
		{"and no joker", review.Filter{Group: todo, Q: "%"}, nil},
		{"an underscore is one", review.Filter{Group: decided, Q: "of_ch"}, []workflow.ID{public}},
		{"a backslash is one", review.Filter{Group: decided, Q: "\\ "}, []workflow.ID{public}},
		{"a wide backslash harms nobody", review.Filter{Group: decided, Q: "＼"}, []workflow.ID{public}},
		{"a quote is a letter", review.Filter{Group: todo, Q: "' OR '1'='1"}, nil},
		{"the kind", review.Filter{Group: todo, Kind: "concept_note"}, []workflow.ID{concept}},
		{"the country", review.Filter{Group: todo, Country: "KE"}, []workflow.ID{kenya, mine}},
		{"mine", review.Filter{Group: todo, Assigned: review.AssignedMe}, []workflow.ID{mine}},
		{"nobody's", review.Filter{Group: todo, Assigned: review.AssignedNone}, []workflow.ID{kenya, colombia, concept}},
		{"nothing is overdue yet", review.Filter{Group: todo, Overdue: true}, nil},
		{"several at once", review.Filter{Group: todo, Country: "CO", Kind: "pledge", Q: "nino"}, []workflow.ID{colombia}},
	} {
		c.f.Page = 1
		ids, page := w.queue(w.Officer.User, c.f)
		slices.Sort(ids)
		if !slices.Equal(ids, append([]workflow.ID{}, c.want...)) || page.Total != len(c.want) {
			t.Errorf("%s: %v of %d, want %v", c.name, ids, page.Total, c.want)
		}
		if page.Waiting != 4 {
			t.Errorf("%s: %d to do", c.name, page.Waiting)
		}
		slices.Sort(page.Countries)
		if !slices.Equal(page.Countries, []string{"CO", "KE"}) {
			t.Errorf("%s: countries %v", c.name, page.Countries)
		}
	}
	if _, page := w.queue(w.Officer.User, review.Filter{Group: todo, Country: "KE", Page: 1}); page.Counts[todo] != 2 || page.Counts[decided] != 1 || page.Counts[review.Waiting] != 0 {
		t.Errorf("with a filter the tabs count %v", page.Counts)
	}
}

func TestQueueOrderAndPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids []workflow.ID
	for i := range review.PerPage + 5 {
		ids = append(ids, w.elsewhere(fmt.Sprintf("%c pledge", 'Z'-i%26)))
		w.later(time.Minute)
	}
	all := func(f review.Filter) []workflow.ID {
		t.Helper()
		f.Group = review.ToDo
		var got []workflow.ID
		for page := 1; page <= 2; page++ {
			f.Page = page
			rows, p := w.queue(w.Officer.User, f)
			if p.Total != len(ids) || p.Filter.Page != page {
				t.Errorf("page %d is page %d of %d", page, p.Filter.Page, p.Total)
			}
			got = append(got, rows...)
		}
		return got
	}
	if got := all(review.Filter{}); !slices.Equal(got, ids) {
		t.Errorf("the longest waiting first: %v", got)
	}
	newest := slices.Clone(ids)
	slices.Reverse(newest)
	if got := all(review.Filter{Sort: "newest"}); !slices.Equal(got, newest) {
		t.Errorf("the newest first: %v", got)
	}
	if got := all(review.Filter{Sort: "title"}); got[0] != ids[25] || got[len(got)-1] != ids[26] {
		t.Errorf("by title: %v", got)
	}
	for _, page := range []int{3, 50, 999_999} {
		rows, p := w.queue(w.Officer.User, review.Filter{Group: review.ToDo, Page: page})
		if p.Filter.Page != 2 || len(rows) != 5 {
			t.Errorf("page %d shows %d rows of page %d", page, len(rows), p.Filter.Page)
		}
	}
	reads(t, w.Officer.In(t).Get("/en/desk?page=2").Want(http.StatusOK), ".pager [aria-current]", "2")
}

// The filter of what is overdue and the light are counted in two ways; they must agree for every instant and kind.
func TestOverdueIsWhatTheLightSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t).withConcepts()
	w.mu.Lock()
	w.now = now.AddDate(0, 0, -16)
	w.mu.Unlock()
	for range 16 * 4 {
		w.elsewhere("A pledge")
		concept := w.draft(w.concept, w.OtherMember.User, w.OtherOffice, complete("A concept"))
		w.step(concept, w.OtherMember.User, workflow.Submit, "")
		w.later(6 * time.Hour)
	}
	for range 3 {
		every := map[workflow.ID]review.Light{}
		for page := 1; page <= 6; page++ {
			_, p := w.queue(w.Officer.User, review.Filter{Group: review.ToDo, Page: page})
			for _, row := range p.Rows {
				every[row.ID] = row.Light
			}
		}
		late := map[workflow.ID]bool{}
		rows, err := w.desk.Export(t.Context(), w.Officer.User, review.Filter{Group: review.ToDo, Overdue: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			late[row.ID] = true
		}
		lights := map[review.Light]int{}
		for id, light := range every {
			lights[light]++
			if late[id] != (light == review.Overdue) {
				t.Errorf("number %d is %s; the filter of what is overdue has it: %v", id, light, late[id])
			}
		}
		if len(every) != 128 || lights[review.Overdue] == 0 || lights[review.DueSoon] == 0 || lights[review.InTime] == 0 {
			t.Errorf("%d have a light: %v", len(every), lights)
		}
		w.later(7 * time.Hour)
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
	if _, page := w.queue(w.Officer.User, review.Filter{Group: review.ToDo, Page: 1}); !page.Rows[0].Since.Equal(now) {
		t.Errorf("in review, it waits since %s", page.Rows[0].Since)
	}
	w.decide(id, review.Decision{Action: workflow.RequestChanges, Note: "Say more"})
	asked := w.clock()
	w.later(2 * 24 * time.Hour)
	w.write(id, w.Member.User, complete("A better pledge")) // that somebody writes is not the desk's business
	_, page := w.queue(w.Officer.User, review.Filter{Group: review.Waiting, Page: 1})
	if row := page.Rows[0]; !row.Since.Equal(asked) || row.Title != "A pledge" || row.Light != "" {
		t.Errorf("%q waits for the submitter since %s, light %q", row.Title, row.Since, row.Light)
	}
	reads(t, w.Officer.In(t).Get("/en/desk?group=waiting").Want(http.StatusOK), "main", "for the submitter, 2 days", "A pledge")
}

func TestPlaceInTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second, third := w.elsewhere("C"), w.sent("A"), w.elsewhere("B")
	for _, c := range []struct {
		name string
		who  identity.User
		f    review.Filter
		id   workflow.ID
		want review.Place
	}{
		{"the first", w.Officer.User, review.Filter{}, first, review.Place{Number: 1, Total: 3, Next: second}},
		{"in the middle", w.Officer.User, review.Filter{}, second, review.Place{Number: 2, Total: 3, Previous: first, Next: third}},
		{"the last", w.Officer.User, review.Filter{}, third, review.Place{Number: 3, Total: 3, Previous: second}},
		{"by title", w.Officer.User, review.Filter{Sort: "title"}, third, review.Place{Number: 2, Total: 3, Previous: second, Next: first}},
		{"the newest first", w.Officer.User, review.Filter{Sort: "newest"}, third, review.Place{Number: 1, Total: 3, Next: second}},
		{"who must not see the middle one", w.Conflicted.User, review.Filter{}, third, review.Place{Number: 2, Total: 2, Previous: first}},
		{"in a filter", w.Officer.User, review.Filter{Country: "CO"}, third, review.Place{Number: 2, Total: 2, Previous: first}},
		{"not in the filter", w.Officer.User, review.Filter{Country: "CO"}, second, review.Place{Total: 2, Previous: first, Next: third}},
	} {
		c.f.Group = review.ToDo
		got, err := w.desk.Place(t.Context(), c.who, c.f, c.id)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if err := w.desk.Assign(t.Context(), w.Officer.User, second, w.Officer.User.ID, w.version(second)); err != nil {
		t.Fatal(err)
	}
	w.decide(second, review.Decision{Action: workflow.Decline, Note: "No"})
	if got, err := w.desk.Place(t.Context(), w.Officer.User, review.Filter{Group: review.ToDo}, second); err != nil || got != (review.Place{Total: 2, Previous: first, Next: third}) {
		t.Errorf("what was decided leads on to its neighbours: %+v, %v", got, err)
	}

	page := w.Officer.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d?country=CO", first)).Want(http.StatusOK)
	reads(t, page, ".toolbar", "1 of 2 in “To do”")
	if got := page.One("a[rel=next]").Attr("href"); got != fmt.Sprintf("/en/desk/submissions/%d?country=CO", third) {
		t.Errorf("next leads to %s", got)
	}
	if got := page.One("a.more").Attr("href"); got != "/en/desk?country=CO" {
		t.Errorf("back leads to %s", got)
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
	csvPage := w.Officer.In(t).Get("/en/desk/queue.csv?country=UG&sort=title").Want(http.StatusOK)
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
		if line[4] != "UG" || line[5] != "Submitted" || line[7] != "2026-11-24T09:42:00Z" || line[8] != "2026-12-01" || line[9] != "In time" || !strings.HasPrefix(line[10], "https://portal.example.org/en/desk/submissions/") {
			t.Errorf("the line is %q", line)
		}
	}
	var items []map[string]any
	if err := json.Unmarshal(w.Officer.In(t).Get("/en/desk/queue.json?country=UG").Want(http.StatusOK).Body, &items); err != nil || len(items) != 2 || items[0]["title"] != `=HYPERLINK("https://evil.example","Click")` {
		t.Errorf("the JSON is %v, %v", items, err)
	}
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE act = 'export.queue' AND actor_id = $1`, w.Officer.User.ID); n != 2 {
		t.Errorf("two exports, %d records", n)
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
	} {
		p := w.Officer.In(t).Get("/en/desk?q=" + url.QueryEscape(q))
		if p.Status != http.StatusOK && !(name == "very long" && p.Status < 500) {
			t.Errorf("%s: status %d", name, p.Status)
		}
		if strings.Contains(string(p.Body), "<script>alert") {
			t.Errorf("%s: markup of people's is in the page", name)
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
