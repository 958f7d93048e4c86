package webtest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Form is a form of a page with what is filled in, as a browser holds it. Its methods change it and return it.
type Form struct {
	page     *Page
	node     *html.Node
	controls []*control
	files    []File
}

// control is one thing in a form that can be sent.
type control struct {
	node   *html.Node
	name   string
	kind   string // text (all that is typed), hidden, choice (radio), check, select, file, button
	values []string
	on     bool // of a radio or checkbox
}

// Form returns the only form that matches the selector.
func (p *Page) Form(selector string) *Form {
	p.client.t.Helper()
	e := p.One(selector)
	if e.node.Data != "form" {
		p.client.t.Fatalf("%s: %q is not a form", p.URL, selector)
	}
	f := &Form{page: p, node: e.node}
	id := e.Attr("id")
	for n := range p.document().Descendants() {
		if n.Type != html.ElementNode || isDisabled(n) {
			continue
		}
		owner, named := attr(n, "form")
		if named && owner != id || !named && !isBelow(n, e.node) {
			continue
		}
		if c := readControl(n); c != nil {
			f.controls = append(f.controls, c)
		}
	}
	return f
}

func readControl(n *html.Node) *control {
	name, _ := attr(n, "name")
	value, hasValue := attr(n, "value")
	kind, _ := attr(n, "type")
	c := &control{node: n, name: name, kind: "text", values: []string{value}}
	switch n.Data {
	case "textarea":
		c.values = []string{rawContent(n)} // the parser has dropped the line end that browsers drop
	case "select":
		c.kind, c.values = "select", selected(n)
	case "button":
		if kind == "button" || kind == "reset" {
			return nil
		}
		c.kind = "button"
	case "input":
		switch strings.ToLower(kind) {
		case "radio", "checkbox":
			c.kind = map[string]string{"radio": "choice", "checkbox": "check"}[strings.ToLower(kind)]
			_, c.on = attr(n, "checked")
			if !hasValue {
				c.values = []string{"on"}
			}
		case "submit", "image":
			c.kind = "button"
		case "button", "reset":
			return nil
		case "file", "hidden":
			c.kind = strings.ToLower(kind)
		}
	default:
		return nil
	}
	return c
}

