package word

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strings"

	"portal/internal/i18n"
)

// Document is a text that people go on editing: a report, not a form. It is written in the language of the context, and
// Read refuses it.
type Document struct {
	// Title heads the file and stands below its pages; About are lines below it. Site is who runs the portal.
	Title string
	About []string
	Site  string
	Parts []Part
}

// Part is a part of a document: Heading, Paragraph, Words, Link, Table or Chart.
type Part interface{ write(w *writer) }

// Heading begins a section of the level 1 to 3. Lang is the language of people's words; "" for our own.
type Heading struct {
	Level      int
	Text, Lang string
}

// Paragraph is our own words; a Note says aside what a table or chart counts.
type Paragraph struct {
	Text string
	Note bool
}

// Words are what a person wrote, in Markdown and the language Lang.
type Words struct{ Text, Lang string }

// Link leads to an address.
type Link struct{ Text, Address string }

// Table is a table of text with a row of heads. Number aligns a column as figures; Total sets the last row off.
type Table struct {
	Caption string
	Columns []TableColumn
	Rows    [][]string
	Total   bool
}

// TableColumn is a column of a table.
type TableColumn struct {
	Head   string
	Number bool
}

// WriteDocument returns the .docx.
func WriteDocument(ctx context.Context, d Document) ([]byte, error) {
	w := newWriter(ctx, d.Title, d.Site)
	w.head(d.About)
	for _, part := range d.Parts {
		part.write(w)
	}
	var b bytes.Buffer
	if err := w.pack(&b); err != nil {
		return nil, fmt.Errorf("write the Word file %q: %w", d.Title, err)
	}
	return b.Bytes(), nil
}

func (h Heading) write(w *writer) {
	style := fmt.Sprintf("Heading%d", h.Level)
	if h.Lang == "" {
		w.paragraph(style, h.Text)
		return
	}
	w.theirs(style, h.Text, h.Lang)
}

func (p Paragraph) write(w *writer) {
	if p.Note {
		w.paragraph("PortalNote", p.Text)
		return
	}
	w.paragraph("PortalBody", p.Text)
}

func (t Words) write(w *writer) {
	for _, b := range parseBlocks(t.Text) {
		if len(b.items) > 0 {
			w.items("PortalBody", b.items, func(words string) string { return marked(words, tongueOf(words, t.Lang)) })
			continue
		}
		w.theirs("PortalBody", b.text, t.Lang)
	}
}

func (l Link) write(w *writer) { w.paragraph("PortalBody", "", w.link(l.Address, l.Text)) }

// theirs writes a paragraph of people's words, in the direction and the language in which they are written.
func (w *writer) theirs(style, words, lang string) {
	paragraph := ""
	if rightToLeft(words) {
		paragraph = `<w:bidi/>`
	}
	fmt.Fprintf(&w.body, `<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr>%s</w:p>`, style, paragraph, marked(words, tongueOf(words, lang)))
}

// tongueOf are the properties of people's words: their direction and their language.
func tongueOf(words, lang string) string {
	if rightToLeft(words) {
		return `<w:rtl/><w:lang w:bidi="ar-SA"/>`
	}
	return `<w:lang w:val="` + tongue(i18n.Lang(lang)) + `"/>`
}

// marks are what Markdown writes within a line: strong words, words with stress, and links.
var marks = regexp.MustCompile(`\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[([^\]\n]+)\]\(([^)\s]+)\)`)

// marked writes the runs of a text with marks; a link is its words, with the address in brackets.
func marked(words, properties string) string {
	var b strings.Builder
	run := func(s, look string) {
		if s != "" {
			b.WriteString(`<w:r><w:rPr>` + look + properties + `</w:rPr>` + text(s) + `</w:r>`)
		}
	}
	at := 0
	for _, m := range marks.FindAllStringSubmatchIndex(words, -1) {
		run(words[at:m[0]], "")
		at = m[1]
		switch {
		case m[2] >= 0:
			run(words[m[2]:m[3]], `<w:b/><w:bCs/>`)
		case m[4] >= 0:
			run(words[m[4]:m[5]], `<w:i/><w:iCs/>`)
		default:
			run(words[m[6]:m[7]]+" ("+words[m[8]:m[9]]+")", "")
		}
	}
	run(words[at:], "")
	return b.String()
}

// numberWidth is the width of a column of figures.
const numberWidth = 2000

func (t Table) write(w *writer) {
	widths := make([]int, len(t.Columns))
	rest, texts := pageWidth, 0
	for i, c := range t.Columns {
		if c.Number {
			widths[i] = numberWidth
			rest -= numberWidth
		} else {
			texts++
		}
	}
	for i, c := range t.Columns {
		if !c.Number {
			widths[i] = rest / texts
		}
	}
	w.table(t.Caption, widths)
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	w.tableRow(t, widths, heads, `<w:cantSplit/><w:tblHeader/>`, "E3E9EE", true)
	for n, row := range t.Rows {
		last := t.Total && n == len(t.Rows)-1
		shade := ""
		if last {
			shade = "F7F4ED"
		}
		w.tableRow(t, widths, row, `<w:cantSplit/>`, shade, last)
	}
	w.body.WriteString(`</w:tbl>`)
	w.paragraph("PortalCode", "") // tables that touch become one
}

func (w *writer) tableRow(t Table, widths []int, cells []string, properties, shade string, bold bool) {
	w.body.WriteString(`<w:tr><w:trPr>` + properties + `</w:trPr>`)
	bidi := ""
	if w.rtl {
		bidi = `<w:bidi/>`
	}
	for i, c := range t.Columns {
		w.cell(column{width: widths[i], shade: shade, border: "C5CFD8"})
		align := ""
		if c.Number {
			align = `<w:jc w:val="end"/>`
		}
		fmt.Fprintf(&w.body, `<w:p><w:pPr><w:pStyle w:val="PortalCell"/>%s%s</w:pPr>%s</w:p></w:tc>`, bidi, align, w.run(cells[i], bold))
	}
	w.body.WriteString(`</w:tr>`)
}
