package i18n

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"portal/web/locales"
)

// Untranslated starts a text that has been added to a language's catalogue in English and waits for its translation. It
// is shown without the mark, as English; a test fails as long as one is left.
const Untranslated = "⚑ "

// catalogue is all texts of all languages. It is read once and never changes.
type catalogue struct {
	texts      map[Lang]map[string]text
	localizers map[Lang]*goi18n.Localizer
	printers   map[Lang]*message.Printer
	offered    []Lang
}

// text is one entry: ready to fill, or with plural forms, which the localizer of the language keeps.
type text struct {
	positional
	plural bool
}

var load = sync.OnceValue(func() *catalogue {
	c, err := read(locales.FS)
	if err != nil {
		panic(err) // the files are part of the program
	}
	return c
})

func read(files fs.FS) (*catalogue, error) {
	c := &catalogue{texts: map[Lang]map[string]text{}, localizers: map[Lang]*goi18n.Localizer{}, printers: map[Lang]*message.Printer{}}
	for _, l := range All {
		c.texts[l] = map[string]text{}
		c.printers[l] = message.NewPrinter(l.tag())
		bundle := goi18n.NewBundle(language.Make(string(l)))
		names, err := fs.Glob(files, path.Join(string(l), "*.json"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if err := c.add(l, bundle, files, name); err != nil {
				return nil, fmt.Errorf("catalogue %s: %w", name, err)
			}
		}
		c.localizers[l] = goi18n.NewLocalizer(bundle, string(l))
	}
	for _, l := range All {
		if c.complete(l) {
			c.offered = append(c.offered, l)
		}
	}
	return c, nil
}

func (c *catalogue) add(l Lang, bundle *goi18n.Bundle, files fs.FS, name string) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return err
	}
	for key, entry := range entries {
		var plain string
		if json.Unmarshal(entry, &plain) == nil {
			c.texts[l][key] = text{positional: parse(plain)}
			continue
		}
		m := goi18n.Message{ID: key}
		if err := json.Unmarshal(entry, &m); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		if err := bundle.AddMessages(language.Make(string(l)), &m); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		c.texts[l][key] = text{plural: true}
	}
	return nil
}

// complete says whether the language has every text that English has.
func (c *catalogue) complete(l Lang) bool {
	for key := range c.texts[English] {
		if _, ok := c.texts[l][key]; !ok {
			return false
		}
	}
	return true
}

// plural returns the form of the text for n, filled.
func (c *catalogue) plural(l Lang, key string, n int, args []any) (string, error) {
	return c.localizers[l].Localize(&goi18n.LocalizeConfig{
		MessageID: key, PluralCount: n, TemplateParser: parser{}, TemplateData: arguments{l, args},
	})
}

// parser lets go-i18n fill our placeholders in plural forms.
type parser struct{}

type arguments struct {
	lang Lang
	args []any
}

// Cacheable says that go-i18n may keep what Parse returns.
func (parser) Cacheable() bool { return true }

// Parse reads a text with positional placeholders.
func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) { return parse(src), nil }

// positional is a text with placeholders {0}, {1} …, taken apart.
type positional []piece

// piece is literal text, or the place of argument arg when that is not negative.
type piece struct {
	literal string
	arg     int
}

func parse(src string) positional {
	src = strings.TrimPrefix(src, Untranslated)
	var p positional
	literal := ""
	for src != "" {
		before, rest, opened := strings.Cut(src, "{")
		literal += before
		if !opened {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		n, err := strconv.ParseUint(inside, 10, 8)
		if !closed || err != nil {
			literal, src = literal+"{", rest
			continue
		}
		if literal != "" {
			p = append(p, piece{literal, -1})
			literal = ""
		}
		p = append(p, piece{src[len(before) : len(before)+len(inside)+2], int(n)})
		src = after
	}
	if literal != "" {
		p = append(p, piece{literal, -1})
	}
	return p
}

// fill puts the arguments into their places; a place without an argument keeps its placeholder.
func (p positional) fill(l Lang, args []any) string {
	switch len(p) {
	case 0:
		return ""
	case 1:
		if p[0].arg < 0 {
			return p[0].literal
		}
	}
	var b strings.Builder
	for _, piece := range p {
		if piece.arg >= 0 && piece.arg < len(args) {
			b.WriteString(written(l, args[piece.arg]))
		} else {
			b.WriteString(piece.literal)
		}
	}
	return b.String()
}

// Execute is fill for go-i18n.
func (p positional) Execute(data any) (string, error) {
	a := data.(arguments)
	return p.fill(a.lang, a.args), nil
}
