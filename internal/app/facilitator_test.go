package app

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/request"
	"portal/internal/submission"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// facilitatorWorld is a portal with a lead of the network desk and a few people with accounts.
type facilitatorWorld struct {
	*App
	db          *database.DB
	cast        *webtest.Cast
	lead        webtest.Person
	amina, luca webtest.Person
}

func newFacilitatorWorld(t *testing.T) facilitatorWorld {
	t.Helper()
	w := facilitatorWorld{}
	w.App, w.db = newPortal(t)
	w.cast = webtest.NewCast(t, w.db, w.router)
	sign := func(name string, roles ...identity.StaffRole) webtest.Person {
		return webtest.SignedIn(t, w.cast.Visitor.Client, w.router, name, webtest.NewUser(t, w.db, name, nil, roles...))
	}
	w.lead = sign("Lead of the network", identity.StaffRole{Role: identity.Lead, Desk: identity.NetworkDesk})
	w.amina, w.luca = sign("Amina"), sign("Luca")
	return w
}

// join puts somebody on the roster, as the desk does it in its form, and returns the address of their page there.
func (w facilitatorWorld) join(t *testing.T, p webtest.Person, values map[string][]string) string {
	t.Helper()
	f := w.lead.In(t).Get("/en/desk/facilitators").Want(http.StatusOK).Form(`form[action^="/en/desk/facilitators#"]`)
	f.Forge("email", p.User.Email)
	for name, value := range values {
		f.Forge(name, value...)
	}
	return f.Submit().Want(http.StatusSeeOther).Location()
}

// asked is a request for guidance of the cast's office, handed in.
func (w facilitatorWorld) asked(t *testing.T, title, lang string) workflow.ID {
	t.Helper()
	k, _ := request.KindOf(request.Guidance)
	who := w.cast.Member.User
	id, err := w.areas.requests.Begin(t.Context(), who, k, w.cast.Office)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.areas.submissions.Open(t.Context(), who, id)
	if err != nil {
		t.Fatal(err)
	}
	answers := form.Answers{
		"language": {lang}, "title": {title}, "topics": {"plan"}, "country": {"KE"}, "stage": {"planning"}, "need": {"Help with our plan."},
		"contact_name": {"Hidden Contact"}, "contact_email": {"hidden@office.example"},
	}
	for _, step := range c.Kind.Form.Steps {
		if _, err := w.areas.submissions.SaveStep(t.Context(), who, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, pick(step, answers)); err != nil {
			t.Fatal(err)
		}
	}
	field, _, _ := c.Kind.Form.Field("files")
	if _, err := w.areas.submissions.AddFile(t.Context(), who, id, field, "plan.txt", strings.NewReader("The plan of "+title+".\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.areas.submissions.Submit(t.Context(), who, id, submission.Declaration{Made: true}); err != nil {
		t.Fatal(err)
	}
	return id
}

// has is who facilitates a request; "" is nobody.
func (w facilitatorWorld) has(t *testing.T, id workflow.ID) string {
	t.Helper()
	names, err := database.Values[string](t.Context(), w.db.Read(), `SELECT f.name || ' ' || x.rule FROM facilitations x JOIN facilitators f ON f.id = x.facilitator_id WHERE x.submission_id = $1 AND x.ended_at IS NULL`, id)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, ", ")
}

