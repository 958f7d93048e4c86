package mail

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Text writes an HTML mail as plain text that says the same: paragraphs, lists and quotations keep their shape, a link is
// its words, a colon and its address. What the reader of the HTML does not see is left out, and so is an element with
// data-text="none", such as the address that stands below a button. Lines are not wrapped: a mail reader does that.
func Text(document string) string {
	root, err := html.Parse(strings.NewReader(document))
	if err != nil { // nested deeper than the parser goes
		return words(document)
	}
	w := &textWriter{}
	w.node(root)
	return w.finish()
}

// words is the plain way: all text, one token a line.
func words(document string) string {
	var lines []string
	for z := html.NewTokenizer(strings.NewReader(document)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return strings.Join(lines, "\n") + "\n"
		case html.TextToken:
			if line := strings.Join(strings.Fields(string(z.Text())), " "); line != "" {
				lines = append(lines, html.UnescapeString(line))
			}
		}
	}
}

// textWriter writes text under the prefixes of the lists and quotations it is in.
type textWriter struct {
	out strings.Builder
	// prefix is what each line starts with; first replaces it for the next line, which is a list item's first.
	prefix, first string
	last          string // the prefix of the line written last
	// breaks are the line ends owed before the next word; space says that a space is.
	breaks   int
	space    bool
	started  bool // anything was written
	link     bool // the last thing written is an address
	preserve int  // depth of <pre>
}

// line asks for a new line, block for an empty line between.
func (w *textWriter) line()  { w.breaks = max(w.breaks, 1) }
func (w *textWriter) block() { w.breaks = max(w.breaks, 2) }

// write puts a run of characters on the current line.
func (w *textWriter) write(s string) {
	if s == "" {
		return
	}
	switch {
	case !w.started:
		w.out.WriteString(w.lineStart())
	case w.breaks > 0:
		w.out.WriteString("\n")
		for range min(w.breaks, 2) - 1 {
			w.out.WriteString(w.between() + "\n")
		}
		w.out.WriteString(w.lineStart())
	case w.space:
		w.out.WriteString(" ")
	case w.link && strings.ContainsRune(".,;:!?)،؛؟。，；：！？", firstRune(s)):
		w.out.WriteString(" ") // or it would be taken as part of the address
	}
	w.started, w.breaks, w.space, w.link, w.last = true, 0, false, false, w.prefix
	w.out.WriteString(s)
}

// between is the prefix of an empty line: what the lines before and after it are both in.
func (w *textWriter) between() string {
	if len(w.last) < len(w.prefix) {
		return w.last
	}
	return w.prefix
}

func (w *textWriter) lineStart() string {
	if w.first != "" {
		start := w.first
		w.first = ""
		return start
	}
	return w.prefix
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// finish ends the last line.
func (w *textWriter) finish() string {
	if !w.started {
		return ""
	}
	lines := strings.Split(w.out.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

func (w *textWriter) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.node(c)
	}
}

func (w *textWriter) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		w.text(n.Data)
	case html.DocumentNode:
		w.children(n)
	case html.ElementNode:
		if !unseen(n) {
			w.element(n)
		}
	}
}

// text writes words with the white space of HTML: any run of it is one space.
func (w *textWriter) text(s string) {
	s = strings.ReplaceAll(s, "\u00a0", " ")
	if w.preserve > 0 {
		lines := strings.Split(strings.ReplaceAll(s, "\r", ""), "\n")
		for i, l := range lines {
			if i > 0 {
				w.breaks++
			}
			w.write(clean(l))
		}
		return
	}
	for i, word := range strings.FieldsFunc(s, isSpace) {
		if i > 0 || isSpace(firstRune(s)) {
			w.space = true
		}
		w.write(clean(word))
	}
	if s != "" && isSpace(rune(s[len(s)-1])) {
		w.space = true
	}
}

func isSpace(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' || r == '\f' }

// clean drops control characters, which mail readers and terminals may act upon.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, s)
}

