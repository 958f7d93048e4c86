package pledge_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/pledge"
	"portal/internal/webtest"
)

// claim is a number on a page and the address of the list that it is said to count.
type claim struct {
	where, href string
	n           int
	// percent says that the number is a share, and n the number of it.
	percent string
}

var figures = regexp.MustCompile(`[0-9][0-9,]*`)

// only is the last number in a text.
func only(t testing.TB, text string) int {
	t.Helper()
	all := figures.FindAllString(text, -1)
	if len(all) == 0 {
		t.Fatalf("%q has no number", text)
	}
	n, err := strconv.Atoi(strings.ReplaceAll(all[len(all)-1], ",", ""))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// claims are all numbers of a page that lead to a list.
func claims(t testing.TB, page *webtest.Page) []claim {
	t.Helper()
	var all []claim
	add := func(where string, e webtest.Element, text string) {
		if href := e.Attr("href"); strings.HasPrefix(href, "/en/pledges?") || href == "/en/pledges" {
			all = append(all, claim{where: where, href: href, n: only(t, text)})
		}
	}
	for _, row := range page.All(".bars tbody tr") {
		add("a bar", row.All("th a")[0], row.All("td.num")[0].Text())
	}
	for _, row := range page.All(".table tbody tr") {
		if cells := row.All("td.num"); len(cells) == 2 {
			add("a table", row.All("th a")[0], cells[0].Text())
		}
	}
	for _, part := range page.All(".keyed dd a") {
		add("the bar of statuses", part, part.Text())
	}
	for _, thread := range page.All(".loom li a") {
		add("a thread", thread, thread.All("small")[0].Text())
	}
	for _, item := range page.All(".states li") {
		add("the list of States", item.All("a")[0], item.All("span")[0].Text())
	}
	for _, dot := range page.All(".map--dots a, .map--zoom a") {
		add("a dot", dot, dot.Attr("aria-label"))
	}
	for _, counter := range page.All(".kpis > div") {
		for _, link := range counter.All("dd a") {
			words := counter.All("dt")[0].Text()
			if value := link.Text(); strings.HasSuffix(value, "%") {
				all = append(all, claim{"a counter", link.Attr("href"), only(t, words), value})
			} else {
				add("a counter", link, value)
			}
		}
	}
	for _, link := range page.All(".pagehead .actions a") {
		if strings.Contains(link.Text(), "as a list") {
			add("the head", link, link.Text())
		}
	}
	return all
}

// Every number on the dashboard, on the page of a view and on a light page is how many pledges the list behind it has,
// whatever the filter.
func TestEveryNumberIsThatOfItsList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := rand.New(rand.NewPCG(12, 1))
	w.board(t, r, 30)
	totals := map[string]int{}
	total := func(href string) int {
		n, known := totals[href]
		if !known {
			u, err := url.Parse(href)
			if err != nil {
				t.Fatal(err)
			}
			n = w.list(t, u.RawQuery).Total
			totals[href] = n
		}
		return n
	}
	seen := map[string]int{}
	for i := range 12 {
		q := randomFilter(r)
		if i == 0 {
			q = url.Values{}
		}
		paths := []string{pledge.BoardPath, pledge.BoardPath + "/" + pledge.Views[r.IntN(len(pledge.Views))], "/embed/pledges/counter", "/embed/pledges/" + pledge.Views[r.IntN(len(pledge.Views))]}
		if len(q["country"]) == 1 {
			paths = append(paths, "/embed/pledges/card")
		}
		for _, path := range paths {
			page := w.Visitor.Get("/en" + path + "?" + q.Encode()).Want(http.StatusOK)
			if page.Has(".note--warn") {
				t.Errorf("%s?%s does not know all of the filter", path, q.Encode())
			}
			all := w.list(t, q.Encode()).Total
			for _, c := range claims(t, page) {
				seen[c.where]++
				got := total(c.href)
				if c.percent == "" && got != c.n {
					t.Errorf("%s?%s: %s says %d, the list %s has %d", path, q.Encode(), c.where, c.n, c.href, got)
				}
				if c.percent != "" && (got != c.n || c.percent != fmt.Sprintf("%d%%", pledge.Percent(got, all))) {
					t.Errorf("%s?%s: a counter says %s and %d, the list %s has %d of %d", path, q.Encode(), c.percent, c.n, c.href, got, all)
				}
			}
		}
	}
	for _, where := range []string{"a bar", "a table", "the bar of statuses", "a thread", "the list of States", "a dot", "a counter", "the head"} {
		if seen[where] == 0 {
			t.Errorf("no number of %s was looked at", where)
		}
	}
	t.Logf("numbers that were looked at: %v; lists: %d", seen, len(totals))
	// A list itself says the same.
	for href, n := range totals {
		if got := only(t, w.Visitor.Get(href).Want(http.StatusOK).Text("#count")); got != n {
			t.Errorf("%s says %d, not %d", href, got, n)
		}
		if len(totals) > 20 {
			delete(totals, href) // a part of them
		}
	}
}

