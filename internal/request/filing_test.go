package request_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// An e-mail becomes a request of the person who wrote it, for their office, once; the desk that filed it can decide on it.
func TestAnEmailIsFiled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desk := w.desk.In(t)
	whole := func(changes url.Values) url.Values {
		v := url.Values{"kind": {"guidance"}, "email": {strings.ToUpper(w.Member.User.Email)}, "message_id": {"<CAF7x+1@mail.example.org>"}, "title": {"A plan"}, "text": {"We need a plan.\n\nIt is for 2028."}}
		for name, values := range changes {
			v[name] = values
		}
		return v
	}
	later := webtest.NewUser(t, w.db, "Later", map[int64]identity.PostRole{w.Office: identity.Contributor})
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE posts SET from_on = current_date + 2 WHERE user_id = $1`, later.ID); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		changes url.Values
		want    string
	}{
		"nothing":          {url.Values{"kind": {""}, "title": {""}}, "Choose what they ask for."},
		"another desk's":   {url.Values{"kind": {"statement"}}, "Choose what they ask for."},
		"of a pledge":      {url.Values{"kind": {"pledge_support"}}, "Choose what they ask for."},
		"unknown address":  {url.Values{"email": {"nobody@example.org"}}, "Nobody with this address has a post in an approved office."},
		"of no office":     {url.Values{"email": {w.Newcomer.User.Email}}, "Nobody with this address has a post in an approved office."},
		"not yet of one":   {url.Values{"email": {later.Email}}, "Nobody with this address has a post in an approved office."},
		"no Message-ID":    {url.Values{"message_id": {"x"}}, "Enter the Message-ID as it stands in the headers"},
		"a broken one":     {url.Values{"message_id": {"a@b\r\nBcc: c@d"}}, "Enter the Message-ID as it stands in the headers"},
		"no text":          {url.Values{"text": {" "}}, "Enter the text of the e-mail."},
		"a text too large": {url.Values{"text": {strings.Repeat("a", 3001)}}, "Shorten the text to 3,000 characters."},
	} {
		if p := desk.Post("/en/desk/requests/new", whole(c.changes)).Want(http.StatusUnprocessableEntity); !p.Contains(c.want) || p.Form("main form").Value("message_id") == "" {
			t.Errorf("%s: %s", name, p.Text("main"))
		}
	}
	first := desk.Post("/en/desk/requests/new", whole(nil)).Want(http.StatusSeeOther).Location()
	if p := desk.Post("/en/desk/requests/new", whole(url.Values{"message_id": {" CAF7x+1@mail.example.org "}, "title": {"Again"}})).Want(http.StatusConflict); !p.Has(`main a[href="`+strings.TrimPrefix(first, "http://x")+`"]`) || p.Form("main form").Value("title") != "Again" {
		t.Errorf("filed twice: %s", p.Text("main"))
	}
	// Whom the wall keeps out is told that the mail was filed, which they have, and not as what.
	if p := w.conflicted.In(t).Post("/en/desk/requests/new", whole(nil)).Want(http.StatusConflict); p.Has(`main a[href^="/en/desk/submissions/"]`) || !p.Contains("This e-mail was filed") {
		t.Errorf("behind the wall: %s", p.Text("main"))
	}
	type row struct {
		State, Title, Author, Actor, Need string
		Filed, Mails, Waits               int
	}
	got, err := database.Row[row](t.Context(), w.db.Read(), `SELECT s.state, s.submitted_title AS title, u.name AS author, a.name AS actor, (SELECT t.answers #>> '{need,0}' FROM submission_steps t WHERE t.submission_id = s.id AND t.step = 'detail') AS need,
		(SELECT count(*)::int FROM submissions WHERE kind = 'guidance') AS filed, (SELECT count(*)::int FROM outbox WHERE kind = 'request.filed' AND to_user = u.id) AS mails, (s.answer_due_on IS NOT NULL)::int AS waits
		FROM submissions s JOIN users u ON u.id = s.author_id JOIN submission_events e ON e.submission_id = s.id AND e.action = 'record' JOIN users a ON a.id = e.actor_id`)
	want := row{State: "submitted", Title: "A plan", Author: w.Member.User.Name, Actor: w.desk.User.Name, Need: "We need a plan.\n\nIt is for 2028.", Filed: 1, Mails: 1, Waits: 1}
	if err != nil || got != want || len(w.waits) != 1 {
		t.Errorf("it is %+v, %v, %v", got, w.waits, err)
	}
	side, err := database.Value[string](t.Context(), w.db.Read(), `SELECT string_agg(side, ',') FROM submission_access WHERE submission_id = $1 AND user_id = $2`, w.waits[0], w.desk.User.ID)
	if err != nil || side != "desk" {
		t.Errorf("who filed it stands on the side %q, %v", side, err)
	}
	// Somebody with two offices: it is asked for which.
	double := webtest.NewUser(t, w.db, "Double", map[int64]identity.PostRole{w.Office: identity.Contributor, w.OtherOffice: identity.Head})
	twice := whole(url.Values{"email": {double.Email}, "message_id": {"second@mail.example.org"}})
	p := desk.Post("/en/desk/requests/new", twice).Want(http.StatusUnprocessableEntity)
	if !p.Contains("They write for several offices.") || !slices.Contains(p.Texts("#office option"), "City of Cali") {
		t.Errorf("two offices: %s", p.Text("main"))
	}
	// Somebody who writes for no office: they are asked for by name, follow it by a link, and only the kinds that need no office of
	// the United Nations are theirs.
	stranger := whole(url.Values{"email": {"stranger@example.org"}, "message_id": {"third@mail.example.org"}, "name": {"Sami Stranger"}, "lang": {"ar"}})
	if p := desk.Post("/en/desk/requests/new", whole(url.Values{"kind": {"support"}, "email": {"stranger@example.org"}, "name": {"Sami"}, "lang": {"ar"}})).Want(http.StatusUnprocessableEntity); !p.Contains("Only offices of the United Nations can ask for this") {
		t.Errorf("support for no office: %s", p.Text("main"))
	}
	desk.Post("/en/desk/requests/new", stranger).Want(http.StatusSeeOther)
	desk.Post("/en/desk/requests/new", stranger).Want(http.StatusConflict)
	free, err := database.Value[string](t.Context(), w.db.Read(), `SELECT concat_ws(' ', s.office_id IS NULL, s.lang, s.country = '', u.name, o.secret, o.html LIKE '%/ar/t/%', (SELECT string_agg(a.side, ',') FROM submission_access a WHERE a.submission_id = s.id AND a.user_id = u.id))
		FROM users u JOIN submissions s ON s.author_id = u.id JOIN outbox o ON o.to_user = u.id WHERE u.email = 'stranger@example.org'`)
	if err != nil || free != "t ar t Sami Stranger t t owner" {
		t.Errorf("for no office it is %q, %v", free, err)
	}
	for _, person := range []webtest.Person{w.Member, w.OtherOfficer, w.Administrator} {
		person.In(t).Get("/en/desk/requests/new").Want(http.StatusNotFound)
		person.In(t).Post("/en/desk/requests/new", whole(nil)).Want(http.StatusNotFound)
	}
}
