package ui

import (
	"bytes"
	"net/url"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"
	"github.com/rivo/uniseg"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	xhtml "golang.org/x/net/html"

	"portal/internal/search"
)

// markdown reads people's own text. It knows paragraphs, line ends, lists, emphasis, quotations and links. It does not
// know HTML, so that a typed <b> is shown as typed; nor code by indentation, since people indent paragraphs; nor
// underlined headings, since people underline with dashes; nor addresses of links kept elsewhere, since a line such as
// "[1]: Ministry of labour" would vanish.
var markdown = goldmark.New(
	goldmark.WithParser(parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(paragraphs{parser.NewParagraphParser()}, 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(emphasis{parser.NewEmphasisParser()}, 500),
			util.Prioritized(extension.NewLinkifyParser(), 999),
		),
	)),
	goldmark.WithRendererOptions(
		html.WithHardWraps(),
		renderer.WithNodeRenderers(util.Prioritized(people{}, 100)),
	),
)

// paragraphs takes indented lines too: there is no code for which they could be meant, and nothing typed may vanish.
type paragraphs struct{ parser.BlockParser }

// CanAcceptIndentedLine implements parser.BlockParser.
func (paragraphs) CanAcceptIndentedLine() bool { return true }

// emphasis knows that Chinese and Japanese have no spaces between words: there **后续落实。**部门 ends at the second pair of
// stars, though a mark stands before it and a letter behind.
type emphasis struct{ parser.InlineParser }

// Parse implements parser.InlineParser.
func (e emphasis) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, _ := block.PeekLine()
	n := e.InlineParser.Parse(parent, block, pc)
	if d, ok := n.(*parser.Delimiter); ok && d.Char == '*' {
		after, _ := utf8.DecodeRune(line[min(d.OriginalLength, len(line)):])
		if ideograph(after) && !unicode.IsSpace(before) {
			d.CanClose = true
		}
		if ideograph(before) && !unicode.IsSpace(after) && after != utf8.RuneError {
			d.CanOpen = true
		}
	}
	return n
}

func ideograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// shallow keeps lists and quotations from being nested without end: reading them takes time that grows with the square
// of the depth. What is deeper is text.
type shallow struct{ parser.BlockParser }

// maxDepth is how deep blocks may be nested.
const maxDepth = 16

// Open implements parser.BlockParser.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if depth++; depth > maxDepth {
			return nil, parser.NoChildren
		}
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// people renders what must not come from people's text as it is: headings, which would break the order of the page's
// own, become bold paragraphs; images, which would be fetched from elsewhere, become links with their description.
type people struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (people) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, func(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			_, _ = w.WriteString("<p><strong>")
		} else {
			_, _ = w.WriteString("</strong></p>\n")
		}
		return ast.WalkContinue, nil
	})
	r.Register(ast.KindImage, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		for up := n.Parent(); up != nil; up = up.Parent() {
			if up.Kind() == ast.KindLink {
				return ast.WalkContinue, nil
			}
		}
		if entering {
			_, _ = w.WriteString(`<a href="`)
			_, _ = w.Write(util.EscapeHTML(util.URLEscape(n.(*ast.Image).Destination, true)))
			_, _ = w.WriteString(`">`)
		} else {
			_, _ = w.WriteString("</a>")
		}
		return ast.WalkContinue, nil
	})
}

// policy is the second wall: whatever the first let through, only these elements and attributes leave.
var policy = sync.OnceValue(func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "ul", "ol", "li", "strong", "em", "code", "blockquote")
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("mailto")
	// "http:/path" would be an address of ours in disguise.
	named := func(u *url.URL) bool { return u.Host != "" }
	p.AllowURLSchemeWithCustomPolicy("http", named)
	p.AllowURLSchemeWithCustomPolicy("https", named)
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
})

// maxMarkdown is how many bytes are read as Markdown. No question of ours takes as much; a draft may hold more, and is
// then shown as plain paragraphs, because some marks take time that grows with the square of their number.
const maxMarkdown = 30_000

// maxLinks is how many links, or beginnings of them, are read as such.
const maxLinks = 200

func tooMuch(source string) bool {
	return len(source) > maxMarkdown || strings.Count(source, "](") > maxLinks
}

// Markdown turns people's own text into safe HTML: paragraphs, line ends, lists, emphasis, quotations and links to
// http, https and mailto. Typed HTML is shown as typed; scripts, styles, images and other addresses do not pass.
// It never fails: a text that cannot be read as Markdown, is longer than 30,000 bytes or has more than
// 200 links, is shown as plain paragraphs.
func Markdown(source string) string {
	if tooMuch(source) {
		return plainParagraphs(source)
	}
	var out bytes.Buffer
	if err := markdown.Convert([]byte(source), &out); err != nil {
		return plainParagraphs(source)
	}
	return strings.TrimSpace(policy().Sanitize(out.String()))
}