// The number of countries is how many the page behind it has.
func TestTheNumberOfCountriesIsThatOfThePageBehindIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.board(t, rand.New(rand.NewPCG(13, 1)), 12)
	for _, query := range []string{"", "?objective=6", "?region=africa&year=2026", "?q=fair"} {
		page := w.Visitor.Get("/en/pledges/dashboard" + query).Want(http.StatusOK)
		link := page.All(".kpis dd a")[1]
		if !strings.Contains(link.Attr("href"), "/country") {
			t.Fatalf("%q: the second counter leads to %s", query, link.Attr("href"))
		}
		behind := w.Visitor.Get(link.Attr("href")).Want(http.StatusOK)
		if got, want := behind.Count(".table tbody tr"), only(t, link.Text()); got != want {
			t.Errorf("%q: %d countries are counted, the page behind has %d", query, want, got)
		}
	}
	if page := w.Visitor.Get("/en/pledges/dashboard?country=KE").Want(http.StatusOK); page.Count(".kpis dd a") != 3 {
		t.Errorf("with a country chosen, whose page counts otherwise, %d counters lead somewhere", page.Count(".kpis dd a"))
	}
}

// What an address asks for that there is not is said, and the figures are those of the rest.
func TestTheDashboardSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if page := w.Visitor.Get("/en/pledges/dashboard").Want(http.StatusOK); !page.Contains("The first one could be yours") {
		t.Errorf("without pledges the dashboard says %q", page.Text("main"))
	}
	w.board(t, rand.New(rand.NewPCG(14, 1)), 6)
	for _, c := range []struct{ query, says string }{
		{"objective=24&objective=6", "Objective"}, {"country=ZZ", "Country of implementation"}, {"status=asleep&light=green&reported=2026-Q9&year=1900", "Status, Light"},
		{"objective=1%27+OR+1%3D1--", "Objective"}, {"q=%21%3F", "words"}, {"region=%3Cscript%3Ealert(1)%3C/script%3E", "Region"},
	} {
		for _, path := range []string{"/en/pledges/dashboard", "/en/pledges/dashboard/status"} {
			page := w.Visitor.Get(path + "?" + c.query).Want(http.StatusOK)
			if !page.Has(".note--warn") || !strings.Contains(strings.ToLower(page.Text(".note--warn")), strings.ToLower(c.says)) {
				t.Errorf("%s?%s warns with %q", path, c.query, page.Texts(".note--warn"))
			}
			if strings.Contains(string(page.Body), "<script>alert") {
				t.Errorf("%s?%s runs a script", path, c.query)
			}
			for _, claim := range claims(t, page) {
				u, _ := url.Parse(claim.href)
				if got := w.list(t, u.RawQuery).Total; got != claim.n {
					t.Errorf("%s?%s: %s says %d, the list %s has %d", path, c.query, claim.where, claim.n, claim.href, got)
				}
			}
		}
	}
	if page := w.Visitor.Get("/en/pledges/dashboard?q=xylophone").Want(http.StatusOK); !page.Has(".chips .chip") || !page.Contains("No pledge matches") {
		t.Errorf("without results the dashboard says %q", page.Text("main"))
	}
	for _, path := range []string{"/en/pledges/dashboard/moon", "/en/pledges/dashboard/moon.svg", "/en/pledges/dashboard/q.csv", "/en/embed/pledges/moon", "/en/embed/pledges/card", "/en/embed/pledges/card?country=ZZ"} {
		w.Visitor.Get(path).Want(http.StatusNotFound)
	}
}

