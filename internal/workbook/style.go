package workbook

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// shows is how a style shows a number.
type shows int8

const (
	asNumber shows = iota
	asDay
	asShare
)

// maxStyles is how many styles and formats are read; spreadsheets have no more.
const maxStyles = 65_536

// readStyles reads how the styles show numbers. A workbook need not have any.
func (b *Book) readStyles() error {
	if b.parts["xl/styles.xml"] == nil {
		return nil
	}
	own, inCells := map[int]string{}, false
	return b.read("xl/styles.xml", func(_ *xml.Decoder, t xml.Token) error {
		switch e := t.(type) {
		case xml.StartElement:
			id, _ := strconv.Atoi(attribute(e, "numFmtId"))
			switch {
			case e.Name.Local == "cellXfs":
				inCells = true
			case e.Name.Local == "numFmt" && len(own) < maxStyles:
				own[id] = attribute(e, "formatCode")
			case e.Name.Local == "xf" && inCells && len(b.styles) < maxStyles:
				b.styles = append(b.styles, showsAs(id, own[id]))
			}
		case xml.EndElement:
			if e.Name.Local == "cellXfs" {
				inCells = false
			}
		}
		return nil
	})
}

// showsAs says how a format shows numbers: one of those that all spreadsheets have, by its number, or one by its code.
func showsAs(id int, code string) shows {
	switch {
	case code == "" && (id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58):
		return asDay
	case code == "" && (id == 9 || id == 10):
		return asShare
	}
	code, _, _ = strings.Cut(code, ";") // that of numbers above 0
	quoted := false
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '\\' || c == '_' || c == '*': // the next one is no code
			i++
		case c == '[': // a colour, a currency or a condition, but for [h]: hours
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return asNumber
			}
			if strings.Trim(strings.ToLower(code[i+1:i+end]), "hms") == "" {
				return asDay
			}
			i += end
		case strings.IndexByte("yYmMdDhHsS", c) >= 0:
			return asDay
		case c == '%':
			return asShare
		case strings.HasPrefix(strings.ToLower(code[i:]), "general"):
			return asNumber
		}
	}
	return asNumber
}
