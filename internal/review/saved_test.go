package review_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/webtest"
)

// viewNames are the person's views, with their counts.
func (w *world) viewNames(who identity.User) []string {
	w.Helper()
	views, err := w.desk.Views(w.Context(), who, w.language(), 1000, 99)
	if err != nil {
		w.Fatal(err)
	}
	var names []string
	for _, v := range views {
		name := v.Name
		if v.Count != nil {
			name = fmt.Sprintf("%s %d", v.Name, v.N)
		}
		if v.Default {
			name += " *"
		}
		names = append(names, name)
	}
	return names
}

func (w *world) viewID(name string) int64 {
	w.Helper()
	return value[int64](w, `SELECT id FROM desk_views WHERE name = $1`, name)
}

func TestKeptSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.elsewhere("One of Cali")
	w.sent("One of the ministry")
	keep := func(who identity.User, n review.NewView) {
		t.Helper()
		if err := w.desk.KeepView(t.Context(), who, w.language(), n); err != nil {
			t.Fatal(err)
		}
	}
	lead, officer := w.Lead.User, w.Officer.User
	keep(officer, review.NewView{Name: "Mine", Search: "assigned:me"})
	keep(officer, review.NewView{Name: "Of Cali", Search: "country:CO sort:title", Default: true})
	keep(lead, review.NewView{Name: "Nobody’s", Search: "is:unassigned", Desk: identity.PledgesDesk})
	keep(lead, review.NewView{Name: "Mine", Search: "assigned:me"}) // the same name as somebody else's

	for _, c := range []struct {
		who  webtest.Person
		want []string
	}{
		{w.Officer, []string{"Mine 0", "Of Cali 1 *", "Nobody’s 2"}},
		{w.Lead, []string{"Mine 0", "Nobody’s 2"}},
		{w.Conflicted, []string{"Nobody’s 1"}}, // what they must not see is not counted
		{w.OtherOfficer, nil}, {w.Reviewer, nil}, {w.Administrator, nil},
	} {
		if got := w.viewNames(c.who.User); !slices.Equal(got, c.want) {
			t.Errorf("%s has %q, want %q", c.who.Kind, got, c.want)
		}
	}
	if got := value[string](w, `SELECT search FROM desk_views WHERE name = 'Of Cali'`); got != "in:todo country:CO sort:title" {
		t.Errorf("it is kept as %q", got)
	}
	w.Officer.In(t).Get("/en/desk").WantRedirect("/en/desk?q=in%3Atodo+country%3ACO+sort%3Atitle")
	w.Lead.In(t).Get("/en/desk").Want(http.StatusOK)

	shared, own := w.viewID("Nobody’s"), w.viewID("Of Cali")
	if err := w.desk.MoveView(t.Context(), officer, own, true); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.MoveView(t.Context(), officer, own, true); err != nil { // at the end already
		t.Fatal(err)
	}
	if err := w.desk.BeginWith(t.Context(), officer, shared); err != nil {
		t.Fatal(err)
	}
	if err := w.desk.RenameView(t.Context(), officer, own, "Of  Cali,\nColombia "); err != nil {
		t.Fatal(err)
	}
	if got := w.viewNames(officer); !slices.Equal(got, []string{"Of Cali, Colombia 1", "Mine 0", "Nobody’s 2 *"}) {
		t.Errorf("moved, renamed and begun with: %q", got)
	}
	if err := w.desk.RemoveView(t.Context(), lead, shared); err != nil {
		t.Fatal(err)
	}
	if got := w.viewNames(officer); !slices.Equal(got, []string{"Of Cali, Colombia 1", "Mine 0"}) {
		t.Errorf("removed: %q", got)
	}
	w.Officer.In(t).Get("/en/desk").Want(http.StatusOK)
	if n := value[int](w, `SELECT count(*)::int FROM audit_log WHERE subject = 'desk_view'`); n != 8 {
		t.Errorf("%d acts are recorded", n)
	}
}

