package ui_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/webtest"
	"portal/web/ui"
)

func TestMain(m *testing.M) {
	// The texts of the sample form are missing on purpose; the log would say so a thousand times.
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// tagEnds is where a line of a golden file may end without a change of meaning for the reader of the diff.
var tagEnds = regexp.MustCompile(`><`)

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
		for _, one := range pieces(t) {
			t.Run(one.name+"-"+string(lang), func(t *testing.T) {
				t.Parallel()
				ctx := reader(t, lang)
				page := render(t, ctx, one.made(ctx))
				if strings.Contains(page, "⟦ui.") || strings.Contains(page, "⟦common.") || strings.Contains(page, "⟦form.") {
					t.Errorf("a text is missing: %s", page[strings.Index(page, "⟦"):][:60])
				}
				lint(t, page, one.name == "mail")
				webtest.Golden(t, string(lang)+"/"+one.name+".html", []byte(tagEnds.ReplaceAllString(page, ">\n<")+"\n"))
			})
		}
	}
}

// lint fails on what no page may have: an id twice, a reference to an id that is not there, a field without a label,
// style or script in the page, an address that is not one.
func lint(t *testing.T, page string, mail bool) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	ids, labels := map[string]bool{}, map[string]bool{}
	for n := range root.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("the id %q is there twice", id)
			}
			ids[id] = true
		}
		if n.Data == "label" && attr(n, "for") != "" {
			labels[attr(n, "for")] = true
		}
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "style" && !mail, strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has the attribute %s, which the content security policy refuses", n.Data, a.Key)
			case a.Key == "aria-describedby", a.Key == "aria-labelledby", a.Key == "for":
				for id := range strings.FieldsSeq(a.Val) {
					if !ids[id] {
						t.Errorf("<%s %s=%q>: there is no such id", n.Data, a.Key, a.Val)
					}
				}
			case a.Key == "href" && strings.HasPrefix(a.Val, "#") && n.Data == "a" && !ids[a.Val[1:]]:
				if a.Val != "#main" && a.Val != "#a" && a.Val != "#email" {
					t.Errorf("a link leads to %s, which is not there", a.Val)
				}
			case (a.Key == "href" || a.Key == "action" || a.Key == "src") && (strings.Contains(a.Val, "TemplFailed") || strings.Contains(a.Val, "javascript:")):
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
		switch n.Data {
		case "script":
			if attr(n, "src") == "" || n.FirstChild != nil {
				t.Error("a script stands in the page")
			}
		case "style":
			t.Error("a style sheet stands in the page")
		case "input", "textarea", "select":
			if kind := attr(n, "type"); kind != "hidden" && !labels[attr(n, "id")] && attr(n, "aria-label") == "" && !within(n, "label") {
				t.Errorf("the field %q has no label", attr(n, "name"))
			}
		case "table":
			if !mail && !hasChild(n, "caption") {
				t.Error("a table has no caption")
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func within(n *html.Node, tag string) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		if up.Data == tag {
			return true
		}
	}
	return false
}

func hasChild(n *html.Node, tag string) bool {
	for c := range n.ChildNodes() {
		if c.Data == tag {
			return true
		}
	}
	return false
}

// elements returns the elements of a fragment that the test says yes to.
func elements(t *testing.T, page string, want func(n *html.Node) bool) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && want(n) {
			all = append(all, n)
		}
	}
	return all
}

