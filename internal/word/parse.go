package word

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// paragraph is one paragraph as it was found.
type paragraph struct {
	text  string // \n is a line break
	style string
	// numbering of a list item: level from 0, -1 for none.
	level   int
	ordered bool
	// bookmarks that begin in it, keys of its controls ("title", "type=common").
	bookmarks, keys []string
	// boxes are the states of its checkboxes.
	boxes []bool
}

func (p paragraph) blank() bool { return strings.TrimSpace(p.text) == "" && len(p.boxes) == 0 }

// piece is a paragraph outside of tables, or a cell.
type piece struct {
	cell       bool
	paragraphs []paragraph
}

// document is a Word file as far as forms need it.
type document struct {
	properties map[string]string
	pieces     []piece
	// notes are the texts of comments and footnotes.
	notes []string
	// tracked says that there were tracked changes; pictures that something was drawn or pasted.
	tracked, pictures bool
}

// readDocument takes a .docx apart. What is no such file, or beyond measure, is one of the refusals. Nothing outside of the file is
// ever looked up.
func readDocument(content []byte) (*document, error) {
	p, err := openPack(content)
	if err != nil {
		return nil, err
	}
	d := &document{properties: map[string]string{}}
	if custom, err := p.part("docProps/custom.xml"); err == nil {
		d.readProperties(custom)
	} else if !errors.Is(err, errNoPart) {
		return nil, err
	}
	lists := lists{formats: map[string]string{}, styles: map[string][2]string{}, names: map[string]string{}}
	for _, part := range []struct {
		name string
		read func([]byte) error
	}{{"numbering.xml", lists.readNumbering}, {"styles.xml", lists.readStyles}} {
		text, err := p.part(p.beside(part.name))
		if errors.Is(err, errNoPart) {
			continue
		}
		if err == nil {
			err = part.read(text)
		}
		if err != nil {
			return nil, err
		}
	}
	text, err := p.part(p.main)
	if errors.Is(err, errNoPart) {
		return nil, ErrDamaged
	} else if err != nil {
		return nil, err
	}
	w := &walker{decoder: decode(text), document: d, lists: lists}
	if err := w.walk(); err != nil {
		return nil, err
	}
	for _, name := range []string{"comments.xml", "footnotes.xml", "endnotes.xml"} {
		text, err := p.part(p.beside(name))
		if errors.Is(err, errNoPart) {
			continue
		} else if err != nil {
			return nil, err
		}
		aside := &walker{decoder: decode(text), document: &document{}, lists: lists}
		if err := aside.walk(); err != nil {
			return nil, err
		}
		for _, piece := range aside.document.pieces {
			for _, p := range piece.paragraphs {
				if !p.blank() {
					d.notes = append(d.notes, tidyLine(p.text))
				}
			}
		}
	}
	return d, nil
}

func decode(text []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.Strict = true
	return d
}

