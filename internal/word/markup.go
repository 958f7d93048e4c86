package word

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"

	"portal/internal/i18n"
)

// pageWidth is the width of the text in twentieths of a point: A4 less margins of 2 cm.
const pageWidth = 9638

// edge is the colour of the borders of cells to be filled (the design's --edge).
const edge = "667888"

// escape makes text fit for XML; what XML cannot hold is left out.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' {
			return r
		}
		if r < ' ' || r == 0xfffe || r == 0xffff || r >= 0xd800 && r <= 0xdfff || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder takes everything
	return b.String()
}

// text is the text of a run; line ends are line breaks.
func text(s string) string {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteString(`<w:br/>`)
		}
		if line != "" {
			b.WriteString(`<w:t xml:space="preserve">` + escape(line) + `</w:t>`)
		}
	}
	return b.String()
}

// direction marks a run of our own words.
func (w *writer) direction() string {
	if w.rtl {
		return `<w:rtl/>`
	}
	return ""
}

// language leaves the spelling of what is no word alone.
func language(l i18n.Lang) string {
	if l == "" {
		return `<w:noProof/>`
	}
	return `<w:lang w:val="` + string(l) + `"/>`
}

// run is our own words.
func (w *writer) run(s string, bold bool) string {
	properties := w.direction()
	if bold {
		properties = `<w:b/><w:bCs/>` + properties
	}
	if properties != "" {
		properties = `<w:rPr>` + properties + `</w:rPr>`
	}
	return `<w:r>` + properties + text(s) + `</w:r>`
}

// marked is our own words in a style of characters.
func (w *writer) marked(style, s string) string {
	return `<w:r><w:rPr><w:rStyle w:val="` + style + `"/>` + w.direction() + `</w:rPr>` + text(s) + `</w:r>`
}

// typed is people's words, in the direction in which they are written.
func (w *writer) typed(s string) string {
	properties := ""
	if rightToLeft(s) {
		properties = `<w:rPr><w:rtl/></w:rPr>`
	}
	return `<w:r>` + properties + text(s) + `</w:r>`
}

// rightToLeft says whether the first letter of the text is of a script that runs from right to left.
func rightToLeft(s string) bool {
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko):
			return true
		case unicode.IsLetter(r):
			return false
		}
	}
	return false
}

// link is a way to an address.
func (w *writer) link(address, words string) string {
	w.links = append(w.links, address)
	properties := w.direction()
	if words == address {
		properties = language("")
	}
	return `<w:hyperlink r:id="` + linkID(len(w.links)-1) + `"><w:r><w:rPr><w:rStyle w:val="Hyperlink"/>` + properties + `</w:rPr>` + text(words) + `</w:r></w:hyperlink>`
}

// linkID names the relation to an address.
func linkID(i int) string { return fmt.Sprintf("rIdLink%d", i+1) }

// paragraph writes a paragraph of our own words, or of the runs.
func (w *writer) paragraph(style, words string, runs ...string) {
	if words != "" {
		runs = append(runs, w.run(words, false))
	}
	bidi := ""
	if w.rtl {
		bidi = `<w:bidi/>`
	}
	w.body.WriteString(`<w:p><w:pPr><w:pStyle w:val="` + style + `"/>` + bidi + `</w:pPr>` + strings.Join(runs, "") + `</w:p>`)
}

// list begins a list and returns its number; its items count from one.
func (w *writer) list(ordered bool) int {
	w.lists = append(w.lists, ordered)
	return len(w.lists)
}

// item writes an item of a list.
func (w *writer) item(style string, list, level int, runs string) {
	bidi := ""
	if w.rtl {
		bidi = `<w:bidi/>`
	}
	fmt.Fprintf(&w.body, `<w:p><w:pPr><w:pStyle w:val="%s"/><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>%s</w:pPr>%s</w:p>`, style, level, list, bidi, runs)
}

// anchor puts the bookmark of a question around its label.
func (w *writer) anchor(key, runs string) string {
	n := w.id()
	return fmt.Sprintf(`<w:bookmarkStart w:id="%d" w:name="%s"/>%s<w:bookmarkEnd w:id="%d"/>`, n, bookmark(key), runs, n)
}

// column is the look of a cell.
type column struct {
	width         int
	shade, border string
}

func (w *writer) table(caption string, widths []int) {
	bidi := ""
	if w.rtl {
		bidi = `<w:bidiVisual/>`
	}
	fmt.Fprintf(&w.body, `<w:tbl><w:tblPr>%s<w:tblW w:w="%d" w:type="dxa"/><w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="80" w:type="dxa"/><w:left w:w="140" w:type="dxa"/><w:bottom w:w="80" w:type="dxa"/><w:right w:w="140" w:type="dxa"/></w:tblCellMar><w:tblLook w:val="0480" w:firstRow="0" w:lastRow="0" w:firstColumn="1" w:lastColumn="0" w:noHBand="0" w:noVBand="1"/><w:tblCaption w:val="%s"/></w:tblPr><w:tblGrid>`, bidi, pageWidth, escape(caption))
	for _, width := range widths {
		fmt.Fprintf(&w.body, `<w:gridCol w:w="%d"/>`, width)
	}
	w.body.WriteString(`</w:tblGrid>`)
}

func (w *writer) cell(c column) {
	fmt.Fprintf(&w.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:tcBorders>`, c.width)
	for _, side := range []string{"top", "left", "bottom", "right"} {
		fmt.Fprintf(&w.body, `<w:%s w:val="single" w:sz="6" w:space="0" w:color="%s"/>`, side, c.border)
	}
	w.body.WriteString(`</w:tcBorders>`)
	if c.shade != "" {
		fmt.Fprintf(&w.body, `<w:shd w:val="clear" w:color="auto" w:fill="%s"/>`, c.shade)
	}
	w.body.WriteString(`</w:tcPr>`)
}

// open begins a table of one cell.
func (w *writer) open(c column, height int, caption string) {
	w.table(caption, []int{c.width})
	w.body.WriteString(`<w:tr>`)
	if height > 0 {
		fmt.Fprintf(&w.body, `<w:trPr><w:trHeight w:val="%d" w:hRule="atLeast"/></w:trPr>`, height)
	}
	w.cell(c)
}

func (w *writer) close() { w.body.WriteString(`</w:tc></w:tr></w:tbl>`) }