// Value returns the first value that the form would send for the name; "" for none.
func (f *Form) Value(name string) string {
	if values := f.Values()[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values returns what the form would send, its buttons and files aside.
func (f *Form) Values() url.Values {
	values := url.Values{}
	for _, c := range f.controls {
		switch {
		case c.name == "" || c.kind == "button" || c.kind == "file":
		case (c.kind == "choice" || c.kind == "check") && !c.on:
		default:
			values[c.name] = append(values[c.name], c.values...)
		}
	}
	return values
}

// Set fills in a control as a person would: types a text, chooses exactly these options, ticks exactly these boxes. It
// fails the test for a name or an option that the page does not offer, and for a hidden field: use Forge for what a
// person cannot do.
func (f *Form) Set(name string, values ...string) *Form {
	f.page.client.t.Helper()
	var kinds []string
	var typed []*control
	left := slices.Clone(values)
	take := func(v string) bool {
		if i := slices.Index(left, v); i >= 0 {
			left = slices.Delete(left, i, i+1)
			return true
		}
		return false
	}
	for _, c := range f.controls {
		if c.name != name || c.kind == "button" {
			continue
		}
		kinds = append(kinds, c.kind)
		switch c.kind {
		case "choice", "check":
			c.on = take(c.values[0])
		case "select":
			c.values = nil
			for _, v := range optionsOf(c.node) {
				if take(v) {
					c.values = append(c.values, v)
				}
			}
		case "text":
			typed = append(typed, c)
		default:
			f.page.client.t.Fatalf("%s: nobody can type into %q: it is a %s field", f.page.URL, name, c.kind)
		}
	}
	for _, c := range typed {
		c.values = []string{""}
		if len(left) > 0 {
			c.values, left = []string{left[0]}, left[1:]
		}
	}
	if len(kinds) == 0 {
		f.page.client.t.Fatalf("%s: the form has no control %q; it has %s", f.page.URL, name, strings.Join(f.names(), ", "))
	}
	if len(left) > 0 {
		f.page.client.t.Fatalf("%s: %q does not offer %q", f.page.URL, name, left)
	}
	return f
}

// Forge sends these values for the name, whatever the page offers, as a hostile or broken client would. No value leaves
// the name out.
func (f *Form) Forge(name string, values ...string) *Form {
	f.controls = slices.DeleteFunc(f.controls, func(c *control) bool { return c.name == name && c.kind != "button" })
	if len(values) > 0 {
		f.controls = append(f.controls, &control{name: name, kind: "hidden", values: values})
	}
	return f
}

// Attach chooses a file for a file control.
func (f *Form) Attach(name, fileName string, content []byte) *Form {
	f.page.client.t.Helper()
	if !slices.ContainsFunc(f.controls, func(c *control) bool { return c.name == name && c.kind == "file" }) {
		f.page.client.t.Fatalf("%s: the form has no file control %q; it has %s", f.page.URL, name, strings.Join(f.names(), ", "))
	}
	f.files = append(f.files, File{Field: name, Name: fileName, Content: content})
	return f
}

// Submit sends the form with its first button, as the Enter key does.
func (f *Form) Submit() *Page {
	f.page.client.t.Helper()
	for _, c := range f.controls {
		if c.kind == "button" {
			return f.send(c)
		}
	}
	return f.send(nil)
}

// Press sends the form with the button of that name, "name=value" or text.
func (f *Form) Press(button string) *Page {
	f.page.client.t.Helper()
	var known []string
	for _, c := range f.controls {
		if c.kind != "button" {
			continue
		}
		text := strings.Join(strings.Fields(rawText(c.node)), " ")
		if button == c.name || button == c.name+"="+c.values[0] || button == text {
			return f.send(c)
		}
		known = append(known, fmt.Sprintf("%q (%s=%s)", text, c.name, c.values[0]))
	}
	f.page.client.t.Fatalf("%s: the form has no button %q; it has %s", f.page.URL, button, strings.Join(known, ", "))
	return nil
}

func (f *Form) send(button *control) *Page {
	c := f.page.client
	c.t.Helper()
	property := func(name string) string {
		if button != nil {
			if v, ok := attr(button.node, "form"+name); ok {
				return v
			}
		}
		v, _ := attr(f.node, name)
		return v
	}
	values := f.Values()
	if button != nil && button.name != "" {
		values.Add(button.name, button.values[0])
	}
	target, err := f.page.URL.Parse(property("action"))
	if err != nil || target.Host != f.page.URL.Host {
		c.t.Fatalf("%s: the form goes to another site: %s", f.page.URL, property("action"))
	}
	if strings.EqualFold(property("method"), http.MethodPost) {
		c = c.With("Referer", f.page.URL.String()).With("Sec-Fetch-Mode", "navigate")
		if strings.EqualFold(property("enctype"), "multipart/form-data") {
			return c.PostMultipart(target.RequestURI(), values, f.filesOrNone()...)
		}
		return c.Post(target.RequestURI(), values)
	}
	target.RawQuery = values.Encode()
	return c.Get(target.RequestURI())
}

// filesOrNone adds the empty part that a browser sends for a file control without a file.
func (f *Form) filesOrNone() []File {
	files := slices.Clone(f.files)
	for _, c := range f.controls {
		if c.kind == "file" && c.name != "" && !slices.ContainsFunc(files, func(f File) bool { return f.Field == c.name }) {
			files = append(files, File{Field: c.name})
		}
	}
	return files
}

func (f *Form) names() []string {
	var names []string
	for _, c := range f.controls {
		if !slices.Contains(names, c.name) {
			names = append(names, c.name)
		}
	}
	return names
}

func optionsOf(n *html.Node) []string {
	var values []string
	for o := range n.Descendants() {
		if o.Type == html.ElementNode && o.Data == "option" && !isDisabled(o) {
			values = append(values, optionValue(o))
		}
	}
	return values
}

func optionValue(o *html.Node) string {
	if v, ok := attr(o, "value"); ok {
		return v
	}
	return strings.Join(strings.Fields(rawText(o)), " ")
}

// selected returns what a select sends: what is selected, or the first option of one that shows a single line.
func selected(n *html.Node) []string {
	var values []string
	for o := range n.Descendants() {
		if o.Type == html.ElementNode && o.Data == "option" {
			if _, ok := attr(o, "selected"); ok {
				values = append(values, optionValue(o))
			}
		}
	}
	if _, multiple := attr(n, "multiple"); multiple {
		return values
	}
	if len(values) > 0 {
		return values[len(values)-1:]
	}
	return optionsOf(n)[:min(1, len(optionsOf(n)))]
}

// rawContent is the text of an element as it stands, with its white space.
func rawContent(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func isBelow(n, above *html.Node) bool {
	for p := range n.Ancestors() {
		if p == above {
			return true
		}
	}
	return false
}

func isDisabled(n *html.Node) bool {
	if _, ok := attr(n, "disabled"); ok {
		return true
	}
	for p := range n.Ancestors() {
		if p.Type == html.ElementNode && p.Data == "fieldset" {
			if _, ok := attr(p, "disabled"); ok {
				return true
			}
		}
	}
	return false
}