func (w facilitatorWorld) mails(t *testing.T, kind string, to webtest.Person) int {
	t.Helper()
	n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT count(*)::int FROM outbox WHERE kind = $1 AND to_user = $2`, kind, to.User.ID)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Requests go to facilitators by rule: by language and region, to who is there, outside the wall and has the least at hand.
func TestRequestsGoToFacilitators(t *testing.T) {
	t.Parallel()
	w := newFacilitatorWorld(t)
	amina := w.join(t, w.amina, map[string][]string{"name": {"Amina F."}, "languages": {"en", "fr"}, "regions": {"africa"}})
	w.join(t, w.luca, map[string][]string{"name": {"Luca B."}, "languages": {"en"}, "regions": {"europe_north_america"}})
	w.join(t, w.cast.Head, map[string][]string{"name": {"Head of the office"}, "languages": {"en", "es"}}) // of the office that asks: behind the wall

	if id := w.asked(t, "Before any rule", "en"); w.has(t, id) != "" {
		t.Errorf("without a rule %s has it", w.has(t, id))
	}
	rules := w.lead.In(t).Get("/en/desk/settings/rules").Want(http.StatusOK).Form(`form.panel`)
	rules.Set("kind", request.Guidance)
	rules.Submit().Want(http.StatusUnprocessableEntity) // it names nobody
	rules.Set("facilitated", "yes")
	if p := rules.Press("Try it on the last 20").Want(http.StatusOK); !p.Contains("to a facilitator; the desk keeps it") {
		t.Error("trying the rule does not say what it would do")
	}
	rules.Press("Save the rule").Want(http.StatusSeeOther)

	first := w.asked(t, "By rule", "en")
	if got := w.has(t, first); got != "Amina F. 1" {
		t.Fatalf("%q has the request", got)
	}
	if w.mails(t, "facilitator.assigned", w.amina) != 1 {
		t.Error("she is not told")
	}
	for lang, want := range map[string]string{"fr": "Amina F. 1", "es": "", "ar": ""} { // the head speaks Spanish and has no region, but asks
		if got := w.has(t, w.asked(t, "In "+lang, lang)); got != want {
			t.Errorf("in %s: %q, want %q", lang, got, want)
		}
	}

	// Away, she gets nothing; who is there for every region does, and has less at hand when she is back.
	own := w.amina.In(t).Get("/en/account/facilitation").Want(http.StatusOK)
	today := date.Today(time.Now(), i18n.Geneva)
	away := func(p *webtest.Page, from, until int) *webtest.Page {
		f := p.Form("form#act-away")
		for name, day := range map[string]int{"since": from, "until": until} {
			d := today.AddDays(day)
			f.Set(name+".day", fmt.Sprint(d.Day()))
			f.Set(name+".month", fmt.Sprint(int(d.Month())))
			f.Set(name+".year", fmt.Sprint(d.Year()))
		}
		return f.Submit()
	}
	for name, days := range map[string][2]int{"an end before the start": {5, 3}, "the past": {-9, -3}, "years to come": {1, 900}} {
		if p := away(own, days[0], days[1]).Want(http.StatusUnprocessableEntity); len(p.Texts(".errors a")) != 1 || p.Form("form#act-away").Value("since.day") == "" {
			t.Errorf("%s: %q", name, p.Texts(".errors a"))
		}
	}
	away(own, -2, 4).Want(http.StatusSeeOther)
	away(own, 8, 9).Want(http.StatusConflict) // read before the other
	if got := w.has(t, w.asked(t, "While she is away", "en")); got != "" {
		t.Errorf("away, it goes to %q", got)
	}
	back := w.amina.In(t).Get("/en/account/facilitation").Want(http.StatusOK)
	back.Form(".list form").Press(back.Text(".list button")).Want(http.StatusSeeOther)
	w.join(t, w.cast.OtherMember, map[string][]string{"name": {"Omar O."}, "languages": {"en"}})
	if got := w.has(t, w.asked(t, "Least at hand", "en")); got != "Omar O. 1" {
		t.Errorf("%q has it, who has more at hand", got)
	}

	// Facilitator, office and desk: who reads and writes what.
	page := fmt.Sprintf("/en/account/facilitation/%d", first)
	p := w.amina.In(t).Get(page).Want(http.StatusOK)
	if !p.Contains("Help with our plan.") || p.Contains("hidden@office.example") || p.Contains("Hidden Contact") {
		t.Error("she does not read the request, or reads whom it names in private")
	}
	file := p.One(`a[href*="/files/"]`).Attr("href")
	if got := w.amina.In(t).Get(file).Want(http.StatusOK); string(got.Body) != "The plan of By rule.\n" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("its file is %q, %s", got.Body, got.Header.Get("Content-Disposition"))
	}
	for address, who := range map[string]webtest.Person{file: w.luca, strings.Replace(file, "/files/", "/files/9", 1): w.amina, "/en/account/facilitation/999999" + file[strings.Index(file, "/files/"):]: w.amina} {
		who.In(t).Get(address).Want(http.StatusNotFound)
	}
	if err := w.areas.desk.Note(t.Context(), w.lead.User, first, "Between us"); err != nil {
		t.Fatal(err)
	}
	p.Form("section form").Submit().Want(http.StatusUnprocessableEntity)
	write := p.Form("section form")
	write.Set("note", "I can come in <March>.")
	write.Submit().Want(http.StatusSeeOther)
	write.Submit().Want(http.StatusSeeOther) // twice
	if n := w.mails(t, "facilitator.message", w.cast.Member); n != 1 {
		t.Errorf("the office has %d mails", n)
	}
	owner := w.cast.Member.In(t).Get(fmt.Sprintf("/en/submissions/%d", first)).Want(http.StatusOK)
	if !owner.Contains("I can come in <March>.") || !owner.Contains("Amina F.") || owner.Contains(w.amina.User.Email) || owner.Contains("Between us") {
		t.Error("the office does not read what she wrote, or reads too much")
	}
	if err := w.areas.submissions.Reply(t.Context(), w.cast.Member.User, first, "March is fine."); err != nil {
		t.Fatal(err)
	}
	if p := w.amina.In(t).Get(page); !p.Contains("March is fine.") || p.Contains("Between us") || w.mails(t, "facilitator.reply", w.amina) != 1 {
		t.Error("the answer does not reach her, or more than that does")
	}
	if answered, err := database.Value[bool](t.Context(), w.db.Read(), `SELECT answered_at IS NOT NULL FROM submissions WHERE id = $1`, first); err != nil || !answered {
		t.Errorf("her message is no answer of the Network: %v", err)
	}
	if p := w.lead.In(t).Get(fmt.Sprintf("/en/desk/submissions/%d", first)).Want(http.StatusOK); !p.Contains("Rule 1 of the desk gave it") || !p.Contains("rule 1 gave it to somebody") {
		t.Error("the desk does not read by which rule")
	}
	for _, other := range []webtest.Person{w.luca, w.cast.OtherMember, w.cast.Newcomer, w.lead, w.cast.Officer, w.cast.Head} {
		other.In(t).Get(page).Want(http.StatusNotFound)
		if err := w.areas.facilitators.Message(t.Context(), other.User, first, "Hello"); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s writes: %v", other.Kind, err)
		}
	}

	// The desk chooses another one, and the wall comes down between her and the request.
	choose := w.lead.In(t).Get(fmt.Sprintf("/en/desk/facilitations/%d", first)).Want(http.StatusOK)
	if got := strings.Join(choose.Texts("label"), " "); strings.Contains(got, "Head of the office") || !strings.Contains(got, "Luca B.") {
		t.Errorf("the desk can choose from %s", got)
	}
	f := choose.Form("main form")
	f.Forge("to", "999999")
	f.Submit().Want(http.StatusUnprocessableEntity)
	if err := w.areas.facilitators.Choose(t.Context(), w.cast.Officer.User, first, 0); !errors.Is(err, problem.NotFound) {
		t.Errorf("another desk chooses: %v", err)
	}
	id := strings.TrimPrefix(amina, "/en/desk/facilitators/")
	f = choose.Form("main form")
	f.Forge("to", "0")
	f.Submit().Want(http.StatusSeeOther)
	w.amina.In(t).Get(page).Want(http.StatusNotFound)
	f.Forge("to", id)
	f.Submit().Want(http.StatusSeeOther)
	w.amina.In(t).Get(page).Want(http.StatusOK)
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO declared_interests (user_id, office_id, reason, declared_at) VALUES ($1, $2, 'Has worked there', now())`, w.amina.User.ID, w.cast.Office); err != nil {
		t.Fatal(err)
	}
	w.amina.In(t).Get(page).Want(http.StatusNotFound)
	if p := w.amina.In(t).Get("/en/account/facilitation").Want(http.StatusOK); p.Contains("By rule") {
		t.Error("what is behind the wall is in her list")
	}
}