func TestWhoMayChangeAView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, v := range []struct {
		who identity.User
		n   review.NewView
	}{
		{w.Officer.User, review.NewView{Name: "Own", Search: "is:overdue"}}, {w.Lead.User, review.NewView{Name: "Shared", Search: "is:overdue", Desk: identity.PledgesDesk}},
	} {
		if err := w.desk.KeepView(t.Context(), v.who, w.language(), v.n); err != nil {
			t.Fatal(err)
		}
	}
	own, shared := w.viewID("Own"), w.viewID("Shared")
	secondLead := w.person("second lead", "Second lead", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.PledgesDesk})
	for _, c := range []struct {
		name        string
		who         identity.User
		own, shared error
	}{
		{"who made it", w.Officer.User, nil, problem.Forbidden},
		{"a lead", w.Lead.User, problem.NotFound, nil},
		{"another lead", secondLead.User, problem.NotFound, nil},
		{"another officer", w.Second.User, problem.NotFound, problem.Forbidden},
		{"another desk", w.OtherOfficer.User, problem.NotFound, problem.NotFound},
		{"a reviewer", w.Reviewer.User, problem.NotFound, problem.NotFound},
		{"an administrator", w.Administrator.User, problem.NotFound, problem.NotFound},
	} {
		for id, want := range map[int64]error{own: c.own, shared: c.shared} {
			for act, do := range map[string]func() error{
				"rename": func() error { return w.desk.RenameView(t.Context(), c.who, id, fmt.Sprintf("Name %d", id)) },
				"move":   func() error { return w.desk.MoveView(t.Context(), c.who, id, false) },
			} {
				if err := do(); !errors.Is(err, want) {
					t.Errorf("%s, %s of %d: %v, want %v", c.name, act, id, err, want)
				}
			}
			begins := want
			if errors.Is(want, problem.Forbidden) {
				begins = nil // who sees it may begin with it
			}
			if err := w.desk.BeginWith(t.Context(), c.who, id); !errors.Is(err, begins) {
				t.Errorf("%s begins with %d: %v", c.name, id, err)
			}
		}
		err := w.desk.KeepView(t.Context(), c.who, w.language(), review.NewView{Name: "For all", Search: "is:late", Desk: identity.PledgesDesk})
		if leads := c.who.Is(identity.Lead); leads == errors.Is(err, problem.Forbidden) {
			t.Errorf("%s shares one: %v", c.name, err)
		}
	}
	for _, do := range []error{w.desk.RemoveView(t.Context(), w.Second.User, own), w.desk.RemoveView(t.Context(), w.Officer.User, 999_999)} {
		if !errors.Is(do, problem.NotFound) {
			t.Errorf("removing what is not theirs: %v", do)
		}
	}
}