// The chart of a view is a picture that needs nothing else: well formed, with a title and a description, few marks, its
// figures printed, no text too small, no script, and mirrored where the language runs from the right.
func TestChartsOfViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.board(t, rand.New(rand.NewPCG(15, 1)), 20)
	for _, lang := range []string{"en", "ar"} {
		for _, view := range pledge.Views {
			page := w.Visitor.Get("/" + lang + pledge.BoardPath + "/" + view + ".svg?nature=policy_oriented").Want(http.StatusOK)
			if got := page.Header.Get("Content-Type"); got != "image/svg+xml" {
				t.Errorf("%s is %s", view, got)
			}
			var texts, rects int
			names := map[string]int{}
			d := xml.NewDecoder(bytes.NewReader(page.Body))
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s in %s: %v", view, lang, err)
				}
				e, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				names[e.Name.Local]++
				for _, a := range e.Attr {
					switch a.Name.Local {
					case "font-size":
						if size, err := strconv.ParseFloat(a.Value, 64); err != nil || size < 13 {
							t.Errorf("%s in %s has a text of %s px", view, lang, a.Value)
						}
						texts++
					case "fill":
						if e.Name.Local == "rect" && a.Value != "#ffffff" && a.Value != "#667888" {
							rects++
						}
					case "direction":
						if want := map[string]string{"en": "ltr", "ar": "rtl"}[lang]; a.Value != want {
							t.Errorf("%s in %s runs %s", view, lang, a.Value)
						}
					case "style", "onload", "href":
						t.Errorf("%s has the attribute %s", view, a.Name.Local)
					}
				}
			}
			if names["title"] != 1 || names["desc"] != 1 || names["script"]+names["style"]+names["image"]+names["use"] != 0 || texts == 0 || rects > 23 {
				t.Errorf("%s in %s: elements %v, %d marks", view, lang, names, rects)
			}
		}
	}
}

// The files of a view have its figures.
func TestFilesOfViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.board(t, rand.New(rand.NewPCG(16, 1)), 15)
	for _, view := range pledge.Views {
		address := "/en" + pledge.BoardPath + "/" + view
		const query = "?category=member_state"
		var object struct {
			View, Day string
			Pledges   int
			Filter    url.Values
			Rows      []struct {
				Value, Name, List string
				Pledges           int
			}
		}
		raw := w.Visitor.Get(address + ".json" + query).Want(http.StatusOK)
		if err := json.Unmarshal(raw.Body, &object); err != nil {
			t.Fatal(err)
		}
		if object.View != view || object.Filter.Get("category") != "member_state" || object.Day == "" {
			t.Errorf("%s as JSON is %+v", view, object)
		}
		content := w.Visitor.Get(address + ".csv" + query).Want(http.StatusOK).Body
		if !bytes.HasPrefix(content, []byte("\ufeff")) {
			t.Errorf("%s as CSV has no mark", view)
		}
		lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(bytes.NewReader(w.Visitor.Get(address + ".xlsx" + query).Want(http.StatusOK).Body))
		if err != nil {
			t.Fatal(err)
		}
		cells, err := book.GetRows(book.GetSheetName(0))
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != len(object.Rows)+1 || len(cells) != len(lines) {
			t.Fatalf("%s has %d rows as JSON, %d as CSV, %d as XLSX", view, len(object.Rows), len(lines)-1, len(cells)-1)
		}
		for i, row := range object.Rows {
			u, err := url.Parse(row.List)
			if err != nil || !strings.HasPrefix(row.List, publicURL+"/en/pledges?") {
				t.Fatalf("a row of %s leads to %q", view, row.List)
			}
			if got := w.list(t, u.RawQuery).Total; got != row.Pledges || lines[i+1][2] != strconv.Itoa(got) || cells[i+1][2] != lines[i+1][2] || lines[i+1][1] != cells[i+1][1] {
				t.Errorf("%s %s: %d in JSON, %q in CSV, %q in XLSX, the list has %d", view, row.Value, row.Pledges, lines[i+1], cells[i+1], got)
			}
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int{{0, 0, 0}, {0, 5, 0}, {5, 5, 100}, {1, 1000, 1}, {999, 1000, 99}, {1, 2, 50}, {1, 3, 33}, {2, 3, 67}, {1, 8, 13}} {
		if got := pledge.Percent(c[0], c[1]); got != c[2] {
			t.Errorf("%d of %d are %d%%, want %d%%", c[0], c[1], got, c[2])
		}
	}
}

// In the map of a region no two dots are nearer to each other than 24 px on a screen of 320 px, and none is cut off.
func TestTheMapsOfRegionsHaveRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, complete())
	maps := w.Visitor.Get("/en/pledges/dashboard").Want(http.StatusOK).All(".map--zoom")
	if len(maps) != 5 {
		t.Fatalf("%d maps", len(maps))
	}
	for _, region := range maps {
		box := numbers(t, strings.Fields(region.Attr("viewBox"))...)
		var dots [][]float64
		for _, a := range region.All("a") {
			pin := a.All(".pin")[0]
			dots = append(dots, numbers(t, pin.Attr("cx"), pin.Attr("cy"), pin.Attr("r")))
		}
		for i, a := range dots {
			if a[0]-a[2] < box[0] || a[0]+a[2] > box[0]+box[2] || a[1]-a[2] < box[1] || a[1]+a[2] > box[1]+box[3] {
				t.Errorf("%s: a dot is cut off", region.Attr("aria-label"))
			}
			for _, b := range dots[:i] {
				if px := math.Hypot(a[0]-b[0], a[1]-b[1]) * 288 / box[2]; px < 23.9 {
					t.Errorf("%s: two dots are %.1f px apart", region.Attr("aria-label"), px)
				}
			}
		}
		if box[3] > 1.5*box[2] {
			t.Errorf("%s is %.0f high and %.0f wide", region.Attr("aria-label"), box[3], box[2])
		}
	}
}