func byID(t *testing.T, page, id string) *html.Node {
	t.Helper()
	all := elements(t, page, func(n *html.Node) bool { return attr(n, "id") == id })
	if len(all) != 1 {
		t.Fatalf("%d elements have the id %q, want one", len(all), id)
	}
	return all[0]
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestLayout(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	page := render(t, ctx, ui.Layout(ui.Page{Title: "Pledges"}))
	links := elements(t, page, func(n *html.Node) bool { return n.Data == "a" && attr(n, "hreflang") != "" })
	if len(links) != 1 || attr(links[0], "href") != "/ar/pledges?q=a%26b&page=2" || attr(links[0], "dir") != "rtl" || attr(links[0], "lang") != "ar" {
		t.Errorf("the link to the Arabic page does not keep the page and its query: %v", links[0].Attr)
	}
	for _, want := range []string{
		`<html lang="en" dir="ltr">`, `<title>Pledges – Migration Network Portal</title>`, `<link rel="canonical" href="https://portal.example/en/pledges">`,
		`<link rel="alternate" hreflang="ar" href="https://portal.example/ar/pledges">`, `href="/en/sign-in?next=%2Fen%2Fpledges%3Fq%3Da%2526b"`,
		`aria-current="page"`, `resolution 1244 (1999)`, `legal status of any country`, `href="mailto:help@portal.example"`, `<a class="skip" href="#main">`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the layout lacks %s", want)
		}
	}
	for _, unwanted := range []string{"noindex", "proto", "Sign out", "/en/desk"} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the layout has %s", unwanted)
		}
	}

	demonstration := site()
	demonstration.Demonstration = true
	page = render(t, ui.WithRequest(ctx, ui.Request{Path: "/pledges", Site: demonstration}), ui.Layout(ui.Page{Title: "Pledges"}))
	if !strings.Contains(page, `<meta name="robots" content="noindex">`) || !strings.Contains(page, `class="proto"`) || strings.Contains(page, "canonical") {
		t.Error("a demonstration is not marked, or may be indexed")
	}

	staff := identity.With(ctx, identity.User{ID: 7, Name: "Noor <H>", Staff: []identity.StaffRole{{Role: identity.Lead, Desk: identity.PledgesDesk}}})
	page = render(t, staff, ui.Layout(ui.Page{Title: "Pledges", Errors: true}))
	for _, want := range []string{"<title>Error: Pledges", "Noor &lt;H&gt;", `action="/en/sign-out"`, `href="/en/desk"`, `href="/en/account"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the layout for staff lacks %s", want)
		}
	}

	outside := ui.WithRequest(ctx, ui.Request{Site: site()})
	if page = render(t, outside, ui.Layout(ui.Page{Title: "Mail"})); strings.Contains(page, "hreflang") {
		t.Error("a page outside the languages has links to itself in others")
	}
}

func TestNavigationMarksTheAreaOfThePage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, path, want string }{
		{"the list itself", "/pledges", "page"},
		{"a page below it", "/pledges/GCM-P-0001", "true"},
		{"a page that only starts alike", "/pledgesX", ""},
		{"another area", "/account", ""},
		{"an entry that is nearer", "/pledges/new", ""},
		{"a page below that", "/pledges/new/help", ""},
	} {
		s := site()
		s.Nav = append(s.Nav, ui.NavItem{Key: "ui.form.add", Path: "/pledges/new"})
		ctx := ui.WithRequest(i18n.WithLang(t.Context(), i18n.English), ui.Request{Path: c.path, Site: s})
		page := render(t, ctx, ui.Layout(ui.Page{Title: "x"}))
		for _, a := range elements(t, page, func(n *html.Node) bool {
			return n.Data == "a" && attr(n, "href") == "/en/pledges" && within(n, "header")
		}) {
			if got := attr(a, "aria-current"); got != c.want {
				t.Errorf("%s: aria-current is %q, want %q", c.name, got, c.want)
			}
		}
	}
}

func TestNavigationShowsNobodyWhatIsForOthers(t *testing.T) {
	t.Parallel()
	s := site()
	s.DeskNav = append(s.DeskNav, ui.NavItem{Key: "ui.form.add", Path: "/desk/people", Roles: []identity.Role{identity.Administrator}})
	for role, want := range map[identity.Role]bool{identity.Officer: false, identity.Administrator: true} {
		ctx := ui.WithRequest(i18n.WithLang(t.Context(), i18n.English), ui.Request{Path: "/desk", Site: s})
		ctx = identity.With(ctx, identity.User{ID: 1, Name: "N", Staff: []identity.StaffRole{{Role: role}}})
		page := render(t, ctx, ui.Layout(ui.Page{Title: "x", Desk: true}))
		if got := strings.Contains(page, "/en/desk/people"); got != want {
			t.Errorf("%s: the entry for administrators is shown: %t, want %t", role, got, want)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.Arabic)
	for path, want := range map[string]string{"/": "/ar/", "": "/ar/", "/pledges": "/ar/pledges", "/pledges?q=a#b": "/ar/pledges?q=a#b", "/?q=a": "/ar/?q=a"} {
		if got := ui.Href(ctx, path); got != want {
			t.Errorf("Href of %q is %q, want %q", path, got, want)
		}
	}
	if got := ui.Absolute(ctx, "/pledges"); got != "https://portal.example/ar/pledges" {
		t.Errorf("the whole address is %q", got)
	}
	query := url.Values{"q": {"a b"}, "region": {"africa", "asia"}, "page": {"3"}, "after": {"x"}}
	if got := ui.WithQuery("/p", ui.Without(query, "region", "asia")); got != "/p?q=a+b&region=africa" {
		t.Errorf("without one region: %s", got)
	}
	if got := ui.WithQuery("/p", ui.With(query, "sort", "title")); got != "/p?q=a+b&region=africa&region=asia&sort=title" {
		t.Errorf("with an order: %s", got)
	}
	if got := ui.WithQuery("/p", ui.With(url.Values{"q": {"a"}}, "q")); got != "/p" {
		t.Errorf("without words: %s", got)
	}
	if len(query["page"]) != 1 || len(query["region"]) != 2 {
		t.Error("the query itself was changed")
	}
}

// What was typed stands in the page exactly, whatever it is.
func TestTypedTextIsShownExactly(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	for _, typed := range []string{
		"\n\nstarts with blank lines", "</textarea><script>alert(1)</script>", "é and e\u0301", "👩‍👩‍👧", "  spaces  ", "&amp; &lt;", "\"quoted' `text`", "نص\u200f", "tab\tand\u00a0space", "a\u2028b",
	} {
		page := render(t, ctx, ui.TextArea(ui.Control{Name: "text", Values: []string{typed}}))
		if got := content(byID(t, page, "text")); got != typed {
			t.Errorf("%q is shown in a text area as %q", typed, got)
		}
		line := strings.ReplaceAll(typed, "\n", " ")
		page = render(t, ctx, ui.TextInput(ui.Control{Name: "line", Values: []string{line}}))
		if got := attr(byID(t, page, "line"), "value"); got != line {
			t.Errorf("%q is shown in a field as %q", line, got)
		}
		page = render(t, ctx, ui.Problem(ui.ProblemPage{Title: "x", Typed: []string{typed}, Retry: &ui.Retry{Values: url.Values{"a&b": {typed, "two"}}}}))
		hidden := elements(t, page, func(n *html.Node) bool { return attr(n, "name") == "a&b" })
		if len(hidden) != 2 || attr(hidden[0], "value") != typed {
			t.Errorf("%q is not carried along by the page of a problem", typed)
		}
	}
}

func TestPasswordIsNeverSentBack(t *testing.T) {
	t.Parallel()
	page := render(t, reader(t, i18n.English), ui.PasswordInput(ui.Control{Name: "password", Label: "Password", Values: []string{"secret"}}))
	if strings.Contains(page, "secret") {
		t.Error("the password stands in the page")
	}
}

func TestStepForm(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	page := render(t, ctx, ui.FormStep(sampleStep(ctx)))

	buttons := elements(t, page, func(n *html.Node) bool { return n.Data == "button" })
	if attr(buttons[0], "value") != "continue" {
		t.Errorf("the Enter key would press %q", attr(buttons[0], "value"))
	}
	values := map[string]bool{}
	for _, b := range buttons {
		if attr(b, "name") != ui.Press {
			t.Errorf("the button %q has the name %q", content(b), attr(b, "name"))
		}
		values[attr(b, "value")] = true
	}
	for _, want := range []string{"continue", "later", "add:indicators", "remove:indicators.0", "remove:indicators.1", "upload:files", "unfile:9"} {
		if !values[want] {
			t.Errorf("there is no button %q", want)
		}
	}

	f := elements(t, page, func(n *html.Node) bool { return n.Data == "form" })[0]
	if attr(f, "enctype") != "multipart/form-data" || attr(f, "action") != "/en/submissions/17/steps/what#errors" {
		t.Errorf("the form is %v", f.Attr)
	}
	if len(elements(t, page, func(n *html.Node) bool { return attr(n, "name") == "version" && attr(n, "value") == "4" })) != 1 {
		t.Error("the form does not carry its version")
	}

	// Each problem's control is there, marked and described.
	for _, w := range sampleStep(ctx).Wrong {
		n := byID(t, page, w.Name)
		if attr(n, "aria-invalid") != "true" {
			t.Errorf("%s is not marked as wrong", w.Name)
		}
	}
	if byID(t, page, "due.day"); attr(byID(t, page, "due.day"), "aria-invalid") != "" {
		t.Error("the day is marked though the month is wrong")
	}

	// Conditions: the option that opens a question and the question carry the same number.
	financial := elements(t, page, func(n *html.Node) bool { return attr(n, "name") == "natures" && attr(n, "value") == "financial" })[0]
	if got := attr(financial, "class"); got != "if-1" {
		t.Errorf("the option that opens questions has the class %q", got)
	}
	for id, class := range map[string]string{"amount": "more-1", "receipt_link": "more-2 more-1", "other": "more-3"} {
		n := byID(t, page, id)
		for n.Data != "div" {
			n = n.Parent
		}
		if !strings.Contains(attr(n, "class"), class) {
			t.Errorf("the question %s has the class %q, want %q", id, attr(n, "class"), class)
		}
	}

	// A country that was sent but does not exist stays on the page.
	if n := elements(t, page, func(n *html.Node) bool { return attr(n, "name") == "countries" && attr(n, "value") == "zz" }); len(n) != 1 {
		t.Error("a value that is no option has vanished")
	}
	if n := elements(t, page, func(n *html.Node) bool { return attr(n, "name") == "countries" }); len(n) != 31 {
		t.Errorf("%d boxes for 30 countries and an unknown one", len(n))
	}
}

func TestRowsOfAGroup(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	group := sample.Steps[1].Fields[2]
	step := form.Step{ID: "rest", Fields: []form.Field{group}}
	for _, c := range []struct {
		name        string
		answers     form.Answers
		more        map[string]int
		rows        int
		add, remove bool
	}{
		{"none yet: one to fill in", form.Answers{}, nil, 1, true, false},
		{"one there", form.Answers{"indicators.0.what": {"a"}}, nil, 1, true, false},
		{"one there and another asked for", form.Answers{"indicators.0.what": {"a"}}, map[string]int{"indicators": 2}, 2, true, true},
		{"as many as there may be", form.Answers{"indicators.2.what": {"a"}}, nil, 3, false, true},
	} {
		page := render(t, ctx, ui.FormStep(ui.StepForm{Definition: sample, Step: step, Answers: c.answers, Rows: c.more, Vocabulary: vocabulary}))
		rows := elements(t, page, func(n *html.Node) bool { return attr(n, "class") == "rowset" })
		add := elements(t, page, func(n *html.Node) bool { return attr(n, "value") == "add:indicators" })
		remove := elements(t, page, func(n *html.Node) bool { return attr(n, "value") == "remove:indicators.0" })
		if len(rows) != c.rows || (len(add) == 1) != c.add || (len(remove) == 1) != c.remove {
			t.Errorf("%s: %d rows, %d to add, %d to remove", c.name, len(rows), len(add), len(remove))
		}
	}
}

func TestAnswersForThePublicLeaveOutWhatIsPrivateAndWhatIsEmpty(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	f := sampleFilled(ctx)
	f.Public = true
	page := render(t, ctx, ui.Answers(f))
	for _, unwanted := range []string{"a.d@example.org", "x@example.org", "Not given", "Never shown to the public", "javascript:alert(1)\""} {
		if strings.Contains(page, unwanted) {
			t.Errorf("the public sees %q", unwanted)
		}
	}
	for _, want := range []string{"Register every child", "<li>on the day</li>", "&lt;b&gt;free&lt;/b&gt;", "1 June 2027"} {
		if !strings.Contains(page, want) {
			t.Errorf("the public does not see %q", want)
		}
	}
	if own := render(t, ctx, ui.Answers(sampleFilled(ctx))); !strings.Contains(own, "a.d@example.org") || !strings.Contains(own, "Not given") {
		t.Error("the owner does not see everything")
	}
}

func TestReadPress(t *testing.T) {
	t.Parallel()
	for _, p := range []ui.Pressed{
		{Act: ui.Continue}, {Act: ui.Later}, {Act: ui.Upload, Field: "files"}, {Act: ui.AddRow, Field: "indicators"},
		{Act: ui.RemoveRow, Field: "indicators", Row: 12}, {Act: ui.RemoveFile, File: 9},
	} {
		if got := ui.ReadPress(url.Values{ui.Press: {p.Value()}}); got != p {
			t.Errorf("the button %q is read as %+v", p.Value(), got)
		}
	}
	if got := ui.ReadPress(url.Values{ui.AutosaveField: {"1"}, ui.Press: {"later"}}); got.Act != ui.Autosave {
		t.Errorf("an autosave is read as %+v", got)
	}
	for _, nonsense := range []string{"", "delete", "remove:", "remove:x", "remove:x.-1", "remove:.1", "unfile:0", "unfile:x", "add:", "upload:"} {
		if got := ui.ReadPress(url.Values{ui.Press: {nonsense}}); got.Act != ui.Continue {
			t.Errorf("%q is read as %+v", nonsense, got)
		}
	}
}

func TestFileSize(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	for size, want := range map[int64]string{0: "0 bytes", 1023: "1,023 bytes", 1024: "1 KB", 317_440: "310 KB", 2_726_297: "2.6 MB", 25 << 20: "25 MB", 30<<20 + 600_000: "31 MB", 1<<20 - 1: "1,024 KB"} {
		if got := ui.FileSize(ctx, size); got != want {
			t.Errorf("%d bytes are %q, want %q", size, got, want)
		}
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	ctx := reader(t, i18n.English)
	wrong := []problem.Field{{Name: "title", Key: "form.too_long", Args: []any{"Title", 10, 12}}, {Key: "form.email", Args: []any{"E-mail"}}}
	if got := ui.MessageFor(ctx, wrong, "title"); got != "Shorten “Title” to 10 characters or fewer. It has 12 now." {
		t.Errorf("the message is %q", got)
	}
	if got := ui.MessageFor(ctx, wrong, "other"); got != "" {
		t.Errorf("a right answer is told %q", got)
	}
	page := render(t, ctx, ui.ErrorSummary(wrong))
	if !strings.Contains(page, `<a href="#title">Shorten`) || !strings.Contains(page, `role="alert"`) || !strings.Contains(page, "<strong>Enter") {
		t.Errorf("the summary is %s", page)
	}
	if got := render(t, ctx, ui.ErrorSummary(nil)); got != "" {
		t.Errorf("nothing wrong is told as %q", got)
	}
}

func TestObjectivesText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang       i18n.Lang
		objectives []int
		want       string
	}{
		{i18n.English, []int{18}, "Objective 18"},
		{i18n.English, []int{4, 7, 15}, "Objectives 4, 7 and 15"},
		{i18n.Arabic, []int{18}, "الهدف 18"},
		{i18n.Arabic, []int{18, 21}, "الهدفان 18 و21"},
	} {
		if got := ui.ObjectivesText(i18n.WithLang(context.Background(), c.lang), c.objectives); got != c.want {
			t.Errorf("%v in %s are %q, want %q", c.objectives, c.lang, got, c.want)
		}
	}
}

// The style sheet serves both directions with the same rules and stays within its budget, as the script does.
func TestStyleSheetAndScript(t *testing.T) {
	t.Parallel()
	css := read(t, "../static/portal.css")
	for _, unwanted := range []string{`\b(margin|padding|border|inset)-(left|right)\b`, `\b(left|right)\s*:`, `float:\s*(left|right)`, `text-align:\s*(left|right)`, `@import`, `url\((["']?)(https?:|//)`, `@font-face`} {
		if found := regexp.MustCompile(unwanted).Find(css); found != nil {
			t.Errorf("the style sheet has %q", found)
		}
	}
	if size := compressed(t, css); size > 20<<10 {
		t.Errorf("the style sheet has %d bytes compressed, at most %d are allowed", size, 20<<10)
	}
	js := read(t, "../static/portal.js")
	for _, unwanted := range []string{`\beval\b`, `new Function`, `innerHTML`, `outerHTML`, `insertAdjacentHTML`, `document\.write`, `https?://`, `\.style\b`} {
		if found := regexp.MustCompile(unwanted).Find(js); found != nil {
			t.Errorf("the script has %q", found)
		}
	}
	if size := compressed(t, js); size > 10<<10 {
		t.Errorf("the script has %d bytes compressed, at most %d are allowed", size, 10<<10)
	}
	icons := string(read(t, "../static/icons.svg"))
	for _, one := range pieces(t) {
		ctx := reader(t, i18n.English)
		page := render(t, ctx, one.made(ctx))
		for _, use := range regexp.MustCompile(`icons\.svg#([a-z]+)`).FindAllStringSubmatch(page, -1) {
			if !strings.Contains(icons, `<symbol id="`+use[1]+`"`) {
				t.Errorf("there is no icon %q", use[1])
			}
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compressed(t *testing.T, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

// Every page within the budget of 14 KB, the largest components included.
func TestPagesAreLight(t *testing.T) {
	t.Parallel()
	for _, one := range pieces(t) {
		ctx := reader(t, i18n.English)
		c := one.made(ctx)
		if !one.whole {
			c = with(ui.Layout(ui.Page{Title: one.name}), c)
		}
		if size := compressed(t, []byte(render(t, ctx, c))); size > 14<<10 {
			t.Errorf("%s has %d bytes compressed", one.name, size)
		}
	}
}

// A mail's links are whole, and it says in which language it is.
func TestMail(t *testing.T) {
	t.Parallel()
	for _, one := range pieces(t) {
		if one.name != "mail" {
			continue
		}
		ctx := reader(t, i18n.Arabic)
		page := render(t, ctx, one.made(ctx))
		for _, n := range elements(t, page, func(n *html.Node) bool { return n.Data == "a" }) {
			if href := attr(n, "href"); !strings.HasPrefix(href, "https://portal.example/") && !strings.HasPrefix(href, "mailto:") {
				t.Errorf("a mail links to %q", href)
			}
		}
		for _, unwanted := range []string{"<img", "<link", "<script", "<table", "class="} {
			if strings.Contains(page, unwanted) {
				t.Errorf("a mail has %s", unwanted)
			}
		}
		webtest.Golden(t, "ar/mail.txt", []byte(mail.Text(page)))
		if strings.Count(page, `lang="ar"`) < 2 || strings.Count(page, `dir="rtl"`) < 2 {
			t.Error("a mail does not say its language where mail readers keep it")
		}
	}
}
