package practice_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/personal"
	"portal/internal/practice"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// reuse is what somebody types to record one.
func reuse(changes ...string) url.Values {
	v := url.Values{"organization": {"City of Cali"}, "country": {"CO"}, "year": {"2025"}, "changed": {"One desk in two towns, not five ministries."}, "language": {"en"}, "link": {"https://example.org/cali"}}
	for i := 0; i < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return v
}

// record records a reuse as the person and returns the path of its page.
func record(t *testing.T, who webtest.Person, publicID string, v url.Values) string {
	t.Helper()
	return who.In(t).Post("/en/practices/"+publicID+"/reuses", v).Want(http.StatusSeeOther).Location()
}

func TestWhatIsWrongWithAReuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, complete())
	for _, test := range []struct{ name, field, value string }{
		{"no organization", "organization", " \u202e\u2066 "},
		{"the implementer itself", "organization", "  ministry of LABOUR"},
		{"a partner of the practice", "organization", "Trades Union Congress"},
		{"a name of 300 characters", "organization", strings.Repeat("ab ", 100)},
		{"no country", "country", ""},
		{"a country that there is not", "country", "XX"},
		{"before the practice began", "year", "2020"},
		{"in the future", "year", "2027"},
		{"no number", "year", "last year"},
		{"nothing changed", "changed", "\n"},
		{"2,001 characters", "changed", strings.Repeat("x", 2001)},
		{"no language", "language", "tlh"},
		{"a script as link", "link", "javascript:alert(1)"},
		{"a link with a password", "link", "https://me:secret@example.org/"},
		{"no link at all", "link", "example"},
	} {
		page := w.OtherMember.In(t).Post("/en/practices/"+publicID+"/reuses", reuse(test.field, test.value)).Want(http.StatusUnprocessableEntity)
		if !strings.HasPrefix(page.One(".errors a").Attr("href"), "#"+test.field) {
			t.Errorf("%s: the summary leads to %q", test.name, page.One(".errors a").Attr("href"))
		}
		if test.field != "organization" && page.One("#organization").Attr("value") != "City of Cali" {
			t.Errorf("%s: what was typed is lost", test.name)
		}
	}
	if n := w.count(t, `SELECT count(*)::int FROM practice_reuses`); n != 0 {
		t.Errorf("%d were recorded", n)
	}
	first := record(t, w.OtherMember, publicID, reuse())
	if again := record(t, w.OtherMember, publicID, reuse()); again != first { // pressed twice
		t.Errorf("the second press leads to %s, the first to %s", again, first)
	}
	if n := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'practice.reuse' AND to_user = $1`, w.Head.User.ID); n != 1 {
		t.Errorf("the office is asked %d times", n)
	}
	for name, v := range map[string]url.Values{"the same": reuse(), "the same in other letters": reuse("organization", " CITY  of Cali", "link", "")} {
		page := w.Newcomer.In(t).Post("/en/practices/"+publicID+"/reuses", v).Want(http.StatusUnprocessableEntity)
		if page.One(".errors a").Attr("href") != "#organization" {
			t.Errorf("%s once more leads to %q", name, page.One(".errors a").Attr("href"))
		}
	}
	record(t, w.Newcomer, publicID, reuse("year", "2024"))
}

func (w *world) count(t testing.TB, sql string, args ...any) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// From the record to the public page: the office is asked, sees it, confirms it once; the page counts it, shows it as words and
// never who has recorded it; the list sorts and narrows by it, and the files have it.
func TestAReuseIsConfirmedAndPublic(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, publicID := w.publish(t, complete())
	_, newer := w.publish(t, complete())
	path := record(t, w.OtherMember, publicID, reuse("changed", "<script>alert(1)</script> **bold**", "organization", "Cali \u202eevil"))
	if n := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'practice.reuse' AND to_user IN ($1, $2)`, w.Head.User.ID, w.Member.User.ID); n != 2 {
		t.Errorf("%d people of the office are asked", n)
	}
	if page := w.Visitor.In(t).Get("/en/practices/" + publicID).Want(http.StatusOK); page.Contains("Cali") {
		t.Error("what nobody has confirmed is public")
	}
	for _, p := range w.All() {
		want := http.StatusNotFound
		switch p.User.ID {
		case w.Head.User.ID, w.Member.User.ID, w.OtherMember.User.ID, w.hub.ID:
			want = http.StatusOK
		case 0:
			want = http.StatusSeeOther
		}
		if got := p.In(t).Get(path).Status; got != want {
			t.Errorf("%s gets %d, want %d", p.Kind, got, want)
		}
	}
	w.Head.In(t).Post("/en/practices/"+publicID+"/reuses", reuse()).Want(http.StatusForbidden)
	if page := w.Head.In(t).Get("/en/practices/" + publicID + "/reuses/new").Want(http.StatusOK); page.Has("main form") {
		t.Error("the own office may record")
	}
	w.OtherMember.In(t).Post(path, url.Values{"answer": {"confirmed"}}).Want(http.StatusForbidden)
	w.Member.In(t).Post(path, url.Values{}).Want(http.StatusUnprocessableEntity)
	w.Member.In(t).Post(path, url.Values{"answer": {"confirmed"}}).Want(http.StatusSeeOther)
	w.Member.In(t).Post(path, url.Values{"answer": {"confirmed"}}).Want(http.StatusSeeOther) // pressed twice
	w.Head.In(t).Post(path, url.Values{"answer": {"refused"}, "reason": {"No"}}).Want(http.StatusConflict)
	if n := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'practice.reuse_confirmed' AND to_user = $1`, w.OtherMember.User.ID); n != 1 {
		t.Errorf("who has recorded it is told %d times", n)
	}
	page := w.Visitor.In(t).Get("/en/practices/" + publicID).Want(http.StatusOK)
	body := string(page.Body)
	if !page.Contains("Reused 1 time") || !page.Contains("Colombia") || strings.Contains(body, "<script>alert") || strings.Contains(body, "\u202e") || strings.Contains(body, w.OtherMember.User.Name) {
		t.Errorf("the page reads %q", page.Text(".prose"))
	}
	if rel := page.One(`a[href="https://example.org/cali"]`).Attr("rel"); !strings.Contains(rel, "nofollow") {
		t.Errorf("the link is %q", rel)
	}
	for path, wants := range map[string]string{
		"/en/practices/" + publicID + ".json": `"reuses": 1`, "/en/practices/" + publicID + "/reuses": "Colombia", "/en/practices/" + publicID: `"userInteractionCount":1`,
	} {
		if body := string(w.Visitor.In(t).Get(path).Want(http.StatusOK).Body); !strings.Contains(body, wants) {
			t.Errorf("%s lacks %s", path, wants)
		}
	}
	if got := w.Visitor.In(t).Get("/en/practices?sort=reused").Want(http.StatusOK).All("h3 a"); len(got) != 2 || !strings.HasSuffix(got[0].Attr("href"), publicID) || !strings.HasSuffix(got[1].Attr("href"), newer) {
		t.Errorf("the most reused come as %v", got)
	}
	if got := w.Visitor.In(t).Get("/en/practices?reused=yes").Want(http.StatusOK).All("h3 a"); len(got) != 1 {
		t.Errorf("%d are reused", len(got))
	}

	// The desk takes it down with a reason, which both sides are told; the counts follow, and the act is on record.
	hub := w.OtherOfficer.In(t)
	hub.Post(path, url.Values{"answer": {"removed"}, "reason": {" "}}).Want(http.StatusUnprocessableEntity)
	hub.Post(path, url.Values{"answer": {"confirmed"}}).Want(http.StatusForbidden)
	hub.Post(path, url.Values{"answer": {"removed"}, "reason": {"The page is an advertisement."}}).Want(http.StatusSeeOther)
	if n := w.count(t, `SELECT count(*)::int FROM outbox WHERE kind = 'practice.reuse_removed'`); n != 3 {
		t.Errorf("%d are told of the removal", n)
	}
	if n := w.count(t, `SELECT count(*)::int FROM audit_log WHERE act = 'reuse.removed' AND actor_id = $1`, w.hub.ID); n != 1 {
		t.Errorf("the act is on record %d times", n)
	}
	if n := w.count(t, `SELECT reuses FROM practices WHERE id = $1`, id); n != 0 {
		t.Errorf("the practice counts %d", n)
	}
	if wrong, err := practice.CheckIndex(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the index is wrong about %v, %v", wrong, err)
	}
}

// A refusal goes to who has recorded it, with its reason; two answers at once are one; a practice that is gone takes nothing.
func TestReusesRefusedTwiceAndLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, complete())
	path := record(t, w.Newcomer, publicID, reuse())
	var group sync.WaitGroup
	errs := make([]error, 2)
	id := w.count(t, `SELECT id::int FROM practice_reuses`)
	for i, state := range []practice.ReuseState{practice.ReuseConfirmed, practice.ReuseRefused} {
		who := []identity.User{w.Head.User, w.Member.User}[i]
		group.Go(func() {
			errs[i] = w.service.SettleReuse(context.WithoutCancel(t.Context()), who, publicID, int64(id), state, "Another project")
		})
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || !errors.Is(errors.Join(errs...), problem.Stale) {
		t.Errorf("the answers end in %v", errs)
	}
	second := record(t, w.Newcomer, publicID, reuse("year", "2024"))
	w.Head.In(t).Post(second, url.Values{"answer": {"refused"}}).Want(http.StatusUnprocessableEntity)
	w.Head.In(t).Post(second, url.Values{"answer": {"refused"}, "reason": {"Another project"}}).Want(http.StatusSeeOther)
	if page := w.Newcomer.In(t).Get(second).Want(http.StatusOK); !page.Contains("Another project") {
		t.Errorf("who has recorded it reads %q", page.Text("main"))
	}
	third := record(t, w.Newcomer, publicID, reuse("year", "2023"))
	if _, err := w.service.Answer(t.Context(), w.Head.User, publicID, practice.Answer{Choice: practice.ToRetire, Reason: "Over", Lang: "en"}); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{path, third} {
		w.Head.In(t).Post(address, url.Values{"answer": {"confirmed"}}).Want(http.StatusNotFound)
	}
	w.Newcomer.In(t).Post("/en/practices/"+publicID+"/reuses", reuse("year", "2022")).Want(http.StatusNotFound)
}

// Somebody records at most 20 a day.
func TestReusesAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, complete())
	for n := range 21 {
		_, err := w.service.RecordReuse(t.Context(), w.Newcomer.User, publicID, practice.NewReuse{Organization: fmt.Sprintf("Town %d", n), Country: "CO", Year: "2025", Changed: "All", Lang: "en"})
		if late := n == 20; late != errors.Is(err, problem.TooMany) || !late && err != nil {
			t.Errorf("number %d: %v", n+1, err)
		}
	}
}

// When the account of who has recorded a reuse is closed, what waits goes, and what was answered stays without them.
func TestAReuseOutlivesItsRecorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, publicID := w.publish(t, complete())
	path := record(t, w.Newcomer, publicID, reuse())
	record(t, w.Newcomer, publicID, reuse("year", "2024"))
	w.Head.In(t).Post(path, url.Values{"answer": {"confirmed"}}).Want(http.StatusSeeOther)
	err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return practice.Personal.Close(t.Context(), tx, personal.Person{ID: w.Newcomer.User.ID})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, `SELECT count(*)::int FROM practice_reuses WHERE recorder_id IS NULL AND state = 'confirmed'`); n != 1 {
		t.Errorf("%d are left without a recorder", n)
	}
	if n := w.count(t, `SELECT count(*)::int FROM practice_reuses`); n != 1 {
		t.Errorf("%d are left", n)
	}
	w.OtherOfficer.In(t).Post(path, url.Values{"answer": {"removed"}, "reason": {"Spam"}}).Want(http.StatusSeeOther)
}
