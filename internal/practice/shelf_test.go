package practice_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/practice"
)

func TestReadAReadingListFromAnAddress(t *testing.T) {
	t.Parallel()
	var many []string
	for n := range practice.MaxShelf + 3 {
		many = append(many, strconv.Itoa(n+1))
	}
	for _, c := range []struct {
		name, query, want string
		repeated, unread  bool
		over              int
	}{
		{"nothing", "", "", false, false, 0},
		{"an empty one", "ids=", "", false, false, 0},
		{"as it is written", "ids=291.12.7", "291.12.7", false, false, 0},
		{"as a form sends it", "ids=7&ids=12", "7.12", false, false, 0},
		{"whole public IDs", "ids=GCM-PR-0291,gcm-pr-12%20GCM%20PR%207", "291.12.7", false, false, 0},
		{"other dashes", "ids=GCM%E2%80%93PR%E2%80%930291", "291", false, false, 0},
		{"Arabic digits", "ids=%D9%A1%D9%A2", "12", false, false, 0},
		{"zeros in front", "ids=0012.12", "12", true, false, 0},
		{"the same twice", "ids=3.3.4", "3.4", true, false, 0},
		{"no number", "ids=3.x.0.-4.99999999999", "3.4", false, true, 0},
		{"hostile", "ids=3%27%20OR%201%3D1--%3Cscript%3E", "", false, true, 0},
		{"too many", "ids=" + strings.Join(many, "."), strings.Join(many[:practice.MaxShelf], "."), false, false, 3},
		{"endless", "ids=1." + strings.Repeat("x", 1_000_000), "1", false, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			s := practice.ReadShelf(q)
			if s.String() != c.want || s.Repeated != c.repeated || s.Unread != c.unread || s.Over != c.over {
				t.Errorf("got %q, repeated %t, unread %t, over %d", s, s.Repeated, s.Unread, s.Over)
			}
		})
	}
}

func FuzzReadShelf(f *testing.F) {
	for _, s := range []string{"", "291.12.7", "GCM-PR-0291,12", "0.00.-1", "١٢", "\x00\xff", strings.Repeat("1.", 3000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		s := practice.ReadShelf(url.Values{"ids": {typed}})
		if len(s.IDs) > practice.MaxShelf {
			t.Errorf("%d practices", len(s.IDs))
		}
		for i, id := range s.IDs {
			if own, ok := practice.WholeID(id); !ok || own != id || slices.Contains(s.IDs[:i], id) {
				t.Errorf("practice %q", id)
			}
		}
		if again := practice.ReadShelf(url.Values{"ids": {s.String()}}); !slices.Equal(again.IDs, s.IDs) || again.Unread || again.Repeated || again.Over > 0 {
			t.Errorf("%q is read as %v and then as %v", typed, s, again)
		}
	})
}

