package word

import (
	"encoding/xml"
	"strings"
)

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
