package webtest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"portal/internal/webtest"
)

const sample = `<!doctype html><html lang="en"><title>Sample</title><body>
<h1>A <em>pledge</em></h1>
<ul class="results list"><li id="first">One</li><li class="is-new">Two <a href="/two?x=1">open</a></li></ul>
<p class="outer"><span>near</span> <b><span>far</span></b></p>
<form id="edit" method="post" action="/echo?step=2" enctype="%s">
  <input name="title" value="Old title"><input type="hidden" name="version" value="4"><input name="gone" value="x" disabled>
  <textarea name="text">
first line
second line</textarea>
  <label><input type="radio" name="type" value="common"> Common</label><label><input type="radio" name="type" value="single" checked> Single</label>
  <input type="checkbox" name="nature" value="money" checked><input type="checkbox" name="nature" value="policy"><input type="checkbox" name="agree">
  <select name="country"><option value="KE">Kenya</option><option value="PE" selected>Peru</option></select>
  <select name="empty"><option>Choose</option><option value="1">One</option></select>
  <select name="many" multiple><option value="a">A</option><option value="b">B</option></select>
  <fieldset disabled><input name="off" value="y"></fieldset>
  <input type="file" name="file">
  <button type="button" name="script" value="1">Count</button><button name="go" value="save">Save and continue</button><button name="go" value="later">Save for later</button>
</form>
<input name="outside" form="edit" value="also">
<script>var hidden = "never text"</script></body></html>`

// server shows the sample and answers a form with what it got.
func server(t *testing.T, enctype string) *webtest.Client {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, sample, enctype) })
	mux.HandleFunc("GET /two", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "<h1>two %s</h1>", r.URL.RawQuery) })
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/nearer", http.StatusSeeOther) })
	mux.HandleFunc("GET /nearer", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/two?y=2", http.StatusSeeOther) })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil && err != http.ErrNotMultipart {
			t.Error(err)
		}
		for _, name := range slices.Sorted(mapKeys(r.PostForm)) {
			fmt.Fprintf(w, "<li>%s=%s</li>", name, strings.Join(r.PostForm[name], "|"))
		}
		if f, h, err := r.FormFile("file"); err == nil {
			content, _ := io.ReadAll(f)
			fmt.Fprintf(w, "<li>file %s %s</li>", h.Filename, content)
		}
		fmt.Fprintf(w, "<p>%s %s %s</p>", r.URL.RawQuery, r.Header.Get("Sec-Fetch-Site"), strings.TrimPrefix(r.Referer(), "http://"+r.Host))
	})
	return webtest.New(t, mux)
}

func mapKeys(values url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	}
}

func TestSelectors(t *testing.T) {
	t.Parallel()
	p := server(t, "").Get("/").Want(http.StatusOK)
	for selector, want := range map[string][]string{
		"h1":                        {"A pledge"},
		"li":                        {"One", "Two open"},
		"#first":                    {"One"},
		"li#first":                  {"One"},
		"p#first":                   nil,
		".results.list li":          {"One", "Two open"},
		".results .is-new":          {"Two open"},
		"ul > a":                    nil,
		"ul a":                      {"open"},
		"ul>li>a":                   {"open"},
		".outer span":               {"near", "far"},
		".outer > span":             {"near"},
		"[href]":                    {"open"},
		"a[href='/two?x=1']":        {"open"},
		`a[href="/two?x=1"]`:        {"open"},
		"a[href^=/two]":             {"open"},
		"a[href$='x=1']":            {"open"},
		"a[href*=two]":              {"open"},
		"ul[class~=list] .is-new a": {"open"},
		"h1, #first":                {"A pledge", "One"},
		"* em":                      {"pledge"},
	} {
		if got := p.Texts(selector); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", selector, got, want)
		}
	}
	if p.Contains("never text") || !p.Contains("Two open") {
		t.Error("the page's text is not what a person reads")
	}
}

