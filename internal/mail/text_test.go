package mail

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, html, want string }{
		{"nothing", "", ""},
		{"only what is not seen", "<html><head><title>Subject</title><style>p{}</style></head><body><script>1</script></body></html>", ""},
		{"a paragraph", "<p>Dear Ms Otieno,</p>", "Dear Ms Otieno,\n"},
		{"white space is one space", "<p> a \n\t b\u00a0c </p>", "a b c\n"},
		{"words across elements", "<p>a<b>b</b> <i>c</i><i> d</i></p>", "ab c d\n"},
		{"paragraphs stand apart", "<p>a</p><p>b</p>\n\n<div><p>c</p></div>", "a\n\nb\n\nc\n"},
		{"headings stand apart", "<h1>Title</h1><p>a</p><h2>Part</h2>b", "Title\n\na\n\nPart\n\nb\n"},
		{"blocks without margins do not", "<div>a</div><div>b</div>", "a\nb\n"},
		{"line breaks", "<p>a<br>b<br><br>c<br></p>", "a\nb\n\nc\n"},
		{"entities", "<p>R&amp;D &lt;3 &eacute; &#x1F600;</p>", "R&D <3 é 😀\n"},
		{"a list", "<p>Do:</p><ul><li>one</li><li>two</li></ul><p>Then.</p>", "Do:\n\n- one\n- two\n\nThen.\n"},
		{"a numbered list", `<ol start="9"><li>nine</li><li>ten</li></ol>`, "9. nine\n10. ten\n"},
		{"a list in a list", "<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>", "- a\n  - b\n    1. c\n- d\n"},
		{"a list item of paragraphs", "<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b\n"},
		{"a list item that breaks", "<ol><li>a<br>b</li></ol>", "1. a\n   b\n"},
		{"an empty list item", "<ul><li></li><li>a</li></ul><p>b</p>", "- a\n\nb\n"},
		{"a quotation", "<p>They wrote:</p><blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "They wrote:\n\n> a\n>\n> b\n\nc\n"},
		{"a quotation in a quotation", "<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b\n"},
		{"a list in a quotation", "<blockquote><ul><li>a</li><li>b</li></ul></blockquote>", "> - a\n> - b\n"},
		{"facts", "<dl><dt>Title</dt><dd>Data</dd><dt>State</dt><dd>a<br>b</dd></dl>", "Title\n  Data\nState\n  a\n  b\n"},
		{"a table", "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2\n"},
		{"written as it is", "<pre>a\n  b\n\nc</pre>", "a\n  b\n\nc\n"},
		{"a rule", "<p>a</p><hr><p>b</p>", "a\n\n----------\n\nb\n"},
		{"a picture", `<p><img src="x" alt="The mark"> of it</p>`, "The mark of it\n"},
		{"a link", `<p>See <a href="https://portal.example/en/pledges">the pledges</a> now.</p>`, "See the pledges: https://portal.example/en/pledges now.\n"},
		{"a link before a full stop", `<a href="https://portal.example/t/abc">Confirm</a>.`, "Confirm: https://portal.example/t/abc .\n"},
		{"a link that says its address", `<p>Open<br><a href="https://portal.example/t/abc">https://portal.example/t/abc</a></p>`, "Open\nhttps://portal.example/t/abc\n"},
		{"a link that says its address as people do", `<a href="https://portal.example/">portal.example</a>`, "https://portal.example/\n"},
		{"a link that ends in a colon", `<a href="https://portal.example/a">Open:</a>`, "Open: https://portal.example/a\n"},
		{"a link without words", `<a href="https://portal.example/a"></a>`, "https://portal.example/a\n"},
		{"spaces within a link", `a<a href="https://portal.example/a"> b </a>c`, "a b: https://portal.example/a c\n"},
		{"a mail address", `<a href="mailto:help@portal.example">help@portal.example</a>`, "help@portal.example\n"},
		{"a mail address with words", `<a href="mailto:help@portal.example?subject=x">Write to us</a>`, "Write to us: help@portal.example\n"},
		{"a link within the page", `<a href="#top">Up</a>`, "Up\n"},
		{"a link that runs something", `<a href="javascript:alert(1)">Up</a>`, "Up\n"},
		{"a link over lines in its code", "<p>\n<a\nhref=\"https://portal.example/a\">\n  Open\n</a>\n</p>", "Open: https://portal.example/a\n"},
		{"Arabic", `<p>افتح <a href="https://portal.example/ar">البوابة</a>، ثم اقرأ.</p>`, "افتح البوابة: https://portal.example/ar ، ثم اقرأ.\n"},
		{"a Chinese sentence", "<p>第一行\n第二行</p>", "第一行 第二行\n"},
		{"combining marks and joiners stay", "<p>e\u0301 می\u200cخواهم 👩\u200d👧</p>", "e\u0301 می\u200cخواهم 👩\u200d👧\n"},
		{"hidden", `<p>a</p><p hidden>b</p><p style="color:red; display: none">c</p><p aria-hidden="true">d</p><p data-text="none">e</p>`, "a\n"},
		{"control characters", "<p>a\x1b[31m\u009bb\x07</p>", "a[31mb\n"},
		{"broken HTML", "<p>a<ul><li>b<p>c</table>&", "a\n\n- b\n\n  c&\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := Text(c.html); got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
		})
	}
}

func TestTextOfWhatIsNestedTooDeepIsStillThere(t *testing.T) {
	t.Parallel()
	deep := "<p>first</p>" + strings.Repeat("<blockquote>", 5000) + "last" + strings.Repeat("</blockquote>", 5000)
	text := Text(deep)
	if !strings.Contains(text, "first") || !strings.Contains(text, "last") {
		t.Errorf("words were lost: %.200q", text)
	}
	if len(text) > 1<<20 {
		t.Errorf("%d bytes of text", len(text))
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "<p>a</p>", "<ul><li>a<ol><li><blockquote>b", `<a href="https://x.example/">c</a>.`, "<pre>\n a", "<dl><dt>a<dd>b", "\x00<p>\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, document string) {
		text := Text(document)
		if text != "" && (!strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n\n")) {
			t.Errorf("it ends badly: %q", text)
		}
		if utf8.ValidString(document) && !utf8.ValidString(text) {
			t.Errorf("not UTF-8: %q", text)
		}
		for _, r := range text {
			if r != '\n' && unicode.IsControl(r) {
				t.Errorf("control character %U in %q", r, text)
			}
		}
	})
}
