package participation_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/participation"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web"
)

var now = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

func TestWhoTookPart(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	v, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	service := participation.NewService(db, func() *gcm.Vocabulary { return v }, func() time.Time { return now })
	router, err := web.New(web.Options{DB: db, Log: slog.New(slog.DiscardHandler), NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	participation.Routes(router, service)
	cast := webtest.NewCast(t, db, router)
	desk := webtest.SignedIn(t, cast.Visitor.Client, router, "officer of the network desk", webtest.NewUser(t, db, "Network", nil, identity.StaffRole{Role: identity.Officer, Desk: identity.NetworkDesk}))

	const path = "/en" + participation.Path
	form := func() *webtest.Form { return desk.In(t).Get(path).Want(http.StatusOK).Form("form.formpage") }
	fill := func(f *webtest.Form, values map[string]string) *webtest.Page {
		for name, value := range values {
			f.Forge(name, value)
		}
		return f.Submit()
	}
	for name, c := range map[string]struct {
		typed map[string]string
		wrong string // fields
	}{
		"nothing":                    {map[string]string{}, "review country since"},
		"a region that there is not": {map[string]string{"review": "regional", "region": "global", "country": "KE", "since": "2020"}, "region"},
		"before the Compact":         {map[string]string{"review": "forum", "country": "KE", "since": "2017"}, "since"},
		"in years to come":           {map[string]string{"review": "forum", "country": "KE", "since": "2027"}, "since"},
		"an end before the start":    {map[string]string{"review": "forum", "country": "KE", "since": "2022", "until": "2021"}, "until"},
		"too long":                   {map[string]string{"review": "forum", "country": "KE", "since": "2022", "until": "2024"}, "until"},
		"no State":                   {map[string]string{"review": "forum", "country": "XX", "since": "2022"}, "country"},
		"a script for a document":    {map[string]string{"review": "forum", "country": "KE", "since": "2022", "url": "javascript:alert(1)"}, "url"},
		"of everything too much":     {map[string]string{"review": strings.Repeat("x", 9999), "country": "<script>", "since": strings.Repeat("9", 99), "url": "https://e.example/" + strings.Repeat("x", 9999)}, "review country since url"},
	} {
		p := fill(form(), c.typed).Want(http.StatusUnprocessableEntity)
		for _, field := range strings.Fields(c.wrong) {
			if !p.Has(`.errors a[href="#`+field+`"]`) && !p.Has(`.errors a[href^="#`+field+`"]`) {
				t.Errorf("%s: nothing is said of %s: %q", name, field, p.Texts(".errors a"))
			}
		}
		if got := len(p.Texts(".errors a")); got != len(strings.Fields(c.wrong)) {
			t.Errorf("%s: %q", name, p.Texts(".errors a"))
		}
	}
	africa := map[string]string{"review": "regional", "region": "africa", "country": "KE", "since": "٢٠٢٠", "until": "2021", "url": "https://reviews.example/kenya"}
	next := fill(form(), africa).Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	if !next.Contains("Regional review: Africa, 2020–2021") || !next.Has(`select[name=region] option[value=africa][selected]`) {
		t.Error("the list does not have it, or does not ask for the next State of the review")
	}
	if p := fill(form(), africa).Want(http.StatusUnprocessableEntity); !p.Contains("recorded already") {
		t.Error("the same is recorded twice")
	}
	fill(form(), map[string]string{"review": "forum", "region": "africa", "country": "UG", "since": "2022"}).Want(http.StatusSeeOther)

	for query, want := range map[string]int{"": 2, "?q=%D9%83%D9%8A%D9%86%D9%8A%D8%A7": 1, "?q=zzz": 0, "?review=forum": 1, "?region=africa": 1, "?review=%3Cscript%3E": 0} {
		if got := desk.In(t).Get(path + query).Want(http.StatusOK).Count("tbody tr"); got != want {
			t.Errorf("%q shows %d, want %d", query, got, want)
		}
	}
	if csv := string(desk.In(t).Get(path + ".csv?q=kenya").Want(http.StatusOK).Body); !strings.Contains(csv, "reviews.example/kenya") || strings.Contains(csv, "Uganda") {
		t.Errorf("the file holds %s", csv)
	}

	href := func(code string) string { return "/en/countries/" + code }
	says := func(country, region string, l i18n.Lang) string {
		t.Helper()
		ctx := i18n.WithLang(t.Context(), l)
		body, _, err := service.Gather(ctx, country, region, href)
		if err != nil {
			t.Fatal(err)
		}
		if body == nil {
			return ""
		}
		var b strings.Builder
		if err := body.Render(ctx, &b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	if got := says("KE", "", i18n.Arabic); !strings.Contains(got, "من 2020 إلى 2021") || !strings.Contains(got, `href="https://reviews.example/kenya"`) {
		t.Errorf("Kenya: %s", got)
	}
	if got := says("", "africa", i18n.English); !strings.Contains(got, "/en/countries/KE") || strings.Contains(got, "UG") || !strings.Contains(got, "1 State of the region") {
		t.Errorf("Africa: %s", got)
	}
	if says("RW", "", i18n.English) != "" || says("", "arab_states", i18n.English) != "" || says("", "", i18n.English) != "" {
		t.Error("nothing is said at length")
	}

	// Others than the desk find nothing, and change nothing.
	for _, p := range cast.All() {
		if p.User.ID == desk.User.ID || p.User.OnDesk(identity.NetworkDesk) {
			continue
		}
		if err := service.Add(t.Context(), p.User, url.Values{}); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s adds: %v", p.Kind, err)
		}
		if err := service.Remove(t.Context(), p.User, 1); !errors.Is(err, problem.NotFound) {
			t.Errorf("%s removes: %v", p.Kind, err)
		}
	}
	remove := desk.In(t).Get(path + "?q=kenya").Want(http.StatusOK).Form("td form")
	remove.Submit().Want(http.StatusSeeOther)
	remove.Submit().Want(http.StatusSeeOther) // twice
	if says("KE", "", i18n.English) != "" {
		t.Error("it is not gone")
	}
}