func TestChangeAReadingList(t *testing.T) {
	t.Parallel()
	s := practice.ReadShelf(url.Values{"ids": {"1.2.3"}})
	for _, c := range []struct{ got, want string }{
		{s.With("GCM-PR-0004").String(), "1.2.3.4"},
		{s.With("GCM-PR-0002").String(), "1.2.3"},
		{s.Without("GCM-PR-0002").String(), "1.3"},
		{s.Without("GCM-PR-0009").String(), "1.2.3"},
		{s.Moved(0, 1).String(), "2.1.3"},
		{s.Moved(2, -1).String(), "1.3.2"},
		{s.Moved(0, -1).String(), "1.2.3"},
		{s.Moved(2, 1).String(), "1.2.3"},
		{s.String(), "1.2.3"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// several publishes practices of other titles and languages, and takes the last one down.
func (w *world) several(t testing.TB) (ids []string) {
	t.Helper()
	for i, lang := range []string{"en", "ar", "fr", "en", "en"} {
		a := complete()
		a["language"], a["title"] = []string{lang}, []string{"Practice number " + strconv.Itoa(i+1) + " of all"}
		if i == 1 {
			a["costs"] = []string{"Two posts and a car."}
			a["countries"] = []string{"KE"}
		}
		_, id := w.publish(t, a)
		ids = append(ids, id)
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE practices SET until = now() WHERE public_id = $1`, ids[4]); err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestAReadingListLivesInTheAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	visitor := w.Visitor

	list := visitor.Get("/en/practices?objective=21&sort=title").Want(http.StatusOK)
	on := list.All("#GCM-PR-0003 a[rel=nofollow]")
	if len(on) != 1 || on[0].Attr("href") != "/en/practices?ids=3&objective=21&sort=title#GCM-PR-0003" {
		t.Fatalf("the way onto the reading list is %v", on)
	}
	with := visitor.Get("/en/practices?ids=3.1&objective=21&sort=title").Want(http.StatusOK)
	for selector, want := range map[string]string{
		"#GCM-PR-0003 a[rel=nofollow]": "/en/practices?ids=1&objective=21&sort=title#GCM-PR-0003",
		"#GCM-PR-0002 a[rel=nofollow]": "/en/practices?ids=3.1.2&objective=21&sort=title#GCM-PR-0002",
		"#GCM-PR-0003 h3 a":            "/en/practices/GCM-PR-0003?ids=3.1",
	} {
		if got := with.One(selector).Attr("href"); got != want {
			t.Errorf("%s leads to %s, want %s", selector, got, want)
		}
	}
	if !with.Contains("Open your reading list (2 practices)") || !with.Has(`meta[name=robots]`) {
		t.Error("the list does not lead to the reading list, or is offered to search engines")
	}
	page := visitor.Get("/en/practices/GCM-PR-0002?ids=3.1").Want(http.StatusOK)
	if !page.Has(`a[href="/en/practices/GCM-PR-0002?ids=3.1.2"]`) || !page.Has(`a[href="/en/practices/list?ids=3.1"]`) {
		t.Error("the practice has no way onto the reading list")
	}

	shelf := visitor.Get("/en/practices/list?ids=3.1.2").Want(http.StatusOK)
	if got := shelf.Texts("ol.list-plain h3"); !slices.Equal(got, []string{"Practice number 3 of all", "Practice number 1 of all", "Practice number 2 of all"}) {
		t.Errorf("the list shows %q", got)
	}
	for _, href := range []string{"/en/practices/list?ids=1.3.2#GCM-PR-0003", "/en/practices/list?ids=1.2", "/en/practices/list?ids=3.2.1#GCM-PR-0002", "/en/practices?ids=3.1.2"} {
		if !shelf.Has(`a[href="` + href + `"]`) {
			t.Errorf("there is no link to %s", href)
		}
	}
	if !shelf.Contains(publicURL + "/en/practices/list?ids=3.1.2") {
		t.Error("the address to share is not shown")
	}
	if cookies := shelf.Header.Values("Set-Cookie"); len(cookies) > 0 {
		t.Errorf("the page sets %q", cookies)
	}
	if title := shelf.One("#GCM-PR-0002 h3 a"); title.Attr("lang") != "ar" || title.Attr("dir") != "auto" {
		t.Error("the Arabic title is not marked as Arabic")
	}
}

func TestAReadingListTellsWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	many := "1"
	for n := range practice.MaxShelf + 1 {
		many += "." + strconv.Itoa(100+n)
	}
	for _, c := range []struct {
		name, query string
		shown       int
		says        []string
	}{
		{"nothing", "", 0, []string{"Your reading list is empty"}},
		{"taken down", "ids=1.5", 1, []string{"GCM-PR-0005 is no longer in the repository"}},
		{"never there", "ids=1.900", 1, []string{"There is no practice GCM-PR-0900"}},
		{"only what is taken down", "ids=5", 0, []string{"GCM-PR-0005 is no longer", "Your reading list is empty"}},
		{"no number", "ids=1.abc", 1, []string{"no number of a practice"}},
		{"twice", "ids=1.1", 1, []string{"more than once"}},
		{"too many", "ids=" + many, 1, []string{"A reading list holds 50 practices"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			page := w.Visitor.In(t).Get("/en/practices/list?" + c.query).Want(http.StatusOK)
			if n := page.Count("ol.list-plain li"); n != c.shown {
				t.Errorf("%d practices, want %d", n, c.shown)
			}
			for _, words := range c.says {
				if !page.Contains(words) {
					t.Errorf("the page does not say %q", words)
				}
			}
			if page.Contains("Practice number 5") {
				t.Error("what was taken down is shown")
			}
		})
	}
	if to := w.Visitor.Get("/en/practices/list?ids=2&ids=1").Want(http.StatusMovedPermanently).Location(); to != "/en/practices/list?ids=2.1" {
		t.Errorf("what a form sends leads to %s", to)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	page := w.Visitor.Get("/en/practices/compare?ids=1.2.3").Want(http.StatusOK)
	if n := page.Count(".compare thead th"); n != 4 {
		t.Errorf("%d columns", n)
	}
	rows := page.Texts(".compare tbody th")
	for _, want := range []string{"In short", "Primary objective", "Type", "Licence", "Costs"} {
		if !slices.ContainsFunc(rows, func(r string) bool { return strings.Contains(r, want) }) {
			t.Errorf("there is no row %q among %q", want, rows)
		}
	}
	if two := w.Visitor.Get("/en/practices/compare?ids=1.3").Want(http.StatusOK); slices.ContainsFunc(two.Texts(".compare tbody th"), func(r string) bool { return strings.Contains(r, "Costs") }) {
		t.Error("a question that nobody answers is shown")
	}
	if strings.Contains(string(page.Body), "contact.marker@example.org") {
		t.Error("the focal point is shown")
	}
	for i, lang := range []string{"en", "ar", "fr"} {
		if got := page.All(".compare thead a")[i]; got.Attr("lang") != lang || got.Attr("dir") != "auto" {
			t.Errorf("column %d is in %q", i, got.Attr("lang"))
		}
	}
	for _, c := range []struct {
		name, ids string
		status    int
		says      string
	}{
		{"none", "", 422, "nothing to compare yet"},
		{"one", "1", 422, "only one practice"},
		{"the same twice", "1.1", 422, "more than once"},
		{"four", "1.2.3.4", 422, "4 practices are too many"},
		{"one that is not there", "1.900", 422, "no practice GCM-PR-0900"},
		{"one that was taken down", "1.5", 422, "GCM-PR-0005 is no longer"},
		{"two, and one that was taken down", "1.5.2", 200, "GCM-PR-0005 is no longer"},
		{"two, and one of them twice", "1.2.1", 200, "more than once"},
	} {
		if page := w.Visitor.Get("/en/practices/compare?ids=" + c.ids).Want(c.status); !page.Contains(c.says) {
			t.Errorf("%s: the page does not say %q", c.name, c.says)
		}
	}
	if four := w.Visitor.Get("/ar/practices/compare?ids=1.2.3.4").Want(422); four.Count("input[name=ids]") != 4 {
		t.Error("one cannot choose among the four")
	}
}

func TestTheMapOfPractices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.several(t)
	page := w.Visitor.Get("/en/practices?view=map&objective=21&ids=1").Want(http.StatusOK)
	names := map[string]string{}
	for _, dot := range page.All(".map--dots a") {
		names[dot.Attr("aria-label")] = dot.Attr("href")
	}
	if len(names) != 2 || page.Count(".idle") != 1 {
		t.Errorf("%d States", len(names))
	}
	for name, want := range map[string]string{"Ghana: 3 practices": "GH", "Kenya: 1 practice": "KE"} {
		if got := names[name]; got != "/en/practices?country="+want+"&ids=1&objective=21" {
			t.Errorf("%s leads to %q", name, got)
		}
	}
	listed := map[string]string{}
	for _, item := range page.All(".states li") {
		listed[item.All("a")[0].Text()] = item.All("span")[0].Text()
	}
	if len(listed) != 2 || listed["Ghana"] != "3" {
		t.Errorf("the list has %d States, and %s practices in Ghana", len(listed), listed["Ghana"])
	}
	tabs := page.All(".tabs a")
	if len(tabs) != 2 || tabs[0].Attr("href") != "/en/practices?ids=1&objective=21" || tabs[1].Attr("aria-current") != "page" {
		t.Errorf("the ways between list and map are %v", tabs)
	}
	if !page.Contains("do not imply official endorsement") {
		t.Error("the map has no disclaimer")
	}
	if none := w.Visitor.Get("/en/practices?view=map&country=JP").Want(http.StatusOK); none.Has(".map--dots") || !none.Contains("No practice matches") {
		t.Error("a map of nothing is shown")
	}
}

// The page stays light also where every State has practices, in each language.
func TestTheMapIsLight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := complete()
	a["scope"] = []string{"regional"}
	a["countries"] = nil
	for _, c := range seeded(t).States {
		a["countries"] = append(a["countries"], c.ISO2)
	}
	w.publish(t, a)
	for _, lang := range []string{"en", "ar"} {
		page := w.Visitor.Get("/" + lang + "/practices?view=map").Want(http.StatusOK)
		if n := page.Count(".map--dots a"); n != 195 {
			t.Errorf("%s: %d States lead to their practices", lang, n)
		}
		var packed bytes.Buffer
		z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		_, _ = z.Write(page.Body)
		if _ = z.Close(); packed.Len() > 14<<10 {
			t.Errorf("%s: the map is %d bytes", lang, packed.Len())
		}
	}
}
