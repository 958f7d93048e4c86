package pledge_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/workflow"
	"portal/web/ui"
)

// rich are the answers of a pledge that says everything that a pledge can say.
func rich() form.Answers {
	return both(with(form.Answers{
		"on_behalf": {"other"}, "entity": {"Alliance of Ports"}, "capacity": {"Secretariat of the alliance"}, "category": {"other"}, "category_other": {"A league of cities"},
		"type": {"in_partnership"}, "partners.0.name": {"City of Cali"}, "partners.0.country": {"CO"}, "partners.0.email": {"partner.marker@example.org"}, "partners.0.part": {"Opens two desks"},
		"mirror": {"yes"}, "mirror_reference": {"GRF-2023-77"},
		"natures": {"financial_contribution", "other"}, "nature_other": {"A festival"}, "amount": {"1 200 000"}, "currency": {"EUR"}, "recipient": {"The Start-up Fund"},
		"objectives": {"6", "18"}, "related": {"5"}, "title": {"Ports that <welcome> & recruit fairly"},
		"description": {long("**Every port** will open a desk.") + "\n\n- one\n- two\n\n<script>alert(1)</script>"},
		"barriers":    {"Budgets end with the year."}, "support_needed": {"Two lawyers."}, "support_offered": {"Our manual."},
		"versions.0.language": {"ar"}, "versions.0.title": {"موانئ ترحب"}, "versions.0.description": {"سيفتح كل ميناء مكتباً."},
	}), both(day("period_from", "1", "1", "2027"), day("period_until", "31", "12", "2028")))
}

func TestListPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	empty := w.Visitor.Get("/en/pledges").Want(http.StatusOK)
	if got := empty.Text("#count"); got != "0 pledges" || !empty.Contains("The first one could be yours") {
		t.Errorf("an empty list says %q", got)
	}
	w.publish(t, complete())
	_, arabic := w.publish(t, texts6("ar"))
	page := w.Visitor.Get("/en/pledges?objective=6&country=KE&q=fair+recruitment").Want(http.StatusOK)
	if got := page.Text("#count"); !strings.HasSuffix(got, " pledges") {
		t.Errorf("the count says %q", got)
	}
	if got := page.Texts(".chips .chip"); len(got) != 3 {
		t.Errorf("filters in use: %q", got)
	}
	for _, selector := range []string{"form[role=search]", ".filters input[name=objective][value=6]", ".result .strip", "link[type^=application/atom]", ".note a[href^=/en/pledges.csv]", "#sort", "h1", "link[rel=canonical], meta[name=robots]"} {
		if !page.Has(selector) {
			t.Errorf("the list has no %s", selector)
		}
	}
	if !page.Contains("Objective 6") {
		t.Error("the strip has no words")
	}
	title := w.Visitor.Get("/en/pledges").One(".result h3 a[href$=" + arabic + "], .result h3 a[href*=" + arabic + "]")
	if title.Attr("lang") != "ar" || title.Attr("dir") != "auto" {
		t.Errorf("the Arabic title is marked %q %q", title.Attr("lang"), title.Attr("dir"))
	}
	none := w.Visitor.Get("/en/pledges?q=xylophone").Want(http.StatusOK)
	if none.Text("#count") != "0 pledges" || !none.Contains("fewer words") || !none.Has(".empty a[href=/en/pledges]") {
		t.Error("a list without results does not say what to do")
	}
	w.Visitor.Get("/ar/pledges").Want(http.StatusOK)
	if n := len(page.Body); n > 120_000 {
		t.Errorf("the page has %d bytes", n)
	}
}

func TestFilterFormKeepsWhatItShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, complete())
	page := w.Visitor.Get("/en/pledges?q=recruitment&sort=title&objective=6").Want(http.StatusOK)
	form := page.Form(".filters form")
	got := form.Set("region", "africa").Submit().Want(http.StatusOK)
	q := got.URL.Query()
	if q.Get("q") != "recruitment" || q.Get("sort") != "title" || q.Get("objective") != "6" || q.Get("region") != "africa" {
		t.Errorf("the filter form leads to %s", got.URL)
	}
	if got := page.Form("form[role=search]").Set("q", "agency").Submit(); got.URL.Query().Get("objective") != "6" || got.URL.Query().Get("q") != "agency" {
		t.Errorf("the search leads to %s", got.URL)
	}
}

func TestHostileAddressesGetACalmPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, complete())
	for _, query := range []string{
		"objective=24&objective=-1&objective=9999999999999999999999", "country=%3Cscript%3Ealert(1)%3C/script%3E", "q=" + url.QueryEscape("'; DROP TABLE pledges;--"),
		"q=%00%FF", "page=-1", "page=NaN", "page=1e9", "after=%27", "after=GCM-P-0001%00", "sort=;", "year=0&year=2147483648", "region[]=africa", "q=" + strings.Repeat("%D9%80", 500),
		"q=" + url.QueryEscape(`"a & | ! <-> ( :* \`), strings.Repeat("country=KE&", 500), strings.Repeat("objective=1&", 900), "language=../../etc/passwd", "=&&&;;", "%zz=%zz", "q[]=a&q=b&q=c",
	} {
		for _, path := range []string{"/en/pledges", "/ar/pledges", "/en/pledges.csv", "/en/pledges.json", "/en/pledges.atom", "/en/pledges.xlsx"} {
			page := w.Visitor.Get(path + "?" + query)
			if page.Status != http.StatusOK {
				t.Errorf("%s?%.60s: status %d", path, query, page.Status)
			}
			if bytes.Contains(page.Body, []byte("<script>alert")) {
				t.Errorf("%s?%.60s: a script of the address is in the page", path, query)
			}
		}
	}
	for _, path := range []string{"/en/pledges/GCM-P-0099", "/en/pledges/17", "/en/pledges/GCM-P-1.json", "/en/pledges/..%2F..", "/en/pledges/GCM-PR-0001", "/en/pledges/%27",
		"/en/pledges/GCM-P-0001/versions/0", "/en/pledges/GCM-P-0001/versions/2", "/en/pledges/GCM-P-0001/versions/x", "/en/pledges/GCM-P-0001/versions/99999999999999999999",
		"/en/pledges/GCM-P-0001/changes", "/en/pledges/GCM-P-0001/changes?from=x&to=1", "/en/pledges/GCM-P-0001/changes?from=1&to=9"} {
		w.Visitor.Get(path).Want(http.StatusNotFound)
	}
	page := w.Visitor.Get("/en/pledges?objective=99&sort=random").Want(http.StatusOK)
	if note := page.Text(".note--warn"); !strings.Contains(note, "Objective") || !strings.Contains(note, "Order") {
		t.Errorf("the list says of what it left out: %q", note)
	}
}

func TestPledgePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files = func(int) map[string][]ui.FileItem {
		return map[string][]ui.FileItem{"files": {{Name: "plan.pdf", Href: "/files/1", Facts: "PDF, 310 KB"}}}
	}
	_, first := w.publish(t, complete())
	_, id := w.publish(t, rich())
	page := w.Visitor.Get("/en/pledges/" + id).Want(http.StatusOK)
	h1 := page.One("h1")
	if h1.Text() != "Ports that <welcome> & recruit fairly" || h1.Attr("lang") != "en" || h1.Attr("dir") != "auto" {
		t.Errorf("the title is %q, marked %q %q", h1.Text(), h1.Attr("lang"), h1.Attr("dir"))
	}
	for _, words := range []string{
		id, "Alliance of Ports", "Secretariat of the alliance", "Ministry of Labour", "A league of cities", "In partnership", "City of Cali", "Colombia", "Not yet confirmed", "Opens two desks",
		"GRF-2023-77", "A festival", "EUR 1,200,000", "1 January 2027 to 31 December 2028", "The Start-up Fund", "Kenya", "Uganda", "Busia", "Africa",
		"Workers who report paying no fee", "38 per cent", "95 per cent", "31 December 2028", "The bond is law", "1 June 2027", "Budgets end with the year.", "Two lawyers.", "Our manual.",
		"plan.pdf", "Objectives 6 and 18 of the 23", "Cite as:", publicURL + "/en/pledges/" + id, "العربية",
	} {
		if !page.Contains(words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	for _, selector := range []string{"svg.cloth", ".prose strong", ".prose li", "aside a[href=/en/objectives/6]", "aside a[href^=/en/principles/]", "a[href=/en/pledges?objective=6]", "a[href=/en/pledges?country=KE]", "a[href=/files/1]", ".related .card", "a[href*=text=ar]", "link[rel=canonical]"} {
		if !page.Has(selector) {
			t.Errorf("the page has no %s", selector)
		}
	}
	if bytes.Contains(page.Body, []byte("<script>alert")) {
		t.Error("a script of the text is in the page")
	}
	for _, gone := range []string{"Published versions", "Matches", "Matched by"} {
		if page.Contains(gone) {
			t.Errorf("a pledge without it shows %q", gone)
		}
	}
	plain := w.Visitor.Get("/en/pledges/" + first).Want(http.StatusOK)
	for _, absent := range []string{"Barriers", "Support", "Partners", "Recipient", "Amount", "Other Compact", "Filed on its behalf"} {
		if slices.Contains(plain.Texts("dt, h2, h3"), absent) {
			t.Errorf("a pledge that says nothing of it has the label %q", absent)
		}
	}
	arabic := w.Visitor.Get("/ar/pledges/" + id).Want(http.StatusOK)
	if got := arabic.One("h1"); got.Text() != "موانئ ترحب" || got.Attr("lang") != "ar" {
		t.Errorf("in Arabic the title is %q (%s)", got.Text(), got.Attr("lang"))
	}
	if got := w.Visitor.Get("/ar/pledges/" + id + "?text=en").Text("h1"); got != "Ports that <welcome> & recruit fairly" {
		t.Errorf("the original is %q", got)
	}
	if got := w.Visitor.Get("/en/pledges/" + id + "?text=fr").Text("h1"); got != "Ports that <welcome> & recruit fairly" {
		t.Errorf("in a language that it has not it is %q", got)
	}
}

func TestAddressOfAPledgeIsPermanent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, complete())
	for from, to := range map[string]string{
		"/en/pledges/gcm-p-0001":             "/en/pledges/GCM-P-0001",
		"/ar/pledges/GCM-P-1":                "/ar/pledges/GCM-P-0001",
		"/en/pledges/gcm-p-1?text=ar":        "/en/pledges/GCM-P-0001?text=ar",
		"/en/pledges/gcm-p-1/versions/1":     "/en/pledges/GCM-P-0001/versions/1",
		"/en/pledges/gcm-p-1/changes?from=1": "/en/pledges/GCM-P-0001/changes?from=1",
	} {
		if page := w.Visitor.Get(from).Want(http.StatusMovedPermanently); page.Location() != to {
			t.Errorf("%s leads to %s, want %s", from, page.Location(), to)
		}
	}
	w.Visitor.Get("/pledges/GCM-P-0001").WantRedirect("/en/pledges/GCM-P-0001")
}

func TestVersionsOfAPledge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	number, id := w.publish(t, complete())
	w.later(24 * time.Hour)
	w.apply(t, number, w.Head.User, workflow.Revise, "")
	w.send(t, number, w.Head.User, with(form.Answers{"title": {"A better name"}, "contact_email": {"new.marker@example.org"}}))
	page := w.Visitor.Get("/en/pledges/" + id).Want(http.StatusOK)
	if page.Text("h1") != "A better name" || !page.Contains("Version 2, published 25 November 2026") {
		t.Error("the current version is not shown")
	}
	old := page.Click("a[href*=/versions/1]").Want(http.StatusOK)
	if old.Text("h1") != "Fair recruitment for every worker" || !old.Has("meta[name=robots]") || !old.Contains("It was replaced on 25 November 2026") {
		t.Error("the first version is not shown as such")
	}
	changes := w.Visitor.Get("/en/pledges/" + id + "/changes").Want(http.StatusOK)
	if !changes.Has("ins") || !changes.Has("del") || changes.Contains("marker") {
		t.Error("the comparison is not what the public may see")
	}
	w.apply(t, number, w.Officer.User, workflow.Archive, "private reason")
	for _, path := range []string{"", "/versions/1", "/versions/2", "/changes", "/changes?from=1&to=2"} {
		gone := w.Visitor.Get("/en/pledges/" + id + path).Want(http.StatusGone)
		if !gone.Contains("25 November 2026") || gone.Contains("better name") || gone.Contains("recruitment") || gone.Contains("private reason") {
			t.Errorf("%s of a pledge that was taken down shows %s", path, gone.Body)
		}
	}
	if got := w.Visitor.Get("/en/pledges").Text("#count"); got != "0 pledges" {
		t.Errorf("the list still has %s", got)
	}
}

// TestContactsAppearNowhere walks all that the public can read of pledges, as everybody.
func TestContactsAppearNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, complete())
	number, id := w.publish(t, rich())
	w.apply(t, number, w.Head.User, workflow.Revise, "")
	w.send(t, number, w.Head.User, both(rich(), form.Answers{"title": {"Changed"}, "contact_position": {"Marker of position"}, "contact_email": {"changed.marker@example.org"}, "partners.0.email": {"changed.partner.marker@example.org"}}))
	for _, who := range w.All() {
		t.Run(who.Kind, func(t *testing.T) {
			c := who.In(t)
			for _, lang := range []string{"/en", "/ar"} {
				for _, path := range []string{
					"/pledges", "/pledges?q=marker", "/pledges?q=kamau", "/pledges?q=example.org", "/pledges?sort=title", "/pledges/" + id, "/pledges/" + id + "/versions/1", "/pledges/" + id + "/changes",
					"/pledges/GCM-P-0001", "/pledges/new", "/pledges/questions", "/pledges.csv", "/pledges.json", "/pledges.atom", "/pledges.xlsx",
				} {
					page := c.Get(lang + path).Want(http.StatusOK)
					body := page.Body
					if strings.HasSuffix(path, ".xlsx") {
						body = unzip(t, body)
					}
					text := strings.ToLower(string(body))
					if strings.Contains(path, "q=") { // the words of the search stand in the page
						text = strings.ToLower(strings.Join(page.Texts(".result, #count"), " "))
						if page.Has(".result") {
							t.Errorf("%s finds pledges", path)
						}
					}
					for _, private := range []string{"marker", "kamau", "odhiambo"} {
						if strings.Contains(text, private) {
							t.Errorf("%s%s shows %q", lang, path, private)
						}
					}
				}
			}
		})
	}
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, f := range archive.File {
		part, err := f.Open()
		if err == nil {
			_, err = io.Copy(&all, part)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.Bytes()
}

func TestFilesOfTheListHoldWhatIsFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, both(rich(), form.Answers{"title": {"=HYPERLINK(\"https://evil.example\")"}, "recipient": {"@SUM(A1)"}, "locality": {"-2+3"}}))
	w.publish(t, texts6("ar"))
	w.publish(t, with(form.Answers{"countries": {"CO"}, "objectives": {"1"}}))
	for query, want := range map[string]int{"": 3, "?objective=6": 2, "?country=CO": 1, "?q=xylophone": 0, "?sort=title": 3, "?page=2&after=GCM-P-0002": 3} {
		shown := w.Visitor.Get("/en/pledges" + strings.Replace(query, "?page=2&after=GCM-P-0002", "", 1)).Text("#count")
		if !strings.HasPrefix(shown, strconv.Itoa(want)+" ") {
			t.Errorf("the list of %q shows %s, want %d", query, shown, want)
		}

		page := w.Visitor.Get("/en/pledges.csv" + query).Want(http.StatusOK)
		if !bytes.HasPrefix(page.Body, []byte("\xEF\xBB\xBF")) || page.Header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.Contains(page.Header.Get("Content-Disposition"), "pledges-2026-11-24.csv") {
			t.Errorf("CSV of %q: %q, %q", query, page.Header, page.Body[:10])
		}
		lines, err := csv.NewReader(bytes.NewReader(page.Body)).ReadAll()
		if err != nil || len(lines) != want+1 {
			t.Errorf("CSV of %q has %d lines, %v", query, len(lines), err)
		}
		for _, line := range lines[1:] {
			for _, cell := range line {
				if strings.IndexAny(cell, "=+-@\t\r") == 0 {
					t.Errorf("CSV of %q has the formula %q", query, cell)
				}
			}
			if last := line[len(line)-1]; last != "2026-11-24" {
				t.Errorf("CSV of %q is of %q", query, last)
			}
		}

		var data struct {
			List    string
			Day     string
			Filter  url.Values
			Pledges []map[string]any
		}
		page = w.Visitor.Get("/en/pledges.json" + query).Want(http.StatusOK)
		if err := json.Unmarshal(page.Body, &data); err != nil || len(data.Pledges) != want || data.Day != "2026-11-24" || !strings.HasPrefix(data.List, publicURL+"/en/pledges") {
			t.Errorf("JSON of %q: %d pledges, %v, %q", query, len(data.Pledges), err, data.List)
		}

		book, err := excelize.OpenReader(bytes.NewReader(w.Visitor.Get("/en/pledges.xlsx" + query).Want(http.StatusOK).Body))
		if err != nil {
			t.Fatal(err)
		}
		cells, err := book.GetRows("Pledges")
		if err != nil || len(cells) != want+1 {
			t.Errorf("XLSX of %q has %d rows, %v", query, len(cells), err)
		}
		about, err := book.GetRows("About this file")
		if err != nil || about[0][1] == "" || about[1][1] != "2026-11-24" || about[2][1] != strconv.Itoa(want) {
			t.Errorf("XLSX of %q says of itself %q, %v", query, about, err)
		}
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, extension := range []string{"csv", "json", "xlsx", "atom"} {
		head := w.Visitor.Do(w.Visitor.Request(http.MethodHead, "/en/pledges."+extension, nil)).Want(http.StatusOK)
		if len(head.Body) != 0 || head.Header.Get("Content-Type") == "" {
			t.Errorf("HEAD of the %s: %d bytes, %q", extension, len(head.Body), head.Header.Get("Content-Type"))
		}
	}
}

func TestJSONOfAPledge(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, rich())
	var data struct{ Pledges []pledge.Object }
	if err := json.Unmarshal(w.Visitor.Get("/en/pledges.json").Body, &data); err != nil || len(data.Pledges) != 1 {
		t.Fatalf("%d pledges, %v", len(data.Pledges), err)
	}
	o := data.Pledges[0]
	if o.Entity != "Alliance of Ports" || o.FiledBy != "Ministry of Labour" || o.Money.Amount != "1200000" || o.Money.From.String() != "2027-01-01" || o.Partners[0].Confirmed ||
		o.Deadline.String() != "2028-12-31" || o.Address != publicURL+"/en/pledges/GCM-P-0001" || o.Versions[0].Language != "ar" || !slices.Equal(o.Objectives, []int{6, 18}) {
		t.Errorf("%+v", o)
	}
}

func TestSpreadsheetHasTypedColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, rich())
	book, err := excelize.OpenReader(bytes.NewReader(w.Visitor.Get("/en/pledges.xlsx").Body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Pledges", excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for head, want := range map[string]string{"Amount": "1200000", "Deadline": "47118", "First published": "46350"} { // days are numbers of the spreadsheet
		i := slices.Index(rows[0], head)
		if i < 0 || rows[1][i] != want {
			t.Errorf("%s is %q, want %q", head, rows[1][i], want)
		}
	}
	arabic, err := excelize.OpenReader(bytes.NewReader(w.Visitor.Get("/ar/pledges.xlsx").Body))
	if err != nil {
		t.Fatal(err)
	}
	defer arabic.Close()
	if got := arabic.GetSheetList(); got[0] != "التعهدات" {
		t.Errorf("sheets in Arabic: %q", got)
	}
}

func TestFeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Links   []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
		} `xml:"link"`
		Entries []struct {
			ID    string `xml:"id"`
			Title struct {
				Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
				Text string `xml:",chardata"`
			} `xml:"title"`
			Updated string `xml:"updated"`
		} `xml:"entry"`
	}
	read := func(path string) (f feed) {
		t.Helper()
		page := w.Visitor.Get(path).Want(http.StatusOK)
		if err := xml.Unmarshal(page.Body, &f); err != nil || !strings.HasPrefix(page.Header.Get("Content-Type"), "application/atom+xml") {
			t.Fatalf("%s: %v, %s", path, err, page.Header.Get("Content-Type"))
		}
		return f
	}
	if f := read("/en/pledges.atom"); len(f.Entries) != 0 || f.Updated == "" || f.ID == "" {
		t.Errorf("an empty feed: %+v", f)
	}
	w.publish(t, texts6("ar"))
	w.later(time.Hour)
	w.publish(t, with(form.Answers{"title": {"Ports & <desks>"}, "objectives": {"1"}}))
	f := read("/en/pledges.atom")
	if len(f.Entries) != 2 || f.Entries[0].Title.Text != "Ports & <desks>" || f.Entries[1].Title.Lang != "ar" || f.Entries[0].ID != publicURL+"/pledges/GCM-P-0002" || f.Lang != "en" {
		t.Errorf("the feed: %+v", f)
	}
	if f.Updated != "2026-11-24T11:00:00Z" {
		t.Errorf("updated %s", f.Updated)
	}
	if f := read("/en/pledges.atom?objective=6"); len(f.Entries) != 1 || !strings.Contains(f.ID, "objective=6") {
		t.Errorf("a filtered feed: %+v", f)
	}
	if etag := w.Visitor.Get("/en/pledges.atom").Header.Get("ETag"); etag == "" {
		t.Error("the feed has no ETag")
	} else if page := w.Visitor.With("If-None-Match", etag).Get("/en/pledges.atom"); page.Status != http.StatusNotModified {
		t.Errorf("asked again: status %d", page.Status)
	}
	big := newWorld(t)
	big.fill(t, 120)
	seen := 0
	for path, parts := "/en/pledges.atom", 0; path != ""; parts++ {
		page := big.Visitor.Get(path).Want(http.StatusOK)
		var f feed
		if err := xml.Unmarshal(page.Body, &f); err != nil {
			t.Fatal(err)
		}
		seen += len(f.Entries)
		path = ""
		for _, l := range f.Links {
			if l.Rel == "next" {
				path = strings.TrimPrefix(l.Href, publicURL)
			}
		}
		if parts > 5 {
			t.Fatal("the feed does not end")
		}
	}
	if seen != 120 {
		t.Errorf("all parts of the feed have %d pledges", seen)
	}
}

func TestStartPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range w.All() {
		t.Run(who.Kind, func(t *testing.T) {
			page := who.In(t).Get("/en/pledges/new").Want(http.StatusOK)
			if !page.Contains("What to have at hand") || !page.Has("a[href=/en/pledges/questions]") {
				t.Error("the page does not say what to have at hand")
			}
			posts := len(pledge.MayFileFor(who.User))
			switch {
			case !who.User.SignedIn():
				if !page.Has("a[href=/en/sign-in?next=%2Fen%2Fpledges%2Fnew]") || !page.Has("a[href=/en/register]") || page.Has("form#begin") {
					t.Error("a visitor is not led to an account")
				}
			case posts == 0:
				if page.Has("form#begin") || !page.Contains("You have no office to write for") {
					t.Error("somebody without an office can begin")
				}
			default:
				to := page.Form("#begin").Submit()
				if to.Status != http.StatusSeeOther || !strings.HasPrefix(to.Location(), "/en/submissions/") {
					t.Errorf("the button leads to %d %s", to.Status, to.Location())
				}
			}
		})
	}
}

func TestCreatingADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := func(c *world, office string) int {
		t.Helper()
		return c.Head.Post("/en/pledges", url.Values{"office": {office}}).Status
	}
	w.Visitor.Post("/en/pledges", url.Values{"office": {fmt.Sprint(w.Office)}}).Want(http.StatusSeeOther)
	if status := post(w, fmt.Sprint(w.OtherOffice)); status != http.StatusForbidden {
		t.Errorf("for another office: %d", status)
	}
	for _, typed := range []string{"", "x", "1; DROP TABLE users"} {
		page := w.Head.Post("/en/pledges", url.Values{"office": {typed}}).Want(http.StatusUnprocessableEntity)
		if !page.Has("#errors a[href=#office]") || !strings.HasPrefix(page.Text("title"), "Error:") {
			t.Errorf("no office (%q): the page does not say what to do", typed)
		}
	}
	w.Newcomer.Post("/en/pledges", url.Values{"office": {fmt.Sprint(w.Office)}}).Want(http.StatusForbidden)
}

func TestQuestionsToPrint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, lang := range []string{"/en", "/ar"} {
		page := w.Visitor.Get(lang + "/pledges/questions").Want(http.StatusOK)
		if got, want := page.Count(".paper"), len(w.service.Kind().Form.Steps); got != want {
			t.Errorf("%s: %d sections, want %d", lang, got, want)
		}
		if bytes.Contains(page.Body, []byte("⟦")) {
			t.Errorf("%s: a text is missing", lang)
		}
	}
}