func plainParagraphs(source string) string {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(source, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			out.WriteString("<p>" + strings.ReplaceAll(xhtml.EscapeString(paragraph), "\n", "<br>\n") + "</p>\n")
		}
	}
	return strings.TrimSpace(out.String())
}

// unmarked says of a text that Markdown would leave it as it is, as most are: paragraphs without any mark.
func unmarked(source string) bool {
	if strings.ContainsAny(source, "\r\t\x00\\`*_[]<>&#~") || strings.Contains(source, "\n\n\n") || strings.Contains(source, "  ") {
		return false
	}
	for line := range strings.SplitSeq(source, "\n") {
		if line != "" && (strings.IndexByte(" +-0123456789", line[0]) >= 0 || line[len(line)-1] == ' ') {
			return false
		}
	}
	return true
}

// PlainText returns the words of people's Markdown without its marks, paragraphs parted by a blank line: for
// descriptions, feeds and search.
func PlainText(source string) string {
	if line := strings.TrimSpace(source); tooMuch(source) || unmarked(line) {
		return line
	}
	return parsedText(source)
}

func parsedText(source string) string {
	src := []byte(source)
	var out strings.Builder
	end := func(mark string) {
		if s := out.String(); s != "" && !strings.HasSuffix(s, mark) {
			out.WriteString(strings.TrimPrefix(mark, trailing(s)))
		}
	}
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				out.Write(util.ResolveNumericReferences(util.ResolveEntityNames(util.UnescapePunctuations(n.Value(src)))))
				if n.SoftLineBreak() || n.HardLineBreak() {
					out.WriteByte('\n')
				}
			}
		case *ast.String:
			if entering {
				out.Write(n.Value)
			}
		case *ast.AutoLink:
			if entering {
				out.Write(n.Label(src))
			}
		case *ast.TextBlock:
			if !entering {
				end("\n")
			}
		default:
			if !entering && n.Type() == ast.TypeBlock && n.Kind() != ast.KindDocument && n.Kind() != ast.KindListItem {
				end("\n\n")
			}
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(out.String())
}

func trailing(s string) string {
	if strings.HasSuffix(s, "\n") {
		return "\n"
	}
	return ""
}

// beginning are the first paragraphs of the source that have at least so many bytes: an excerpt need not read all.
func beginning(source string, least int) string {
	if len(source) > least {
		if end := strings.Index(source[least:], "\n\n"); end >= 0 {
			return source[:least+end]
		}
	}
	return source
}

// oneLine is PlainText without line ends.
func oneLine(source string) string { return strings.Join(strings.Fields(PlainText(source)), " ") }

// Excerpt returns the start of people's Markdown as one line of plain text of at most limit characters as a person
// counts them, cut between words, with an ellipsis where something was left out.
func Excerpt(source string, limit int) string {
	if len(source) > maxMarkdown {
		source = strings.ToValidUTF8(source[:maxMarkdown], "")
	}
	first := beginning(source, 4*limit)
	line := oneLine(first)
	end := characters(line, limit-1)
	if end+characters(line[end:], 1) == len(line) && len(first) < len(source) { // many marks
		line = oneLine(source)
		end = characters(line, limit-1)
	}
	return cut(line, end)
}

// Passage is Excerpt for an answer to a question: from where the text answers it first, if that is further on.
func Passage(source string, limit int, q search.Question) string {
	if q.Typed == "" {
		return Excerpt(source, limit)
	}
	if len(source) > maxMarkdown {
		source = strings.ToValidUTF8(source[:maxMarkdown], "")
	}
	line := q.Passage(oneLine(source), limit)
	return cut(line, characters(line, limit-1))
}

// cut cuts a line between words before the byte end, unless no more than a character stands behind it.
func cut(line string, end int) string {
	if end+characters(line[end:], 1) == len(line) {
		return line
	}
	kept := strings.LastIndexByte(line[:end], ' ') + 1 // words are told apart behind it
	state := -1
	for rest := line[kept:]; rest != ""; {
		var word string
		if word, rest, state = uniseg.FirstWordInString(rest, state); kept+len(word) > end {
			break
		}
		kept += len(word)
	}
	return strings.TrimRight(line[:kept], " ,;:،؛、，–-") + "…"
}

// characters is how many bytes the first n characters of a line take, as a person counts them.
func characters(line string, n int) int {
	at := 0
	for ; n > 0 && at < len(line); n-- {
		if line[at] < utf8.RuneSelf && (at+1 == len(line) || line[at+1] < utf8.RuneSelf) {
			at++ // in ASCII each letter is one
			continue
		}
		character, _, _, _ := uniseg.FirstGraphemeClusterInString(line[at:], -1)
		at += len(character)
	}
	return at
}