// Nobody is before the public who does not agree to it themself, and nothing of them but what they allow.
func TestThePublicRoster(t *testing.T) {
	t.Parallel()
	w := newFacilitatorWorld(t)
	for name, c := range map[string]struct {
		values map[string][]string
		wrong  int
	}{
		"nothing":                 {map[string][]string{"email": {""}, "name": {""}}, 3},
		"no account":              {map[string][]string{"email": {"nobody@portal.example"}, "name": {"X"}, "languages": {"en"}}, 1},
		"an address for a name":   {map[string][]string{"email": {w.amina.User.Email}, "name": {"amina@portal.example"}, "languages": {"en"}}, 1},
		"a name without end":      {map[string][]string{"email": {w.amina.User.Email}, "name": {strings.Repeat("x", 500)}, "languages": {"en"}}, 1},
		"a language nobody knows": {map[string][]string{"email": {w.amina.User.Email}, "name": {"X"}, "languages": {"tlh"}}, 1},
	} {
		f := w.lead.In(t).Get("/en/desk/facilitators").Want(http.StatusOK).Form(`form[action^="/en/desk/facilitators#"]`)
		for field, value := range c.values {
			f.Forge(field, value...)
		}
		if p := f.Submit().Want(http.StatusUnprocessableEntity); len(p.Texts(".errors a")) != c.wrong {
			t.Errorf("%s: %q", name, p.Texts(".errors a"))
		}
	}
	page := w.join(t, w.amina, map[string][]string{"name": {"Amina F."}, "languages": {"en", "fr"}, "regions": {"africa"}})
	f := w.lead.In(t).Get("/en/desk/facilitators").Form(`form[action^="/en/desk/facilitators#"]`)
	f.Forge("email", strings.ToUpper(w.amina.User.Email)).Forge("name", "Again").Forge("languages", "en")
	if p := f.Submit().Want(http.StatusUnprocessableEntity); !p.Contains("on the roster already") {
		t.Error("somebody is on the roster twice")
	}
	if p := w.cast.Visitor.Get("/en/facilitators").Want(http.StatusOK); p.Contains("Amina") || p.Contains("Guide") {
		t.Error("she is public before she agrees, or a guide is that there is not")
	}
	version := func() int {
		n, err := database.Value[int](t.Context(), w.db.Read(), `SELECT version FROM facilitators`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := w.areas.facilitators.Publish(t.Context(), w.lead.User, 1, version(), true); !errors.Is(err, problem.NotFound) {
		t.Errorf("the desk agrees for her: %v", err)
	}
	w.amina.In(t).Get("/en/account/facilitation").Want(http.StatusOK).Form("form#act-publish").Submit().Want(http.StatusSeeOther)
	guide := w.lead.In(t).Get("/en/desk/facilitators").Form(`form[action^="/en/desk/facilitators/guide"]`)
	guide.Set("lang", "en").Set("title", "Facilitator’s Guide").Forge("url", "javascript:alert(1)")
	guide.Submit().Want(http.StatusUnprocessableEntity)
	guide.Forge("url", "https://guides.example/facilitators")
	guide.Submit().Want(http.StatusSeeOther)
	public := w.cast.Visitor.Get("/ar/facilitators?region=africa&language=fr").Want(http.StatusOK)
	if !public.Contains("Amina F.") || !public.Has(`a[href="https://guides.example/facilitators"]`) || !public.Has(`a[href="/ar/requests/new"]`) || public.Contains(w.amina.User.Email) {
		t.Error("the public page does not present her, or leads nowhere, or shows her address")
	}
	for _, query := range []string{"?region=latin_america_caribbean", "?language=ru"} {
		if p := w.cast.Visitor.Get("/en/facilitators" + query).Want(http.StatusOK); p.Contains("Amina") {
			t.Errorf("she is in %s", query)
		}
	}
	if csv := string(w.cast.Visitor.Get("/en/facilitators.csv").Want(http.StatusOK).Body); !strings.Contains(csv, "Amina F.") || strings.Contains(csv, "@") {
		t.Errorf("the file holds %s", csv)
	}

	// Her name is hers; the desk takes her off, and she is there no longer.
	traits := w.lead.In(t).Get(page).Want(http.StatusOK).Form("form#act-traits")
	traits.Set("name", "Dr Amina")
	traits.Submit().Want(http.StatusUnprocessableEntity)
	w.lead.In(t).Get(page).Form("form#act-leave").Submit().Want(http.StatusSeeOther)
	if p := w.cast.Visitor.Get("/en/facilitators").Want(http.StatusOK); p.Contains("Amina") {
		t.Error("she has left, and is still presented")
	}
	if p := w.amina.In(t).Get("/en/account/facilitation").Want(http.StatusOK); p.Has("form#act-traits") {
		t.Error("she changes what she has left")
	}
	w.lead.In(t).Get(page).Form("form#act-return").Submit().Want(http.StatusSeeOther)
	if p := w.cast.Visitor.Get("/en/facilitators"); p.Contains("Amina") {
		t.Error("put back, she is public without having agreed again")
	}
	w.luca.In(t).Get("/en/account/facilitation").Want(http.StatusOK)
	if _, _, err := w.areas.facilitators.Roster(t.Context(), w.cast.Officer.User); !errors.Is(err, problem.NotFound) {
		t.Errorf("another desk reads the roster: %v", err)
	}
}
