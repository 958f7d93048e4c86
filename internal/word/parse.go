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