// within writes the children under a longer prefix.
func (w *textWriter) within(n *html.Node, first, rest string) {
	before := w.prefix
	if w.first != "" { // an item that starts with a list or a quotation
		first = w.first + first
	} else {
		first = before + first
	}
	w.first, w.prefix = first, before+rest
	w.children(n)
	w.first, w.prefix = "", before
}

func (w *textWriter) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Br:
		if w.started {
			w.breaks++
			w.space = false
		}
	case atom.Hr:
		w.block()
		w.write("----------")
		w.block()
	case atom.Img:
		w.text(attr(n, "alt"))
	case atom.A:
		w.anchor(n)
	case atom.Ul, atom.Ol:
		w.list(n)
	case atom.Blockquote:
		w.block()
		w.within(n, "> ", "> ")
		w.block()
	case atom.Pre:
		w.block()
		w.preserve++
		w.children(n)
		w.preserve--
		w.block()
	case atom.Dd:
		w.line()
		w.within(n, "  ", "  ")
		w.line()
	case atom.Td, atom.Th:
		if previous(n) != nil {
			w.text(" | ")
		}
		w.children(n)
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dl, atom.Table, atom.Figure:
		w.block()
		w.children(n)
		w.block()
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Main, atom.Footer, atom.Nav, atom.Aside, atom.Address, atom.Body,
		atom.Dt, atom.Tr, atom.Caption, atom.Figcaption, atom.Details, atom.Summary, atom.Fieldset, atom.Legend, atom.Form, atom.Li:
		w.line()
		w.children(n)
		w.line()
	default:
		w.children(n)
	}
}

// list writes the items with dashes or numbers. A list within an item follows it without an empty line.
func (w *textWriter) list(n *html.Node) {
	apart := w.block
	if n.Parent != nil && n.Parent.DataAtom == atom.Li {
		apart = w.line
	}
	apart()
	number, err := strconv.Atoi(attr(n, "start"))
	if err != nil {
		number = 1
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || unseen(c) {
			continue
		}
		mark := "- "
		if n.DataAtom == atom.Ol {
			mark = strconv.Itoa(number) + ". "
			number++
		}
		w.line()
		w.within(c, mark, strings.Repeat(" ", len(mark)))
		w.line()
	}
	apart()
}

// anchor writes a link as its words and its address, or the address alone where the words are the address.
func (w *textWriter) anchor(n *html.Node) {
	inner := &textWriter{started: true}
	inner.children(n)
	said := strings.Join(strings.Fields(inner.out.String()), " ")
	address := strings.TrimSpace(clean(attr(n, "href")))
	scheme, rest, _ := strings.Cut(address, ":")
	switch strings.ToLower(scheme) {
	case "http", "https":
		if bare(said) == bare(address) {
			said = ""
		}
	case "mailto":
		address, _, _ = strings.Cut(rest, "?")
		if strings.Contains(said, address) {
			address = ""
		}
	default: // a place in the page, or nothing one can follow
		address = ""
	}
	if s := inner.out.String(); s != "" && isSpace(firstRune(s)) {
		w.space = true
	}
	switch {
	case address == "":
		w.write(said)
	case said == "":
		w.write(address)
		w.link = true
	default:
		w.write(strings.TrimSuffix(said, ":") + ": " + address)
		w.link = true
	}
	if inner.space {
		w.space = true
	}
}

var scheme = regexp.MustCompile(`(?i)^https?://`)

// bare is an address as people write it.
func bare(address string) string {
	return strings.ToLower(strings.TrimSuffix(scheme.ReplaceAllString(address, ""), "/"))
}

var displayNone = regexp.MustCompile(`(?i)(^|;)\s*display\s*:\s*none\s*(!important\s*)?(;|$)`)

// unseen says whether the element is not for the reader of the text.
func unseen(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Head, atom.Title, atom.Style, atom.Script, atom.Template, atom.Noscript, atom.Svg, atom.Iframe, atom.Object:
		return true
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "hidden", a.Key == "aria-hidden" && a.Val == "true", a.Key == "data-text" && a.Val == "none",
			a.Key == "style" && displayNone.MatchString(a.Val):
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// previous is the element before this one.
func previous(n *html.Node) *html.Node {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode {
			return p
		}
	}
	return nil
}
