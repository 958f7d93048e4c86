package ui

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, want string }{
		{"paragraphs", "One.\n\nTwo.", "<p>One.</p>\n<p>Two.</p>"},
		{"line ends are kept", "One.\nTwo.", "<p>One.<br>\nTwo.</p>"},
		{"lists", "- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"},
		{"numbered lists keep their first number", "3. a\n4. b", "<ol start=\"3\">\n<li>a</li>\n<li>b</li>\n</ol>"},
		{"emphasis", "*a* and **b**", "<p><em>a</em> and <strong>b</strong></p>"},
		{"headings are bold paragraphs", "# Title\n\nText", "<p><strong>Title</strong></p>\n<p>Text</p>"},
		{"dashes below a line underline nothing", "Goals\n---", "<p>Goals</p>\n<hr>"},
		{"indented text is text", "    four spaces", "<p>four spaces</p>"},
		{"indented text in a list", "- a\n\n      deep", "<ul>\n<li>\n<p>a</p>\n<p>deep</p>\n</li>\n</ul>"},
		{"typed HTML is shown as typed", "a <b>bold</b> claim", "<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>"},
		{"typed HTML blocks too", "<div>\nx\n</div>", "<p>&lt;div&gt;<br>\nx<br>\n&lt;/div&gt;</p>"},
		{"less-than is a sign", "3 < 5 & 7 > 2", "<p>3 &lt; 5 &amp; 7 &gt; 2</p>"},
		{"addresses become links", "see https://example.org/a?b=c&d=e", `<p>see <a href="https://example.org/a?b=c&amp;d=e" rel="nofollow noreferrer">https://example.org/a?b=c&amp;d=e</a></p>`},
		{"links", "[here](https://example.org)", `<p><a href="https://example.org" rel="nofollow noreferrer">here</a></p>`},
		{"images become links", "![a map](https://example.org/x.png)", `<p><a href="https://example.org/x.png" rel="nofollow noreferrer">a map</a></p>`},
		{"images in links stay words", "[![a map](https://example.org/x.png)](https://example.org)", `<p><a href="https://example.org" rel="nofollow noreferrer">a map</a></p>`},
		{"quotations", "> so it was", "<blockquote>\n<p>so it was</p>\n</blockquote>"},
		{"Arabic", "سنفتح **مكتبًا**", "<p>سنفتح <strong>مكتبًا</strong></p>"},
		{"Chinese has no spaces around stars", "**后续落实。**部门委员会", "<p><strong>后续落实。</strong>部门委员会</p>"},
		{"Chinese quotation marks too", "开办**“一站式”**服务", "<p>开办<strong>“一站式”</strong>服务</p>"},
		{"empty", "", ""},
	} {
		if got := Markdown(c.source); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, got, c.want)
		}
	}
}

// attacks are ways to smuggle something into a page through Markdown, HTML or the addresses of links.
var attacks = []string{
	"<script>alert(1)</script>",
	"<scr<script>ipt>alert(1)</scr</script>ipt>",
	"<img src=x onerror=alert(1)>",
	"<svg/onload=alert(1)>",
	"<iframe src=\"javascript:alert(1)\"></iframe>",
	"<a href=\"javascript:alert(1)\">x</a>",
	"<body onload=alert(1)>",
	"<style>*{display:none}</style>",
	"<base href=//evil.example>",
	"<form action=//evil.example><input name=q>",
	"<meta http-equiv=refresh content=0;url=//evil.example>",
	"<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
	"<!--><script>alert(1)</script>-->",
	"[x](javascript:alert(1))",
	"[x](JaVaScRiPt:alert(1))",
	"[x](java\nscript:alert(1))",
	"[x](javascript&colon;alert(1))",
	"[x](&#106;avascript:alert(1))",
	"[x](\x01javascript:alert(1))",
	"[x](vbscript:msgbox(1))",
	"[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
	"[x](//evil.example)",
	"[x](/en/sign-out)",
	"[x](file:///etc/passwd)",
	"[x](https://example.org \"onmouseover=alert(1)\")",
	"[x](https://example.org\" onmouseover=\"alert(1))",
	"[x]: javascript:alert(1)\n\n[x]",
	"<javascript:alert(1)>",
	"<https://example.org/\"onmouseover=alert(1)>",
	"![x](javascript:alert(1))",
	"![x\" onerror=\"alert(1)](https://example.org)",
	"`<script>alert(1)</script>`",
	"```html\n<script>alert(1)</script>\n```",
	"> <script>alert(1)</script>",
	"- <img src=x onerror=alert(1)>",
	"**<script>**alert(1)</script>",
	"# <script>alert(1)</script>",
	"\x00<script>alert(1)</script>",
	"&lt;script&gt;alert(1)&lt;/script&gt;",
	"&#60;script&#62;alert(1)&#60;/script&#62;",
	"</div></main><script>alert(1)</script>",
	"http://example.org/<script>alert(1)</script>",
	"\u2028<script>alert(1)</script>",
	strings.Repeat("[", 5000) + "x" + strings.Repeat("](javascript:alert(1))", 50),
	strings.Repeat("> ", 300) + "<script>",
}

