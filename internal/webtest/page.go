package webtest

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Page is an answer that has been read in full.
type Page struct {
	Status int
	Header http.Header
	Body   []byte
	// Method and URL are of the request that it answers.
	Method string
	URL    *url.URL

	client *Client
	root   *html.Node
}

// Want fails the test unless the page has the status; it returns the page, so that a test reads on.
func (p *Page) Want(status int) *Page {
	p.client.t.Helper()
	if p.Status != status {
		p.client.t.Fatalf("%s %s: status %d, want %d%s", p.Method, p.URL, p.Status, status, p.gist())
	}
	return p
}

// WantRedirect fails the test unless the page is a 303 to the path, query included.
func (p *Page) WantRedirect(to string) *Page {
	p.client.t.Helper()
	p.Want(http.StatusSeeOther)
	if got := p.Location(); got != to {
		p.client.t.Fatalf("%s %s: redirect to %s, want %s", p.Method, p.URL, got, to)
	}
	return p
}

// gist is what a failed test should say of a page: where it led, or its heading and errors.
func (p *Page) gist() string {
	if to := p.Location(); to != "" {
		return "; it leads to " + to
	}
	var parts []string
	for _, e := range p.All("h1, .errors li, .err") {
		parts = append(parts, e.Text())
	}
	return "; it says: " + strings.Join(parts, " · ")
}

// Location returns where a redirect leads; "" if the page is none.
func (p *Page) Location() string { return p.Header.Get("Location") }

// Follow goes where the redirects lead, at most ten, and returns the page there; a page that is no redirect is returned
// as it is.
func (p *Page) Follow() *Page {
	p.client.t.Helper()
	for range 10 {
		to := p.Location()
		if to == "" {
			return p
		}
		u, err := p.URL.Parse(to)
		if err != nil || u.Host != p.URL.Host {
			p.client.t.Fatalf("%s %s: a redirect to another site: %s", p.Method, p.URL, to)
		}
		p = p.client.Get(u.RequestURI())
	}
	p.client.t.Fatalf("%s: the redirects do not end", p.URL)
	return nil
}

// Has says whether the selector matches anything.
func (p *Page) Has(selector string) bool { return len(p.All(selector)) > 0 }

// Count says how many elements the selector matches.
func (p *Page) Count(selector string) int { return len(p.All(selector)) }

// All returns the elements that match, in the order of the page. A selector is made of tag, #id, .class, [attribute],
// [attribute=value], [attribute^=value] and [attribute*=value]; a space means anywhere below, > directly below, a comma
// or.
func (p *Page) All(selector string) []Element {
	p.client.t.Helper()
	return Element{node: p.document(), page: p}.All(selector)
}

// One returns the only element that matches and fails the test if there is another number of them.
func (p *Page) One(selector string) Element {
	p.client.t.Helper()
	all := p.All(selector)
	if len(all) != 1 {
		p.client.t.Fatalf("%s %s (status %d): %d elements match %q, want one%s", p.Method, p.URL, p.Status, len(all), selector, p.gist())
	}
	return all[0]
}

// Text returns the text of the only element that matches, white space joined.
func (p *Page) Text(selector string) string {
	p.client.t.Helper()
	return p.One(selector).Text()
}

// Texts returns the texts of all elements that match.
func (p *Page) Texts(selector string) []string {
	p.client.t.Helper()
	var texts []string
	for _, e := range p.All(selector) {
		texts = append(texts, e.Text())
	}
	return texts
}

// Contains says whether the page's text has the words, white space joined.
func (p *Page) Contains(words string) bool {
	p.client.t.Helper()
	return strings.Contains(Element{node: p.document(), page: p}.Text(), words)
}

// Click follows the only link that matches the selector and returns the page behind it.
func (p *Page) Click(selector string) *Page {
	p.client.t.Helper()
	link := p.One(selector)
	to, err := p.URL.Parse(link.Attr("href"))
	if link.node.Data != "a" || err != nil || to.Host != p.URL.Host {
		p.client.t.Fatalf("%s %s: %q is not a link of ours: %s", p.Method, p.URL, selector, link.Attr("href"))
	}
	return p.client.Get(to.RequestURI())
}

func (p *Page) document() *html.Node {
	if p.root == nil {
		root, err := html.Parse(bytes.NewReader(p.Body))
		if err != nil {
			p.client.t.Fatalf("%s %s: parse: %v", p.Method, p.URL, err)
		}
		p.root = root
	}
	return p.root
}

// Element is an element of a page.
type Element struct {
	node *html.Node
	page *Page
}

// Attr returns the attribute's value; "" if there is none.
func (e Element) Attr(name string) string {
	v, _ := attr(e.node, name)
	return v
}

// HasAttr says whether the element has the attribute.
func (e Element) HasAttr(name string) bool {
	_, ok := attr(e.node, name)
	return ok
}

// Tag returns the element's name in small letters.
func (e Element) Tag() string { return e.node.Data }

// Text returns the text in the element, white space joined; scripts and styles aside.
func (e Element) Text() string { return strings.Join(strings.Fields(rawText(e.node)), " ") }

// All returns the elements below this one that match.
func (e Element) All(selector string) []Element {
	e.page.client.t.Helper()
	s, err := parseSelector(selector)
	if err != nil {
		e.page.client.t.Fatal(err)
	}
	var found []Element
	for n := range e.node.Descendants() {
		if n.Type == html.ElementNode && s.matches(n) {
			found = append(found, Element{n, e.page})
		}
	}
	return found
}

func rawText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style"):
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
		if n.Type == html.ElementNode && isBlock[n.Data] {
			b.WriteString(" ")
		}
	}
	walk(n)
	return b.String()
}

// isBlock are the elements after which a new word starts, whatever the white space.
var isBlock = map[string]bool{
	"p": true, "div": true, "li": true, "dt": true, "dd": true, "td": true, "th": true, "tr": true, "h1": true, "h2": true, "h3": true,
	"h4": true, "br": true, "option": true, "label": true, "legend": true, "summary": true, "button": true, "title": true, "section": true,
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
