package practice

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Citation is what a reference to a practice says.
type Citation struct {
	ID, Title, Lang, Author, Publisher, Address, Abstract string
	Licence                                               Licence
	Published                                             time.Time // of the version
	Version                                               int
}

// The forms of a citation, by the extension of its file.
const (
	BibTeX = "bib"
	RIS    = "ris"
	CSL    = "csl.json"
)

// CitationTypes are the media types of the forms.
var CitationTypes = map[string]string{
	BibTeX: "application/x-bibtex; charset=utf-8", RIS: "application/x-research-info-systems; charset=utf-8", CSL: "application/vnd.citationstyles.csl+json",
}

// As writes the citation in one of the forms.
func (c Citation) As(form string) ([]byte, error) {
	switch form {
	case BibTeX:
		return []byte(c.bibTeX()), nil
	case RIS:
		return []byte(c.ris()), nil
	case CSL:
		return c.csl()
	}
	return nil, fmt.Errorf("cite as %q: no such form", form)
}

// oneLine makes a text a single line, without what no line can hold.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' }), " ")
}

// tex escapes what means something to TeX; letters of all scripts stay.
var tex = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`, `~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`)

func (c Citation) bibTeX() string {
	var b strings.Builder
	fmt.Fprintf(&b, "@misc{%s,\n", c.ID)
	field := func(name, value string) {
		if value = oneLine(value); value != "" {
			fmt.Fprintf(&b, "  %s = {%s},\n", name, value)
		}
	}
	field("author", "{"+tex.Replace(oneLine(c.Author))+"}") // an organization has no family name
	field("title", "{"+tex.Replace(oneLine(c.Title))+"}")
	field("year", strconv.Itoa(c.Published.Year()))
	field("month", strings.ToLower(c.Published.Month().String()[:3]))
	field("publisher", tex.Replace(c.Publisher))
	field("number", c.ID)
	field("edition", strconv.Itoa(c.Version))
	field("language", c.Lang)
	field("abstract", tex.Replace(c.Abstract))
	field("note", tex.Replace(c.Licence.URL()))
	field("url", strings.NewReplacer("{", "%7B", "}", "%7D", `\`, "%5C").Replace(c.Address))
	b.WriteString("}\n")
	return b.String()
}

func (c Citation) ris() string {
	var b strings.Builder
	line := func(tag, value string) {
		if value = oneLine(value); value != "" || tag == "ER" {
			b.WriteString(strings.TrimRight(tag+"  - "+value, " ") + "\r\n")
		}
	}
	line("TY", "GEN")
	line("AU", c.Author)
	line("TI", c.Title)
	line("PY", strconv.Itoa(c.Published.Year()))
	line("DA", c.Published.Format("2006/01/02"))
	line("PB", c.Publisher)
	line("AN", c.ID)
	line("ET", strconv.Itoa(c.Version))
	line("LA", c.Lang)
	line("AB", c.Abstract)
	line("N1", c.Licence.URL())
	line("UR", c.Address)
	b.WriteString("ER  - \r\n")
	return b.String()
}

type cslName struct {
	Literal string `json:"literal"`
}

type cslDate struct {
	Parts [][]int `json:"date-parts"`
}

func (c Citation) csl() ([]byte, error) {
	year, month, day := c.Published.Date()
	items := []struct {
		ID        string    `json:"id"`
		Type      string    `json:"type"`
		Title     string    `json:"title"`
		Author    []cslName `json:"author"`
		Issued    cslDate   `json:"issued"`
		Publisher string    `json:"publisher"`
		Number    string    `json:"number"`
		Version   string    `json:"version"`
		Language  string    `json:"language"`
		Abstract  string    `json:"abstract"`
		Note      string    `json:"note,omitempty"`
		URL       string    `json:"URL"`
	}{{
		c.ID, "document", oneLine(c.Title), []cslName{{oneLine(c.Author)}}, cslDate{[][]int{{year, int(month), day}}}, c.Publisher, c.ID,
		strconv.Itoa(c.Version), c.Lang, oneLine(c.Abstract), c.Licence.URL(), c.Address,
	}}
	body, err := json.MarshalIndent(items, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cite %s: %w", c.ID, err)
	}
	return append(body, '\n'), nil
}
