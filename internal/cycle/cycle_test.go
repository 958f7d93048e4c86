package cycle_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/cycle"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/webtest"
	"portal/web"
)

var now = time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)

// The network desk keeps the cycle; what has a day is shown, what has only years says so, and what is cancelled says why.
func TestReviewCycle(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	v, err := gcm.Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	service := cycle.NewService(db, func() *gcm.Vocabulary { return v }, func() time.Time { return now })
	router, err := web.New(web.Options{DB: db, Log: slog.New(slog.DiscardHandler), NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	cycle.Routes(router, service)
	cast := webtest.NewCast(t, db, router)
	staff := func(name string, desk identity.Desk) webtest.Person {
		return webtest.SignedIn(t, cast.Visitor.Client, router, "officer of the "+name+" desk", webtest.NewUser(t, db, name, nil, identity.StaffRole{Role: identity.Officer, Desk: desk}))
	}
	desk, other := staff("network", identity.NetworkDesk), staff("fund", identity.FundDesk)

	// What is seeded: the forum of 2026 with its days, that of 2022 and the regional reviews with their years.
	if p := cast.Visitor.In(t).Get("/en/calendar/reviews/2").Want(http.StatusOK); !p.Contains("International Migration Review Forum 2026") || !p.Contains("5 May 2026 – 8 May 2026") || !p.Has(`a[href="/en/calendar?view=month&on=2026-05-05"]`) {
		t.Error(p.Text("main"))
	}
	if p := cast.Visitor.In(t).Get("/ar/calendar/reviews/1").Want(http.StatusOK); !p.Contains("منتدى استعراض الهجرة الدولية 2022") || !p.Contains("السنة وحدها مسجلة هنا.") {
		t.Error(p.Text("main"))
	}
	cast.Visitor.In(t).Get("/en/calendar/reviews/999999").Want(http.StatusNotFound)

	const path = "/en" + cycle.DeskPath
	other.In(t).Get(path).Want(http.StatusNotFound)
	other.In(t).Get(path + ".csv").Want(http.StatusNotFound)
	other.In(t).Get(path + "/2").Want(http.StatusNotFound)
	if p := desk.In(t).Get(path).Want(http.StatusOK); !p.Contains("12 entries") || !p.Contains("Regional review: Africa, 2024 – 2025") {
		t.Error(p.Text("main"))
	}
	if p := desk.In(t).Get(path + "?kind=forum"); p.Count("table tbody tr") != 2 {
		t.Error("the kind does not narrow the list")
	}
	fill := func(f *webtest.Form, values map[string]string) *webtest.Page {
		for name, value := range values {
			f.Forge(name, value)
		}
		return f.Submit()
	}
	form := func() *webtest.Form { return desk.In(t).Get(path).Want(http.StatusOK).Form("form.formpage") }
	day := func(name, d, m, y string, more map[string]string) map[string]string {
		all := map[string]string{name + ".day": d, name + ".month": m, name + ".year": y}
		for k, v := range more {
			all[k] = v
		}
		return all
	}
	report := map[string]string{"kind": "report"}
	for name, c := range map[string]struct {
		typed map[string]string
		wrong string // fields
	}{
		"nothing":                 {nil, "kind"},
		"neither day nor year":    {report, "since"},
		"no region":               {map[string]string{"kind": "regional", "since": "2028"}, "region"},
		"all regions":             {map[string]string{"kind": "regional", "region": "global", "since": "2028"}, "region"},
		"before the Compact":      {day("first", "1", "1", "2017", report), "first.year"},
		"a day that there is not": {day("first", "30", "2", "2027", report), "first.day"},
		"half a day":              {day("first", "", "2", "2027", report), "first.day"},
		"an end alone":            {day("last", "1", "2", "2027", report), "first.day"},
		"an end before the start": {day("last", "1", "2", "2027", day("first", "2", "2", "2027", report)), "last.day"},
		"longer than a year":      {day("last", "3", "2", "2028", day("first", "1", "2", "2027", report)), "last.day"},
		"years backwards":         {map[string]string{"kind": "report", "since": "2028", "until": "2027"}, "until"},
		"a script for a link":     {map[string]string{"kind": "report", "since": "2028", "url": "javascript:alert(1)"}, "url"},
		"too much":                {map[string]string{"kind": "report", "since": "2028", "place": strings.Repeat("é", 151), "name_en": strings.Repeat("x", 9999)}, "name_en place"},
		"what is there already":   {map[string]string{"kind": "forum", "since": "2026"}, "kind"},
	} {
		p := fill(form(), c.typed).Want(http.StatusUnprocessableEntity)
		for _, field := range strings.Fields(c.wrong) {
			if !p.Has(`.errors a[href^="#`+field+`"]`) || p.Count(".errors a") != len(strings.Fields(c.wrong)) {
				t.Errorf("%s: %q and nothing else of %s is to be said", name, p.Texts(".errors a"), field)
			}
		}
	}
	added := fill(form(), day("first", "٣١", "12", "2027", day("last", "2", "1", "2028", map[string]string{"kind": "dialogue", "region": "africa", "name_en": "Dialogue on <work>", "place": "Rabat"})))
	at := added.Want(http.StatusSeeOther).Header.Get("Location")
	id := at[strings.LastIndex(at, "/")+1:]
	public := "/en/calendar/reviews/" + id
	if p := cast.Visitor.In(t).Get(public).Want(http.StatusOK); !p.Contains("Dialogue on <work>") || !p.Contains("31 December 2027 – 2 January 2028") || p.Contains("Africa") {
		t.Error(p.Text("main"))
	}

	// Two change it: the second is told, and keeps what was typed.
	first, second := desk.In(t).Get(path+"/"+id).Form("form#change"), desk.In(t).Get(path+"/"+id).Form("form#change")
	first.Set("place", "Fez").Submit().Want(http.StatusSeeOther)
	if p := second.Set("place", "Oujda").Submit().Want(http.StatusConflict); !p.Has(`input[name=place][value=Oujda]`) || !p.Contains("Somebody has changed this") {
		t.Error(p.Text("main"))
	}
	cancel := func() *webtest.Form { return desk.In(t).Get(path + "/" + id).Want(http.StatusOK).Form("form#cancel") }
	cancel().Submit().Want(http.StatusUnprocessableEntity)
	stale := cancel().Set("reason", "Later.")
	cancel().Set("reason", "The hall is flooded.").Submit().Want(http.StatusSeeOther)
	stale.Submit().Want(http.StatusConflict)
	if p := cast.Visitor.In(t).Get(public).Want(http.StatusOK); !p.Contains("Cancelled on 24 November 2026") || !p.Contains("The hall is flooded.") || !p.Contains("Fez") {
		t.Error(p.Text("main"))
	}
	if p := desk.In(t).Get(path + "/" + id).Want(http.StatusOK); fmt.Sprint(p.Texts(".timeline strong")) != "[Cancelled Changed Added]" || p.Has("main form") {
		t.Errorf("%q", p.Texts(".timeline strong"))
	}
	if acts, err := database.Values[string](t.Context(), db.Read(), `SELECT act FROM audit_log WHERE subject = 'review_date' AND subject_id = $1 ORDER BY id`, id); err != nil || fmt.Sprint(acts) != "[review_date.add review_date.change review_date.cancel]" {
		t.Errorf("%v: %v", acts, err)
	}
	if file := string(desk.In(t).Get(path + ".csv?kind=dialogue").Want(http.StatusOK).Body); strings.Count(file, "\n") < 2 || !strings.Contains(file, "Fez") {
		t.Error(file)
	}
}
