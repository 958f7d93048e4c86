package word

import (
	"encoding/xml"
	"io"
	"strings"
)

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