func numbers(t *testing.T, texts ...string) []float64 {
	t.Helper()
	var all []float64
	for _, s := range texts {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	return all
}

// The map has one dot for each State, in the order of the list before it, all alike and far enough apart.
func TestTheMapHasEveryState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.board(t, rand.New(rand.NewPCG(17, 1)), 5)
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		page := w.Visitor.Get("/" + string(lang) + "/pledges/dashboard").Want(http.StatusOK)
		var names, listed []string
		for i, dot := range page.All(".map--dots a") {
			name, _, _ := strings.Cut(dot.Attr("aria-label"), ":")
			names = append(names, name)
			if words := page.All(".map--dots text")[i]; words.Text() != dot.Attr("aria-label") || words.Attr("aria-hidden") != "true" {
				t.Errorf("the words beside %s are %q", name, words.Text())
			}
			if pin := dot.All(".pin"); len(pin) != 1 || pin[0].Attr("r") != "4" {
				t.Errorf("the dot of %s is of another kind", name)
			}
			if hit := dot.All(".hit"); len(hit) != 1 || hit[0].Attr("r") != "7" {
				t.Errorf("the target of %s is of another size", name)
			}
		}
		for _, item := range page.All(".states a") {
			listed = append(listed, item.Text())
		}
		if len(names) != 195 || !slices.Equal(names, listed) {
			t.Errorf("%s: the map has %d States, the list %d, or another order", lang, len(names), len(listed))
		}
		var want []string
		for _, c := range seeded(t).Countries(lang) {
			want = append(want, c.Name(lang))
		}
		slices.Sort(names)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s: the map names %q", lang, names)
		}
	}
	page := w.Visitor.Get("/en/pledges/dashboard")
	var world, zoomed []string
	for _, dot := range page.All(".map--dots a") {
		world = append(world, dot.Attr("href")+" "+dot.Attr("aria-label"))
	}
	for _, dot := range page.All(".map--zoom a") {
		code, words, _ := strings.Cut(dot.Attr("aria-label"), " ")
		if code != dot.Text() || !strings.HasSuffix(dot.Attr("href"), "country="+code) {
			t.Errorf("the dot of %s says %q", words, dot.Text())
		}
		zoomed = append(zoomed, dot.Attr("href")+" "+words)
	}
	if !slices.Equal(world, zoomed) {
		t.Error("the maps of the regions have other dots than the map of the world")
	}
	if !page.Contains("The names shown and the designations used on this map do not imply official endorsement or acceptance by the United Nations.") {
		t.Error("the map has no disclaimer")
	}
}

// One press shows the map of what is silent, and another all of it again.
func TestTheMapOfALight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _ = w.publish(t, with(form.Answers{"countries": {"KE"}}))
	w.later(3 * 365 * 24 * time.Hour)
	_, _ = w.publish(t, with(form.Answers{"countries": {"KE", "PE"}}))
	for _, path := range []string{"/en/pledges/dashboard", "/en/pledges/dashboard/country"} {
		page := w.Visitor.Get(path).Want(http.StatusOK)
		lights := page.All("a.chip[href$='#where']")
		if len(lights) != 2 || lights[0].Text() != "Fresh" || lights[1].Text() != "Silent" {
			t.Fatalf("%s leads to the maps of %d lights", path, len(lights))
		}
		silent := w.Visitor.Get(strings.TrimSuffix(lights[1].Attr("href"), "#where")).Want(http.StatusOK)
		if !silent.Has(".map--dots a[aria-label='Kenya: 1 pledge']") || !silent.Has(".map--dots a[aria-label='Peru: 0 pledges']") {
			t.Errorf("%s: the map of what is silent is another", path)
		}
		all := silent.All("a.chip[href='" + path + "#where']")
		if len(all) != 1 || all[0].Text() != "All lights" {
			t.Errorf("%s: %d ways back", path, len(all))
		}
	}
}