// What is over waits for nobody, and is not counted at each look at the queue.
func TestViewsOfWhatIsOverHaveNoCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.published("Over")
	for _, search := range []string{"in:decided", "in:all over", "in:waiting"} {
		if err := w.desk.KeepView(t.Context(), w.Officer.User, w.language(), review.NewView{Name: search, Search: search}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := w.viewNames(w.Officer.User), []string{"in:decided", "in:all over", "in:waiting 0"}; !slices.Equal(got, want) {
		t.Errorf("the views are %q, want %q", got, want)
	}
	page := w.Officer.In(t).Get("/en/desk?q=in%3Aall").Want(http.StatusOK)
	reads(t, page, ".chips .chip", "in:decided")
	if n := page.Count(".chips .num"); n != 1 {
		t.Errorf("%d of the views have a count", n)
	}
}

func TestNamesOfViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	invalid := func(name, key string) {
		t.Helper()
		err := w.desk.KeepView(t.Context(), w.Officer.User, w.language(), review.NewView{Name: name, Search: "is:late"})
		fields, ok := problem.InvalidFields(err)
		if !ok || fields[0].Name != "name" || fields[0].Key != key {
			t.Errorf("%.20q: %v, want %s", name, err, key)
		}
	}
	for _, name := range []string{"", " \t\n", "\u200b\u202e", "\x00"} {
		invalid(name, "review.views.blank")
	}
	invalid(strings.Repeat("x", 61), "review.views.long")
	for _, name := range []string{strings.Repeat("ü", 60), "<script>alert(1)</script>", "'; DROP TABLE desk_views;--", "عرضي", "x\u202eevil", "a\xffb"} {
		if err := w.desk.KeepView(t.Context(), w.Officer.User, w.language(), review.NewView{Name: name, Search: "is:late"}); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	invalid("<SCRIPT>alert(1)</script>", "review.views.taken")
	invalid("ab", "review.views.taken")
	if body := string(w.Officer.In(t).Get("/en/desk/views").Want(http.StatusOK).Body); strings.Contains(body, "<script>alert") || strings.Contains(body, "\u202e") {
		t.Error("a name is markup")
	}
	for i := range 30 {
		_ = w.desk.KeepView(t.Context(), w.Officer.User, w.language(), review.NewView{Name: fmt.Sprintf("View %d", i), Search: "is:late"})
	}
	invalid("One more", "review.views.many")
	if n := value[int](w, `SELECT count(*)::int FROM desk_views`); n != 30 {
		t.Errorf("%d views are kept", n)
	}
	if err := w.desk.KeepView(t.Context(), w.Second.User, w.language(), review.NewView{Name: "One more", Search: "is:late"}); err != nil {
		t.Errorf("another person: %v", err)
	}
}

func TestThePageOfKeptSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.elsewhere("A pledge")
	c := w.Lead.In(t)
	p := c.Get("/en/desk?q=country%3ACO").Want(http.StatusOK)
	p = c.Get(p.One("a[href*='views?search']").Attr("href")).Want(http.StatusOK)
	form := p.Form("form.panel")
	if form.Value("search") != "country:CO" {
		t.Errorf("the form has %q", form.Value("search"))
	}
	p = form.Submit().Want(http.StatusUnprocessableEntity)
	reads(t, p, "#errors", "Enter a name for the view.")
	p = p.Form("form.panel").Set("name", "Colombia").Set("desk", "pledges").Set("search", "country:CO is:lat").Submit().Want(http.StatusUnprocessableEntity)
	reads(t, p, ".panel", "did you mean")
	p = p.Form("form.panel").Set("search", "country:CO").Submit().WantRedirect("/en/desk/views").Follow().Want(http.StatusOK)
	reads(t, p, ".result h3", "Colombia")
	id := w.viewID("Colombia")
	reads(t, w.Officer.In(t).Get("/en/desk").Want(http.StatusOK), ".chips", "Colombia")
	path := fmt.Sprintf("/en/desk/views/%d", id)
	w.Officer.In(t).Post(path, url.Values{"do": {"remove"}}).Want(http.StatusForbidden)
	w.OtherOfficer.In(t).Post(path, url.Values{"do": {"remove"}}).Want(http.StatusNotFound)
	w.Member.In(t).Post(path, url.Values{"do": {"remove"}}).Want(http.StatusNotFound)
	c.Post(path, url.Values{"do": {"explode"}}).Want(http.StatusNotFound)
	p = c.Post(path, url.Values{"do": {"rename"}, "name": {" "}}).Want(http.StatusUnprocessableEntity)
	reads(t, p, "#errors", "Enter a name for the view.")
	c.Post(path, url.Values{"do": {"rename"}, "name": {"Cali"}}).WantRedirect("/en/desk/views")
	c.Post(path, url.Values{"do": {"begin"}}).WantRedirect("/en/desk/views")
	c.Get("/en/desk").WantRedirect("/en/desk?q=in%3Atodo+country%3ACO")
	c.Get("/ar/desk/views").Want(http.StatusOK)
	c.Post(path, url.Values{"do": {"remove"}}).WantRedirect("/en/desk/views")
	c.Get("/en/desk").Want(http.StatusOK)
}
