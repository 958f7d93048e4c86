// Package i18n gives texts in the reader's language: by key from the catalogue (package locales), with plural forms,
// and dates, numbers and lists as the language writes them.
package i18n

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"portal/web/locales"
)

// Lang is one of the six official languages of the United Nations, by its ISO 639-1 code.
type Lang string

// The languages.
const (
	Arabic  Lang = "ar"
	Chinese Lang = "zh"
	English Lang = "en"
	French  Lang = "fr"
	Russian Lang = "ru"
	Spanish Lang = "es"
)

// All lists the languages in the order of the United Nations.
var All = []Lang{Arabic, Chinese, English, French, Russian, Spanish}

var names = map[Lang]string{Arabic: "العربية", Chinese: "中文", English: "English", French: "Français", Russian: "Русский", Spanish: "Español"}

// Name is the language's name in itself.
func (l Lang) Name() string { return names[l] }

// Dir is the direction of writing, for the dir attribute.
func (l Lang) Dir() string {
	if l == Arabic {
		return "rtl"
	}
	return "ltr"
}

// Known says whether this is one of the six.
func (l Lang) Known() bool { return names[l] != "" }

// IsOffered says whether the language's catalogue is complete.
func (l Lang) IsOffered() bool { return slices.Contains(Offered(), l) }

// OrEnglish returns the language if it is offered, else English.
func (l Lang) OrEnglish() Lang {
	if l.IsOffered() {
		return l
	}
	return English
}

// tag is the language for x/text. Arabic keeps the digits 0-9 (design guide, section 8).
func (l Lang) tag() language.Tag {
	if l == Arabic {
		return language.MustParse("ar-u-nu-latn")
	}
	return language.Make(string(l))
}

type contextKey struct{}

// WithLang returns a context in the language.
func WithLang(ctx context.Context, l Lang) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the language of the context; English if it has none.
func From(ctx context.Context) Lang {
	if l, ok := ctx.Value(contextKey{}).(Lang); ok {
		return l
	}
	return English
}

// Key is an argument of a text that is itself a text: T puts it in the reader's language.
type Key string

type catalogue struct {
	localizers map[Lang]*goi18n.Localizer
	printers   map[Lang]*message.Printer
	keys       map[Lang]map[string]bool // true for a text with plural forms
	offered    []Lang
}

var load = sync.OnceValue(func() *catalogue {
	c := &catalogue{localizers: map[Lang]*goi18n.Localizer{}, printers: map[Lang]*message.Printer{}, keys: map[Lang]map[string]bool{}}
	for _, l := range All {
		bundle := goi18n.NewBundle(language.Make(string(l)))
		c.keys[l] = map[string]bool{}
		files, err := fs.Glob(locales.FS, path.Join(string(l), "*.json"))
		if err != nil {
			panic(err)
		}
		for _, name := range files {
			raw, err := locales.FS.ReadFile(name)
			if err != nil {
				panic(err)
			}
			var texts map[string]any
			if err := json.Unmarshal(raw, &texts); err != nil {
				panic(fmt.Sprintf("catalogue %s: %v", name, err))
			}
			for key, text := range texts {
				_, plural := text.(map[string]any)
				c.keys[l][key] = plural
			}
			if _, err := bundle.ParseMessageFileBytes(raw, string(l)+".json"); err != nil {
				panic(fmt.Sprintf("catalogue %s: %v", name, err))
			}
		}
		c.localizers[l] = goi18n.NewLocalizer(bundle, string(l))
		c.printers[l] = message.NewPrinter(l.tag())
	}
	for _, l := range All {
		if len(c.keys[l]) > 0 && len(c.keys[l]) >= len(c.keys[English]) {
			c.offered = append(c.offered, l)
		}
	}
	return c
})

// Offered lists the languages whose catalogue is complete, in the order of All.
func Offered() []Lang { return load().offered }

// Has says whether the catalogue of the language has the key.
func Has(l Lang, key string) bool {
	_, ok := load().keys[l][key]
	return ok
}

// Keys returns all keys of the language, sorted.
func Keys(l Lang) []string { return slices.Sorted(maps.Keys(load().keys[l])) }

// T returns the text of the key in the language of the context. {0}, {1} … are replaced by the arguments: numbers as
// the language writes them, Keys as their texts. In a text with plural forms the first whole number decides. A key that
// is missing is shown in brackets and logged; a test keeps that from happening.
func T(ctx context.Context, key string, args ...any) string { return TL(From(ctx), key, args...) }

// TL is T for a given language.
func TL(l Lang, key string, args ...any) string {
	c := load()
	plural, ok := c.keys[l][key]
	if !ok {
		if l != English && Has(English, key) {
			slog.Warn("text is not translated", "key", key, "lang", string(l))
			return TL(English, key, args...)
		}
		slog.Error("text is missing", "key", key)
		return "⟦" + key + "⟧"
	}
	config := &goi18n.LocalizeConfig{MessageID: key, TemplateParser: parser{}, TemplateData: arguments{c, l, args}}
	if plural {
		config.PluralCount = 0
		for _, a := range args {
			if n, ok := whole(a); ok {
				config.PluralCount = n
				break
			}
		}
	}
	text, err := c.localizers[l].Localize(config)
	if err != nil {
		slog.Error("text cannot be made", "key", key, "lang", string(l), "error", err)
		return "⟦" + key + "⟧"
	}
	return text
}

func whole(a any) (int, bool) {
	switch n := a.(type) {
	case int:
		return n, true
	case int64:
		return int(n), true
	}
	return 0, false
}

// parser reads texts with positional placeholders.
type parser struct{}

func (parser) Cacheable() bool { return true }

func (parser) Parse(src, _, _ string) (template.ParsedTemplate, error) { return positional(src), nil }

type positional string

type arguments struct {
	catalogue *catalogue
	lang      Lang
	args      []any
}

// Execute fills the placeholders.
func (p positional) Execute(data any) (string, error) {
	a := data.(arguments)
	text := string(p)
	if len(a.args) == 0 || !strings.Contains(text, "{") {
		return text, nil
	}
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		number, after, closed := strings.Cut(rest, "}")
		n, err := strconv.Atoi(number)
		if !closed || err != nil || n < 0 || n >= len(a.args) {
			out.WriteString("{")
			text = rest
			continue
		}
		out.WriteString(a.text(a.args[n]))
		text = after
	}
}

func (a arguments) text(arg any) string {
	switch v := arg.(type) {
	case string:
		return v
	case Key:
		return TL(a.lang, string(v))
	case int, int64:
		return a.catalogue.printers[a.lang].Sprint(v)
	default:
		return fmt.Sprint(v)
	}
}

// Number writes a whole number as the language of the context does: 2,318.
func Number[N int | int64](ctx context.Context, n N) string {
	return load().printers[From(ctx)].Sprint(n)
}

// Sort sorts in place by the alphabet of the language.
func Sort[T any](l Lang, items []T, by func(T) string) {
	c := collate.New(l.tag())
	var buf collate.Buffer
	keys := make(map[string][]byte, len(items))
	for _, item := range items {
		name := by(item)
		keys[name] = slices.Clone(c.KeyFromString(&buf, name))
		buf.Reset()
	}
	slices.SortStableFunc(items, func(x, y T) int {
		return cmp.Or(slices.Compare(keys[by(x)], keys[by(y)]), cmp.Compare(by(x), by(y)))
	})
}
