package request_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/request"
	"portal/internal/workflow"
	"portal/web/ui"
)

func titles(all []ui.Result) string {
	var names []string
	for _, r := range all {
		names = append(names, r.Title)
	}
	return strings.Join(names, ", ")
}

// What the page of a place gathers are the talks of the list for the place, whatever becomes of their organizers.
func TestTalksOfAPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for title, c := range map[string]form.Answers{
		"World": {"level": {"global"}, "organizers.0.name": {"Ministry of Labour"}, "organizers.1.name": {"City of Cali"}},
		"Else":  {"level": {"global"}, "organizers.0.name": {"Somebody"}, "organizers.1.name": {"Somebody else"}, "dates.0.day.month": {"3"}},
		"West":  {"level": {"regional"}, "region": {"arab_states"}, "organizers.0.name": {"Ministry of Labour"}, "organizers.1.name": {"City of Cali"}, "dates.0.day.month": {"4"}},
	} {
		c["title"] = []string{title}
		w.announce(t, w.accepted(t, talk(c)), nil)
	}
	w.accepted(t, talk(form.Answers{"title": {"Not announced"}}))
	w.at(time.Date(2027, 2, 20, 0, 0, 0, 0, time.UTC)) // World is over
	check := func(query, want string) {
		t.Helper()
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		g, until, err := w.service.GatherTalks(t.Context(), q, 2)
		if err != nil {
			t.Fatal(err)
		}
		list := w.Visitor.In(t).Get("/en/talks?" + query).Texts("main .result h3")
		if got := titles(g.Results); got != want || g.Total != len(list) || !slices.Equal(list[:min(2, len(list))], strings.FieldsFunc(want, func(r rune) bool { return strings.ContainsRune(", ", r) })) {
			t.Errorf("%q: %q of %d, want %q as in the list %q", query, got, g.Total, want, list)
		}
		if coming := strings.Contains(want, "West") || strings.Contains(want, "Else"); coming != until.After(w.clock()) {
			t.Errorf("%q is so until %v", query, until)
		}
		if code := q.Get("country"); code != "" && g.Sizes[code] != g.Total {
			t.Errorf("%s has %d among the sizes %v", code, g.Sizes[code], g.Sizes)
		}
	}
	check("", "Else, West")
	check("country=KE", "West, World")
	check("country=CO", "West, World")
	check("country=RW", "")
	check("region=africa", "West, World")
	check("region=arab_states", "West")
	check("region=europe_north_america", "")

	// The offices of two organizers become one, in another country.
	into, err := database.Value[int64](t.Context(), w.db.Read(), `INSERT INTO offices (name, category, country, state, created_at) VALUES ('Ministry of Work', 'member_state', 'CO', 'approved', now()) RETURNING id`)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.service.MoveOffice(t.Context(), tx, w.Office, into) }); err != nil {
		t.Fatal(err)
	}
	check("country=KE", "")
	check("country=CO", "West, World")
}

// A request is on the page of its country from its acceptance on, and only if the office agrees.
func TestRequestsThatMayBeShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := func(query string) string {
		t.Helper()
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, all, err := w.service.GatherShown(t.Context(), q, 5)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range all {
			names = append(names, r.Kind+" "+r.Title)
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	}
	taken := map[string]workflow.ID{}
	for _, c := range []struct {
		kind, title string
		answers     form.Answers
		decision    workflow.Action
	}{
		{request.Guidance, "Plan", form.Answers{"country": {"UG"}, "show": {"yes"}}, workflow.Approve},
		{request.Guidance, "Silent", form.Answers{"country": {"UG"}}, workflow.Approve},
		{request.Guidance, "Declined", form.Answers{"country": {"UG"}, "show": {"yes"}}, workflow.Decline},
		{request.Guidance, "Asked back", form.Answers{"country": {"UG"}, "show": {"yes"}}, workflow.RequestChanges},
		{request.Capacity, "Course", form.Answers{"region": {"arab_states"}, "show": {"yes"}}, workflow.Approve},
	} {
		c.answers["title"], c.answers["language"] = []string{c.title}, []string{"en"}
		taken[c.title] = w.decided(t, c.kind, c.answers, c.decision)
	}
	for query, want := range map[string]string{
		"country=UG": "guidance Plan", "country=KE": "capacity Course", "country=RW": "", "region=africa": "capacity Course, guidance Plan", "region=arab_states": "capacity Course", "": "", "country=X": "",
	} {
		if got := shown(query); got != want {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
	}
	w.act(t, taken["Plan"], workflow.Archive)
	if got := shown("country=UG"); got != "" {
		t.Errorf("taken back it is still shown: %q", got)
	}
}