func TestFormsAreSentAsABrowserWould(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		enctype string
		send    func(*webtest.Form) *webtest.Page
		want    []string
	}{
		"as it stands": {"", func(f *webtest.Form) *webtest.Page { return f.Submit() }, []string{
			"country=PE", "empty=Choose", "go=save", "nature=money", "outside=also", "text=first line second line", "title=Old title", "type=single", "version=4",
		}},
		"filled in": {"", func(f *webtest.Form) *webtest.Page {
			return f.Set("title", "New (better) title").Set("type", "common").Set("nature", "money", "policy").Set("agree", "on").
				Set("country", "KE").Set("many", "b", "a").Press("Save for later")
		}, []string{
			"agree=on", "country=KE", "empty=Choose", "go=later", "many=a|b", "nature=money|policy", "outside=also", "text=first line second line",
			"title=New (better) title", "type=common", "version=4",
		}},
		"forged": {"", func(f *webtest.Form) *webtest.Page {
			return f.Forge("version", "3").Forge("country").Forge("nature", "gold").Set("agree").Press("go=later")
		}, []string{
			"empty=Choose", "go=later", "nature=gold", "outside=also", "text=first line second line", "title=Old title", "type=single", "version=3",
		}},
		"with a file": {"multipart/form-data", func(f *webtest.Form) *webtest.Page {
			return f.Attach("file", "plan.txt", []byte("the plan")).Press("Save and continue")
		}, []string{
			"country=PE", "empty=Choose", "go=save", "nature=money", "outside=also", "text=first line second line", "title=Old title", "type=single", "version=4",
			"file plan.txt the plan",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := test.send(server(t, test.enctype).Get("/").Form("#edit"))
			got := p.Texts("li")
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], "\n", " ")
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("sent\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			if got := p.Text("p"); got != "step=2 same-origin /" {
				t.Errorf("it comes from %q", got)
			}
		})
	}
}

func TestWaysThroughPages(t *testing.T) {
	t.Parallel()
	c := server(t, "")
	if got := c.Get("/").Click("ul a").Text("h1"); got != "two x=1" {
		t.Errorf("the link leads to %q", got)
	}
	if got := c.Get("/away").WantRedirect("/nearer").Follow().Text("h1"); got != "two y=2" {
		t.Errorf("the redirects lead to %q", got)
	}
	c.SetCookie(&http.Cookie{Name: "session", Value: "abc", Secure: true})
	if c.Cookie("session") != "abc" || c.Another().Cookie("session") != "" {
		t.Error("two browsers share their cookies")
	}
}

// failing notes that a test would have failed, without failing this one.
type failing struct {
	testing.TB
	said string
}

func (f *failing) Helper() {}
func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	panic(f)
}
func (f *failing) Fatal(args ...any) {
	f.said = fmt.Sprint(args...)
	panic(f)
}

func TestWrongExpectationsFail(t *testing.T) {
	t.Parallel()
	c := server(t, "")
	for name, try := range map[string]func(*webtest.Page){
		"another status":                 func(p *webtest.Page) { p.Want(404) },
		"no such element":                func(p *webtest.Page) { p.One("#nothing") },
		"two elements for one":           func(p *webtest.Page) { p.Text("li") },
		"a selector nobody can read":     func(p *webtest.Page) { p.All("li:hover") },
		"an empty selector":              func(p *webtest.Page) { p.All("li,") },
		"no such control":                func(p *webtest.Page) { p.Form("#edit").Set("nothing", "x") },
		"a hidden field":                 func(p *webtest.Page) { p.Form("#edit").Set("version", "5") },
		"an option that is not offered":  func(p *webtest.Page) { p.Form("#edit").Set("country", "XX") },
		"a radio that is not offered":    func(p *webtest.Page) { p.Form("#edit").Set("type", "other") },
		"two texts for one control":      func(p *webtest.Page) { p.Form("#edit").Set("title", "a", "b") },
		"no such button":                 func(p *webtest.Page) { p.Form("#edit").Press("Delete") },
		"a file where there is no field": func(p *webtest.Page) { p.Form("#edit").Attach("title", "a", nil) },
		"a link that is none":            func(p *webtest.Page) { p.Click("h1") },
	} {
		t.Run(name, func(t *testing.T) {
			f := &failing{TB: t}
			defer func() {
				if p := recover(); p != nil && p != any(f) {
					panic(p)
				}
				if f.said == "" {
					t.Error("the test goes on")
				}
			}()
			try(c.In(f).Get("/"))
		})
	}
}