func (d *document) readProperties(text []byte) {
	var custom struct {
		Properties []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"lpwstr"`
		} `xml:"property"`
	}
	if bytes.Contains(text, []byte("<!")) || xml.Unmarshal(text, &custom) != nil {
		return // the file says the same in its last line
	}
	for _, p := range custom.Properties {
		d.properties[p.Name] = strings.TrimSpace(p.Value)
	}
}

// lists says what the lists of a file look like, and which styles are lists.
type lists struct {
	formats map[string]string    // "number/level" → "bullet", "decimal", …
	styles  map[string][2]string // style → number, level
	names   map[string]string    // style → its name in English, in small letters
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// each calls start for every element of a part.
func each(text []byte, start func(path []string, e xml.StartElement)) error {
	d := decode(text)
	var path []string
	for {
		token, err := d.Token()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		switch e := token.(type) {
		case xml.Directive:
			return ErrDamaged
		case xml.StartElement:
			if path = append(path, e.Name.Local); len(path) > maxDepth {
				return ErrTooLarge
			}
			start(path, e)
		case xml.EndElement:
			path = path[:len(path)-1]
		}
	}
}

func (l lists) readNumbering(text []byte) error {
	abstract, level, number := "", "", ""
	formats := map[string]string{}
	return each(text, func(_ []string, e xml.StartElement) {
		switch e.Name.Local {
		case "abstractNum":
			abstract, number = attribute(e, "abstractNumId"), ""
		case "lvl":
			level = attribute(e, "ilvl")
		case "numFmt":
			if number == "" {
				formats[abstract+"/"+level] = attribute(e, "val")
			} else {
				l.formats[number+"/"+level] = attribute(e, "val")
			}
		case "num":
			number = attribute(e, "numId")
		case "abstractNumId":
			for level := range 9 {
				l.formats[number+"/"+strconv.Itoa(level)] = formats[attribute(e, "val")+"/"+strconv.Itoa(level)]
			}
		}
	})
}

func (l lists) readStyles(text []byte) error {
	style := ""
	return each(text, func(_ []string, e xml.StartElement) {
		switch e.Name.Local {
		case "style":
			style = attribute(e, "styleId")
		case "name":
			l.names[style] = strings.ToLower(attribute(e, "val"))
		case "numId":
			n := l.styles[style]
			l.styles[style] = [2]string{attribute(e, "val"), n[1]}
		case "ilvl":
			n := l.styles[style]
			l.styles[style] = [2]string{n[0], attribute(e, "val")}
		}
	})
}

// walker reads the text of the document from its start to its end.
type walker struct {
	decoder  *xml.Decoder
	document *document
	lists    lists
	depth    int
	size     int
	count    int
	cells    []*piece // the cells around, the outermost first
	joined   *paragraph
	// prompt says that the control around shows its prompt; keys are of controls around that have no paragraph yet.
	prompt bool
	keys   []string
	boxes  []bool
}

// walk reads the elements up to the end of the part.
func (w *walker) walk() error {
	for {
		token, err := w.next()
		if err == io.EOF {
			return w.flush()
		} else if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := w.block(e); err != nil {
				return err
			}
		}
	}
}

func (w *walker) next() (xml.Token, error) {
	token, err := w.decoder.Token()
	switch {
	case err == io.EOF:
		return nil, io.EOF
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, ok := token.(xml.Directive); ok {
		return nil, ErrDamaged // no word processor writes a DOCTYPE, and only harm comes of it
	}
	return token, nil
}

// inside calls each for the elements of the element that has just begun, up to its end.
func (w *walker) inside(each func(e xml.StartElement) error) error {
	if w.depth++; w.depth > maxDepth {
		return ErrTooLarge
	}
	defer func() { w.depth-- }()
	for {
		token, err := w.next()
		if err == io.EOF {
			return ErrDamaged
		} else if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if err := each(e); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

func (w *walker) skip() error {
	return w.inside(func(xml.StartElement) error { return w.skip() })
}

// block reads what stands between paragraphs.
func (w *walker) block(e xml.StartElement) error {
	switch e.Name.Local {
	case "p":
		return w.paragraph()
	case "tc":
		return w.cell()
	case "tr":
		return w.row()
	case "sdt":
		return w.control()
	case "del", "moveFrom", "sectPr", "tblPr", "tcPr", "Fallback":
		return w.skip()
	default:
		return w.inside(w.block)
	}
}

// row leaves out a row that a tracked change deletes.
func (w *walker) row() error {
	kept := len(w.document.pieces)
	deleted := false
	err := w.inside(func(e xml.StartElement) error {
		if e.Name.Local != "trPr" {
			return w.block(e)
		}
		return w.inside(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "del":
				deleted, w.document.tracked = true, true
			case "ins":
				w.document.tracked = true
			}
			return w.skip()
		})
	})
	if deleted && len(w.cells) == 0 {
		w.document.pieces = w.document.pieces[:kept]
	}
	return err
}

// cell reads a cell. A table in a cell belongs to the text of the cell.
func (w *walker) cell() error {
	c := &piece{cell: true}
	w.cells = append(w.cells, c)
	err := w.inside(w.block)
	if err == nil {
		err = w.flush()
	}
	w.cells = w.cells[:len(w.cells)-1]
	if len(w.cells) > 0 {
		outer := w.cells[len(w.cells)-1]
		outer.paragraphs = append(outer.paragraphs, c.paragraphs...)
	} else {
		w.document.pieces = append(w.document.pieces, *c)
	}
	return err
}

// flush keeps a paragraph that was to go on and does not.
func (w *walker) flush() error {
	p := w.joined
	if w.joined = nil; p == nil {
		return nil
	}
	return w.put(*p)
}

// put keeps a paragraph.
func (w *walker) put(p paragraph) error {
	w.size += len(p.text)
	if w.count++; w.count > maxPieces || w.size > maxText {
		return ErrTooLarge
	}
	if len(w.cells) > 0 {
		c := w.cells[len(w.cells)-1]
		c.paragraphs = append(c.paragraphs, p)
		return nil
	}
	w.document.pieces = append(w.document.pieces, piece{paragraphs: []paragraph{p}})
	return nil
}

// paragraph reads one paragraph. If a tracked change deletes its end, the next one goes on where it stops.
func (w *walker) paragraph() error {
	p := &paragraph{level: -1}
	if w.joined != nil {
		p, w.joined = w.joined, nil
	}
	p.keys, p.boxes = append(p.keys, w.keys...), append(p.boxes, w.boxes...)
	w.keys, w.boxes = nil, nil
	var text strings.Builder
	text.WriteString(p.text)
	r := &runs{w: w, p: p, text: &text, prompt: w.prompt}
	goesOn := false
	err := w.inside(func(e xml.StartElement) error {
		if e.Name.Local == "pPr" {
			return w.paragraphProperties(p, &goesOn)
		}
		return r.element(e)
	})
	if err != nil {
		return err
	}
	p.text = text.String()
	if goesOn {
		w.joined = p
		return nil
	}
	if err := w.put(*p); err != nil {
		return err
	}
	for _, box := range r.aside { // what stands in text boxes that hang on the paragraph
		if err := w.put(box); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) paragraphProperties(p *paragraph, goesOn *bool) error {
	number, level := "", ""
	err := w.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "pStyle":
			p.style = attribute(e, "val")
		case "numPr":
			return w.inside(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "numId":
					number = attribute(e, "val")
				case "ilvl":
					level = attribute(e, "val")
				}
				return w.skip()
			})
		case "rPr":
			return w.inside(func(e xml.StartElement) error {
				switch e.Name.Local {
				case "del", "moveFrom":
					*goesOn, w.document.tracked = true, true
				case "ins", "moveTo":
					w.document.tracked = true
				}
				return w.skip()
			})
		}
		return w.skip()
	})
	if byStyle, ok := w.lists.styles[p.style]; ok && number == "" {
		number = byStyle[0]
		if level == "" {
			level = byStyle[1]
		}
	}
	if number != "" && number != "0" {
		if level == "" {
			level = "0"
		}
		n, _ := strconv.Atoi(level)
		format := w.lists.formats[number+"/"+strconv.Itoa(n)]
		if format != "none" {
			p.level, p.ordered = max(0, min(n, 8)), format != "" && format != "bullet"
		}
	}
	return err
}

// runs reads what stands in a paragraph.
type runs struct {
	w     *walker
	p     *paragraph
	text  *strings.Builder
	aside []paragraph
	// prompt says that the control around shows its prompt and nothing typed.
	prompt bool
}

func (r *runs) element(e xml.StartElement) error {
	w := r.w
	switch e.Name.Local {
	case "r":
		return r.run()
	case "sdt":
		return r.control()
	case "bookmarkStart":
		r.p.bookmarks = append(r.p.bookmarks, attribute(e, "name"))
		return w.skip()
	case "del", "moveFrom":
		w.document.tracked = true
		return w.skip()
	case "ins", "moveTo":
		w.document.tracked = true
	case "p": // in a text box
		return r.box()
	case "t":
		return r.word()
	case "rPr", "pPr", "sdtPr", "instrText", "delText", "Fallback": // a fallback says the same once more
		return w.skip()
	case "drawing", "pict", "object":
		w.document.pictures = true
	}
	return w.inside(r.element)
}

// run reads a run: its text, unless it is the prompt of a control.
func (r *runs) run() error {
	style := ""
	return r.w.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "rPr":
			return r.w.inside(func(e xml.StartElement) error {
				if e.Name.Local == "rStyle" {
					style = attribute(e, "val")
				}
				return r.w.skip()
			})
		case "t":
			if r.prompt && (strings.EqualFold(style, "PlaceholderText") || r.w.lists.names[style] == "placeholder text") {
				return r.w.skip()
			}
			return r.word()
		case "br", "cr":
			r.text.WriteByte('\n')
			return r.w.skip()
		case "tab":
			r.text.WriteByte('\t')
			return r.w.skip()
		case "noBreakHyphen":
			r.text.WriteByte('-')
			return r.w.skip()
		case "sym":
			r.text.WriteString(symbol(attribute(e, "font"), attribute(e, "char")))
			return r.w.skip()
		}
		return r.element(e)
	})
}

// symbol are the boxes and bullets of the fonts with symbols.
func symbol(font, char string) string {
	if !strings.Contains(strings.ToLower(font), "wingdings") {
		return ""
	}
	switch strings.ToUpper(strings.TrimPrefix(strings.ToUpper(char), "F0")) {
	case "FE", "FD", "78", "54", "53", "52":
		return boxTicked
	case "A8", "6F", "71", "72", "A3", "30":
		return boxOpen
	case "FC", "FB", "50", "4F":
		return "✓"
	}
	return "•"
}

func (r *runs) word() error {
	for {
		token, err := r.w.next()
		if err == io.EOF {
			return ErrDamaged
		} else if err != nil {
			return err
		}
		switch e := token.(type) {
		case xml.CharData:
			if r.text.Len()+len(e) > maxText {
				return ErrTooLarge
			}
			r.text.Write(e)
		case xml.StartElement:
			if err := r.w.skip(); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// control reads a content control in a paragraph.
func (r *runs) control() error {
	was := r.prompt
	defer func() { r.prompt = was }()
	return r.w.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "sdtPr":
			c, err := r.w.controlProperties()
			r.prompt = r.prompt || c.prompt
			r.p.keys, r.p.boxes = append(r.p.keys, c.keys...), append(r.p.boxes, c.boxes...)
			return err
		case "sdtContent":
			return r.w.inside(r.element)
		}
		return r.w.skip()
	})
}

// control reads a content control around paragraphs, cells or rows.
func (w *walker) control() error {
	was := w.prompt
	defer func() { w.prompt = was }()
	return w.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "sdtPr":
			c, err := w.controlProperties()
			w.prompt = w.prompt || c.prompt
			w.keys, w.boxes = append(w.keys, c.keys...), append(w.boxes, c.boxes...)
			return err
		case "sdtContent":
			return w.inside(w.block)
		}
		return w.skip()
	})
}

// properties are those of a content control.
type properties struct {
	keys   []string
	boxes  []bool
	prompt bool
}

func (w *walker) controlProperties() (properties, error) {
	var c properties
	tag, alias := "", ""
	err := w.inside(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "tag":
			tag = attribute(e, "val")
		case "alias":
			alias = attribute(e, "val")
		case "showingPlcHdr":
			c.prompt = on(attribute(e, "val"))
		case "checkbox":
			ticked := false
			err := w.inside(func(e xml.StartElement) error {
				if e.Name.Local == "checked" {
					ticked = on(attribute(e, "val"))
				}
				return w.skip()
			})
			c.boxes = append(c.boxes, ticked)
			return err
		}
		return w.skip()
	})
	if key := controlKey(tag, alias); key != "" {
		c.keys = []string{key}
	}
	return c, err
}

// on is a switch as Word writes it.
func on(value string) bool {
	switch strings.ToLower(value) {
	case "0", "false", "off":
		return false
	}
	return true
}

// controlKey is the key of the question a control belongs to: its tag, else what its title ends in.
func controlKey(tag, alias string) string {
	if tag != "" {
		return tag
	}
	if _, key, ok := strings.Cut(alias, "["); ok && strings.HasSuffix(key, "]") {
		return strings.TrimSuffix(key[strings.LastIndexByte(key, '[')+1:], "]")
	}
	return alias
}

// box reads a paragraph of a text box.
func (r *runs) box() error {
	p := paragraph{level: -1}
	var text strings.Builder
	inner := &runs{w: r.w, p: &p, text: &text}
	err := r.w.inside(inner.element)
	if p.text = text.String(); strings.TrimSpace(p.text) != "" {
		r.aside = append(r.aside, p)
	}
	r.aside = append(r.aside, inner.aside...)
	return err
}
