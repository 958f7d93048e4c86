package word

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

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