func TestNothingDangerousPassesMarkdown(t *testing.T) {
	t.Parallel()
	for _, source := range attacks {
		harmless(t, source)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, source := range attacks {
		f.Add(source)
	}
	f.Fuzz(func(t *testing.T, source string) { harmless(t, source) })
}

// harmless reads the HTML as a browser does and fails on any element or attribute that has no business there.
func harmless(t *testing.T, source string) {
	t.Helper()
	elements := map[string]bool{"p": true, "br": true, "hr": true, "ul": true, "ol": true, "li": true, "strong": true, "em": true, "code": true, "blockquote": true, "a": true}
	tokens := html.NewTokenizer(strings.NewReader(Markdown(source)))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			return
		case html.CommentToken, html.DoctypeToken:
			t.Errorf("%q lets a comment through", source)
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			if !elements[token.Data] {
				t.Errorf("%q lets <%s> through", source, token.Data)
			}
			for _, a := range token.Attr {
				switch {
				case token.Data == "a" && a.Key == "href":
					if !strings.HasPrefix(a.Val, "http://") && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "mailto:") {
						t.Errorf("%q links to %q", source, a.Val)
					}
				case token.Data == "a" && a.Key == "rel":
				case token.Data == "ol" && a.Key == "start":
				default:
					t.Errorf("%q lets %s=%q through", source, a.Key, a.Val)
				}
			}
		}
	}
}

// A text made to take long does not.
func TestMarkdownTakesNoTime(t *testing.T) {
	t.Parallel()
	for _, mark := range []string{"[", "*a ", "**a*", "> ", ">", "- ", "- a\n", "`a``b", "[a](b", "http://a.b/", "<", "<http://a", "![", "www.", "a@", "&", "> a\n", "  - a\n", "("} {
		for _, size := range []int{maxMarkdown, 1_000_000} {
			source := strings.Repeat(mark, size/len(mark))
			began := time.Now()
			Markdown(source)
			PlainText(source)
			Excerpt(source, 200)
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("%d bytes of %q take %v", size, mark, took)
			}
		}
	}
}

func TestVeryLongTextIsShownInPlainParagraphs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", maxMarkdown)
	if got := Markdown("<b>\na\n\n" + long); !strings.HasPrefix(got, "<p>&lt;b&gt;<br>\na</p>\n<p>word word") {
		t.Errorf("it starts %q", got[:40])
	}
	if got := PlainText(long); got != strings.TrimSpace(long) {
		t.Error("its plain text is another")
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, source, want string }{
		{"marks go", "**We** will *open* [a desk](https://example.org).", "We will open a desk."},
		{"paragraphs stay apart", "One.\n\nTwo.", "One.\n\nTwo."},
		{"lines of a list", "Goals:\n\n- a\n- b\n\nEnd", "Goals:\n\na\nb\n\nEnd"},
		{"headings", "# Title\nText", "Title\n\nText"},
		{"addresses", "see https://example.org now", "see https://example.org now"},
		{"typed HTML", "a <b>bold</b> claim", "a <b>bold</b> claim"},
		{"signs and entities", `3 \* 4 &amp; 5`, "3 * 4 & 5"},
		{"empty", " \n ", ""},
	} {
		if got := PlainText(c.source); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// No word that somebody typed may vanish on the way to the page.
func TestMarkdownKeepsEveryWord(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		"    one\n\ttwo", "1. one\n        two", "> one\ntwo\n\n    three", "one\n===\ntwo\n---", "- one\n\n\n\n        two\n",
		"<one two=three>", "<!-- one -->", "~~~\none\n~~~", "```\none\n```", "&one; &#0; two", "\\one \\* two", "| one | two |\n|---|---|\n| three | four |",
		"[one]: two", "[one]: https://example.org \"two\"", "[one][two]", "[^1]: one", "# one #", "#one", "* * one", "2026. one",
	} {
		text := html.UnescapeString(Markdown(source))
		for _, word := range strings.FieldsFunc(source, func(r rune) bool { return r < 'a' || r > 'z' }) {
			if len(word) > 2 && !strings.Contains(text, word) {
				t.Errorf("%q loses %q: %q", source, word, text)
			}
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source string
		limit        int
		want         string
	}{
		{"short enough", "We will **register** all.", 100, "We will register all."},
		{"cut between words", "We will register every child", 16, "We will…"},
		{"no mark before the ellipsis", "We will, and so on", 10, "We will…"},
		{"a family counts as one", "👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧👩‍👩‍👧"},
		{"Arabic", "سنفتح مكتبًا في الشمال", 8, "سنفتح…"},
		{"of several paragraphs the first", "We will register every child.\n\nAnd more.\n\nAnd more.", 20, "We will register…"},
		{"over the end of a paragraph", "We will.\n\nAnd **more** of it all, in every town.", 20, "We will. And more…"},
		{"marks that take up much", "[We](https://example.org/a/very/long/address/that/nobody/reads) will.\n\nAnd more of it.", 20, "We will. And more…"},
		{"nothing but paragraphs", "a\n\nb\n\nc\n\nd", 20, "a b c d"},
	} {
		if got := Excerpt(c.source, c.limit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What is taken for a text without marks is one.
func FuzzUnmarked(f *testing.F) {
	for _, s := range []string{"We will register all.", "see https://example.org now", "We (and www.example.org) will: all!", "سنفتح مكتبًا", "a=b", "“One”", "One two.\u00a0", "A) b", "ftp://a.b.c/d. And", "One.\n\nTwo\nlines.", "===\n\n= a\n!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if line := strings.TrimSpace(source); utf8.ValidString(source) && unmarked(line) && parsedText(source) != line {
			t.Errorf("%q is read as %q", line, parsedText(source))
		}
	})
}
