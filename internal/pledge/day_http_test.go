package pledge_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/workflow"
)

// dayWorld has a pledge of February and one of May 2026, both of objective 7, and one that was taken down in June.
func dayWorld(t *testing.T) (w *world, first, second, gone string) {
	w = newWorld(t)
	w.at(instant(t, "2026-02-10 12:00:00"))
	_, first = w.publish(t, with(form.Answers{"title": {"First pledge"}, "objectives": {"7"}}))
	w.at(instant(t, "2026-05-10 12:00:00"))
	_, second = w.publish(t, with(form.Answers{"title": {"Second pledge"}, "objectives": {"7"}, "type": {"matching"}, "matches": {first}}))
	id, gone := w.publish(t, with(form.Answers{"title": {"Regretted pledge"}, "objectives": {"7"}}))
	w.at(instant(t, "2026-06-10 12:00:00"))
	w.apply(t, id, w.Officer.User, workflow.Archive, "It named somebody.")
	w.at(instant(t, "2026-11-24 12:00:00"))
	return w, first, second, gone
}

// A list of a day says so, leads back to now, keeps the day in every link and file, and keeps search engines away.
func TestAListOfADay(t *testing.T) {
	t.Parallel()
	w, first, second, gone := dayWorld(t)
	page := w.Visitor.Get("/en/pledges?objective=7&as-of=2026-03-01").Want(http.StatusOK)
	if got := page.Text("#count"); got != "1 pledge" || !page.Contains("As the public saw it on 1 March 2026.") {
		t.Errorf("the count says %q, and the page %q", got, page.Text("main"))
	}
	for _, selector := range []string{
		`meta[name=robots][content=noindex]`, `.note a[href="/en/pledges?objective=7"]`, `.note a[href="/en/pledges/as-of?objective=7"]`,
		`.result a[href="/en/pledges/` + first + `?as-of=2026-03-01"]`, `.filters input[name=as-of][value="2026-03-01"]`, `form[role=search] input[name=as-of]`,
		`a[href="/en/pledges.csv?as-of=2026-03-01&objective=7"]`, `a[href="/en/pledges.xlsx?as-of=2026-03-01&objective=7"]`, `a[href="/en/pledges.json?as-of=2026-03-01&objective=7"]`,
		`.chips a[href="/en/pledges?as-of=2026-03-01"]`,
	} {
		if !page.Has(selector) {
			t.Errorf("the list has no %s", selector)
		}
	}
	if page.Has(`link[type="application/atom+xml"]`) || page.Has(`a[href*=".atom"]`) {
		t.Error("a past day has a feed")
	}
	if page := w.Visitor.Get("/en/pledges?as-of=2026-05-10"); !page.Contains("One pledge that was public on that day has been taken down since.") || page.Contains("Regretted") || page.Text("#count") != "2 pledges" {
		t.Errorf("of a day with one that was taken down: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/ar/pledges?as-of=٢٠٢٦-٠٣-٠١").Want(http.StatusOK); !page.Contains("كما رآه الجمهور في 1 آذار/مارس 2026") {
		t.Errorf("with Arabic digits: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/en/pledges?as-of=2026-11-24").Want(http.StatusOK); !page.Contains("As the public sees it today, 24 November 2026.") || page.Text("#count") != "2 pledges" {
		t.Errorf("of today: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/en/pledges?as-of=2025-01-01").Want(http.StatusOK); !page.Contains("No pledge was public yet on that day") || !page.Contains("10 February 2026") || page.Text("#count") != "0 pledges" {
		t.Errorf("before the first: %s", page.Text("main"))
	}
	csv := w.Visitor.Get("/en/pledges.csv?as-of=2026-03-01").Want(http.StatusOK)
	if body := string(csv.Body); !strings.Contains(body, first) || strings.Contains(body, second) || !strings.Contains(body, "as-of=2026-03-01") || !strings.Contains(csv.Header.Get("Content-Disposition"), "pledges-2026-03-01.csv") {
		t.Errorf("the table: %s", body)
	}
	if body := string(w.Visitor.Get("/en/pledges.json?as-of=2026-05-10").Want(http.StatusOK).Body); strings.Contains(body, gone) || !strings.Contains(body, `"day":"2026-05-10"`) || strings.Count(body, `"id":`) != 2 {
		t.Errorf("the data: %s", body)
	}
}

// The dashboard of a day counts what the list of the day holds, and leads there.
func TestADashboardOfADay(t *testing.T) {
	t.Parallel()
	w, _, _, _ := dayWorld(t)
	for _, path := range []string{"/en/pledges/dashboard", "/en/pledges/dashboard/objective"} {
		page := w.Visitor.Get(path + "?as-of=2026-03-01").Want(http.StatusOK)
		if !page.Contains("As the public saw it on 1 March 2026.") || !page.Has(`meta[name=robots][content=noindex]`) || !page.Has(`a[href="/en/pledges?as-of=2026-03-01&objective=7"]`) {
			t.Errorf("%s does not say so: %.300s", path, page.Text("main"))
		}
		for _, selector := range []string{`.note a[href="` + path + `"]`, `.note a[href="/en/pledges/as-of?of=` + url.QueryEscape(strings.TrimPrefix(path, "/en/pledges/")) + `"]`, `form input[name=as-of][value="2026-03-01"]`} {
			if !page.Has(selector) {
				t.Errorf("%s has no %s", path, selector)
			}
		}
		if page := w.Visitor.Get(path + "?as-of=2020-03-01").Want(http.StatusOK); !page.Contains("No pledge was public yet on that day") {
			t.Errorf("%s before the first: %.300s", path, page.Text("main"))
		}
		if page := w.Visitor.Get(path + "?as-of=2026-05-20").Want(http.StatusOK); !page.Contains("One pledge that was public on that day has been taken down since.") {
			t.Errorf("%s with one that was taken down: %.300s", path, page.Text("main"))
		}
	}
}

// The page of a pledge as of a day.
func TestAPledgeOfADay(t *testing.T) {
	t.Parallel()
	w, first, second, gone := dayWorld(t)
	page := w.Visitor.Get("/en/pledges/" + first + "?as-of=2026-03-01").Want(http.StatusOK)
	if !page.Contains("As the public saw it on 1 March 2026.") || page.Contains(second) {
		t.Errorf("of March: %s", page.Text("main"))
	}
	for _, selector := range []string{`meta[name=robots][content=noindex]`, `.note a[href="/en/pledges/` + first + `"]`, `.note a[href="/en/pledges/as-of?of=` + first + `"]`, `aside a[href="/en/pledges?objective=7&as-of=2026-03-01"]`, `aside a[href^="/en/pledges?principle="][href$="&as-of=2026-03-01"]`} {
		if !page.Has(selector) {
			t.Errorf("the page has no %s", selector)
		}
	}
	if page := w.Visitor.Get("/en/pledges/" + first + "?as-of=2026-05-10"); !page.Has(`aside a[href="/en/pledges/` + second + `?as-of=2026-05-10"]`) {
		t.Error("of May: it does not lead to the one that matches it, as of the same day")
	}
	if page := w.Visitor.Get("/en/pledges/" + second + "?as-of=2026-03-01").Want(http.StatusNotFound); !page.Contains("On 1 March 2026 this pledge was not public yet. It was first published on 10 May 2026.") || page.Contains("Second pledge") {
		t.Errorf("before it was public: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/en/pledges/" + gone + "?as-of=2026-05-20").Want(http.StatusGone); page.Contains("Regretted") {
		t.Error("what was taken down is shown as of a day")
	}
	w.Visitor.Get("/en/pledges/GCM-P-9999?as-of=2026-05-20").Want(http.StatusNotFound)
	if page := w.Visitor.Get("/en/pledges/" + first + "?as-of=2026-11-24").Want(http.StatusOK); !page.Contains("As the public sees it today") {
		t.Errorf("of today: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/en/pledges/" + first).Want(http.StatusOK); page.Contains("As the public") || page.Has(`meta[name=robots]`) {
		t.Error("the page of now is one of a day")
	}
}

// wrongDays are days that cannot be shown, and what is said of them.
var wrongDays = map[string]string{
	"2026-11-25":        "25 November 2026 has not come yet. Enter a day up to today, 24 November 2026.",
	"9999-12-31":        "has not come yet",
	"2026-02-31":        "“2026-02-31” is not a day of the calendar.",
	"30.6.2026":         "is not a day of the calendar",
	"yesterday":         "is not a day of the calendar",
	"2026-6-3":          "is not a day of the calendar",
	"0001-01-01":        "is not a day of the calendar",
	"-2026-06-30":       "is not a day of the calendar",
	"2026-06-30T10:00Z": "is not a day of the calendar",
	"<script>":          "is not a day of the calendar",
}

// What is no day that can be shown has a message of its own on every page, and never a number. The form knows of which
// page it was, and keeps the filter.
func TestNoSuchDay(t *testing.T) {
	t.Parallel()
	w, first, _, _ := dayWorld(t)
	pages := map[string]string{"": "", "/needs": "needs", "/dashboard": "dashboard", "/" + first: first}
	for _, view := range pledge.Views {
		pages["/dashboard/"+view] = "dashboard/" + view
	}
	for day, want := range wrongDays {
		for path, of := range pages {
			address := "/en/pledges" + path + "?objective=7&as-of=" + url.QueryEscape(day)
			page := w.Visitor.Get(address).Want(http.StatusUnprocessableEntity)
			if !page.Contains(want) || page.Has("#count") || !page.Has("#errors a") || !strings.HasPrefix(page.Text("title"), "Error:") {
				t.Errorf("%s does not say so: %.300s", address, page.Text("main"))
			}
			if of != "" && !page.Has(`input[name=of][value="`+of+`"]`) || path != "/"+first && !page.Has(`input[name=objective][value="7"]`) {
				t.Errorf("the form has forgotten what it is for: %s", address)
			}
		}
	}
	w.Visitor.Get("/en/pledges/dashboard/nonsense?as-of=nonsense").Want(http.StatusNotFound)
}

// A file that cannot be of the day is a line of text that says so, and where to choose another one.
func TestNoSuchDayOfAFile(t *testing.T) {
	t.Parallel()
	w, _, _, _ := dayWorld(t)
	files := map[string]string{
		"/pledges.csv": "", "/pledges.xlsx": "", "/pledges.json": "", "/pledges/updates.csv": "", "/pledges/updates.xlsx": "", "/pledges/updates.json": "",
	}
	for _, ext := range []string{"csv", "xlsx", "json", "svg"} {
		files["/pledges/dashboard/status."+ext] = "dashboard%2Fstatus"
	}
	for day, want := range wrongDays {
		for path, of := range files {
			address := path + "?objective=7&as-of=" + url.QueryEscape(day)
			file := w.Visitor.Get("/en" + address).Want(http.StatusUnprocessableEntity)
			body, choose := string(file.Body), "/en/pledges/as-of?objective=7"
			if of != "" {
				choose = "/en/pledges/as-of?objective=7&of=" + of
			}
			if got := file.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" || file.Header.Get("Content-Disposition") != "" {
				t.Errorf("%s is of the type %s", address, got)
			}
			if !strings.Contains(body, want) || !strings.Contains(body, choose+"\n") || strings.Contains(body, "<html") {
				t.Errorf("%s: %s", address, body)
			}
		}
	}
	if body := string(w.Visitor.Get("/ar/pledges/dashboard/status.csv?as-of=2027-01-01").Want(http.StatusUnprocessableEntity).Body); !strings.Contains(body, "لم يأتِ يوم") {
		t.Errorf("in Arabic: %s", body)
	}
	for _, ext := range []string{"csv", "xlsx", "json", "svg"} {
		w.Visitor.Get("/en/pledges/dashboard/nonsense." + ext + "?as-of=nonsense").Want(http.StatusNotFound)
	}
}

// A light page that cannot be of the day stays light, can be shown in a frame, and leads to the form.
func TestNoSuchDayOfALightPage(t *testing.T) {
	t.Parallel()
	w, _, _, _ := dayWorld(t)
	for day, want := range wrongDays {
		for part, of := range map[string]string{"counter": "dashboard", "card": "dashboard", "status": "dashboard%2Fstatus"} {
			address := "/en/embed/pledges/" + part + "?country=MA&as-of=" + url.QueryEscape(day)
			page := w.Visitor.Get(address).Want(http.StatusUnprocessableEntity)
			if !page.Contains(want) || !page.Has("body.embed") || page.Has("header") || page.Has("form") || page.Has(".figures") || page.Has("table") {
				t.Errorf("%s does not say so: %.300s", address, page.Text("body"))
			}
			if !page.Has(`a[href="/en/pledges/as-of?country=MA&of=` + of + `"]`) {
				t.Errorf("%s does not lead to the form: %s", address, page.Body)
			}
			if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors *") || page.Header.Get("X-Frame-Options") != "" {
				t.Errorf("%s cannot be shown in a frame: %s", address, policy)
			}
		}
	}
	w.Visitor.Get("/en/embed/pledges/nonsense?as-of=nonsense").Want(http.StatusNotFound)
	w.Visitor.Get("/en/embed/pledges/card?as-of=nonsense").Want(http.StatusNotFound)
}

// Before the first pledge there is nothing to count: pages and light pages say since when there is, files have no rows.
func TestADayBeforeTheFirstPledge(t *testing.T) {
	t.Parallel()
	w, _, _, _ := dayWorld(t)
	for _, path := range []string{"/en/pledges?", "/en/pledges/dashboard?", "/en/pledges/dashboard/status?", "/en/embed/pledges/counter?", "/en/embed/pledges/card?country=MA&", "/en/embed/pledges/status?"} {
		page := w.Visitor.Get(path + "as-of=2025-01-01").Want(http.StatusOK)
		if !page.Contains("No pledge was public yet on that day") || !page.Contains("The first one came before the public on 10 February 2026.") || page.Has("main svg[role=img]") {
			t.Errorf("%s: %s", path, page.Text("main"))
		}
	}
	if body := string(w.Visitor.Get("/en/pledges/dashboard/status.json?as-of=2025-01-01").Want(http.StatusOK).Body); !strings.Contains(body, `"pledges":0`) || strings.Contains(body, `"pledges":1`) {
		t.Errorf("the data: %s", body)
	}
}

// The form for a day leads to the page that it is for, or says what is wrong, and keeps all that was typed.
func TestChooseADay(t *testing.T) {
	t.Parallel()
	w, first, _, _ := dayWorld(t)
	for query, want := range map[string]string{
		"as-of.day=1&as-of.month=3&as-of.year=2026":                         "/en/pledges?as-of=2026-03-01",
		"objective=7&sort=title&as-of.day=1&as-of.month=3&as-of.year=2026":  "/en/pledges?as-of=2026-03-01&objective=7&sort=title",
		"of=" + first + "&as-of.day=24&as-of.month=11&as-of.year=2026":      "/en/pledges/" + first + "?as-of=2026-11-24",
		"of=dashboard&as-of.day=1&as-of.month=3&as-of.year=2026":            "/en/pledges/dashboard?as-of=2026-03-01",
		"of=dashboard/status&as-of.day=1&as-of.month=3&as-of.year=2026":     "/en/pledges/dashboard/status?as-of=2026-03-01",
		"of=dashboard/nonsense&as-of.day=1&as-of.month=3&as-of.year=2026":   "/en/pledges?as-of=2026-03-01",
		"of=https://evil.example&as-of.day=1&as-of.month=3&as-of.year=2026": "/en/pledges?as-of=2026-03-01",
		"as-of.day=١&as-of.month=٣&as-of.year=٢٠٢٦":                         "/en/pledges?as-of=2026-03-01",
	} {
		if got := w.Visitor.Get("/en/pledges/as-of?" + query).Want(http.StatusSeeOther).Header.Get("Location"); got != want {
			t.Errorf("%s leads to %s, want %s", query, got, want)
		}
	}
	if page := w.Visitor.Get("/en/pledges/as-of?of=" + first).Want(http.StatusOK); !page.Has(`input[name=of][value="`+first+`"]`) || page.Has("#errors") {
		t.Errorf("the blank form: %s", page.Text("main"))
	}
	for query, want := range map[string]string{
		"as-of.day=&as-of.month=&as-of.year=":            "Enter the day that you want to see.",
		"as-of.day=31&as-of.month=2&as-of.year=2026":     "Enter a day that this month has",
		"as-of.day=1&as-of.month=13&as-of.year=2026":     "Enter a month from 1 to 12.",
		"as-of.day=1&as-of.month=3&as-of.year=26":        "Enter the year with four digits",
		"as-of.day=1&as-of.month=3&as-of.year=":          "Enter the year with four digits",
		"as-of.day=1&as-of.month=1&as-of.year=2027&of=x": "1 January 2027 has not come yet.",
	} {
		page := w.Visitor.Get("/en/pledges/as-of?" + query).Want(http.StatusUnprocessableEntity)
		if !page.Contains(want) || page.Text("#errors") == "" {
			t.Errorf("%s: %s", query, page.Text("main"))
		}
	}
	if page := w.Visitor.Get("/en/pledges/as-of?as-of.day=31&as-of.month=2&as-of.year=2026"); !page.Has(`input[name="as-of.day"][value="31"][aria-invalid]`) || !page.Has(`input[name="as-of.year"][value="2026"]`) {
		t.Error("what was typed is gone")
	}
}
